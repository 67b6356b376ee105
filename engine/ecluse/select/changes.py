"""What changed since a commit, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ecluse.model.objects import ObjectRef


@dataclass(frozen=True, slots=True)
class Changes:
    """Every object of the source with the file of it that changed since the commit `since`, "" where none did.

    `gone`: what the source had at that commit and has no longer, each with the file that it stood in.
    """

    since: str
    files: Mapping[ObjectRef, str]
    gone: Mapping[ObjectRef, str]

    @property
    def changed(self) -> frozenset[ObjectRef]:
        """The objects of the source that changed."""
        return frozenset(ref for ref, file in self.files.items() if file)

    def under(self, renamed: Mapping[ObjectRef, ObjectRef]) -> "Changes":
        """The same, by the names that a configuration gives. A name that is in use again is not gone."""
        files = {renamed.get(ref, ref): file for ref, file in self.files.items()}
        return replace(self, files=files, gone={ref: file for ref, file in self.gone.items() if ref not in files})
