"""NEEDS: which rights on which scope the steps of a plan need, one row each. Pure.

The actions are those of Microsoft's list of the provider's operations (Azure docs: permissions, Analytics), the roles
those of its list of built-in roles (Azure docs: built-in roles).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ecluse.model.objects import AdfObject, ObjectRef
from ecluse.model.triggers import trigger_kind
from ecluse.plan.plan import Plan
from ecluse.plan.steps import CreateFactory, DeleteObject, DeployTemplate, PutObject, StartTrigger, Step, StopTrigger

FACTORIES = "Microsoft.DataFactory/factories"
DEPLOYMENTS = "Microsoft.Resources/deployments"
DATA_FACTORY, EVENTS = "Data Factory Contributor", "EventGrid EventSubscription Contributor"

_RESOURCE = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[^/]+(/[^/]+/[^/]+)+", re.IGNORECASE)


class At(StrEnum):
    """Where a right is needed."""

    FACTORY = "the factory"
    GROUP = "its resource group"
    EVENTS = "the source of its events"
    SHARED = "the shared integration runtime"


class Without(StrEnum):
    """What happens to a plan without the right."""

    REFUSED = "refused"
    NO_REMOTE_JOURNAL = "local journal only: on a fresh agent nobody knows what a run that died has left stopped"
    NO_CANCEL = "a deployment that is cancelled here goes on in Azure"
    NOT_SWITCHED = "Azure may refuse to stop or start the change data capture; its list of operations has no such right"
    NOT_LINKED = "Azure may refuse the link, unless the shared runtime was granted to this factory's identity"


@dataclass(frozen=True, slots=True)
class Row:
    """One right that a kind of step needs; `{type}` is the object's ARM type.

    `events`: of event triggers only; `kinds`: of objects of these kinds only.
    """

    step: type[Step]
    action: str
    at: At = At.FACTORY
    role: str = DATA_FACTORY
    events: bool = False
    without: Without = Without.REFUSED
    kinds: tuple[str, ...] = ()


_TRIGGERS, _CAPTURES = ("trigger",), ("adfcdc",)

ROWS: tuple[Row, ...] = (
    Row(CreateFactory, f"{FACTORIES}/write", At.GROUP),
    Row(PutObject, f"{FACTORIES}/{{type}}/write"),
    # Resource Manager asks for the right to each resource of a template, and for those to the deployment itself.
    Row(DeployTemplate, f"{FACTORIES}/{{type}}/write"),
    Row(DeployTemplate, f"{DEPLOYMENTS}/write", At.GROUP),
    Row(DeployTemplate, f"{DEPLOYMENTS}/read", At.GROUP),
    Row(DeployTemplate, f"{DEPLOYMENTS}/validate/action", At.GROUP),
    Row(DeployTemplate, f"{DEPLOYMENTS}/cancel/action", At.GROUP, without=Without.NO_CANCEL),
    Row(DeleteObject, f"{FACTORIES}/{{type}}/delete"),
    Row(StopTrigger, f"{FACTORIES}/triggers/stop/action", kinds=_TRIGGERS),
    # Microsoft's list has read, write and delete of captures only; a role with wildcards has these all the same.
    Row(StopTrigger, f"{FACTORIES}/adfcdcs/stop/action", kinds=_CAPTURES, without=Without.NOT_SWITCHED),
    Row(StartTrigger, f"{FACTORIES}/adfcdcs/start/action", kinds=_CAPTURES, without=Without.NOT_SWITCHED),
    Row(StopTrigger, f"{FACTORIES}/triggers/unsubscribefromevents/action", events=True),
    Row(StopTrigger, f"{FACTORIES}/triggers/geteventsubscriptionstatus/action", events=True),
    Row(StartTrigger, f"{FACTORIES}/triggers/start/action", kinds=_TRIGGERS),
    Row(StartTrigger, f"{FACTORIES}/triggers/subscribetoevents/action", events=True),
    Row(StartTrigger, f"{FACTORIES}/triggers/geteventsubscriptionstatus/action", events=True),
    # LinkedAuthorizationFailed on the write of a trigger (azure-docs issue 29172), and on its subscription.
    Row(PutObject, "Microsoft.EventGrid/eventSubscriptions/write", At.EVENTS, EVENTS, events=True),
    Row(DeployTemplate, "Microsoft.EventGrid/eventSubscriptions/write", At.EVENTS, EVENTS, events=True),
    Row(StartTrigger, "Microsoft.EventGrid/eventSubscriptions/write", At.EVENTS, EVENTS, events=True),
    # What Azure asks for is that the shared runtime was granted to the factory (azure-docs issue 55466).
    *(
        Row(
            step,
            f"{FACTORIES}/integrationruntimes/linkedIntegrationRuntime/action",
            At.SHARED,
            without=Without.NOT_LINKED,
        )
        for step in (PutObject, DeployTemplate)
    ),
)

JOURNAL: tuple[str, ...] = (f"{DEPLOYMENTS}/write", f"{DEPLOYMENTS}/read")
"""What the journal in the deployment history needs on the resource group."""


@dataclass(frozen=True, slots=True)
class Need:
    """One right that a plan needs; `scope` is an ARM id, "" where the object names none that can be asked."""

    action: str
    at: At
    scope: str
    role: str
    without: Without
    subject: str = ""


def needs(plan: Plan, source: Mapping[ObjectRef, AdfObject], live: Mapping[ObjectRef, AdfObject]) -> tuple[Need, ...]:
    """All that the plan needs, none twice. What is written is as in the source, all else as it is live."""
    written = {at for step in plan.steps if isinstance(step, (PutObject, DeployTemplate)) for at in refs_of(step)}
    definitions = {**live, **{at: each for at, each in source.items() if at in written}}
    found: dict[tuple[str, str], Need] = {}
    for need in _needs(plan, definitions):
        found.setdefault((need.action.casefold(), need.scope.casefold() or need.subject), need)
    return tuple(found.values())


def _needs(plan: Plan, definitions: Mapping[ObjectRef, AdfObject]) -> Iterator[Need]:
    for step in plan.steps:
        refs = refs_of(step)
        for row in ROWS:
            if isinstance(step, row.step):
                yield from _of_row(row, plan, [definitions.get(at) for at in refs] or [None], refs)
    if plan.steps and not plan.only_switches:
        for action in JOURNAL:
            yield Need(action, At.GROUP, group_id(plan), DATA_FACTORY, Without.NO_REMOTE_JOURNAL)


def _of_row(row: Row, plan: Plan, objects: list[AdfObject | None], refs: tuple[ObjectRef, ...]) -> Iterator[Need]:
    for at, each in zip(refs or (None,), objects, strict=True):
        if row.events and not (each and _hears_events(each)):
            continue
        if row.kinds and (at is None or at.kind.word not in row.kinds):
            continue
        scope = _scope(row.at, plan, each)
        if scope is None:
            continue
        action = row.action.replace("{type}", at.kind.arm_type if at else "")
        yield Need(action, row.at, scope, row.role, row.without, str(at) if row.at in _LINKED else "")


_LINKED = (At.EVENTS, At.SHARED)


def refs_of(step: Step) -> tuple[ObjectRef, ...]:
    """The objects that a step touches."""
    match step:
        case CreateFactory():
            return ()
        case DeployTemplate():
            return step.refs
        case PutObject() | DeleteObject() | StopTrigger() | StartTrigger():
            return (step.ref,)


def group_id(plan: Plan) -> str:
    """The ARM id of the target's resource group."""
    return plan.target.factory_id.partition("/providers/")[0]


def _hears_events(each: AdfObject) -> bool:
    return each.ref.kind.word == "trigger" and trigger_kind(each.body).event


def _scope(at: At, plan: Plan, each: AdfObject | None) -> str | None:
    """The scope's id; "" where it is named but no id, None where there is none."""
    match at:
        case At.GROUP:
            return group_id(plan)
        case At.FACTORY:
            return plan.target.factory_id if plan.target.exists else group_id(plan)
        case At.EVENTS:
            return _resource(each, "scope") or ""
        case At.SHARED:
            return _resource(each, "linkedInfo", "resourceId")


def _resource(each: AdfObject | None, *path: str) -> str | None:
    """The id of a resource below an object's `typeProperties`; "" for a text or an expression that is none."""
    node: object = each.properties.get("typeProperties") if each else None
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    if node is None or (each and each.ref.kind.word not in ("trigger", "integrationRuntime")):
        return None
    return node if isinstance(node, str) and _RESOURCE.fullmatch(node) else ""
