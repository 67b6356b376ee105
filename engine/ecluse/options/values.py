"""From what was given (words, TOML values) to the value of an option's type."""

import re
from pathlib import Path

from ecluse.options.rows import Option, Type, Value

_TRUE, _FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})


class BadValue(ValueError):  # noqa: N818  # says what it is; it becomes a Problem
    """What was given is no value of the option; the text says what would be."""


def read(row: Option, raw: object) -> Value:
    """The value that `raw` gives to the option. Raises `BadValue`, never with a secret in its text."""
    if row.type.repeatable:
        return _several(row, _items(raw))
    match row.type:
        case Type.FLAG:
            return _flag(raw)
        case Type.INT:
            return _number(row, raw)
        case Type.CHOICE:
            return _choice(row, _text(raw))
        case Type.PATH:
            return Path(_text(raw))
        case _:
            return _shaped(row, _text(raw))


def _several(row: Option, items: tuple[str, ...]) -> Value:
    match row.type:
        case Type.PATHS:
            return tuple(Path(item.strip()) for item in items)
        case Type.WORDS:
            return tuple(word.strip() for item in items for word in item.split(",") if word.strip())
        case Type.PAIRS:
            return tuple(_pair(row, item) for item in items)
        case _:
            return items


def _flag(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    word = raw.strip().casefold() if isinstance(raw, str) else ""
    if word not in _TRUE | _FALSE:
        raise BadValue("must be true or false")
    return word in _TRUE


def _number(row: Option, raw: object) -> int:
    given = raw if isinstance(raw, (int, str)) and not isinstance(raw, bool) else ""
    if not re.fullmatch(r"\d{1,9}", str(given).strip(), re.ASCII) or int(given) < row.minimum:
        raise BadValue(f"must be a whole number, {row.minimum} or more")
    return int(given)


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise BadValue("must be a text")
    if not raw.strip():
        raise BadValue("is given but empty")
    return raw.strip()


def _choice(row: Option, word: str) -> str:
    choice = row.synonym(word)
    if choice not in row.choices:
        raise BadValue(f"{word!r} is no choice; choose one of: {', '.join(row.choices)}")
    return choice


def _shaped(row: Option, text: str) -> str:
    if row.pattern and not re.fullmatch(row.pattern, text):
        raise BadValue(f"{text!r} can't be right: it must be {row.rule}")
    return text


def _items(raw: object) -> tuple[str, ...]:
    """Several texts: a list, a table of NAME = VALUE, or one text with a line each."""
    if isinstance(raw, dict):
        raw = [f"{name}={_scalar(value)}" for name, value in raw.items()]
    if isinstance(raw, str):
        raw = raw.splitlines()
    if not isinstance(raw, (list, tuple)) or not all(isinstance(item, str) for item in raw):
        raise BadValue("must be a list of texts")
    return tuple(_kept(item) for item in raw if item.strip() or isinstance(raw, tuple))


def _kept(item: str) -> str:
    """An item as it is: blanks at the end of a parameter's value belong to it."""
    _text(item)
    return item


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (str, int, float)):
        raise BadValue("must hold texts, numbers, true or false")
    return str(value)


def _pair(row: Option, item: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not name.strip() or not (equals or "[" in row.metavar):
        raise BadValue(f"must be {row.metavar}")
    return name.strip(), value
