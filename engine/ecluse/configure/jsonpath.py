"""Full JSONPath through jsonpath-ng, as concrete paths. The library is loaded by the first path that needs it."""

from dataclasses import dataclass
from functools import lru_cache

from ecluse.configure.row_error import NoPathError, PathError
from ecluse.jsontree import Json, Path, get


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A full JSONPath from the root; it may mean several nodes. It finds what exists and creates nothing."""

    text: str

    @property
    def appends(self) -> bool:
        """Never: JSONPath has no `[+]`."""
        return False

    def find(self, tree: Json) -> tuple[Path, ...]:
        """The nodes in document order, each once. Raises `PathError` when the expression computes a value."""
        try:
            matches = _parsed(self.text).find(tree)
            return tuple(dict.fromkeys(_steps(each.full_path, tree) for each in matches))
        except (TypeError, ValueError, ArithmeticError, RecursionError, AttributeError, LookupError) as error:
            # The library computes on whatever the document holds, and lets Python's own errors out.
            raise PathError(f"the JSONPath fails on this object ({error})", "simplify the expression") from None

    def place(self, tree: Json) -> tuple[Path, ...]:
        """The existing nodes, to be replaced. Raises `NoPathError` when there is none."""
        found = self.find(tree)
        if not found:
            raise NoPathError("the JSONPath matches nothing", "to create something, write a plain path")
        return found


@lru_cache(maxsize=256)
def _parsed(text: str) -> Json:
    from jsonpath_ng.exceptions import JSONPathError  # noqa: PLC0415  # loaded only when a JSONPath is written
    from jsonpath_ng.ext.parser import parse  # noqa: PLC0415  # only a row with a full JSONPath needs it
    from jsonpath_ng.ext.string import DefintionInvalid  # noqa: PLC0415  # same

    try:
        return parse(text)
    except (JSONPathError, DefintionInvalid, ValueError, RecursionError) as error:
        why = f"neither a plain path nor a JSONPath ({error})"
        raise PathError(why, "write a.b, a[0], a['name'], or a JSONPath such as $..url") from None


def _steps(full: Json, tree: Json) -> Path:
    """jsonpath-ng's own path of a match as steps; `tree` is where it starts."""
    from jsonpath_ng.jsonpath import Child, Fields, Index, Root  # noqa: PLC0415  # same

    match full:
        case Root():
            return ()
        case Child():
            before = _steps(full.left, tree)
            return (*before, *_steps(full.right, get(tree, before)))
        case Fields() if len(full.fields) == 1:
            return (str(full.fields[0]),)
        case Index() if len(full.indices) == 1 and isinstance(tree, list):
            return (full.indices[0] % len(tree),)
    raise PathError("the JSONPath computes a value instead of naming a place", "leave out the function")
