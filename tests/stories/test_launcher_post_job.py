"""The end of the job: what a step that was cut off has left is put right, and nothing is said when that is nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.agent_process import Heard, Running, engine, first_line, ran
from tests.sandbox_process import RunningSandbox
from tests.stories.two_releases import RAN, runs, second_after_first

SECOND = {"source": "two"}
NO_RIGHT = {"error": {"code": "AuthorizationFailed", "message": "no right"}}


@pytest.fixture
def live(sandbox: RunningSandbox, tmp_path: Path) -> RunningSandbox:
    """The first release is live, two triggers run; the second waits in the folder `two`."""
    second_after_first(sandbox, tmp_path)
    return sandbox


def state_of(running: Running) -> Any:
    return running.until(lambda event: event["event"] == "state")["state"]


def post_job(azure: RunningSandbox, folder: Path, state: Any) -> Heard:
    return ran(first_line(azure, folder, "post-job", state=state) | {"options": {}}, home=folder)


def silent(heard: Heard) -> bool:
    """Whether a launcher has nothing to show."""
    return [each["event"] for each in heard.events] == ["started", "done"] and heard.log + heard.err == ""


@pytest.mark.parametrize("section", ["Stop triggers", "Deploy", "Start triggers"])
def test_after_a_kill_the_end_of_the_job_brings_the_triggers_back(
    live: RunningSandbox, tmp_path: Path, section: str
) -> None:
    live.settings(stepDelaySeconds=2)
    if section == "Start triggers":
        live.settings(stepDelaySeconds=0)
        live.faults({"method": "POST", "path": "/start", "action": {"delaySeconds": 5}})
    with engine(first_line(live, tmp_path, "deploy", options=SECOND), home=tmp_path) as running:
        state = state_of(running)
        running.until_section(section)
        running.process.kill()
        running.heard()
    live.faults()
    heard = post_job(live, tmp_path, state)
    assert (heard.code, heard.done["result"]) == (0, "SucceededWithIssues"), heard
    assert runs(live) == RAN
    assert "did not finish" in str(heard.of("issue"))
    _, body, _ = live.call("GET", f"{live.group_path}/providers/Microsoft.Resources/deployments", version="2024-07-01")
    assert [each["name"] for each in body["value"] if each["properties"]["provisioningState"] == "Running"] == []
    assert silent(post_job(live, tmp_path, state)), "the second time there is nothing to do"


def test_the_end_of_the_job_waits_for_an_engine_that_outlives_its_launcher(
    live: RunningSandbox, tmp_path: Path
) -> None:
    live.settings(stepDelaySeconds=10)
    live.faults({"method": "POST", "path": "/start", "action": {"delaySeconds": 2}})
    with engine(first_line(live, tmp_path, "deploy", options=SECOND), home=tmp_path) as running:
        state = state_of(running)
        running.until_section("Deploy")
        running.leave()
        heard = post_job(live, tmp_path, state)
        assert running.process.poll() is not None, "it came after the other one's end"
        assert running.heard().done["message"] == "Cancelled; every trigger is as it should be"
    assert heard.code == 0, heard
    assert "still at work: waiting for its end" in heard.log
    assert heard.of("issue") == []
    assert runs(live) == RAN


def test_the_end_of_the_job_is_silent_when_nothing_was_left(live: RunningSandbox, tmp_path: Path) -> None:
    with engine(first_line(live, tmp_path, "deploy", options=SECOND), home=tmp_path) as running:
        state = state_of(running)
        assert running.heard().code == 0
    assert silent(post_job(live, tmp_path, state))
    assert silent(post_job(live, tmp_path, None))


def test_a_trigger_that_would_not_start_gets_another_chance(live: RunningSandbox, tmp_path: Path) -> None:
    live.faults({"method": "POST", "path": "TR_Daily/start", "action": {"status": 403, "body": NO_RIGHT}})
    with engine(first_line(live, tmp_path, "deploy", options=SECOND), home=tmp_path) as running:
        state = state_of(running)
        heard = running.heard()
    assert (heard.code, heard.done["result"], heard.outputs["triggersLeftStopped"]) == (4, "Failed", "1"), heard
    assert "TR_Daily should be Started" in str(heard.of("issue"))
    live.faults()
    assert post_job(live, tmp_path, state).code == 0
    assert runs(live) == RAN


def test_the_kept_state_holds_no_secret(live: RunningSandbox, tmp_path: Path) -> None:
    variables = {"SQL_PASSWORD": "canary-of-a-variable"}
    line = first_line(live, tmp_path, "deploy", options=SECOND, variables=variables)
    with engine(line, home=tmp_path) as running:
        kept = json.dumps(state_of(running))
        running.heard()
    assert {"canary" in kept, live.info["clientSecret"] in kept} == {False}
    assert set(json.loads(kept)) == {"version", "folder", "target"}


def test_a_plan_keeps_no_state(live: RunningSandbox, tmp_path: Path) -> None:
    assert ran(first_line(live, tmp_path, "plan", options=SECOND), home=tmp_path).of("state") == []


def test_a_state_of_another_kind_is_refused(live: RunningSandbox, tmp_path: Path) -> None:
    heard = post_job(live, tmp_path, {"run": "r1"})
    assert (heard.code, heard.done["result"]) == (3, "Failed")
