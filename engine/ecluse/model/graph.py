"""Who needs whom: levels, cycles, closures. Keyed by kind and name, never by name alone."""

from collections import deque
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

from ecluse.model.objects import AdfObject, ObjectRef

Graph: TypeAlias = Mapping[ObjectRef, frozenset[ObjectRef]]
"""Each object with what it needs."""


def graph(objects: Iterable[AdfObject]) -> Graph:
    """The graph of the objects; an edge may point outside of them."""
    return {each.ref: each.needs for each in objects}


def levels(edges: Graph) -> tuple[tuple[ObjectRef, ...], ...]:
    """The objects in levels: each needs only what stands in earlier ones. Raises `graphlib.CycleError`."""
    own = {node: node for node in edges}  # whoever needs an object may spell its name in another case
    sorter = TopologicalSorter({node: needed & edges.keys() for node, needed in edges.items()})
    sorter.prepare()
    made: list[tuple[ObjectRef, ...]] = []
    while sorter.is_active():
        ready = tuple(sorted(own[node] for node in sorter.get_ready()))
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
    return frozenset(reached(start, edges))


def reached(start: Iterable[ObjectRef], edges: Graph) -> Mapping[ObjectRef, ObjectRef | None]:
    """The closure of `start`: each object with the nearest one that needs it; None for those of `start`."""
    found: dict[ObjectRef, ObjectRef | None] = dict.fromkeys(sorted(start))
    todo = deque(found)
    while todo:
        needing = todo.popleft()
        for node in sorted(edges.get(needing, frozenset()) - found.keys()):
            found[node] = needing
            todo.append(node)
    return found
