"""Linked templates: the master's order and parameters, the files from disk, and masters that don't tell the truth."""

from pathlib import Path
from typing import Any

import pytest

from ecluse.errors import Code, Problem, Refused
from ecluse.jsontree import Missing, Secret
from ecluse.model.objects import ref
from ecluse.sources.adf_publish import read
from ecluse.sources.parameters import ParameterInputs, read_inputs
from tests.unit.sources.template_bodies import CORPUS, MASTER, TARGET, deploying, item, linking, template, write

CONTAINER = {"containerUri": {"type": "string"}, "containerSasToken": {"type": "string"}}
SECRET = {"pw": {"type": "secureString"}}
OWN = {"factoryName": {"type": "string"}}


def linked(folder: Path, *deployments: Any, parameters: dict[str, Any] | None = None, **files: Any) -> Path:
    """A folder of linked templates; its master declares what ADF's does."""
    master = template(*deployments, parameters=CONTAINER | (parameters or {}))
    return write(folder, ArmTemplate_master=master, **files)


def parts() -> dict[str, Any]:
    return {
        "ArmTemplate_0": template(item("linkedServices", "LS", password="[parameters('pw')]"), parameters=SECRET | OWN),
        "ArmTemplate_1": template(item("datasets", "D", "linkedServices/LS"), item("pipelines", "P", "datasets/D")),
    }


def good(folder: Path) -> Path:
    return linked(folder, linking(0, pw="[parameters('pw')]"), linking(1), parameters=SECRET, **parts())


def refused(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as error:
        read(folder, TARGET)
    assert all(problem.where and problem.remedy for problem in error.value.problems)
    return error.value.problems


@pytest.mark.parametrize("source", [".", "linkedTemplates", f"linkedTemplates/{MASTER}", ".."])
def test_linked_templates_are_one_factory_wherever_one_points(source: str, tmp_path: Path) -> None:
    good(tmp_path / "adf-dev" / "linkedTemplates")
    inputs = read_inputs(sets=[("pw", "@env:PW")], environ={"PW": "hunter2"})
    loaded = read(tmp_path / "adf-dev" / source, TARGET, inputs)
    assert [str(at) for at in loaded.factory.objects] == ["linkedService.LS", "dataset.D", "pipeline.P"]
    password = loaded.factory.objects[ref("linkedService", "LS")].properties["password"]
    assert (password, type(password)) == ("hunter2", Secret)
    assert loaded.source_name == "adf-dev"
    assert "2 linked ones with 3 objects" in loaded.described
    assert loaded.notices == ()
    assert str(loaded.factory.objects[ref("pipeline", "P")].where).endswith("ArmTemplate_1.json:24")


def test_the_container_is_neither_needed_nor_asked_for_and_a_missing_secret_stays_missing(tmp_path: Path) -> None:
    factory = read(good(tmp_path), TARGET).factory
    value = factory.objects[ref("linkedService", "LS")].properties["password"]
    assert isinstance(value, Missing)
    assert value.parameter == "pw"


def test_the_masters_parameters_are_filled_by_files_and_sets(tmp_path: Path) -> None:
    good(tmp_path)
    file = write(tmp_path, ArmTemplateParameters_master={"parameters": {"pw": {"value": "from file"}}})
    named = tmp_path / "ArmTemplateParameters_master.json"
    at = ref("linkedService", "LS")
    assert read(file, TARGET, read_inputs([named])).factory.objects[at].properties["password"] == "from file"
    (notice,) = read(file, TARGET).notices
    assert "ArmTemplateParameters_master.json beside the template is not read" in notice.message


def test_more_parameters_than_arm_takes_are_no_matter(tmp_path: Path) -> None:
    many = {f"p{number}": {"type": "string", "defaultValue": str(number)} for number in range(300)}
    handed = {name: f"[parameters('{name}')]" for name in many}
    values = {name: f"[parameters('{name}')]" for name in many}
    part = template(item("pipelines", "P", **values), parameters=many)
    source = linked(tmp_path, linking(0, **handed), parameters=many, ArmTemplate_0=part)
    (each,) = read(source, TARGET).factory.objects.values()
    assert each.properties["p299"] == "299"


def test_the_main_template_goes_before_and_says_how_to_read_the_linked_ones(tmp_path: Path) -> None:
    good(tmp_path / "linkedTemplates")
    write(tmp_path, ARMTemplateForFactory=template(item("pipelines", "Main")))
    loaded = read(tmp_path, TARGET)
    assert list(loaded.factory.objects) == [ref("pipeline", "Main")]
    assert "give that folder as --source" in loaded.notices[0].message


def test_partial_templates_are_never_read(tmp_path: Path) -> None:
    good(tmp_path)
    write(tmp_path / "PartialArmTemplates", ArmTemplate_0=template(item("pipelines", "Stale")))
    write(tmp_path, ArmTemplate_5_1_2023_10_11_12=template(item("pipelines", "Stale")))
    assert ref("pipeline", "Stale") not in read(tmp_path, TARGET).factory.objects


@pytest.mark.parametrize("inside", [True, False])
def test_global_parameters_lie_in_a_file_beside_the_folder_or_in_it(inside: bool, tmp_path: Path) -> None:
    folder = good(tmp_path / "linkedTemplates")
    place = (folder if inside else tmp_path) / "globalParameters"
    write(place, **{"adf-dev_GlobalParameters": {"env": {"type": "string", "value": "dev"}}})
    assert ref("globalParameters", "default") in read(folder, TARGET).factory.objects


# --- without a master ------------------------------------------------------------------------------------------------


def test_without_a_master_all_parts_are_taken_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    files = {f"ArmTemplate_{number}": template(item("pipelines", f"P{number}")) for number in (10, 2, 0)}
    loaded = read(write(tmp_path, **files), TARGET, ParameterInputs())
    assert [at.name for at in loaded.factory.objects] == ["P0", "P2", "P10"]
    assert f"there is no {MASTER}" in loaded.notices[0].message
    assert loaded.source_name == "adf-dev"


def test_without_a_master_a_parameter_has_to_mean_the_same_in_all_parts(tmp_path: Path) -> None:
    files = {
        f"ArmTemplate_{number}": template(
            item("pipelines", f"P{number}"), parameters={"x": {"type": "string", "defaultValue": str(number)}}
        )
        for number in (0, 1)
    }
    (problem,) = refused(write(tmp_path, **files))
    assert problem.code is Code.PARAMETER_TYPE
    assert "'x' is declared differently in ArmTemplate_0.json" in problem.message
    assert "ArmTemplate_1.json" in str(problem.where)


# --- lying masters ---------------------------------------------------------------------------------------------------


def test_a_part_that_is_not_there_is_named(tmp_path: Path) -> None:
    (problem,) = refused(linked(tmp_path, linking(0), linking(1), ArmTemplate_0=template(item("pipelines", "P"))))
    assert (problem.code, problem.subject) == (Code.SOURCE_MISSING, "deployment adf-dev_ArmTemplate_1")
    assert "deploys ArmTemplate_1.json, and there is no such file" in problem.message


def test_a_part_that_the_master_leaves_out_is_named_and_not_read(tmp_path: Path) -> None:
    loaded = read(linked(tmp_path, linking(1), **parts()), TARGET)
    assert ref("linkedService", "LS") not in loaded.factory.objects
    warned = [notice for notice in loaded.notices if notice.code is Code.LEFT_OUT]
    assert ["ArmTemplate_0.json lies beside" in notice.message for notice in warned] == [True]
    assert warned[0].warning


def test_a_part_that_comes_twice_is_one_problem(tmp_path: Path) -> None:
    again = linking(0) | {"name": "again"}
    (problem,) = refused(linked(tmp_path, linking(0), again, ArmTemplate_0=template(item("pipelines", "P"))))
    assert problem.code is Code.DUPLICATE_OBJECT
    assert "deploys ArmTemplate_0.json with the same values as 'adf-dev_ArmTemplate_0'" in problem.message


def test_a_file_may_come_twice_with_other_values(tmp_path: Path) -> None:
    named = item("pipelines", "P") | {"name": "[concat(parameters('factoryName'), '/', parameters('n'))]"}
    part = template(named, parameters={"n": {"type": "string"}})
    source = linked(tmp_path, linking(0, n="A"), linking(0, n="B") | {"name": "b"}, ArmTemplate_0=part)
    assert [at.name for at in read(source, TARGET).factory.objects] == ["A", "B"]


def test_parts_that_deploy_each_other_are_a_circle(tmp_path: Path) -> None:
    files = {f"ArmTemplate_{at}": template(linking(to), parameters=CONTAINER) for at, to in ((0, 1), (1, 0))}
    container = dict.fromkeys(CONTAINER, "x")
    files["ArmTemplate_0"]["resources"] = [linking(1, **container)]
    files["ArmTemplate_1"]["resources"] = [linking(0, **container)]
    (problem,) = refused(linked(tmp_path, linking(0, **container), **files))
    assert problem.code is Code.REFERENCE_CYCLE
    assert "ArmTemplate_0.json → ArmTemplate_1.json → ArmTemplate_0.json" in problem.message


def test_files_that_multiply_end_at_a_limit(tmp_path: Path) -> None:
    parameters = CONTAINER | {"x": {"type": "string", "defaultValue": ""}}
    files = {
        f"ArmTemplate_{at}": template(
            *(
                linking(at + 1, containerUri="", containerSasToken="", x=f"[concat(parameters('x'), '{way}')]")
                for way in "ab"
            ),
            parameters=parameters,
        )
        for at in range(40)
    }
    source = linked(tmp_path, linking(0, containerUri="", containerSasToken="", x=""), **files)
    assert any("more than 800 templates" in problem.message for problem in refused(source))


def test_an_object_in_two_parts_is_refused_with_both_places(tmp_path: Path) -> None:
    files = {f"ArmTemplate_{at}": template(item("pipelines", name)) for at, name in ((0, "P"), (1, "p"))}
    (problem,) = refused(linked(tmp_path, linking(0), linking(1), **files))
    assert (problem.code, problem.subject) == (Code.DUPLICATE_OBJECT, "pipeline.p")
    assert "ArmTemplate_0.json:15" in problem.message
    assert "ArmTemplate_1.json:15" in str(problem.where)


def test_what_is_handed_down_and_not_declared_is_ignored_by_name(tmp_path: Path) -> None:
    loaded = read(linked(tmp_path, linking(0, extra="x"), ArmTemplate_0=template(item("pipelines", "P"))), TARGET)
    (notice,) = loaded.notices
    assert (notice.code, "'extra'" in notice.message) == (Code.PARAMETER_UNKNOWN, True)


def test_what_is_required_and_not_handed_down_is_refused_by_name(tmp_path: Path) -> None:
    part = template(item("pipelines", "P"), parameters={"n": {"type": "int"}})
    (problem,) = refused(linked(tmp_path, linking(0), ArmTemplate_0=part))
    assert problem.code is Code.PARAMETER_MISSING
    assert "hands down no value for the parameter 'n'" in problem.message


def test_what_is_handed_down_must_be_of_the_declared_type(tmp_path: Path) -> None:
    part = template(item("pipelines", "P", n="[parameters('n')]"), parameters={"n": {"type": "int"}})
    (problem,) = refused(linked(tmp_path, linking(0, n="one"), ArmTemplate_0=part))
    assert problem.code is Code.PARAMETER_TYPE
    assert "adf-dev_ArmTemplate_0" in problem.message


def test_a_part_of_another_factory_is_refused_by_name(tmp_path: Path) -> None:
    part = template(item("pipelines", "P"), parameters=OWN)
    (problem,) = refused(linked(tmp_path, linking(0, factoryName="adf-other"), ArmTemplate_0=part))
    assert "belongs to the factory adf-other, the target is adf-uat" in problem.message


def test_a_file_outside_of_the_source_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, outside=template(item("pipelines", "P")))
    link = deploying("d", templateLink={"relativePath": "../outside.json"})
    (problem,) = refused(linked(tmp_path / "in", link))
    assert "outside of the source's folder" in problem.message


@pytest.mark.parametrize(
    "link",
    [
        {"relativePath": "nested/part.json"},
        {"relativePath": "./x/../nested/PART.json"},
        {"uri": "https://example.com/templates/part.json?sv=1"},
        {"uri": "[uri(deployment().properties.templateLink.uri, 'nested/part.json')]"},
        {"uri": "[concat(parameters('containerUri'), '/nested/', 'part.json')]"},
        {"uri": "[concat(variables('base'), variables('file'))]"},
    ],
)
def test_a_link_means_the_file_beside_or_below_the_template(link: dict[str, str], tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nested"):
        write(folder, part=template(item("pipelines", "P")))
    main = template(deploying("d", templateLink=link), parameters=CONTAINER)
    main["variables"] |= {"base": "https://example.com/", "file": "nested/part.json"}
    assert list(read(write(tmp_path, ARMTemplateForFactory=main), TARGET).factory.objects) == [ref("pipeline", "P")]


def test_a_link_that_names_no_file_is_refused(tmp_path: Path) -> None:
    (problem,) = refused(linked(tmp_path, deploying("d", templateLink={"id": "/subscriptions/x/specs/y"})))
    assert "it can't be known which file that is" in problem.message


# --- real ones -------------------------------------------------------------------------------------------------------


def _both() -> list[tuple[Path, Path]]:
    found = [(each, each.parent / "ARMTemplateForFactory.json") for each in CORPUS.glob("arm/*/linkedTemplates")]
    found += [(each, each.parent / "UARMTemplateForFactory.json") for each in CORPUS.glob("arm/*/UlinkedTemplates")]
    return sorted((folder, main) for folder, main in found if main.is_file())


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no shared data")
@pytest.mark.parametrize(("folder", "main"), _both(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_real_linked_templates_make_the_factory_of_the_main_template(folder: Path, main: Path) -> None:
    inputs = ParameterInputs(fill_missing_secrets=True)
    one, other = read(folder, TARGET, inputs).factory, read(main, TARGET, inputs).factory
    # As texts, so that a secret or a missing value differs from a plain text.
    assert {at: repr(each.body) for at, each in one.objects.items()} == {
        at: repr(each.body) for at, each in other.objects.items()
    }
    assert one.resource == other.resource
