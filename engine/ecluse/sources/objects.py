"""From a template's resources to the objects of a factory: every name and body evaluated, all problems at once."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from ecluse.arm.expressions import Evaluator
from ecluse.arm.resources import Resource, is_wanted, ref_of, segments, target_of
from ecluse.errors import Code, Notice, Problem, Refused, Where, refuse_any
from ecluse.jsontree import Deferred, Json, Missing, Secret
from ecluse.model.kinds import PROVIDER
from ecluse.model.objects import AdfObject, Factory, ObjectRef, ref
from ecluse.plan.plan import Target
from ecluse.sources.deployments import Part

GLOBAL = ref("globalParameters", "default")
_NO_SETTINGS = frozenset({"type", "apiversion", "name", "location", "dependson", "comments"})
_CORRECT = "correct the template"


@dataclass(frozen=True, slots=True)
class _Named:
    """A resource with its evaluated name and what evaluates it; `ref` is None for the factory itself."""

    resource: Resource
    name: str
    ref: ObjectRef | None
    part: Part

    @property
    def evaluator(self) -> Evaluator:
        return self.part.evaluator

    @property
    def subject(self) -> str:
        return str(self.ref) if self.ref else f"factory.{self.name}"


class _Names:
    """The names in a source: what a dependsOn entry points at. `idle` are objects that are not deployed this time."""

    def __init__(self, named: Iterable[_Named], idle: Iterable[_Named]) -> None:
        self.idle = {(each.resource.type.casefold(), each.name.casefold()) for each in idle}
        self.by_id = {(each.resource.type.casefold(), each.name.casefold()): each for each in named}
        self.by_name: dict[str, list[_Named]] = {}
        for each in self.by_id.values():
            self.by_name.setdefault(each.name.casefold(), []).append(each)
        self._known: dict[tuple[int, str], tuple[ObjectRef, ...] | None] = {}  # many objects need the same one
        self.by_symbol = {(id(each.part), each.resource.symbol): each for each in named if each.resource.symbol}

    def pointed_at(self, entry: str, part: Part) -> tuple[ObjectRef, ...] | None:
        """The objects behind an id, a name or a symbol: none for the factory and what is not deployed.

        None for a dangling one. ARM takes all three (Azure docs: dependsOn, symbolic names).
        """
        at = (id(part), entry)
        if at not in self._known:
            self._known[at] = self._look_up(entry, part)
        return self._known[at]

    def _look_up(self, entry: str, part: Part) -> tuple[ObjectRef, ...] | None:
        type_, names = target_of(entry) or ("", ())
        if type_.casefold() == PROVIDER.casefold() or (type_ and ref_of(type_, names) is None):
            return ()
        at = (type_.casefold(), "/".join(names).casefold())
        if at in self.idle:
            return ()
        one = self.by_id.get(at) or self.by_symbol.get((id(part), entry))
        found = [one] if one else self.by_name.get(entry.casefold())
        if found is None and any(each.symbol == entry for each in part.resources):
            return ()
        return None if found is None else tuple(each.ref for each in found if each.ref is not None)


def gather(parts: Iterable[Part], target: Target) -> tuple[Factory, tuple[Notice, ...]]:
    """The factory that the resources make, under the target's name, and what was left out or ignored.

    Raises `Refused` with the problems of all resources, each with its file, line and object.
    """
    problems: list[Problem] = []
    notices: list[Notice] = []
    named: list[_Named] = []
    idle: list[_Named] = []
    for part in parts:
        for each in part.resources:
            if each.exists or each.is_deployment:
                continue
            if not (each.is_factory or each.is_object):
                notices.append(_left_out(each, part.evaluator, "it is of a kind that is not deployed"))
                continue
            with _collecting(problems, each, each.title):
                if is_wanted(each, part.evaluator):
                    named.append(_named(each, part, target))
                else:
                    notices.append(_left_out(each, part.evaluator, "its condition is false"))
                    idle += _if_named(each, part, target)
    problems += _twice(named)
    names = _Names(named, idle)
    objects: list[AdfObject] = []
    settings: dict[str, Json] = {}
    for one in named:
        with _collecting(problems, one.resource, one.subject):
            if one.ref is None:
                settings = _settings(one.resource, one.evaluator, target)
            else:
                needed, ignored = _needed(one, names)
                notices += ignored
                objects.append(_object(one, one.ref, needed))
    refuse_any(problems)
    where = next((each.resource.where for each in named if each.ref is None), None)
    factory, more = joined(target.factory, objects, settings, where)
    return factory, (*notices, *more)


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


def _left_out(each: Resource, evaluator: Evaluator, why: str) -> Notice:
    try:
        name = segments(each, evaluator)[-1]
    except Refused:
        name = each.name  # its expressions need not be ours to evaluate
    return Notice(Code.LEFT_OUT, f"{each.type} {name!r} is left out: {why}", each.where)


def _if_named(each: Resource, part: Part, target: Target) -> Iterator[_Named]:
    """Something that is not deployed may have any name."""
    with suppress(Refused):
        yield _named(each, part, target)


def _named(each: Resource, part: Part, target: Target) -> _Named:
    names = segments(each, part.evaluator)
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
    return _Named(each, "/".join(names), at, part)


def _twice(named: list[_Named]) -> Iterator[Problem]:
    first: dict[ObjectRef | None, _Named] = {}
    for each in named:
        other = first.setdefault(each.ref, each)
        if other is not each:
            what = f"is in the source twice; the first is {other.resource.where}"
            yield Problem(Code.DUPLICATE_OBJECT, what, "remove one of them", each.resource.where, each.subject)


def _object(one: _Named, at: ObjectRef, needed: tuple[ObjectRef, ...]) -> AdfObject:
    raw = one.resource.raw.get("properties", {})
    unread = AdfObject(at, {"name": at.name, "properties": raw}, one.resource.where, needed)
    if isinstance(raw, dict) and not unread.survey.bracketed and not unread.survey.deep:
        return unread  # nothing in it is an expression
    return unread.with_body({"name": at.name, "properties": _properties(one.resource, one.evaluator)})


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
    location = "" if isinstance(location, Deferred) else location  # a resource group's is only Azure's to say
    return {**kept, **({"location": location} if location else {}), "properties": _properties(each, evaluator)}


def _needed(each: _Named, named: _Names) -> tuple[tuple[ObjectRef, ...], list[Notice]]:
    """What a resource's dependsOn names, and what of it the template does not hold."""
    listed = each.resource.raw.get("dependsOn")
    listed = [] if listed is None else listed
    if not isinstance(listed, list):
        raise Refused(Problem(Code.ARM_RESOURCE, "`dependsOn` is no list", _CORRECT))
    found: dict[ObjectRef, None] = {}
    notices: list[Notice] = []
    for entry in each.evaluator.evaluate(listed, ("dependsOn",)):
        if isinstance(entry, (Deferred, Missing, Secret)) or not isinstance(entry, str):
            continue  # a name outside of the factory: inside of it all names are known, and none is secret
        at = named.pointed_at(entry, each.part)
        found |= dict.fromkeys(at or ())
        if at is None:
            what = f"{each.subject} depends on {entry}, which the source does not hold: ignored"
            notices.append(Notice(Code.REFERENCE_MISSING, what, each.resource.where))
    return tuple(found), notices


def joined(
    name: str, objects: list[AdfObject], settings: Mapping[str, Json], where: Where | None
) -> tuple[Factory, tuple[Notice, ...]]:
    """All in one value; global parameters become one object, whichever way they came.

    Those of a resource of their own win over those in the factory, whose `settings` were read at `where`.
    """
    properties = settings.get("properties", {})
    inside = properties.get("globalParameters")
    if not isinstance(inside, dict):
        return Factory.of(name, objects, settings), ()
    rest = {key: value for key, value in properties.items() if key != "globalParameters"}
    beside = next((each for each in objects if each.ref == GLOBAL), None)
    merged = (beside or AdfObject(GLOBAL, {}, where)).with_body(
        {"name": GLOBAL.name, "properties": {**inside, **(beside.properties if beside else {})}}
    )
    others = [each for each in objects if each.ref != GLOBAL]
    said = "global parameters stand in the factory and in a resource of their own: both are taken, the resource's win"
    notices = (Notice(Code.NOTE, said, beside.where),) if beside and inside else ()
    made = [*others, *([merged] if merged.properties else [])]
    return Factory.of(name, made, {**settings, "properties": rest}), notices
