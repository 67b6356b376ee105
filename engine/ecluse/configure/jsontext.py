"""JSON as it is written in configuration cells: strict, or with single quotes, or in single quotes as a whole."""

import json
import math
import re

from ecluse.jsontree import ABSENT, MAX_DEPTH, Json, walk

_STRINGS = re.compile(r""" "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' """, re.VERBOSE | re.DOTALL)
_IN_QUOTES = re.compile(r"'\s*([\[{].*[\]}])\s*'", re.DOTALL)
_ESCAPES = re.compile(r"\\'|\\.|\"", re.DOTALL)
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def parse_json(text: str) -> Json:
    """The JSON value of `text`, or `ABSENT` when it is none, is too deep, has a key twice or a number beyond JSON."""
    for form in _forms(text.strip()):
        try:
            value = json.loads(form, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_unique)
        except (ValueError, RecursionError):
            continue
        return value if all(len(path) <= MAX_DEPTH for path, _ in walk(value)) else ABSENT
    return ABSENT


def parse_number(text: str) -> Json:
    """The number that `text` is, an `int` where it can be, or `ABSENT`."""
    plain = text.strip()
    try:
        if re.fullmatch(r"[+-]?[0-9]+", plain):
            return int(plain)
        return _finite(plain) if _FLOAT.fullmatch(plain) else ABSENT
    except ValueError:  # too big for a float, or more digits than Python reads
        return ABSENT


def is_container(text: str) -> bool:
    """Whether `text` is written as an object or a list; not whether it parses."""
    return text.lstrip("' \t\r\n").startswith(("{", "["))


def _forms(text: str) -> tuple[str, ...]:
    if not is_container(text):
        return (text,)
    whole = _IN_QUOTES.fullmatch(text)
    inner = whole[1] if whole else text
    return (inner, _STRINGS.sub(_double_quoted, inner))


def _double_quoted(found: re.Match[str]) -> str:
    text = found[0]
    if text.startswith('"'):
        return text
    return '"' + _ESCAPES.sub(lambda each: {"\\'": "'", '"': '\\"'}.get(each[0], each[0]), text[1:-1]) + '"'


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key twice")
    return made


def _refuse(constant: str) -> Json:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    if math.isfinite(number):
        return number
    raise ValueError(text)
