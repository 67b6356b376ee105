"""Change data captures: one that runs is neither updated nor deleted, since nothing here stops and restarts it."""

from collections.abc import Iterable, Iterator
from shlex import quote

from ecluse.errors import Code, Problem
from ecluse.model.objects import ObjectRef
from ecluse.plan.inputs import PlanInputs
from ecluse.plan.plan import Action, Change

_STOPPED = "stopped"


def problems(inputs: PlanInputs, changes: Iterable[Change]) -> Iterator[Problem]:
    """Captures that would change or go and are not known to stand still.

    What Azure does to a capture that runs when its definition is written is documented nowhere, so none is risked.
    """
    for change in changes:
        touched = change.action in (Action.UPDATE, Action.DELETE)
        status = _status(change.ref, inputs) if touched and change.ref.kind.word == "adfcdc" else _STOPPED
        if status.casefold() != _STOPPED:
            state = f"its status is {status}" if status else "it can't be known whether it runs"
            verb = "deleted" if change.action is Action.DELETE else "updated"
            yield Problem(
                Code.CAPTURE_RUNS,
                f"the change data capture would be {verb}, and {state}; what that does to a running one is not known",
                "stop it in Data Factory Studio, deploy, and start it again; or leave it out with "
                f"--filter {quote(f'-{change.ref}')}",
                where=change.where,
                subject=str(change.ref),
            )


def _status(at: ObjectRef, inputs: PlanInputs) -> str:
    return str(inputs.live.factory.objects[at].properties.get("status") or "")
