"""A repository that was written for another tool is deployed as it is, also from that tool's inputs."""

import re
from pathlib import Path
from typing import Any

import pytest

from ecluse.options import OPTIONS
from ecluse.options.inputs import from_inputs
from tests.ecluse_command import ROOT, Ran, ecluse, to
from tests.sandbox_process import GROUP, RunningSandbox

SAMPLE = ROOT / "samples" / "coming-from"
FILTER = SAMPLE / "deployment" / "filter-uat.txt"
VARIABLES = {"LAKE_ACCOUNT": "stordersuat", "SQL_SERVER": "sql-orders-uat.database.windows.net"}
STEP = {
    "azureSubscription": "sc-contoso",
    "ResourceGroupName": GROUP,
    "DataFactoryName": "adf-test",
    "DataFactoryCodePath": str(SAMPLE),
    "Location": "westeurope",
    "StageType": "Stage",
    "StageCode": "uat",
    "DeleteNotInSource": "false",
    "StopStartTriggers": "true",
    "CreateNewInstance": "true",
    "FilteringType": "FilePath",
    "FilterTextFile": str(FILTER),
    "PublishMethod": "AzResource",
    "DoNotStopStartExcludedTriggers": "false",
    "DoNotDeleteExcludedObjects": "true",
    "IgnoreLackOfReferencedObject": "false",
    "TriggerStopMethod": "AllEnabled",
    "TriggerStartMethod": "BasedOnSourceCode",
    "IncrementalDeployment": "false",
    "IsDryRun": "false",
}


def typed(sandbox: Path) -> tuple[Any, ...]:
    """The words of a person who wants the same as the step."""
    words = ("--source", SAMPLE, "--stage", "uat", "--filter-file", FILTER, "--trigger-start", "source")
    return (*words, "--create", "--location", "westeurope", *to(sandbox), "--fill-missing-secrets")


def stepped(sandbox: Path) -> tuple[Any, ...]:
    """What the other tool's inputs come to, as words of the command line."""
    words: list[Any] = []
    for name, value in from_inputs(STEP).options.items():
        row = OPTIONS[name]
        if row.default is False:
            words += [row.flag] if value == "true" else []
        else:
            meant = {theirs: ours for alias in row.aliases for theirs, ours in alias.synonyms.items()}
            words += [row.flag, meant.get(str(value), value)]
    return (*words, "--sandbox", sandbox, "--fill-missing-secrets")


def run(command: str, words: tuple[Any, ...], folder: Path, *more: str) -> Ran:
    return ecluse(command, *words, *more, cwd=folder, **VARIABLES)


@pytest.mark.parametrize("words", [typed, stepped])
def test_a_repository_of_another_tool_is_deployed_as_it_is_and_then_planned_without_a_change(
    words: Any, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    first = run("deploy", words(sandbox.directory), tmp_path, "--yes")
    assert first.code == 0, first.text
    assert "excluded by rule -pipeline.PL_Scratch*" in first.text
    again = run("plan", words(sandbox.directory), tmp_path, "--detailed-exitcode")
    assert again.code == 0, again.text
    assert re.search(r"Plan: 0 to create, 0 to update, 0 to delete, 0 to resend, 8 unchanged, 2 excluded", again.text)

    def live(kind: str, name: str) -> Any:
        return sandbox.call("GET", f"{sandbox.factory_path()}/{kind}/{name}")[1]["properties"]

    assert live("linkedservices", "LS_Lake")["typeProperties"]["url"] == "https://stordersuat.dfs.core.windows.net"
    warehouse = live("linkedservices", "LS_Warehouse")
    assert "password" not in warehouse["typeProperties"]
    assert warehouse["typeProperties"]["authenticationType"] == "SystemAssignedManagedIdentity"
    assert warehouse["annotations"] == ["uat"]
    pipeline = live("pipelines", "PL_Copy_Orders")
    assert pipeline["activities"][0]["typeProperties"]["waitTimeInSeconds"] == 30
    assert pipeline["parameters"]["since"]["defaultValue"] == "2025-01-01T00:00:00"
    trigger = live("triggers", "TR_Daily")
    assert trigger["runtimeState"] == "Started"
    assert trigger["typeProperties"]["recurrence"]["schedule"] == {"minutes": [30], "hours": [4]}
    factory = sandbox.call("GET", sandbox.factory_path())[1]["properties"]["globalParameters"]
    assert (factory["environment"]["value"], factory["retentionDays"]["value"]) == ("uat", 30)


def test_a_variable_that_is_not_set_is_refused_not_emptied(sandbox: RunningSandbox, tmp_path: Path) -> None:
    ran = ecluse("deploy", *typed(sandbox.directory), "--yes", cwd=tmp_path, LAKE_ACCOUNT="stordersuat")
    assert ran.code == 3, ran.text
    assert "SQL_SERVER" in ran.text
    assert "config-uat.csv:8" in ran.text
    assert sandbox.call("GET", sandbox.factory_path())[0] == 404
