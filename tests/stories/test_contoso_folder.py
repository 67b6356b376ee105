"""The sample in both forms, the collaboration branch's folders and the template published of them, is one factory."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ecluse_command import ROOT, to
from tests.sandbox_process import RunningSandbox
from tests.stories.in_process import ecluse

TEMPLATE, FOLDER = ROOT / "samples" / "contoso-sales", ROOT / "samples" / "contoso-sales-folder"
STAGES = sorted(path.stem.removeprefix("config-") for path in (TEMPLATE / "deployment").glob("config-*.csv"))


def as_folder(_: Path) -> tuple[Any, ...]:
    return ("--source", FOLDER, "--config-folder", TEMPLATE / "deployment")


def as_template(work: Path) -> tuple[Any, ...]:
    """The template, given the connection string that the folder has."""
    service = json.loads((FOLDER / "linkedService" / "LS_Orders_OnPrem.json").read_text(encoding="utf-8"))
    (work / "orders.txt").write_text(service["properties"]["typeProperties"]["connectionString"], encoding="utf-8")
    return ("--source", TEMPLATE, "--set", "LS_Orders_OnPrem_connectionString=@file:orders.txt")


FOLDER_FIRST, TEMPLATE_FIRST = (as_folder, as_template), (as_template, as_folder)


@pytest.fixture(autouse=True)
def _subscription(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTOSO_SUBSCRIPTION", "00000000-0000-0000-0000-000000000000")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("forms", [FOLDER_FIRST, TEMPLATE_FIRST], ids=["folder first", "template first"])
def test_what_was_deployed_of_one_form_is_no_change_in_the_other(
    forms: tuple[Callable[[Path], tuple[Any, ...]], ...], stage: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    first, then = forms
    words = (*to(sandbox.directory), "--stage", stage, "--fill-missing-secrets")
    deployed = ecluse(tmp_path, "deploy", *first(tmp_path), *words, "--create", "--location", "westeurope", "--yes")
    assert deployed.code == 0, deployed.text
    planned = ecluse(tmp_path, "plan", *then(tmp_path), *words, "--detailed-exitcode", "--delete-not-in-source")
    assert planned.code == 0, planned.text
    assert "Plan: 0 to create, 0 to update, 0 to delete" in planned.text


def test_without_its_text_the_connection_string_that_the_template_asks_for_is_the_one_change(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    words = (*to(sandbox.directory), "--stage", "uat", "--fill-missing-secrets")
    ecluse(tmp_path, "deploy", "--source", TEMPLATE, *words, "--create", "--location", "westeurope", "--yes")
    planned = ecluse(tmp_path, "plan", *as_folder(tmp_path), *words, "--detailed-exitcode")
    assert (planned.code, "Plan: 0 to create, 1 to update, 0 to delete" in planned.text) == (2, True), planned.text
    assert "~ linkedService.LS_Orders_OnPrem" in planned.text
