"""Templates as ADF publishes them, and templates as they should not be."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecluse.errors import Code, EcluseError, Problem, Refused
from ecluse.jsontree import Missing, Secret, replace, walk
from ecluse.model.objects import ref
from ecluse.plan.plan import Target
from ecluse.sources.adf_publish import read
from ecluse.sources.loaded import Loaded
from ecluse.sources.parameters import ParameterInputs, read_inputs
from tests.unit.sources.template_bodies import CORPUS, MAIN, TARGET, item, template

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="no shared data")


def load(folder: Path, content: Any, inputs: ParameterInputs | None = None, target: Target = TARGET) -> Loaded:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MAIN).write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    return read(folder, target, inputs)


def refused(folder: Path, content: Any, inputs: ParameterInputs | None = None) -> EcluseError:
    with pytest.raises(Refused) as error:
        load(folder, content, inputs)
    assert all(problem.remedy for problem in error.value.problems)
    return error.value


def test_objects_carry_their_name_body_place_and_needs(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        template(
            item("pipelines", "PL Load", "datasets/DS_In", "pipelines/Other", activities=[{"name": "[[x]"}]),
            item("datasets", "DS_In", url="[parameters('DS_url')]", password="[parameters('pw')]"),
            item("pipelines", "Other"),
            parameters={"DS_url": {"type": "String", "defaultValue": "https://dev"}, "pw": {"type": "secureString"}},
        ),
        read_inputs(sets=[("pw", "@env:PW")], environ={"PW": "hunter2"}),
    )
    factory = loaded.factory
    assert factory.name == "adf-uat"
    pipeline = factory.objects[ref("pipeline", "pl load")]
    assert pipeline.body == {"name": "PL Load", "properties": {"activities": [{"name": "[x]"}]}}
    assert pipeline.depends_on == (ref("dataset", "DS_In"), ref("pipeline", "Other"))
    assert str(pipeline.where) == f"{tmp_path / MAIN}:22"
    dataset = factory.objects[ref("dataset", "DS_In")]
    assert dataset.properties == {"url": "https://dev", "password": "hunter2"}
    assert isinstance(dataset.properties["password"], Secret)
    assert loaded.notices == ()
    assert "3 objects" in loaded.described


def test_every_form_of_depends_on_is_understood(tmp_path: Path) -> None:
    pipeline = item("pipelines", "P")
    pipeline["dependsOn"] = [
        "[variables('factoryId')]",
        "[resourceId('Microsoft.DataFactory/factories', parameters('factoryName'))]",
        "[concat(variables('factoryId'), '/linkedservices/ls')]",
        "[resourceId('Microsoft.DataFactory/factories/datasets', parameters('factoryName'), 'D')]",
        "[concat(parameters('factoryName'), '/DF')]",
        "[concat(variables('factoryId'), '/managedVirtualNetworks/default/managedPrivateEndpoints/E')]",
        "[resourceId('Microsoft.Storage/storageAccounts', 'st')]",
        "[concat(variables('factoryId'), '/datasets/D')]",
        "[concat(variables('factoryId'), '/datasets/Gone')]",
    ]
    others = [item("linkedServices", "LS"), item("datasets", "D"), item("dataflows", "DF")]
    endpoint = item("managedVirtualNetworks/managedPrivateEndpoints", "default/E")
    loaded = load(tmp_path, template(pipeline, *others, endpoint))
    assert loaded.factory.objects[ref("pipeline", "P")].depends_on == (
        ref("linkedService", "LS"),
        ref("dataset", "D"),
        ref("dataflow", "DF"),
        ref("managedPrivateEndpoint", "E"),
    )
    (notice,) = loaded.notices
    assert notice.code is Code.REFERENCE_MISSING
    assert "datasets/Gone" in notice.message


def test_a_missing_value_stays_in_the_body_and_one_in_a_name_is_refused(tmp_path: Path) -> None:
    parameters = {"ls name": {"type": "string"}}
    body = template(item("linkedServices", "LS", url="[parameters('ls name')]"), parameters=parameters)
    (each,) = load(tmp_path, body).factory.objects.values()
    assert isinstance(each.properties["url"], Missing)
    named = item("linkedServices", "LS") | {"name": "[concat(parameters('factoryName'), '/', parameters('ls name'))]"}
    (problem,) = refused(tmp_path, template(named, parameters=parameters)).problems
    assert problem.code is Code.PARAMETER_MISSING
    assert "--set 'ls name=" in problem.remedy


def test_a_parameter_that_nothing_uses_needs_no_value(tmp_path: Path) -> None:
    unused = {"unused": {"type": "secureString"}, "bad": {"type": "int", "defaultValue": "[nonsense()]"}}
    assert len(load(tmp_path, template(item("pipelines", "P"), parameters=unused)).factory.objects) == 1


FACTORY = {
    "name": "[parameters('factoryName')]",
    "type": "Microsoft.DataFactory/factories",
    "apiVersion": "2018-06-01",
    "location": "[parameters('dataFactory_location')]",
    "identity": {"type": "SystemAssigned"},
    "properties": {"globalParameters": {"env": {"type": "string", "value": "dev"}}, "publicNetworkAccess": "Enabled"},
    "dependsOn": [],
}
LOCATION = {"dataFactory_location": {"type": "string", "defaultValue": "northeurope"}}
GLOBAL = ref("globalParameters", "default")


def test_the_factory_is_no_object_and_its_global_parameters_are_one(tmp_path: Path) -> None:
    factory = load(tmp_path, template(FACTORY, item("pipelines", "P"), parameters=LOCATION)).factory
    assert factory.resource == {
        "identity": {"type": "SystemAssigned"},
        "location": "westeurope",
        "properties": {"publicNetworkAccess": "Enabled"},
    }
    body = {"name": "default", "properties": {"env": {"type": "string", "value": "dev"}}}
    assert factory.objects[GLOBAL].body == body
    assert set(factory.objects) == {GLOBAL, ref("pipeline", "P")}


@pytest.mark.parametrize(
    ("written", "wanted", "location"),
    [
        ("[parameters('dataFactory_location')]", "", "northeurope"),
        ("[parameters('dataFactory_location')]", "westeurope", "westeurope"),
        ("northeurope", "westeurope", "westeurope"),
        ("[resourceGroup().location]", "westeurope", "westeurope"),
    ],
)
def test_the_location_follows_the_target_where_that_has_one(
    tmp_path: Path, written: str, wanted: str, location: str
) -> None:
    body = template(FACTORY | {"location": written}, parameters=LOCATION)
    body["resources"][0]["tags"] = {"at": "[parameters('dataFactory_location')]"} if "param" in written else {}
    resource = load(tmp_path, body, target=Target("s", "rg", "adf-uat", wanted)).factory.resource
    assert resource["location"] == location
    assert resource["tags"] in ({}, {"at": location})


def test_global_parameters_of_both_kinds_end_in_one_object(tmp_path: Path) -> None:
    own = item("globalparameters", "default", env={"type": "string", "value": "own"}, n={"type": "int", "value": 1})
    loaded = load(tmp_path, template(FACTORY, own, parameters=LOCATION))
    factory = loaded.factory
    assert [notice.message.endswith("the resource's win") for notice in loaded.notices] == [True]
    assert list(factory.objects) == [GLOBAL]
    assert factory.objects[GLOBAL].properties == {
        "env": {"type": "string", "value": "own"},
        "n": {"type": "int", "value": 1},
    }


@pytest.mark.parametrize(
    ("files", "taken", "warned"),
    [
        (["adf-dev_GlobalParameters.json"], True, False),
        (["other_GlobalParameters.json"], True, False),
        (["adf-dev_GlobalParameters.json", "adf-old_GlobalParameters.json"], True, False),
        (["a_GlobalParameters.json", "b_GlobalParameters.json"], False, True),
        ([], False, False),
    ],
)
def test_global_parameters_of_their_own_file_are_taken_when_the_template_has_none(
    tmp_path: Path, files: list[str], taken: bool, warned: bool
) -> None:
    folder = tmp_path / "globalParameters"
    folder.mkdir()
    for name in files:
        (folder / name).write_text('{"path": {"type": "string", "value": "[literal]"}}')
    loaded = load(tmp_path, template(item("pipelines", "P")))
    assert (GLOBAL in loaded.factory.objects) is taken
    assert any(notice.warning for notice in loaded.notices) is warned
    if taken:
        assert loaded.factory.objects[GLOBAL].properties["path"]["value"] == "[literal]"
    own = item("globalparameters", "default", env={"type": "string", "value": "own"})
    assert "path" not in load(tmp_path, template(own)).factory.objects[GLOBAL].properties


def test_other_resources_are_named_and_left_out(tmp_path: Path) -> None:
    storage = {"type": "Microsoft.Storage/storageAccounts", "name": "[uniqueString('x')]", "condition": "[no()]"}
    loaded = load(tmp_path, template(item("pipelines", "P"), item("privateEndpointConnections", "PEC"), storage))
    assert list(loaded.factory.objects) == [ref("pipeline", "P")]
    assert [notice.code for notice in loaded.notices] == [Code.LEFT_OUT] * 2
    assert "'PEC'" in loaded.notices[0].message


def test_a_template_by_hand_may_call_the_factorys_parameter_as_it_likes(tmp_path: Path) -> None:
    pipeline = item("pipelines", "P") | {"name": "[format('{0}/{1}', parameters('dfName'), 'P')]", "dependsOn": []}
    body = {"parameters": {"dfName": {"type": "string"}}, "resources": [pipeline]}
    assert list(load(tmp_path, body).factory.objects) == [ref("pipeline", "P")]


@pytest.mark.parametrize(
    ("resources", "code", "said"),
    [
        ([], Code.SOURCE_NOT_A_FACTORY, "no resources"),
        ([{"type": "Microsoft.Web/sites", "name": "x"}], Code.SOURCE_NOT_A_FACTORY, "only Microsoft.Web/sites"),
        ([{"type": "Microsoft.Resources/deployments", "name": "n"}], Code.SOURCE_NOT_A_FACTORY, "'n' is left out"),
        (["text"], Code.ARM_RESOURCE, "no resource"),
        ([item("pipelines", "P") | {"copy": {"count": 2}}], Code.ARM_RESOURCE, "`copy`"),
        ([item("pipelines", "P") | {"condition": "maybe"}], Code.ARM_RESOURCE, "neither true nor false"),
        ([item("pipelines", "P") | {"condition": "[no()]"}], Code.ARM_FUNCTION, "`condition`: the function no"),
        ([item("pipelines", "P") | {"resources": [{}]}], Code.ARM_RESOURCE, "no resource"),
        ([item("pipelines", "P") | {"name": "adf-dev/P"}], Code.ARM_RESOURCE, "belongs to the factory adf-dev"),
        ([item("pipelines", "P") | {"name": "[parameters('factoryName')]"}], Code.ARM_RESOURCE, "2 part(s)"),
        ([item("pipelines", "P/Q")], Code.ARM_RESOURCE, "2 part(s)"),
        ([item("pipelines", "P") | {"name": "[resourceGroup().name]"}], Code.ARM_RESOURCE, "2 part(s)"),
        ([item("pipelines", "P") | {"name": "[newGuid()]"}], Code.ARM_FUNCTION, "newGuid"),
        ([item("pipelines", "P") | {"properties": "[concat('a')]"}], Code.ARM_RESOURCE, "no object"),
        ([item("pipelines", "P") | {"dependsOn": {}}], Code.ARM_RESOURCE, "no list"),
        ([item("pipelines", "P"), item("Pipelines", "p")], Code.DUPLICATE_OBJECT, "twice"),
        ([item("globalparameters", "other")], Code.ARM_RESOURCE, "'default' only"),
        ([item("managedVirtualNetworks/managedPrivateEndpoints", "v/E")], Code.ARM_RESOURCE, "named 'default'"),
    ],
)
def test_a_template_that_is_no_factory_is_refused(tmp_path: Path, resources: list[Any], code: Code, said: str) -> None:
    (problem,) = refused(tmp_path, template(*resources)).problems
    assert problem.code is code
    assert said in problem.message


@pytest.mark.parametrize(
    ("content", "code", "place", "said"),
    [
        ("", Code.JSON_INVALID, ":1:1", "nothing stands there"),
        ('{"resources": [\n{"name": Common_LS_x}]}', Code.JSON_INVALID, ":2:10", "expecting value"),
        ('{"resources": [],\n "resources": []}', Code.JSON_DUPLICATE_KEY, ":2:2", "resources"),
        ("[1]", Code.SOURCE_NOT_A_FACTORY, "", "no ARM template"),
        ('{"name": "P", "properties": {}}', Code.SOURCE_NOT_A_FACTORY, "", "collaboration branch"),
        ('{"parameters": {"x": {"value": 1}}}', Code.SOURCE_NOT_A_FACTORY, "", "parameter file"),
        ('{"parameters": {"x": {"type": "int"}}}', Code.SOURCE_NOT_A_FACTORY, "", "no list of `resources`"),
        ('{"resources": {}}', Code.SOURCE_NOT_A_FACTORY, "", "no resources"),
        ('{"resources": {"a": {}}}', Code.ARM_RESOURCE, ":1", "no resource"),
        ('{"resources": [{"type": 1}],\n"parameters": []}', Code.ARM_RESOURCE, ":2", "`parameters`"),
        ('{"resources": [{}],\n\n"parameters": {"x":\n{}}}', Code.PARAMETER_TYPE, ":4", "'x' has no type"),
        ('{"resources": [{}],\n"variables": {"copy": []}}', Code.ARM_RESOURCE, ":2", "`copy`"),
    ],
)
def test_a_file_that_is_no_template_is_refused_with_its_place(
    tmp_path: Path, content: str, code: Code, place: str, said: str
) -> None:
    problems = refused(tmp_path, content).problems
    assert any(
        problem.code is code and str(problem.where) == f"{tmp_path / MAIN}{place}" and said in problem.message
        for problem in problems
    )


def test_the_problems_of_all_resources_are_told_together(tmp_path: Path) -> None:
    body = template(
        item("pipelines", "A", a="[one()]", b=["[two()]"]),
        item("datasets", "B", x="[parameters('gone')]"),
        item("pipelines", "C") | {"name": "elsewhere/C"},
    )
    problems = refused(tmp_path, body).problems
    assert [(problem.subject.split(".")[0], problem.where.line if problem.where else 0) for problem in problems] == [
        ("Microsoft", 36),
        ("pipeline", 15),
        ("pipeline", 15),
        ("dataset", 27),
    ]
    assert problems[2].message == ("`properties.b[0]`: the function two is none that ARM knows, in [two()]")
    assert problems[2].subject == "pipeline.A"


def test_the_template_is_found_in_its_folder_or_in_the_one_above(tmp_path: Path) -> None:
    body = template(item("pipelines", "P"))
    load(tmp_path / "adf-dev", body)
    for source in (tmp_path, tmp_path / "adf-dev", tmp_path / "adf-dev" / MAIN):
        assert read(source, TARGET).factory.objects
    (tmp_path / "adf-dev" / MAIN).rename(tmp_path / "adf-dev" / MAIN.lower())
    assert read(tmp_path, TARGET).factory.objects
    load(tmp_path / "adf-other", body)
    with pytest.raises(Refused, match="2 factories in sub-folders"):
        read(tmp_path, TARGET)


def test_two_templates_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    load(tmp_path, template(item("pipelines", "P")))
    lower = tmp_path / MAIN.lower()
    if lower.exists():
        pytest.skip("this file system does not tell case")
    lower.write_text("{}")
    with pytest.raises(Refused, match="case only"):
        read(tmp_path, TARGET)


def test_what_lies_beside_the_template_is_not_read_and_said(tmp_path: Path) -> None:
    beside = tmp_path / "ARMTemplateParametersForFactory.json"
    beside.write_text('{"parameters": {"factoryName": {"value": "adf-dev"}}}')
    for folder, name in (
        ("linkedTemplates", "ArmTemplate_master.json"),
        ("PartialArmTemplates", "ArmTemplate_1_2_2020_3_4_5.json"),
        ("factory", "adf-dev_ARMTemplateForFactory.json"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text("{broken")
    body = template(item("pipelines", "P"))
    said = [notice.message for notice in load(tmp_path, body).notices]
    assert ["is not read" in message for message in said] == [True, True]
    assert "ARMTemplateParametersForFactory.json" in said[0]
    assert "linkedTemplates" in said[1]
    assert len(load(tmp_path, body, read_inputs([beside])).notices) == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "there is no ARMTemplateForFactory.json"),
        (["factory/x_ARMTemplateForFactory.json", "PartialArmTemplates/ARMTemplateForFactory.json"], "there is no"),
    ],
)
def test_a_folder_without_a_main_template_is_refused(tmp_path: Path, files: list[str], said: str) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    with pytest.raises(Refused) as error:
        read(tmp_path, TARGET)
    assert said in error.value.problems[0].message


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.json", "no such file"),
        ("ArmTemplate_1_2_2020_3_4_5.json", "partial template"),
        ("ArmTemplate_0.json", "linked templates"),
    ],
)
def test_a_file_that_is_only_a_part_is_refused(tmp_path: Path, name: str, said: str) -> None:
    if name != "none.json":
        (tmp_path / name).write_text(json.dumps(template(item("pipelines", "P"))))
    with pytest.raises(Refused) as error:
        read(tmp_path / name, TARGET)
    assert said in error.value.problems[0].message


def test_json_that_is_too_deep_is_refused(tmp_path: Path) -> None:
    for depth in (200, 900, 5000):
        body = json.dumps(template(item("pipelines", "P", deep="HERE")))
        error = refused(tmp_path, body.replace('"HERE"', "[" * depth + "]" * depth))
        assert "nested deeper" in error.problems[0].message


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "x", "[parameters('factoryName')]", "[no()]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "type", "x"]), inner),
    max_leaves=6,
)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_anywhere_in_a_template_it_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    whole = template(FACTORY, item("pipelines", "P", "datasets/D"), item("datasets", "D"), parameters=LOCATION)
    path = data.draw(st.sampled_from([path for path, _ in walk(whole)]))
    problems: tuple[Problem, ...] = ()
    try:
        load(tmp_path, replace(whole, path, data.draw(ODD)))
    except Refused as error:
        problems = error.problems
    assert all(problem.where and problem.remedy for problem in problems)


def _main_templates() -> list[Path]:
    return sorted(CORPUS.glob("arm/*/ARMTemplateForFactory.json"))


@needs_corpus
@pytest.mark.parametrize("path", _main_templates(), ids=lambda path: path.parent.name)
def test_every_published_template_loads_with_all_its_objects(path: Path) -> None:
    raw = json.loads(path.read_text(encoding="utf-8-sig"))
    loaded = read(path.parent, TARGET)
    kinds = [each["type"].split("/", 2)[2].casefold() for each in raw["resources"] if each["type"].count("/") > 1]
    inside = [each for each in raw["resources"] if "globalParameters" in each.get("properties", {})]
    found = [each.kind.arm_type.casefold() for each in loaded.factory.objects]
    assert sorted(found) == sorted([*kinds, *("globalparameters" for _ in inside)])
    assert not [notice for notice in loaded.notices if notice.code is Code.LEFT_OUT]
    assert not [notice for notice in loaded.notices if notice.code is Code.REFERENCE_MISSING]


@needs_corpus
@pytest.mark.parametrize("path", sorted(CORPUS.glob("odd/*")), ids=lambda path: path.name)
def test_every_odd_file_is_refused(path: Path) -> None:
    with pytest.raises(Refused) as error:
        read(path, TARGET)
    assert all(problem.where and problem.where.path == str(path) and problem.remedy for problem in error.value.problems)
