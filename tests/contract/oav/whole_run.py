"""Every pair that a whole test run exchanges with the sandbox is judged at its end, in the process that began it.

The servers of all workers, and those that `ecluse --sandbox` starts, write to one folder, which the environment names.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from ecluse_sandbox.pairs import VARIABLE
from tests.contract.oav.judging import Report, hindrance, judged, recorded
from tests.contract.oav.operations import complaints

TITLE = "what the sandbox answered, judged by Microsoft's descriptions"
_NAME = "tests/contract/oav/whole_run.py::every answer of this run is one that Azure could give"
_SHOWN = 40


class WholeRun:
    """A pytest plugin for the process that the user started; none for xdist's workers."""

    def __init__(self) -> None:
        self._own = VARIABLE not in os.environ
        self.folder = Path(os.environ.get(VARIABLE) or tempfile.mkdtemp(prefix="ecluse-pairs-"))
        os.environ[VARIABLE] = str(self.folder)
        self._told: list[str] = []

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge, after the workers and their servers have ended; what is wrong fails the run."""
        wrong = self._judge()
        if wrong:
            report = pytest.TestReport(_NAME, (_NAME, None, TITLE), {}, "failed", "\n".join(wrong), "call")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            terminal = session.config.pluginmanager.get_plugin("terminalreporter")
            if terminal is not None:
                terminal.stats.setdefault("failed", []).append(report)

    def _judge(self) -> list[str]:
        pairs = 0
        wrong: list[str] = []
        for pair in recorded(self.folder):
            pairs += 1
            wrong += complaints(pair)
        if not pairs:
            return []
        self._told = [f"our own table of operations: {pairs} pairs, wrong: {len(wrong)}"]
        report = self._asked()
        return wrong[:_SHOWN] + list(report.lines[:_SHOWN] if report else ())

    def _asked(self) -> Report | None:
        missing = hindrance()
        if missing:
            self._told.append(f"SKIPPED: {missing}")
            return None
        report = judged(self.folder)
        self._told += report.told()
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The figures, before pytest's own last lines."""
        if self._told:
            terminalreporter.section(TITLE)
            for line in self._told:
                terminalreporter.line(line)

    def pytest_unconfigure(self) -> None:
        """Leave nothing behind, unless the caller named the folder."""
        if self._own:
            shutil.rmtree(self.folder, ignore_errors=True)
            del os.environ[VARIABLE]
