"""Deployments at work: each resource when what it needs is there, on with what is independent of a failure."""

import asyncio
import http
import json
import time
import uuid
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ecluse_sandbox import deployment_records, factories, locks, objects, refusals
from ecluse_sandbox.answers import Answer, Refusal
from ecluse_sandbox.arm_expressions import ExpressionError
from ecluse_sandbox.arm_resources import Prepared, Resource
from ecluse_sandbox.deployment_records import Where
from ecluse_sandbox.faults import DEPLOYMENT_STEP
from ecluse_sandbox.kinds import FACTORY_TYPE
from ecluse_sandbox.latency import STEP
from ecluse_sandbox.masking import door
from ecluse_sandbox.sandbox import Sandbox, now, stamp
from ecluse_sandbox.writes import section

RUNNING = {"Accepted", "Running"}
_FAILED = (
    "At least one resource deployment operation failed. Please list deployment operations for details. "
    "Please see https://aka.ms/arm-deployment-operations for usage details."
)


async def run(sandbox: Sandbox, record: dict[str, Any], prepared: Prepared) -> None:
    """Write the resources; the record tells how far it is. Secure values live in `prepared` only.

    A resource begins when what it needs is done, as in Azure (docs: Resource Manager writes in parallel whatever does
    not depend on each other). Where no resource takes time there is nothing to do meanwhile: then they go in turn,
    so that the order is the same every time.
    """
    started = time.perf_counter()
    work = _Work(sandbox, record)
    steps: dict[str, asyncio.Task[bool]] = {}
    await asyncio.sleep(0)
    async with asyncio.TaskGroup() as group:
        for resource in prepared.order:
            before = None if STEP in sandbox.latency.paces else next(reversed(steps.values()), None)
            needed = [steps[need] for need in resource.needs]
            steps[resource.id.lower()] = group.create_task(work.step(resource, needed, before))
    errors = [work.failed[key] for key in steps if key in work.failed]
    _finish(sandbox, record, prepared, errors, time.perf_counter() - started)
    sandbox.world.changed()


@dataclass(slots=True)
class _Work:
    """One deployment while it runs; `failed` has the errors as it tells them, by the resource's id in lower case."""

    sandbox: Sandbox
    record: dict[str, Any]
    failed: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def step(
        self, resource: Resource, needed: list[asyncio.Task[bool]], before: asyncio.Task[bool] | None
    ) -> bool:
        """One resource in its turn; gives whether what needs it may be written."""
        if before is not None:
            await before
        if not all([await each for each in needed]):
            return False
        await asyncio.sleep(self.sandbox.settings.step_delay_seconds)
        if self.record.get("cancelled"):
            return False
        self.record["properties"]["provisioningState"] = "Running"
        error = await self._written(resource) if resource.wanted else None
        if error is not None:
            self.failed[resource.id.lower()] = error
        return error is None

    async def _written(self, resource: Resource) -> dict[str, Any] | None:
        """Write it; gives the error as the deployment tells it, or None."""
        if resource.inner is not None:  # its resources take the time, and the places
            return await _step(self.sandbox, self.record, resource, at_once=1)
        async with self.sandbox.latency.place(STEP) as at_once:
            if self.record.get("cancelled"):
                return None
            return await _step(self.sandbox, self.record, resource, at_once=at_once)


async def _step(sandbox: Sandbox, record: dict[str, Any], resource: Resource, *, at_once: int) -> dict[str, Any] | None:
    moment, clock = now(), time.perf_counter()
    if resource.inner is None:
        await sandbox.latency.pause(STEP)
    refusal = await _struck_write(sandbox, record, resource)
    seconds = time.perf_counter() - clock
    status = refusal.answer.status if refusal else 200
    sandbox.calls.add(
        DEPLOYMENT_STEP, resource.id, status, started=moment, seconds=seconds, body=None, kind=STEP, at_once=at_once
    )
    record["operations"].append(_operation(record, resource, refusal, seconds))
    if refusal is None:
        record["outputResources"] += [{"id": each.id} for each in resource.all()]
        return None
    return _detail(refusal)


async def _struck_write(sandbox: Sandbox, record: dict[str, Any], resource: Resource) -> Refusal | None:
    rule = sandbox.faults.hit(DEPLOYMENT_STEP, resource.id)
    if rule is None:
        return await _written(sandbox, record, resource)
    done = await _written(sandbox, record, resource) if rule.after else None
    await sandbox.strike(rule.action)
    if rule.action.answer:
        return Refusal(rule.action.answer)
    return done if rule.after else await _written(sandbox, record, resource)


async def _written(sandbox: Sandbox, record: dict[str, Any], resource: Resource) -> Refusal | None:
    if resource.inner is not None:
        return await _nested(sandbox, record, resource, resource.inner)
    try:
        write(sandbox, record["subscription"], record["group"], resource)
    except Refusal as refusal:
        return refusal
    return None


async def _nested(sandbox: Sandbox, record: dict[str, Any], resource: Resource, prepared: Prepared) -> Refusal | None:
    """A nested deployment is one of its own, in the group that it goes to."""
    where = Where(record["subscription"], resource.id.split("/")[4], resource.name)
    inner = deployment_records.record(sandbox, where, section(resource.body, "properties"), prepared)
    sandbox.world.deployments(where.subscription, where.group)[where.name.lower()] = inner
    await run(sandbox, inner, prepared)
    error = inner["properties"].get("error")
    return Refusal(Answer(http.HTTPStatus.CONFLICT, {"status": "Failed", "error": error})) if error else None


def write(sandbox: Sandbox, subscription: str, group: str, resource: Resource) -> None:
    """Write one resource by the same functions that answer its PUT."""
    locks.check(sandbox.world, "PUT", resource.id)
    names, body = resource.name.split("/"), dict(resource.body)
    if resource.type.lower() == FACTORY_TYPE.lower():
        factories.put(sandbox, subscription, group, names[0], body)
    elif resource.type.lower().startswith(f"{FACTORY_TYPE.lower()}/"):
        parent, _, word = resource.type[len(FACTORY_TYPE) + 1 :].rpartition("/")
        factory = _parent(sandbox, subscription, group, names[0])
        objects.put(sandbox, factory, objects.collection(word, parent), "/".join(names[1:]), body)
    else:
        opaque = door(section(body, "properties"), connection_strings=False)
        sandbox.world.document["opaque"][resource.id.lower()] = {"id": resource.id, "properties": opaque}
        sandbox.world.changed()


def _parent(sandbox: Sandbox, subscription: str, group: str, name: str) -> dict[str, Any]:
    try:
        return sandbox.world.factory(subscription, group, name)
    except Refusal:
        raise refusals.parent_not_found(name) from None


def _detail(refusal: Refusal) -> dict[str, Any]:
    """As Azure tells it: the status's name, and the provider's whole answer as a string."""
    status = http.HTTPStatus(refusal.answer.status)
    code = "".join(word.capitalize() for word in status.name.split("_"))
    text = json.dumps(refusal.answer.body, indent=2, ensure_ascii=False).replace("\n", "\r\n")
    return {"code": code, "message": text}


def _finish(
    sandbox: Sandbox, record: dict[str, Any], prepared: Prepared, errors: list[dict[str, Any]], seconds: float
) -> None:
    properties = record["properties"]
    properties |= {"timestamp": stamp(now()), "duration": duration(seconds)}
    written = record.pop("outputResources")
    if record.pop("cancelled", False):
        properties["provisioningState"] = "Canceled"  # and nothing is told of what was written (recorded)
        record["operations"].append(_last_operation(record))
        return
    properties["outputResources"] = written
    outputs: dict[str, Any] = {}
    if not errors:
        try:
            outputs = prepared.outputs(partial(_properties, sandbox, record, prepared))
        except ExpressionError as error:  # the code is Azure's; its words are not known [U]
            errors = [{"code": "DeploymentOutputEvaluationFailed", "message": str(error)}]
    if errors:
        properties["provisioningState"] = "Failed"
        properties["error"] = {
            "code": "DeploymentFailed",
            "target": record["id"],
            "message": _FAILED,
            "details": errors,
        }
    else:
        properties["provisioningState"] = "Succeeded"
        if outputs:
            properties["outputs"] = outputs
    record["operations"].append(_last_operation(record))


def _properties(sandbox: Sandbox, record: dict[str, Any], prepared: Prepared, resource_id: str) -> Any:
    """What `reference` gives of a resource that this deployment has written."""
    (resource,) = (each for each in prepared.order if each.id.lower() == resource_id)
    if {"id": resource.id} not in record["properties"]["outputResources"]:
        raise ExpressionError(f"The resource '{resource.name}' was not deployed.")
    names = resource.name.split("/")
    if not resource.type.lower().startswith(FACTORY_TYPE.lower()):
        return sandbox.world.document["opaque"][resource_id]["properties"]
    factory = sandbox.world.factory(record["subscription"], record["group"], names[0])
    if len(names) == 1:
        return factory["resource"]["properties"]
    parent, _, word = resource.type[len(FACTORY_TYPE) + 1 :].rpartition("/")
    found = objects.find(factory, objects.collection(word, parent), "/".join(names[1:]))
    return objects.shown(found)["properties"]


def _operation(record: dict[str, Any], resource: Resource, refusal: Refusal | None, seconds: float) -> dict[str, Any]:
    status = http.HTTPStatus(refusal.answer.status if refusal else 200)
    properties: dict[str, Any] = {
        "provisioningOperation": "Create",
        "provisioningState": "Failed" if refusal else "Succeeded",
        "timestamp": stamp(now()),
        "duration": duration(seconds),
        "trackingId": str(uuid.uuid4()),
        "statusCode": "OK" if refusal is None else "".join(word.capitalize() for word in status.name.split("_")),
        "targetResource": {
            "id": resource.id,
            "resourceType": resource.type,
            "resourceName": resource.name,
        },
    }
    if refusal is not None:
        properties["statusMessage"] = refusal.answer.body
    return _operation_body(record, uuid.uuid4().hex[:16].upper(), properties)


def _last_operation(record: dict[str, Any]) -> dict[str, Any]:
    """Recorded: the list ends with the evaluation of the outputs."""
    succeeded = record["properties"]["provisioningState"] == "Succeeded"
    properties = {
        "provisioningOperation": "EvaluateDeploymentOutput",
        "provisioningState": "Succeeded" if succeeded else "Failed",
        "timestamp": stamp(now()),
        "duration": "PT0S",
        "trackingId": str(uuid.uuid4()),
        "statusCode": "OK" if succeeded else "BadRequest",
    }
    return _operation_body(record, record["operation"], properties)


def _operation_body(record: dict[str, Any], operation: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"{record['id']}/operations/{operation}", "operationId": operation, "properties": properties}


def duration(seconds: float) -> str:
    """ISO 8601, as the service writes durations."""
    return f"PT{seconds:.7f}S"
