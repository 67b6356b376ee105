"""Signals: before the first write they end the run; after it they ask for a clean way back."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ecluse.apply.ports import Clock, Outcome
from ecluse.commands.cancel import CancelClock, cancelling, interrupting
from tests.unit.cli.fake_engine import NEEDED, FakeEngine, ran
from tests.unit.cli.test_exit_codes import CREATES

STOPS = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_while_applying_asks_to_stop_and_cuts_nothing_off(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    seen = []

    def applied(clock: Clock) -> Outcome:
        seen.append(clock.cancelled())
        os.kill(os.getpid(), number)
        seen.append(clock.cancelled())
        os.kill(os.getpid(), number)
        return Outcome(cancelled=True)

    made = ran("deploy", *NEEDED, engine=FakeEngine(plan=CREATES, applied=applied))
    assert (made.code, seen) == (1, [False, True])
    assert "Cancelled; every trigger is as it should be" in made.out
    told = capfd.readouterr().err
    assert "Putting the triggers back first" in told
    assert "still putting the triggers back" in told


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_after_the_work_does_not_hide_what_it_came_to(number: signal.Signals) -> None:
    class LateSignal(FakeEngine):
        @contextmanager
        def connected(self, *given: Any, **more: Any) -> Iterator[Any]:
            with super().connected(*given, **more) as azure:
                yield azure
            os.kill(os.getpid(), number)

    made = ran("deploy", *NEEDED, engine=LateSignal(plan=CREATES))
    assert (made.code, made.err) == (0, "")


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no terminal that hangs up")
def test_a_terminal_that_goes_away_means_stop_but_not_under_nohup() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupting():
            os.kill(os.getpid(), signal.SIGHUP)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with pytest.raises(KeyboardInterrupt), interrupting():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_before_the_first_write_ends_the_run_at_once(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), interrupting():
        os.kill(os.getpid(), number)


def test_afterwards_the_signals_mean_what_they_meant_before() -> None:
    before = [signal.getsignal(number) for number in STOPS]
    with interrupting(), cancelling(CancelClock()):
        assert [signal.getsignal(number) for number in STOPS] != before
    assert [signal.getsignal(number) for number in STOPS] == before


def test_a_cancel_ends_a_wait_and_every_later_one() -> None:
    clock = CancelClock()
    with interrupting(), cancelling(clock):
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
        clock.wait(3600)
        clock.wait(3600)
    assert clock.cancelled()


def test_the_way_back_may_still_pause_and_time_goes_on() -> None:
    clock = CancelClock()
    clock.cancel()
    began = clock.now()
    clock.pause(0.01)
    assert clock.now() - began >= 0.01
