"""The wish to stop: signals set a flag, and the clock that apply waits by reads it."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SLICE = 0.1
"""Seconds between two looks at the flag; a sleep in one piece would not notice it."""

_FIRST = b"\necluse: asked to stop. Putting the triggers back first; please wait.\n"
_AGAIN = b"\necluse: still putting the triggers back. Killing it now would leave them stopped.\n"


class CancelClock:
    """Monotonic time, and whether somebody asked to stop.

    The flag is a plain attribute: a signal handler may run while any lock is held, so it takes none.
    """

    def __init__(self) -> None:
        self._cancelled = False

    def cancel(self) -> None:
        """Ask to stop."""
        self._cancelled = True

    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._cancelled

    def now(self) -> float:
        """Seconds, monotonic."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Sleep, or return early when somebody asks to stop."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._cancelled:
            time.sleep(min(_SLICE, left))

    def pause(self, seconds: float) -> None:
        """Sleep, whatever comes: for the way back after a cancel."""
        time.sleep(seconds)


def _signals() -> tuple[signal.Signals, ...]:
    """The signals that mean stop; SIGBREAK is Windows' Ctrl+Break."""
    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    return tuple(getattr(signal, name) for name in names if hasattr(signal, name))


@contextmanager
def interrupting() -> Iterator[None]:
    """While nothing is written yet: every signal that means stop ends the work at once, as Ctrl+C does."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handled_by(handler):
        yield


@contextmanager
def cancelling(clock: CancelClock) -> Iterator[None]:
    """While triggers may be stopped: a signal asks `clock` to stop, and nothing is cut off."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        # A handler may interrupt a write to stderr half way, so it uses the file descriptor, not the stream.
        _say(_AGAIN if clock.cancelled() else _FIRST)
        clock.cancel()

    with _handled_by(handler):
        yield


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
