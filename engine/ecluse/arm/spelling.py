"""From an expression's tree back to its text: for people, and for a template that has no parameters of the source."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ecluse.arm.functions import service
from ecluse.arm.functions.function import CallError, Lambda
from ecluse.arm.grammar import MAX_LENGTH, MAX_NESTING, Call, Index, Literal, Member, Node
from ecluse.jsontree import MASK, Deferred, Json, Secret, leaves
from ecluse.model.secrets import carries_secret

_STAND_IN = 32  # characters that may stand for a secret or a parameter's default, so that there is room for them
_NOTHING: Mapping[str, Json] = MappingProxyType({})


def spelled(deferred: Deferred, secret: Callable[[str], str], default: Callable[[Call, str], str]) -> str:
    """The expression of a deferred value, with its brackets: every value in it is written out.

    `secret` gives the text that stands for a secret, such as `parameters('secret3')`. `default` gives it for a call
    that ARM takes in a parameter's default only (`newGuid`, `utcNow`), from the call and its expression; the same call
    is one value wherever it stands, so it needs one parameter.
    """
    return f"[{''.join(_node(deferred.expression, _Voice(secret, _quoted, default), 0))}]"


def deferred(node: Node, function: str, known: Mapping[str, Json] = _NOTHING) -> Deferred:
    """The value that the expression `node` has once Azure evaluates it. Raises `CallError` when it is too long."""
    secrets: list[str] = []
    defaults: list[str] = []

    def secret(value: str) -> str:
        secrets.append(value)
        return MASK

    def default(_call: Call, text: str) -> str:
        defaults.append(text)
        return text[1:-1]

    text = _bounded(_node(node, _Voice(secret, _quoted, default), 0))
    if len(text) + _STAND_IN * (len(secrets) + len(defaults)) > MAX_LENGTH:
        raise CallError(_TOO_LONG)
    veiled = "".join(_node(node, _Voice(lambda _: MASK, lambda _: f"'{MASK}'", default), 0))
    return Deferred(
        f"[{text}]",
        expression=node,
        function=function,
        known=known,
        secrets=tuple(secrets),
        veiled=f"[{veiled}]",
    )


def node_of(value: Json) -> Node:
    """The value as a part of an expression."""
    if isinstance(value, Deferred):
        node: Node = value.expression
        return node
    if isinstance(value, Lambda):
        made: Node = value.node()
        return made
    return Literal(value)


def by_name_alone(deferred: Deferred) -> str:
    """The function in the expression that asks a resource by its name without type or id; "" when none does.

    ARM knows such names only of resources in the same template (Azure docs: list*, reference).
    """
    calls = (call for call in _calls(deferred.expression) if _asks(call.name))
    return next((call.name for call in calls if not any("/" in text for text in _texts(call.arguments[0]))), "")


def _asks(name: str) -> bool:
    return name.casefold() == "reference" or name.casefold().startswith("list")


def _calls(node: Node) -> Iterator[Call]:
    if isinstance(node, Call):
        yield node
    yield from (call for part in _parts(node) for call in _calls(part))


def _texts(node: Node) -> Iterator[str]:
    """The texts of which the value is made, as far as they stand there: not what Azure makes another one of."""
    match node:
        case Literal(str(value)):
            yield value
        case Call(name, _) if service.of(name) is not None:
            return
    yield from (text for part in _parts(node) for text in _texts(part))


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case Call(_, arguments):
            return arguments
        case Member(of, _):
            return (of,)
        case Index(of, index):
            return (of, index)
        case Literal(dict() | list() as tree):
            return tuple(node_of(leaf) for _, leaf in leaves(tree) if isinstance(leaf, Deferred))
    return ()


@dataclass(frozen=True, slots=True)
class _Voice:
    """How secrets, texts and what belongs into defaults are written."""

    secret: Callable[[str], str]
    text: Callable[[str], str]
    default: Callable[[Call, str], str]


_TOO_LONG = f"what is left for Azure to evaluate has more than {MAX_LENGTH} characters, which is all that ARM accepts"


def _bounded(pieces: Iterator[str]) -> str:
    parts: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MAX_LENGTH:
            raise CallError(_TOO_LONG)
        parts.append(piece)
    return "".join(parts)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _node(node: Node, voice: _Voice, depth: int) -> Iterator[str]:
    if depth > MAX_NESTING:
        raise CallError(f"what is left for Azure to evaluate is nested deeper than {MAX_NESTING} levels")
    match node:
        case Literal(value):
            yield from _value(value, voice, depth)
        case Call(name, arguments):
            own = _call(name, [_node(each, voice, depth + 1) for each in arguments])
            yield from [voice.default(node, f"[{''.join(own)}]")] if name.casefold() in service.IN_DEFAULTS else own
        case Member(of, name):
            yield from _node(of, voice, depth + 1)
            yield f".{name}"
        case Index(of, index):
            yield from _node(of, voice, depth + 1)
            yield "["
            yield from _node(index, voice, depth + 1)
            yield "]"


def _value(value: Json, voice: _Voice, depth: int) -> Iterator[str]:
    if value is None or isinstance(value, bool):
        yield f"{json.dumps(value)}()"
    elif isinstance(value, Deferred):
        yield from _node(value.expression, voice, depth)
    elif isinstance(value, str):
        yield voice.secret(value) if isinstance(value, Secret) or carries_secret(value) else voice.text(value)
    elif isinstance(value, int):
        yield str(value)
    elif isinstance(value, (list, dict)) and value:
        flat = value if isinstance(value, list) else [part for pair in value.items() for part in pair]
        name = "createArray" if isinstance(value, list) else "createObject"
        yield from _call(name, [_node(Literal(each), voice, depth + 1) for each in flat])
    else:  # ARM has no literal for a float, and its older tables no createArray() without arguments
        yield f"json('{json.dumps(value)}')"


def _call(name: str, arguments: list[Iterator[str]]) -> Iterator[str]:
    yield f"{name}("
    for at, each in enumerate(arguments):
        if at:
            yield ", "
        yield from each
    yield ")"
