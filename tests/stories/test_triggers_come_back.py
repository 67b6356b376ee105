"""Whatever happens to a deployment, what ran before runs after: the real command against faults on request."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.ecluse_command import command, ecluse, environment, to
from tests.sandbox_process import RunningSandbox
from tests.stories.two_releases import DEPLOYMENT, runs, second_after_first


@pytest.fixture
def running(sandbox: RunningSandbox, tmp_path: Path) -> tuple[Any, ...]:
    """The first release is live, two triggers run; gives the words that deploy the second."""
    return second_after_first(sandbox, tmp_path)


def writes(sandbox: RunningSandbox) -> list[str]:
    """What was written, in order: stops, the deployment, starts."""
    wanted = ("/stop", "/start", "/subscribetoevents", "/unsubscribefromevents")
    found = []
    for call in sandbox.calls():
        path = call["path"].partition("?")[0].casefold()
        if call["method"] == "POST" and path.endswith(wanted):
            found.append(f"{path.rsplit('/', 1)[-1]} {path.split('/')[-2]}")
        elif call["method"] == "PUT" and re.search(DEPLOYMENT, path):
            found.append("deploy")
    return found


def test_a_good_release_stops_and_restarts_exactly_what_ran(sandbox: RunningSandbox, running: tuple[Any, ...]) -> None:
    ran = ecluse(*running)
    assert ran.code == 0, ran.text
    assert runs(sandbox) == {"TR_Daily", "TR_Files"}
    done = writes(sandbox)
    before, after = done[: done.index("deploy")], done[done.index("deploy") + 1 :]
    assert sorted(before) == ["stop tr_daily", "stop tr_files", "unsubscribefromevents tr_files"]
    assert sorted(after) == ["start tr_daily", "start tr_files", "subscribetoevents tr_files"]
    assert ran.text.count("SANDBOX") == 2


NO_RIGHT = {"error": {"code": "AuthorizationFailed", "message": "no right"}}
BROKEN = {"error": {"code": "BadRequest", "message": "no", "target": "P", "details": None}}

FAILURES: dict[str, dict[str, Any]] = {
    "a resource of the deployment fails": {
        "method": "DEPLOY",
        "path": "pipelines/P",
        "action": {"status": 400, "body": BROKEN},
    },
    "the deployment is refused": {
        "method": "PUT",
        "path": DEPLOYMENT,
        "action": {"status": 403, "body": NO_RIGHT},
    },
    "a stop is refused": {
        "method": "POST",
        "path": "TR_Daily/stop",
        "action": {"status": 403, "body": NO_RIGHT},
    },
    "polling is lost": {
        "method": "GET",
        "path": DEPLOYMENT,
        "nth": 1,
        "action": {"status": 403, "body": NO_RIGHT},
    },
}


@pytest.mark.parametrize("fault", FAILURES.values(), ids=FAILURES.keys())
def test_after_a_failure_what_ran_runs_again(
    sandbox: RunningSandbox, running: tuple[Any, ...], fault: dict[str, Any]
) -> None:
    sandbox.faults(fault)
    ran = ecluse(*running)
    assert ran.code == 1, ran.text
    assert runs(sandbox) == {"TR_Daily", "TR_Files"}
    sandbox.faults()
    assert ecluse(*running).code == 0


def test_a_trigger_that_can_not_be_started_again_is_exit_4_with_the_command(
    sandbox: RunningSandbox, running: tuple[Any, ...]
) -> None:
    sandbox.faults({"method": "POST", "path": "TR_Daily/start", "action": {"status": 403, "body": NO_RIGHT}})
    ran = ecluse(*running)
    assert ran.code == 4, ran.text
    assert runs(sandbox) == {"TR_Files"}
    assert "ecluse triggers start" in ran.text
    assert "TR_Daily" in ran.text.partition("ecluse triggers start")[2]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process can answer")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_arm_writes_cancels_the_deployment_and_restarts(
    sandbox: RunningSandbox, running: tuple[Any, ...], number: int
) -> None:
    sandbox.settings(stepDelaySeconds=10)
    process = subprocess.Popen(
        command(*running), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        _until(lambda: any(re.search(DEPLOYMENT, each["path"]) for each in sandbox.calls("PUT", "/deployments/")))
        process.send_signal(number)
        text, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 1, text
    assert runs(sandbox) == {"TR_Daily", "TR_Files"}, text
    assert sandbox.calls("POST", "/cancel") != []


def _until(done: Any) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_event_trigger_that_lost_its_subscription_is_named_everywhere_and_the_command_that_is_told_mends_it(
    sandbox: RunningSandbox, running: tuple[Any, ...]
) -> None:
    one = f"{sandbox.factory_path()}/triggers/TR_Files"
    assert sandbox.call("POST", f"{one}/unsubscribeFromEvents")[0] in (200, 202)
    listed = ecluse("triggers", "list", *to(sandbox.directory))
    planned = ecluse("plan", *running[1:])
    for ran in (listed, planned):
        assert "trigger.TR_Files runs and may hear nothing" in ran.text, ran.text
        assert 'ecluse triggers start "TR_Files"' in ran.text
    mended = ecluse("triggers", "start", "TR_Files", *to(sandbox.directory))
    assert mended.code == 0, mended.text
    assert sandbox.call("POST", f"{one}/getEventSubscriptionStatus")[1]["status"] == "Enabled"
    assert "may hear nothing" not in ecluse("triggers", "list", *to(sandbox.directory)).text
