"""FUNCTIONS: one row per function of ARM's template language that Ecluse evaluates.

Names and arities are those of Microsoft's table of template functions. A row's `run` gets what the template is
deployed to and the arguments; it never sees a value that is not there, nor one that only Azure can fetch, and the
evaluator carries the taint of secrets from the arguments to the result.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from ecluse.jsontree import Json

MAX_TEXT = 4_194_304
"""The longest text that a function may give, in characters: a whole template is at most 4 MB."""

MAX_ITEMS = 1_000_000
"""The longest array that a function may give."""


class Scope(Protocol):
    """What a function may know besides its arguments."""

    @property
    def subscription(self) -> str:
        """The id of the subscription that is deployed to."""

    @property
    def resource_group(self) -> str:
        """The name of the resource group that is deployed to."""

    def parameter(self, name: str) -> Json:
        """A parameter's value."""

    def variable(self, name: str) -> Json:
        """A variable's value."""


class CallError(ValueError):
    """A function can't do with its arguments; the message says why, without their values."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function: ARM's spelling, the least and the most arguments (None: any number), and what it does."""

    name: str
    least: int
    most: int | None
    run: Callable[..., Json]


def kind_of(value: Json) -> str:
    """ARM's word for the type of a value."""
    names = {bool: "bool", int: "int", float: "float", dict: "object", list: "array"}
    return "null" if value is None else next((word for type_, word in names.items() if type(value) is type_), "string")


def _text(value: Json, function: str) -> str:
    """A scalar as .NET writes it."""
    if value is None or isinstance(value, (dict, list)):
        raise CallError(f"{function} takes no {kind_of(value)} here")
    return str(value)


def _joined(parts: list[str], function: str) -> str:
    if sum(map(len, parts)) > MAX_TEXT:
        raise CallError(f"{function} gives more than {MAX_TEXT} characters")
    return "".join(parts)


def _named(name: Json, function: str) -> str:
    if not isinstance(name, str):
        raise CallError(f"{function} takes a name in single quotes, not {kind_of(name)}")
    return name


def _parameters(scope: Scope, name: Json) -> Json:
    return scope.parameter(_named(name, "parameters"))


def _variables(scope: Scope, name: Json) -> Json:
    return scope.variable(_named(name, "variables"))


def _concat(_scope: Scope, *parts: Json) -> Json:
    if parts and all(isinstance(part, list) for part in parts):
        if sum(map(len, parts)) > MAX_ITEMS:
            raise CallError(f"concat gives more than {MAX_ITEMS} items")
        return [item for part in parts for item in part]
    return _joined([_text(part, "concat") for part in parts], "concat")


_PLACE = re.compile(r"\{\{|\}\}|\{([0-9]{1,3})\}|[{}]")


def _format(_scope: Scope, pattern: Json, *values: Json) -> str:
    if not isinstance(pattern, str):
        raise CallError(f"format takes a pattern, not {kind_of(pattern)}")
    parts: list[str] = []
    at = 0
    for place in _PLACE.finditer(pattern):
        parts += [pattern[at : place.start()], _filled(place, values)]
        at = place.end()
    return _joined([*parts, pattern[at:]], "format")


def _filled(place: re.Match[str], values: tuple[Json, ...]) -> str:
    if place[0] in ("{{", "}}"):
        return place[0][0]
    if place[1] is None:
        raise CallError("format knows {0}, {1} … in its pattern; widths and formats ({0:N2}) are not supported")
    if int(place[1]) >= len(values):
        raise CallError(f"format has no value for {place[0]}")
    return _text(values[int(place[1])], "format")


def _resource_id(scope: Scope, *parts: Json) -> str:
    """[subscription], [resource group], type, name, name … to a resource's id."""
    if not all(isinstance(part, str) for part in parts):
        raise CallError("resourceId takes texts only")
    at = next((index for index, part in enumerate(parts[:3]) if "/" in part), None)
    if at is None:
        raise CallError("resourceId needs a resource type such as 'Microsoft.DataFactory/factories'")
    provider, *types = parts[at].split("/")
    names = parts[at + 1 :]
    if len(types) != len(names):
        raise CallError(f"resourceId needs {len(types)} name(s) for this type, not {len(names)}")
    group = parts[at - 1] if at else scope.resource_group
    subscription = parts[0] if at == 2 else scope.subscription  # noqa: PLR2004  # both optional arguments are there
    pairs = [f"/{type_}/{name}" for type_, name in zip(types, names, strict=True)]
    start = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{provider}"
    return _joined([start, *pairs], "resourceId")


_ROWS = (
    Function("concat", 0, None, _concat),
    Function("format", 1, None, _format),
    Function("parameters", 1, 1, _parameters),
    Function("resourceId", 2, None, _resource_id),
    Function("variables", 1, 1, _variables),
)

FUNCTIONS: Mapping[str, Function] = MappingProxyType({row.name.casefold(): row for row in _ROWS})
"""The functions by their name in lower case: ARM compares these names without case."""
