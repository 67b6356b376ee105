"""The resources of a template: types, evaluated names, conditions, and what an id or a dependsOn entry points at."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ecluse.arm.expressions import Evaluator
from ecluse.arm.grammar import Call, GrammarError, Index, Literal, Member, Node, is_expression, parse
from ecluse.errors import Code, Problem, Refused, Where
from ecluse.jsontree import Deferred, Json, Missing, Path, Secret
from ecluse.model.kinds import BY_ARM_TYPE, PROVIDER
from ecluse.model.objects import ObjectRef, address

DEPLOYMENT = "microsoft.resources/deployments"
_DATA_FACTORY = PROVIDER.partition("/")[0].casefold()


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as it stands in a template: `raw` is unevaluated.

    `type` is the whole type; `names` are the raw names from the outermost resource that it stands in to its own;
    `symbol` is its symbolic name in a template of languageVersion 2.0.
    """

    type: str
    names: tuple[str, ...]
    raw: Mapping[str, Json]
    where: Where
    symbol: str = ""

    @property
    def name(self) -> str:
        """The raw name, for messages."""
        return "/".join(self.names)

    @property
    def is_factory(self) -> bool:
        """Whether it is the factory itself."""
        return self.type.casefold() == PROVIDER.casefold()

    @property
    def is_object(self) -> bool:
        """Whether it is an object of a kind that Ecluse knows."""
        return self.type.casefold() in BY_ARM_TYPE

    @property
    def is_data_factorys(self) -> bool:
        """Whether its type belongs to the provider, known or not."""
        return self.type.casefold().startswith(f"{_DATA_FACTORY}/")

    @property
    def is_deployment(self) -> bool:
        """Whether it deploys another template."""
        return self.type.casefold() == DEPLOYMENT

    @property
    def exists(self) -> bool:
        """Whether it is only named here, and deployed elsewhere (languageVersion 2.0)."""
        return self.raw.get("existing") is True

    @property
    def title(self) -> str:
        """Type and raw name, for messages."""
        return f"{self.type} {self.name}"


def resources_of(listed: Json, where: Callable[[Path], Where]) -> tuple[tuple[Resource, ...], list[Problem]]:
    """The resources of a template's list, or of the object that languageVersion 2.0 has, with those inside of others.

    `where` gives the place of what stands at a path
    below the list. Problems: what is no resource.
    """
    found: list[Resource] = []
    problems: list[Problem] = []
    for step, raw in _entries(listed):
        try:
            found += _flat(raw, where((step,)), None, step if isinstance(step, str) else "")
        except Refused as error:
            problems += error.problems
    return tuple(found), problems


def _entries(listed: Json) -> Iterator[tuple[str | int, Json]]:
    if isinstance(listed, dict):
        yield from listed.items()
    elif isinstance(listed, list):
        yield from enumerate(listed)


def _flat(raw: Json, where: Where, parent: Resource | None, symbol: str) -> Iterator[Resource]:
    """A resource and those inside of it, which have short types and names (Azure docs: child resources)."""
    type_, name = (raw.get(key) if isinstance(raw, dict) else None for key in ("type", "name"))
    if not isinstance(type_, str) or not isinstance(name, str) or is_expression(type_):
        what = "this is no resource: `type` and `name` must be texts, and `type` no expression"
        raise Refused(Problem(Code.ARM_RESOURCE, what, "correct the template", where))
    inside = parent is not None and not type_.casefold().startswith(f"{parent.type}/".casefold())
    made = (
        Resource(f"{parent.type}/{type_}", (*parent.names, name), raw, where, symbol)
        if parent is not None and inside
        else Resource(type_, (name,), raw, where, symbol)
    )
    yield made
    for step, child in _entries(raw.get("resources") if made.is_data_factorys else None):
        yield from _flat(child, where, made, step if isinstance(step, str) else "")


def is_wanted(each: Resource, evaluator: Evaluator) -> bool:
    """Whether the resource is deployed at all. Raises `Refused` where its condition can't be known, and for `copy`."""
    properties = each.raw.get("properties")
    if each.raw.get("copy") or (isinstance(properties, dict) and isinstance(properties.get("copy"), list)):
        what = "uses `copy`, which Ecluse does not support"
        raise Refused(Problem(Code.ARM_RESOURCE, what, "write out what it makes: ADF's own publish does"))
    wanted = evaluator.evaluate(each.raw.get("condition", True), ("condition",))
    if isinstance(wanted, Missing):
        what = f"the parameter {wanted.parameter!r} has no value and decides whether the resource is deployed"
        raise Refused(Problem(Code.PARAMETER_MISSING, what, f"give it one: --set '{wanted.parameter}=…'"))
    if isinstance(wanted, Deferred):
        what = f"its `condition` needs {wanted.function}, which only Azure can evaluate"
        raise Refused(Problem(Code.ARM_FUNCTION, what, "put true or false in its place"))
    if not isinstance(wanted, bool):
        what = "its `condition` comes to neither true nor false"
        raise Refused(Problem(Code.ARM_RESOURCE, what, "correct the condition, or put true or false in its place"))
    return wanted


def segments(each: Resource, evaluator: Evaluator) -> tuple[str, ...]:
    """The evaluated name: factory, object … one segment for each segment of the type. Raises `Refused`."""
    name = "/".join(_evaluated(part, evaluator) for part in each.names)
    found = tuple(name.split("/"))
    if len(found) != each.type.count("/") or not all(part.strip() for part in found):
        what = f"the name {name!r} needs {each.type.count('/')} part(s) for this type"
        raise Refused(Problem(Code.ARM_RESOURCE, what, "correct the name in the template"))
    return found


def _evaluated(part: str, evaluator: Evaluator) -> str:
    name = evaluator.evaluate(part, ("name",))
    if isinstance(name, Missing):
        what = f"the parameter {name.parameter!r} has no value and is part of the resource's name"
        remedy = f"give it one: --set '{name.parameter}=…'"
        raise Refused(Problem(Code.PARAMETER_MISSING, what, remedy))
    if isinstance(name, Deferred):
        what = f"its name needs {name.function}, which only Azure can evaluate"
        raise Refused(Problem(Code.ARM_FUNCTION, what, "put the name itself in place of the expression"))
    if not isinstance(name, str) or isinstance(name, Secret):
        what = "the name comes to no text" if not isinstance(name, str) else "the name holds a secret"
        raise Refused(Problem(Code.ARM_RESOURCE, what, "correct the template"))
    return name


def target_of(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Type and names of a resource id, a whole one or one that begins with the provider; None when it is none."""
    lowered = text.casefold()
    start = lowered.rfind("/providers/")
    parts = text[start + len("/providers/") :].split("/") if start >= 0 else text.split("/")
    provider, types, names = parts[0], parts[1::2], parts[2::2]
    if "." not in provider or not names or len(types) != len(names):
        return None
    return "/".join((provider, *types)), tuple(names)


def ref_of(type_: str, names: tuple[str, ...]) -> ObjectRef | None:
    """The object with this ARM type and these names (factory first); None for the factory and unknown types."""
    kind = BY_ARM_TYPE.get(type_.casefold())
    return address(kind, names[-1]) if kind is not None else None


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter or variable (`kind`) by its name in lower case."""

    kind: str
    name: str


def named(text: Json) -> Named | None:
    """What a text stands for that is `[parameters('x')]` or `[variables('x')]`."""
    return _named(_parsed(text)) if isinstance(text, str) else None


def head(each: Resource) -> Named | None:
    """What a resource's name begins with: `x` of `[concat(parameters('x'), …)]` or `[format('{0}…', …)]`."""
    match _parsed(each.names[0]):
        case Call(function, (first, *_)) if function.casefold() == "concat":
            return _named(first)
        case Call(function, (Literal(str(pattern)), first, *_)) if (
            function.casefold() == "format" and pattern.startswith("{0}")
        ):
            return _named(first)
        case node:
            return _named(node)


def literals(text: str) -> tuple[str, ...]:
    """The texts in single quotes of an expression, in reading order; the text itself when it is none."""
    node = _parsed(text)
    return (text,) if node is None else tuple(_literals(node))


def _literals(node: Node) -> Iterable[str]:
    match node:
        case Literal(value):
            return (value,) if isinstance(value, str) else ()
        case Call(_, arguments):
            return (each for argument in arguments for each in _literals(argument))
        case Member(of, _):
            return _literals(of)
        case Index(of, index):
            return (*_literals(of), *_literals(index))


def _named(node: Node | None) -> Named | None:
    match node:
        case Call(function, (Literal(str(name)),)) if function.casefold() in ("parameters", "variables"):
            return Named(function.casefold().removesuffix("s"), name.casefold())
    return None


def _parsed(text: str) -> Node | None:
    try:
        return parse(text) if is_expression(text) else None
    except GrammarError:
        return None  # told when it is evaluated
