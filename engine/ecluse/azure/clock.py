"""Azure's time: journals of several machines are compared by it, since the clocks of machines differ and jump."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def _here() -> datetime:
    return datetime.now(UTC)


class AzureClock:
    """The time as the `Date` of Azure's answers tells it; this machine's until there was one. Thread-safe.

    Between two answers it goes on by a clock that nobody can set: one that jumps during a run changes nothing.
    """

    def __init__(self, here: Callable[[], datetime] = _here, steady: Callable[[], float] = time.monotonic) -> None:
        self._here, self._steady = here, steady
        self._heard: tuple[datetime, float] | None = None

    @property
    def heard(self) -> bool:
        """Whether Azure has answered yet."""
        return self._heard is not None

    def hear(self, date: str | None) -> None:
        """Take the `Date` of an answer (RFC 9110, section 6.6.1); what is none changes nothing."""
        try:
            told = parsedate_to_datetime(date or "")
        except ValueError:
            return
        self._heard = told if told.tzinfo else told.replace(tzinfo=UTC), self._steady()

    def now(self) -> datetime:
        """The time, in UTC."""
        if self._heard is None:
            return self._here()
        told, at = self._heard
        return told + timedelta(seconds=self._steady() - at)
