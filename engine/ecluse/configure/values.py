"""The typing table: what a row's text becomes, by the value that it replaces or by its own prefix.

    string → the text as it is      number, bool, object, array → parsed, or an error
    null → JSON if it parses        added → text; an object or a list if it parses as one

`json:` `str:` `int:` `bool:` `null:` in front of the text decide instead. Dates are texts and stay as they are.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ecluse.configure.jsontext import is_container, parse_json, parse_number
from ecluse.configure.powershell import parse_array
from ecluse.configure.row_error import BadValueError
from ecluse.jsontree import ABSENT, Json, Missing, Secret, rebuild

_SHOWN = 40
_PREFIX_HINT = "or put `str:` or `json:` in front to change its type"


@dataclass(frozen=True, slots=True)
class Given:
    """A row's text as it was written, and how its tokens are replaced."""

    raw: str
    resolve: Callable[[str], str]

    def text(self) -> str:
        """The text with its tokens replaced."""
        return self.resolve(self.raw)

    def json(self) -> Json:
        """The text as JSON, or `ABSENT`.

        Read first and filled afterwards, so that a quote in a variable can't break out of its string and only
        the string that holds a secret is one; when that is no JSON, the other way round.
        """
        tree = parse_json(self.raw)
        if tree is not ABSENT:
            return self._filled(tree)
        text = self.text()
        tree = parse_json(text)
        taints = isinstance(text, Secret)
        return rebuild(tree, lambda _, leaf: Secret(leaf) if taints and isinstance(leaf, str) else leaf)

    def _filled(self, tree: Json) -> Json:
        if isinstance(tree, dict):
            return {str(self.resolve(key)): self._filled(value) for key, value in tree.items()}
        if isinstance(tree, list):
            return [self._filled(value) for value in tree]
        return self.resolve(tree) if isinstance(tree, str) else tree


def typed(given: Given, existing: Json) -> Json:
    """What stands at the place afterwards; `existing` is `ABSENT` where the row adds.

    Where a parameter's value is missing, its type decides. Raises `BadValueError` or `BadTokenError`.
    """
    if (prefixed := with_prefix(given)) is not ABSENT:
        return prefixed
    if isinstance(existing, Missing):
        existing = _PLACES.get(existing.kind, str)()
    if not given.raw.strip() and not (isinstance(existing, str) or existing is ABSENT):
        raise BadValueError(
            f"the value is empty and {_named(existing)} stands there", "write a value; `null:` for null, `-` to remove"
        )
    match existing:
        case str():
            return given.text()
        case bool():
            return _bool(given)
        case int() | float():
            return _number(given)
        case list():
            return _array(given)
        case dict():
            return _object(given, existing)
    return _free(given, scalars=existing is None)


def with_prefix(given: Given) -> Json:
    """The value by its explicit prefix, or `ABSENT` when it has none."""
    prefix, colon, rest = given.raw.partition(":")
    make = PREFIXES.get(prefix) if colon else None
    return make(Given(rest, given.resolve)) if make else ABSENT


def has_prefix(raw: str) -> bool:
    """Whether the text says its type itself."""
    return any(raw.startswith(f"{prefix}:") for prefix in PREFIXES)


def without_prefix(raw: str) -> str:
    """The text behind the prefix, the whole text when it has none."""
    return raw.partition(":")[2] if has_prefix(raw) else raw


def by_parameter_type(given: Given, type_name: str) -> Json:
    """A global parameter's value by the `type` beside it. Raises `BadValueError`."""
    make = _PARAMETER_TYPES.get(type_name.casefold())
    if make is None:
        raise BadValueError(
            f"a global parameter has no type {type_name}", "use string, int, float, bool, array or object as its type"
        )
    return make(given)


def inferred(given: Given) -> tuple[str, Json]:
    """The type name and the value that a text looks like, for a global parameter without a type."""
    value = given.json()
    match value:
        case bool():
            return "bool", value
        case int():
            return "int", value
        case float():
            return "float", value
        case list():
            return "array", value
        case dict():
            return "object", value
    text = given.text()
    return ("bool", text.casefold() == "true") if text.casefold() in ("true", "false") else ("string", text)


def _bool(given: Given) -> bool:
    text = given.text()
    match text.strip().casefold():
        case "true":
            return True
        case "false":
            return False
    raise BadValueError(
        f"{_shown(text)} is no boolean, and a boolean stands there", f"write true or false, {_PREFIX_HINT}"
    )


def _number(given: Given) -> Json:
    text = given.text()
    number = parse_number(text)
    if number is ABSENT:
        why = f"{_shown(text)} is no number, and a number stands there"
        raise BadValueError(why, f"write a number, {_PREFIX_HINT}")
    return number


def _int(given: Given) -> int:
    text = given.text()
    number = parse_number(text)
    if not isinstance(number, int):
        raise BadValueError(f"{_shown(text)} is no whole number", "write a whole number")
    return number


def _object(given: Given, existing: Mapping[str, Json]) -> Json:
    value = given.json()
    if isinstance(value, dict):
        return value
    if _is_expression(existing):
        return {**existing, "value": given.text()}
    raise BadValueError(
        "an object stands there, and the text is no JSON object",
        'write it as {"key": "value"}, or address one of its properties' + _inner_hint(existing),
    )


def _inner_hint(existing: Mapping[str, Json]) -> str:
    return " (its `.value`)" if "value" in existing else ""


def _is_expression(node: Mapping[str, Json]) -> bool:
    return node.keys() == {"value", "type"} and node["type"] == "Expression"


def _array(given: Given) -> Json:
    value = given.json()
    if isinstance(value, list):
        return value
    text = given.text()
    listed = parse_array(text.strip())
    if listed is None:
        raise BadValueError("an array stands there, and the text is no array", f"write it as {_as_array(text, value)}")
    return [Secret(each) if isinstance(text, Secret) and isinstance(each, str) else each for each in listed]


def _as_array(text: str, value: Json) -> str:
    """How a scalar would be written as an array."""
    if isinstance(text, Secret) or is_container(text) or len(text) > _SHOWN:
        return '[1, 2] or ["a", "b"]'
    is_text = value is ABSENT or isinstance(value, str)
    return f"[{json.dumps(text.strip(), ensure_ascii=False)}]" if is_text else f"[{text.strip()}]"


def _free(given: Given, *, scalars: bool) -> Json:
    """Where nothing says the type: JSON when it parses (of scalars only over null), else the text."""
    if scalars or is_container(given.raw) or is_container(given.text()):
        value = given.json()
        if value is not ABSENT:
            return value
    return given.text()


def _json(given: Given) -> Json:
    value = given.json()
    if value is ABSENT:
        raise BadValueError(
            "the text after `json:` is no JSON", "put it right; a text stands in double quotes, a key once"
        )
    return value


def _null(given: Given) -> None:
    if given.raw.strip():
        raise BadValueError("something stands after `null:`", "write `null:` alone")


def _shown(text: str) -> str:
    """A text in a message: never a secret, never a long one."""
    if isinstance(text, Secret):
        return "the value"
    return f"'{text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}'"


def _named(existing: Json) -> str:
    match existing:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case list():
            return "an array"
        case dict():
            return "an object"
    return "a number"


def _expect(kind: type) -> Callable[[Given], Json]:
    exemplar = kind()
    return lambda given: typed(Given(given.raw, given.resolve), exemplar)


_PLACES: Mapping[str, Callable[[], Json]] = MappingProxyType({"int": int, "bool": bool, "array": list, "object": dict})
"""What stands in the place of a missing value, by the kind of its parameter."""

PREFIXES: Mapping[str, Callable[[Given], Json]] = MappingProxyType(
    {"json": _json, "str": Given.text, "int": _int, "bool": _bool, "null": _null}
)
"""What decides the type of a value whatever it replaces, by the word in front of its colon."""

_PARAMETER_TYPES: Mapping[str, Callable[[Given], Json]] = MappingProxyType(
    {
        "string": Given.text,
        "int": _int,
        "float": _number,
        "bool": _bool,
        "array": _expect(list),
        "object": _expect(dict),
    }
)
