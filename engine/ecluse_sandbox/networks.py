"""Managed virtual networks and their private endpoints."""

import uuid
from typing import Any

from ecluse_sandbox import refusals
from ecluse_sandbox.writes import Write

_MADE_BY_SERVICE = {"vnetid", "alias"}


def prepare_network(write: Write) -> dict[str, Any]:
    """A network's properties as stored (recorded); refused when the caller sends what the service makes."""
    if _MADE_BY_SERVICE & {key.lower() for key in write.properties}:
        raise refusals.network_payload(write.name)
    made = {
        "vNetId": write.old_properties.get("vNetId", str(uuid.uuid4())),
        "preventDataExfiltration": False,
        "alias": write.factory_name.lower(),
    }
    return made | write.properties


def prepare_endpoint(write: Write) -> dict[str, Any]:
    """An endpoint's properties as stored (recorded): Provisioning at first, no approval yet."""
    _refuse_second(write)
    if write.old and _same_target(write.old_properties, write.properties):
        return write.old_properties | {"fqdns": write.properties.get("fqdns", write.old_properties["fqdns"])}
    sent = write.properties
    network = f"{write.factory_name.lower()}.{write.name}"
    return {
        "error": None,
        "provisioningState": "Provisioning",
        "resourceId": f"/subscriptions/{uuid.UUID(int=0)}/resourceGroups/vnet-sandbox-rg/providers/"
        f"Microsoft.Network/privateEndpoints/{network}",
        "privateLinkResourceId": sent.get("privateLinkResourceId"),
        "groupId": sent.get("groupId"),
        "fqdns": sent.get("fqdns", []),
        "ipAddress": None,
        "linkId": None,
        "connectionState": {"status": "", "description": "", "actionsRequired": ""},
    }


def _refuse_second(write: Write) -> None:
    """One endpoint for one data source, and it keeps its target (A#250)."""
    if write.old and not _same_target(write.old_properties, write.properties):
        raise refusals.endpoint_exists(write.name)
    endpoints = write.factory["objects"].get("managedvirtualnetworks/managedprivateendpoints", {})
    for key, record in endpoints.items():
        other = key.split("/", 1)[1] != write.name.lower()
        if other and _same_target(record["body"]["properties"], write.properties):
            raise refusals.endpoint_exists(write.name)


def _same_target(one: dict[str, Any], other: dict[str, Any]) -> bool:
    keys = ("privateLinkResourceId", "groupId")
    return all(str(one.get(key)).lower() == str(other.get(key)).lower() for key in keys)


def seen(record: dict[str, Any]) -> None:
    """Count a read of an endpoint; after the set number it is there, and waits for approval.

    [U]: the states after Provisioning were never recorded.
    """
    record["polls"] = record.get("polls", 0) - 1
    properties = record["body"]["properties"]
    if record["polls"] < 0 and properties["provisioningState"] == "Provisioning":
        pending = {"status": "Pending", "description": "", "actionsRequired": "None"}
        ready = {"provisioningState": "Succeeded", "connectionState": pending}
        record["body"] = record["body"] | {"properties": properties | ready}
