"""Who needs whom: the references in a body, levels, cycles, closures. Keyed by kind and name, never by name alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

from ecluse.jsontree import Json, Path, walk
from ecluse.model.kinds import BY_REFERENCE
from ecluse.model.objects import AdfObject, ObjectRef, ref

BUILT_IN = frozenset({ref("integrationRuntime", "AutoResolveIntegrationRuntime")})
"""What every factory has without anyone deploying it."""

Graph: TypeAlias = Mapping[ObjectRef, frozenset[ObjectRef]]
"""Each object with what it needs."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference node: the object that it needs, and where in the body it stands."""

    ref: ObjectRef
    path: Path


def references(each: AdfObject) -> tuple[Reference, ...]:
    """All reference nodes of a body, in reading order. A name that is an expression can't be known and is none."""
    found = (Reference(named, path) for path, node in walk(dict(each.body)) if (named := _named(node)) is not None)
    return (*found, *_implied(each))


def _named(node: Json) -> ObjectRef | None:
    if not isinstance(node, dict):
        return None
    name, kind = node.get("referenceName"), BY_REFERENCE.get(str(node.get("type")))
    if kind is None or not isinstance(name, str) or not name or name.startswith("@"):
        return None
    return ObjectRef(kind, name)


def _implied(each: AdfObject) -> Iterator[Reference]:
    """A managed private endpoint lives in the one managed virtual network that ADF has."""
    if each.ref.kind.word == "managedPrivateEndpoint":
        yield Reference(ref("managedVirtualNetwork", "default"), ())


def needs(each: AdfObject) -> frozenset[ObjectRef]:
    """What an object needs: its references and what its source said beside them; never itself, nothing built in.

    A tumbling window may depend on itself: that is about time, not about order.
    """
    named = {reference.ref for reference in references(each)} | set(each.depends_on)
    return frozenset(named - {each.ref} - BUILT_IN)


def graph(objects: Iterable[AdfObject]) -> Graph:
    """The graph of the objects; an edge may point outside of them."""
    return {each.ref: needs(each) for each in objects}


def levels(edges: Graph) -> tuple[tuple[ObjectRef, ...], ...]:
    """The objects in levels: each needs only what stands in earlier ones. Raises `graphlib.CycleError`."""
    sorter = TopologicalSorter({node: needed & edges.keys() for node, needed in edges.items()})
    sorter.prepare()
    made: list[tuple[ObjectRef, ...]] = []
    while sorter.is_active():
        ready = tuple(sorted(sorter.get_ready()))
        made.append(ready)
        sorter.done(*ready)
    return tuple(made)


def cycle(edges: Graph) -> tuple[ObjectRef, ...]:
    """One cycle, first object repeated at the end; empty when there is none."""
    try:
        levels(edges)
    except CycleError as error:
        # graphlib gives it from the needed to the needing; people read "A needs B".
        found: list[ObjectRef] = list(reversed(error.args[1]))
        return tuple(found)
    return ()


def closure(start: Iterable[ObjectRef], edges: Graph) -> frozenset[ObjectRef]:
    """`start` and all that it needs, transitively."""
    seen: set[ObjectRef] = set()
    todo = list(start)
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo.extend(edges.get(node, ()))
    return frozenset(seen)
