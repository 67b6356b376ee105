"""A recorded read of a real factory (`plan --record`) as the content of a sandbox.

The shape is that of a cassette: `interactions`, each with a `request` (`method`, `uri`) and a `response`
(`status.code`, `body.string`). Only reads that succeeded count.
"""

import json
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

from ecluse_sandbox import global_parameters, objects
from ecluse_sandbox.kinds import COLLECTIONS, FACTORY_TYPE, Collection
from ecluse_sandbox.sandbox import Sandbox
from ecluse_sandbox.seeding import Place, ensure_group
from ecluse_sandbox.state import address
from ecluse_sandbox.triggers import STARTED, is_event

FILE = "session.yaml"
"""JSON, which is YAML too: the tools that read cassettes expect that."""
_DEPTH = 8
"""Words in a factory's address: what follows is a collection."""


def is_recording(content: Mapping[str, Any]) -> bool:
    """Whether this JSON is a recording."""
    return isinstance(content.get("interactions"), list)


def fill(sandbox: Sandbox, content: Mapping[str, Any], place: Place) -> None:
    """Put what was read where `place` says; ValueError where the recording holds no factory, or is broken."""
    try:
        resources = [(path, one) for path, body in _reads(content) for one in _resources(body)]
        read = [one for _, one in resources if str(one.get("type", "")).lower() == FACTORY_TYPE.lower()]
        if not read:
            raise ValueError("the recording holds no read of a factory")
        factory = _put_factory(sandbox, read[-1], place)
        for path, one in resources:
            _put_object(factory, path, one)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"the recording is broken: {type(error).__name__} {error}") from None
    sandbox.world.changed()


def _reads(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for each in content["interactions"]:
        body = each["response"]["body"]["string"]
        if each["request"]["method"] == "GET" and each["response"]["status"]["code"] == 200 and body:  # noqa: PLR2004 - HTTP OK
            yield urllib.parse.urlsplit(each["request"]["uri"]).path, json.loads(body)


def _resources(body: Any) -> list[dict[str, Any]]:
    """The resources of an answer: itself, or those of a page."""
    found = body.get("value", [body])
    return [one for one in found if isinstance(one, dict) and "properties" in one]


def _put_factory(sandbox: Sandbox, resource: dict[str, Any], place: Place) -> dict[str, Any]:
    """The factory's record, empty; in the recorded group and by the recorded name unless `place` has others."""
    group = place.group or resource["id"].strip("/").split("/")[3]
    name = place.factory or resource["name"]
    base = ensure_group(sandbox.world, group, resource["location"])
    own_id = f"{base}/providers/{FACTORY_TYPE}/{name}"
    properties = {key: value for key, value in resource["properties"].items() if key != "factoryStatistics"}
    shown = {
        **resource,
        "properties": properties,
        "id": f"{base}/providers/{FACTORY_TYPE}/{name.lower()}",
        "name": name,
    }
    record = {"id": own_id, "group": group, "objects": {}, "resource": shown}
    sandbox.world.factories[address(base.split("/")[2], group, name)] = record
    return record


def _put_object(factory: dict[str, Any], path: str, body: dict[str, Any]) -> None:
    parts = path.strip("/").split("/")
    collection, prefix = _collection(parts[_DEPTH:])
    if collection is None or collection.key == global_parameters.KEY:
        return  # global parameters stand in the factory resource
    name = f"{prefix}{body['name']}"
    factory["objects"].setdefault(collection.key, {})[name.lower()] = _record(factory, collection, name, body)


def _collection(words: list[str]) -> tuple[Collection | None, str]:
    """The collection of a list's address, and what its names begin with: the network of an endpoint."""
    match words:
        case [word]:
            return COLLECTIONS.get(word.lower()), ""
        case [parent, name, word]:
            return COLLECTIONS.get(f"{parent}/{word}".lower()), f"{name}/"
        case _:
            return None, ""


def _record(factory: dict[str, Any], collection: Collection, name: str, body: dict[str, Any]) -> dict[str, Any]:
    properties = dict(body["properties"])
    published = properties.pop("lastPublishTime", None)
    own_id = objects.object_id(factory, collection, name)
    kept = {"id": own_id, "name": body["name"], "type": collection.type, "properties": properties}
    record: dict[str, Any] = {"body": kept | ({"etag": body["etag"]} if "etag" in body else {})}
    if published:
        record["published"] = published
    if collection.key == "triggers":
        enabled = is_event(properties) and properties.get("runtimeState") == STARTED
        record["subscription"] = dict.fromkeys(("status", "end"), "Enabled" if enabled else "Disabled") | {"polls": 0}
    return record
