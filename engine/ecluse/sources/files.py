"""Files as they are in real repositories: bytes to text, text to a JSON document that says where things stand."""

import codecs
import gc
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Literal

from ecluse.errors import Code, Problem, Refused, Where
from ecluse.jsontree import Json, Path
from ecluse.sources.jsonreader import read

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: it begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON file: its value, and the lines of what stands at the top two levels (`lines[("resources", 3)]`).

    `line` is where it begins, for a template inside of another.
    """

    path: str
    value: Json
    lines: Mapping[Path, int] = field(default_factory=dict)
    line: int | None = None

    def where(self, *path: str | int) -> Where:
        """The place of the node at `path`, or of the nearest one around it whose line is known."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return Where(self.path, self.lines[path[:end]])
        return Where(self.path, self.line)


def what_is(path: FilePath) -> Literal["", "file", "folder", "special"]:
    """What stands at a path, behind a link, too; "" for nothing. Raises `Refused` where nobody may look."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the last for a character that no name holds
        return ""
    except OSError as error:
        raise Refused(_unreadable(path, error)) from None
    return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "special"


def _unreadable(path: FilePath, error: OSError) -> Problem:
    what = f"can't be read: {error.strerror or error}"
    return Problem(Code.SOURCE_UNREADABLE, what, "check the path and the rights", Where(str(path)))


def read_text(path: FilePath, most: int | None = None) -> str:
    """The text of a file. Raises `Refused` when the file can't be read, has more than `most` bytes, or is no text."""
    return text_of(read_bytes(path, most), str(path))


def read_bytes(path: FilePath, most: int | None = None) -> bytes:
    """What a file holds. Raises `Refused` when it can't be read, or has more than `most` bytes."""
    where = Where(str(path))
    try:
        with path.open("rb") as file:
            data = file.read() if most is None else file.read(most + 1)
    except FileNotFoundError:
        raise Refused(Problem(Code.SOURCE_MISSING, "no such file", "check the path", where)) from None
    except OSError as error:
        raise Refused(_unreadable(path, error)) from None
    if most is not None and len(data) > most:
        what = f"the file has more than {most:,} bytes, which nothing that Azure takes has"
        raise Refused(Problem(Code.SOURCE_UNREADABLE, what, "correct the file, or move it out of the folder", where))
    return data


def text_of(data: bytes, path: str) -> str:
    """The text of what was read from `path`: UTF-8 with or without BOM, UTF-16 and UTF-32 by BOM.

    Raises `Refused`, with the place of the first such byte, when it is no text.
    """
    where = Where(path)
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")
    if encoding == "utf-8" and b"\0" in data[:2]:
        what = "the file looks like UTF-16 without the byte order mark that would say so"
        raise Refused(Problem(Code.SOURCE_UNREADABLE, what, "save the file as UTF-8", where))
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        name = encoding.removesuffix("-sig").upper()
        what = f"byte 0x{data[error.start]:02x} at offset {error.start} is not valid {name}"
        if name == "UTF-8":
            where = Where(path, data.count(b"\n", 0, error.start) + 1)
        raise Refused(Problem(Code.SOURCE_UNREADABLE, what, "save the file as UTF-8", where)) from None


def read_json(path: FilePath, levels: int = 2, most: int | None = None) -> Document:
    """The JSON of a file of at most `most` bytes. Raises `Refused` with file, line and column."""
    return parse_json(read_text(path, most), str(path), levels)


def parse_json(text: str, path: str, levels: int = 2) -> Document:
    """The JSON of a text that was read from `path`; `levels` of it know their lines, which takes time.

    Raises `Refused` with file, line and column.
    """
    value, offsets = read(text, path, levels)
    return Document(path, value, _lines(text, offsets))


@contextmanager
def without_collector() -> Iterator[None]:
    """Runs a big load without the cyclic collector: fresh JSON holds no cycles, looking costs half as much."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _lines(text: str, offsets: Mapping[Path, int]) -> Mapping[Path, int]:
    """The line of each offset; the offsets stand in rising order, so the text is counted once."""
    lines: dict[Path, int] = {}
    line, counted = 1, 0
    for path, offset in offsets.items():
        line += text.count("\n", counted, offset)
        counted = offset
        lines[path] = line
    return lines
