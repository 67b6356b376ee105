"""The engine as the launcher of the pipeline tasks knows it: one line in, events out, and whatever happens, an end."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.agent_process import NONCE, engine, first_line, ran
from tests.sandbox_process import GROUP, RunningSandbox
from tests.stories.template import pipeline, resource, write
from tests.stories.two_releases import DEPLOYMENT, RAN, runs, second_after_first

SECOND = {"source": "two"}


@pytest.fixture
def live(sandbox: RunningSandbox, tmp_path: Path) -> RunningSandbox:
    """The first release is live, two triggers run; the second waits in the folder `two`."""
    second_after_first(sandbox, tmp_path)
    return sandbox


def test_a_plan_is_told_by_events_and_plain_lines(live: RunningSandbox, tmp_path: Path) -> None:
    heard = ran(first_line(live, tmp_path, "plan", options=SECOND), home=tmp_path)
    assert (heard.code, heard.done["exitCode"], heard.done["result"]) == (0, 0, "Succeeded"), heard
    assert heard.events[0]["event"] == "started"
    assert "Plan: 0 to create, 1 to update" in heard.log
    assert {"title": "Plan"}.items() <= heard.of("section")[-1].items()
    assert {"updated": "1", "created": "0", "planHasChanges": "true"}.items() <= heard.outputs.items()


def test_a_deployment_stops_deploys_and_restarts(live: RunningSandbox, tmp_path: Path) -> None:
    heard = ran(first_line(live, tmp_path, "deploy", options=SECOND), home=tmp_path)
    assert (heard.code, heard.done["message"]) == (0, "Done"), heard
    assert runs(live) == RAN
    assert heard.outputs["updated"] == "1"
    assert heard.outputs["triggersRestarted"] == "2"
    percents = [each["percent"] for each in heard.of("progress")]
    assert percents == sorted(percents)
    assert percents
    again = ran(first_line(live, tmp_path, "deploy", options=SECOND), home=tmp_path)
    assert again.outputs["planHasChanges"] == "false"


def test_inputs_are_taken_by_whichever_name_and_a_dry_run_is_a_plan(live: RunningSandbox, tmp_path: Path) -> None:
    inputs = {
        "DataFactoryName": "adf-test",
        "resourceGroupName": GROUP,
        "DataFactoryCodePath": "two",
        "triggerStop": "DeployableOnly",
        "IsDryRun": "true",
    }
    heard = ran(first_line(live, tmp_path, "deploy", inputs=inputs) | {"options": {}}, home=tmp_path)
    assert (heard.code, heard.outputs["planHasChanges"]) == (0, "true"), heard
    assert "triggerStop            changed  (input)" in heard.log
    assert [each for each in live.calls("PUT") if "validate" not in each["path"]] == []


def test_a_secret_parameter_may_be_an_input_since_no_process_list_shows_it(
    live: RunningSandbox, tmp_path: Path
) -> None:
    password = {"type": "SecureString", "value": "[parameters('LS_password')]"}
    service = resource("linkedService.LS", {"type": "SqlServer", "typeProperties": {"password": password}})
    write(tmp_path / "two", service, parameters={"LS_password": {"type": "secureString"}})
    inputs = {"csmFile": "two", "overrideParameters": '-LS_password "canary of-an input"'}
    heard = ran(first_line(live, tmp_path, "deploy", inputs=inputs), home=tmp_path)
    assert (heard.code, heard.outputs["created"]) == (0, "1"), heard
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "job").iterdir())
    assert "canary" not in heard.everything + written


def test_the_file_of_the_command_line_is_not_read(live: RunningSandbox, tmp_path: Path) -> None:
    (tmp_path / "ecluse.toml").write_text('factory = "adf-of-somebody"', encoding="utf-8")
    heard = ran(first_line(live, tmp_path, "plan", options=SECOND), home=tmp_path)
    assert heard.code == 0, heard
    assert "ecluse.toml is for the command line" in heard.log
    assert "adf-of-somebody" not in heard.everything


def test_no_secret_of_the_connection_or_of_a_variable_leaves_the_process(live: RunningSandbox, tmp_path: Path) -> None:
    write(tmp_path / "two", pipeline("P", description="$(hidden)"))
    line = first_line(
        live,
        tmp_path,
        "plan",
        options=SECOND,
        variables={"hidden": "canary-of-a-variable", "OTHER_PASSWORD": "canary-by-its-name"},
        secretVariables=["Hidden"],
    )
    heard = ran(line, home=tmp_path)
    assert heard.code == 0, heard
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "job").iterdir())
    for secret in (live.info["clientSecret"], "canary"):
        assert secret not in heard.everything + written


@pytest.mark.parametrize("how", ["cancel", "leave", "SIGINT", "SIGTERM"])
def test_a_cancel_while_arm_writes_cancels_the_deployment_and_restarts(
    live: RunningSandbox, tmp_path: Path, how: str
) -> None:
    if how.startswith("SIG") and sys.platform == "win32":
        pytest.skip("Windows has no signal that a process without a console can answer")
    live.settings(stepDelaySeconds=10)
    with engine(first_line(live, tmp_path, "deploy", options=SECOND), home=tmp_path) as running:
        running.until_section("Deploy")
        if how == "cancel":
            running.tell({"cancel": True})
        elif how == "leave":
            running.leave()
        else:
            running.process.send_signal(getattr(signal, how))
        heard = running.heard()
    assert heard.code == 1, heard
    assert heard.done["message"] == "Cancelled; every trigger is as it should be"
    assert runs(live) == RAN
    assert live.calls("POST", "/cancel") != []
    assert [each for each in live.calls("PUT") if re.search(DEPLOYMENT, each["path"])] != []


def test_a_cancel_before_the_first_write_ends_the_run_and_nothing_is_written(
    live: RunningSandbox, tmp_path: Path
) -> None:
    live.faults({"method": "GET", "path": "/triggers", "action": {"delaySeconds": 2}})
    with engine(first_line(live, tmp_path, "deploy", options=SECOND), home=tmp_path) as running:
        running.until_section("Inputs")
        running.tell({"cancel": True})
        heard = running.heard()
    assert (heard.code, heard.done["message"]) == (1, "Cancelled, nothing was written"), heard
    assert live.calls("PUT") == []


MACHINE = {"scheme": "ManagedServiceIdentity", "subscription": "s"}
REFUSED_NAMES = ("P ##vso[task.setvariable variable=x]y", "P %0A##vso[task.complete]", "P <b>", f"@@{NONCE} x")
TAKEN_NAME = 'P "; ] [a](b) | `x'
HOSTILE = "\n##vso[task.complete result=Succeeded]\r\n@@" + NONCE + ' {"event":"done"}\n'


@pytest.mark.parametrize("case", ["taken", "refused", "row"])
def test_hostile_names_and_texts_are_texts_wherever_they_turn_up(
    live: RunningSandbox, tmp_path: Path, case: str
) -> None:
    names = REFUSED_NAMES if case == "refused" else (TAKEN_NAME,)
    write(tmp_path / "two", *(pipeline(name, description=HOSTILE) for name in (*names, "P")))
    rows = tmp_path / "rows.csv"
    rows.write_text(f'type,name,path,value\npipeline,"{REFUSED_NAMES[0]}",x,1\n', encoding="utf-8")
    more = {"config": [str(rows)]} if case == "row" else {}
    heard = ran(first_line(live, tmp_path, "deploy", options=SECOND | more), home=tmp_path)
    assert heard.code == (0 if case == "taken" else 3), heard
    assert "##vso[" not in heard.everything
    assert [line for line in heard.log.splitlines() if line.startswith(("@@", "::", "##"))] == []
    assert [each["event"] for each in heard.events].count("done") == 1
    page = Path(heard.of("summary")[0]["path"]).read_text(encoding="utf-8")
    assert [part for part in ("##vso[", "<b>", "](b)") if part in page] == []
    assert [each for each in heard.of("issue") if "\n" in each["message"]] == []


def test_a_run_leaves_a_summary_and_a_document(live: RunningSandbox, tmp_path: Path) -> None:
    line = first_line(live, tmp_path, "deploy", options=SECOND | {"report": ["markdown=out/page.md"]})
    heard = ran(line, home=tmp_path)
    (summary,) = heard.of("summary")
    assert summary["title"] == "Data Factory deployment of adf-test"
    page = Path(summary["path"]).read_text(encoding="utf-8")
    assert page.startswith("**Done**")
    assert "TR\\_Files** stopped at " in page
    assert heard.outputs["reportPath"] == summary["path"]
    (attached,) = heard.of("attachment")
    tree = json.loads(Path(attached["path"]).read_text(encoding="utf-8"))
    assert (attached["type"], tree["values"]["updated"]) == ("ecluse-plan", "1")
    assert (tmp_path / "out" / "page.md").read_text(encoding="utf-8") == page


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "another protocol": ({"protocol": 2}, "protocol"),
    "another command": ({"command": "destroy"}, "is no command"),
    "an option that is no input": ({"options": {"sandbox": "x"}}, "is no input of the task"),
    "an option that nobody knows": ({"options": {"colour": "x"}}, "is no input of the task"),
    "no source": ({}, "is required by deploy"),
    "no connection": ({"options": SECOND, "connection": {}}, "service connection"),
    "a connection by http": ({"options": SECOND, "connection": {**MACHINE, "armEndpoint": "http://a"}}, "https://"),
    "no CA file": ({"options": SECOND, "caFile": "none.pem"}, "there is no file"),
}


@pytest.mark.parametrize(("changes", "told"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_can_not_be_done_is_refused_as_an_issue(
    live: RunningSandbox, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    options = {"options": changes["options"]} if "options" in changes else {}
    line = first_line(live, tmp_path, "deploy", **options) | {k: v for k, v in changes.items() if k != "options"}
    heard = ran(line, home=tmp_path)
    assert (heard.code, heard.done["exitCode"], heard.done["result"]) == (3, 3, "Failed"), heard
    assert told in str([each for each in heard.of("issue") if each["severity"] == "error"])


@pytest.mark.parametrize("line", ["", "no json", "[]", '{"nonce":"not a word"}'])
def test_without_a_first_line_there_is_nothing_to_do(tmp_path: Path, line: str) -> None:
    words = [sys.executable, "-m", "ecluse.agent"]
    done = subprocess.run(words, input=line, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert "started by the launcher" in done.stderr
