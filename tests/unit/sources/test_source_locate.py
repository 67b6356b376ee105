"""Where a source is: in the folder that was given, or in the nearest one below it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ecluse.errors import Code, Problem, Refused
from ecluse.sources import locate as module
from ecluse.sources.locate import Form, locate
from tests.unit.sources.folder_files import body, put
from tests.unit.sources.template_bodies import item, template

P = body("P")
TEMPLATE = template(item("pipelines", "P"))


def found(root: Path, files: Mapping[str, Any]) -> tuple[Form, str]:
    form, place = locate(put(root, files))
    return form, place.relative_to(root).as_posix()


def refused(root: Path, files: Mapping[str, Any]) -> Problem:
    with pytest.raises(Refused) as error:
        found(root, files)
    (problem,) = error.value.problems
    assert problem.remedy
    return problem


@pytest.mark.parametrize("below", ["", "adf/", "src/adf/", "a/b/adf/"])
@pytest.mark.parametrize(
    ("file", "content", "form"),
    [
        ("pipeline/P", P, Form.FOLDER),
        ("managedVirtualNetwork/default", body("default"), Form.FOLDER),
        ("factory/f", {"name": "f"}, Form.FOLDER),
        ("ARMTemplateForFactory", TEMPLATE, Form.TEMPLATE),
        ("linkedTemplates/ArmTemplate_master", TEMPLATE, Form.TEMPLATE),
        ("linkedTemplates/ArmTemplate_0", TEMPLATE, Form.TEMPLATE),
    ],
)
def test_a_source_lies_up_to_three_levels_below(
    below: str, file: str, content: Any, form: Form, tmp_path: Path
) -> None:
    assert found(tmp_path, {f"{below}{file}": content, "docs/readme": {}}) == (form, _place(below, file))


def _place(below: str, file: str) -> str:
    """A template is a file; the folder of parts stands for parts without a master, the folder around for objects."""
    if "ArmTemplate_0" in file:
        return f"{below}linkedTemplates"
    return f"{below}{file}.json" if "emplate" in file else below.rstrip("/") or "."


def test_deeper_is_not_looked(tmp_path: Path) -> None:
    problem = refused(tmp_path, {"a/b/c/d/pipeline/P": P})
    assert problem.code is Code.SOURCE_MISSING
    assert "up to 3 levels below" in problem.message


def test_the_nearest_counts(tmp_path: Path) -> None:
    assert found(tmp_path, {"adf/pipeline/P": P, "tests/data/pipeline/P": P}) == (Form.FOLDER, "adf")


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ("data/pipeline/P", "adf, data"),
        ("data/factory/f", "adf, data"),
        ("arm/ARMTemplateForFactory", "adf, arm/ARMTemplateForFactory.json"),
        ("arm/linkedTemplates/ArmTemplate_master", "adf, arm/linkedTemplates/ArmTemplate_master.json"),
    ],
)
def test_two_that_are_equally_near_are_refused_by_name(other: str, named: str, tmp_path: Path) -> None:
    problem = refused(tmp_path, {"adf/pipeline/P": P, other: TEMPLATE if "emplate" in other else P})
    assert problem.code is Code.SOURCE_NOT_A_FACTORY
    assert problem.message == f"there are 2 factories in sub-folders: {named}"
    assert problem.remedy == "give the one you mean as --source"


def test_of_very_many_a_few_are_named(tmp_path: Path) -> None:
    problem = refused(tmp_path, {f"adf{number}/pipeline/P": P for number in range(9)})
    assert problem.message == "there are 9 factories in sub-folders: adf0, adf1, adf2, adf3, adf4 and 4 more"


def test_a_folder_that_only_bears_the_name_of_a_kind_hides_no_source_below(tmp_path: Path) -> None:
    put(tmp_path, {"adf/pipeline/P": P, "pipeline/build": "steps: []"})
    (tmp_path / "pipeline" / "build.json").rename(tmp_path / "pipeline" / "build.yml")
    assert found(tmp_path, {}) == (Form.FOLDER, "adf")


def test_a_factory_file_alone_beside_a_template_makes_no_source_of_folders(tmp_path: Path) -> None:
    files = {"factory/adf-dev": {"name": "adf-dev"}, "ARMTemplateForFactory": TEMPLATE}
    assert found(tmp_path, files) == (Form.TEMPLATE, "ARMTemplateForFactory.json")


def test_a_factory_without_objects_is_one(tmp_path: Path) -> None:
    for name in ("pipeline", "dataset", "docs"):
        (tmp_path / name).mkdir()
    assert found(tmp_path, {}) == (Form.FOLDER, ".")


@pytest.mark.parametrize("folder", ["node_modules/x", ".git", "adf/PartialArmTemplates"])
def test_what_is_no_ones_source_is_not_looked_at(folder: str, tmp_path: Path) -> None:
    assert refused(tmp_path, {f"{folder}/pipeline/P": P}).code is Code.SOURCE_MISSING


def test_a_folder_that_a_link_leads_to_outside_is_no_source(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", {"adf/pipeline/P": P})
    root = put(tmp_path / "root", {"docs/readme": {}})
    (root / "adf").symlink_to("../elsewhere/adf")
    (root / "again").symlink_to(".")
    assert refused(root, {}).code is Code.SOURCE_MISSING
    assert locate(root / "adf") == (Form.FOLDER, root / "adf"), "one that is given itself is meant"


def test_a_source_is_no_whole_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_FOLDERS", 3)
    assert "more than 3 folders" in refused(tmp_path, {f"{number}/x": {} for number in range(4)}).message


def test_the_template_of_a_synapse_workspace_is_called_one(tmp_path: Path) -> None:
    problem = refused(tmp_path, {"TemplateForWorkspace": {"resources": []}})
    assert "templateforworkspace.json (of a workspace of Azure Synapse Analytics" in problem.message


@pytest.mark.parametrize(
    ("path", "code", "what"),
    [
        ("nowhere", Code.SOURCE_MISSING, "no such file or folder"),
        ("x" * 300, Code.SOURCE_UNREADABLE, "can't be read"),
        ("a\0b", Code.SOURCE_MISSING, "no such file or folder"),
        ("/dev/null", Code.SOURCE_MISSING, "neither a file nor a folder"),
        ("circle", Code.SOURCE_UNREADABLE, "can't be read"),
    ],
)
def test_a_path_that_is_no_source_is_refused(path: str, code: Code, what: str, tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(Refused) as error:
        locate(tmp_path / path)
    assert (error.value.problems[0].code, what in error.value.problems[0].message) == (code, True)
