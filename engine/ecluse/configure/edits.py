"""What one row does to one tree: where, what stood there, and what stands there afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ecluse.configure.override import Override, OverrideAction
from ecluse.configure.paths import ParsedPath, nearest, parse_path
from ecluse.configure.row_error import NoPathError, PathError
from ecluse.jsontree import ABSENT, Json, Path, get, remove, replace

MOST_PLACES = 10_000
"""The most that one row changes in one object: each change copies what is around it."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One node that changes; `ABSENT` as `old`: it is added, as `new`: it is removed."""

    path: Path
    old: Json
    new: Json

    def apply(self, tree: Json) -> Json:
        """`tree` with this change; parents that are missing are created."""
        return remove(tree, self.path) if self.new is ABSENT else put(tree, self.path, self.new)


Give: TypeAlias = Callable[[Path, Json], Json]
"""The value for a path, given what stands there (`ABSENT`: nothing)."""


def edits(tree: Json, row: Override, give: Give) -> tuple[Edit, ...]:
    """What `row` does to `tree`. Raises a `RowError`; a `NoPathError` names the nearest existing path."""
    path = parse_path(row.path)
    match row.action:
        case OverrideAction.REMOVE:
            # Later elements first, so that an index still means the same element when its turn comes.
            return tuple(Edit(at, get(tree, at), ABSENT) for at in sorted(_found(tree, row, path), key=_backwards))
        case OverrideAction.UPDATE if not path.appends:
            places = _found(tree, row, path)
        case _:
            places = _outermost(path.find(tree)) or path.place(tree)
    return tuple(Edit(at, old := get(tree, at), give(at, old)) for at in places)


def _found(tree: Json, row: Override, path: ParsedPath) -> tuple[Path, ...]:
    places = path.find(tree)
    if () in places:
        raise PathError("the path names the whole object", "name one property of it, such as typeProperties.url")
    if len(places) > MOST_PLACES:
        reason = f"the path means {len(places):,} places of one object; {MOST_PLACES:,} are the most"
        raise PathError(reason, "replace what holds them all by one row")
    if not places:
        remedy = "correct the path; `+` in front of it creates it, `?` behind it makes the row optional"
        raise NoPathError("nothing stands there", remedy, lambda: _nearest(tree, row.path))
    return _outermost(places)


def _nearest(tree: Json, path: str) -> str:
    like = nearest(tree, path)
    return f"; nearest existing path is {like}" if like else ""


def _outermost(places: tuple[Path, ...]) -> tuple[Path, ...]:
    """Without what lies inside of another place: it goes with it."""
    every = frozenset(places)
    return tuple(path for path in places if not any(path[:end] in every for end in range(len(path))))


def _backwards(path: Path) -> tuple[tuple[int, str], ...]:
    return tuple((-step, "") if isinstance(step, int) else (0, step) for step in path)


def put(tree: Json, path: Path, value: Json) -> Json:
    """`jsontree.replace` that also creates the lists on the way."""
    known = 0
    while known < len(path) and get(tree, path[: known + 1]) is not ABSENT:
        known += 1
    for step in reversed(path[known + 1 :]):
        value = [value] if isinstance(step, int) else {step: value}
    return replace(tree, path[: known + 1], value)
