"""ARM deployments of one factory: validate, send, look, tell what failed, cancel."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import IO, cast
from urllib.parse import quote

from ecluse.apply.ports import DeploymentState, DeploymentStatus
from ecluse.azure.addresses import object_of
from ecluse.azure.calls import ONCE, READS, Call, pages
from ecluse.azure.door import Door, properties
from ecluse.azure.faults import Fault, unwrap
from ecluse.azure.refusals import AzureFailed, masked, problem, translated
from ecluse.errors import Problem, Refused
from ecluse.jsontree import Json, to_text
from ecluse.model.objects import ObjectRef
from ecluse.plan.steps import DeployTemplate

NOT_FOUND, CONFLICT = 404, 409
SENDINGS = 3
"""How often a deployment is sent whose fate nobody can tell."""

_FINAL: Mapping[str, DeploymentState] = MappingProxyType(
    {
        "succeeded": DeploymentState.SUCCEEDED,
        "failed": DeploymentState.FAILED,
        "canceled": DeploymentState.CANCELED,
        "cancelled": DeploymentState.CANCELED,
    },
)
_WRITES = ("create", "")  # the provisioningOperation of a resource; the others evaluate outputs or read


def validate(door: Door, name: str, step: DeployTemplate) -> None:
    """Let ARM check it. Raises `Refused` with what it found; nothing is written."""
    try:
        with translated(f"deployment {name}"):
            door.clients.deployments.deployments.begin_validate(
                door.target.resource_group,
                name,
                cast("IO[bytes]", to_text(_body(step)).encode()),  # bytes can be sent again, a stream not
                retry_on_methods=READS,
            ).result()
    except AzureFailed as error:
        raise Refused(masked(error.problems, step.secrets)) from error


def begin(door: Door, name: str, step: DeployTemplate) -> None:
    """Send it; returns when ARM has it. A doubtful answer is settled by looking whether the deployment is there.

    Raises `Refused` when ARM took none of it, `AzureFailed` when that stays unknown.
    """
    subject = f"deployment {name}"
    call = Call("PUT", _path(door, name), _body(step), accepts=(200, 201, 202), repeats=ONCE, subject=subject)
    for attempt in range(1, SENDINGS + 1):
        try:
            door.arm(call)
        except AzureFailed as error:
            if error.has("DeploymentActive"):
                return  # ours: the name is this run's own, so an earlier sending landed
            told = masked(error.problems, step.secrets)
            if not error.unsure and attempt == 1:
                raise Refused(told) from error
            if error.unsure and _landed(door, name):
                return
            # An earlier sending may have landed unseen: only then is a clear refusal no proof that nothing runs.
            if attempt == SENDINGS or not error.unsure:
                raise AzureFailed(told, error.faults) from error
        else:
            return


def status(door: Door, name: str, step: DeployTemplate) -> DeploymentStatus:
    """One look. Raises `Refused` when ARM knows no such deployment, also after the while that Azure may need.

    When all is written, nobody has to be asked what: the operations of a big deployment are many pages.
    """
    body = _look(door, name)
    if body is None:
        raise Refused(problem(Fault("DeploymentNotFound", f"Azure has no deployment {name}")))
    named = str(properties(body).get("provisioningState", ""))
    state = _FINAL.get(named.casefold(), DeploymentState.RUNNING)
    if state is DeploymentState.SUCCEEDED:
        return DeploymentStatus(state, step.refs)
    written = (_object(operation) for operation in _operations(door, name) if _is_done(operation))
    return DeploymentStatus(state, tuple(dict.fromkeys(ref for ref in written if ref)))


def problems(door: Door, name: str, step: DeployTemplate) -> tuple[Problem, ...]:
    """What failed, per object: the failed operations; the deployment's own error when none of them explains it."""
    told = properties(_look(door, name))
    correlation = str(told.get("correlationId", ""))
    faults = [fault for operation in _operations(door, name) for fault in _faults_of(operation)]
    faults = faults or list(unwrap(told.get("error")))
    made = (problem(replace(fault, correlation=correlation), f"deployment {name}") for fault in faults)
    return masked(dict.fromkeys(made), step.secrets)


def cancel(door: Door, name: str) -> None:
    """Ask ARM to stop it. One that is finished, or that never was, is no error."""
    call = Call(
        "POST", f"{_path(door, name)}/cancel", accepts=(200, 202, 204), repeats=READS, subject=f"deployment {name}"
    )
    try:
        door.arm(call)
    except AzureFailed as error:
        if not error.status(NOT_FOUND, CONFLICT):
            raise


def listed(door: Door, prefix: str) -> Iterator[dict[str, Json]]:
    """The deployments of the resource group whose names begin so, as ARM lists them."""
    call = Call("GET", door.deployment_path(""), subject=f"deployments of {door.target.resource_group}")
    for each in pages(door.clients.deployments, call, "deployments"):
        if str(each.get("name", "")).casefold().startswith(prefix.casefold()):
            yield each


def running(door: Door, prefix: str) -> tuple[str, ...]:
    """The names of those that have not ended yet."""
    return tuple(
        str(each["name"])
        for each in listed(door, prefix)
        if str(properties(each).get("provisioningState", "")).casefold() not in _FINAL
    )


def _body(step: DeployTemplate) -> dict[str, Json]:
    """`debugSetting` stays off: it would keep requests and answers, secrets too, in the deployment's history."""
    return {"properties": {"mode": "Incremental", "template": step.template, "parameters": step.parameters}}


def _path(door: Door, name: str) -> str:
    return door.deployment_path(quote(name, safe=""))


def _landed(door: Door, name: str) -> bool:
    try:
        return _look(door, name) is not None
    except AzureFailed:  # still no way to tell; the next sending will
        return False


def _look(door: Door, name: str) -> Mapping[str, Json] | None:
    """The deployment; None when Azure still has none after a while (early on it may answer 404, azure-cli#28834)."""
    for _ in door.waits(door.clients.patience.early_not_found):
        try:
            found: Mapping[str, Json] = door.arm(Call("GET", _path(door, name), subject=f"deployment {name}")).body
        except AzureFailed as error:
            if not error.status(NOT_FOUND) or error.has("ResourceGroupNotFound", "SubscriptionNotFound"):
                raise
        else:
            return found
    return None


def _operations(door: Door, name: str) -> list[dict[str, Json]]:
    """The properties of a deployment's operations, over all pages."""
    with translated(f"deployment {name}"):
        found = door.clients.deployments.deployment_operations.list(door.target.resource_group, name)
        return [properties(each.as_dict()) for each in found]


def _is_done(operation: Mapping[str, Json]) -> bool:
    kind = str(operation.get("provisioningOperation", "")).casefold()
    return str(operation.get("provisioningState", "")).casefold() == "succeeded" and kind in _WRITES


def _target_id(operation: Mapping[str, Json]) -> str:
    target = operation.get("targetResource")
    return str(target.get("id", "")) if isinstance(target, dict) else ""


def _object(operation: Mapping[str, Json]) -> ObjectRef | None:
    return object_of(_target_id(operation))


def _faults_of(operation: Mapping[str, Json]) -> Iterator[Fault]:
    """What one failed operation says; the object is its target, whatever the inner error names."""
    if str(operation.get("provisioningState", "")).casefold() != "failed":
        return
    target = _target_id(operation)
    for fault in unwrap(operation.get("statusMessage")):
        yield replace(fault, target=target or fault.target)
