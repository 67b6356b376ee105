"""The functions on texts. Behaviours: Azure docs, string functions for ARM templates."""

import re

from ecluse.arm.functions import dotnet
from ecluse.arm.functions.function import (
    CallError,
    Function,
    Scope,
    a_text,
    an_array,
    an_int,
    bounded_items,
    bounded_text,
    joined,
    kind_of,
)
from ecluse.arm.functions.jsontext import compact
from ecluse.jsontree import Json


def _concat(_scope: Scope, *parts: Json) -> Json:
    if parts and all(isinstance(part, list) for part in parts):
        bounded_items(sum(map(len, parts)), "concat")
        return [item for part in parts for item in part]
    return joined([dotnet.scalar(part, "concat") for part in parts], "concat")


def _format(_scope: Scope, pattern: Json, *values: Json) -> str:
    return dotnet.composed(a_text(pattern, "format"), values)


def _string(_scope: Scope, value: Json) -> str:
    text = compact(value, "string") if isinstance(value, (dict, list)) else dotnet.scalar(value, "string")
    bounded_text(len(text), "string")
    return text


def _starts_with(_scope: Scope, text: Json, start: Json) -> bool:
    return _folded(text, "startsWith").startswith(_folded(start, "startsWith"))


def _ends_with(_scope: Scope, text: Json, end: Json) -> bool:
    return _folded(text, "endsWith").endswith(_folded(end, "endsWith"))


def _folded(value: Json, function: str) -> str:
    return dotnet.upper(dotnet.units(a_text(value, function)))


def position(text: Json, sought: Json, function: str, *, last: bool) -> int:
    """Where a text stands in another one, without case; -1 where it doesn't."""
    inside, wanted = _folded(text, function), _folded(sought, function)
    return inside.rfind(wanted) if last else inside.find(wanted)


def _join(_scope: Scope, items: Json, delimiter: Json) -> str:
    between = a_text(delimiter, "join")
    texts = [dotnet.scalar(item, "join") for item in an_array(items, "join")]
    bounded_text(sum(map(len, texts)) + len(between) * len(texts), "join")
    return between.join(texts)


def _split(_scope: Scope, text: Json, delimiters: Json) -> list[Json]:
    between = [a_text(each, "split") for each in (delimiters if isinstance(delimiters, list) else [delimiters])]
    of = a_text(text, "split")
    marks = [each for each in between if each]
    bounded_items(sum(map(of.count, marks)), "split")
    return list(re.split("|".join(map(re.escape, marks)), of)) if marks else [of]


def _replace(_scope: Scope, text: Json, old: Json, new: Json) -> str:
    of, out, into = (a_text(each, "replace") for each in (text, old, new))
    if not out:
        raise CallError("replace can't replace the empty text")
    bounded_text(len(of) + of.count(out) * (len(into) - len(out)), "replace")
    return of.replace(out, into)


def _substring(_scope: Scope, text: Json, start: Json = 0, length: Json = None) -> str:
    of, begin = dotnet.units(a_text(text, "substring")), an_int(start, "substring")
    size = len(of) - begin if length is None else an_int(length, "substring")
    if begin < 0 or size < 0 or begin + size > len(of):
        raise CallError("substring reaches beyond the text: its start and length must lie within it")
    return dotnet.whole(of[begin : begin + size])


def _pad_left(_scope: Scope, value: Json, total: Json, filler: Json) -> str:
    if type(value) is not int and not isinstance(value, str):
        raise CallError(f"padLeft takes a text or a whole number, not {kind_of(value)}")
    width, character = an_int(total, "padLeft"), a_text(filler, "padLeft")
    if width < 0 or len(dotnet.units(character)) != 1:
        raise CallError("padLeft needs a length that is not negative, and one character to fill with")
    bounded_text(width, "padLeft")
    return dotnet.whole(dotnet.units(str(value)).rjust(width, character))


def _to_lower(_scope: Scope, text: Json) -> str:
    return dotnet.lower(a_text(text, "toLower"))


def _to_upper(_scope: Scope, text: Json) -> str:
    return dotnet.upper(a_text(text, "toUpper"))


def _trim(_scope: Scope, text: Json) -> str:
    return dotnet.trimmed(a_text(text, "trim"))


ROWS = (
    Function("concat", 0, None, _concat, carries=True),
    Function("endsWith", 2, 2, _ends_with),
    Function("format", 1, None, _format),
    Function("join", 2, 2, _join),
    Function("padLeft", 3, 3, _pad_left),
    Function("replace", 3, 3, _replace),
    Function("split", 2, 2, _split),
    Function("startsWith", 2, 2, _starts_with),
    Function("string", 1, 1, _string),
    Function("substring", 1, 3, _substring),
    Function("toLower", 1, 1, _to_lower),
    Function("toUpper", 1, 1, _to_upper),
    Function("trim", 1, 1, _trim),
)
