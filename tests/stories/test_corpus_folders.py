"""Every collaboration branch that others wrote is deployed to a new factory and planned again without a change."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.ecluse_command import SHARED, to
from tests.sandbox_process import RunningSandbox
from tests.stories.in_process import ecluse

CORPUS = SHARED / "corpus" / "collab"
REFUSED: Mapping[str, tuple[str, str]] = {
    # They refer to what their authors did not commit.
    "tools__4": ("reference-missing", "integrationRuntime.SharedIR-DEV2019"),
    "CloudFormations__CF.Cumulus__2": ("reference-missing", "pipeline.01-Grandparent"),
    "jdanton__edw-ci-cd": ("reference-missing", "integrationRuntime.IR-ManagedVNet"),
    "tonee84__adf-cicd": ("reference-missing", "linkedService.da100server"),
    # Two triggers lie among the pipelines.
    "Azure__Azure-DataFactory": ("object-invalid", "it stands in the folder pipeline and is a trigger"),
    # A pipeline with a placeholder in place of its activities.
    "microsoft__azure-data-services-go-fast-codebase__3": ("json-invalid", "pipeline/Master_{IR}.json:15:16"),
}
"""The folders that can't be deployed as they are, by the ends of their names, and what is said of them."""

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no shared data")


def folders() -> list[str]:
    return sorted(each.name for each in CORPUS.glob("*"))


@pytest.mark.parametrize("name", folders())
def test_every_folder_is_deployed_and_then_planned_without_a_change(
    name: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    words = ("--source", CORPUS / name, *to(sandbox.directory), "--fill-missing-secrets")
    first = ecluse(tmp_path, "deploy", *words, "--create", "--location", "westeurope", "--yes")
    for code, said in (REFUSED[end] for end in REFUSED if name.endswith(end)):
        assert (first.code, f"[{code}]" in first.text, said in first.text) == (3, True, True), first.text
        return
    assert first.code == 0, first.text
    again = ecluse(tmp_path, "plan", *words, "--detailed-exitcode")
    assert again.code == 0, again.text
    assert re.search(r"Plan: 0 to create, 0 to update, 0 to delete", again.text)
