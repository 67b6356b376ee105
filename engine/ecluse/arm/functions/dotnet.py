"""How .NET, in which Azure evaluates, spells and measures what Python would spell and measure otherwise.

Where the answer hangs on something that is not known for sure (a culture, the digits of a float) it is refused by
name: a wrong value would be deployed unnoticed.
"""

import re
from collections.abc import Callable

from ecluse.arm.functions.function import CallError, bounded_text, joined, kind_of
from ecluse.jsontree import Json

_WHITE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What .NET's Trim takes away; Python's strip takes more."""

_MOST_DIGITS = 99  # of a format such as D5; .NET's own limit was 99 for most of its life
_PLAIN_FLOATS = (1e-4, 1e15)  # between them .NET and Python write the same digits without an exponent
_BEYOND_BMP = re.compile(r"[\U00010000-\U0010ffff]")
_PLACE = re.compile(r"\{\{|\}\}|\{([0-9]{1,3})(?:,\s*(-?[0-9]{1,7})\s*)?(?::([^{}]*))?\}|[{}]")
_NUMBER = re.compile(r"(?:([DdNnFfXxGg])([0-9]{0,2}))")


def scalar(value: Json, function: str) -> str:
    """A scalar as .NET writes it into a text. Raises `CallError` for what is none."""
    if value is None or isinstance(value, (dict, list)) or kind_of(value) == "lambda":
        raise CallError(f"{function} takes no {kind_of(value)} here")
    if isinstance(value, float):
        return _float(value, function)
    return str(value)  # also True and False: .NET begins them with a capital, too


def _float(value: float, function: str) -> str:
    least, most = _PLAIN_FLOATS
    if value and not least <= abs(value) < most:
        raise CallError(f"{function} takes no number as big or as small as this: its digits depend on the service")
    return str(int(value)) if value.is_integer() else repr(value)


def units(text: str) -> str:
    """The text with a character for each of .NET's (UTF-16), so that lengths and positions are those of Azure."""
    if not _BEYOND_BMP.search(text):
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(int.from_bytes(raw[at : at + 2], "little")) for at in range(0, len(raw), 2))


def whole(text: str) -> str:
    """The text of such units."""
    if not any("\ud800" <= each <= "\udfff" for each in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def lower(text: str) -> str:
    """.NET's ToLowerInvariant: character by character."""
    return _cased(text, str.lower)


def upper(text: str) -> str:
    """.NET's ToUpperInvariant: character by character, `ß` stays."""
    return _cased(text, str.upper)


def _cased(text: str, case: Callable[[str], str]) -> str:
    made = case(text)
    if text.isascii():
        return made
    return "".join(other if len(other := case(each)) == 1 else each for each in text)


def trimmed(text: str) -> str:
    """.NET's Trim."""
    return text.strip(_WHITE)


def composed(pattern: str, values: tuple[Json, ...]) -> str:
    """.NET's String.Format: `{0}`, `{0,10}`, and of whole numbers `{0:D5}`, `{0:N2}`, `{0:F1}`, `{0:X}`, `{0:000}`.

    Raises `CallError`, for other formats, too.
    """
    parts: list[str] = []
    at = total = 0
    for place in _PLACE.finditer(pattern):
        parts += [pattern[at : place.start()], _filled(place, values)]
        total += len(parts[-1]) + len(parts[-2])
        bounded_text(total, "format")
        at = place.end()
    return joined([*parts, pattern[at:]], "format")


def _filled(place: re.Match[str], values: tuple[Json, ...]) -> str:
    if place[0] in ("{{", "}}"):
        return place[0][0]
    if place[1] is None:
        raise CallError("format can't read a brace in its pattern: it knows {0} {0,10} {0:N2}, and {{ and }}")
    if int(place[1]) >= len(values):
        raise CallError(f"format has no value for {place[0]}")
    value = values[int(place[1])]
    # Of a text or a bool .NET ignores the format: only what is a number has formats.
    formatted = place[3] and not isinstance(value, (str, bool))
    text = _number(value, place[3]) if formatted else scalar(value, "format")
    width = int(place[2] or 0)
    bounded_text(abs(width), "format")
    return text.rjust(width) if width > 0 else text.ljust(-width)


def _number(value: Json, spec: str) -> str:
    known = _NUMBER.fullmatch(spec)
    if type(value) is not int or not (known or set(spec) == {"0"}):
        raise CallError(f"format does not know {{:{spec[:20]}}} for {kind_of(value)}")
    if not known:
        return _digits(value, len(spec))
    letter, given = known[1], int(known[2] or 0)
    match letter.casefold():
        case "d":
            return _digits(value, given)
        case "n" | "f":
            shown = f"{value:,}" if letter in "Nn" else str(value)
            decimals = given if known[2] else 2  # .NET's invariant culture
            return shown + (f".{'0' * decimals}" if decimals else "")
        case "x":
            return format(value % 2**64, letter).rjust(given, "0")
    if given:
        raise CallError("format does not know {:G} with a number of digits")
    return str(value)


def _digits(value: int, least: int) -> str:
    return ("-" if value < 0 else "") + str(abs(value)).rjust(min(least, _MOST_DIGITS), "0")
