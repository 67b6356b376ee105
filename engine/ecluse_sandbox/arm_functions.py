"""The template functions that the sandbox knows, and what they may ask for."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ecluse_sandbox.arm_answers import ANSWERS, IN_DEFAULTS, Answer, listed, referred
from ecluse_sandbox.arm_plain import PLAIN
from ecluse_sandbox.masking import Secure


class ExpressionError(ValueError):
    """The expression is not one that Resource Manager (or the sandbox) can evaluate."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may ask for: values by name in lower case, and where the deployment goes.

    `home` is the resource group as GET answers it; `reference` gives a written resource's properties, where there are
    such: in outputs. `in_default` says that the expression is a parameter's default.
    """

    parameters: Mapping[str, Any]
    variables: Callable[[str], Any]
    subscription: str
    group: str
    home: Mapping[str, Any] = field(default_factory=dict)
    reference: Callable[[str], Any] | None = None
    in_default: bool = False


def _parameters(scope: Scope, arguments: list[Any]) -> Any:
    name = _one_text("parameters", arguments)
    if name.lower() not in scope.parameters:
        raise ExpressionError(f"The template parameter '{name}' is not found.")
    return scope.parameters[name.lower()]


def _variables(scope: Scope, arguments: list[Any]) -> Any:
    return scope.variables(_one_text("variables", arguments))


def _one_text(function: str, arguments: list[Any]) -> str:
    match arguments:
        case [str() as name]:
            return name
    raise ExpressionError(f"The template function '{function}' expects one string.")


def _concat(_scope: Scope, arguments: list[Any]) -> Any:
    if arguments and all(isinstance(one, list) for one in arguments):
        return [item for one in arguments for item in one]
    if any(isinstance(one, list | dict) or one is None for one in arguments):
        raise ExpressionError("The template function 'concat' expects strings or arrays.")
    return _joined("".join(_text(one) for one in arguments), arguments)


def _joined(text: str, parts: list[Any]) -> str:
    """A text with a secure part is secure as a whole."""
    return Secure(text) if any(isinstance(one, Secure) for one in parts) else text


def _format(_scope: Scope, arguments: list[Any]) -> str:
    match arguments:
        case [str() as pattern, *values]:
            text = re.sub(r"{{|}}|{(\d+)}", lambda found: _placed(found, values), pattern)
            return _joined(text, arguments)
    raise ExpressionError("The template function 'format' expects a format string.")


def _placed(found: re.Match[str], values: list[Any]) -> str:
    if found[1] is None:
        return found[0][0]
    if int(found[1]) >= len(values):
        raise ExpressionError("The template function 'format' names an argument that is not given.")
    return _text(values[int(found[1])])


def _text(value: Any) -> str:
    return str(value).capitalize() if isinstance(value, bool) else str(value)


def _resource_id(scope: Scope, arguments: list[Any]) -> str:
    if not all(isinstance(one, str) for one in arguments):
        raise ExpressionError("The template function 'resourceId' expects strings.")
    kind = next((index for index, one in enumerate(arguments) if "/" in one), None)
    scopes = 2  # resourceId may name a group, or a subscription and a group, before the type
    if kind is None or kind > scopes:
        raise ExpressionError("The template function 'resourceId' expects a resource type.")
    group = arguments[kind - 1] if kind else scope.group
    subscription = arguments[0] if kind == scopes else scope.subscription
    base = f"/subscriptions/{subscription}/resourceGroups/{group}"
    return f"{base}/{provider_path(arguments[kind], arguments[kind + 1 :])}"


def _resource_group(scope: Scope, arguments: list[Any]) -> dict[str, Any]:
    if arguments:
        raise ExpressionError("The template function 'resourceGroup' expects no arguments.")
    return dict(scope.home)


def _array(_scope: Scope, arguments: list[Any]) -> list[Any]:
    match arguments:
        case [list() as value]:
            return value
        case [value]:
            return [value]
    raise ExpressionError("The template function 'array' expects one argument.")


def _unique_string(_scope: Scope, arguments: list[Any]) -> str:
    """13 letters and digits, always the same for the same texts; not those that Azure would give."""
    if not arguments or not all(isinstance(one, str) for one in arguments):
        raise ExpressionError("The template function 'uniqueString' expects strings.")
    digest = hashlib.sha256("\0".join(arguments).encode("utf-8", "replace")).digest()
    return base64.b32encode(digest).decode().lower()[:13]


def _reference(scope: Scope, arguments: list[Any]) -> Any:
    """A resource's properties as they are after the deployment: in outputs those of what it wrote."""
    match arguments:
        case [str() as name] | [str() as name, str()] if scope.reference:
            return scope.reference(name)
    return referred(arguments)


def _subscription(scope: Scope, arguments: list[Any]) -> dict[str, Any]:
    if arguments:
        raise ExpressionError("The template function 'subscription' expects no arguments.")
    of = f"/subscriptions/{scope.subscription}"
    told = {name: Answer(f"{of}/{name}") for name in ("displayName", "tenantId")}
    return {"id": of, "subscriptionId": scope.subscription, **told}


def provider_path(kind: str, names: list[str]) -> str:
    """`providers/Microsoft.X/a/nameA/b/nameB` from a type and its names."""
    namespace, *types = kind.split("/")
    if len(types) != len(names):
        raise ExpressionError(
            f"The resource type '{kind}' and its names '{'/'.join(names)}' have incorrect segment lengths."
        )
    steps = "/".join(f"{one}/{name}" for one, name in zip(types, names, strict=True))
    return f"providers/{namespace}/{steps}"


def function(name: str) -> Callable[[Scope, list[Any]], Any] | None:
    """The function of this name, which may be written in any case; None when there is none."""
    key = name.lower()
    if key in _PLAINLY:
        return _PLAINLY[key]
    return (lambda _, arguments: listed(name, arguments)) if key.startswith("list") else _FUNCTIONS.get(key)


def _plainly(name: str, run: Callable[..., Any]) -> Callable[[Scope, list[Any]], Any]:
    def called(_scope: Scope, arguments: list[Any]) -> Any:
        try:
            made = run(*arguments)
        except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError):
            raise ExpressionError(f"The template function '{name}' can't take these arguments.") from None
        return _joined(made, arguments) if type(made) is str else made

    return called


def _in_default(name: str, run: Callable[[list[Any]], str]) -> Callable[[Scope, list[Any]], Any]:
    def called(scope: Scope, arguments: list[Any]) -> str:
        if not scope.in_default:  # Azure docs (newGuid, utcNow), vscode-azurearmtools#243
            raise ExpressionError(
                f"The template function '{name}' is not expected at this location. "
                "Please see https://aka.ms/arm-functions for usage details."
            )
        return run(arguments)

    return called


def _answered(run: Callable[[list[Any]], str]) -> Callable[[Scope, list[Any]], Any]:
    return lambda _, arguments: run(arguments)


_PLAINLY = {name: _plainly(name, run) for name, run in PLAIN.items()}
_FUNCTIONS: Mapping[str, Callable[[Scope, list[Any]], Any]] = {
    **{name: _answered(run) for name, run in ANSWERS.items()},
    "newguid": _in_default("newGuid", IN_DEFAULTS["newguid"]),
    "utcnow": _in_default("utcNow", IN_DEFAULTS["utcnow"]),
    "parameters": _parameters,
    "variables": _variables,
    "concat": _concat,
    "format": _format,
    "resourceid": _resource_id,
    "resourcegroup": _resource_group,
    "subscription": _subscription,
    "array": _array,
    "uniquestring": _unique_string,
    "reference": _reference,
}
