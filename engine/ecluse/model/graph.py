"""Who needs whom: levels, circles, closures. Keyed by kind and name, never by name alone."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import TypeAlias

from ecluse.model.objects import AdfObject, ObjectRef

Graph: TypeAlias = Mapping[ObjectRef, frozenset[ObjectRef]]
"""Each object with what it needs."""

_KEY = attrgetter("key")


def graph(objects: Iterable[AdfObject]) -> Graph:
    """The graph of the objects; an edge may point outside of them."""
    return {each.ref: each.needs for each in objects}


def levels(edges: Graph) -> tuple[tuple[ObjectRef, ...], ...]:
    """The objects in levels: each needs only what stands in earlier ones.

    What stands in a circle is in none, nor is what needs it.
    """
    nodes = tuple(edges)  # whoever needs an object may spell its name in another case: here it is as it spells itself
    numbers = {node: number for number, node in enumerate(nodes)}  # a number is hashed much faster than an address
    waits_for = [0] * len(nodes)
    needed_by: list[list[int]] = [[] for _ in nodes]
    for number, needed in enumerate(edges.values()):
        for at in map(numbers.get, needed):
            if at is not None:
                needed_by[at].append(number)
                waits_for[number] += 1
    made: list[tuple[ObjectRef, ...]] = []
    free = [number for number, count in enumerate(waits_for) if not count]
    while free:
        made.append(tuple(sorted((nodes[number] for number in free), key=_KEY)))
        done, free = free, []
        for number in (needing for at in done for needing in needed_by[at]):
            waits_for[number] -= 1
            if not waits_for[number]:
                free.append(number)
    return tuple(made)


def circles(edges: Graph) -> Iterator[tuple[ObjectRef, ...]]:
    """Circles, each with its first object repeated at the end: "A needs B". Of those that share objects, one.

    Walks from each object that no level takes to one that it needs, until the walk comes back to its own trail.
    """
    free = {at for level in levels(edges) for at in level}
    held = {at: at for at in edges if at not in free}
    seen: set[ObjectRef] = set()
    for start in sorted(held):
        trail: list[ObjectRef] = []
        at = start
        while at not in seen:
            seen.add(at)
            trail.append(at)
            at = min(held[needed] for needed in edges[at] if needed in held)
        if at in trail:
            yield (*trail[trail.index(at) :], at)


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
