"""`show`, `reset` and `seed`: what can be done with a directory while no server holds it."""

import json
from pathlib import Path
from typing import Any

import pytest

from ecluse_sandbox import store
from ecluse_sandbox.__main__ import main
from tests.contract.sandbox.sandbox_bodies import resource, template
from tests.ecluse_command import ecluse, to
from tests.sandbox_process import running

SAMPLE = Path(__file__).resolve().parents[3] / "samples" / "contoso-sales"
SHOWN = """\
subscription 00000000-0000-0000-0000-000000000000
  resource group rg-test (westeurope)
factory adf-test in rg-test (westeurope)
  dataflows: 1
  datasets: 3
  integrationruntimes: 1
  linkedservices: 4
  pipelines: 4
  triggers: 3
    TR_Orders_Arrived: Started, BlobEventsTrigger
    TR_Hourly_Window: Started, TumblingWindowTrigger
    TR_Daily: Started, ScheduleTrigger
deployments in rg-test: none
"""


def seed(directory: Path, source: Path, *words: str) -> int:
    return main(["seed", str(directory), "--source", str(source), "--resource-group", "rg-test", *words])


def written(folder: Path, content: Any) -> Path:
    path = folder / "given.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_template_seeds_a_factory_whose_triggers_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert seed(tmp_path, SAMPLE, "--factory", "adf-test") == 0
    assert capsys.readouterr().out == SHOWN

    assert main(["show", str(tmp_path)]) == 0
    assert capsys.readouterr().out == SHOWN
    with running(tmp_path) as azure:
        path = f"{azure.factory_path()}/triggers/TR_Orders_Arrived/getEventSubscriptionStatus"
        assert azure.call("POST", path)[1]["status"] == "Enabled"


def test_a_reset_empties_the_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed(tmp_path, SAMPLE)
    seed(tmp_path, SAMPLE, "--factory", "adf-second")
    capsys.readouterr()

    assert main(["reset", str(tmp_path)]) == 0

    assert [path.name for path in tmp_path.iterdir()] == ["sandbox.lock"]
    assert main(["show", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path} is empty\n"


def test_a_seed_beside_another_leaves_it_alone(tmp_path: Path) -> None:
    for name in ("adf-one", "adf-two"):
        assert seed(tmp_path, SAMPLE, "--factory", name) == 0

    document = store.load(tmp_path)
    assert document
    assert len(document["factories"]) == 2


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("{", "is no JSON"),
        ("[]", "is no template and no recording"),
        ({"interactions": []}, "the recording holds no read of a factory"),
        ({"interactions": [{}]}, "the recording is broken"),
        ({}, "the template names no factory"),
        (
            template(resource("pipelines", "P", x={"referenceName": "None", "type": "DatasetReference"})),
            "invalid refer",
        ),
        (template(resource("pipelines", "P", ("pipelines/None",))), "is not defined in the template"),
    ],
)
def test_what_can_not_be_a_seed_is_told_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: Any, text: str
) -> None:
    directory = tmp_path / "state"
    seed(directory, SAMPLE)
    before = (directory / "state.json").read_bytes()
    capsys.readouterr()

    assert seed(directory, written(tmp_path, content)) == 1

    told = capsys.readouterr().err
    assert told.startswith("sandbox: ")
    assert text in told
    assert told.count("\n") == 1
    assert (directory / "state.json").read_bytes() == before


def branch(folder: Path) -> Path:
    """A collaboration branch: folders in another case, a reference, a text in brackets, a backup copy, an endpoint."""
    pipelines = {"referenceName": "PL_One", "type": "PipelineReference"}
    wait = {"name": "[wait]", "type": "Wait", "typeProperties": {"waitTimeInSeconds": 1}}
    files = {
        "factory/adf-dev.json": {
            "name": "adf-dev",
            "properties": {"globalParameters": {"stage": {"type": "String", "value": "[dev]"}}},
        },
        "Pipeline/PL_One.json": {"name": "PL_One", "properties": {"activities": [wait]}},
        "pipeline/~PL_One.json": {"name": "PL_One", "properties": {"activities": []}},
        "trigger/TR_A.json": {
            "name": "TR_A",
            "properties": {
                "type": "ScheduleTrigger",
                "runtimeState": "Started",
                "pipelines": [{"pipelineReference": pipelines}],
                "typeProperties": {"recurrence": {"frequency": "Day", "interval": 1}},
            },
        },
        "managedVirtualNetwork/default.json": {"name": "default", "properties": {}},
        "managedVirtualNetwork/default/managedPrivateEndpoint/mpe.json": {
            "name": "mpe",
            "properties": {"privateLinkResourceId": "/subscriptions/s/x", "groupId": "blob"},
        },
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_a_folder_of_objects_seeds_a_factory(tmp_path: Path) -> None:
    assert seed(tmp_path / "state", branch(tmp_path / "branch"), "--factory", "adf-test") == 0
    with running(tmp_path / "state") as azure:
        _, pipeline, _ = azure.call("GET", f"{azure.factory_path()}/pipelines/PL_One")
        _, trigger, _ = azure.call("GET", f"{azure.factory_path()}/triggers/TR_A")
        _, values, _ = azure.call("GET", f"{azure.factory_path()}/globalParameters/default")
        endpoints = f"{azure.factory_path()}/managedVirtualNetworks/default/managedPrivateEndpoints/mpe"
        status, _, _ = azure.call("GET", endpoints)
    assert [each["name"] for each in pipeline["properties"]["activities"]] == ["[wait]"]
    assert trigger["properties"]["runtimeState"] == "Started"
    assert values["properties"]["stage"]["value"] == "[dev]"
    assert status == 200


def test_a_file_of_a_folder_that_is_no_object_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = branch(tmp_path / "branch")
    (source / "trigger" / "broken.json").write_text("{")
    assert seed(tmp_path / "state", source, "--factory", "adf-test") == 1
    assert "broken.json is no JSON" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["reset", "seed"])
def test_a_directory_that_a_server_holds_is_left_alone(tmp_path: Path, what: str) -> None:
    words = ["--source", str(SAMPLE)] if what == "seed" else []
    with running(tmp_path):
        assert main([what, str(tmp_path), *words]) == 5
        assert main(["show", str(tmp_path)]) == 0


def test_a_broken_state_is_told_with_its_file_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "state.json").write_text("{")

    assert main(["show", str(tmp_path)]) == 1

    assert capsys.readouterr().err.startswith(f"sandbox: {tmp_path / 'state.json'} is broken: ")


def test_the_command_line_of_ecluse_does_the_same(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    place = ("--resource-group", "rg-test", "--factory", "adf-test")

    seeded = ecluse("sandbox", "seed", directory, "--source", SAMPLE, *place)
    shown = ecluse("sandbox", "show", directory)
    # No pairs for the judge: what a seed holds was never sent, so nothing says how its caller spelled it.
    planned = ecluse("plan", "--source", SAMPLE, "--fill-missing-secrets", *to(directory), SANDBOX_RECORD_PAIRS="")
    emptied = ecluse("sandbox", "reset", directory)

    assert [ran.code for ran in (seeded, shown, planned, emptied)] == [0, 0, 0, 0], seeded.text + planned.text
    assert SHOWN in shown.out
    assert not (directory / "state.json").exists()
