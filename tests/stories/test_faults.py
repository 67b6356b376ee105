"""Troubles of a deployment that last, or come by signal from outside; tests/faults has those of a single request.

What ran before and still exists runs afterwards (an event trigger hears its events, too), or the run ends with 4,
names it, and prints a command that works. What did not run stays off.
"""

import io
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ecluse.cli.main import main
from ecluse.cli.world import World
from tests.ecluse_command import command, environment, to
from tests.sandbox_process import RunningSandbox
from tests.stories.template import pipeline, trigger, write

RAN = {"TR_Daily", "TR_Files", "TR_Gone", "TR_Same"}
AFTER = RAN - {"TR_Gone"}
NO_RIGHT = {"error": {"code": "AuthorizationFailed", "message": "no right"}}
NOT_THERE = {"error": {"code": "ResourceNotFound", "message": "not there"}}

DEPLOYMENT = r"/deployments/ecluse-[^/?]*-1"  # the journal's end in a word
READ = "/linkedservices"
POLL = rf"{DEPLOYMENT}\?"


@dataclass(frozen=True)
class Lab:
    """A live first release with running triggers, and the words that deploy the second."""

    azure: RunningSandbox
    folder: Path

    def run(self, *words: Any) -> tuple[int, str]:
        """A command in this process."""
        said = io.StringIO()
        world = World({}, self.folder, io.StringIO(), said, said)
        return main([*map(str, words)], world), said.getvalue()

    @property
    def words(self) -> tuple[Any, ...]:
        return ("--source", self.folder, *to(self.azure.directory), "--delete-not-in-source")

    def deploy(self) -> tuple[int, str]:
        return self.run("deploy", *self.words)

    def firing(self) -> set[str]:
        """The triggers that are Started; an event trigger only when it hears its events."""
        found = set()
        for each in self.azure.call("GET", self._triggers)[1]["value"]:
            events = each["properties"]["type"] == "BlobEventsTrigger"
            heard = not events or self._subscription(each["name"]) == "Enabled"
            if each["properties"]["runtimeState"] == "Started" and heard:
                found.add(each["name"])
        return found

    def there(self) -> set[str]:
        """Those that ran before and still exist."""
        return {each["name"] for each in self.azure.call("GET", self._triggers)[1]["value"]} & RAN

    @property
    def _triggers(self) -> str:
        return f"{self.azure.factory_path()}/triggers"

    def _subscription(self, name: str) -> str:
        path = f"{self._triggers}/{name}/getEventSubscriptionStatus"
        return str(self.azure.call("POST", path)[1]["status"])


@pytest.fixture
def lab(sandbox: RunningSandbox, tmp_path: Path) -> Lab:
    made = Lab(sandbox, tmp_path)
    triggers = [
        trigger("TR_Daily", "P"),
        trigger("TR_Files", "P", kind="BlobEventsTrigger"),
        trigger("TR_Off", "P", state="Stopped"),
        trigger("TR_Same", "P"),
    ]
    write(tmp_path, pipeline("P"), *triggers, trigger("TR_Gone", "P"))
    create = ("--create", "--location", "westeurope")
    assert made.run("deploy", *made.words, *create)[0] == 0
    assert made.run("triggers", "start", *sorted(RAN), *to(sandbox.directory))[0] == 0
    triggers[0]["properties"]["description"] = "new"
    write(tmp_path, pipeline("P", description="new"), *triggers, trigger("TR_New", "P"))
    sandbox.control("DELETE", "calls")
    assert made.firing() == RAN
    return made


def finish(lab: Lab, text: str) -> None:
    """Do what the run says that a person should do."""
    told = [line.partition("ecluse triggers")[2] for line in text.partition("To put it right")[2].splitlines()]
    commands = [rest for rest in told if rest]
    assert commands, text
    for rest in commands:
        code, said = lab.run("triggers", *shlex.split(rest))
        assert code == 0, said


def test_an_event_trigger_whose_stop_fails_half_way_hears_its_events_again(lab: Lab) -> None:
    action = {"status": 403, "body": NO_RIGHT}
    lab.azure.faults({"method": "POST", "path": "TR_Files/stop", "nth": 1, "action": action})
    code, text = lab.deploy()
    assert (code, lab.firing()) == (1, RAN), text


def test_a_trigger_that_stays_deaf_is_exit_4_and_its_command_makes_it_hear_again(lab: Lab) -> None:
    action = {"status": 403, "body": NO_RIGHT}
    lab.azure.faults(
        {"method": "POST", "path": "TR_Files/stop", "action": action},
        {"method": "POST", "path": "TR_Files/subscribe", "action": action},
    )
    code, text = lab.deploy()
    assert (code, lab.firing()) == (4, RAN - {"TR_Files"}), text
    lab.azure.faults()
    finish(lab, text)
    assert lab.firing() == RAN


def test_a_trigger_that_azure_does_not_find_for_a_moment_is_started_all_the_same(lab: Lab) -> None:
    path = r"triggers/TR_Daily\?"
    lab.azure.faults({"method": "GET", "path": path, "nth": 2, "action": {"status": 404, "body": NOT_THERE}})
    code, text = lab.deploy()
    assert (code, lab.firing()) == (0, AFTER), text


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process can answer")
@pytest.mark.parametrize(
    ("path", "numbers"),
    [
        (READ, [signal.SIGINT, signal.SIGINT]),
        (POLL, [signal.SIGINT, signal.SIGINT]),
        (POLL, [signal.SIGTERM]),
        ("TR_Daily/start", [signal.SIGTERM]),
    ],
)
def test_a_signal_at_any_time_leaves_no_trigger_behind(lab: Lab, path: str, numbers: list[int]) -> None:
    lab.azure.faults({"path": path, "nth": 1, "when": "after", "action": {"delaySeconds": 1}})
    words = command("deploy", *lab.words)
    process = subprocess.Popen(
        words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        _until_open(lab, process, path)
        for number in numbers:
            os.kill(process.pid, number)
            time.sleep(0.1)
        text, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in text
    assert process.returncode in (0, 1), text
    assert process.returncode == 0 or "Cancelled" in text or "nothing was written" in text, text
    assert lab.firing() == lab.there(), text


def _until_open(lab: Lab, process: "subprocess.Popen[str]", path: str) -> None:
    """Until the request that takes long is on its way: its neighbours are in the log, or the process is through."""
    neighbour = {READ: "/pipelines", POLL: "/deployments/"}.get(path, "")
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        calls = json.dumps(lab.azure.calls("" if neighbour != "/deployments/" else "PUT", neighbour or "TR_Same/start"))
        if calls != "[]":
            return
        time.sleep(0.02)
