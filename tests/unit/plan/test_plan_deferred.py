"""What only Azure can evaluate, or fetch: sent again each time by arm, refused with rest."""

from typing import Any

import pytest

from ecluse.arm.expressions import Evaluator, Raw
from ecluse.errors import Code, Refused
from ecluse.jsontree import Json, Secret, VaultSecret
from ecluse.model.objects import AdfObject
from ecluse.plan.deployments import Room, deployments
from ecluse.plan.make import make
from ecluse.plan.plan import Action, Reason
from ecluse.plan.steps import DeployTemplate
from tests.factories import factory, inputs, live, pipeline, schedule, thing

KEY = "listKeys('/subscriptions/s/resourceGroups/g/providers/A.B/c/st', '2019-06-01').keys[0].value"
PARAMETERS = {"password": Secret("hunter2"), "run": Raw("[newGuid()]")}


def evaluated(tree: Json) -> Any:
    return Evaluator(parameters=PARAMETERS, variables={}, subscription="s", resource_group="g").evaluate(tree)


def service(text: str, **more: Any) -> AdfObject:
    typed = {"connectionString": text, **more}
    return thing("linkedService.L", evaluated({"type": "AzureBlobStorage", "typeProperties": typed}))


def template(*objects: AdfObject) -> DeployTemplate:
    (step,) = deployments("adf", objects)
    return step


SENT = service(f"[concat('AccountName=st;AccountKey=', {KEY})]")
LIVE = service("AccountName=st")


def test_an_object_that_may_differ_there_only_is_sent_again_and_its_expression_is_shown() -> None:
    plan = make(inputs(factory(SENT), live(LIVE)))
    (change,) = plan.changes
    assert (change.action, change.reason) == (Action.RESEND, Reason.EVALUATED_BY_AZURE)
    assert change.detail == f"typeProperties.connectionString is [concat('AccountName=st;AccountKey=', {KEY})]"
    assert not plan.has_changes
    assert isinstance(plan.steps[0], DeployTemplate)


@pytest.mark.parametrize("old", [{"a": 1}, ["x"], 7, None])
def test_azure_may_make_anything_of_an_expression(old: Json) -> None:
    (change,) = make(inputs(factory(SENT), live(service("x").with_body(_with(old))))).changes
    assert change.action is Action.RESEND


def _with(value: Json) -> dict[str, Json]:
    return {"name": "L", "properties": {"type": "AzureBlobStorage", "typeProperties": {"connectionString": value}}}


def test_it_is_sent_again_even_where_secrets_are_not() -> None:
    (change,) = make(inputs(factory(SENT), live(LIVE), secrets="never")).changes
    assert change.action is Action.RESEND


def test_a_new_object_is_created_and_another_difference_is_one() -> None:
    assert make(inputs(factory(SENT), live())).changes[0].action is Action.CREATE
    other = make(inputs(factory(service("[guid('x')]", sasUri="new")), live(service("x", sasUri="old"))))
    (change,) = other.changes
    assert (change.action, [each.path[-1] for each in change.differences]) == (Action.UPDATE, ["sasUri"])


@pytest.mark.parametrize("there", [live(), live(LIVE)], ids=["new", "live"])
def test_with_rest_it_is_refused_with_the_ways_out(there: Any) -> None:
    with pytest.raises(Refused) as refused:
        make(inputs(factory(SENT), there, method="rest"))
    (problem,) = refused.value.problems
    assert (problem.code, problem.subject) == (Code.METHOD, "linkedService.L")
    assert "typeProperties.connectionString is an expression with listKeys" in problem.message
    assert "--method arm" in problem.remedy
    assert "linkedService,L,typeProperties.connectionString,VALUE" in problem.remedy


VAULT = VaultSecret({"keyVault": {"id": "/subscriptions/s/vault"}, "secretName": "n"})


def test_with_rest_a_key_vault_reference_is_refused_with_the_ways_out() -> None:
    held = thing("linkedService.L", {"type": "SqlServer", "typeProperties": {"connectionString": VAULT}})
    assert make(inputs(factory(held), live())).has_changes
    with pytest.raises(Refused) as refused:
        make(inputs(factory(held), live(), method="rest"))
    (problem,) = refused.value.problems
    assert (problem.code, problem.subject) == (Code.METHOD, "linkedService.L")
    assert "typeProperties.connectionString comes from a Key Vault reference" in problem.message
    assert "--method arm" in problem.remedy
    assert "linkedService,L,typeProperties.connectionString,$Env:VARIABLE" in problem.remedy


def test_a_key_vault_reference_in_what_no_method_sends_by_arm_is_refused_with_both() -> None:
    held = thing("globalParameters.default", {"key": {"type": "string", "value": VAULT}})
    with pytest.raises(Refused) as refused:
        make(inputs(factory(held), live()))
    (problem,) = refused.value.problems
    assert problem.code is Code.METHOD
    assert "--method" not in problem.remedy
    assert "globalParameters.key.value" in problem.remedy


def test_what_no_method_sends_by_arm_is_refused_with_both() -> None:
    value = evaluated({"env": {"type": "string", "value": "[guid('x')]"}})
    with pytest.raises(Refused) as refused:
        make(inputs(factory(thing("globalParameters.default", value)), live()))
    (problem,) = refused.value.problems
    assert problem.code is Code.METHOD
    assert "--method" not in problem.remedy
    assert "globalParameters.env.value" in problem.remedy


BY_NAME = [
    "[listKeys('st', '2019-06-01').keys[0].value]",
    "[concat('AccountKey=', listKeys(concat('st', uniqueString('/x/y')), '2019-06-01').primaryKey)]",
    "[createArray(createObject('k', reference('st')))]",
]
BY_ID = [
    f"[{KEY}]",
    "[listKeys(resourceId('A.B/c', uniqueString('x')), '2019-06-01').primaryKey]",
    "[listKeys(concat('A.B/c/', uniqueString('x')), '2019-06-01').primaryKey]",
    "[reference(concat(resourceGroup().id, '/providers/A.B/c/d'), '2019-06-01').x]",
    "[uniqueString('st')]",
]


@pytest.mark.parametrize("text", BY_NAME)
def test_a_resource_that_is_not_sent_along_has_to_be_named_by_its_id(text: str) -> None:
    with pytest.raises(Refused) as refused:
        make(inputs(factory(service(text)), live()))
    (problem,) = refused.value.problems
    assert (problem.code, problem.subject) == (Code.ARM_FUNCTION, "linkedService.L")
    assert "by name alone" in problem.message
    assert "resourceId(" in problem.remedy
    assert "linkedService,L,typeProperties.connectionString,VALUE" in problem.remedy


@pytest.mark.parametrize("text", BY_ID)
def test_a_resource_that_is_named_by_its_id_may_be_anywhere(text: str) -> None:
    assert make(inputs(factory(service(text)), live())).steps


def test_a_new_factory_is_not_made_of_expressions() -> None:
    resource = {"tags": evaluated({"made": "[parameters('run')]"})}
    with pytest.raises(Refused) as refused:
        make(inputs(factory(pipeline("P"), resource=resource), live(exists=False), create=True))
    (problem,) = refused.value.problems
    assert problem.code is Code.METHOD
    assert "newGuid" in problem.message


def test_a_name_that_only_azure_knows_is_no_reference() -> None:
    refers = evaluated({"referenceName": "[concat('LS', guid('x'))]", "type": "LinkedServiceReference"})
    plan = make(inputs(factory(thing("dataset.D", {"linkedServiceName": refers})), live()))
    assert plan.changes[0].action is Action.CREATE


def test_a_running_trigger_is_not_stopped_for_it() -> None:
    trigger, old = (schedule("T", state="Started", annotations=[each]) for each in evaluated(["[guid('x')]", "y"]))
    (change,) = make(inputs(factory(trigger), live(old, running=["T"]), trigger_stop="changed")).changes
    assert (change.action, change.reason) == (Action.KEEP, Reason.EVALUATED_BY_AZURE)


def test_in_the_template_it_is_an_expression_without_the_sources_parameters() -> None:
    each = service("[concat('[x] Password=', parameters('password'), guid('x'))]", note="[[x]")
    step = template(each)
    assert step.template["resources"][0]["properties"]["typeProperties"] == {
        "connectionString": "[concat('[x] Password=', parameters('secret1'), guid('x'))]",
        "note": "[[x]",
    }
    assert step.template["parameters"] == {"secret1": {"type": "secureString"}}
    assert dict(step.parameters) == {"secret1": {"value": "hunter2"}}
    assert "hunter2" not in repr(step)


def test_what_arm_takes_in_defaults_only_becomes_one_and_the_same_is_one_parameter() -> None:
    one, other, third = evaluated(["[parameters('run')]", "[concat('at ', parameters('run'))]", "[utcNow('d')]"])
    step = template(pipeline("A", description=one), pipeline("B", description=other), pipeline("C", description=third))
    assert [each["properties"]["description"] for each in step.template["resources"]] == [
        "[parameters('default1')]",
        "[concat('at ', parameters('default1'))]",
        "[parameters('default2')]",
    ]
    assert step.template["parameters"] == {
        "default1": {"type": "secureString", "defaultValue": "[newGuid()]"},
        "default2": {"type": "secureString", "defaultValue": "[utcNow('d')]"},
    }
    assert step.parameters == {}


def test_such_parameters_need_room_too() -> None:
    made = [pipeline(f"P{number}", description=evaluated(f"[concat('{number}', newGuid())]")) for number in range(5)]
    assert [len(each.refs) for each in deployments("adf", made, Room(parameters=2))] == [2, 2, 1]
