"""The operations that Ecluse calls: which statuses Azure may answer, and which keys its answers must have.

Written by us from Microsoft's descriptions and the recordings, so that it needs neither of them; where the
descriptions are at hand, `test_operations.py` checks the one against the other.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_GROUP = "/subscriptions/{}/resourceGroups/{}"
_FACTORY = f"{_GROUP}/providers/Microsoft.DataFactory/factories/{{}}"
_TRIGGER = f"{_FACTORY}/triggers/{{}}"
_DEPLOYMENT = f"{_GROUP}/providers/Microsoft.Resources/deployments/{{}}"
ENDPOINTS = "managedVirtualNetworks/{}/managedPrivateEndpoints"
COLLECTIONS = (
    "pipelines", "datasets", "linkedservices", "dataflows", "triggers", "integrationRuntimes", "credentials",
    "managedVirtualNetworks", "globalParameters", "adfcdcs", ENDPOINTS,
)  # fmt: skip
_CONDITIONAL = {"pipelines", "datasets", "linkedservices", "triggers", "integrationRuntimes", "credentials"}
"""The descriptions know If-None-Match for these only."""

_OBJECT = ("id", "name", "type", "properties")
_ETAGGED = (*_OBJECT, "etag")
_RESOURCE = (*_OBJECT, "eTag", "location")
_STATUS = ("triggerName", "status")
_RUN = (*_OBJECT, "properties.provisioningState", "properties.mode", "properties.timestamp", "properties.correlationId")
_STEPS = tuple(
    f"value[].{key}"
    for key in ("id", "operationId", "properties.provisioningOperation", "properties.provisioningState")
)
LISTED = "value[]."
"""How a row names keys of every item of a list."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `keys` per status that succeeds; dotted, `value[].` for each item of a list; () for no body."""

    method: str
    address: str
    keys: Mapping[int, tuple[str, ...]]


def _of_collections() -> Iterator[Operation]:
    for word in COLLECTIONS:
        etagged = _OBJECT if word in {ENDPOINTS, "globalParameters"} else _ETAGGED
        one = f"{_FACTORY}/{word}/{{}}"
        yield Operation("GET", f"{_FACTORY}/{word}", {200: ("value", *(LISTED + key for key in etagged))})
        yield Operation("GET", one, {200: etagged} | ({304: ()} if word in _CONDITIONAL else {}))
        yield Operation("PUT", one, {200: etagged})
        if word != "managedVirtualNetworks":
            yield Operation("DELETE", one, {200: (), 204: ()})


OPERATIONS = (
    Operation("GET", f"{_GROUP}", {200: ("id", "name", "location", "properties.provisioningState")}),
    Operation("GET", "/subscriptions/{}/providers/{}", {200: ("id", "namespace", "registrationState")}),
    Operation(
        "GET",
        "/subscriptions/{}/providers/Microsoft.DataFactory/factories",
        {200: ("value", *(LISTED + key for key in _RESOURCE))},
    ),
    Operation("GET", _FACTORY, {200: (*_RESOURCE, "properties.provisioningState"), 304: ()}),
    Operation("PUT", _FACTORY, {200: (*_RESOURCE, "properties.provisioningState")}),
    *_of_collections(),
    # 200 and nothing else: the SDK takes a 202 of start and stop for an error.
    Operation("POST", f"{_TRIGGER}/start", {200: ()}),
    Operation("POST", f"{_TRIGGER}/stop", {200: ()}),
    Operation("POST", f"{_TRIGGER}/subscribeToEvents", {200: _STATUS, 202: ()}),
    Operation("POST", f"{_TRIGGER}/unsubscribeFromEvents", {200: _STATUS, 202: ()}),
    Operation("POST", f"{_TRIGGER}/getEventSubscriptionStatus", {200: _STATUS}),
    Operation("POST", f"{_DEPLOYMENT}/validate", {200: _RUN}),
    Operation("PUT", _DEPLOYMENT, {200: _RUN, 201: _RUN}),
    Operation("GET", _DEPLOYMENT, {200: (*_RUN, "properties.duration")}),
    Operation("POST", f"{_DEPLOYMENT}/cancel", {204: ()}),
    Operation("GET", f"{_GROUP}/deployments/{{}}/operations", {200: ("value", *_STEPS)}),
)
_LONG = {202: ("azure-asyncoperation", "location"), 201: ("azure-asyncoperation",)}
"""Statuses of long operations, and the headers of which one must say where to look."""


def complaints(pair: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the answer of a pair, as far as this table knows; nothing for answers of fault rules."""
    request, response = pair["request"], pair["response"]
    if response is None or pair.get("planned") or not request["url"].lower().startswith("/subscriptions"):
        return
    where = f"{request['method']} {request['url']} -> {response['status']}"
    if response["status"] >= 400:
        yield from (f"{where}: {text}" for text in _refusal(request["method"], response))
    elif operation := operation_of(request["method"], request["url"]):
        yield from (f"{where}: {text}" for text in _success(operation, response))


def operation_of(method: str, url: str) -> Operation | None:
    """The row for a call, or None for what Ecluse doesn't call."""
    path = url.partition("?")[0].rstrip("/")
    return next((row for row in OPERATIONS if row.method == method and _pattern(row.address).fullmatch(path)), None)


def _pattern(address: str) -> re.Pattern[str]:
    return re.compile(re.escape(address).replace(r"\{\}", "[^/]+"), re.IGNORECASE)


def _success(operation: Operation, response: Mapping[str, Any]) -> Iterator[str]:
    status, body = response["status"], response["body"]
    if status not in operation.keys:
        yield f"Azure answers {', '.join(map(str, operation.keys))} here"
        return
    yield from (f"{key} is missing" for key in operation.keys[status] if not _has(body, key))
    wanted = _LONG.get(status, ())
    if wanted and not any(name in response["headers"] for name in wanted):
        yield f"{' or '.join(wanted)} is missing among the headers"


def _has(body: Any, key: str) -> bool:
    if key.startswith(LISTED):
        return all(_has(item, key.removeprefix(LISTED)) for item in body.get("value", ()))
    first, _, rest = key.partition(".")
    return isinstance(body, dict) and first in body and (not rest or _has(body[first], rest))


def _refusal(method: str, response: Mapping[str, Any]) -> Iterator[str]:
    """Data Factory's envelope has target and details; Resource Manager's says that it is the gateway's."""
    if method == "HEAD":
        return
    body = response["body"]
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        yield "a refusal has no `error`"
        return
    yield from (f"error.{key} is no text" for key in ("code", "message") if not isinstance(error.get(key), str))
    if "x-ms-failure-cause" not in response["headers"]:
        yield from (f"error.{key} is missing" for key in ("target", "details") if key not in error)
