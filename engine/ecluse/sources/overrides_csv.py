"""Stage configurations as CSV, `type,name,path,value`: which files a stage means, and the rows that they hold."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path as FilePath

from ecluse.configure.jsontext import is_container, parse_json
from ecluse.configure.override import Configuration, Override, OverrideAction
from ecluse.errors import Code, Notice, Problem, Refused, Where
from ecluse.jsontree import ABSENT
from ecluse.sources.files import read_text

HEADER = ("type", "name", "path", "value")
_DELIMITERS = (",", ";", "\t")
_STAGE_FILE = re.compile(r"config-.+\.csv", re.IGNORECASE)
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs"}
_BLANKS_AT_END = re.compile(r'"[ \t]+(?=[\r\n]*\Z)')
_SIGNS = {"+": OverrideAction.ADD, "-": OverrideAction.REMOVE}


@dataclass(frozen=True, slots=True)
class ConfigFiles:
    """The files of a stage, in the order in which they apply, and the word about where they were found."""

    files: tuple[FilePath, ...]
    notices: tuple[Notice, ...] = ()


def find_config(stage: str, config_folder: FilePath | None, source: FilePath, working_dir: FilePath) -> ConfigFiles:
    """The files for a stage: `config-common.csv` when it is there, then `config-{stage}.csv`; or the one file named.

    They are looked for in `config_folder`, or else in `deployment/` beside the source or in the working directory.
    A value that ends in `.csv` is a path. Raises `Refused` when there is no file, or more than one that is meant.
    """
    if stage.casefold().endswith((".csv", ".json")):
        return ConfigFiles((_named_file(FilePath(stage), working_dir),))
    if not re.fullmatch(r"[A-Za-z0-9._-]+", stage):
        remedy = "use letters, digits, `.`, `_`, `-`; or a path that ends in .csv"
        raise Refused(Problem(Code.OPTION_VALUE, f"'{stage}' is no stage name", remedy))
    name = f"config-{stage}.csv"
    folders = _folders(config_folder, source, working_dir)
    found = [(folder, file) for folder in folders if (file := _look_up(folder, name)) is not None]
    if len(found) > 1:
        both = " and ".join(str(file) for _, file in found)
        problem = f"the configuration of stage {stage} is there twice: {both}"
        raise Refused(Problem(Code.CONFIG_AMBIGUOUS, problem, "remove one, or choose with --config-folder"))
    if not found:
        raise Refused(_no_file(stage, name, folders))
    folder, file = found[0]
    common = _look_up(folder, "config-common.csv")
    files = (common, file) if common is not None and common != file else (file,)
    said = f"configuration of stage {stage}: {', then '.join(map(str, files))}"
    return ConfigFiles(files, (Notice(Code.NOTE, said, warning=False),))


def unused_stages(config_folder: FilePath | None, source: FilePath, working_dir: FilePath) -> tuple[Notice, ...]:
    """The word of warning for a run without a stage, where there are configurations of stages."""
    folders = _folders(config_folder, source, working_dir)
    names = {file.name for folder in folders for file in folder.iterdir() if _STAGE_FILE.fullmatch(file.name)}
    if not names:
        return ()
    listed = ", ".join(sorted(names))
    said = f"no --stage is given, so {listed} in {folders[0]} are not read: the template's own values count"
    return (Notice(Code.CONFIG_MISSING, said),)


def read_csv(path: FilePath) -> Configuration:
    """The rows of a file. Rows that can't be read are `problems`, each with its line; a file that can't, `Refused`."""
    text = read_text(path).removeprefix("\ufeff")
    lines = _Lines(text)
    start = next(lines.records(), None)
    if start is None:
        raise Refused(
            Problem(Code.CONFIG_FORMAT, "the file is empty", f"begin with {','.join(HEADER)}", Where(str(path)))
        )
    delimiter = _delimiter(*start, path)
    rows: list[Override] = []
    problems: list[Problem] = []
    for number, line in lines.records():
        where = Where(str(path), number)
        try:
            row = _row(_cells(line, lines, delimiter), where)
        except (ValueError, csv.Error) as error:
            problems.append(Problem(Code.CONFIG_FORMAT, _told(error), _remedy(delimiter), where))
        else:
            rows.extend(row)
    return Configuration(tuple(rows), tuple(problems), tuple(_notices(path, delimiter, rows or problems)))


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


def _delimiter(number: int, line: str, path: FilePath) -> str:
    for delimiter in _DELIMITERS:
        try:
            cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True))
        except csv.Error:
            continue
        if tuple(cell.strip().casefold() for cell in cells) == HEADER:
            return delimiter
    problem = f"the first row is no header: {line.strip()[:60]}"
    raise Refused(Problem(Code.CONFIG_FORMAT, problem, f"begin with {','.join(HEADER)}", Where(str(path), number)))


def _cells(line: str, lines: _Lines, delimiter: str) -> list[str]:
    """The cells of the record that begins with `line`; a quoted cell may take in following lines.

    A bare JSON value is looked for first: its quotes and commas are no CSV.
    """
    pieces = line.split(delimiter, len(HEADER) - 1)
    bare = pieces[-1].strip().removeprefix("json:")
    if len(pieces) == len(HEADER) and is_container(bare) and parse_json(bare) is not ABSENT:
        head = csv.reader([delimiter.join(pieces[:-1])], delimiter=delimiter, skipinitialspace=True, strict=True)
        return [*next(head), pieces[-1].strip()]
    return next(csv.reader(_chained(line, lines), delimiter=delimiter, skipinitialspace=True, strict=True))


def _chained(line: str, lines: _Lines) -> Iterator[str]:
    """The record's lines, without blanks behind a quote that ends one: the strict reader takes them for text."""
    yield _BLANKS_AT_END.sub('"', line)
    yield from lines.rest()


def _row(cells: list[str], where: Where) -> list[Override]:
    """The override, none for a row of empty cells. Raises `ValueError` saying what is wrong."""
    if not any(cell.strip() for cell in cells):
        return []
    if len(cells) != len(HEADER):
        hint = ", and what follows the path is no JSON" if len(cells) > len(HEADER) else ""
        raise ValueError(f"the row has {len(cells)} columns instead of {len(HEADER)}{hint}")
    word, name, path = (cell.strip() for cell in cells[:-1])
    action = _SIGNS.get(path[:1], OverrideAction.UPDATE)
    bare = path.removeprefix("+") if action is OverrideAction.ADD else path.removeprefix("-")
    optional = bare.endswith("?")
    bare = bare.removesuffix("?").strip()
    missing = [column for column, cell in zip(HEADER, (word, name, bare), strict=False) if not cell]
    if missing:
        raise ValueError(f"the row has no {' and no '.join(missing)}")
    return [Override(word, name, bare, cells[-1], where, action, optional)]


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


def _notices(path: FilePath, delimiter: str, rows: object) -> Iterator[Notice]:
    if delimiter != ",":
        yield Notice(Code.NOTE, f"read with {_NAMES[delimiter]} between the columns", Where(str(path)), warning=False)
    if not rows:
        yield Notice(Code.NOTE, "the configuration holds no rows", Where(str(path)))


def _folders(config_folder: FilePath | None, source: FilePath, working_dir: FilePath) -> list[FilePath]:
    if config_folder is not None:
        named = working_dir / config_folder
        if not named.is_dir():
            problem = f"there is no folder {config_folder}"
            raise Refused(Problem(Code.CONFIG_MISSING, problem, "correct --config-folder"))
        return [named]
    at = working_dir / source
    beside = [at if at.is_dir() else at.parent, working_dir]
    found = [folder for parent in beside if (folder := _look_up(parent, "deployment")) is not None]
    return found[:1] if len(found) > 1 and found[0].samefile(found[1]) else found


def _look_up(folder: FilePath, name: str) -> FilePath | None:
    """The entry of this name in any case. Raises `Refused` when two differ only in case."""
    if not folder.is_dir():
        return None
    try:
        found = sorted(entry for entry in folder.iterdir() if entry.name.casefold() == name.casefold())
    except OSError as error:
        problem = f"can't be read: {error.strerror or error}"
        raise Refused(Problem(Code.SOURCE_UNREADABLE, problem, "check the rights", Where(str(folder)))) from None
    if len(found) > 1:
        problem = f"{' and '.join(entry.name for entry in found)} differ only in case"
        raise Refused(Problem(Code.CONFIG_AMBIGUOUS, problem, "remove one of them", Where(str(folder))))
    return found[0] if found else None


def _named_file(file: FilePath, working_dir: FilePath) -> FilePath:
    if file.suffix.casefold() == ".json":
        problem = "JSON configurations can't be read yet"
        raise Refused(
            Problem(Code.CONFIG_FORMAT, problem, "give the rows as CSV: type,name,path,value", Where(str(file)))
        )
    exact = working_dir / file
    found = exact if exact.is_file() else _look_up(exact.parent, exact.name)
    if found is None or not found.is_file():
        raise Refused(Problem(Code.CONFIG_MISSING, f"there is no file {file}", "correct the path", Where(str(file))))
    return found


def _no_file(stage: str, name: str, folders: list[FilePath]) -> Problem:
    looked = " and ".join(map(str, folders)) or "deployment/ beside the source and in the working directory"
    twins = [twin for folder in folders if (twin := _look_up(folder, f"config-{stage}.json"))]
    if twins:
        return Problem(
            Code.CONFIG_FORMAT,
            f"stage {stage} has only a JSON configuration, which can't be read yet",
            f"give the rows as CSV in {name}",
            Where(str(twins[0])),
        )
    remedy = "correct the stage, create the file, or name its folder with --config-folder"
    return Problem(Code.CONFIG_MISSING, f"there is no {name} in {looked}", remedy)
