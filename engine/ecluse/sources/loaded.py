"""What a source gives, whichever form it has."""

from dataclasses import dataclass
from pathlib import Path

from ecluse.errors import Notice
from ecluse.model.objects import Factory


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a source gave: the factory under the target's name, what the user should know, and what was read.

    `source_name` is the name that the factory has where it was developed, "" when the source does not say;
    `folder` is where it lies.
    """

    factory: Factory
    notices: tuple[Notice, ...]
    described: str
    source_name: str = ""
    folder: Path = Path()
