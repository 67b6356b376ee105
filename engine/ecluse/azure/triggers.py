"""Start and stop what has a switch, and a trigger's subscription to events: post once, in doubt look, then decide.

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
from ecluse.jsontree import Json
from ecluse.model.kinds import PROVIDER
from ecluse.model.objects import ObjectRef
from ecluse.model.running import called, switch_of
from ecluse.model.triggers import trigger_kind

NOT_FOUND = 404
ENABLED, DISABLED = "Enabled", "Disabled"
MOVING = ("Provisioning", "Deprovisioning")

# azure-behaviours section 3: Azure is busy with this very trigger, and takes the call later.
_BUSY = ("cannot be updated during provisioning", "concurrent operations on a trigger")
_RETRYABLE = ("RetryableError", "RetryableErrorDueToAnotherOperation")


def state(door: Door, ref: ObjectRef) -> TriggerState | None:
    """Whether it runs, and its etag; None: there is no such object."""
    path, row = object_path(door.target, ref), switch_of(ref)
    body = _found(door, Call("GET", path, subject=str(ref)))
    if body is None:
        return None
    word = _word(door, ref) if row.asked else properties(body).get(row.state)
    return TriggerState(row.runs(word), str(body.get("etag", "")), trigger_kind(body).event)


def switch(door: Door, ref: ObjectRef, *, on: bool) -> None:
    """Start or stop; returns when Azure has accepted, or when the state shows that it had.

    What passes through a state on its way (a change data capture) is looked at before, and until it has arrived.
    Raises `AzureFailed` for a clear refusal, and for a doubtful one when the deadline is over; `Failed` for one that
    did not arrive in time.
    """
    doubt: AzureFailed | None = None
    accepted, slow = False, bool(switch_of(ref).passing)
    for _ in _waits(door, door.clients.patience.trigger_deadline, on=on):
        word = _word(door, ref) if doubt or slow else None
        if word is not None and _is(ref, word, on=on):
            return
        if accepted or word in switch_of(ref).passing:
            continue
        doubt = _post(door, ref, "start" if on else "stop")
        accepted = doubt is None
        if accepted and not slow:
            return
    word = _word(door, ref)
    if not _is(ref, word, on=on):
        raise doubt or Failed(_not_arrived(ref, word, on=on))


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


def _word(door: Door, ref: ObjectRef) -> str:
    """Azure's word for its state, as it is now; that of what stands still when it is gone."""
    path, row = object_path(door.target, ref), switch_of(ref)
    if row.asked:
        told = _found(door, Call("GET", f"{path}/{row.state}", subject=str(ref)))
        return row.off if told is None else str(told)
    body = _found(door, Call("GET", path, subject=str(ref)))
    return row.off if body is None else str(properties(body).get(row.state, ""))


def _found(door: Door, call: Call) -> Json:
    """The body of an answer; None where its factory is there, and no such object in it."""
    try:
        return door.adf(call).body
    except AzureFailed as error:
        nowhere = error.has("ResourceGroupNotFound", "SubscriptionNotFound", "ParentResourceNotFound")
        if error.status(NOT_FOUND) and not nowhere and not error.says(f"{PROVIDER}/{door.target.factory}'"):
            return None
        raise


def _is(ref: ObjectRef, word: str, *, on: bool) -> bool:
    row = switch_of(ref)
    return row.runs(word) if on else not row.runs(word) and word not in row.passing


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


def _not_arrived(ref: ObjectRef, word: str, *, on: bool) -> Problem:
    return Problem(
        Code.TRIGGER_START if on else Code.TRIGGER_STOP,
        f"Azure accepted the call, but the {switch_of(ref).noun} did not {'start' if on else 'stop'} in time; "
        f"Azure last said {word}",
        f'Look at it in Data Factory Studio, then: ecluse triggers {"start" if on else "stop"} "{called(ref)}"',
        subject=str(ref),
    )


def _unsettled(ref: ObjectRef, wanted: str, status: str, *, on: bool) -> Problem:
    return Problem(
        Code.TRIGGER_START if on else Code.TRIGGER_STOP,
        f"its event subscription did not become {wanted} in time; Azure last said {status}",
        f"Look at the storage account's events and at the rights on them, then: "
        f'ecluse triggers {"start" if on else "stop"} "{ref.name}"',
        subject=str(ref),
    )
