"""Make the plan: the changes, the triggers' fates, what is refused, and the steps in order. Pure."""

from collections.abc import Iterator

from ecluse.errors import Code, Notice, refuse_any
from ecluse.model.graph import graph, levels
from ecluse.model.objects import AdfObject, ObjectRef
from ecluse.model.running import depths
from ecluse.model.triggers import trigger_kind
from ecluse.plan import captures, deletes, guards, starts, updates
from ecluse.plan.changes import SENT, changes, of, with_effective_parameters
from ecluse.plan.deployments import deployments
from ecluse.plan.factory import creates_factory, factory_body, head
from ecluse.plan.inputs import PlanInputs
from ecluse.plan.live import LiveFactory
from ecluse.plan.normalise import sendable
from ecluse.plan.plan import Action, Change, Plan, TriggerFate
from ecluse.plan.steps import CreateFactory, DeleteObject, PutObject, StartTrigger, Step, StopTrigger
from ecluse.plan.triggers import fates


def make(inputs: PlanInputs) -> Plan:
    """The plan. Raises `Refused` with all that stands against it.

    What Azure would refuse of it stands in its obstacles, so that it can be told together with what only Azure knows.
    """
    refuse_any(guards.target_problems(inputs))
    found = changes(inputs)
    decided = fates(inputs, found)
    found, resend_notices = _settle_active_resends(found, decided)
    source = with_effective_parameters(inputs)
    sent = {at: source.objects[at] for at in of(found, SENT)}
    reference_problems = tuple(guards.missing_references(inputs, found))
    tolerant = inputs.options.missing_reference == "warn"
    obstacles = (*updates.problems(inputs, found, sent), *starts.problems(inputs, decided, sent))
    refused = (
        *guards.missing_values(sent),
        *guards.vault_with_rest(sent, inputs),
        *guards.deferred_with_rest(sent, inputs),
        *(guards.asked_by_name(sent) if inputs.options.method == "arm" else ()),
        *(guards.missing_factory_values(factory_body(inputs)) if creates_factory(inputs) else ()),
        *(() if tolerant else reference_problems),
        *guards.cycles(sent),
        *deletes.problems(inputs, found),
        *captures.problems(inputs, found),
    )
    refuse_any((*refused, *obstacles) if refused else ())
    notices = (
        *inputs.notices,
        *resend_notices,
        *(guards.as_notices(iter(reference_problems)) if tolerant else ()),
        *_wish_notices(inputs),
        *starts.notices(inputs, decided, sent),
        *guards.name_notices(inputs),
        *(notice for at, notice in deaf_notices(inputs.live) if at in inputs.scope),
    )
    return Plan(
        target=inputs.target,
        changes=found,
        triggers=decided,
        steps=tuple(_steps(inputs, found, decided, sent)),
        head=tuple(head(inputs)),
        notices=notices,
        unfinished=inputs.unfinished,
        obstacles=obstacles,
    )


def _settle_active_resends(
    found: tuple[Change, ...], decided: tuple[TriggerFate, ...]
) -> tuple[tuple[Change, ...], tuple[Notice, ...]]:
    """A resend stops no trigger, and Azure takes no update of one that runs: then it is kept, and said."""
    running = {fate.ref for fate in decided if fate.active and not fate.stop}
    stuck = [change for change in found if change.action is Action.RESEND and change.ref in running]
    detail = "it runs, and sending it again without a change stops no trigger"
    kept = tuple(
        Change(change.ref, Action.KEEP, change.reason, detail, where=change.where) if change in stuck else change
        for change in found
    )
    return kept, tuple(Notice(Code.NOTE, f"{change.ref} is not sent again: {detail}") for change in stuck)


def _steps(
    inputs: PlanInputs, found: tuple[Change, ...], decided: tuple[TriggerFate, ...], sent: dict[ObjectRef, AdfObject]
) -> Iterator[Step]:
    """The order that Azure's refusals ask for: nothing is written while its trigger runs, nothing before what it needs.

    Deletes come last, from the needing to the needed.
    """
    if creates_factory(inputs):
        yield CreateFactory(factory_body(inputs))
    depth = depths({**inputs.live.factory.objects, **inputs.source.objects})
    ordered = sorted(decided, key=lambda fate: (depth[fate.ref], fate.ref))
    for fate in reversed(ordered):
        if fate.stop:
            was = trigger_kind(inputs.live.factory.objects[fate.ref].body)  # a write may make it one of another type
            yield StopTrigger(fate.ref, was.event, depth[fate.ref])
    templated = {at: each for at, each in sent.items() if at.kind.by_arm and inputs.options.method == "arm"}
    yield from _puts([each for at, each in sent.items() if at not in templated])
    yield from deployments(inputs.target.factory, templated.values())
    for number, level in enumerate(deletes.in_levels(inputs, found)):
        yield from (DeleteObject(at, number) for at in level)
    for fate in ordered:
        if fate.start:
            yield StartTrigger(fate.ref, fate.event, depth[fate.ref])


def _puts(objects: list[AdfObject]) -> Iterator[PutObject]:
    """One call per object, level by level: Azure refuses what refers to an object that is not there."""
    known = {each.ref: each for each in objects}
    for number, level in enumerate(levels(graph(objects))):
        for at in level:
            yield PutObject(at, {"properties": sendable(at.kind, known[at].body)}, number)


def deaf_notices(live: LiveFactory) -> Iterator[tuple[ObjectRef, Notice]]:
    """What is to be said of each event trigger that runs and may hear nothing."""
    for at, told in live.deaf.items():
        remedy = f'ecluse triggers start "{at.name}" subscribes it again'
        yield at, Notice(Code.EVENTS, f"{at} runs and may hear nothing: {told}; {remedy}")


def _wish_notices(inputs: PlanInputs) -> Iterator[Notice]:
    """What was wished and is not done because its trigger is out of scope."""
    for at, started in inputs.wishes.items():
        if at not in inputs.scope:
            wish = "started" if started else "stopped"
            yield Notice(Code.NOTE, f"{at} should be {wish} by the configuration, but is {inputs.scope.reason(at)}")
