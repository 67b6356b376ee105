"""The addresses of deployments in a resource group."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from ecluse_sandbox import arm_parameters, arm_template, deployment_records, deployments, paging, refusals
from ecluse_sandbox.answers import Answer
from ecluse_sandbox.arm_api import API, GROUP, SUBSCRIPTION, group_body
from ecluse_sandbox.arm_resources import Prepared
from ecluse_sandbox.deployment_records import Where
from ecluse_sandbox.router import Route
from ecluse_sandbox.sandbox import Call

_LIST = f"{GROUP}/providers/Microsoft.Resources/deployments"
_ONE = f"{_LIST}/{{name}}"
# Recorded (and in the specification): operations live beside `providers`, not below it.
_SHORT = f"{GROUP}/deployments/{{name}}"

_NAME = re.compile(r"[-\w._()]+", re.ASCII)
_LONGEST_NAME = 64
_FULL, _KEPT = 700, 600
"""Above 700 deployments Azure deletes the oldest down to 600 by itself (azure-behaviours section 10)."""
_FILTER = re.compile(r"provisioningState eq '(\w+)'")


def routes() -> list[Route]:
    """All addresses of deployments."""
    shared = [Route("GET", f"{base}/operations", _list_operations, API) for base in (_ONE, _SHORT)] + [
        Route("GET", f"{base}/operations/{{operation}}", _get_operation, API) for base in (_ONE, _SHORT)
    ]
    return [
        Route("GET", _LIST, _list, API),
        Route("PUT", _ONE, _put, API),
        Route("GET", _ONE, _get, API),
        Route("HEAD", _ONE, _head, API),
        Route("DELETE", _ONE, _delete, API),
        Route("GET", f"{SUBSCRIPTION}/operationresults/{{operation}}", _deleted, API),
        Route("POST", f"{_ONE}/validate", _validate, API),
        Route("POST", f"{_ONE}/cancel", _cancel, API),
        Route("POST", f"{_ONE}/exportTemplate", _export, API),
        Route("GET", f"{_ONE}/operationStatuses/{{operation}}", _status, API),
        *shared,
    ]


def _record(call: Call) -> dict[str, Any]:
    there = call.world.deployments(call["subscription"], call["group"])
    record: dict[str, Any] | None = there.get(call["name"].lower())
    if record is None:
        raise refusals.deployment_not_found(call["name"])
    return record


def _shown(record: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("id", "name", "type", "properties")
    return {key: record[key] for key in keys}


def _list(call: Call) -> Answer:
    there = list(call.world.deployments(call["subscription"], call["group"]).values())
    wanted = _FILTER.fullmatch(call.query.get("$filter", ""))
    if wanted:
        there = [one for one in there if one["properties"]["provisioningState"] == wanted[1]]
    top = call.query.get("$top", "")
    size = int(top) if top.isdecimal() and int(top) else None
    return paging.page(call, [_shown(record) for record in reversed(there)], size)


def _prepared(call: Call) -> tuple[dict[str, Any], Prepared]:
    """The request's properties, and what they come to; raises for a bad name or template."""
    name = call["name"]
    if len(name) > _LONGEST_NAME:
        raise refusals.deployment_name_too_long(name)
    if not _NAME.fullmatch(name):
        raise refusals.deployment_name_invalid(name)
    group = call.world.group(call["subscription"], call["group"])["name"]
    properties = call.object().get("properties")
    if not isinstance(properties, dict):
        raise refusals.invalid_content("Required property 'properties' not found in JSON. Path ''")
    subscription = call.world.subscription(call["subscription"])["subscriptionId"]
    text = call.raw.decode("utf-8", "replace")
    return properties, arm_template.prepare(properties, subscription, group, partial(_home, call), text)


def _home(call: Call, group: str) -> dict[str, Any]:
    return group_body(call, call.world.group(call["subscription"], group))


def _where(call: Call) -> Where:
    return Where(call["subscription"], call["group"], call["name"])


def _validate(call: Call) -> Answer:
    properties, prepared = _prepared(call)
    body = deployment_records.body(
        call.world, _where(call), properties, prepared, state="Succeeded", timestamp="0001-01-01T00:00:00Z"
    )
    nested = [one for each in prepared.told if each.inner for one in each.all()]  # at the end (recorded)
    body["properties"]["validatedResources"] = [{"id": each.id} for each in (*prepared.told, *nested)]
    return Answer(200, body)


def _put(call: Call) -> Answer:
    properties, prepared = _prepared(call)
    there = call.world.deployments(call["subscription"], call["group"])
    old = there.get(call["name"].lower())
    if old is not None:
        _refuse_active(old)
        del there[call["name"].lower()]
    _forget_oldest(there)
    record = deployment_records.record(call.sandbox, _where(call), properties, prepared)
    answer = Answer(200 if old else 201, _copy(_shown(record)), _headers(call, record))
    there[call["name"].lower()] = record
    call.sandbox.tasks.start(record["id"].lower(), deployments.run(call.sandbox, record, prepared))
    call.world.changed()
    return answer


def _copy(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"properties": dict(body["properties"])}


def _refuse_active(old: Mapping[str, Any]) -> None:
    properties = old["properties"]
    if properties["provisioningState"] in deployments.RUNNING:
        raise refusals.deployment_active(old["id"], old["started"], properties["correlationId"], old["expires"])


def _forget_oldest(there: dict[str, Any]) -> None:
    if len(there) >= _FULL:
        ended = [key for key, one in there.items() if one["properties"]["provisioningState"] not in deployments.RUNNING]
        for key in ended[: len(there) - _KEPT]:
            del there[key]


def _headers(call: Call, record: Mapping[str, Any]) -> dict[str, str]:
    """No Retry-After unless asked for: inferred from 30 s gaps in recordings (sdk-notes section 3)."""
    version = call.query["api-version"]
    where = f"{call.sandbox.url}{call.path}/operationStatuses/{record['operation']}?api-version={version}"
    return {"Azure-AsyncOperation": where} | _pause(call)


def _pause(call: Call) -> dict[str, str]:
    seconds = int(call.sandbox.settings.deployment_retry_after)
    return {"Retry-After": str(seconds)} if seconds else {}


def _get(call: Call) -> Answer:
    return Answer(200, _shown(_record(call)))


def _head(call: Call) -> Answer:
    _record(call)
    return Answer(204)


def _status(call: Call) -> Answer:
    """Only the status, and the error when it failed; always HTTP 200 (recorded)."""
    record = _record(call)
    if record["operation"] != call["operation"]:
        raise refusals.deployment_not_found(call["name"])
    properties = record["properties"]
    state = properties["provisioningState"]
    if state not in deployments.RUNNING and record["polls"] > 0:
        record["polls"] -= 1
        state = "Running"
    body = {"status": state}
    if state == "Failed":
        body["error"] = properties["error"]
    return Answer(200, body, _pause(call) if state in deployments.RUNNING else {})


def _cancel(call: Call) -> Answer:
    """204 at once; the state becomes Canceled when the resource at hand is done. Written ones stay."""
    record = _record(call)
    if record["properties"]["provisioningState"] not in deployments.RUNNING:
        raise refusals.deployment_not_running(call["name"])
    record["cancelled"] = True
    return Answer(204)


def _export(call: Call) -> Answer:
    """The template as it was sent: a secret in it as a literal is readable here, as in Azure."""
    return Answer(200, {"template": arm_parameters.exported(_record(call)["template"])})


def _delete(call: Call) -> Answer:
    record = _record(call)
    _refuse_active(record)
    del call.world.deployments(call["subscription"], call["group"])[call["name"].lower()]
    call.world.changed()
    result = f"/subscriptions/{call['subscription']}/operationresults/{record['operation']}"
    return Answer(202, None, {"Location": f"{call.sandbox.url}{result}?api-version={call.query['api-version']}"})


def _deleted(call: Call) -> Answer:
    """What a DELETE's Location answers: it is done at once here (recorded: 202, then 204)."""
    call.world.subscription(call["subscription"])
    return Answer(204)


def _list_operations(call: Call) -> Answer:
    return paging.page(call, list(_record(call)["operations"]))


def _get_operation(call: Call) -> Answer:
    for operation in _record(call)["operations"]:
        if operation["operationId"] == call["operation"]:
            return Answer(200, operation)
    raise refusals.deployment_not_found(call["operation"])
