"""The parameters that a template declares: their types, their limits, and what a value has to be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from operator import ge, le
from types import MappingProxyType

from ecluse.arm.functions import kind_of
from ecluse.errors import Code, Problem, Refused, Where
from ecluse.jsontree import ABSENT, MASK, MAX_DEPTH, Deferred, Json, Missing, Secret, VaultSecret, rebuild, spell, walk

TYPES: Mapping[str, str] = MappingProxyType(
    {
        "string": "string",
        "securestring": "string",
        "int": "int",
        "bool": "bool",
        "array": "array",
        "object": "object",
        "secureobject": "object",
    }
)
"""ARM's parameter types in lower case (templates write them in any case), and the JSON type of their values."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter. `type` is a key of `TYPES`; `default` is raw, it may hold expressions."""

    name: str
    type: str
    default: Json = ABSENT
    limits: Mapping[str, Json] = field(default_factory=dict)  # allowedValues, minLength, maxValue …
    where: Where | None = None

    @property
    def secure(self) -> bool:
        """Whether its value must never be shown."""
        return self.type.startswith("secure")

    @property
    def nullable(self) -> bool:
        """Whether it may have no value at all, which is null then (Azure docs: nullable)."""
        return self.limits.get("nullable") is True

    def accept(self, value: Json, origin: str) -> Json:
        """The value as it goes into the bodies, tainted when the parameter is secure.

        `origin` says in problems where it came from. Raises `Refused` when the template doesn't allow the value.
        """
        if isinstance(value, (Deferred, Missing, VaultSecret)) or (value is None and self.nullable):
            return value
        problems = [
            Problem(Code.PARAMETER_TYPE, f"the parameter {self.name!r} {what}; its value comes from {origin}", remedy)
            for what, remedy in _against(self, value)
        ]
        if problems:
            raise Refused([replace(each, where=self.where) for each in problems])
        if not self.secure:
            return value
        return rebuild(value, lambda _, leaf: Secret(leaf) if isinstance(leaf, str) else leaf)


def declared(section: Json, where: Callable[[str], Where]) -> dict[str, Parameter]:
    """The `parameters` of a template by name in lower case (ARM compares names without case).

    Raises `Refused` with the problems of all of them. `metadata` is not looked at: it may be anything.
    """
    if not isinstance(section, dict):
        raise Refused(Problem(Code.ARM_RESOURCE, "`parameters` of the template is no object", "correct the template"))
    found: dict[str, Parameter] = {}
    problems: list[Problem] = []
    for name, body in section.items():
        type_ = body.get("type") if isinstance(body, dict) else None
        if not isinstance(type_, str) or type_.casefold() not in TYPES:
            what = f"the parameter {name!r} has no type that ARM knows"
            problems.append(Problem(Code.PARAMETER_TYPE, what, f"write one of {', '.join(TYPES)}", where(name)))
        elif name.casefold() in found:
            what = f"the parameters {found[name.casefold()].name!r} and {name!r} differ in case only"
            problems.append(Problem(Code.JSON_DUPLICATE_KEY, what, "rename one of them", where(name)))
        else:
            default = body.get("defaultValue", ABSENT)
            found[name.casefold()] = Parameter(name, type_.casefold(), default, body, where(name))
    if problems:
        raise Refused(problems)
    return found


def _against(parameter: Parameter, value: Json) -> list[tuple[str, str]]:
    """What the declaration has against a value: (what, remedy)."""
    wanted = TYPES[parameter.type]
    if kind_of(value) != wanted:
        return [(f"is of type {parameter.type} and can't be {kind_of(value)}", f"give it a value of type {wanted}")]
    if any(len(path) > MAX_DEPTH for path, _ in walk(value)):
        return [(f"is nested deeper than {MAX_DEPTH} levels", "give it a simpler value")]
    if parameter.type == "secureobject":
        return _unmaskable(value)
    return [] if parameter.secure and value == "" else list(_beyond(parameter, value))


def _unmaskable(value: Json) -> list[tuple[str, str]]:
    """A number in a secure object could be neither masked nor sent as a secret, so it is not let in."""
    leaves = [path for path, leaf in walk(value) if not isinstance(leaf, (str, dict, list))]
    return [(f"is secure and holds no text at {spell(path)}", "write it as a text in quotes") for path in leaves]


def _beyond(parameter: Parameter, value: Json) -> list[tuple[str, str]]:
    """ARM's limits on values (Azure docs: parameters in templates)."""
    limits = parameter.limits
    length = len(value) if isinstance(value, (str, list)) else None
    number = value if type(value) is int else None
    checks = (
        ("minLength", length, ge),
        ("maxLength", length, le),
        ("minValue", number, ge),
        ("maxValue", number, le),
    )
    found = [
        (f"is beyond its {name} of {limits[name]}", "give it a value within the limit")
        for name, measure, holds in checks
        if measure is not None and type(limits.get(name)) is int and not holds(measure, limits[name])
    ]
    allowed = limits.get("allowedValues")
    if isinstance(allowed, list) and not _allowed(value, allowed):
        shown = MASK if parameter.secure else ", ".join(map(str, allowed))
        found.append(("has none of the values that it may have", f"give it one of: {shown}"))
    return found


def _allowed(value: Json, allowed: list[Json]) -> bool:
    """Whether a value is on the list; each item of an array has to be (Azure docs: allowedValues)."""
    every = value if isinstance(value, list) and value not in allowed else [value]
    known = [item.casefold() if isinstance(item, str) else item for item in allowed]
    return all((item.casefold() if isinstance(item, str) else item) in known for item in every)
