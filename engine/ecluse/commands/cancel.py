"""The wish to stop: signals set a flag, and the clock that apply waits by reads it."""

import math
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType

_SLICE = 0.1
"""Seconds between two looks at the flag; a sleep in one piece would not notice it."""

_FIRST = b"\necluse: asked to stop. Putting the triggers back first; please wait.\n"
_AGAIN = b"\necluse: still putting the triggers back. Killing it now would leave them stopped.\n"
_AT_ONCE = b"\necluse: ended at once; nothing was written.\n"


class CancelClock:
    """Monotonic time, and whether somebody asked to stop, or `seconds` have passed.

    The flag is a plain attribute: a signal handler may run while any lock is held, so it takes none.
    """

    def __init__(self, seconds: float = math.inf) -> None:
        self._cancelled = False
        self._end = time.monotonic() + seconds

    def cancel(self) -> None:
        """Ask to stop."""
        self._cancelled = True

    def cancelled(self) -> bool:
        """Whether somebody asked to stop, or time has run out."""
        return self._cancelled or self.overdue()

    def overdue(self) -> bool:
        """Whether it is time that has run out, and nobody who asked."""
        return not self._cancelled and time.monotonic() >= self._end

    def now(self) -> float:
        """Seconds, monotonic."""
        return time.monotonic()

    def utc(self) -> datetime:
        """The time on the wall, in UTC."""
        return datetime.now(UTC)

    def wait(self, seconds: float) -> None:
        """Sleep, or return early when somebody asks to stop."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.cancelled():
            time.sleep(min(_SLICE, left))

    def pause(self, seconds: float) -> None:
        """Sleep, whatever comes: for the way back after a cancel."""
        time.sleep(seconds)


def _signals() -> Iterator[signal.Signals]:
    """The signals that mean stop. SIGHUP: the terminal is gone, unless nohup had that ignored; SIGBREAK: Windows."""
    for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and not (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
            yield number


@contextmanager
def interrupting() -> Iterator[None]:
    """While nothing is written yet: a signal that means stop ends the work as Ctrl+C does.

    A second one ends the process at once, with 1: the first may wait for calls that hang.
    """
    asked = False

    def handler(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            _say(_AT_ONCE)
            os._exit(1)
        asked = True
        raise KeyboardInterrupt

    with _handled_by(handler):
        yield


@contextmanager
def cancelling(clock: CancelClock) -> Iterator[None]:
    """Once triggers may be stopped: a signal asks `clock` to stop, and nothing is cut off.

    When the work is over a signal is no longer heard, until `interrupting` around it ends: what was done is told.
    """

    def handler(_number: int, _frame: FrameType | None) -> None:
        # A handler may interrupt a write to stderr half way, so it uses the file descriptor, not the stream.
        _say(_AGAIN if clock.cancelled() else _FIRST)
        clock.cancel()

    for number in _signals():
        signal.signal(number, handler)
    try:
        yield
    finally:
        stop_listening()


def stop_listening() -> None:
    """Hear no signal that means stop any more: the end is near, and it has to be told."""
    for number in _signals():
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _handled_by(handler: "signal._HANDLER") -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in _signals()}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _say(text: bytes) -> None:
    try:
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, text)
    except (OSError, ValueError):
        return  # nobody listens any more
