"""The little of the template language that templates sent to the sandbox use; anything else is refused.

Grammar: `[name(argument, …)]`, string literals with doubled quotes, whole numbers, `.member`, `[index]`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecluse_sandbox.masking import Secure

_LONGEST = 24_576
_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+)|(?P<word>[A-Za-z_]\w*)|(?P<mark>[()\[\],.]))")


class ExpressionError(ValueError):
    """The expression is not one that Resource Manager (or the sandbox) can evaluate."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may ask for: values by name in lower case, and where the deployment goes."""

    parameters: Mapping[str, Any]
    variables: Callable[[str], Any]
    subscription: str
    group: str


def evaluate_tree(node: Any, scope: Scope) -> Any:
    """The JSON with every expression replaced by its value, in property names too."""
    match node:
        case dict():
            return {str(evaluate_text(key, scope)): evaluate_tree(value, scope) for key, value in node.items()}
        case list():
            return [evaluate_tree(item, scope) for item in node]
        case str():
            return evaluate_text(node, scope)
        case _:
            return node


def evaluate_text(text: str, scope: Scope) -> Any:
    """A string's value: an expression's, or the literal; `[[…]` loses one bracket."""
    if not (text.startswith("[") and text.endswith("]")):
        return text
    if text.startswith("[["):
        return text[1:]
    if len(text) > _LONGEST:
        raise ExpressionError(f"The template language expression limit exceeded. Limit: '{_LONGEST}'")
    parser = _Parser(text[1:-1], scope)
    return parser.whole()


class _Parser:
    """Evaluates while it reads; an expression is short, and read once."""

    def __init__(self, text: str, scope: Scope) -> None:
        self._text = text
        self._scope = scope
        self._tokens = list(_tokens(text))
        self._at = 0

    def whole(self) -> Any:
        value = self._value()
        if self._at != len(self._tokens):
            raise self._broken()
        return value

    def _value(self) -> Any:
        kind, text = self._next()
        match kind:
            case "text":
                value: Any = text[1:-1].replace("''", "'")
            case "number":
                value = int(text)
            case "word":
                value = self._call(text)
            case _:
                raise self._broken()
        return self._tail(value)

    def _tail(self, value: Any) -> Any:
        while self._peek() in {".", "["}:
            _, mark = self._next()
            if mark == ".":
                kind, name = self._next()
                if kind != "word":
                    raise self._broken()
                value = _member(value, name)
            else:
                value = _member(value, self._value())
                self._expect("]")
        return value

    def _call(self, name: str) -> Any:
        function = FUNCTIONS.get(name.lower())
        if function is None:
            raise ExpressionError(
                f"The template function '{name}' is not valid. "
                "Please see https://aka.ms/arm-functions for usage details."
            )
        self._expect("(")
        arguments: list[Any] = []
        while self._peek() != ")":
            if arguments:
                self._expect(",")
            arguments.append(self._value())
        self._expect(")")
        return function(self._scope, arguments)

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._broken()
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, mark: str) -> None:
        if self._next()[1] != mark:
            raise self._broken()

    def _broken(self) -> ExpressionError:
        return ExpressionError(f"Unable to parse language expression '{self._text[:200]}'.")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position, text = 0, text.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ExpressionError(f"Unable to parse language expression '{text[:200]}'.")
        yield str(found.lastgroup), found.group(str(found.lastgroup))
        position = found.end()


def _member(value: Any, key: Any) -> Any:
    match value, key:
        case dict(), str():
            for name, inner in value.items():
                if name.lower() == key.lower():
                    return inner
        case list(), int() if 0 <= key < len(value):
            return value[key]
    raise ExpressionError(f"The language expression property '{key}' doesn't exist.")


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


def provider_path(kind: str, names: list[str]) -> str:
    """`providers/Microsoft.X/a/nameA/b/nameB` from a type and its names."""
    namespace, *types = kind.split("/")
    if len(types) != len(names):
        raise ExpressionError(
            f"The resource type '{kind}' and its names '{'/'.join(names)}' have incorrect segment lengths."
        )
    steps = "/".join(f"{one}/{name}" for one, name in zip(types, names, strict=True))
    return f"providers/{namespace}/{steps}"


FUNCTIONS: Mapping[str, Callable[[Scope, list[Any]], Any]] = {
    "parameters": _parameters,
    "variables": _variables,
    "concat": _concat,
    "format": _format,
    "resourceid": _resource_id,
}
