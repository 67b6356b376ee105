"""Stop triggers (and what else runs), start them, and believe only what Azure says afterwards.

Those that wait for each other stop and start level by level, all else at once.
"""

from dataclasses import replace
from itertools import groupby

from ecluse.apply.ports import (
    Astray,
    ObjectDone,
    ObjectFailed,
    Phase,
    PhaseBegan,
    PhaseEnded,
)
from ecluse.apply.run import Run
from ecluse.errors import Code, EcluseError, Failed, Problem
from ecluse.model.objects import ObjectRef
from ecluse.model.running import called, how_many, switch_of
from ecluse.plan.steps import DeleteObject, StartTrigger, StopTrigger

STARTED, STOPPED = "Started", "Stopped"
_CHANGED = "somebody has changed it during this run"


def stop_all(run: Run, steps: list[StopTrigger]) -> None:
    """Stop and read back; what is waited for stops after those that wait for it, and only if all of these did.

    Raises `Failed` with everything that did not stop, or `Cancelled`.
    """
    if not steps:
        return
    run.tell(PhaseBegan(Phase.STOP, len(steps)))
    for _, level in groupby(steps, key=lambda step: step.level):
        problems = [problem for problem in run.together(lambda step: _stop(run, step), level) if problem]
        run.go_on()
        if problems:
            raise Failed(problems)
    run.tell(PhaseEnded(Phase.STOP, f"{how_many(step.ref for step in steps)} stopped"))


def _stop(run: Run, step: StopTrigger) -> Problem | None:
    if run.ports.clock.cancelled():
        return None
    run.touch(step)
    try:
        run.ports.azure.stop_trigger(step)
        now = run.ports.azure.trigger(step.ref)
    except EcluseError as error:
        run.tell(ObjectFailed(Phase.STOP, str(step.ref), error.problems[0]))
        return error.problems[0]
    if now is not None and now.running:
        problem = _not_obeyed(step.ref, STOPPED)
        run.tell(ObjectFailed(Phase.STOP, str(step.ref), problem))
        return problem
    run.record.stopped.append(step.ref)
    run.record.etags[step.ref] = now.etag if now else ""
    run.tell(ObjectDone(Phase.STOP, str(step.ref), "stopped", run.pause(step.ref)))
    return None


def note_unstopped(run: Run) -> None:
    """Take into the record what was to be stopped and was not: when stopping is the purpose, these are astray."""
    for step in run.record.touched:
        if step.ref not in run.record.stopped:
            run.record.astray.append(Astray(step.ref, STOPPED, _state(run, step.ref), "the stop failed"))


def start_all(run: Run, phase: Phase, steps: list[StartTrigger]) -> None:
    """Start what exists and does not run, level by level, and read each back. Whatever stays off is astray.

    Raises nothing: one trigger that fails keeps no other from starting. A cancel does not end this phase.
    """
    if not steps:
        return
    run.tell(PhaseBegan(phase, len(steps)))
    astray: list[Astray] = []
    for _, level in groupby(steps, key=lambda step: step.level):
        astray += [each for each in run.together(lambda step: _start(run, phase, step), level) if each]
    run.record.astray.extend(astray)
    run.tell(PhaseEnded(phase, f"{len(steps) - len(astray)} of {how_many(step.ref for step in steps)} run"))


def _start(run: Run, phase: Phase, step: StartTrigger) -> Astray | None:
    before = changed = False
    try:
        found = run.ports.azure.trigger(step.ref)
        if found is None and step.ref not in run.record.deleted:
            # What was just written may be "not found" for a moment: a trigger is not given up for one look.
            run.ports.clock.pause(run.ports.poll_seconds)
            found = run.ports.azure.trigger(step.ref)
        if found is None:
            _note_gone(run, phase, step.ref)
            return None
        before, changed = found.running, _is_changed(run, step.ref, found.etag)
        step = replace(step, event=found.event)  # its type may have been written since
        # An event trigger may be Started and yet hear nothing: where its stop failed half way.
        if not before or step.event:
            run.ports.azure.start_trigger(step)
        problem = None if _runs(run, step.ref) else _not_obeyed(step.ref, STARTED)
    except EcluseError as error:
        problem = error.problems[0]
    actual = _state(run, step.ref) if problem else STARTED
    if problem and (step.event or actual != STARTED):
        run.record.problems.append(problem)
        run.tell(ObjectFailed(phase, str(step.ref), problem))
        pause = run.pause(step.ref)
        since = pause.stopped if pause and actual == STOPPED else None
        return Astray(step.ref, STARTED, actual, problem.message, since)
    _note_start(run, step.ref, before=before)
    told = "runs already" if before else "started"
    told = f"{told}; {_CHANGED}" if changed else told
    run.tell(ObjectDone(phase, str(step.ref), told, None if before else run.pause(step.ref, over=True)))
    return None


def _note_gone(run: Run, phase: Phase, ref: ObjectRef) -> None:
    """Nothing is left to start: as the plan wants it, or somebody else's doing, which is no success."""
    run.tell(ObjectDone(phase, str(ref), "no longer exists"))
    if ref not in [step.ref for step in run.steps(DeleteObject)]:
        run.record.problems.append(_gone(ref))


def _is_changed(run: Run, ref: ObjectRef, etag: str) -> bool:
    """Whether somebody else has written it between its stop and now; of what we write ourselves nobody can tell."""
    known = run.record.etags.get(ref, "")
    return bool(known and etag) and known != etag and ref not in run.written()


def _runs(run: Run, ref: ObjectRef) -> bool:
    now = run.ports.azure.trigger(ref)
    return now is not None and now.running


def _state(run: Run, ref: ObjectRef) -> str:
    """The trigger's state as people are told it; a call that fails leaves it unknown."""
    try:
        return STARTED if _runs(run, ref) else STOPPED
    except EcluseError:
        return "unknown"


def _note_start(run: Run, ref: ObjectRef, *, before: bool) -> None:
    if any(step.ref == ref for step in run.record.touched):
        run.record.restarted.append(ref)
    elif not before:
        run.record.started.append(ref)


def _gone(ref: ObjectRef) -> Problem:
    return Problem(
        Code.TRIGGER_STATE,
        "it ran before this run and is no longer there: somebody has deleted or renamed it meanwhile",
        "If the source has it, run again: that makes it anew. If it was renamed, start it under its new name: "
        f'ecluse triggers start "{called(replace(ref, name="NEW NAME"))}"',
        subject=str(ref),
    )


def _not_obeyed(ref: ObjectRef, wanted: str) -> Problem:
    return Problem(
        Code.TRIGGER_STATE,
        f"Azure accepted the call, but the {switch_of(ref).noun} is not {wanted}",
        f'look at it in the portal, or run: ecluse triggers {"start" if wanted == STARTED else "stop"} "{called(ref)}"',
        subject=str(ref),
    )
