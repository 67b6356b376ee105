"""What a source gives, whichever form it has."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ecluse.errors import Notice
from ecluse.model.objects import Factory, ObjectRef


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a source gave: the factory under the target's name, what the user should know, and what was read.

    `source_name` is the name that the factory has where it was developed, "" when the source does not say;
    `folder` is where it lies, `places` that and the folders around it up to the one that was named; `files` are those
    of each object, None where objects have no files of their own (a template).
    """

    factory: Factory
    notices: tuple[Notice, ...]
    described: str
    source_name: str = ""
    folder: Path = Path()
    files: Mapping[ObjectRef, tuple[Path, ...]] | None = None
    places: tuple[Path, ...] = ()
