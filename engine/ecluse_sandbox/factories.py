"""The factory resource itself: a PUT keeps nothing that it does not name."""

import re
import uuid
from typing import Any

from ecluse_sandbox import masking, refusals
from ecluse_sandbox.kinds import FACTORY_TYPE, NAMESPACE
from ecluse_sandbox.sandbox import Sandbox, now, stamp
from ecluse_sandbox.state import address

_NAME = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_SHORTEST, _LONGEST = 3, 63
# Members of ARM's ResourceDefinition; any other is refused as in the thread of azure-behaviours 5.
_MEMBERS = frozenset({
    "id", "name", "type", "location", "tags", "identity", "properties", "sku", "kind", "plan", "zones",
    "managedby", "scale", "extendedlocation", "etag", "systemdata", "apiversion",
})  # fmt: skip
_MADE_BY_SERVICE = {"provisioningState", "createTime", "version", "factoryStatistics"}


def put(sandbox: Sandbox, subscription: str, group: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
    """Create or replace; what the body does not name is dropped (azure-behaviours section 5)."""
    world = sandbox.world
    group_id = world.group_id(subscription, group)
    world.require_provider(subscription, NAMESPACE)
    _check(name, body)
    key = address(subscription, group, name)
    _refuse_taken(world.factories, key, name)
    old = world.factories.get(key)
    resource = _resource(sandbox, group_id, name, body, old)
    if old is None:
        own_id = f"{group_id}/providers/{FACTORY_TYPE}/{name}"
        old = world.factories[key] = {"id": own_id, "group": world.group(subscription, group)["name"], "objects": {}}
    old["resource"] = resource
    world.changed()
    return resource


def _check(name: str, body: dict[str, Any]) -> None:
    if not _NAME.fullmatch(name) or not _SHORTEST <= len(name) <= _LONGEST:
        raise refusals.invalid_name(name)
    for member in body:
        if member.lower() not in _MEMBERS:
            raise refusals.unknown_member(member)
    _check_objects(body)


def _check_objects(body: dict[str, Any]) -> None:
    for member in ("properties", "identity", "tags"):
        if not isinstance(body.get(member) or {}, dict):
            raise refusals.invalid_content(f"Error converting value to type 'JObject'. Path '{member}'")


def _refuse_taken(factories: dict[str, Any], key: str, name: str) -> None:
    for other in factories:
        if other != key and other.rsplit("/", 1)[1] == name.lower():
            raise refusals.name_in_use(name)


def _resource(
    sandbox: Sandbox, group_id: str, name: str, body: dict[str, Any], old: dict[str, Any] | None
) -> dict[str, Any]:
    sent = masking.door(body.get("properties") or {}, connection_strings=False)
    created = old["resource"]["properties"]["createTime"] if old else stamp(now())
    made = {"provisioningState": "Succeeded", "createTime": created, "version": "2018-06-01"}
    resource = {
        "name": old["resource"]["name"] if old else name,
        # Recorded: a factory's own id holds its name in lower case, its children's ids do not.
        "id": f"{group_id}/providers/{FACTORY_TYPE}/{name.lower()}",
        "type": FACTORY_TYPE,
        "properties": made | {key: value for key, value in sent.items() if key not in _MADE_BY_SERVICE},
        "eTag": f'"{sandbox.world.new_etag()}"',
        "location": body.get("location") or (old or {}).get("resource", {}).get("location", "westeurope"),
    }
    if body.get("identity"):
        resource["identity"] = _identity(sandbox, body["identity"], old)
    return resource | {"tags": body.get("tags") or {}}


def _identity(sandbox: Sandbox, wanted: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
    known = (old or {}).get("resource", {}).get("identity", {})
    kept = {key: value for key, value in wanted.items() if key not in {"principalId", "tenantId"}}
    return kept | {
        "principalId": known.get("principalId", str(uuid.uuid4())),
        "tenantId": sandbox.world.tenant,
    }


def patch(sandbox: Sandbox, factory: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Change tags or properties, and keep all else; an identity in a PATCH has no effect (both recorded)."""
    _check_objects(body)
    changed = dict(factory["resource"])
    if body.get("tags") is not None:
        changed["tags"] = body["tags"]
    sent = masking.door(body.get("properties") or {}, connection_strings=False)
    changed["properties"] = changed["properties"] | sent
    factory["resource"] = changed | {"eTag": f'"{sandbox.world.new_etag()}"'}
    sandbox.world.changed()
    resource: dict[str, Any] = factory["resource"]
    return resource


def shown(factory: dict[str, Any]) -> dict[str, Any]:
    """As GET answers one factory: with statistics, all zero (recorded)."""
    resource = dict(factory["resource"])
    zeros = dict.fromkeys(
        (
            "totalResourceCount",
            "maxAllowedResourceCount",
            "factorySizeInGbUnits",
            "maxAllowedFactorySizeInGbUnits",
        ),
        0,
    )
    resource["properties"] = resource["properties"] | {"factoryStatistics": zeros}
    return resource


def delete(sandbox: Sandbox, subscription: str, group: str, name: str) -> bool:
    """Delete the factory with all that is in it (recorded), and say whether it was there."""
    sandbox.world.group(subscription, group)
    gone = sandbox.world.factories.pop(address(subscription, group, name), None)
    if gone is not None:
        sandbox.world.changed()
    return gone is not None
