"""Templates that others wrote go all the way: first deployment, no change, a change by CSV with running triggers."""

import json
import re
from pathlib import Path

import pytest

from tests.ecluse_command import SHARED, ecluse, to
from tests.sandbox_process import RunningSandbox
from tests.stories.two_releases import runs

CORPUS = SHARED / "corpus" / "arm"
SETS = (
    "mrpaulandrew__procfwk",
    "CloudFormations__CF.Cumulus__3",
    "hmcts__vh-reports__3",
    "kranca__adf",
    "kromerm__makadfwestus2__3",
    "ueda-satoshi__prod",
)

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no shared data")


def names(template: Path, kind: str) -> list[str]:
    resources = json.loads(template.read_text(encoding="utf-8"))["resources"]
    pattern = re.compile(r"'/([^']*)'\)\]$")
    return [
        found[1]
        for each in resources
        if each["type"].casefold().endswith(f"/factories/{kind}".casefold())
        if (found := pattern.search(each["name"]))
    ]


def rows(template: Path, tmp_path: Path) -> Path:
    """A configuration that describes the first pipeline and the first trigger anew."""
    described = [("pipeline", name) for name in names(template, "pipelines")[:1]]
    described += [("trigger", name) for name in names(template, "triggers")[:1]]
    config = tmp_path / "config-next.csv"
    lines = [f"{kind},{name},+description,changed by the next stage" for kind, name in described]
    config.write_text("\n".join(["type,name,path,value", *lines]) + "\n", encoding="utf-8")
    return config


@pytest.mark.parametrize("name", SETS)
def test_a_real_template_is_promoted(name: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    template = CORPUS / name / "ARMTemplateForFactory.json"
    words = ("--source", CORPUS / name, *to(sandbox.directory), "--fill-missing-secrets")

    first = ecluse("deploy", *words, "--create", "--location", "westeurope")
    assert first.code == 0, first.text
    assert runs(sandbox) == set()

    again = ecluse("plan", *words, "--detailed-exitcode")
    assert again.code == 0, again.text
    assert re.search(r"Plan: 0 to create, 0 to update, 0 to delete", again.text)

    every = [each for each in names(template, "triggers") if 'pipelines": []' not in each]
    started = ecluse("triggers", "start", *to(sandbox.directory), every[0]) if every else None
    running = runs(sandbox)
    assert started is None or (started.code, running) in ((0, {every[0]}), (4, set())), started.text

    sandbox.control("DELETE", "calls")
    changed = ecluse("deploy", *words, "--config", rows(template, tmp_path))
    assert changed.code == 0, changed.text
    assert runs(sandbox) == running
    stops = [call["path"] for call in sandbox.calls("POST", "/stop?")]
    assert len(stops) == len(running)
    assert ecluse("plan", *words, "--config", rows(template, tmp_path), "--detailed-exitcode").code == 0
