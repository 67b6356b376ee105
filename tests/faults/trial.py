"""One case from the live first release to the verdict."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ecluse.azure import patience
from tests.faults.cases import FAULTS, PATIENT_SECONDS, SLOW_SECONDS, Case
from tests.faults.lab import SIGKILLED, BrokenError, Lab, Run, demand
from tests.faults.moment import Moment

CODES = (0, 1, 3, 4)
_ACTS = re.compile(r"/(stop|start|subscribeToEvents|unsubscribeFromEvents)\?", re.IGNORECASE)
_JOURNAL = re.compile(r"/deployments/ecluse-[^/?]*-(open|note\d+|closed)\?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`struck`: the trouble met its request; `broken`: how the promise was broken, or ""."""

    struck: bool
    broken: str = ""


def tried(lab: Lab, case: Case) -> Verdict:
    """Deploy into the trouble, recover as the case says, and judge."""
    lab.live()
    run = 0, ""
    try:
        run, struck = _deploy(lab, case)
        _after_the_trouble(lab, run)
        _recover(lab, case)
    except BrokenError as error:
        return Verdict(struck=True, broken=f"{error}\n-- the run into the trouble ended with {run[0]}:\n{run[1]}")
    finally:
        lab.azure.faults()
    return Verdict(struck)


def _deploy(lab: Lab, case: Case) -> tuple[Run, bool]:
    words = ("deploy", *lab.release)
    if case.trouble in FAULTS:
        lab.azure.faults(case.rule)
        with _short_patience(case.trouble):
            run = lab.ecluse(*words)
    else:
        run = lab.in_a_process(words, Moment(case.trouble, case.number, case.verb, case.pattern).arm)
    met = _met(lab, case)
    lab.azure.faults()
    return run, met or run[0] == SIGKILLED


def _met(lab: Lab, case: Case) -> bool:
    """Whether the request was made: one whose answer is slow stands in the log when that has come, maybe after the run.

    Waited for, or it would be taken for a call of the next trial.
    """
    pattern = re.compile(case.pattern, re.IGNORECASE)
    seconds = 2 * SLOW_SECONDS if case.trouble == "timeout" else 0
    end = time.monotonic() + seconds
    while True:
        calls = lab.azure.control("GET", "calls")
        met = sum(1 for call in calls if call["method"] == case.verb and pattern.search(call["path"]))
        if met >= case.number or time.monotonic() >= end:
            return met >= case.number
        time.sleep(0.05)


@contextmanager
def _short_patience(trouble: str) -> Iterator[None]:
    """Or a request that is never answered would take a minute."""
    before = patience.SANDBOX
    if trouble == "timeout":
        patience.SANDBOX = replace(before, answer=PATIENT_SECONDS)
    try:
        yield
    finally:
        patience.SANDBOX = before


def _after_the_trouble(lab: Lab, run: Run) -> None:
    """A run that came to its end has put the triggers right, or said how; only a killed one is excused."""
    code, text = run
    if code == SIGKILLED:
        return
    demand(code in CODES, f"exit code {code}")
    demand("defect of Ecluse" not in text and "Traceback" not in text, "a defect")
    if code == 3:
        demand(not _wrote(lab), "refused, although something was written")
    if code == 4:
        lab.finish(text)
    lab.right()


def _recover(lab: Lab, case: Case) -> None:
    if case.recovery.startswith("fresh"):
        lab.new_machine()
    if case.recovery.endswith("recover"):
        text = lab.recover()
        lab.right("after `triggers recover`:", text)
    lab.azure.control("DELETE", "calls")
    code, text = lab.ecluse("deploy", *lab.release)
    demand(code == 0, f"the next deployment ends with {code}:", text)
    lab.well("-- the next deployment said:", text, through=not _wrote(lab))


def _wrote(lab: Lab) -> bool:
    """Whether anything but a journal was written."""
    for call in lab.azure.calls():
        if call["status"] >= 300 or _JOURNAL.search(call["path"]):
            continue
        if call["method"] in ("PUT", "DELETE", "DEPLOY") or _ACTS.search(call["path"]):
            return True
    return False
