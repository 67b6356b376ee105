"""How long Azure is given, and how often it is asked: the one place for waits, in seconds."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits on purpose: the SDK's defaults (30 s between polls, 3 retries on 429) are wrong for us."""

    answer: float  # until an answer is there, whole, once the call was sent
    polling_interval: float  # between two looks at a long-running operation
    first_wait: float  # between two looks at a trigger; grows by half each time …
    longest_wait: float  # … up to this
    trigger_deadline: float  # until a start or stop has landed
    write_deadline: float  # until a PUT of one object has landed whose answers say nothing
    event_deadline: float  # until Event Grid has subscribed or unsubscribed
    early_not_found: float  # how long a deployment that was just accepted may be "not found" (azure-cli issue 28834)
    backoff_factor: float  # of the retry policy: doubles with every retry …
    longest_backoff: float  # … up to this
    retry_after_cap: float  # the longest Retry-After that is obeyed at once
    lease: float  # how long a deployment counts as alive after its last sign of life


AZURE = Patience(
    answer=120,
    polling_interval=5,
    first_wait=2,
    longest_wait=15,
    trigger_deadline=300,  # longer than two answers that never come
    write_deadline=300,
    event_deadline=600,
    early_not_found=60,
    backoff_factor=0.8,
    longest_backoff=60,
    retry_after_cap=120,
    lease=600,
)
SANDBOX = Patience(
    answer=60,
    polling_interval=0.1,
    first_wait=0.05,
    longest_wait=0.5,
    trigger_deadline=15,
    write_deadline=5,
    event_deadline=30,
    early_not_found=1,
    backoff_factor=0.05,
    longest_backoff=0.2,
    retry_after_cap=5,
    lease=3,
)


@dataclass(frozen=True, slots=True)
class Timer:
    """Time as this edge sees it; tests give their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def waits(self, patience: Patience, deadline: float) -> Iterator[None]:
        """Yields at once, then after growing waits, until `deadline` seconds are over."""
        end, wait = self.now() + deadline, patience.first_wait
        yield
        while (left := end - self.now()) > 0:
            self.sleep(min(wait, left))
            wait = min(wait * 1.5, patience.longest_wait)
            yield
