"""Integration runtimes: type for life, state, start and stop as long operations, keys."""

import base64
import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from ecluse_sandbox import refusals
from ecluse_sandbox.writes import Write, section


def prepare(write: Write) -> dict[str, Any]:
    """A runtime's properties as stored; a managed one gets its state (recorded: Initial)."""
    kind = str(write.properties.get("type", ""))
    if write.old and str(write.old_properties.get("type", "")).lower() != kind.lower():
        raise refusals.runtime_type_fixed()
    _refuse_link_without_identity(write)
    kept = {key: value for key, value in write.properties.items() if key != "state"}
    if kind.lower() == "managed":
        kept["state"] = write.old_properties.get("state", "Initial")
    return kept


def _refuse_link_without_identity(write: Write) -> None:
    linked = section(section(write.properties), "linkedInfo")
    if str(linked.get("authorizationType", "")).lower() != "rbac":
        return
    # A user-assigned identity alone does not do: terraform-provider-azurerm#14036.
    identity = section(write.factory["resource"], "identity").get("type", "")
    if "systemassigned" not in str(identity).lower() and not linked.get("credential"):
        raise refusals.linked_runtime_needs_identity(write.name, write.factory_name)


def begin(record: dict[str, Any], verb: str, polls: int) -> str:
    """Start a long start or stop, and give its operation id; only managed runtimes have one.

    [U]: `Starting` and `Stopping` as states meanwhile.
    """
    properties = record["body"]["properties"]
    if str(properties.get("type", "")).lower() != "managed":
        raise refusals.runtime_not_startable(record["body"]["name"])
    operation = uuid.uuid4().hex
    properties["state"] = "Starting" if verb == "start" else "Stopping"
    record["operations"] = {operation: {"verb": verb, "polls": polls}}
    return operation


def operation_status(record: dict[str, Any], operation: str) -> str:
    """InProgress or Succeeded; each poll brings the end nearer."""
    entry = record.get("operations", {}).get(operation)
    if entry is None or entry["polls"] <= 0:
        if entry:
            record["body"]["properties"]["state"] = "Started" if entry["verb"] == "start" else "Stopped"
        return "Succeeded"
    entry["polls"] -= 1
    return "InProgress"


def result(record: dict[str, Any], factory: dict[str, Any], operation: str) -> dict[str, Any] | None:
    """What an ended start tells: the status with nulls for what is not known (recorded); a stop tells nothing."""
    entry = record.get("operations", {}).get(operation)
    if entry is None or entry["verb"] != "start" or entry["polls"] > 0:
        return None
    told = status(record, factory)
    properties = told["properties"] | dict.fromkeys(_NOT_KNOWN)
    return told | {"properties": properties}


_NOT_KNOWN = ("dataFactoryLocation", "resourceUri", "dataFactoryTags", "managedVirtualNetwork")


def status(record: dict[str, Any], factory: dict[str, Any]) -> dict[str, Any]:
    """getStatus: a self-hosted runtime waits for a node for ever, there is none in a sandbox."""
    properties = record["body"]["properties"]
    kind = str(properties.get("type", ""))
    state = properties.get("state", "NeedRegistration")
    told = {"dataFactoryName": factory["resource"]["name"], "state": state, "type": kind}
    more = _self_hosted(factory) if kind.lower() == "selfhosted" else _managed(factory)
    return {"name": record["body"]["name"], "properties": told | {"typeProperties": more}}


def _managed(factory: dict[str, Any]) -> dict[str, Any]:
    return {"nodes": [], "otherErrors": [], "createTime": factory_time(factory)}


KEYS = ("authKey1", "authKey2")


def keys(record: dict[str, Any], factory: dict[str, Any]) -> dict[str, str]:
    """listAuthKeys, spelled as recorded; the keys open nothing."""
    return {name: _key(record, factory, name) for name in KEYS}


def new_key(record: dict[str, Any], factory: dict[str, Any], wanted: Mapping[str, Any]) -> dict[str, str]:
    """regenerateAuthKey: the new key alone (recorded)."""
    name = next((each for each in KEYS if each.lower() == str(wanted.get("keyName", "")).lower()), None)
    if name is None:
        raise refusals.invalid_content("Error converting value to type 'IntegrationRuntimeAuthKeyName'. Path 'keyName'")
    made = record.setdefault("keys", {})
    made[name] = made.get(name, 0) + 1
    return {name: _key(record, factory, name)}


def _key(record: Mapping[str, Any], factory: Mapping[str, Any], name: str) -> str:
    count = record.get("keys", {}).get(name, 0)
    digest = hashlib.sha256(f"sandbox {record['body']['id']} {name} {count}".encode()).digest()
    owner, own = uuid.uuid5(uuid.NAMESPACE_URL, factory["id"]), factory["resource"]["name"]
    return f"IR@{owner}@{own}@ServiceEndpoint={_endpoint(factory)}@{base64.b64encode(digest).decode()}"


def _endpoint(factory: Mapping[str, Any]) -> str:
    return f"{factory['resource']['name'].lower()}.sandbox.invalid"


def factory_time(factory: dict[str, Any]) -> str:
    """When the factory was made."""
    return str(factory["resource"]["properties"]["createTime"])


def _self_hosted(factory: dict[str, Any]) -> dict[str, Any]:
    """As recorded for a runtime that has no node."""
    return {
        "serviceRegion": factory["resource"]["location"],
        "autoUpdate": "Off",
        "internalChannelEncryption": "NotSet",
        "taskQueueId": str(uuid.uuid5(uuid.NAMESPACE_URL, factory["id"])),
        "nodes": [],
        "updateDelayOffset": "PT3H",
        "serviceUrls": [_endpoint(factory)],
        "links": [],
        "versionStatus": "None",
        "capabilities": {},
        "latestVersion": "5.20.8244.2",
        "newerVersions": ["5.20.8244.2"],
        "createTime": factory_time(factory),
    }
