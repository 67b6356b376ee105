"""What happens to each trigger and change data capture: which are stopped, which are started afterwards, and why.

Before = active in the target, or stopped by a run that did not finish, and in scope. Stopped = chosen by
`trigger_stop`. After = what was stopped and still exists, nothing else; an explicit wish of the configuration
(`runtimeState`) wins over all of it. A change data capture is stopped only when it changes or goes itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from shlex import quote

from ecluse.configure.override import object_row
from ecluse.errors import Code, Problem, refuse_any
from ecluse.model.graph import Graph, closure, graph
from ecluse.model.objects import AdfObject, ObjectRef
from ecluse.model.running import switch_of
from ecluse.model.triggers import trigger_kind
from ecluse.plan.changes import REAL
from ecluse.plan.inputs import PlanInputs
from ecluse.plan.plan import Action, Change, TriggerFate

STARTED = "Started"
_CHANGES, _GOES = "it changes", "it is deleted"


def fates(inputs: PlanInputs, changes: tuple[Change, ...]) -> tuple[TriggerFate, ...]:
    """The fate of all in scope that runs, is started, or is a new trigger and left stopped.

    Raises `Refused` when `trigger_stop: none` forbids a stop that an update or a delete needs, and when a trigger is to
    start that Azure starts for nobody.
    """
    view = _View.of(inputs, changes)
    _refuse_untouchable(view)
    every = tuple(_fate(at, view) for at in view.triggers())
    _refuse_idle(every, view)
    return tuple(fate for fate in every if fate.active or fate.start or fate.left_stopped)


@dataclass(frozen=True, slots=True)
class _View:
    """The inputs, looked at from the triggers."""

    inputs: PlanInputs
    actions: Mapping[ObjectRef, Action]
    changed: frozenset[ObjectRef]
    affected: frozenset[ObjectRef]

    @classmethod
    def of(cls, inputs: PlanInputs, changes: tuple[Change, ...]) -> "_View":
        changed = frozenset(change.ref for change in changes if change.action in REAL)
        affected = _affected(inputs, changed) if inputs.options.trigger_stop == "affected" else frozenset()
        return cls(inputs, {change.ref: change.action for change in changes}, changed, affected)

    def triggers(self) -> list[ObjectRef]:
        """Those in scope; what an unfinished run has left stopped comes back wherever it is."""
        unfinished = self.inputs.unfinished.refs
        every = (at for at in self.actions if at.kind.switch is not None)
        return sorted(at for at in every if at in self.inputs.scope or at in unfinished)

    def active(self, at: ObjectRef) -> bool:
        return at in self.inputs.live.running

    def body(self, at: ObjectRef) -> AdfObject:
        source = self.inputs.source.objects.get(at)
        return source or self.inputs.live.factory.objects[at]

    def wish(self, at: ObjectRef) -> tuple[bool, str] | None:
        """What is explicitly wanted for a trigger: started or not, and who says so."""
        if at in self.inputs.wishes:
            return self.inputs.wishes[at], "the configuration"
        by_source = self.inputs.options.trigger_start == "source" and switch_of(at).fires
        if by_source and at in self.inputs.source.objects:
            return _started(self.inputs.source.objects[at]), "the source"
        return None


def _affected(inputs: PlanInputs, changed: frozenset[ObjectRef]) -> frozenset[ObjectRef]:
    """The running triggers that fire or need something that changes."""
    edges = _fired({**inputs.live.factory.objects, **inputs.source.objects}.values())
    return frozenset(at for at in inputs.live.running if not changed.isdisjoint(closure([at], edges)))


def _fired(objects: Iterable[AdfObject]) -> Graph:
    """Who needs whom, but for triggers that wait for each other: they don't fire each other."""
    return {
        at: frozenset(each for each in needed if each.kind.word != "trigger") for at, needed in graph(objects).items()
    }


def _started(trigger: AdfObject) -> bool:
    return str(trigger.properties.get("runtimeState", "")).casefold() == STARTED.casefold()


def _must_be_still(at: ObjectRef, view: _View) -> bool:
    """Azure refuses to update or delete a trigger that runs; what it does to a capture is documented nowhere."""
    return view.actions[at] in (Action.UPDATE, Action.DELETE)


def _change(at: ObjectRef, view: _View) -> str:
    """What happens to the trigger itself, in words; "" when it may go on running."""
    if not _must_be_still(at, view):
        return ""
    return _GOES if view.actions[at] is Action.DELETE else _CHANGES


def _chosen(at: ObjectRef, view: _View) -> str:
    """Why one that runs is stopped; "" when it is not."""
    match view.inputs.options.trigger_stop:
        case "none":
            return ""
        case _ if not switch_of(at).fires:
            return _change(at, view)
        case "changed":
            return _change(at, view)
        case "affected":
            return _change(at, view) or ("it fires something that changes" if at in view.affected else "")
        case _:
            return (_change(at, view) or "something is deployed") if view.changed else ""


def _fate(at: ObjectRef, view: _View) -> TriggerFate:
    active, wish, exists = view.active(at), view.wish(at), view.actions[at] is not Action.DELETE
    why = _chosen(at, view) if active else ""
    paused = bool(why) or (at in view.inputs.unfinished.refs and not active)
    start = paused and exists and view.inputs.options.trigger_start != "none"
    if wish is not None and exists:
        wanted, who = wish
        if not wanted and active:
            why = f"{who} wants it stopped"
        start = wanted and (not active or bool(why))
    source = view.inputs.source.objects.get(at)
    new = view.actions[at] is Action.CREATE and source is not None and switch_of(at).fires and _started(source)
    return TriggerFate(
        ref=at,
        active=active,
        stop=bool(why),
        start=start,
        why=why or _why_not_stopped(start=start, active=active, wish=wish, unfinished=paused),
        event=trigger_kind(view.body(at).body).event,
        left_stopped=new and not start and wish is None and _fires(view.body(at)),
        required=active and _must_be_still(at, view),
    )


def _why_not_stopped(*, start: bool, active: bool, wish: tuple[bool, str] | None, unfinished: bool) -> str:
    if start and wish:
        return f"{wish[1]} wants it started"
    if unfinished:
        return "it ran before a run that did not finish"
    return "it goes on running" if active else "new triggers stay stopped"


def _fires(trigger: AdfObject) -> bool:
    """Whether it names a pipeline: a trigger that names none can be written, but not started."""
    return any(each.kind.word == "pipeline" for each in trigger.needs)


def _refuse_idle(every: Iterable[TriggerFate], view: _View) -> None:
    """A start that Azure refuses with 400, "Missing or invalid pipeline references" (azure-behaviours: section 3)."""
    idle = (each for each in every if each.start and not each.active and switch_of(each.ref).fires)
    refuse_any(
        Problem(
            Code.UPDATE_GUARD,
            f"it is to start, since {each.why}, and it names no pipeline: Azure does not start such a trigger",
            "give it a pipeline; or leave it stopped with the configuration row "
            f"{object_row(each.ref, ('runtimeState',), 'Stopped')}, or exclude it (--filter {quote(f'-{each.ref}')})",
            view.body(each.ref).where,
            str(each.ref),
        )
        for each in idle
        if not _fires(view.body(each.ref))
    )


def _refuse_untouchable(view: _View) -> None:
    if view.inputs.options.trigger_stop != "none":
        return
    refuse_any(
        Problem(
            Code.TRIGGER_ACTIVE,
            f"the {switch_of(at).noun} runs and must be {view.actions[at]}d, but nothing may be stopped "
            "(trigger stop: none)",
            f"allow it to be stopped (--trigger-stop changed), or exclude it (--filter {quote(f'-{at}')})",
            subject=str(at),
        )
        for at in view.triggers()
        if view.active(at) and _must_be_still(at, view) and view.wish(at) != (False, "the configuration")
    )
