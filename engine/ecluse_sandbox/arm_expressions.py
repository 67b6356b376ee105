"""The little of the template language that templates sent to the sandbox use; anything else is refused.

Grammar: `[name(argument, …)]`, string literals with doubled quotes, whole numbers, `.member`, `[index]`.
"""

import re
from collections.abc import Iterator
from typing import Any

from ecluse_sandbox.arm_answers import Answer, settled
from ecluse_sandbox.arm_functions import ExpressionError, Scope, function, provider_path

__all__ = ["ExpressionError", "Scope", "evaluate_text", "evaluate_tree", "provider_path"]

_LONGEST = 24_576
_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+)|(?P<word>[A-Za-z_]\w*)|(?P<mark>[()\[\],.]))")


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
    return settled(parser.whole())


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
        run = function(name)
        if run is None:
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
        return run(self._scope, arguments)

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
        case Answer(), str() | int():
            return value.member(key)
        case dict(), str():
            for name, inner in value.items():
                if name.lower() == key.lower():
                    return inner
        case list(), int() if 0 <= key < len(value):
            return value[key]
    raise ExpressionError(f"The language expression property '{key}' doesn't exist.")
