"""What the recordings taught the sandbox; these need no recordings, so that they always run."""

import time
from typing import Any

import pytest

from tests.sandbox_process import GROUP, RunningSandbox

VERSION = "2024-07-01"
FACTORY = {"location": "westeurope", "properties": {}}
DAILY = {"type": "ScheduleTrigger", "pipelines": [], "typeProperties": {}}


def template(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "$schema": "https://x/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": list(resources),
    } | more


def pipeline(name: str, **more: Any) -> dict[str, Any]:
    body = {"type": "Microsoft.DataFactory/factories/pipelines", "apiVersion": "2018-06-01", "name": f"adf-test/{name}"}
    return body | {"properties": {"activities": [], "description": name}} | more


def nested(name: str, inner: dict[str, Any], **more: Any) -> dict[str, Any]:
    properties = {"mode": "Incremental", "template": inner} | more
    kind = "Microsoft.Resources/deployments"
    return {"type": kind, "apiVersion": VERSION, "name": name, "properties": properties}


def path(sandbox: RunningSandbox, name: str) -> str:
    return f"{sandbox.group_path}/providers/Microsoft.Resources/deployments/{name}"


def deployed(sandbox: RunningSandbox, sent: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The deployment's properties when it has ended."""
    sandbox.call("PUT", sandbox.factory_path(), FACTORY)
    body = {"properties": {"mode": "Incremental", "template": sent} | more}
    status, answer, _ = sandbox.call("PUT", path(sandbox, "d1"), body, VERSION)
    assert status == 201, answer
    return ended(sandbox)


def ended(sandbox: RunningSandbox, name: str = "d1") -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while True:
        _, answer, _ = sandbox.call("GET", path(sandbox, name), version=VERSION)
        properties: dict[str, Any] = answer["properties"]
        if properties["provisioningState"] not in {"Accepted", "Running"} or time.monotonic() > deadline:
            return properties


def test_outputs_and_parameters_are_told_in_camel_case_with_their_values(sandbox: RunningSandbox) -> None:
    parameters = {
        "StorageName": {"type": "string", "defaultValue": "[resourceGroup().name]"},
        "KEY": {"type": "securestring", "defaultValue": "hidden"},
    }
    outputs = {"NewNSG": {"type": "object", "value": "[reference('adf-test/P')]"}}
    done = deployed(sandbox, template(pipeline("P"), parameters=parameters, outputs=outputs))

    assert done["parameters"] == {"storageName": {"type": "String", "value": GROUP}, "key": {"type": "SecureString"}}
    value = done["outputs"]["newNSG"]["value"]
    assert value["description"] == "P"
    assert value["lastPublishTime"]


def test_a_template_without_parameters_is_told_without_them(sandbox: RunningSandbox) -> None:
    assert "parameters" not in deployed(sandbox, template())


@pytest.mark.parametrize(
    "output", ["[reference('gone')]", "[reference('adf-test/P').nothing]"], ids=["no such resource", "no such member"]
)
def test_an_output_that_cannot_be_made_fails_the_deployment(sandbox: RunningSandbox, output: str) -> None:
    parts = {"outputs": {"x": {"type": "object", "value": output}}}
    sandbox.call("PUT", sandbox.factory_path(), FACTORY)
    body = {"properties": {"mode": "Incremental", "template": template(pipeline("P"), **parts)}}
    status, answer, _ = sandbox.call("PUT", path(sandbox, "d1"), body, VERSION)
    if status == 201:
        assert ended(sandbox)["error"]["details"][0]["code"] == "DeploymentOutputEvaluationFailed"
    else:
        assert answer["error"]["code"] == "InvalidTemplate"


def test_reference_outside_of_outputs_is_said_to_be_unknown(sandbox: RunningSandbox) -> None:
    wrong = pipeline("P", properties={"activities": [], "description": "[reference('adf-test/Q')]"})
    body = {"properties": {"mode": "Incremental", "template": template(wrong)}}
    status, answer, _ = sandbox.call("PUT", path(sandbox, "d1"), body, VERSION)
    assert (status, answer["error"]["code"]) == (501, "NotImplementedBySandbox")


def test_a_missing_parameter_is_told_with_its_place_in_the_request(sandbox: RunningSandbox) -> None:
    text = (
        b'{"properties": {"mode": "Incremental", template: {"$schema": "s", "contentVersion": "1",\n  "parameters": {\n'
    )
    text += b'    "lost": {"type": "string"}}, "resources": []}}}'
    _, answer, _ = sandbox.call("POST", f"{path(sandbox, 'd1')}/validate", text, VERSION)
    assert "'lost' at line '3' and column '13' is not provided" in answer["error"]["message"]
    assert answer["error"]["additionalInfo"][0]["info"]["lineNumber"] == 3


def test_a_nested_deployment_is_one_of_its_own(sandbox: RunningSandbox) -> None:
    parameters = {"name": {"type": "string", "defaultValue": "adf-test/Inner"}}
    inner = template(pipeline("") | {"name": "[parameters('name')]"})
    done = deployed(sandbox, template(pipeline("Outer"), nested("part", inner), parameters=parameters))

    written = {each["id"].rsplit("/", 1)[1] for each in done["outputResources"]}
    assert (done["provisioningState"], written) == ("Succeeded", {"Inner", "Outer"})
    assert ended(sandbox, "part")["provisioningState"] == "Succeeded"
    _, answer, _ = sandbox.call("GET", f"{path(sandbox, 'd1')}/operations", version=VERSION)
    kinds = [each["properties"].get("targetResource", {}).get("resourceName") for each in answer["value"]]
    assert kinds == ["part", "adf-test/Outer", None]


def test_a_nested_deployment_with_its_own_scope_knows_only_its_own_parameters(sandbox: RunningSandbox) -> None:
    parameters = {"name": {"type": "string", "defaultValue": "adf-test/Given"}}
    inner = template(
        pipeline("") | {"name": "[parameters('own')]"},
        parameters={"own": {"type": "string", "defaultValue": "adf-test/No"}},
    )
    part = nested(
        "part",
        inner,
        expressionEvaluationOptions={"scope": "inner"},
        parameters={"own": {"value": "[parameters('name')]"}},
    )
    done = deployed(sandbox, template(part, parameters=parameters))
    assert [each["id"].rsplit("/", 1)[1] for each in done["outputResources"]] == ["Given"]


def test_what_fails_in_a_nested_deployment_fails_the_outer_one(sandbox: RunningSandbox) -> None:
    refused = pipeline("P", properties={"activities": [{"referenceName": "Gone", "type": "DatasetReference"}]})
    done = deployed(sandbox, template(nested("part", template(refused))))
    assert done["provisioningState"] == "Failed"
    (detail,) = done["error"]["details"]
    assert detail["code"] == "Conflict"
    assert "because of invalid reference 'Gone'" in detail["message"]


def test_a_nested_deployment_into_a_missing_group_is_refused(sandbox: RunningSandbox) -> None:
    part = nested("part", template()) | {"resourceGroup": "rg-gone"}
    body = {"properties": {"mode": "Incremental", "template": template(part)}}
    status, answer, _ = sandbox.call("POST", f"{path(sandbox, 'd1')}/validate", body, VERSION)
    assert (status, answer["error"]["code"]) == (404, "ResourceGroupNotFound")


def test_a_cancelled_deployment_tells_no_resources(sandbox: RunningSandbox) -> None:
    sandbox.settings(stepDelaySeconds=0.3)
    body = {"properties": {"mode": "Incremental", "template": template(pipeline("P"))}}
    sandbox.call("PUT", path(sandbox, "d1"), body, VERSION)
    sandbox.call("POST", f"{path(sandbox, 'd1')}/cancel", version=VERSION)
    done = ended(sandbox)
    assert done["provisioningState"] == "Canceled"
    assert "outputResources" not in done


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"type": "LastSuccessful"}, {"type": "LastSuccessful", "deploymentName": "d1"}),
        (
            {"type": "SpecificDeployment", "deploymentName": "d0"},
            {"type": "SpecificDeployment", "deploymentName": "d0"},
        ),
    ],
)
def test_what_to_do_on_error_is_told_again(
    sandbox: RunningSandbox, wanted: dict[str, str], told: dict[str, str]
) -> None:
    deployed(sandbox, template())
    body = {"properties": {"mode": "Incremental", "template": template(), "onErrorDeployment": wanted}}
    _, answer, _ = sandbox.call("PUT", path(sandbox, "d2"), body, VERSION)
    assert answer["properties"]["onErrorDeployment"] == told


def test_the_keys_of_a_runtime_change_when_asked_to(sandbox: RunningSandbox) -> None:
    sandbox.call("PUT", sandbox.factory_path(), FACTORY)
    runtime = f"{sandbox.factory_path()}/integrationRuntimes/IR-Own"
    sandbox.call("PUT", runtime, {"properties": {"type": "SelfHosted"}})
    _, before, _ = sandbox.call("POST", f"{runtime}/listAuthKeys")
    _, made, _ = sandbox.call("POST", f"{runtime}/regenerateAuthKey", {"keyName": "authKey2"})
    _, after, _ = sandbox.call("POST", f"{runtime}/listAuthKeys")
    status, _, _ = sandbox.call("POST", f"{runtime}/regenerateAuthKey", {"keyName": "authKey3"})
    assert before["authKey1"].startswith("IR@")
    assert before | made == after != before
    assert status == 400


def test_a_trigger_that_needs_no_subscription_counts_as_subscribed_until_it_is_unsubscribed(
    sandbox: RunningSandbox,
) -> None:
    sandbox.call("PUT", sandbox.factory_path(), FACTORY)
    trigger = f"{sandbox.factory_path()}/triggers/T"
    sandbox.call("PUT", trigger, {"properties": DAILY})
    asked = [("getEventSubscriptionStatus", "Enabled"), ("unsubscribeFromEvents", "Disabled")]
    for action, status in [*asked, ("getEventSubscriptionStatus", "Disabled"), ("subscribeToEvents", "Enabled")]:
        assert sandbox.call("POST", f"{trigger}/{action}")[1] == {"triggerName": "T", "status": status}
