"""Deployments at work: order, failure, cancel, what a reader sees half-way and afterwards."""

import json
import re
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from tests.contract.sandbox.sandbox_bodies import (
    DEPLOYMENTS,
    deploy,
    deployment,
    deployment_path,
    error,
    final,
    put,
    refer,
    resource,
    schedule,
    template,
    with_factory,
)
from tests.sandbox_process import GROUP, RunningSandbox

CHAIN = template(
    resource("pipelines", "P", ("datasets/D",), activities=[refer("Dataset", "D")]),
    resource("datasets", "D", ("linkedServices/LS",), linkedServiceName=refer("LinkedService", "LS")),
    resource("linkedServices", "LS", type="X"),
)


def written(sandbox: RunningSandbox) -> list[str]:
    return [call["path"].rsplit("/", 1)[1] for call in sandbox.calls("DEPLOY")]


def test_the_real_client_deploys_in_the_order_of_dependencies(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    client = sandbox.clients().deployments()

    assert client.deployments.begin_validate(GROUP, "d1", deployment(CHAIN)).result().get("error") is None
    done = client.deployments.begin_create_or_update(GROUP, "d1", deployment(CHAIN)).result()

    assert done["properties"]["provisioningState"] == "Succeeded"
    assert written(sandbox) == ["LS", "D", "P"]
    operations = [one["properties"] for one in client.deployment_operations.list(GROUP, "d1")]
    assert [one["provisioningOperation"] for one in operations] == ["Create"] * 3 + ["EvaluateDeploymentOutput"]
    assert operations[0]["targetResource"]["resourceName"] == "adf-test/LS"
    as_told = CHAIN | {"parameters": {"factoryName": CHAIN["parameters"]["factoryName"] | {"type": "String"}}}
    assert client.deployments.export_template(GROUP, "d1")["template"] == as_told
    assert client.deployments.check_existence(GROUP, "d1")
    assert [one["name"] for one in client.deployments.list_by_resource_group(GROUP)] == ["d1"]


def test_without_depends_on_the_last_of_the_template_comes_first(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    forgetful = template(
        resource("linkedServices", "LS", type="X"),
        resource("datasets", "D", linkedServiceName=refer("LinkedService", "LS")),
    )

    assert "invalid reference 'ls'" in json.dumps(deploy(sandbox, forgetful)["error"])


def test_a_put_answers_201_then_200_with_an_operation_to_poll_and_no_pause(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    path = deployment_path(sandbox)

    status, body, headers = sandbox.call("PUT", path, deployment(CHAIN), version=DEPLOYMENTS)

    assert (status, body["properties"]["provisioningState"]) == (201, "Accepted")
    operation = headers["azure-asyncoperation"]
    assert re.fullmatch(rf"{sandbox.url}{path}/operationStatuses/\d+\?api-version={DEPLOYMENTS}", operation)
    assert "retry-after" not in headers
    final(sandbox)
    assert sandbox.call("GET", operation)[1] == {"status": "Succeeded"}
    assert sandbox.call("PUT", path, deployment(CHAIN), version=DEPLOYMENTS)[0] == 200


def test_a_failure_stops_what_depends_on_it_and_nothing_else(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    body = template(
        resource("pipelines", "Needs", ("pipelines/Broken",)),
        resource("pipelines", "Broken", activities=[refer("Pipeline", "Gone")]),
        resource("pipelines", "Free"),
    )

    done = deploy(sandbox, body)

    assert done["provisioningState"] == "Failed"
    assert done["error"]["code"] == "DeploymentFailed"
    assert done["error"]["message"].startswith("At least one resource deployment operation failed.")
    detail = done["error"]["details"][0]
    assert detail["code"] == "BadRequest"
    assert json.loads(detail["message"])["error"]["target"] == f"{factory}/pipelines/Broken"
    assert "\r\n" in detail["message"]
    assert [one["name"] for one in sandbox.call("GET", f"{factory}/pipelines")[1]["value"]] == ["Free"]


def test_a_failed_deployment_reaches_the_real_client_as_an_error_at_http_200(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    body = deployment(template(resource("pipelines", "P", activities=[refer("Pipeline", "Gone")])))
    client = sandbox.clients().deployments()

    with pytest.raises(HttpResponseError) as failed:
        client.deployments.begin_create_or_update(GROUP, "d1", body).result()

    assert failed.value.status_code == 200
    assert failed.value.error is not None
    assert failed.value.error.code == "DeploymentFailed"


def test_a_running_deployment_is_seen_half_way_and_cancelled(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    sandbox.settings(stepDelaySeconds=0.3)
    path = deployment_path(sandbox)
    sandbox.call("PUT", path, deployment(CHAIN), version=DEPLOYMENTS)

    status, refusal = error(sandbox, "PUT", path, deployment(CHAIN), version=DEPLOYMENTS)
    assert (status, refusal["code"]) == (409, "DeploymentActive")
    while not sandbox.calls("DEPLOY"):
        pass
    assert sandbox.call("GET", path, version=DEPLOYMENTS)[1]["properties"]["provisioningState"] == "Running"
    assert sandbox.call("POST", f"{path}/cancel", version=DEPLOYMENTS)[0] == 204

    assert final(sandbox)["provisioningState"] == "Canceled"
    assert sandbox.call("GET", f"{factory}/linkedservices/LS")[0] == 200
    assert sandbox.call("GET", f"{factory}/pipelines/P")[0] == 404
    assert error(sandbox, "POST", f"{path}/cancel", version=DEPLOYMENTS)[0] == 409


def test_a_deployment_does_not_start_triggers_and_may_not_touch_a_started_one(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    trigger = schedule("P", runtimeState="Started")["properties"]
    body = template(resource("triggers", "T", ("pipelines/P",), **trigger), resource("pipelines", "P"))
    assert deploy(sandbox, body)["provisioningState"] == "Succeeded"
    assert sandbox.call("GET", f"{factory}/triggers/T")[1]["properties"]["runtimeState"] == "Stopped"
    sandbox.call("POST", f"{factory}/triggers/T/start")

    again = deploy(sandbox, body)

    assert "TriggerEnabledCannotUpdate" in again["error"]["details"][0]["message"]


def test_secure_parameters_are_neither_echoed_nor_kept(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    secret = {"type": "SecureString", "value": "[parameters('secret')]"}
    body = template(resource("linkedServices", "LS", type="X", typeProperties={"password": secret}))
    body["parameters"] |= {"secret": {"type": "secureString"}, "open": {"type": "int", "defaultValue": 3}}

    done = deploy(sandbox, body, secret="canary-1")

    assert done["parameters"] == {
        "factoryName": {"type": "String", "value": "adf-test"},
        "secret": {"type": "SecureString"},
        "open": {"type": "Int", "value": 3},
    }
    assert "canary-1" not in json.dumps(sandbox.control("GET", "calls"))


def test_a_key_vault_reference_is_taken_for_a_secure_parameter_only(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    vault = {"reference": {"keyVault": {"id": "/subscriptions/x/vaults/v"}, "secretName": "s"}}
    body = template(resource("pipelines", "P"))
    body["parameters"] |= {"secret": {"type": "secureString"}, "open": {"type": "string", "defaultValue": ""}}
    whole: dict[str, Any] = deployment(body)
    whole["properties"]["parameters"] = {"secret": vault}
    path = deployment_path(sandbox)

    assert sandbox.call("PUT", path, whole, version=DEPLOYMENTS)[0] == 201
    assert final(sandbox)["provisioningState"] == "Succeeded"
    whole["properties"]["parameters"] = {"secret": vault, "open": vault}
    assert error(sandbox, "PUT", path, whole, version=DEPLOYMENTS)[1]["code"] == "InvalidTemplate"


def test_a_child_of_no_factory_fails_and_a_factory_in_the_template_helps(sandbox: RunningSandbox) -> None:
    factory = {
        "type": "Microsoft.DataFactory/factories",
        "name": "[parameters('factoryName')]",
        "apiVersion": "2018-06-01",
        "location": "westeurope",
        "properties": {},
    }
    child = resource("pipelines", "P")
    assert "ParentResourceNotFound" in json.dumps(deploy(sandbox, template(child))["error"])

    child["dependsOn"] = ["[variables('factoryId')]"]
    assert deploy(sandbox, template(child, factory))["provisioningState"] == "Succeeded"
    assert sandbox.call("GET", sandbox.factory_path())[0] == 200


def test_resources_of_other_providers_are_taken_as_they_are(sandbox: RunningSandbox) -> None:
    foreign = {"type": "Microsoft.Web/connections", "name": "c", "apiVersion": "2016-06-01", "properties": {"a": 1}}

    assert deploy(sandbox, template(foreign))["provisioningState"] == "Succeeded"


def test_a_deleted_deployment_is_gone(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    deploy(sandbox, CHAIN)
    client = sandbox.clients().deployments()

    client.deployments.begin_delete(GROUP, "d1").result()

    assert not client.deployments.check_existence(GROUP, "d1")


def test_a_fault_strikes_one_resource_of_a_deployment(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    refused = {"error": {"code": "InternalServerError", "message": "struck"}}
    sandbox.faults({"method": "DEPLOY", "path": "/datasets/D$", "action": {"status": 500, "body": refused}})

    done = deploy(sandbox, CHAIN)

    assert done["error"]["details"][0]["code"] == "InternalServerError"
    assert written(sandbox) == ["LS", "D"]


def test_an_interrupted_deployment_has_failed_when_the_sandbox_comes_back(sandbox: RunningSandbox) -> None:
    from tests.sandbox_process import running  # noqa: PLC0415 - only this test starts a server of its own

    directory = sandbox.directory / "interrupted"
    with running(directory) as azure:
        with_factory(azure)
        azure.settings(stepDelaySeconds=60)
        azure.call("PUT", deployment_path(azure), deployment(CHAIN), version=DEPLOYMENTS)
    with running(directory) as azure:
        assert final(azure)["provisioningState"] == "Failed"
        put(azure, f"{azure.factory_path()}/pipelines/P", {"properties": {}})
