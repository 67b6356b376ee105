"""What stands out among values, at any depth: what is missing, secret, a vault's, or only Azure's to evaluate."""

from collections.abc import Iterable
from dataclasses import dataclass

from ecluse.jsontree import Deferred, Json, Missing, Secret, VaultSecret

TEXT_WEIGHT = 6
"""Work is counted in nodes; this many bits of a text's length make one."""


@dataclass(slots=True)
class Marks:
    """The first ones that were found; `work` is what looking at all of it costs."""

    missing: Missing | None = None
    deferred: Deferred | None = None
    secret: bool = False
    vault: bool = False
    work: int = 0


def marks(values: Iterable[Json]) -> Marks:
    """The marks of the values and of all that they contain."""
    found = Marks()
    todo = list(values)
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            found.work += len(value) >> TEXT_WEIGHT
            if type(value) is not str:
                _mark(found, value)
        elif isinstance(value, (dict, list)):
            found.work += len(value) + 1
            todo.extend(value.values() if isinstance(value, dict) else value)
    return found


def _mark(found: Marks, value: str) -> None:
    match value:
        case Missing():
            found.missing = value
        case Deferred():
            found.deferred = value
        case VaultSecret():
            found.vault = True
        case Secret():
            found.secret = True
