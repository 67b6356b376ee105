"""Global parameters: a view on the factory's own properties, addressed as one resource named `default`."""

from typing import Any

from ecluse_sandbox import masking, refusals
from ecluse_sandbox.kinds import COLLECTIONS
from ecluse_sandbox.state import World

KEY = "globalparameters"
_ONLY_NAME = "default"


def put(world: World, factory: dict[str, Any], name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Replace the whole set, never merge it (the specification's PUT)."""
    if name.lower() != _ONLY_NAME:
        raise refusals.invalid_name(name)
    factory["resource"]["properties"]["globalParameters"] = masking.door(properties, connection_strings=False)
    factory["globalParametersEtag"] = world.new_etag()
    world.changed()
    body: dict[str, Any] = record(factory, name)["body"]
    return body


def record(factory: dict[str, Any], name: str) -> dict[str, Any]:
    """The set as an object's record, or 404."""
    properties = factory["resource"]["properties"].get("globalParameters")
    row = COLLECTIONS[KEY]
    if properties is None or name.lower() != _ONLY_NAME:
        path = f"{row.type}/{factory['resource']['name']}/{name}"
        raise refusals.resource_not_found(path, factory["group"])
    body = {
        "id": f"{factory['id']}/{row.word}/{_ONLY_NAME}",
        "name": _ONLY_NAME,
        "type": row.type,
        "properties": properties,
        "etag": factory.get("globalParametersEtag", factory["resource"]["eTag"].strip('"')),
    }
    return {"body": body}


def listed(factory: dict[str, Any]) -> list[dict[str, Any]]:
    """The set, or nothing."""
    there = factory["resource"]["properties"].get("globalParameters") is not None
    return [record(factory, _ONLY_NAME)["body"]] if there else []


def delete(world: World, factory: dict[str, Any], name: str) -> bool:
    """Drop the whole set."""
    dropped = name.lower() == _ONLY_NAME
    dropped = dropped and factory["resource"]["properties"].pop("globalParameters", None) is not None
    if dropped:
        world.changed()
    return dropped
