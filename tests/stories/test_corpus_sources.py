"""Every template that others wrote is read, deployed to a new factory, and planned again without a change."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ecluse.errors import Code, Refused
from ecluse.plan.plan import Target
from ecluse.sources.adf_publish import read
from tests.ecluse_command import SHARED, to
from tests.sandbox_process import RunningSandbox
from tests.stories.in_process import ecluse

CORPUS = SHARED / "corpus" / "arm"
TARGET = Target("sub", "rg", "adf-test", "westeurope")
REFUSED: Mapping[str, str] = {
    # Plain parameters without default, and no parameter file: only a person knows the values.
    "Azure-Samples__modern-data-warehouse-dataops": "parameter-missing",
    "Azure__Azure-DataFactory__3": "parameter-missing",
    # Refers to datasets and a managed network that it does not hold: Azure would refuse it, too.
    "bphc-tech__cib-multi-env-provisioning": "reference-missing",
}

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no shared data")


def sets() -> list[str]:
    return sorted(each.name for each in CORPUS.glob("*"))


def sources() -> Iterator[Path]:
    """Every set, and every other template in one: exports of the factory alone, second ones, linked ones."""
    for name in sets():
        yield CORPUS / name
        yield from sorted((CORPUS / name).glob("*inkedTemplates"))
        yield from sorted((CORPUS / name).glob("*inkedTemplates/ArmTemplate_master.json"))
        yield from sorted((CORPUS / name).rglob("*ARMTemplateForFactory*.json"))


@pytest.mark.parametrize("source", list(sources()), ids=lambda path: str(path.relative_to(CORPUS)))
def test_every_template_there_is_loads(source: Path) -> None:
    loaded = read(source, TARGET)
    only_the_factory = "/factory/" in source.as_posix()
    assert all(at.kind.word == "globalParameters" for at in loaded.factory.objects) is only_the_factory
    assert not [notice for notice in loaded.notices if notice.code in (Code.LEFT_OUT, Code.REFERENCE_MISSING)]


@pytest.mark.parametrize("source", sorted(CORPUS.rglob("PartialArmTemplates/*.json")), ids=lambda path: path.parts[-3])
def test_a_partial_template_is_refused(source: Path) -> None:
    with pytest.raises(Refused, match="partial template"):
        read(source, TARGET)


@pytest.mark.parametrize("name", sets())
def test_every_set_is_deployed_and_then_planned_without_a_change(
    name: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    words = ("--source", CORPUS / name, *to(sandbox.directory), "--fill-missing-secrets")
    first = ecluse(tmp_path, "deploy", *words, "--create", "--location", "westeurope", "--yes")
    if name in REFUSED:
        assert (first.code, f"[{REFUSED[name]}]" in first.text) == (3, True), first.text
        return
    assert first.code == 0, first.text
    again = ecluse(tmp_path, "plan", *words, "--detailed-exitcode")
    assert again.code == 0, again.text
    assert re.search(r"Plan: 0 to create, 0 to update, 0 to delete", again.text)
