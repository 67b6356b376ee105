"""What was asked of the real service is asked of the sandbox, in order: it answers as was recorded."""

import sys
from pathlib import Path

import pytest

from tests.contract.recordings.figures import told
from tests.contract.recordings.recorded import Session, sessions
from tests.contract.recordings.replay import Verdict, play
from tests.sandbox_process import running

PAGE = Path(__file__).resolve().parents[3] / "docs" / "sandbox.md"

MISSES: dict[str, str] = {}
"""An interaction in scope that is not answered as recorded, by its place, and why; docs/sandbox.md explains each."""


@pytest.fixture(scope="module")
def recorded() -> list[Session]:
    return sessions()


@pytest.fixture(scope="module")
def verdicts(recorded: list[Session], tmp_path_factory: pytest.TempPathFactory) -> list[Verdict]:
    """One process for all sessions; the recorded resource groups lie in West US."""
    groups = sorted(set().union(*(session.groups for session in recorded)))
    with running(tmp_path_factory.mktemp("recordings"), "--location", "westus", groups=groups) as azure:
        return [verdict for session in recorded for verdict in play(azure, session)]


def test_the_sandbox_answers_as_the_real_service_did(
    recorded: list[Session], verdicts: list[Verdict], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        sys.stderr.write(f"\n{told(recorded, verdicts)}\n")
    wrong = {each.place: each for each in verdicts if each.differences}
    assert wrong.keys() == MISSES.keys(), "\n".join(
        "\n    ".join((f"{each.place}  {each.call}", *each.differences))
        for each in wrong.values()
        if each.place not in MISSES
    )


def test_the_figures_in_the_documentation_are_these(recorded: list[Session], verdicts: list[Verdict]) -> None:
    assert told(recorded, verdicts) in PAGE.read_text(encoding="utf-8"), (
        f"in docs/sandbox.md:\n{told(recorded, verdicts)}"
    )
