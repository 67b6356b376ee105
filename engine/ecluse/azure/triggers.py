"""Start and stop a trigger, and its subscription to events: post once, and after a doubtful answer look, then decide.

A start that answered 500 has often begun all the same; sent blindly once more, it is refused with "Resource cannot be
updated during provisioning" (terraform-provider-azurerm issue 31928).
"""

from collections.abc import Iterator

from ecluse.apply.ports import TriggerState
from ecluse.azure.addresses import object_path
from ecluse.azure.calls import ONCE, READS, Call
from ecluse.azure.door import Door, properties
from ecluse.azure.refusals import AzureFailed
from ecluse.errors import Code, Failed, Problem
from ecluse.model.objects import ObjectRef

NOT_FOUND = 404
STARTED, ENABLED, DISABLED = "Started", "Enabled", "Disabled"
MOVING = ("Provisioning", "Deprovisioning")

# azure-behaviours section 3: Azure is busy with this very trigger, and takes the call later.
_BUSY = ("cannot be updated during provisioning", "concurrent operations on a trigger")
_RETRYABLE = ("RetryableError", "RetryableErrorDueToAnotherOperation")


def state(door: Door, ref: ObjectRef) -> TriggerState | None:
    """The trigger's state, of which Azure's words are Started, Stopped and Disabled; None: there is no such trigger."""
    try:
        body = door.adf(Call("GET", object_path(door.target, ref), subject=str(ref))).body
    except AzureFailed as error:
        if error.status(NOT_FOUND) and not error.has("ResourceGroupNotFound", "SubscriptionNotFound"):
            return None
        raise
    return TriggerState(properties(body).get("runtimeState") == STARTED, str((body or {}).get("etag", "")))


def switch(door: Door, ref: ObjectRef, *, on: bool) -> None:
    """Start or stop a trigger; returns when Azure has accepted, or when the state shows that it had.

    Raises `AzureFailed` for a clear refusal, and for a doubtful one when the deadline is over.
    """
    doubt: AzureFailed | None = None
    for _ in _waits(door, door.clients.patience.trigger_deadline, on=on):
        if doubt and _is(door, ref, on=on):
            return
        doubt = _post(door, ref, "start" if on else "stop")
        if doubt is None:
            return
    if doubt and not _is(door, ref, on=on):
        raise doubt


def settle_events(door: Door, ref: ObjectRef, *, on: bool) -> None:
    """Subscribe an event trigger to its events, or unsubscribe it, and wait until Event Grid is through.

    The trigger can't be started before the status is Enabled (Azure docs: subscribe to events). Raises `Failed` when
    it isn't in time.
    """
    action, wanted = ("subscribeToEvents", ENABLED) if on else ("unsubscribeFromEvents", DISABLED)
    doubt, send, status = None, True, "Unknown"
    for _ in _waits(door, door.clients.patience.event_deadline, on=on):
        if send:
            doubt = _post(door, ref, action)
        status = _event_status(door, ref)
        if status == wanted:
            return
        send = doubt is not None and status not in MOVING
    raise Failed(_unsettled(ref, wanted, status, on=on))


def _waits(door: Door, deadline: float, *, on: bool) -> Iterator[None]:
    """A stop is given up when the run is cancelled; a start is the way back, and nothing cuts it short."""
    return door.waits(deadline) if on else door.waits_on_the_way(deadline)


def _is(door: Door, ref: ObjectRef, *, on: bool) -> bool:
    now = state(door, ref)
    return (now is not None and now.running) is on


def _post(door: Door, ref: ObjectRef, action: str) -> AzureFailed | None:
    """Post an action once: None when it is accepted, the error when only its state can tell; raises a clear one."""
    path = f"{object_path(door.target, ref)}/{action}"
    try:
        door.adf(Call("POST", path, accepts=(200, 202), repeats=ONCE, subject=str(ref)))
    except AzureFailed as error:
        if error.unsure or error.says(*_BUSY) or error.has(*_RETRYABLE):
            return error
        raise
    return None


def _event_status(door: Door, ref: ObjectRef) -> str:
    path = f"{object_path(door.target, ref)}/getEventSubscriptionStatus"
    body = door.adf(Call("POST", path, repeats=READS, subject=str(ref))).body or {}
    return str(body.get("status", "Unknown"))


def _unsettled(ref: ObjectRef, wanted: str, status: str, *, on: bool) -> Problem:
    return Problem(
        Code.TRIGGER_START if on else Code.TRIGGER_STOP,
        f"its event subscription did not become {wanted} in time; Azure last said {status}",
        f"Look at the storage account's events and at the rights on them, then: "
        f'ecluse triggers {"start" if on else "stop"} "{ref.name}"',
        subject=str(ref),
    )
