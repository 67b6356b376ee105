"""Dates that stand in the template. Behaviours: Azure docs, date functions for ARM templates.

A format that is not known here is refused by name: .NET has many, and most of them hang on a culture.
"""

import calendar
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from ecluse.arm.functions.function import CallError, Function, Scope, a_text, an_int
from ecluse.jsontree import Json

_STANDARD: Mapping[str, str] = MappingProxyType(
    {"u": "yyyy-MM-dd HH:mm:ssZ", "s": "yyyy-MM-ddTHH:mm:ss", "o": "yyyy-MM-ddTHH:mm:ss.0000000Z"}
)
_TOKENS: Mapping[str, str] = MappingProxyType(
    {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
)
_RUN = re.compile(r"'[^'%]*'|([A-Za-z])\1*|.", re.DOTALL)
"""One part of a format: how often a letter stands there says what it means."""

_LITERAL = frozenset("TZ0-:. /_")
_ISO = "yyyy-MM-ddTHH:mm:ssZ"
_BASES = (_ISO, "yyyy-MM-dd HH:mm:ssZ", "yyyyMMddTHHmmssZ", "yyyy-MM-dd")
"""The spellings in which a date may come, and in which dateTimeAdd gives it back."""

_NUMBER = r"(?:(\d{1,6})%s)?"
_DURATION = re.compile(
    r"(-?)P"
    + "".join(_NUMBER % letter for letter in "YMWD")
    + "(?:T"
    + "".join(_NUMBER % letter for letter in "HMS")
    + ")?",
    re.ASCII,
)


def _pattern(format_: str, function: str) -> str:
    """A .NET format as one of `strftime`. Raises `CallError` for one that is not known."""
    known = len(format_) > 1 or format_ in _STANDARD  # one letter alone is a standard format
    parts = [run[0] for run in _RUN.finditer(_STANDARD.get(format_, format_))]
    if not known or not all(part in _TOKENS or part in _LITERAL or part[:1] == "'" != part for part in parts):
        raise CallError(f"{function} does not know the format {format_[:20]!r}")
    return "".join(_TOKENS.get(part, part.strip("'")) for part in parts)


def _read(value: Json, function: str) -> tuple[datetime, str]:
    """The point in time, and the format in which it was written."""
    text = a_text(value, function)
    for spelling in _BASES:
        try:
            return datetime.strptime(text, _pattern(spelling, function)).replace(tzinfo=UTC), spelling
        except ValueError:
            continue
    raise CallError(f"{function} takes a time such as 2026-01-31T08:00:00Z or 2026-01-31 08:00:00Z")


def _written(time: datetime, format_: str, function: str) -> str:
    # strftime does not pad the year on every system.
    return time.strftime(_pattern(format_, function).replace("%Y", f"{time.year:04}"))


def _add(_scope: Scope, base: Json, duration: Json, format_: Json = None) -> str:
    time, spelling = _read(base, "dateTimeAdd")
    spec = spelling if format_ is None else a_text(format_, "dateTimeAdd")
    return _written(_later(time, a_text(duration, "dateTimeAdd")), spec, "dateTimeAdd")


def _later(time: datetime, duration: str) -> datetime:
    found = _DURATION.fullmatch(duration)
    if found is None or not any(found.groups()[1:]):
        raise CallError("dateTimeAdd takes a duration such as P3Y, -P9D or PT1H30M")
    sign = -1 if found[1] else 1
    years, months, weeks, days, hours, minutes, seconds = (int(each or 0) * sign for each in found.groups()[1:])
    month = time.month - 1 + months + 12 * years
    try:
        first = time.replace(year=time.year + month // 12, month=month % 12 + 1, day=1)
        last_day = calendar.monthrange(first.year, first.month)[1]
        moved = first.replace(day=min(time.day, last_day))
        return moved + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except (ValueError, OverflowError):
        raise CallError("dateTimeAdd gives a time beyond the calendar") from None


def _from_epoch(_scope: Scope, seconds: Json) -> str:
    try:
        time = datetime.fromtimestamp(0, UTC) + timedelta(seconds=an_int(seconds, "dateTimeFromEpoch"))
    except OverflowError:
        raise CallError("dateTimeFromEpoch gives a time beyond the calendar") from None
    return _written(time, _ISO, "dateTimeFromEpoch")


def _to_epoch(_scope: Scope, text: Json) -> int:
    return int(_read(text, "dateTimeToEpoch")[0].timestamp())


ROWS = (
    Function("dateTimeAdd", 2, 3, _add),
    Function("dateTimeFromEpoch", 1, 1, _from_epoch),
    Function("dateTimeToEpoch", 1, 1, _to_epoch),
)
