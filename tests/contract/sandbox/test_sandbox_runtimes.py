"""Integration runtimes, managed networks and private endpoints."""

from typing import Any

import pytest

from tests.contract.sandbox.sandbox_bodies import error, put, with_factory
from tests.sandbox_process import GROUP, RunningSandbox

ENDPOINT = {"privateLinkResourceId": "/subscriptions/x/storage/one", "groupId": "blob"}


def test_a_runtime_keeps_its_type(sandbox: RunningSandbox) -> None:
    path = f"{with_factory(sandbox)}/integrationRuntimes/IR1"
    put(sandbox, path, {"properties": {"type": "SelfHosted"}})

    status, refusal = error(sandbox, "PUT", path, {"properties": {"type": "Managed"}})

    assert (status, refusal["code"]) == (400, "DataFactoryPropertyUpdateNotSupported")
    assert refusal["message"] == "Updating property type is not supported."


def test_a_managed_runtime_starts_and_stops_in_the_real_client(sandbox: RunningSandbox) -> None:
    path = f"{with_factory(sandbox)}/integrationRuntimes/IR1"
    assert put(sandbox, path, {"properties": {"type": "Managed"}})["properties"]["state"] == "Initial"
    runtimes = sandbox.clients().data_factory().integration_runtimes

    runtimes.begin_start(GROUP, "adf-test", "IR1").result()
    assert sandbox.call("GET", path)[1]["properties"]["state"] == "Started"
    runtimes.begin_stop(GROUP, "adf-test", "IR1").result()

    assert sandbox.call("GET", path)[1]["properties"]["state"] == "Stopped"


LINKED = {"authorizationType": "RBAC", "resourceId": "r"}
CREDENTIAL = {"referenceName": "C", "type": "CredentialReference"}


@pytest.mark.parametrize(
    ("identity", "linked", "refused"),
    [
        ({}, LINKED, True),
        ({"identity": {"type": "UserAssigned"}}, LINKED, True),
        ({"identity": {"type": "UserAssigned"}}, LINKED | {"credential": CREDENTIAL}, False),
        ({"identity": {"type": "SystemAssigned,UserAssigned"}}, LINKED, False),
    ],
)
def test_a_linked_runtime_needs_an_identity(
    sandbox: RunningSandbox, identity: dict[str, Any], linked: dict[str, Any], *, refused: bool
) -> None:
    factory = with_factory(sandbox, **identity)
    put(sandbox, f"{factory}/credentials/C", {"properties": {"type": "ManagedIdentity"}})
    body = {"properties": {"type": "SelfHosted", "typeProperties": {"linkedInfo": linked}}}

    status, answer, _ = sandbox.call("PUT", f"{factory}/integrationRuntimes/IR1", body)

    assert (status == 400) is refused
    if refused:
        assert answer["error"]["code"] == "ManagedIdentityRequiredToCreateLinkedIntegrationRuntime"


@pytest.mark.parametrize("properties", [None, {"vNetId": "x"}, {"alias": "x", "preventDataExfiltration": False}])
def test_a_network_is_put_with_nothing_that_the_service_makes(sandbox: RunningSandbox, properties: Any) -> None:
    path = f"{with_factory(sandbox)}/managedVirtualNetworks/default"

    _, refusal = error(sandbox, "PUT", path, {"properties": properties})

    assert refusal["message"] == (
        "Invalid resource request. Resource type: 'ManagedVirtualNetwork', Resource name: 'default' "
        "'Error: Invalid payload'."
    )


def test_a_private_endpoint_is_provisioned_after_some_reads_and_has_no_etag(sandbox: RunningSandbox) -> None:
    network = f"{with_factory(sandbox)}/managedVirtualNetworks/default"
    put(sandbox, network, {"properties": {}})
    path = f"{network}/managedPrivateEndpoints/E"

    answer = put(sandbox, path, {"properties": ENDPOINT})

    assert "etag" not in answer
    assert answer["type"] == "Microsoft.DataFactory/factories/managedvirtualnetworks/managedprivateendpoints"
    assert answer["properties"]["connectionState"]["status"] == ""
    seen = [sandbox.call("GET", path)[1]["properties"]["provisioningState"] for _ in range(3)]
    assert seen[0] == "Provisioning"
    assert seen[-1] == "Succeeded"


@pytest.mark.parametrize(
    ("name", "target"), [("E", ENDPOINT | {"groupId": "file"}), ("Other", ENDPOINT)], ids=["moved", "second"]
)
def test_one_data_source_has_one_private_endpoint(sandbox: RunningSandbox, name: str, target: dict[str, str]) -> None:
    network = f"{with_factory(sandbox)}/managedVirtualNetworks/default"
    put(sandbox, network, {"properties": {}})
    put(sandbox, f"{network}/managedPrivateEndpoints/E", {"properties": ENDPOINT})

    _, refusal = error(sandbox, "PUT", f"{network}/managedPrivateEndpoints/{name}", {"properties": target})

    assert refusal["code"] == "InvalidResourceRequest"
    assert refusal["message"].endswith("'Error: A managed private endpoint to the data source already exist.'.")


def test_an_endpoint_goes_out_again_unchanged(sandbox: RunningSandbox) -> None:
    network = f"{with_factory(sandbox)}/managedVirtualNetworks/default"
    put(sandbox, network, {"properties": {}})
    path = f"{network}/managedPrivateEndpoints/E"

    first = put(sandbox, path, {"properties": ENDPOINT})

    assert put(sandbox, path, {"properties": ENDPOINT})["properties"] == first["properties"]
