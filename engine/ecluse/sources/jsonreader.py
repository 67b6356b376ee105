"""A JSON reader on top of the standard decoder: refuses what Azure would misread, and says where things stand."""

import json
import re
from typing import NoReturn

from ecluse.errors import Code, Problem, Refused, Where
from ecluse.jsontree import MAX_DEPTH, Json, Number, Path, goes_deeper

_SPACE = re.compile(r"[ \t\n\r]*")
_FIX = "correct the text at this place"
_STRAYS = {
    "//": "a comment (`//`), which JSON does not have",
    "/*": "a comment (`/*`), which JSON does not have",
    "#": "a comment (`#`), which JSON does not have",
    "<<<<<<<": "the mark of an unresolved merge conflict",
    "=======": "the mark of an unresolved merge conflict",
    ">>>>>>>": "the mark of an unresolved merge conflict",
    "'": "a text in single quotes; JSON has double quotes only",
    "version https://git-lfs": "a pointer of Git LFS, which has not fetched the file itself (git lfs pull)",
}


def read(text: str, path: str, levels: int = 2) -> tuple[Json, dict[Path, int]]:
    """The value of a JSON text, and the offsets of its top `levels` in rising order.

    The order of keys is kept, integers of any size stay exact, other numbers become floats that know how they were
    spelled. Raises `Refused` (file, line, column) for invalid JSON, a key that occurs twice in an object, comments,
    numbers beyond a float's range, half characters, and more than `MAX_DEPTH` levels.
    """
    reader = _Reader(text, path, levels=levels)
    try:
        value = reader.document()
        anew = text.count("{") + text.count("[") > MAX_DEPTH and goes_deeper(value, MAX_DEPTH)
    except _NowhereError:
        anew = True
    if anew:  # reading all levels ourselves can say where
        reader = _Reader(text, path, levels=MAX_DEPTH)
        value = reader.document()
    if "\\ud" in text or "\\uD" in text:
        reader.refuse_half_characters(value)
    return value, reader.offsets


class _NowhereError(Exception):
    """The fast decoder met what is wrong, a key twice or too many levels, and can't say where."""


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _NowhereError
    return made


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:40]} is out of range")
    return number if repr(number) == text else Number(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON value")


class _Reader:
    """Reads the top `levels` itself, noting where things stand; the standard decoder reads what is below."""

    def __init__(self, text: str, path: str, *, levels: int) -> None:
        self.text = text
        self.path = path
        self.levels = levels
        self.offsets: dict[Path, int] = {}
        decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_float, parse_constant=_no_number)
        self.decode = decoder.raw_decode

    def document(self) -> Json:
        if self.skip(0) == len(self.text):
            self.fail("nothing stands there", 0)
        value, at = self.value(self.skip(0), ())
        if at != len(self.text):
            self.fail("the JSON ends here, but more follows", at)
        return value

    def skip(self, at: int) -> int:
        """The offset of the next character that is no white space."""
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int, path: Path) -> tuple[Json, int]:
        """The value at an offset, and the offset of what follows it."""
        first = self.text[at : at + 1]
        if len(path) <= 2:  # noqa: PLR2004  # the two levels whose lines are worth knowing
            self.offsets[path] = at
        nested = first in ("{", "[")
        if nested and len(path) == MAX_DEPTH:
            self.fail(f"nested deeper than {MAX_DEPTH} levels", at)
        if not nested or len(path) >= self.levels:
            value, after = self.decoded(at)
        elif first == "{":
            value, after = self.object(at, path)
        else:
            value, after = self.array(at, path)
        return value, self.skip(after)

    def decoded(self, at: int) -> tuple[Json, int]:
        try:
            return self.decode(self.text, at)
        except json.JSONDecodeError as error:
            what = error.msg[:1].lower() + error.msg[1:]
            self.fail("a line break or another control character in a text" if "control" in what else what, error.pos)
        except RecursionError:
            raise _NowhereError from None
        except ValueError as error:
            self.fail(str(error), at)  # a number that can't be kept

    def object(self, at: int, path: Path) -> tuple[Json, int]:
        made: dict[str, Json] = {}
        at = self.skip(at + 1)
        while not self.ends(at, "}", first=not made):
            at = self.skip(at + 1) if made else at
            key, after = self.key(at)
            if key in made:
                self.fail(f'the key "{key}" occurs twice in this object', at, Code.JSON_DUPLICATE_KEY)
            made[key], at = self.value(after, (*path, key))
        return made, at + 1

    def key(self, at: int) -> tuple[str, int]:
        if self.text[at : at + 1] != '"':
            self.fail("expecting property name enclosed in double quotes", at)
        key, after = self.decoded(at)
        after = self.skip(after)
        if self.text[after : after + 1] != ":":
            self.fail("expecting ':' delimiter", after)
        return key, self.skip(after + 1)

    def array(self, at: int, path: Path) -> tuple[Json, int]:
        made: list[Json] = []
        at = self.skip(at + 1)
        while not self.ends(at, "]", first=not made):
            at = self.skip(at + 1) if made else at
            item, at = self.value(at, (*path, len(made)))
            made.append(item)
        return made, at + 1

    def ends(self, at: int, bracket: str, *, first: bool) -> bool:
        """Whether the container closes here; if not, another item follows: the first one, or one after a comma."""
        character = self.text[at : at + 1]
        if character == bracket:
            return True
        if not first and character != ",":
            self.fail("expecting ',' delimiter", at)
        return False

    def refuse_half_characters(self, value: Json) -> None:
        """Half of a surrogate pair is no character: it could be neither shown nor sent."""
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            half = f"\\u{ord(error.object[error.start]):04x}"
            at = max(self.text.lower().find(half), 0)
            self.fail(f"{half} is half of a character (a surrogate without its pair)", at)

    def trails(self, at: int) -> bool:
        """Whether a comma and the end of a container meet here; the decoder's place is either, by Python's version."""
        before, end = (at, self.skip(at + 1)) if self.text[at : at + 1] == "," else (at - 1, at)
        return self.text[end : end + 1] in ("}", "]") and self.text[: before + 1].rstrip(" \t\r\n").endswith(",")

    def fail(self, what: str, at: int, code: Code = Code.JSON_INVALID) -> NoReturn:
        mark_at = self.skip(at)
        stray = next((name for mark, name in _STRAYS.items() if self.text.startswith(mark, mark_at)), None)
        if stray is None and self.trails(mark_at):
            stray = "a comma behind the last item, which JSON does not have"
        if code is Code.JSON_INVALID:
            at = mark_at if stray else at
            what = f"invalid JSON: {f'found {stray}' if stray else what}"
        line, column = self.text.count("\n", 0, at) + 1, at - self.text.rfind("\n", 0, at)
        raise Refused(Problem(code, what, _FIX, Where(self.path, line, column)))
