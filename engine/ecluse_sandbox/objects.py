"""A factory's objects: PUT, GET, list and DELETE for every collection, used by REST and deployments alike."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from ecluse_sandbox import captures, global_parameters, masking, networks, references, refusals, runtimes, triggers
from ecluse_sandbox.kinds import COLLECTIONS, Collection
from ecluse_sandbox.sandbox import Sandbox, now
from ecluse_sandbox.writes import PutRule, Write

_PUT_RULES: Mapping[str, PutRule] = {
    "triggers": triggers.prepare,
    "adfcdcs": captures.prepare,
    "integrationruntimes": runtimes.prepare,
    "managedvirtualnetworks": networks.prepare_network,
    "managedvirtualnetworks/managedprivateendpoints": networks.prepare_endpoint,
}
_WITH_CONNECTION_STRINGS = {"linkedservices", "credentials"}


def put(
    sandbox: Sandbox, factory: dict[str, Any], collection: Collection, name: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Create or update; gives the resource as the PUT answers it. `name` is `network/endpoint` for an endpoint."""
    parent, _, own = name.rpartition("/")
    target = object_id(factory, collection, name)
    if not collection.name.fullmatch(own):
        raise refusals.invalid_name(own)
    properties = _properties(collection, own, target, body)
    if collection.key == global_parameters.KEY:
        return global_parameters.put(sandbox.world, factory, own, properties)
    if parent and not references.exists(factory, collection.parent, parent.lower()):
        raise refusals.parent_not_found(parent)
    records = factory["objects"].setdefault(collection.key, {})
    old = records.get(name.lower())
    write = Write(factory, own, properties, old, sandbox.settings, parent)
    record = _record(sandbox, collection, write, target)
    records[name.lower()] = record
    sandbox.world.changed()
    return dict(record["body"])


def _properties(collection: Collection, name: str, target: str, body: Mapping[str, Any]) -> dict[str, Any]:
    properties = body.get("properties")
    if isinstance(properties, dict):
        return properties
    if collection.key == "managedvirtualnetworks":
        raise refusals.network_payload(name)
    raise refusals.missing_properties(target)


def _record(sandbox: Sandbox, collection: Collection, write: Write, target: str) -> dict[str, Any]:
    rule = _PUT_RULES.get(collection.key)
    plain = collection.key in _WITH_CONNECTION_STRINGS
    if plain and masking.holds_foreign(write.properties, write.factory["id"]):
        raise refusals.not_encrypted(target, write.name)
    cleaned = masking.door(write.properties, connection_strings=plain, owner=write.factory["id"])
    ready = dataclasses.replace(write, properties=cleaned)
    stored = rule(ready) if rule else cleaned
    references.check_targets(write.factory, (collection.key, write.name.lower()), write.properties, target)
    record = {key: value for key, value in (write.old or {}).items() if key != references.NOTED}
    record["body"] = {"id": target, "name": write.name, "type": collection.type, "properties": stored}
    if collection.has_etag:
        record["body"]["etag"] = sandbox.world.new_etag()
    if collection.key == "pipelines":
        record["published"] = f"{now():%Y-%m-%dT%H:%M:%SZ}"
    if not collection.has_etag and not write.old:
        record["polls"] = int(sandbox.settings.endpoint_polls)
    return record


def object_id(factory: Mapping[str, Any], collection: Collection, name: str) -> str:
    """The object's id: the collection in lower case, names as they were given."""
    parent, _, own = name.rpartition("/")
    steps = (collection.parent, parent, collection.word, own) if parent else (collection.word, own)
    return f"{factory['id']}/{'/'.join(steps)}"


def find(factory: dict[str, Any], collection: Collection, name: str) -> dict[str, Any]:
    """The record, or 404."""
    if collection.key == global_parameters.KEY:
        return global_parameters.record(factory, name)
    record: dict[str, Any] | None = factory["objects"].get(collection.key, {}).get(name.lower())
    if record is None:
        path = f"{collection.type}/{factory['resource']['name']}/{name}"
        raise refusals.resource_not_found(path, factory["group"])
    return record


def shown(record: dict[str, Any]) -> dict[str, Any]:
    """The resource as GET and LIST answer it; a pipeline with lastPublishTime (recorded since 2020-09)."""
    if "polls" in record:
        networks.seen(record)
    body = dict(record["body"])
    if "published" in record:
        body["properties"] = body["properties"] | {"lastPublishTime": record["published"]}
    return body


def listed(factory: dict[str, Any], collection: Collection, parent: str = "") -> list[dict[str, Any]]:
    """All resources of a collection, in the order of their creation."""
    if collection.key == global_parameters.KEY:
        return global_parameters.listed(factory)
    records = factory["objects"].get(collection.key, {})
    prefix = f"{parent.lower()}/" if parent else ""
    return [shown(record) for key, record in records.items() if key.startswith(prefix)]


def delete(sandbox: Sandbox, factory: dict[str, Any], collection: Collection, name: str) -> bool:
    """Delete, and say whether there was something; refused while it runs or is referred to."""
    if collection.key == global_parameters.KEY:
        return global_parameters.delete(sandbox.world, factory, name)
    records = factory["objects"].get(collection.key, {})
    record = records.get(name.lower())
    if record is None:
        return False
    if collection.key == "triggers":
        triggers.refuse_delete(record)
    if collection.key == "adfcdcs":
        captures.refuse_running(record)
    referrer = references.referrer(factory, collection.key, name)
    if referrer is not None:
        raise refusals.still_referenced(referrer, _short_id(factory, collection, record))
    del records[name.lower()]
    sandbox.world.changed()
    return True


def _short_id(factory: Mapping[str, Any], collection: Collection, record: Mapping[str, Any]) -> str:
    """As L#57 shows it: without subscription and resource group."""
    return f"/Microsoft.DataFactory/factories/{factory['resource']['name']}/{collection.word}/{record['body']['name']}"


def collection(word: str, parent: str = "") -> Collection:
    """The collection of an address's or a type's words, or InvalidResourceType."""
    found = COLLECTIONS.get(f"{parent}/{word}".strip("/").lower())
    if found is None:
        raise refusals.invalid_resource_type("Microsoft.DataFactory", "2018-06-01")
    return found
