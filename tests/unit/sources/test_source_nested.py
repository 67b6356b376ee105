"""Templates by hand: nested deployments, resources inside of resources, conditions, symbolic names."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecluse.errors import Code, Notice, Problem, Refused
from ecluse.jsontree import Missing, Secret, replace, walk
from ecluse.model.objects import ref
from ecluse.sources.adf_publish import read
from ecluse.sources.loaded import Loaded
from ecluse.sources.parameters import ParameterInputs, read_inputs
from tests.unit.sources.template_bodies import TARGET, deploying, item, template, write

INNER = {"expressionEvaluationOptions": {"scope": "inner"}}
STORAGE = {"type": "Microsoft.Storage/storageAccounts", "name": "[uniqueString('x')]"}


def load(folder: Path, content: Any, inputs: ParameterInputs | None = None) -> Loaded:
    return read(write(folder, ARMTemplateForFactory=content), TARGET, inputs)


def refused(folder: Path, content: Any) -> Problem:
    with pytest.raises(Refused) as error:
        load(folder, content)
    (problem,) = error.value.problems
    assert problem.where
    assert problem.remedy
    return problem


def left_out(loaded: Loaded) -> list[Notice]:
    return [notice for notice in loaded.notices if notice.code is Code.LEFT_OUT]


# --- nested deployments ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"expressionEvaluationOptions": {"scope": "Outer"}}])
def test_an_outer_one_sees_the_parameters_around_it(options: dict[str, Any], tmp_path: Path) -> None:
    inside = {"resources": [item("pipelines", "P", env="[parameters('env')]")]}
    env = {"env": {"type": "string", "defaultValue": "dev"}}
    body = template(item("pipelines", "Own"), deploying("d", template=inside, properties=options), parameters=env)
    factory = load(tmp_path, body, read_inputs(sets=[("env", "uat")])).factory
    assert [at.name for at in factory.objects] == ["Own", "P"]
    assert factory.objects[ref("pipeline", "P")].properties["env"] == "uat"


def test_an_inner_one_sees_what_it_is_handed_and_its_own_defaults(tmp_path: Path) -> None:
    inside = template(
        item("pipelines", "P", a="[parameters('a')]", b="[variables('b')]", c="[parameters('pw')]"),
        parameters={
            "a": {"type": "string", "defaultValue": "its own"},
            "n": {"type": "string"},
            "pw": {"type": "securestring"},
            "may": {"type": "string", "nullable": True},
        },
        variables={"factoryId": "", "b": "[concat(parameters('n'), '!', coalesce(parameters('may'), 'none'))]"},
    )
    parameters = {"x": {"type": "string", "defaultValue": "outer"}, "secret": {"type": "secureString"}}
    one = deploying("d", template=inside, properties=INNER, n="[parameters('x')]", pw="[parameters('secret')]")
    inputs = read_inputs(sets=[("secret", "@env:S")], environ={"S": "hunter2"})
    each = load(tmp_path, template(one, parameters=parameters), inputs).factory.objects[ref("pipeline", "P")]
    assert each.properties["a"] == "its own"
    assert each.properties["b"] == "outer!none"
    assert isinstance(each.properties["c"], Secret)


def test_a_key_vault_reference_is_handed_down_as_it_is(tmp_path: Path) -> None:
    inside = template(item("pipelines", "P", c="[parameters('pw')]"), parameters={"pw": {"type": "securestring"}})
    one = deploying("d", template=inside, properties=INNER)
    vault = {"keyVault": {"id": "/subscriptions/s/vaults/v"}, "secretName": "s"}
    one["properties"]["parameters"]["pw"] = {"reference": vault}
    (each,) = load(tmp_path, template(one)).factory.objects.values()
    assert each.properties["c"].reference == vault


def test_a_missing_value_stays_missing_through_a_nested_template(tmp_path: Path) -> None:
    inside = template(item("pipelines", "P", n="[parameters('n')]"), parameters={"n": {"type": "int"}})
    one = deploying("d", template=inside, properties=INNER, n="[parameters('outer n')]")
    (each,) = load(tmp_path, template(one, parameters={"outer n": {"type": "int"}})).factory.objects.values()
    assert isinstance(each.properties["n"], Missing)
    assert each.properties["n"].parameter == "outer n"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"resourceGroup": "rg-other"}, "its resourceGroup is rg-other, the target's is rg"),
        ({"subscriptionId": "[concat('an', 'other')]"}, "its subscriptionId is another"),
        ({"scope": "/"}, "its scope is /"),
        ({"resourceGroup": "[newGuid()]"}, "its resourceGroup can't be known here"),
        ({"resourceGroup": "[nonsense()]"}, "its resourceGroup can't be known here"),
        ({"condition": False}, "its condition is false"),
        ({"condition": "[equals(parameters('factoryName'), 'adf-other')]"}, "its condition is false"),
    ],
)
def test_what_goes_elsewhere_or_is_not_wanted_is_left_out_by_name(
    more: dict[str, Any], why: str, tmp_path: Path
) -> None:
    one = deploying("other", template={"resources": [item("pipelines", "P")]}) | more
    loaded = load(tmp_path, template(item("pipelines", "Own"), one))
    assert [at.name for at in loaded.factory.objects] == ["Own"]
    (notice,) = left_out(loaded)
    assert "the deployment 'other' is left out" in notice.message
    assert why in notice.message


@pytest.mark.parametrize("more", [{"resourceGroup": "RG"}, {"subscriptionId": "[subscription().subscriptionId]"}])
def test_what_goes_to_the_targets_group_is_read(more: dict[str, Any], tmp_path: Path) -> None:
    one = deploying("d", template={"resources": [item("pipelines", "P")]}) | more
    assert load(tmp_path, template(one)).factory.objects


def test_what_holds_nothing_of_a_factory_need_not_even_be_understood(tmp_path: Path) -> None:
    odd = {"parameters": 7, "resources": [STORAGE | {"copy": {"count": 3}}, {"neither": "type nor name"}]}
    nothing = [
        deploying("roles", template=odd) | {"condition": "[nonsense()]", "copy": {"count": 2}},
        deploying("pid-1", template={"resources": []}),
    ]
    loaded = load(tmp_path, template(item("pipelines", "P"), *nothing))
    assert [notice.message for notice in left_out(loaded)] == [
        "the deployment 'roles' is left out: it holds nothing of a data factory",
        "the deployment 'pid-1' is left out: it holds nothing of a data factory",
    ]


def test_nested_ones_nest(tmp_path: Path) -> None:
    deepest = {"resources": [item("pipelines", "Deep"), STORAGE]}
    inner = template(deploying("two", template=deepest), item("datasets", "D"))
    loaded = load(tmp_path, template(deploying("one", template=inner, properties=INNER)))
    assert sorted(at.name for at in loaded.factory.objects) == ["D", "Deep"]
    assert "storageAccounts" in left_out(loaded)[0].message


def test_an_object_in_two_nested_templates_is_refused(tmp_path: Path) -> None:
    both = [deploying(name, template={"resources": [item("pipelines", "P")]}) for name in ("one", "two")]
    assert refused(tmp_path, template(*both)).code is Code.DUPLICATE_OBJECT


@pytest.mark.parametrize(
    ("deployment", "said"),
    [
        (deploying("d", template=template(item("pipelines", "P")), properties=INNER | {"parameters": 7}), "no object"),
        (deploying("d", template={"resources": [item("pipelines", "P")]}) | {"copy": {"count": 2}}, "`copy`"),
        (deploying("d", template={"parameters": 7, "resources": [item("pipelines", "P")]}), "no object"),
    ],
)
def test_what_is_wrong_with_a_deployment_is_told(deployment: dict[str, Any], said: str, tmp_path: Path) -> None:
    assert said in refused(tmp_path, template(deployment)).message


def test_the_name_of_the_factory_is_found_through_a_nested_template(tmp_path: Path) -> None:
    pipeline = item("pipelines", "P") | {"name": "[format('{0}/{1}', parameters('dataFactoryName'), 'P')]"}
    inside = {"parameters": {"dataFactoryName": {"type": "string"}}, "resources": [pipeline | {"dependsOn": []}]}
    one = deploying("adf", template=inside, properties=INNER, dataFactoryName="[parameters('adfName')]")
    del one["properties"]["parameters"]["factoryName"]
    body = {"parameters": {"adfName": {"type": "string", "defaultValue": "adf-dev"}}, "resources": [one]}
    assert list(load(tmp_path, body).factory.objects) == [ref("pipeline", "P")]


@pytest.mark.parametrize(
    "variable", ["[parameters('n')]", "[concat('adf', uniqueString(resourceGroup().id))]", "adf-fixed"]
)
def test_a_variable_may_name_the_factory(variable: str, tmp_path: Path) -> None:
    head = {"type": "Microsoft.DataFactory/factories", "name": "[variables('adf')]", "properties": {}}
    pipeline = item("pipelines", "P") | {
        "name": "[concat(variables('adf'), '/P')]",
        "dependsOn": ["[variables('adf')]"],
    }
    body = {
        "parameters": {"n": {"type": "string", "defaultValue": "adf-dev"}},
        "variables": {"adf": variable},
        "resources": [head, pipeline],
    }
    assert list(load(tmp_path, body).factory.objects) == [ref("pipeline", "P")]


def test_a_parameter_behind_the_variable_that_names_the_factory_follows_too(tmp_path: Path) -> None:
    pipeline = item("pipelines", "P", of="[parameters('n')]") | {"name": "[concat(variables('adf'), '/P')]"}
    body = {
        "parameters": {"n": {"type": "string", "defaultValue": "adf-dev"}},
        "variables": {"adf": "[parameters('n')]"},
        "resources": [pipeline],
    }
    assert load(tmp_path, body).factory.objects[ref("pipeline", "P")].properties["of"] == "adf-uat"


# --- resources inside of resources -----------------------------------------------------------------------------------


def test_resources_inside_of_others_have_short_types_and_names(tmp_path: Path) -> None:
    endpoint = {"type": "managedPrivateEndpoints", "name": "E", "properties": {"groupId": "blob"}}
    network = {"type": "managedVirtualNetworks", "name": "default", "properties": {}, "resources": [endpoint]}
    pipeline = {
        "type": "pipelines",
        "name": "P",
        "properties": {"a": 1},
        "dependsOn": ["LS", "[parameters('factoryName')]"],
    }
    factory = {
        "type": "Microsoft.DataFactory/factories",
        "name": "[parameters('factoryName')]",
        "properties": {},
        "resources": [network, pipeline, item("linkedservices", "LS")],
    }
    loaded = load(tmp_path, template(factory))
    assert {str(at) for at in loaded.factory.objects} == {
        "managedVirtualNetwork.default",
        "managedPrivateEndpoint.E",
        "pipeline.P",
        "linkedService.LS",
    }
    assert loaded.factory.objects[ref("pipeline", "P")].properties == {"a": 1}


# --- conditions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("condition", [True, "[bool('true')]", "[not(equals(1, 2))]", "[parameters('wanted')]"])
def test_a_true_condition_deploys(condition: Any, tmp_path: Path) -> None:
    wanted = {"wanted": {"type": "bool", "defaultValue": True}}
    body = template(item("pipelines", "P") | {"condition": condition}, parameters=wanted)
    assert load(tmp_path, body).factory.objects


def test_a_false_condition_leaves_out_by_name_and_what_waits_for_it_waits_no_more(tmp_path: Path) -> None:
    idle = item("datasets", "D") | {"condition": "[parameters('wanted')]"}
    body = template(item("pipelines", "P", "datasets/D"), idle, parameters={"wanted": {"type": "bool"}})
    loaded = load(tmp_path, body, read_inputs(sets=[("wanted", "false")]))
    (each,) = loaded.factory.objects.values()
    assert each.depends_on == ()
    (notice,) = loaded.notices
    assert notice.message.endswith("datasets 'D' is left out: its condition is false")


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("[parameters('wanted')]", "the parameter 'wanted' has no value and decides"),
        ("[equals(newGuid(), 'x')]", "newGuid"),
        ("[concat('tr', 'ue')]", "neither true nor false"),
    ],
)
def test_a_condition_that_can_not_be_known_is_refused(condition: str, said: str, tmp_path: Path) -> None:
    body = template(item("pipelines", "P") | {"condition": condition}, parameters={"wanted": {"type": "bool"}})
    assert said in refused(tmp_path, body).message


# --- symbolic names --------------------------------------------------------------------------------------------------


def test_resources_may_be_named_by_symbols(tmp_path: Path) -> None:
    body = {
        "languageVersion": "2.0",
        "parameters": {"factoryName": {"type": "string"}},
        "resources": {
            "adf": {
                "existing": True,
                "type": "Microsoft.DataFactory/factories",
                "apiVersion": "2018-06-01",
                "name": "[parameters('factoryName')]",
            },
            "there": item("linkedServices", "There") | {"existing": True, "dependsOn": []},
            "d": item("datasets", "D") | {"dependsOn": ["adf", "there"]},
            "p": item("pipelines", "P") | {"dependsOn": ["d"]},
        },
    }
    loaded = load(tmp_path, body)
    assert [str(at) for at in loaded.factory.objects] == ["dataset.D", "pipeline.P"]
    assert loaded.factory.objects[ref("pipeline", "P")].depends_on == (ref("dataset", "D"),)
    assert loaded.factory.resource == {}
    assert loaded.notices == ()


def test_functions_of_ones_own_are_refused_by_name_when_they_are_used(tmp_path: Path) -> None:
    own = [
        {"namespace": "contoso", "members": {"name": {"parameters": [], "output": {"type": "string", "value": "x"}}}}
    ]
    assert load(tmp_path, template(item("pipelines", "P"), functions=own)).factory.objects
    used = template(item("pipelines", "P", x="[contoso.name('a')]"), functions=own)
    assert "contoso.name" in refused(tmp_path, used).message


def test_copy_is_refused_by_name_with_the_way_out(tmp_path: Path) -> None:
    problem = refused(tmp_path, template(item("pipelines", "P") | {"copy": {"name": "c", "count": 2}}))
    assert "`copy`" in problem.message
    assert "write out what it makes" in problem.remedy
    copies = {"copy": [{"name": "x", "count": 2, "input": "[copyIndex('x')]"}]}
    for inside in ({"copy": [{"name": "x", "count": 2, "input": 1}]}, {"deep": [copies]}):
        assert "`copy`" in refused(tmp_path, template(item("pipelines", "P", **inside))).message
    assert load(tmp_path, template(item("pipelines", "P", copy="a word of its own"))).factory.objects


# --- whatever stands in one ------------------------------------------------------------------------------------------

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "x", "../x.json", "[no()]", "[newGuid()]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "type", "value"]), inner),
    max_leaves=6,
)
WHOLE = template(
    deploying("one", template=template(item("pipelines", "P")), properties=INNER) | {"resourceGroup": "rg"},
    deploying("two", template={"resources": [item("pipelines", "Q")]}) | {"condition": True, "scope": None},
    deploying("three", templateLink={"relativePath": "part.json"}),
    item("managedVirtualNetworks", "default")
    | {"resources": [{"type": "managedPrivateEndpoints", "name": "E", "properties": {}}]},
)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_anywhere_it_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    write(tmp_path, part=template(item("datasets", "D")))
    path = data.draw(st.sampled_from([path for path, _ in walk(WHOLE)]))
    problems: tuple[Problem, ...] = ()
    try:
        load(tmp_path, replace(WHOLE, path, data.draw(ODD)))
    except Refused as error:
        problems = error.problems
    assert all(problem.where and problem.remedy for problem in problems)
