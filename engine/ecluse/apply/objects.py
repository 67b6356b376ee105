"""Write and delete objects one call each: level by level, and what has the same level at the same time."""

from collections.abc import Callable
from itertools import groupby
from typing import TypeVar

from ecluse.apply.ports import ObjectDone, ObjectFailed, Phase, PhaseBegan, PhaseEnded
from ecluse.apply.run import Run
from ecluse.errors import EcluseError, Failed, Problem
from ecluse.model.names import counted
from ecluse.plan.steps import DeleteObject, PutObject

S = TypeVar("S", PutObject, DeleteObject)


def put_all(run: Run) -> None:
    """Write what the plan writes by calls of its own. Raises `Failed` or `Cancelled`."""
    steps = run.steps(PutObject)
    only_parameters = not any(step.ref.kind.by_arm for step in steps)

    def put(step: PutObject) -> None:
        run.ports.azure.put_object(step.ref, step.body)
        run.record.written.append(step.ref)

    _all(run, Phase.PARAMETERS if only_parameters else Phase.DEPLOY, steps, put, "written")


def delete_all(run: Run) -> None:
    """Delete what the plan deletes. Raises `Failed` or `Cancelled`."""

    def delete(step: DeleteObject) -> None:
        run.ports.azure.delete_object(step.ref)
        run.record.deleted.append(step.ref)

    _all(run, Phase.DELETE, run.steps(DeleteObject), delete, "deleted")


def _all(run: Run, phase: Phase, steps: list[S], work: Callable[[S], None], done: str) -> None:
    """One object that fails keeps no other of its level from being done; the next level is then not begun.

    Raises `Failed` with everything that failed in that level, or `Cancelled`.
    """

    def attempt(step: S) -> tuple[Problem, ...]:
        run.go_on()
        try:
            work(step)
        except EcluseError as error:
            run.tell(ObjectFailed(phase, str(step.ref), error.problems[0]))
            return error.problems
        run.tell(ObjectDone(phase, str(step.ref), done))
        return ()

    if not steps:
        return
    run.tell(PhaseBegan(phase, len(steps)))
    for _, level in groupby(steps, key=lambda step: step.level):
        problems = [problem for found in run.together(attempt, level) for problem in found]
        if problems:
            raise Failed(problems)
    run.tell(PhaseEnded(phase, f"{counted(len(steps), 'object')} {done}"))
