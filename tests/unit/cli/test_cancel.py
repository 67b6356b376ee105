"""Signals: before the first write they end the run; after it they ask for a clean way back."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pytest_mock import MockerFixture

from ecluse.apply.pause import Outrun
from ecluse.apply.ports import Clock, Outcome
from ecluse.commands.cancel import CancelClock, cancelling, interrupting
from ecluse.errors import Code, Problem
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


@pytest.mark.parametrize(("given", "ends"), [((), 120), (("--deadline", "5"), 5), (("--deadline", "0"), None)])
def test_a_deployment_may_take_as_many_minutes_as_said(
    given: tuple[str, ...], ends: int | None, mocker: MockerFixture
) -> None:
    time = mocker.patch("ecluse.commands.cancel.time.monotonic", return_value=1000.0)
    seen = []

    def applied(clock: Clock) -> Outcome:
        for minutes in (0, (ends or 10_000) - 0.1, (ends or 10_000) + 0.1):
            time.return_value = 1000.0 + 60 * minutes
            seen.append(clock.cancelled())
        return Outcome()

    ran("deploy", *NEEDED, *given, engine=FakeEngine(plan=CREATES, applied=applied))
    assert seen == [False, False, ends is not None]


@pytest.mark.parametrize(("times", "code"), [(2, 0), (3, 3)])
def test_a_plan_that_somebody_has_outrun_is_made_anew_but_not_for_ever(times: int, code: int) -> None:
    problem = Problem(Code.OUTRUN, "started by somebody else: trigger.T", "run again")
    left = [Outrun(problem)] * times

    def applied(_: Clock) -> Outcome:
        if left:
            raise left.pop()
        return Outcome()

    made = ran("deploy", *NEEDED, engine=FakeEngine(plan=CREATES, applied=applied))
    assert (made.code, made.engine.calls.count("make_plan")) == (code, 3)
    assert "trigger.T: the plan is made anew" in made.out


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
