"""A machine whose clock is wrong: for commands in this process."""

import datetime as dt
import sys
import time

import pytest


def set_clock(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    """From now on every clock of this process that can be set is so many hours ahead."""
    ahead, now = dt.timedelta(hours=hours), time.time

    class Wrong(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> "Wrong":
            return cls.fromtimestamp(now(), tz) + ahead

    monkeypatch.setattr(time, "time", lambda: now() + ahead.total_seconds())
    for name, module in list(sys.modules.items()):
        if name.startswith("ecluse.") and getattr(module, "datetime", None) is dt.datetime:
            monkeypatch.setattr(module, "datetime", Wrong)
