"""The factory itself in a collaboration branch: none, one or several `factory/NAME.json`, of which one is meant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ecluse.errors import Code, Notice, Problem, Refused, Where
from ecluse.jsontree import Json
from ecluse.plan.plan import Target
from ecluse.sources.files import Document

_NO_SETTINGS = frozenset({"name", "type", "apiversion", "location", "dependson", "id", "etag", "properties"})
_REMEDY = "correct the file, or move it out of the folder"


@dataclass(frozen=True, slots=True)
class FactoryFile:
    """A factory file: the factory's name where it was developed, and what stands in the file."""

    name: str = ""
    where: Where | None = None
    body: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))

    def settings(self, target: Target) -> dict[str, Json]:
        """The factory's own settings; its location follows the target's where that is given."""
        if self.where is None:
            return {}
        kept = {key: value for key, value in self.body.items() if key.casefold() not in _NO_SETTINGS}
        location = target.location or self.body.get("location")
        return {**kept, **({"location": location} if location else {}), "properties": self.body.get("properties", {})}

    def is_named(self, name: str) -> bool:
        """Whether a user means this one: by the factory's name, or by the file's with or without its ending."""
        stem = Path(self.where.path).stem if self.where else ""
        return name.casefold() in (self.name.casefold(), stem.casefold(), f"{stem}.json".casefold())


def read_factory_file(document: Document) -> FactoryFile:
    """The factory in a file; one without a name has the file's. Raises `Refused` where it is none."""
    value, where = document.value, Where(document.path)
    properties = value.get("properties", {}) if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(properties, dict) or "resources" in value:
        what = "this is no factory: the JSON is no object with `name` and `properties`"
        raise Refused(Problem(Code.OBJECT_INVALID, what, _REMEDY, where))
    name = value.get("name", Path(document.path).stem)
    if not isinstance(name, str):
        raise Refused(Problem(Code.OBJECT_INVALID, "the `name` of the factory is no text", _REMEDY, where))
    return FactoryFile(name, where, value)


def choose(
    files: Sequence[FactoryFile], target: Target, wanted: str, root: Path
) -> tuple[FactoryFile, tuple[Notice, ...]]:
    """The factory file that is meant: the `wanted` one, else the one that has the target's name, else the only one.

    An empty one where there is none. Raises `Refused` where it can't be known which one is meant.
    """
    where = Where(str(root))
    names = ", ".join(Path(each.where.path).name for each in files if each.where)
    if wanted:
        found = [each for each in files if each.is_named(wanted)]
        if len(found) != 1:
            what = f"there {'are several' if found else 'is no'} factory file {wanted}; there is {names or 'none'}"
            raise Refused(Problem(Code.OPTION_VALUE, what, "give one of these", where, "--factory-file"))
        return found[0], _told(found[0], files)
    found = [each for each in files if each.is_named(target.factory)] or list(files)
    if not found:
        return FactoryFile(), ()
    if len(found) > 1:
        what = f"there are {len(files)} factory files ({names}), and none has the target's name"
        remedy = "choose one with --factory-file NAME: its global parameters and settings are the source's"
        raise Refused(Problem(Code.SOURCE_NOT_A_FACTORY, what, remedy, where))
    return found[0], _told(found[0], files)


def _told(chosen: FactoryFile, files: Sequence[FactoryFile]) -> tuple[Notice, ...]:
    if len(files) == 1:
        return ()
    what = f"of {len(files)} factory files this one is taken (--factory-file names another)"
    return (Notice(Code.NOTE, what, chosen.where, warning=False),)
