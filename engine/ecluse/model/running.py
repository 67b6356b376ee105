"""What runs by itself (kinds with a switch: triggers, change data captures): words for it, and its order."""

from collections import Counter
from collections.abc import Iterable, Mapping

from ecluse.model.graph import levels
from ecluse.model.kinds import KINDS, Switch
from ecluse.model.names import counted
from ecluse.model.objects import AdfObject, ObjectRef

_TRIGGER = KINDS["trigger"]
_IN_WORDS = sorted((kind for kind in KINDS.values() if kind.switch), key=lambda kind: kind is not _TRIGGER)


def switch_of(at: ObjectRef) -> Switch:
    """How the object is started and stopped. Raises `ValueError` for one that can't be."""
    if at.kind.switch is None:
        raise ValueError(f"{at} has nothing to start or stop")
    return at.kind.switch


def called(at: ObjectRef) -> str:
    """What people call it, and what commands take: a trigger by its name, all else by kind and name."""
    return at.name if at.kind is _TRIGGER else str(at)


def nouns(refs: Iterable[ObjectRef]) -> str:
    """`triggers`, `change data captures`, or `triggers and change data captures`."""
    there = {at.kind for at in refs}
    named = [f"{kind.switch.noun}s" for kind in _IN_WORDS if kind in there and kind.switch]
    return " and ".join(named) or "triggers"


def how_many(refs: Iterable[ObjectRef]) -> str:
    """`2 triggers`, `2 triggers and 1 change data capture`."""
    counts = Counter(at.kind for at in refs)
    told = [counted(counts[kind], kind.switch.noun) for kind in _IN_WORDS if counts[kind] and kind.switch]
    return " and ".join(told) or "0 triggers"


def depths(objects: Mapping[ObjectRef, AdfObject]) -> Mapping[ObjectRef, int]:
    """How deep each stands in the chains of those that wait for each other: what is waited for has the lower number.

    Tumbling windows do (tumbling window dependency). They start from the lowest number on, and stop from the highest.
    A circle has no order.
    """
    running = {at: each.needs for at, each in objects.items() if at.kind.switch is not None}
    ordered = {at: number for number, level in enumerate(levels(running)) for at in level}
    return dict.fromkeys(running, 0) | ordered
