"""The world changes under a run: clocks, foreign journals, what other people do to the factory meanwhile.

Never a silent success: what ran before runs again, or the run says what is not as it should be, and what to do.
"""

import re
import shlex
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.ecluse_command import to
from tests.sandbox_process import RunningSandbox
from tests.stories.in_process import ecluse
from tests.stories.machine import set_clock
from tests.stories.test_unfinished_runs import HELD, begun, journal, killed_after_the_stops, said
from tests.stories.two_releases import CREATE, DEPLOYMENT, RAN, runs, second_after_first

NO_RIGHT = {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no right"}}}


@pytest.fixture
def running(sandbox: RunningSandbox, tmp_path: Path) -> tuple[Any, ...]:
    """The first release is live, two triggers run; gives the words that deploy the second."""
    words = second_after_first(sandbox, tmp_path)
    shutil.rmtree(journal(sandbox), ignore_errors=True)
    return words


def somebody(method: str, path: str, body: Any = None) -> dict[str, Any]:
    """At the moment at which the deployment is sent somebody else makes this call."""
    other = {"method": method, "path": path} | ({"body": body} if body is not None else {})
    return {"method": "PUT", "path": DEPLOYMENT, "nth": 1, "action": {"someoneElse": other}}


def finish(folder: Path, text: str) -> None:
    """Do what the run says that a person should do."""
    told = [line.partition("ecluse triggers")[2] for line in text.partition("To put it right")[2].splitlines()]
    commands = [words for words in told if words]
    assert commands, text
    for words in commands:
        ran = ecluse(folder, "triggers", *shlex.split(words))
        assert ran.code == 0, ran.text


# Clocks


@pytest.mark.parametrize("hours", [1, -1, 30, -30])
def test_a_machine_whose_clock_is_wrong_takes_a_dead_run_over_without_waiting(
    sandbox: RunningSandbox,
    running: tuple[Any, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    hours: float,
) -> None:
    killed_after_the_stops(sandbox, running)
    shutil.rmtree(journal(sandbox))
    set_clock(monkeypatch, hours)
    ran = ecluse(tmp_path, *running, "--busy-minutes", "1")
    assert ran.code == 0, ran.text
    assert "did not finish" in ran.text
    assert runs(sandbox) == RAN
    assert "Nothing to do" in ecluse(tmp_path, "triggers", "recover", *to(sandbox.directory)).text


@pytest.mark.parametrize("hours", [1, -1, 30, -30])
def test_a_machine_whose_clock_is_wrong_knows_that_another_run_is_alive(
    sandbox: RunningSandbox,
    running: tuple[Any, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    hours: float,
) -> None:
    sandbox.faults({"method": "PUT", "path": DEPLOYMENT, "action": HELD})
    other = begun(*running, "--journal-folder", tmp_path / "elsewhere")
    try:
        said(other, "Deploy (")
        set_clock(monkeypatch, hours)
        ran = ecluse(tmp_path, *running, "--while-busy", "refuse")
        recovered = ecluse(tmp_path, "triggers", "recover", *to(sandbox.directory))
    finally:
        other.kill()
        other.communicate()
    assert (ran.code, recovered.code) == (3, 3), ran.text + recovered.text
    assert "at work" in ran.text
    assert runs(sandbox) == set(), "nobody has started what the other run holds"


@pytest.mark.parametrize("hours", [2, -2, 30, -30])
def test_a_clock_that_jumps_while_triggers_stand_still_changes_neither_the_journal_nor_how_long_they_did(
    sandbox: RunningSandbox, running: tuple[Any, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: float
) -> None:
    from ecluse.apply import pause  # noqa: PLC0415 - the moment of the jump

    before = pause.before_the_starts

    def jump(run: Any) -> None:
        set_clock(monkeypatch, hours)
        before(run)

    monkeypatch.setattr("ecluse.apply.pause.before_the_starts", jump)
    began = datetime.now(UTC)
    ran = ecluse(tmp_path, *running)
    assert ran.code == 0, ran.text
    assert runs(sandbox) == RAN
    told = [datetime.fromisoformat(each) for each in re.findall(r"restarted at ([^,\s]+),", ran.text)]
    assert len(told) == 2, "the clock on the wall is what people are told"
    assert all(abs(at - began - timedelta(hours=hours)) < timedelta(minutes=10) for at in told)
    paused = re.findall(r"paused for (\S+) (s|min)\b", ran.text)
    assert len(paused) == 4
    assert all(0 <= float(number) < 600 and unit == "s" for number, unit in paused), paused
    assert _written(sandbox).keys() == {"open", "note1", "closed"}
    assert all(abs(at - began) < timedelta(minutes=10) for at in _written(sandbox).values())
    assert "Nothing to do" in ecluse(tmp_path, "triggers", "recover", *to(sandbox.directory)).text


def _written(sandbox: RunningSandbox) -> dict[str, datetime]:
    """When each record of the last run's journal says that it was written."""
    (records,) = sandbox.control("GET", "state")["deployments"].values()
    journals = {name: each["properties"].get("outputs") or {} for name, each in records.items()}
    last = max(name.rpartition("-")[0] for name, outputs in journals.items() if "journal" in outputs)
    return {
        name.rpartition("-")[2]: datetime.fromisoformat(outputs["journal"]["value"]["at"])
        for name, outputs in journals.items()
        if name.startswith(last) and "journal" in outputs
    }


# Journals of others


OTHERS = {
    "another factory": ("adf-test", "adf-other"),
    "another subscription": ("00000000-0000-0000-0000-000000000000", "99999999-0000-0000-0000-000000000000"),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_a_journal_of_another_factory_in_the_folder_is_named_never_believed_and_never_lost(
    sandbox: RunningSandbox, running: tuple[Any, ...], tmp_path: Path, other: tuple[str, str]
) -> None:
    killed_after_the_stops(sandbox, running)
    (path,) = journal(sandbox).glob("*.journal")
    text = path.read_text(encoding="utf-8")
    theirs = path.with_name(re.sub(r"-20(?=\d{6}-)", "-21", path.name))
    theirs.write_text(text.replace(*other), encoding="utf-8")
    for _ in range(2):
        ran = ecluse(tmp_path, *running)
        assert ran.code == 0, ran.text
        assert f"{theirs}:1: it belongs to another factory" in ran.text
        assert other[1] in ran.text
    assert runs(sandbox) == RAN
    assert theirs.read_text(encoding="utf-8") == text.replace(*other)


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_a_journal_of_another_factory_in_the_history_is_named_never_believed_and_never_lost(
    sandbox: RunningSandbox, running: tuple[Any, ...], tmp_path: Path, other: tuple[str, str]
) -> None:
    killed_after_the_stops(sandbox, running)
    shutil.rmtree(journal(sandbox))
    state = sandbox.control("GET", "state")
    (records,) = state["deployments"].values()
    name = max(name for name in records if name.endswith("-open"))
    another = re.sub(r"-20(?=\d{6}-)", "-21", name)
    records[another] = _renamed(records[name], other) | {"name": another}
    sandbox.control("PUT", "state", state)
    for _ in range(2):
        ran = ecluse(tmp_path, *running)
        assert ran.code == 0, ran.text
        assert "it belongs to another factory" in ran.text
        assert other[1] in ran.text
    assert runs(sandbox) == RAN
    assert another in next(iter(sandbox.control("GET", "state")["deployments"].values()))


def _renamed(record: Mapping[str, Any], other: tuple[str, str]) -> dict[str, Any]:
    """The record as the outputs of another factory's run would be."""
    value = record["properties"]["outputs"]["journal"]["value"]
    told = {**value, "factory": value["factory"].replace(*other)}
    outputs = {"journal": {"type": "Object", "value": told}}
    return {**record, "properties": {**record["properties"], "outputs": outputs}}


# What other people do meanwhile


@pytest.mark.parametrize("method", ["arm", "rest"])
def test_a_factory_that_is_deleted_when_its_triggers_stand_still_is_no_success(
    sandbox: RunningSandbox, running: tuple[Any, ...], tmp_path: Path, method: str
) -> None:
    delete = {"method": "DELETE", "path": sandbox.factory_path()}
    sandbox.faults({"method": "POST", "path": "TR_Daily/stop", "when": "after", "action": {"someoneElse": delete}})
    ran = ecluse(tmp_path, *running, "--method", method)
    assert ran.code == 4, ran.text
    assert "--create makes a new one" in ran.text
    again = ecluse(tmp_path, *running, *CREATE)
    assert again.code == 0, again.text
    assert "Nothing to do" in ecluse(tmp_path, "triggers", "recover", *to(sandbox.directory)).text


def test_a_factory_that_is_deleted_before_the_starts_is_no_success(
    sandbox: RunningSandbox, running: tuple[Any, ...], tmp_path: Path
) -> None:
    sandbox.faults(_when_all_is_written("DELETE", sandbox.factory_path()))
    ran = ecluse(tmp_path, *running)
    assert ran.code == 4, ran.text
    assert "--create makes a new one" in ran.text


def _when_all_is_written(method: str, path: str) -> dict[str, Any]:
    """Somebody's call at the first look at the finished deployment."""
    other = {"method": method, "path": path}
    return {"method": "GET", "path": DEPLOYMENT, "when": "after", "nth": 1, "action": {"someoneElse": other}}


def test_a_trigger_that_is_deleted_during_the_run_is_said(
    sandbox: RunningSandbox, running: tuple[Any, ...], tmp_path: Path
) -> None:
    sandbox.faults(_when_all_is_written("DELETE", f"{sandbox.factory_path()}/triggers/TR_Daily"))
    ran = ecluse(tmp_path, *running)
    assert ran.code == 1, ran.text
    assert runs(sandbox) == RAN - {"TR_Daily"}
    assert "trigger.TR_Daily" in ran.text
    assert "deleted or renamed" in ran.text
    assert ecluse(tmp_path, *running).code == 0, "the next run makes it again"


def test_a_trigger_that_is_renamed_during_the_run_is_said_with_what_starts_it(
    sandbox: RunningSandbox, running: tuple[Any, ...], tmp_path: Path
) -> None:
    one = f"{sandbox.factory_path()}/triggers/TR_Daily"
    _, body, _ = sandbox.call("GET", one)
    named = one.replace("TR_Daily", "TR_Nightly")
    sandbox.faults(
        somebody("PUT", named, {"properties": {**body["properties"], "runtimeState": "Stopped"}}),
        _when_all_is_written("DELETE", one),
    )
    ran = ecluse(tmp_path, *running)
    assert ran.code == 1, ran.text
    assert "trigger.TR_Daily" in ran.text
    assert "under its new name" in ran.text


def test_a_trigger_that_is_changed_by_hand_during_the_run_runs_again_and_that_is_said(
    sandbox: RunningSandbox, running: tuple[Any, ...], tmp_path: Path
) -> None:
    one = f"{sandbox.factory_path()}/triggers/TR_Daily"
    _, body, _ = sandbox.call("GET", one)
    changed = {**body["properties"], "description": "by hand", "runtimeState": "Stopped"}
    sandbox.faults(somebody("PUT", one, {"properties": changed}))
    ran = ecluse(tmp_path, *running)
    assert ran.code == 0, ran.text
    assert runs(sandbox) == RAN
    assert sandbox.call("GET", one)[1]["properties"]["description"] == "by hand"
    assert "trigger.TR_Daily  started; somebody has changed it during this run" in ran.text


@pytest.mark.parametrize("method", ["arm", "rest"])
def test_a_lock_that_is_put_on_during_the_run_is_exit_4_with_what_finishes_the_work(
    sandbox: RunningSandbox, running: tuple[Any, ...], tmp_path: Path, method: str
) -> None:
    lock = f"{sandbox.group_path}/providers/Microsoft.Authorization/locks/freeze?api-version=2016-09-01"
    rule = {"method": "POST", "path": "TR_Daily/stop", "when": "after", "nth": 1}
    other = {"method": "PUT", "path": lock, "body": {"properties": {"level": "ReadOnly"}}}
    sandbox.faults({**rule, "action": {"someoneElse": other}})
    ran = ecluse(tmp_path, *running, "--method", method)
    assert ran.code == 4, ran.text
    assert "az lock delete" in ran.text
    assert sandbox.call("DELETE", lock)[0] in (200, 204)
    finish(tmp_path, ran.text)
    assert runs(sandbox) == RAN
    assert ecluse(tmp_path, *running).code == 0
    assert runs(sandbox) == RAN


@pytest.mark.parametrize("path", ["TR_Daily/start", "/start|/subscribe", r"/triggers/TR_[^/]*/(start|subscribe|get)"])
def test_a_right_that_is_lost_after_the_stops_is_exit_4_and_its_commands_finish_the_work(
    sandbox: RunningSandbox, running: tuple[Any, ...], tmp_path: Path, path: str
) -> None:
    sandbox.faults({"method": "POST", "path": path, "action": NO_RIGHT})
    ran = ecluse(tmp_path, *running)
    assert ran.code == 4, ran.text
    assert "Data Factory Contributor" in ran.text
    sandbox.faults()
    finish(tmp_path, ran.text)
    assert runs(sandbox) == RAN
    assert "run" not in ecluse(tmp_path, "triggers", "list", *to(sandbox.directory)).text.partition("Triggers of")[0]
    assert "Nothing to do" in ecluse(tmp_path, "triggers", "recover", *to(sandbox.directory)).text
