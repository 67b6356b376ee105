"""The matrix of a configuration, object and path by stage, as a table, and the forms in which tables are written."""

import csv
import importlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, ModuleType

from ecluse.configure.effective import Effective
from ecluse.errors import Code, Problem, Refused
from ecluse.model.names import counted
from ecluse.reports.harmless import harmless, short
from ecluse.reports.lines import Line, Tone, title

FORGOTTEN = "(not set)"
"""The cell of a stage that leaves out what another stage sets."""

_LAST = "not set for"
_FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a cell begins that spreadsheets may run (owasp.org, CSV Injection); values come from files that others wrote."""
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_MARKUP = re.compile(r"[\\`*_\[\]|~$]")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts; each row has a cell per column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def matrix(stages: Mapping[str, Sequence[Effective]]) -> Table:
    """What each stage sets where. The last column names the stages that leave out what another one sets."""
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for stage, overrides in stages.items():
        for each in overrides:
            cells.setdefault((each.subject, each.path), {})[stage] = harmless(each.value)
    rows = tuple(
        (
            *map(harmless, place),
            *(found.get(stage, FORGOTTEN) for stage in stages),
            ", ".join(stage for stage in stages if stage not in found),
        )
        for place, found in sorted(cells.items(), key=lambda item: tuple(map(str.casefold, item[0])))
    )
    return Table(("object", "path", *stages, _LAST), rows)


def matrix_lines(table: Table) -> Iterator[Line]:
    """The matrix for people: a block per place, so that long values stay readable; what is forgotten stands out."""
    stages = table.columns[2:-1]
    widest = max(map(len, stages), default=0)
    yield title(f"Configuration of {counted(len(stages), 'stage')}: {', '.join(stages) or 'none'}")
    for subject, path, *values, forgotten in table.rows:
        yield Line(f"  {subject}  {path}", Tone.WARN if forgotten else Tone.PLAIN)
        for stage, value in zip(stages, values, strict=True):
            missing = value == FORGOTTEN and stage in forgotten.split(", ")
            yield Line(f"    {stage:<{widest}}  {short(value)}", Tone.WARN if missing else Tone.DIM)
    incomplete = sum(1 for row in table.rows if row[-1])
    how = f"{incomplete} of them not set for every stage" if incomplete else "each set for every stage"
    yield Line(f"{counted(len(table.rows), 'place')}, {how}", Tone.WARN if incomplete else Tone.GOOD)


def as_csv(table: Table) -> bytes:
    """RFC 4180, UTF-8 without byte order mark; what a spreadsheet would take for a formula has a `'` in front."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_csv_cell(cell) for cell in row] for row in (table.columns, *table.rows))
    return text.getvalue().encode()


def _csv_cell(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def as_markdown(table: Table) -> bytes:
    """A table of GitHub-flavoured Markdown."""
    lines = (table.columns, ("---",) * len(table.columns), *table.rows)
    return "".join(f"| {' | '.join(map(_markdown_cell, line))} |\n" for line in lines).encode()


def _markdown_cell(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text.replace("&", "&amp;").replace("<", "&lt;"))


def as_excel(table: Table) -> bytes:
    """A workbook with one sheet. Raises `Refused` when the packages of the extra `tables` are not there."""
    frame = _pandas().DataFrame(list(table.rows), columns=list(table.columns))
    book = io.BytesIO()
    with _pandas().ExcelWriter(book, engine="openpyxl") as writer:
        frame.to_excel(writer, sheet_name="configuration", index=False)
        sheet = writer.sheets["configuration"]
        sheet.freeze_panes = "C2"
        for cells in sheet.iter_rows():
            for cell in cells:
                if cell.data_type == "f":  # a text that begins with an equals sign is no formula
                    cell.data_type = "s"
    return book.getvalue()


def _pandas() -> ModuleType:
    """pandas, with what writes Excel; loaded only here, since it takes a second and is optional."""
    try:
        importlib.import_module("openpyxl")
        return importlib.import_module("pandas")
    except ImportError as error:
        what = f"Excel needs the package {error.name}, which is not installed"
        remedy = 'install the extra: pip install "ecluse[tables]"; or take --format csv, which Excel opens'
        raise Refused(Problem(Code.USAGE, what, remedy, subject="--format")) from None


def as_json(table: Table) -> bytes:
    """A list with an object per row, its keys the columns. Raises `Refused` where two columns have one name."""
    if len(set(table.columns)) < len(table.columns):
        what = f"two columns have one name, which JSON can't hold: {', '.join(table.columns)}"
        raise Refused(Problem(Code.USAGE, what, "take --format csv", subject="--format"))
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return (json.dumps(rows, indent=2) + "\n").encode()


TABLES: Mapping[str, Callable[[Table], bytes]] = MappingProxyType(
    {"csv": as_csv, "markdown": as_markdown, "excel": as_excel, "json": as_json}
)
"""The forms of a table for programs, by their words."""


def formed(table: Table, lines: Iterable[Line], word: str) -> bytes:
    """The table in this form; `lines` are the one for people."""
    return TABLES[word](table) if word in TABLES else "".join(f"{line.text}\n" for line in lines).encode()


_ENDS: Mapping[str, str] = MappingProxyType({".csv": "csv", ".md": "markdown", ".xlsx": "excel", ".json": "json"})


def form_of(word: str, path: Path) -> str:
    """The form of a table in this file: the one that is asked for, or, where none is, what the file's end says."""
    return word if word != "console" else _ENDS.get(path.suffix.casefold(), word)


def write_table(data: bytes, path: Path) -> None:
    """Write a table to a file. Raises `Refused` when that can't be done."""
    try:
        path.write_bytes(data)
    except OSError as error:
        problem = f"can't be written: {error.strerror or error}"
        raise Refused(Problem(Code.USAGE, problem, "correct --output", subject=path.as_posix())) from None
