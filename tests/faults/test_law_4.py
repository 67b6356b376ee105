"""Law 4 of the design, for any history: whatever call fails, no trigger that ran is left stopped after recovery."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.faults.cases import FAULTS, SIGNALS
from tests.faults.lab import SIGKILLED, Lab, demand
from tests.faults.moment import Moment
from tests.faults.releases import AFTER, RAN
from tests.sandbox_process import running

QUICK = ("cut before", "cut after", "503 after", "token", "403")
RELEASES = st.sampled_from(("first", "second"))
MOMENTS = st.integers(1, 90)  # about as many requests as a deployment makes


class Operations(RuleBasedStateMachine):
    """What people and accidents do to a factory; `runs` is what has to run once all is calm."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self.lab = lab
        self.runs: frozenset[str] = RAN
        self.calm = True

    @initialize()
    def live(self) -> None:
        self.lab.live()

    @rule(release=RELEASES, trouble=st.sampled_from(SIGNALS), number=MOMENTS)
    def deploy_with_a_signal(self, release: str, trouble: str, number: int) -> None:
        self._ended(self.lab.in_a_process(self._deploy(release), Moment(trouble, number).arm))

    @rule(trouble=st.sampled_from(SIGNALS), number=st.integers(1, 40))
    def recover_with_a_signal(self, trouble: str, number: int) -> None:
        words = ("triggers", "recover", *self.lab.target)
        self._ended(self.lab.in_a_process(words, Moment(trouble, number).arm))

    @rule(release=RELEASES, trouble=st.sampled_from(QUICK), number=MOMENTS)
    def deploy_with_a_fault(self, release: str, trouble: str, number: int) -> None:
        self.lab.azure.faults({"method": "*", "path": "", "nth": number, **FAULTS[trouble]})
        ran = self.lab.ecluse(*self._deploy(release))
        self.lab.azure.faults()
        self._ended(ran)

    @rule()
    def recover(self) -> None:
        self._right(self.lab.recover())

    @rule()
    def lose_the_machine(self) -> None:
        self.lab.new_machine()

    @rule(name=st.sampled_from(("TR_Off", "TE_Off", "TR_Daily", "adfcdc.C_Off")))
    def somebody_starts(self, name: str) -> None:
        code, text = self.lab.ecluse("triggers", "start", name, *self.lab.target)
        demand(code == 0, text)
        self.runs |= {name}

    @precondition(lambda self: self.calm)
    @rule(name=st.sampled_from(sorted(AFTER)))
    def somebody_stops(self, name: str) -> None:
        code, text = self.lab.ecluse("triggers", "stop", name, *self.lab.target)
        demand(code == 0, text)
        self.runs -= {name}

    def teardown(self) -> None:
        code, text = self.lab.ecluse(*self._deploy("second"))
        demand(code == 0, text)
        self._right(text)

    def _deploy(self, release: str) -> tuple[Any, ...]:
        rest = ("--delete-not-in-source", "--method", self.lab.method)
        return ("deploy", "--source", self.lab.folder / release, *self.lab.target, *rest)

    def _ended(self, ran: tuple[int, str]) -> None:
        code, text = ran
        self.calm = False
        demand("defect of Ecluse" not in text and "Traceback" not in text, text)
        demand(code in (0, 1, 3, 4, SIGKILLED), code, text)
        if code == 4:
            self.lab.finish(text)
        self.runs &= self.lab.triggers().keys()
        if code in (0, 4):
            self._right(text)

    def _right(self, text: str) -> None:
        there, firing = self.lab.triggers().keys(), self.lab.firing()
        self.runs &= there
        demand(firing == self.runs, f"runs: {sorted(firing)}; has to run: {sorted(self.runs)}", text)
        self.calm = True


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with running(tmp_path / "sandbox") as azure:
        yield Lab(azure, tmp_path, "arm")


@pytest.mark.skipif(sys.platform == "win32", reason="a command that meets a signal runs in a fork")
@pytest.mark.parametrize("method", ["arm", "rest"])
def test_law_4(lab: Lab, method: str) -> None:
    made = Lab(lab.azure, lab.folder, method)
    few = settings(max_examples=4, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck))

    class OfThisLab(Operations):
        def __init__(self) -> None:
            super().__init__(made)

    run_state_machine_as_test(OfThisLab, settings=few)
