"""How long an answer asks to wait before the next try. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType

RETRY_AFTER = "Retry-After"
UNITS: Mapping[str, float] = MappingProxyType({RETRY_AFTER: 1, "retry-after-ms": 0.001, "x-ms-retry-after-ms": 0.001})
"""The headers that ask for it, in seconds; the first that makes sense counts (the order of azure-core)."""


def asked_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds, from 0 up; None when nothing is asked, or nothing that makes sense.

    A Retry-After is a number of seconds or a date (RFC 9110, section 10.2.3).
    """
    for name, unit in UNITS.items():
        seconds = _seconds(headers.get(name, ""), now)
        if seconds is not None and seconds >= 0:  # NaN is not
            return seconds * unit
    return None


def _seconds(told: str, now: datetime) -> float | None:
    try:
        return float(told)
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(told)
    except (ValueError, OverflowError):
        return None
    return max(0.0, ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds())
