"""How many calls run at once: fewer where Azure throttles, and slowly more again. One gate for all clients of a run."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Passage:
    """One call on its way. Whoever makes it says what came of it before the passage ends."""

    burst: int
    throttled: bool | None = None  # None: no answer came, which says nothing about throttling
    wait: float = 0  # the seconds that Azure asks for
    first: bool = False  # of its pause: the one that is worth a line in the log


class Throttle:
    """Lets `most` calls through at once; half as many after a burst of 429, one more after each round of good answers.

    A burst is everything that was on its way when Azure first said 429, and whatever else comes before the wait that
    it asked for is over: its answers count once. Thread-safe.
    """

    def __init__(self, most: int, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._until = now, -math.inf
        self._most = self._allowed = max(1, most)
        self._inside = self._good = self._burst = 0
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        """How many calls it lets through at once now."""
        return self._allowed

    @contextmanager
    def passage(self) -> Iterator[Passage]:
        """Wait for a place, and hold it while the call is made."""
        with self._changed:
            self._changed.wait_for(lambda: self._inside < self._allowed)
            self._inside += 1
            passage = Passage(self._burst)
        try:
            yield passage
        finally:
            with self._changed:
                self._inside -= 1
                self._learn(passage)
                self._changed.notify_all()

    def _learn(self, passage: Passage) -> None:
        if passage.throttled is None:
            return
        if not passage.throttled:
            self._good += 1
            if self._good >= self._allowed < self._most:
                self._allowed, self._good = self._allowed + 1, 0
        elif passage.burst == self._burst and self._now() >= self._until:
            passage.first = True
            self._burst += 1
            self._until = self._now() + passage.wait
            self._allowed, self._good = max(1, self._allowed // 2), 0
