"""From a template's resources to the objects of a factory: every name and body evaluated, all problems at once."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ecluse.arm.expressions import Evaluator
from ecluse.arm.resources import Resource, ref_of, segments, target_of
from ecluse.errors import Code, Notice, Problem, Refused, refuse_any
from ecluse.jsontree import Json, Missing, Secret
from ecluse.model.kinds import PROVIDER
from ecluse.model.objects import AdfObject, Factory, ObjectRef, ref
from ecluse.plan.plan import Target

GLOBAL = ref("globalParameters", "default")
_NO_SETTINGS = frozenset({"type", "apiversion", "name", "location", "dependson", "comments"})
_CORRECT = "correct the template"


@dataclass(frozen=True, slots=True)
class _Named:
    """A resource with its evaluated name; `ref` is None for the factory itself."""

    resource: Resource
    name: str
    ref: ObjectRef | None

    @property
    def subject(self) -> str:
        return str(self.ref) if self.ref else f"factory.{self.name}"


class _Names:
    """The names in a template: what a dependsOn entry points at."""

    def __init__(self, named: Iterable[_Named]) -> None:
        self.by_id = {(each.resource.type.casefold(), each.name.casefold()): each for each in named}
        self.by_name: dict[str, list[_Named]] = {}
        for each in self.by_id.values():
            self.by_name.setdefault(each.name.casefold(), []).append(each)

    def pointed_at(self, entry: str) -> tuple[ObjectRef, ...] | None:
        """The objects behind an id or a name: none for the factory and what is not deployed; None for a dangling one.

        ARM takes both (Azure docs: dependsOn).
        """
        type_, names = target_of(entry) or ("", ())
        if type_.casefold() == PROVIDER.casefold() or (type_ and ref_of(type_, names) is None):
            return ()
        by_id = self.by_id.get((type_.casefold(), "/".join(names).casefold()))
        found = [by_id] if by_id else self.by_name.get(entry.casefold())
        return None if found is None else tuple(each.ref for each in found if each.ref is not None)


def gather(resources: Iterable[Resource], evaluator: Evaluator, target: Target) -> tuple[Factory, tuple[Notice, ...]]:
    """The factory that the resources make, under the target's name, and what was left out or ignored.

    Raises `Refused` with the problems of all resources, each with its file, line and object.
    """
    every = tuple(resources)
    problems: list[Problem] = []
    notices = [_left_out(each, evaluator) for each in every if not _deployed(each)]
    named: list[_Named] = []
    for each in filter(_deployed, every):
        with _collecting(problems, each, each.title):
            named.append(_named(each, evaluator, target))
    problems += _twice(named)
    names = _Names(named)
    objects: list[AdfObject] = []
    settings: dict[str, Json] = {}
    for one in named:
        with _collecting(problems, one.resource, one.subject):
            if one.ref is None:
                settings = _settings(one.resource, evaluator, target)
            else:
                needed, ignored = _needed(one, evaluator, names)
                notices += ignored
                objects.append(_object(one.resource, one.ref, needed, evaluator))
    refuse_any(problems)
    return _factory(target.factory, objects, settings, named), tuple(notices)


@contextmanager
def _collecting(problems: list[Problem], each: Resource, subject: str) -> Iterator[None]:
    """Problems of a resource go to the list, with its place and address where they have none of their own."""
    try:
        yield
    except Refused as error:
        problems += [
            replace(problem, where=problem.where or each.where, subject=problem.subject or subject)
            for problem in error.problems
        ]


def _deployed(each: Resource) -> bool:
    return each.is_factory or each.is_object


def _left_out(each: Resource, evaluator: Evaluator) -> Notice:
    try:
        name = segments(each, evaluator)[-1]
    except Refused:
        name = each.name  # its expressions need not be ours to evaluate
    return Notice(Code.LEFT_OUT, f"{each.type} {name!r} is of a kind that is not deployed: left out", each.where)


def _named(each: Resource, evaluator: Evaluator, target: Target) -> _Named:
    names = segments(each, evaluator)
    if names[0].casefold() != target.factory.casefold():
        what = f"belongs to the factory {names[0]}, the target is {target.factory}"
        remedy = "name the factory by the parameter factoryName, which follows --factory"
        raise Refused(Problem(Code.ARM_RESOURCE, what, remedy))
    at = ref_of(each.type, names)
    if at is not None and at.kind.fixed_name and names[-1].casefold() != at.kind.fixed_name.casefold():
        what = f"Azure knows these by the name {at.kind.fixed_name!r} only"
        raise Refused(Problem(Code.ARM_RESOURCE, what, "correct the name in the template"))
    if at is not None and at.kind.word == "managedPrivateEndpoint" and names[1].casefold() != "default":
        what = f"stands in the managed virtual network {names[1]!r}; a factory has one, named 'default'"
        raise Refused(Problem(Code.ARM_RESOURCE, what, "correct the name in the template"))
    return _Named(each, "/".join(names), at)


def _twice(named: list[_Named]) -> Iterator[Problem]:
    first: dict[ObjectRef | None, _Named] = {}
    for each in named:
        other = first.setdefault(each.ref, each)
        if other is not each:
            what = f"is in the template twice; the first is in line {other.resource.where.line}"
            yield Problem(Code.DUPLICATE_OBJECT, what, "remove one of them", each.resource.where, each.subject)


def _object(each: Resource, at: ObjectRef, needed: tuple[ObjectRef, ...], evaluator: Evaluator) -> AdfObject:
    return AdfObject(at, {"name": at.name, "properties": _properties(each, evaluator)}, each.where, needed)


def _properties(each: Resource, evaluator: Evaluator) -> dict[str, Json]:
    properties = evaluator.evaluate(each.raw.get("properties", {}), ("properties",))
    if not isinstance(properties, dict):
        raise Refused(Problem(Code.ARM_RESOURCE, "`properties` is no object", _CORRECT))
    return properties


def _settings(each: Resource, evaluator: Evaluator, target: Target) -> dict[str, Json]:
    """The factory's own settings; its location follows the target's where that is given."""
    kept = {
        key: evaluator.evaluate(value, (key,))
        for key, value in each.raw.items()
        if key.casefold() not in _NO_SETTINGS and key != "properties"
    }
    location = target.location or evaluator.evaluate(each.raw.get("location", ""), ("location",))
    return {**kept, **({"location": location} if location else {}), "properties": _properties(each, evaluator)}


def _needed(each: _Named, evaluator: Evaluator, named: _Names) -> tuple[tuple[ObjectRef, ...], list[Notice]]:
    """What a resource's dependsOn names, and what of it the template does not hold."""
    listed = each.resource.raw.get("dependsOn")
    listed = [] if listed is None else listed
    if not isinstance(listed, list):
        raise Refused(Problem(Code.ARM_RESOURCE, "`dependsOn` is no list", _CORRECT))
    found: dict[ObjectRef, None] = {}
    notices: list[Notice] = []
    for entry in evaluator.evaluate(listed, ("dependsOn",)):
        if isinstance(entry, (Missing, Secret)) or not isinstance(entry, str):
            continue  # a name outside of the factory: inside of it all names are known, and none is secret
        at = named.pointed_at(entry)
        found |= dict.fromkeys(at or ())
        if at is None:
            what = f"{each.subject} depends on {entry}, which the template does not hold: ignored"
            notices.append(Notice(Code.REFERENCE_MISSING, what, each.resource.where))
    return tuple(found), notices


def _factory(name: str, objects: list[AdfObject], settings: Mapping[str, Json], named: list[_Named]) -> Factory:
    """All in one value; global parameters become one object, whichever way they came."""
    properties = settings.get("properties", {})
    inside = properties.get("globalParameters")
    if not isinstance(inside, dict):
        return Factory.of(name, objects, settings)
    rest = {key: value for key, value in properties.items() if key != "globalParameters"}
    where = next((each.resource.where for each in named if each.ref is None), None)
    beside = next((each for each in objects if each.ref == GLOBAL), AdfObject(GLOBAL, {}, where))
    merged = beside.with_body({"name": GLOBAL.name, "properties": {**inside, **beside.properties}})
    others = [each for each in objects if each.ref != GLOBAL]
    return Factory.of(name, [*others, *([merged] if merged.properties else [])], {**settings, "properties": rest})
