"""The path language: which nodes of an object a row means.

    typeProperties.url               relative to `properties`; `properties.` in front is accepted
    $.name                           from the root
    a[0]  a["by name"]  a['key.x']   an index; the element with this `name`, or the key
    parameters.'GP-Int'.value        the same without brackets
    a[+]                             one past the end: append
    $..url  a[*].b  a[?(@.x=='y')]   anything beyond that is JSONPath, read by jsonpath-ng

A parsed path is a value without a tree; it resolves to concrete paths of a tree. Keys are looked up as written, then
without case when just one key fits (users' files come from tools that ignore case).
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Protocol, TypeAlias

from ecluse.configure.jsonpath import MAX_STEPS, JsonPath
from ecluse.configure.row_error import NoPathError, PathError
from ecluse.jsontree import ABSENT, Json, Path, Step, get, spell, walk

MAX_LENGTH = 4000
_ROOT: Path = ("properties",)


@dataclass(frozen=True, slots=True)
class Key:
    """A bare key."""

    name: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """A key in brackets and quotes: a key of an object, or the element of a list with this `name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """An element of a list."""

    at: int


@dataclass(frozen=True, slots=True)
class Append:
    """One past the end of a list."""


Part: TypeAlias = Key | Quoted | Index | Append


class ParsedPath(Protocol):
    """A path that is ready to be looked up in any tree."""

    @property
    def appends(self) -> bool:
        """Whether it holds `[+]`: then it always adds, whatever the row's sign."""

    def find(self, tree: Json) -> tuple[Path, ...]:
        """The existing nodes that it means; empty when there is none."""

    def place(self, tree: Json) -> tuple[Path, ...]:
        """Where something that is added goes; parents may be missing. Raises `NoPathError`."""


@dataclass(frozen=True, slots=True)
class PlainPath:
    """A path of plain parts: it means at most one node."""

    parts: tuple[Part, ...]

    @property
    def appends(self) -> bool:
        """Whether a part is `[+]`."""
        return Append() in self.parts

    def find(self, tree: Json) -> tuple[Path, ...]:
        """The node, if it exists."""
        path = _existing(tree, self.parts)
        return (path,) if len(path) == len(self.parts) else ()

    def place(self, tree: Json) -> tuple[Path, ...]:
        """The path where the new node goes."""
        path = _existing(tree, self.parts)
        node = get(tree, path)
        for part in self.parts[len(path) :]:
            path = (*path, _new_step(part, node))
            node = ABSENT
        return (path,)


def _existing(tree: Json, parts: Sequence[Part]) -> Path:
    """As much of the path as exists."""
    path: Path = ()
    node = tree
    for part in parts:
        step = _step(part, node)
        if step is None:
            break
        path = (*path, step)
        node = node[step]
    return path


def _step(part: Part, node: Json) -> Step | None:
    match part, node:
        case (Key(name), dict()) | (Quoted(name), dict()):
            return _alike(name, node)
        case (Key(name), list()) | (Quoted(name), list()):
            names = [each.get("name") if isinstance(each, dict) else None for each in node]
            found = _alike(name, [each for each in names if isinstance(each, str)])
            return None if found is None else names.index(found)
        case Index(at), list():
            return at if at < len(node) else None
    return None


def _alike(name: str, names: Sequence[str] | dict[str, Json]) -> str | None:
    """`name` itself, or the only one that differs from it by case."""
    if name in names:
        return name
    folded = [each for each in names if each.casefold() == name.casefold()]
    return folded[0] if len(folded) == 1 else None


def _new_step(part: Part, node: Json) -> Step:
    """The step that creates a child of `node`, which is `ABSENT` when it is made for it."""
    match part:
        case Key(name) | Quoted(name) if node is ABSENT or isinstance(node, dict):
            return name
        case Append() if node is ABSENT:
            return 0
        case Append() if isinstance(node, list):
            return len(node)
        case Index(at) if (node is ABSENT and at == 0) or (isinstance(node, list) and at == len(node)):
            return at
    raise NoPathError("nothing can be added there", "add a key to an object, or append to a list with `[+]`")


_PART = re.compile(
    r"""
    \.?\[\s*(?P<index>[0-9]{1,9})\s*\]
  | \.?\[\s*(?P<named>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*\]
  | \.?(?P<append>\[\s*\+\s*\])
  | (?:(?<!.)|\.)(?P<quoted>'[^']*'|"[^"]*")(?=[.\[]|$)
  | (?:(?<!.)|\.)(?P<key>[^.\[\]'"*`|][^.\[\]*`|]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_BEYOND = re.compile(r"\.\.|\*|\[\s*[?\\/]|\[[^'\"\]]*[:,-]|`|\|")
"""What only JSONPath has: descent, wildcards, filters, sorting, slices, unions, functions."""


@lru_cache(maxsize=4096)
def parse_path(text: str) -> ParsedPath:
    """The path that a user wrote, without sign and `?`. Raises `PathError`."""
    if len(text) > MAX_LENGTH:
        raise PathError(f"the path has {len(text)} characters; {MAX_LENGTH} are the most", "address a node nearer by")
    rooted = text.startswith("$")
    if rooted and text[1:2] not in ("", ".", "["):
        raise PathError("after `$` comes `.` or `[`", f"write $.{text[1:]}")
    parts = _parts(text[1:] if rooted else text)
    if parts is None:
        return JsonPath(text if rooted else _rooted(text))
    if not parts or parts == (Key("properties"),):
        raise PathError("the path names the whole object", "name one property of it, such as typeProperties.url")
    if len(parts) > MAX_STEPS:
        raise PathError(f"the path has {len(parts)} steps; {MAX_STEPS} are the most", "address a node nearer by")
    below = rooted or parts[0] == Key("properties")
    return PlainPath(parts if below else (Key("properties"), *parts))


def looks(text: str) -> int:
    """How often a path looks at all of an object: never where it is plain, and goes straight to its place."""
    try:
        parsed = parse_path(text)
        return parsed.looks if isinstance(parsed, JsonPath) else 0
    except PathError:
        return 0


def _rooted(text: str) -> str:
    if re.match(r"properties\b", text):
        return f"$.{text}"
    return f"$.properties{text}" if text.startswith(("[", ".")) else f"$.properties.{text}"


def _parts(text: str) -> tuple[Part, ...] | None:
    """The plain parts, or `None` when the path needs JSONPath."""
    parts: list[Part] = []
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            _refuse_unless_beyond(text, at)
            return None
        parts.append(_part(found))
        at = found.end()
    return tuple(parts)


def _refuse_unless_beyond(text: str, at: int) -> None:
    if not _BEYOND.search(text, max(at - 1, 0)):
        rest = text[at : at + 20]
        raise PathError(f"the path can't be read from `{rest}` on", "write a.b, a[0], a['name'] or a.'key.x'")


def _part(found: re.Match[str]) -> Part:
    if found["index"]:
        return Index(int(found["index"]))
    if found["append"]:
        return Append()
    if found["named"]:
        return Quoted(re.sub(r"\\(.)", r"\1", found["named"][1:-1]))
    return Key(found["quoted"][1:-1] if found["quoted"] else found["key"].strip())


def nearest(tree: Json, text: str) -> str:
    """The existing path that a user most likely meant, as they would write it; "" when nothing is like it."""
    parts = _plain_parts(re.sub(r"[:/\\]", ".", text))  # what other languages have for a step
    wanted = written(tuple(part.name if isinstance(part, (Key, Quoted)) else 0 for part in parts))
    last = next((part.name.casefold() for part in reversed(parts) if isinstance(part, (Key, Quoted))), "")
    within = _element(tree, parts)
    alike = (path for path, _ in walk(get(tree, within), within) if path and str(path[-1]).casefold() == last)
    same = list(islice(alike, 100))
    near = same or _neighbours(tree, parts)
    spelled = {written(path): path for path in near}
    close = difflib.get_close_matches(wanted, list(spelled), n=1, cutoff=0.0)
    return close[0] if close else ""


def _element(tree: Json, parts: Sequence[Part]) -> Path:
    """The innermost existing element of a list that the path names: what is like it in a neighbour is not meant."""
    existing = _existing(tree, parts)
    indexes = [at for at, step in enumerate(existing) if isinstance(step, int)]
    return existing[: indexes[-1] + 1] if indexes else ()


def _plain_parts(text: str) -> tuple[Part, ...]:
    try:
        parsed = parse_path(text)
    except PathError:
        return ()
    return parsed.parts if isinstance(parsed, PlainPath) else ()


def _neighbours(tree: Json, parts: Sequence[Part]) -> list[Path]:
    """The children of the deepest existing parent whose key is like the one that is missing."""
    parent = _existing(tree, parts)
    node = get(tree, parent)
    failing = parts[len(parent)] if len(parent) < len(parts) else None
    if not isinstance(node, dict) or not isinstance(failing, (Key, Quoted)):
        return [parent] if len(parent) > 1 else []
    close = difflib.get_close_matches(failing.name.casefold(), [key.casefold() for key in node], n=3)
    alike: list[Path] = [(*parent, key) for key in node if key.casefold() in close]
    return alike or ([parent] if len(parent) > 1 else [])


def written(path: Path) -> str:
    """A concrete path as users write it: relative to `properties`, or from `$`."""
    if path[:1] == _ROOT and len(path) > 1:
        return spell(path[1:])
    return f"$.{spell(path)}" if path else "$"
