"""States that take a while, each for as many polls as its setting says; deployments that are seen half-way."""

import time
from typing import Any

import pytest

from tests.contract.sandbox.sandbox_bodies import (
    DEPLOYMENTS,
    deployment,
    deployment_path,
    error,
    final,
    pipeline,
    put,
    resource,
    schedule,
    template,
    with_factory,
)
from tests.sandbox_process import GROUP, RunningSandbox

COUNTS = pytest.mark.parametrize("polls", [0, 1, 3])


@COUNTS
def test_a_change_data_capture_starts_and_stops_in_the_real_client(sandbox: RunningSandbox, polls: int) -> None:
    path = f"{with_factory(sandbox)}/adfcdcs/CDC"
    put(sandbox, path, {"properties": {"status": "Stopped", "sourceConnectionsInfo": []}})
    sandbox.settings(capturePolls=polls)
    captures = sandbox.clients().data_factory().change_data_capture

    def status() -> str:
        return str(captures.status(GROUP, "adf-test", "CDC"))

    assert status() == "Stopped"
    captures.start(GROUP, "adf-test", "CDC")
    assert [status() for _ in range(polls + 1)] == ["Starting"] * polls + ["Running"]
    assert sandbox.call("GET", path)[1]["properties"]["status"] == "Running"
    captures.start(GROUP, "adf-test", "CDC")
    assert status() == "Running"
    captures.stop(GROUP, "adf-test", "CDC")
    assert [status() for _ in range(polls + 1)] == ["Stopping"] * polls + ["Stopped"]


def test_a_capture_that_was_written_without_a_status_shows_none(sandbox: RunningSandbox) -> None:
    path = f"{with_factory(sandbox)}/adfcdcs/CDC"
    put(sandbox, path, {"properties": {"description": "d"}})

    assert sandbox.call("POST", f"{path}/start")[0] == 200

    assert sandbox.call("GET", path)[1]["properties"] == {"description": "d"}


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_only_a_capture_that_stands_still_is_written_or_deleted(sandbox: RunningSandbox, method: str) -> None:
    path = f"{with_factory(sandbox)}/adfcdcs/CDC"
    body = {"properties": {"description": "d"}}
    put(sandbox, path, body)
    sandbox.call("POST", f"{path}/start")

    assert error(sandbox, method, path, body if method == "PUT" else None)[0] == 400
    sandbox.call("POST", f"{path}/stop")
    assert error(sandbox, method, path, body if method == "PUT" else None)[0] == 400, "it is still stopping"
    assert [sandbox.call("GET", f"{path}/status")[1] for _ in range(2)] == ["Stopping", "Stopped"]
    assert sandbox.call(method, path, body if method == "PUT" else None)[0] == 200


def test_a_capture_that_is_not_there_has_no_status(sandbox: RunningSandbox) -> None:
    path = f"{with_factory(sandbox)}/adfcdcs/None"

    assert error(sandbox, "POST", f"{path}/start")[0] == 404
    assert error(sandbox, "GET", f"{path}/status")[0] == 404


@COUNTS
def test_an_event_subscription_is_there_and_gone_after_the_set_polls(sandbox: RunningSandbox, polls: int) -> None:
    factory = with_factory(sandbox)
    sandbox.settings(eventPolls=polls)
    put(sandbox, f"{factory}/pipelines/P", pipeline())
    put(sandbox, f"{factory}/triggers/T", schedule("P", kind="CustomEventsTrigger"))

    def status() -> str:
        return str(sandbox.call("POST", f"{factory}/triggers/T/getEventSubscriptionStatus")[1]["status"])

    for verb, passing, end in (
        ("subscribeToEvents", "Provisioning", "Enabled"),
        ("unsubscribeFromEvents", "Deprovisioning", "Disabled"),
    ):
        assert sandbox.call("POST", f"{factory}/triggers/T/{verb}")[0] == (202 if polls else 200)
        assert [status() for _ in range(polls + 1)] == [passing] * polls + [end]


@COUNTS
def test_a_private_endpoint_is_provisioning_for_the_set_reads(sandbox: RunningSandbox, polls: int) -> None:
    network = f"{with_factory(sandbox)}/managedVirtualNetworks/default"
    sandbox.settings(endpointPolls=polls)
    put(sandbox, network, {"properties": {}})
    path = f"{network}/managedPrivateEndpoints/E"
    put(sandbox, path, {"properties": {"privateLinkResourceId": "/subscriptions/x/one", "groupId": "blob"}})

    seen = [sandbox.call("GET", path)[1]["properties"]["provisioningState"] for _ in range(polls + 1)]

    assert seen == ["Provisioning"] * polls + ["Succeeded"]


@COUNTS
def test_a_runtime_starts_after_the_set_polls(sandbox: RunningSandbox, polls: int) -> None:
    path = f"{with_factory(sandbox)}/integrationRuntimes/IR1"
    sandbox.settings(runtimePolls=polls)
    put(sandbox, path, {"properties": {"type": "Managed"}})

    status, _, headers = sandbox.call("POST", f"{path}/start")
    seen = [sandbox.call("GET", headers["azure-asyncoperation"])[1]["status"] for _ in range(polls + 1)]

    assert status == 202
    assert seen == ["InProgress"] * polls + ["Succeeded"]
    assert sandbox.call("GET", path)[1]["properties"]["state"] == "Started"


def begun(sandbox: RunningSandbox, *resources: dict[str, Any], at: str) -> str:
    """A deployment whose resource `at` takes 60 seconds, so that a test sees it half-way; its status address."""
    sandbox.faults({"method": "DEPLOY", "path": f"/{at}$", "action": {"delaySeconds": 60}})
    body = deployment(template(*resources))
    _, _, headers = sandbox.call("PUT", deployment_path(sandbox), body, version=DEPLOYMENTS)
    return headers["azure-asyncoperation"]


def steps(sandbox: RunningSandbox) -> list[str]:
    """The resources that the deployment has written, as its operations tell them."""
    _, told, _ = sandbox.call("GET", f"{deployment_path(sandbox)}/operations", version=DEPLOYMENTS)
    targets = [one["properties"].get("targetResource") for one in told["value"]]
    return [target["resourceName"].rpartition("/")[2] for target in targets if target]


def until(sandbox: RunningSandbox, count: int) -> list[str]:
    """The steps, once there are so many."""
    while len(steps(sandbox)) < count:
        time.sleep(0.02)
    return steps(sandbox)


def chain() -> list[dict[str, Any]]:
    """Three in a row, the first one last in the template; and one on its own."""
    return [
        resource("pipelines", "P3", ("pipelines/P2",)),
        resource("pipelines", "P2", ("pipelines/P1",)),
        resource("pipelines", "P1"),
    ]


def test_a_deployment_can_be_seen_half_way(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    status = begun(sandbox, *chain(), at="P3")

    assert until(sandbox, 2) == ["P1", "P2"]

    assert sandbox.call("GET", status)[1] == {"status": "Running"}
    there = [one["name"] for one in sandbox.call("GET", f"{factory}/pipelines")[1]["value"]]
    assert there == ["P1", "P2"]
    told = sandbox.call("GET", deployment_path(sandbox), version=DEPLOYMENTS)[1]["properties"]
    assert told["provisioningState"] == "Running"
    assert "outputResources" not in told


def test_a_cancel_ends_a_deployment_and_leaves_what_is_written(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    cancel = {"method": "POST", "path": f"{deployment_path(sandbox)}/cancel"}
    sandbox.faults({"method": "DEPLOY", "path": "/P1$", "when": "after", "action": {"someoneElse": cancel}})

    sandbox.call("PUT", deployment_path(sandbox), deployment(template(*chain())), version=DEPLOYMENTS)

    assert final(sandbox)["provisioningState"] == "Canceled"
    assert steps(sandbox) == ["P1"]
    assert [one["name"] for one in sandbox.call("GET", f"{factory}/pipelines")[1]["value"]] == ["P1"]
    assert error(sandbox, "POST", f"{deployment_path(sandbox)}/cancel", version=DEPLOYMENTS)[0] == 409


def test_a_deployment_goes_on_after_a_failure_with_all_that_does_not_need_it(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    refused = {"status": 400, "body": {"error": {"code": "BadRequest", "message": "no"}}}
    sandbox.faults({"method": "DEPLOY", "path": "/P1$", "action": refused})
    alone = [resource("datasets", f"D{number}", type="X") for number in range(3)]
    body = deployment(template(*chain(), *alone))

    sandbox.call("PUT", deployment_path(sandbox), body, version=DEPLOYMENTS)

    assert final(sandbox)["provisioningState"] == "Failed"
    assert steps(sandbox) == ["D2", "D1", "D0", "P1"]


def test_one_resource_comes_after_the_other(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    sandbox.settings(stepDelaySeconds=0.02)
    body = deployment(template(*(resource("pipelines", f"P{number}") for number in range(5))))

    sandbox.call("PUT", deployment_path(sandbox), body, version=DEPLOYMENTS)
    final(sandbox)

    calls = sandbox.calls("DEPLOY")
    ends = [call["started"] for call in calls]
    assert ends == sorted(ends)
    assert [call["path"].rpartition("/")[2] for call in calls] == ["P4", "P3", "P2", "P1", "P0"]
