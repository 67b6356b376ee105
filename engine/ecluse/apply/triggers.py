"""Stop triggers, start them, and believe only what Azure says afterwards."""

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
from ecluse.plan.steps import StartTrigger, StopTrigger

STARTED, STOPPED = "Started", "Stopped"


def stop_all(run: Run, steps: list[StopTrigger]) -> None:
    """Stop and read back, in parallel. Raises `Failed` with every trigger that did not stop, or `Cancelled`."""
    if not steps:
        return
    run.tell(PhaseBegan(Phase.STOP, len(steps)))
    problems = [problem for problem in run.together(lambda step: _stop(run, step), steps) if problem]
    run.go_on()
    if problems:
        raise Failed(problems)
    run.tell(PhaseEnded(Phase.STOP, f"{len(steps)} triggers stopped"))


def _stop(run: Run, step: StopTrigger) -> Problem | None:
    if run.ports.clock.cancelled():
        return None
    run.record.touched.append(step)  # before the call: it may take effect even if it fails
    try:
        run.ports.azure.stop_trigger(step)
        running = run.ports.azure.trigger_running(step.ref)
    except EcluseError as error:
        run.tell(ObjectFailed(Phase.STOP, str(step.ref), error.problems[0]))
        return error.problems[0]
    if running:
        problem = _not_obeyed(step.ref, STOPPED)
        run.tell(ObjectFailed(Phase.STOP, str(step.ref), problem))
        return problem
    run.record.stopped.append(step.ref)
    run.tell(ObjectDone(Phase.STOP, str(step.ref), "stopped"))
    return None


def note_unstopped(run: Run) -> None:
    """Take into the record what was to be stopped and was not: when stopping is the purpose, these are astray."""
    for step in run.record.touched:
        if step.ref not in run.record.stopped:
            run.record.astray.append(Astray(step.ref, STOPPED, "unknown", "the stop failed"))


def start_all(run: Run, phase: Phase, steps: list[StartTrigger]) -> None:
    """Start what exists and does not run, in parallel, and read each back. Whatever stays off is astray.

    Raises nothing: one trigger that fails keeps no other from starting. A cancel does not end this phase.
    """
    if not steps:
        return
    run.tell(PhaseBegan(phase, len(steps)))
    astray = [each for each in run.together(lambda step: _start(run, phase, step), steps) if each]
    run.record.astray.extend(astray)
    run.tell(PhaseEnded(phase, f"{len(steps) - len(astray)} of {len(steps)} triggers run"))


def _start(run: Run, phase: Phase, step: StartTrigger) -> Astray | None:
    try:
        before = run.ports.azure.trigger_running(step.ref)
        if before is None:
            run.tell(ObjectDone(phase, str(step.ref), "no longer exists"))
            return None
        if not before:
            run.ports.azure.start_trigger(step)
        if run.ports.azure.trigger_running(step.ref):
            _note_start(run, step.ref)
            run.tell(ObjectDone(phase, str(step.ref), "started" if not before else "runs already"))
            return None
        problem = _not_obeyed(step.ref, STARTED)
        actual = STOPPED
    except EcluseError as error:
        problem, actual = error.problems[0], "unknown"
    run.record.problems.append(problem)
    run.tell(ObjectFailed(phase, str(step.ref), problem))
    return Astray(step.ref, STARTED, actual, problem.message)


def _note_start(run: Run, ref: ObjectRef) -> None:
    was_stopped = any(step.ref == ref for step in run.record.touched)
    (run.record.restarted if was_stopped else run.record.started).append(ref)


def _not_obeyed(ref: ObjectRef, wanted: str) -> Problem:
    return Problem(
        Code.TRIGGER_STATE,
        f"Azure accepted the call, but the trigger is not {wanted}",
        f"look at the trigger in the portal, or run: ecluse triggers {'start' if wanted == STARTED else 'stop'}"
        f' "{ref.name}"',
        subject=str(ref),
    )
