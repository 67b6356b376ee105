"""The sample pipelines are right: by Microsoft's schema, and by our manifests."""

import json
from pathlib import Path

import pytest

from tests.contract.house.tracked import ROOT
from tests.task.docs_page import TASKS, manifest
from tests.task.pipeline_schema import errors, steps

FOLDER = ROOT / "samples" / "pipelines"
FILES = sorted([*FOLDER.glob("**/*.yml"), ROOT / "azure-pipelines.yml"])

STAGE_BEFORE = 2  # ConditionType.environmentState of the release API

GOOD = """
steps:
  - task: AdfTriggers@1
    inputs: { command: list, azureSubscription: a, resourceGroupName: r, dataFactoryName: f }
"""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_a_pipeline_is_right_by_microsofts_schema_and_our_manifests(file: Path) -> None:
    assert errors(file.read_text(encoding="utf-8")) == []


def test_every_sample_runs_a_task_of_ours() -> None:
    alone = [file.name for file in FILES if FOLDER in file.parents and not list(steps(file))]
    assert alone == ["dev-uat-prod.yml"]  # its template does


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("command: list", "command: lost"),
        ("dataFactoryName: f", "factoryName: f"),
        (", dataFactoryName: f", ""),
        ("AdfTriggers@1", "AdfTriggers"),
        ("steps:", "stops:"),
        ("    inputs:", "    input:"),
    ],
)
def test_the_check_finds_what_is_wrong(right: str, wrong: str) -> None:
    assert errors(GOOD) == []
    assert errors(GOOD.replace(right, wrong)) != []


def test_the_classic_release_names_our_tasks_and_inputs() -> None:
    release = json.loads((FOLDER / "classic-release.json").read_text(encoding="utf-8"))
    tasks = {made["id"]: {row["name"] for row in made["inputs"]} for made in map(manifest, TASKS)}
    must = {made["id"]: {row["name"] for row in made["inputs"] if row["required"]} for made in map(manifest, TASKS)}
    used = [
        each for stage in release["environments"] for phase in stage["deployPhases"] for each in phase["workflowTasks"]
    ]
    assert {each["taskId"] for each in used} == set(tasks)
    for each in used:
        assert must[each["taskId"]] <= set(each["inputs"]) <= tasks[each["taskId"]]


def test_the_classic_release_goes_from_stage_to_stage_as_it_says() -> None:
    release = json.loads((FOLDER / "classic-release.json").read_text(encoding="utf-8"))
    after = {
        stage["name"]: [each["name"] for each in stage["conditions"] if each["conditionType"] == STAGE_BEFORE]
        for stage in release["environments"]
    }
    assert "UAT, then production" in release["description"]
    assert after == {"UAT": [], "Production": ["UAT"]}


def test_the_page_of_the_samples_names_every_file_and_every_field_by_its_label() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    for file in FOLDER.rglob("*.*"):
        assert file.relative_to(FOLDER).as_posix() in page or file.name == "README.md"
    labels = {row["label"] for row in manifest("AdfDeploy")["inputs"]}
    fields = {"Environment Variables", "Control options", "Timeout", "The job's timeout for cancelled jobs"}
    table = page.partition("| field |")[2].partition("\n\n")[0].splitlines()[2:]
    named = {name for line in table for name in line.split("|")[1].strip().split(", ")}
    assert named - fields <= labels
