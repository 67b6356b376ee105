"""How a command gives its table: for people on the console, for programs on the standard output or in a file."""

from collections.abc import Sequence
from typing import TextIO

from ecluse.commands.session import Session
from ecluse.errors import Code, Problem, Refused
from ecluse.reports.lines import Line
from ecluse.reports.tables import Table, form_of, formed, write_table


def give_table(session: Session, table: Table, lines: Sequence[Line], out: TextIO) -> None:
    """The table in the form that the settings name; `lines` is the one for people, and its last line sums up.

    `out` takes a table for programs that goes to no file.
    """
    word, path = session.settings.format, session.settings.output
    if path is not None:
        write_table(formed(table, lines, form_of(word, path)), session.directory / path)
    elif word == "excel":
        raise Refused(Problem(Code.USAGE, "an Excel workbook needs a file", "Add --output PATH.", subject="--format"))
    elif word != "console":
        out.write(formed(table, lines, word).decode())
        out.flush()
    session.face.show(lines if path is None and word == "console" else lines[-1:])
