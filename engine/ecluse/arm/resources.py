"""One resource of a template: its type, its evaluated name, and what a resource id or a dependsOn entry points at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ecluse.arm.expressions import Evaluator
from ecluse.arm.grammar import Call, GrammarError, Literal, Node, is_expression, parse
from ecluse.errors import Code, Problem, Refused, Where
from ecluse.jsontree import Json, Missing, Secret
from ecluse.model.kinds import BY_ARM_TYPE, PROVIDER
from ecluse.model.objects import ObjectRef

DEPLOYMENT = "microsoft.resources/deployments"
_DATA_FACTORY = PROVIDER.partition("/")[0].casefold()
_NOT_YET: Mapping[str, Json] = MappingProxyType({"copy": {}, "condition": True, "resources": []})
"""What is not done, each with the value that asks for nothing."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as it stands in a template: `raw` is unevaluated."""

    type: str
    name: str
    raw: Mapping[str, Json]
    where: Where

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
    def title(self) -> str:
        """Type and raw name, for messages."""
        return f"{self.type} {self.name}"


def resource(raw: Json, where: Where) -> Resource:
    """Raises `Refused` when it is no resource, or uses what Ecluse doesn't do (copy, condition, nested resources)."""
    type_, name = (raw.get(key) if isinstance(raw, dict) else None for key in ("type", "name"))
    if not isinstance(type_, str) or not isinstance(name, str) or is_expression(type_):
        what = "this is no resource: `type` and `name` must be texts, and `type` no expression"
        raise Refused(Problem(Code.ARM_RESOURCE, what, "correct the template", where))
    made = Resource(type_, name, raw, where)
    asked = [key for key, idle in _NOT_YET.items() if raw.get(key) not in (None, idle)]
    unsupported = asked if made.is_data_factorys else []
    if unsupported:
        what = f"uses {' and '.join(f'`{key}`' for key in unsupported)}, which Ecluse does not support"
        remedy = "write the resource out: ADF's own publish does"
        raise Refused(Problem(Code.ARM_RESOURCE, what, remedy, where, made.title))
    return made


def segments(each: Resource, evaluator: Evaluator) -> tuple[str, ...]:
    """The evaluated name: factory, object … one segment for each segment of the type. Raises `Refused`."""
    name = evaluator.evaluate(each.name, ("name",))
    if isinstance(name, Missing):
        what = f"the parameter {name.parameter!r} has no value and is part of the resource's name"
        remedy = f"give it one: --set '{name.parameter}=…'"
        raise Refused(Problem(Code.PARAMETER_MISSING, what, remedy))
    if not isinstance(name, str) or isinstance(name, Secret):
        what = "the name comes to no text" if not isinstance(name, str) else "the name holds a secret"
        raise Refused(Problem(Code.ARM_RESOURCE, what, "correct the template"))
    found = tuple(name.split("/"))
    if len(found) != each.type.count("/") or not all(part.strip() for part in found):
        what = f"the name {name!r} needs {each.type.count('/')} part(s) for this type"
        raise Refused(Problem(Code.ARM_RESOURCE, what, "correct the name in the template"))
    return found


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
    return ObjectRef(kind, names[-1]) if kind is not None else None


def factory_parameters(resources: Iterable[Resource]) -> frozenset[str]:
    """The parameters (lower case) that name the factory: what the resources' names begin with."""
    heads = (_head(each.name) for each in resources if each.is_data_factorys)
    return frozenset(head.casefold() for head in heads if head)


def whole_parameter(text: Json) -> str | None:
    """`x` for `[parameters('x')]`."""
    return _parameter(_parsed(text)) if isinstance(text, str) else None


def _head(name: str) -> str | None:
    """`x` for `[parameters('x')]`, `[concat(parameters('x'), …)]` and `[format('{0}…', parameters('x'), …)]`."""
    match _parsed(name):
        case Call(function, (first, *_)) if function.casefold() == "concat":
            return _parameter(first)
        case Call(function, (Literal(str(pattern)), first, *_)) if (
            function.casefold() == "format" and pattern.startswith("{0}")
        ):
            return _parameter(first)
        case node:
            return _parameter(node)


def _parameter(node: Node | None) -> str | None:
    match node:
        case Call(function, (Literal(str(name)),)) if function.casefold() == "parameters":
            return name
    return None


def _parsed(text: str) -> Node | None:
    try:
        return parse(text) if is_expression(text) else None
    except GrammarError:
        return None  # told when it is evaluated
