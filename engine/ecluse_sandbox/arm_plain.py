"""Template functions that need nothing but their arguments, as far as templates sent to the sandbox use them."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any


def _string(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)  # also True and False, as Resource Manager writes them


def _create_object(*parts: Any) -> dict[str, Any]:
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _union(*values: Any) -> Any:
    if isinstance(values[0], dict):
        return {key: item for each in values for key, item in each.items()}
    return [
        item for index, each in enumerate(values) for item in each if not any(item in one for one in values[:index])
    ]


def _div(one: int, other: int) -> int:
    return int(one / other)


def _first(value: Any) -> Any:
    return value[0] if value else None


def _last(value: Any) -> Any:
    return value[-1] if value else None


def _padded(value: Any, width: int, character: str) -> str:
    return str(value).rjust(min(width, 100_000), character)


def _coalesced(*values: Any) -> Any:
    return next((each for each in values if each is not None), None)


PLAIN: Mapping[str, Callable[..., Any]] = {
    "add": lambda one, other: one + other,
    "and": lambda *values: all(values),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64tostring": lambda text: base64.b64decode(text).decode(),
    "bool": lambda value: str(value).lower() in {"true", "1"},
    "coalesce": _coalesced,
    "contains": lambda container, item: item in container,
    "createarray": lambda *values: list(values),
    "createobject": _create_object,
    "div": _div,
    "empty": lambda value: not value,
    "endswith": lambda text, end: text.lower().endswith(end.lower()),
    "equals": lambda one, other: type(one) is type(other) and one == other,
    "false": lambda: False,
    "first": _first,
    "if": lambda condition, yes, no: yes if condition else no,
    "indexof": lambda text, sought: text.lower().find(sought.lower()),
    "int": int,
    "join": lambda items, between: between.join(map(str, items)),
    "json": json.loads,
    "last": _last,
    "length": len,
    "mul": lambda one, other: one * other,
    "not": lambda value: not value,
    "null": lambda: None,
    "or": lambda *values: any(values),
    "padleft": _padded,
    "replace": lambda text, old, new: text.replace(old, new),
    "skip": lambda value, count: value[max(0, count) :],
    "split": lambda text, mark: text.split(mark),
    "startswith": lambda text, start: text.lower().startswith(start.lower()),
    "string": _string,
    "sub": lambda one, other: one - other,
    "substring": lambda text, start, length=None: text[start:][:length],
    "take": lambda value, count: value[: max(0, count)],
    "tolower": lambda text: text.lower(),
    "toupper": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
    "true": lambda: True,
    "union": _union,
}
"""By name in lower case; what they make of arguments that are not theirs is an error of Python's, told as one."""
