"""Clients that need the server: each holds an exclusive lock on a file of its own in DIR/clients."""

import contextlib
import time
from pathlib import Path

import filelock

_GRACE_SECONDS = 10.0
_SETTLE_SECONDS = 2.0


class Leases:
    """Whether anybody still needs the server; files that nobody holds are cleared away."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._seen = False
        self._patience = time.monotonic() + _GRACE_SECONDS

    def wanted(self) -> bool:
        """True while a lease is held, and at first until the grace is over or one was seen."""
        if any([_held(path) for path in self._directory.glob("*.lock")]):  # noqa: C419 - look at all: the idle ones are cleared
            self._seen = True
            return True
        return not self._seen and time.monotonic() < self._patience


def _held(path: Path) -> bool:
    lock = filelock.FileLock(path)
    try:
        if time.time() - path.stat().st_mtime < _SETTLE_SECONDS:
            return True  # just made: its owner may be between creating and locking it
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return True
    except OSError:
        return False
    with contextlib.suppress(OSError):
        path.unlink()
    lock.release()
    return False
