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
    kind: str
    at_once: int
    body: Any


@dataclass(slots=True)
class CallLog:
    """The last calls, oldest first."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _count: int = 0

    def add(
        self,
        method: str,
        path: str,
        status: int,
        *,
        started: dt.datetime,
        seconds: float,
        body: Any,
        kind: str = "",
        at_once: int = 1,
    ) -> None:
        """Note a call; `body` is JSON that may hold secrets, what is kept holds none.

        `kind` is its class, `at_once` how many of the class were in service when it came to its turn.
        """
        self._count += 1
        shown = masking.for_log(body)
        entry = Entry(self._count, method, path, status, started.isoformat(), round(seconds, 6), kind, at_once, shown)
        self.entries.append(entry)

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
                "class": entry.kind,
                "atOnce": entry.at_once,
                "body": entry.body,
            }
            for entry in self.entries
        ]
