"""Reads the live factory: all kinds, all pages, kinds in parallel, as raw JSON. What can't be read ends the run."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from ecluse.azure.addresses import collection_path, factory_path, group_path, object_path
from ecluse.azure.calls import READS, Call, ask, pages
from ecluse.azure.clients import AzureClients
from ecluse.azure.lookup import refuse_elsewhere
from ecluse.azure.refusals import AzureFailed
from ecluse.azure.triggers import ENABLED
from ecluse.errors import Refused
from ecluse.jsontree import Json
from ecluse.model.kinds import KINDS, Kind
from ecluse.model.objects import AdfObject, Factory, ObjectRef, address, ref
from ecluse.model.triggers import trigger_kind
from ecluse.plan.live import LiveFactory
from ecluse.plan.plan import Target

NOT_FOUND = 404
GLOBALS = "globalParameters"


def read_live(clients: AzureClients, target: Target, *, parallel: int = 8) -> LiveFactory:
    """The live factory, or that there is none yet.

    Raises `Refused`: the group or subscription is missing, the factory stands in another group, or anything at all
    can't be read.
    """
    try:
        resource = _factory_resource(clients, target)
        if resource is None:
            unseen = refuse_elsewhere(clients, target)
            return LiveFactory(exists=False, factory=Factory.of(target.factory, ()), read_at=_now(), unseen=unseen)
        objects = _objects(clients, target, parallel)
    except AzureFailed as error:
        raise Refused(error.problems) from error
    return replace(_live(target, resource, objects), deaf=_deaf(clients, target, objects, parallel))


def _factory_resource(clients: AzureClients, target: Target) -> Mapping[str, Json] | None:
    """The factory resource; None when its group exists and has none of this name."""
    call = Call("GET", factory_path(target), subject=f"factory {target.factory}")
    try:
        body: Mapping[str, Json] = ask(clients.data_factory, call).body
    except AzureFailed as error:
        if not error.status(NOT_FOUND) or error.has("ResourceGroupNotFound", "SubscriptionNotFound"):
            raise
        ask(clients.resources, Call("GET", group_path(target)), "resource groups")
        return None
    return body


def _objects(clients: AzureClients, target: Target, parallel: int) -> tuple[AdfObject, ...]:
    """Every object of the factory. Private endpoints only below a network: without one Azure has no such list."""
    first = [row for row in KINDS.values() if row.word != "managedPrivateEndpoint"]
    with ThreadPoolExecutor(max_workers=max(1, parallel)) as threads:
        found = [each for part in threads.map(partial(_list, clients, target), first) for each in part]
        found = list(threads.map(partial(_with_status, clients, target), found))
    if any(each.ref.kind.word == "managedVirtualNetwork" for each in found):
        found += _list(clients, target, KINDS["managedprivateendpoint"])
    return tuple(found)


def read_running(clients: AzureClients, target: Target) -> frozenset[ObjectRef]:
    """The triggers that run now. Raises `AzureFailed`."""
    return frozenset(each.ref for each in _list(clients, target, KINDS["trigger"]) if _runs(each))


def _list(clients: AzureClients, target: Target, kind: Kind) -> list[AdfObject]:
    call = Call("GET", collection_path(target, kind), subject=kind.word)
    return [AdfObject(address(kind, body["name"]), body) for body in pages(clients.data_factory, call)]


def _with_status(clients: AzureClients, target: Target, each: AdfObject) -> AdfObject:
    """A change data capture with its status, which its definition need not hold.

    One that is on its way is looked at until it has arrived, or for as long as a start may take.
    """
    row = each.ref.kind.switch
    if row is None or not row.asked:
        return each
    call = Call("GET", f"{object_path(target, each.ref)}/{row.state}", subject=str(each.ref))
    word: Json = None
    for _ in clients.timer.waits(clients.patience, clients.patience.trigger_deadline):
        word = ask(clients.data_factory, call).body
        if word not in row.passing:
            break
    return each.with_body({**each.body, "properties": {**each.properties, row.state: word}})


def _deaf(clients: AzureClients, target: Target, objects: Iterable[AdfObject], parallel: int) -> dict[ObjectRef, str]:
    """The event triggers that run without a subscription that is known to be Enabled, with what is known of it."""
    events = [each.ref for each in objects if _runs(each) and trigger_kind(each.body).event]
    with ThreadPoolExecutor(max_workers=max(1, parallel)) as threads:
        told = threads.map(partial(_subscription, clients, target), events)
        return {at: words for at, words in zip(events, told, strict=True) if words}


def _subscription(clients: AzureClients, target: Target, at: ObjectRef) -> str:
    """What keeps it from hearing; "" when nothing does. Asking takes a right that the role Reader has not."""
    call = Call("POST", f"{object_path(target, at)}/getEventSubscriptionStatus", repeats=READS, subject=str(at))
    try:
        status = (ask(clients.data_factory, call).body or {}).get("status", "Unknown")
    except AzureFailed as error:
        return f"its event subscription can't be read: {error.problems[0].message}"
    return "" if status == ENABLED else f"its event subscription is {status}, not {ENABLED}"


def _live(target: Target, resource: Mapping[str, Json], objects: Iterable[AdfObject]) -> LiveFactory:
    """Global parameters are an object of their own; Azure shows them in the factory's properties, too."""
    properties = dict(resource.get("properties") or {})
    inside = properties.pop(GLOBALS, None)
    known = {each.ref: each for each in objects}
    if inside and ref(GLOBALS, "default") not in known:
        made = AdfObject(ref(GLOBALS, "default"), {"name": "default", "properties": inside})
        known[made.ref] = made
    return LiveFactory(
        exists=True,
        factory=Factory.of(target.factory, known.values(), {**resource, "properties": properties}),
        running=frozenset(at for at, each in known.items() if _runs(each)),
        etags={at: str(each.body["etag"]) for at, each in known.items() if each.body.get("etag")},
        read_at=_now(),
    )


def _runs(each: AdfObject) -> bool:
    row = each.ref.kind.switch
    return row is not None and row.runs(each.properties.get(row.state))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
