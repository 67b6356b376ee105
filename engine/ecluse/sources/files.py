"""Files as they are in real repositories: bytes to text, text to a JSON document that says where things stand."""

import codecs
import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path as FilePath

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


def read_text(path: FilePath) -> str:
    """The text of a file. Raises `Refused` when the file can't be read, or is no text."""
    return text_of(read_bytes(path), str(path))


def read_bytes(path: FilePath) -> bytes:
    """What a file holds. Raises `Refused` when it can't be read."""
    where = Where(str(path))
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Refused(Problem(Code.SOURCE_MISSING, "no such file", "check the path", where)) from None
    except OSError as error:
        why = f"can't be read: {error.strerror or error}"
        raise Refused(Problem(Code.SOURCE_UNREADABLE, why, "check the path and the rights", where)) from None


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


def read_json(path: FilePath, levels: int = 2) -> Document:
    """The JSON of a file. Raises `Refused` with file, line and column."""
    return parse_json(read_text(path), str(path), levels)


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
