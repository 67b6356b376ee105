"""An override: one row of a stage's configuration, whatever file format it came in."""

from dataclasses import dataclass
from enum import StrEnum

from ecluse.errors import Where


class OverrideAction(StrEnum):
    """What a row does to its path."""

    UPDATE = "update"
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Override:
    """One row: which objects (`type` word and name pattern), which path, and the text to put there.

    `path` is as the user wrote it, less the leading `+` or `-` and the trailing `?`.
    """

    type: str
    name: str
    path: str
    value: str
    origin: Where
    action: OverrideAction = OverrideAction.UPDATE
    optional: bool = False
