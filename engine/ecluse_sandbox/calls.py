"""The call log: what was asked, what was answered, how long it took; no secrets."""

import datetime as dt
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from ecluse_sandbox import masking

_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One call, or one resource that a deployment wrote (method DEPLOY)."""

    number: int
    method: str
    path: str
    status: int
    started: str
    seconds: float
    body: Any


@dataclass(slots=True)
class CallLog:
    """The last calls, oldest first."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _count: int = 0

    def add(self, method: str, path: str, status: int, *, started: dt.datetime, seconds: float, body: Any) -> None:
        """Note a call; `body` is JSON that may hold secrets, what is kept holds none."""
        self._count += 1
        shown = masking.for_log(body)
        self.entries.append(Entry(self._count, method, path, status, started.isoformat(), round(seconds, 6), shown))

    def as_json(self) -> list[dict[str, Any]]:
        """All entries, as the control endpoint gives them; `seconds` is a duration."""
        return [
            {
                "number": entry.number,
                "method": entry.method,
                "path": entry.path,
                "status": entry.status,
                "started": entry.started,
                "seconds": entry.seconds,
                "body": entry.body,
            }
            for entry in self.entries
        ]
