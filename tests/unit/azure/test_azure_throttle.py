import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from ecluse.azure.throttle import Throttle


def calls(throttle: Throttle, *answers: bool) -> None:
    """One call after the other; True: Azure throttled it."""
    for throttled in answers:
        with throttle.passage() as passage:
            passage.throttled = throttled


def test_it_halves_when_azure_throttles_and_never_closes() -> None:
    throttle = Throttle(8)
    seen = []
    for _ in range(5):
        calls(throttle, True)
        seen.append(throttle.allowed)
    assert seen == [4, 2, 1, 1, 1]


def test_it_recovers_by_one_after_each_round_of_good_answers_and_not_beyond_its_most() -> None:
    throttle = Throttle(3)
    calls(throttle, True)
    seen = []
    for _ in range(8):
        calls(throttle, False)
        seen.append(throttle.allowed)
    assert seen == [2, 2, 3, 3, 3, 3, 3, 3]


def test_all_that_was_on_its_way_at_the_first_429_counts_once() -> None:
    throttle = Throttle(4)
    together = threading.Barrier(4)

    def call() -> bool:
        with throttle.passage() as passage:
            together.wait()
            passage.throttled = True
        return passage.first

    with ThreadPoolExecutor(4) as pool:
        firsts = sorted(pool.map(lambda _: call(), range(4)))
    assert (throttle.allowed, firsts) == (2, [False, False, False, True])


def test_no_more_calls_are_on_their_way_than_it_allows() -> None:
    throttle = Throttle(3)
    lock = threading.Lock()
    inside = [0, 0]  # now, at most

    def call() -> None:
        with throttle.passage():
            with lock:
                inside[0] += 1
                inside[1] = max(inside)
            with lock:
                inside[0] -= 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: call(), range(200)))
    assert inside[0] == 0
    assert inside[1] <= 3


def test_a_call_that_breaks_gives_its_place_back() -> None:
    throttle = Throttle(1)
    for _ in range(2):
        with suppress(ZeroDivisionError), throttle.passage():
            1 / 0  # noqa: B018  # the call that breaks
    calls(throttle, False)
    assert throttle.allowed == 1


def test_a_call_that_breaks_says_nothing_about_throttling() -> None:
    throttle = Throttle(4)
    calls(throttle, True)
    for _ in range(9):
        with suppress(ZeroDivisionError), throttle.passage():
            1 / 0  # noqa: B018  # the call that breaks
    assert throttle.allowed == 2


def test_every_429_before_the_wait_is_over_belongs_to_the_same_pause() -> None:
    now = [0.0]
    throttle = Throttle(8, lambda: now[0])

    def throttled() -> bool:
        with throttle.passage() as passage:
            passage.throttled, passage.wait = True, 15
        return passage.first

    assert [throttled() for _ in range(3)] == [True, False, False]
    now[0] = 14.9
    assert (throttled(), throttle.allowed) == (False, 4)
    now[0] = 15.1
    assert (throttled(), throttle.allowed) == (True, 2)
