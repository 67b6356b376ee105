"""Full JSONPath through jsonpath-ng, as concrete paths. The library is loaded by the first path that needs it.

It parses, and says what one step matches at one node. Going from step to step is done here, each node once: the
library's own way takes a time that grows with a power of the tree's depth for each `..`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ecluse.configure.regexes import found_in
from ecluse.configure.row_error import NoPathError, PathError
from ecluse.jsontree import Json, Path, get, walk

_COMPUTES = "the JSONPath computes a value instead of naming a place"

MAX_STEPS = 100
"""The most steps of a path, plain or not."""

_LIBRARY = 10


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A full JSONPath from the root; it may mean several nodes. It finds what exists and creates nothing."""

    text: str

    @property
    def appends(self) -> bool:
        """Never: JSONPath has no `[+]`."""
        return False

    @property
    def looks(self) -> int:
        """How often it looks at all of an object, at least once: for each `..`. Raises `PathError` if it can't be read.

        What asks the library at every node takes as long as ten looks for a key; a `..` in a condition, which looks at
        all below each node, ten times as long again.
        """
        from jsonpath_ng.jsonpath import Child, Descendants, Fields  # noqa: PLC0415  # loads the library

        looks, waiting = 0, [_parsed(self.text)]
        within = sum(isinstance(each, Descendants) for each in _nodes(waiting[0]))
        while waiting:
            step = waiting.pop()
            if isinstance(step, Descendants):
                looks += 1 if isinstance(next(_steps(step.right)), Fields) else _LIBRARY
                within -= 1
            if isinstance(step, (Child, Descendants)):
                waiting += (step.right, step.left)
        return int(max(looks, 1) * _LIBRARY**within)

    def find(self, tree: Json) -> tuple[Path, ...]:
        """The nodes in document order, each once. Raises `PathError` when the expression computes a value."""
        try:
            return tuple(_follow(_parsed(self.text), {(): tree}, tree))
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
        parsed = parse(text)
    except (JSONPathError, DefintionInvalid, ValueError, RecursionError) as error:
        why = f"neither a plain path nor a JSONPath ({error})"
        raise PathError(why, "write a.b, a[0], a['name'], or a JSONPath such as $..url") from None
    steps = tuple(_steps(parsed))
    if len(steps) > MAX_STEPS:
        raise PathError(f"the path has {len(steps)} steps; {MAX_STEPS} are the most", "address a node nearer by")
    for each in _nodes(parsed):
        _bound(each)
    if any("`parent`" in str(step) for step in steps if str(step) != "`parent`"):
        raise PathError("`parent` stands inside of a condition", "use it as a step of its own")
    return parsed


def _nodes(path: Json) -> Iterator[Json]:
    """Every part of a parsed path, also those of its conditions."""
    waiting = [path]
    while waiting:
        node = waiting.pop()
        yield node
        held = [value for value in vars(node).values() if not isinstance(value, str)]
        inner = [each for value in held for each in (value if isinstance(value, (list, tuple)) else [value])]
        waiting += [each for each in inner if type(each).__module__.startswith("jsonpath_ng")]


def _bound(node: Json) -> None:
    """Take regular expressions out of the library's hands, which puts no limit to the time that they take."""
    from jsonpath_ng.ext.filter import Expression  # noqa: PLC0415  # loads the library
    from jsonpath_ng.ext.string import Sub  # noqa: PLC0415  # same
    from jsonpath_ng.jsonpath import DatumInContext  # noqa: PLC0415  # same

    if isinstance(node, Sub):
        raise PathError(_COMPUTES, "leave out the function")
    if isinstance(node, Expression) and node.op == "=~":
        if not isinstance(node.value, str):
            raise PathError(f"`=~ {node.value}` compares with no regular expression", "write it in quotes")
        expression: Json = node
        at, pattern = node.target, node.value

        def find(datum: Json) -> list[Json]:
            reached = at.find(DatumInContext.wrap(datum))
            return [each for each in reached if isinstance(each.value, str) and found_in(pattern, each.value)]

        expression.find = find


def _steps(path: Json) -> Iterator[Json]:
    """The steps of a parsed path, one after the other."""
    from jsonpath_ng.jsonpath import Child, Descendants  # noqa: PLC0415  # loads the library

    waiting = [path]
    while waiting:
        step = waiting.pop()
        if isinstance(step, (Child, Descendants)):
            waiting += (step.right, step.left)
        else:
            yield step


def _follow(path: Json, places: Mapping[Path, Json], tree: Json) -> dict[Path, Json]:
    """The nodes that a parsed path leads to from `places` of `tree`, each once, in document order."""
    from jsonpath_ng.jsonpath import Child, Descendants, Fields, Parent, Root  # noqa: PLC0415  # loads the library

    match path:
        case Root():
            return {(): tree}
        case Child():
            return _follow(path.right, _follow(path.left, places, tree), tree)
        case Descendants():
            return _follow(path.right, _with_all_below(_follow(path.left, places, tree)), tree)
        case Parent():
            above = dict.fromkeys(place[:-1] for place in places if place)
            return {place: get(tree, place) for place in above}
        case Fields(fields=[key]) if key != "*":  # mostly after `..`, which asks every node: the library takes long
            return {(*at, key): node[key] for at, node in places.items() if isinstance(node, dict) and key in node}
    return {found: node for place in places for found, node in _matches(path, place, places[place], tree)}


def _with_all_below(places: Mapping[Path, Json]) -> dict[Path, Json]:
    found: dict[Path, Json] = {}
    for place, node in places.items():
        if place not in found:  # otherwise it came with a node around it, and so did all in it
            found.update(walk(node, place))
    return found


def _matches(step: Json, place: Path, node: Json, tree: Json) -> Iterator[tuple[Path, Json]]:
    """What one step matches at one node. Raises `PathError` for a value that stands nowhere in the tree."""
    from jsonpath_ng.jsonpath import DatumInContext, Index, Root, This  # noqa: PLC0415  # loads the library

    # The root is the context, since a condition may look there.
    found = step.find(DatumInContext(node, This(), DatumInContext(tree, Root(), None)))
    for each in found if isinstance(found, list) else [found]:
        if isinstance(each.path, Index) and not isinstance(node, list):
            continue  # a slice at what is no list: the library takes it for a list of one
        below = _below(each.full_path, node)
        if below is None or get(node, below) is not each.value:
            raise PathError(_COMPUTES, "leave out the function")
        yield (*place, *below), each.value


def _below(full: Json, node: Json) -> Path | None:
    """jsonpath-ng's own path of a match as steps below `node`, `None` when it is none."""
    from jsonpath_ng.jsonpath import Child, Fields, Index, Root, This  # noqa: PLC0415  # same

    match full:
        case Root() | This():
            return ()
        case Child():
            before = _below(full.left, node)
            after = None if before is None else _below(full.right, get(node, before))
            return None if before is None or after is None else (*before, *after)
        case Fields() if len(full.fields) == 1:
            return (str(full.fields[0]),)
        case Index() if len(full.indices) == 1 and isinstance(node, list):
            return (full.indices[0] % len(node),)
    return None
