"""Stage configurations as CSV, `type,name,path,value`: the rows that a file holds."""

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path as FilePath

from ecluse.configure.configure import MOST_ROWS
from ecluse.configure.jsontext import is_container, parse_json
from ecluse.configure.override import HEADER, Configuration, Override, read_path
from ecluse.errors import Code, Notice, Problem, Refused, Where
from ecluse.jsontree import ABSENT
from ecluse.sources.files import read_text

_DELIMITERS = (",", ";", "\t")
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs"}
_CURLY = frozenset("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a")
_FOR_A_SPREADSHEET = re.compile(r"sep=.\s*", re.IGNORECASE)
"""A first line that tells Excel the delimiter; it is none of the table's."""
_CELL = re.compile(r"[^,;\t]+")
_BLANKS_AT_END = re.compile(r'"[ \t]+(?=[\r\n]*\Z)')


def read_csv(path: FilePath) -> Configuration:
    """The rows of a file. Rows that can't be read are `problems`, each with its line; a file that can't, `Refused`."""
    text = read_text(path).removeprefix("\ufeff")
    _refuse_nul(text, path)
    lines = _Lines(text)
    start = next((each for each in lines.records() if not _FOR_A_SPREADSHEET.fullmatch(each[1])), None)
    if start is None:
        raise Refused(
            Problem(Code.CONFIG_FORMAT, "the file is empty", f"begin with {','.join(HEADER)}", Where(str(path)))
        )
    delimiter, width = _layout(*start, path)
    rows: list[Override] = []
    problems: list[Problem] = []
    for number, line in lines.records():
        where = Where(str(path), number)
        try:
            row = _row(_cells(line, lines, delimiter), width, where)
        except (ValueError, csv.Error) as error:
            problems.append(Problem(Code.CONFIG_FORMAT, _told(error), _remedy(delimiter), where))
        else:
            rows.extend(row)
        if len(rows) + len(problems) > MOST_ROWS:
            what = f"the file goes on after {MOST_ROWS:,} rows, which are the most"
            raise Refused(Problem(Code.CONFIG_FORMAT, what, "split it, or name the configuration: is it this?", where))
    return Configuration(tuple(rows), tuple(problems), tuple(_notices(path, delimiter, rows, problems)))


def _refuse_nul(text: str, path: FilePath) -> None:
    at = text.find("\0")
    if at >= 0:
        where = Where(str(path), text.count("\n", 0, at) + 1)
        remedy = "save the file as UTF-8; if it looks right in an editor, it is damaged"
        raise Refused(Problem(Code.CONFIG_FORMAT, "the file holds a NUL character, which is no text", remedy, where))


class _Lines:
    """The lines of a text with their numbers, once through: whoever reads a cell over several lines takes them away."""

    def __init__(self, text: str) -> None:
        self._lines = enumerate(StringIO(text, newline=""), 1)

    def records(self) -> Iterator[tuple[int, str]]:
        """The first lines of records: neither blank nor a comment."""
        for number, line in self._lines:
            if line.strip(" \t\r\n,;") and not line.lstrip().startswith("#"):
                yield number, line

    def rest(self) -> Iterator[str]:
        """The lines that follow, whatever they hold."""
        return (line for _, line in self._lines)


def _layout(number: int, line: str, path: FilePath) -> tuple[str, int]:
    """The delimiter and the columns of the header; a spreadsheet writes empty ones behind it, where a cell was used."""
    for delimiter in _DELIMITERS:
        try:
            cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True))
        except csv.Error:
            continue
        if (*HEADER, *[""] * (len(cells) - len(HEADER))) == tuple(cell.strip().casefold() for cell in cells):
            return delimiter, len(cells)
    problem = f"the first row is no header: {_CELL.sub(_known, line.strip())[:60]}"
    raise Refused(Problem(Code.CONFIG_FORMAT, problem, f"begin with {','.join(HEADER)}", Where(str(path), number)))


def _known(cell: re.Match[str]) -> str:
    """A cell of what should be a header: shown if it is a column's name, since any other may be a secret."""
    return cell[0] if cell[0].strip(' "').casefold() in HEADER else "…"


def _cells(line: str, lines: _Lines, delimiter: str) -> list[str]:
    """The cells of the record that begins with `line`; a quoted cell may take in following lines.

    A bare JSON value is looked for first: its quotes and commas are no CSV.
    """
    pieces = line.split(delimiter, len(HEADER) - 1)
    bare = pieces[-1].strip().removeprefix("json:")
    if len(pieces[-1]) > csv.field_size_limit():
        raise csv.Error("field larger")  # as its reader says of any other cell
    if len(pieces) == len(HEADER) and is_container(bare) and parse_json(bare) is not ABSENT:
        head = csv.reader([delimiter.join(pieces[:-1])], delimiter=delimiter, skipinitialspace=True, strict=True)
        return [*next(head), pieces[-1].strip()]
    return next(csv.reader(_chained(line, lines), delimiter=delimiter, skipinitialspace=True, strict=True))


def _chained(line: str, lines: _Lines) -> Iterator[str]:
    """The record's lines, without blanks behind a quote that ends one: the strict reader takes them for text."""
    yield _BLANKS_AT_END.sub('"', line)
    yield from lines.rest()


def _row(cells: list[str], width: int, where: Where) -> list[Override]:
    """The override, none for a row of empty cells. Raises `ValueError` saying what is wrong."""
    if not any(cell.strip() for cell in cells):
        return []
    if len(HEADER) < len(cells) <= width and not "".join(cells[len(HEADER) :]).strip():
        cells = cells[: len(HEADER)]
    if len(cells) == len(HEADER) - 1 and cells[-1].lstrip().startswith("-"):
        cells = [*cells, ""]  # what is removed needs no value
    if len(cells) != len(HEADER):
        hint = ", and what follows the path is no JSON" if len(cells) > len(HEADER) else ""
        raise ValueError(f"the row has {len(cells)} columns instead of {len(HEADER)}{hint}")
    word, name, path = (cell.strip() for cell in cells[:-1])
    for column, cell in zip(HEADER, (word, name, path), strict=False):
        if _in_curly_quotes(cell):
            raise ValueError(f'the {column} stands in curly quotes; only " quotes')
    signed = read_path(path)
    missing = [column for column, cell in zip(HEADER, (word, name, signed.path), strict=False) if not cell]
    if missing:
        raise ValueError(f"the row has no {' and no '.join(missing)}")
    return [Override(word, name, signed.path, cells[-1], where, signed.action, signed.optional)]


_CSV_ERRORS = {
    "unexpected end of data": "a cell that begins with a quote never ends",
    "expected after": "something stands behind the closing quote of a cell",
    "field larger": f"a cell is longer than {csv.field_size_limit()} characters",
}


def _told(error: Exception) -> str:
    """Python's words for a broken row in ours."""
    return next((ours for theirs, ours in _CSV_ERRORS.items() if theirs in str(error)), str(error))


def _remedy(delimiter: str) -> str:
    shown = "a tab" if delimiter == "\t" else f"`{delimiter}`"
    return f'write type, name, path and value with {shown} between them; put a value that holds one in "…"'


def _notices(path: FilePath, delimiter: str, rows: Sequence[Override], problems: Sequence[Problem]) -> Iterator[Notice]:
    if delimiter != ",":
        yield Notice(Code.NOTE, f"read with {_NAMES[delimiter]} between the columns", Where(str(path)), warning=False)
    if not rows and not problems:
        yield Notice(Code.NOTE, "the configuration holds no rows", Where(str(path)))
    for row in rows:
        if _in_curly_quotes(row.value):
            said = (
                f'{row.subject}: path {row.place}: the value stands in curly quotes, which belong to it; only " quotes'
            )
            yield Notice(Code.CONFIG_VALUE, said, row.origin)


def _in_curly_quotes(text: str) -> bool:
    """Whether a word processor has quoted a cell: to CSV these are letters like all others."""
    bare = text.strip()
    return bare[:1] in _CURLY and bare[-1:] in _CURLY and len(bare) > 1
