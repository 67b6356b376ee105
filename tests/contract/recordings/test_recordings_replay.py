"""What was asked of the real service is asked of the sandbox, in order: it answers as was recorded."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.recordings.figures import told
from tests.contract.recordings.recorded import Answer, Interaction, Session, sessions
from tests.contract.recordings.replay import Verdict, play
from tests.sandbox_process import RunningSandbox, running

PAGE = Path(__file__).resolve().parents[3] / "docs" / "sandbox.md"

MISSES: dict[str, str] = {}
"""An interaction in scope that is not answered as recorded, by its place, and why; docs/sandbox.md explains each."""


@pytest.fixture(scope="module")
def recorded() -> list[Session]:
    return sessions()


@pytest.fixture(scope="module")
def azure(recorded: list[Session], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """One process for all sessions; the recorded resource groups lie in West US."""
    groups = sorted(set().union(*(session.groups for session in recorded)))
    with running(tmp_path_factory.mktemp("recordings"), "--location", "westus", groups=groups) as made:
        yield made


@pytest.fixture(scope="module")
def verdicts(azure: RunningSandbox, recorded: list[Session]) -> list[Verdict]:
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


def _cancels(each: Interaction) -> bool:
    """A deployment that is cancelled takes its time."""
    return "/deployments/" in each.below and each.below.endswith("/cancel")


def started(each: Interaction, answer: Answer) -> Answer | None:
    return replace(answer, status=202) if each.method == "POST" and each.below.endswith("/start") else None


def written(each: Interaction, answer: Answer) -> Answer | None:
    body = answer.body if each.method == "PUT" and isinstance(answer.body, dict) else {}
    return replace(answer, body={**body, "properties": {}}) if body.get("properties") else None


def refused(_: Interaction, answer: Answer) -> Answer | None:
    return replace(answer, body=answer.body["error"]) if answer.status >= 400 else None


@pytest.mark.parametrize("spoilt", [started, written, refused], ids=lambda spoilt: str(spoilt.__name__))
def test_every_spoilt_answer_and_no_other_is_found(
    azure: RunningSandbox, recorded: list[Session], spoilt: Callable[[Interaction, Answer], Answer | None]
) -> None:
    hit: set[str] = set()

    def alter(each: Interaction, answer: Answer) -> Answer:
        changed = spoilt(each, answer)
        hit.update([each.place] if changed and changed != answer else [])
        return changed or answer

    quick = (session for session in recorded if not any(map(_cancels, session.interactions)))
    wrong = {each.place for session in quick for each in play(azure, session, alter) if each.differences}
    assert wrong == hit
    assert hit
