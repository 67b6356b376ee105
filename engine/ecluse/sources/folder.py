"""The source that people edit: a collaboration branch's folders of JSON files, read to a `Factory`."""

from collections.abc import Iterator
from pathlib import Path

from ecluse.errors import Code, Notice, Problem, Refused, Where, refuse_any
from ecluse.jsontree import Json, Missing, rebuild
from ecluse.jsontree import Path as JsonPath
from ecluse.model.kinds import BY_ARM_TYPE, PROVIDER, Kind
from ecluse.model.names import counted
from ecluse.model.objects import AdfObject, ObjectRef, address
from ecluse.plan.plan import Target
from ecluse.sources.factory_file import FactoryFile, choose, read_factory_file
from ecluse.sources.files import Document, read_json, without_collector
from ecluse.sources.layout import layout, left_out
from ecluse.sources.loaded import Loaded
from ecluse.sources.objects import GLOBAL, joined
from ecluse.sources.parameters import ParameterInputs

MOST_BYTES = 16 * 1024 * 1024
"""The largest file that is read as an object. Azure takes none above 4 MB."""

_MOVE = "correct the file, or move it out of the folder"
_ENCRYPTED = "encryptedCredential"
_HOLDERS = frozenset({"linkedService", "integrationRuntime", "credential"})


@without_collector()
def read(root: Path, target: Target, given: ParameterInputs | None = None, factory_file: str = "") -> Loaded:
    """Reads the objects in the folder `root`, and its factory file, as they are meant for `target`.

    `factory_file` names one of several factory files. Raises `Refused` with all problems that can be told together,
    each with its file.
    """
    _refuse_parameters(given or ParameterInputs())
    found = layout(root)
    problems = found.problems
    objects: dict[ObjectRef, AdfObject] = {}
    files: dict[ObjectRef, tuple[Path, ...]] = {}
    notices = [*left_out(found, root)]
    for kind, path in found.objects:
        try:
            document, each = _held_by(kind, path)
        except Refused as error:
            problems += error.problems
            continue
        other = objects.setdefault(each.ref, each)
        files.setdefault(each.ref, (path,))
        if other is not each:
            what = f"is in the source twice; the first is {other.where}"
            problems.append(Problem(Code.DUPLICATE_OBJECT, what, "remove one of them", each.where, str(each.ref)))
        notices += _misnamed(each, document)
    factories: list[FactoryFile] = []
    for path in found.factories:
        try:
            factories.append(read_factory_file(read_json(path, levels=0, most=MOST_BYTES)))
        except Refused as error:
            problems += error.problems
    refuse_any(problems)
    chosen, more = choose(factories, target, factory_file, root)
    notices += more
    factory, more = joined(target.factory, list(objects.values()), chosen.settings(target), chosen.where)
    if GLOBAL in factory.objects and chosen.where:
        files[GLOBAL] = (*files.get(GLOBAL, ()), Path(chosen.where.path))
    described = f"folders of JSON (a collaboration branch) in {root} with {counted(len(factory.objects), 'object')}"
    return Loaded(factory, (*notices, *more), described, chosen.name, root, files)


def _refuse_parameters(given: ParameterInputs) -> None:
    if given.sets or given.paths:
        names = ", ".join([*(f"--set {each.name}" for each in given.sets), *map(str, given.paths)])
        what = f"{names}: these give values to a template's parameters, and folders of JSON have none"
        remedy = "leave them out; give the values as rows of a configuration (--stage, --config)"
        raise Refused(Problem(Code.PARAMETER_UNKNOWN, what, remedy))


def _held_by(kind: Kind, path: Path) -> tuple[Document, AdfObject]:
    """A file and the object in it. Lines take time: they are found once something is wrong."""
    try:
        document = read_json(path, levels=0, most=MOST_BYTES)
        return document, object_of(kind, document)
    except Refused:
        document = read_json(path, levels=1, most=MOST_BYTES)
        return document, object_of(kind, document)


def object_of(kind: Kind, document: Document) -> AdfObject:
    """The object in a file of a kind's folder. Raises `Refused` where there is none of that kind in it."""
    value, where = document.value, Where(document.path)
    if kind == GLOBAL.kind and isinstance(value, dict) and "properties" not in value:
        value = {"name": GLOBAL.name, "properties": value}  # as ADF publishes them: a file of values
    if not isinstance(value, dict):
        raise _invalid("this is no object of a factory: the JSON is no object", where)
    name = _name(value) or Path(document.path).stem
    if not isinstance(name, str):
        raise _invalid("this is no object of a factory: its `name` is no text", document.where("name"))
    at = address(kind, name)
    if kind.fixed_name and name.casefold() != kind.fixed_name.casefold():
        raise _invalid(f"Azure knows these by the name {kind.fixed_name!r} only", where, at)
    # Studio writes a managed virtual network without any.
    properties = value.get("properties", {} if kind.word == "managedVirtualNetwork" else None)
    if not isinstance(properties, dict):
        raise _invalid(f"it has no `properties`, or they are no object{_instead(value)}", where, at)
    if (other := _other_kind(kind, value, properties)) is not None:
        what, folder = other
        remedy = f"move it into {folder}/" if folder else _MOVE
        what = f"it stands in the folder {kind.folder} and is {what}"
        raise _invalid(what, document.where("type"), at, remedy)
    return AdfObject(at, {"name": name, "properties": _without_encrypted(kind, properties)}, where)


def _name(value: dict[str, Json]) -> Json:
    """The `name` in a file; None for none, and for a blank one."""
    name = value.get("name")
    return None if isinstance(name, str) and not name.strip() else name


def _instead(value: dict[str, Json]) -> str:
    """What a file without `properties` seems to be."""
    if "resources" in value:
        return ": this looks like an ARM template"
    inside = next((key for key in ("typeProperties", "activities") if key in value), None)
    return f": its `{inside}` stands where it would, and belongs inside" if inside else ""


def _invalid(what: str, where: Where, at: ObjectRef | None = None, remedy: str = _MOVE) -> Refused:
    return Refused(Problem(Code.OBJECT_INVALID, what, remedy, where, str(at or "")))


def _other_kind(kind: Kind, value: dict[str, Json], properties: dict[str, Json]) -> tuple[str, str] | None:
    """What the file says that it is, where that is not what its folder says, and the folder of that, "" if not known.

    A pipeline has activities and no type; of all others it is the other way round.
    """
    said, type_ = value.get("type"), properties.get("type")
    own = f"{PROVIDER}/{kind.arm_type}".casefold()
    if isinstance(said, str) and said.casefold().startswith(f"{PROVIDER}/".casefold()) and said.casefold() != own:
        other = BY_ARM_TYPE.get(said.casefold())
        return f"a {said}", other.folder if other else ""
    if kind.word != "pipeline":
        return ("a pipeline", "pipeline") if "activities" in properties and kind != GLOBAL.kind else None
    if isinstance(type_, str) and type_.endswith("Trigger"):
        return f"a trigger ({type_})", "trigger"
    is_other = isinstance(type_, str) and "activities" not in properties
    return (f"of type {type_!r}, and a pipeline has none", "") if is_other else None


def _without_encrypted(kind: Kind, properties: dict[str, Json]) -> dict[str, Json]:
    """`encryptedCredential` works in the factory that made it only: its place stays, as that of a missing secret."""
    if kind.word not in _HOLDERS:
        return properties

    def dropped(path: JsonPath, value: Json) -> Json:
        return Missing(_ENCRYPTED, secure=True) if _ENCRYPTED in path else value

    made: dict[str, Json] = rebuild(properties, dropped)
    return made


def _misnamed(each: AdfObject, document: Document) -> Iterator[Notice]:
    """Studio names a file after its object; people who search for a file by the name do so, too."""
    if each.ref == GLOBAL:
        return
    if _name(document.value) is None:
        yield Notice(
            Code.NOTE, f"the object in this file has no `name`: that of the file counts, {each.ref.name!r}", each.where
        )
    elif Path(document.path).stem != each.ref.name:
        yield Notice(Code.NOTE, f"the object in this file has the name {each.ref.name!r}, which counts", each.where)
