"""Change data captures of which nobody knows whether they run: they are neither updated nor deleted."""

from collections.abc import Iterable, Iterator
from shlex import quote

from ecluse.errors import Code, Problem
from ecluse.model.objects import ObjectRef
from ecluse.plan.inputs import PlanInputs
from ecluse.plan.plan import Action, Change


def problems(inputs: PlanInputs, changes: Iterable[Change]) -> Iterator[Problem]:
    """Captures that would change or go, have told no state, or one that is still on its way to another.

    One that runs is stopped first. What Azure does to a running one whose definition is written is documented nowhere,
    so none is risked.
    """
    for change in changes:
        switch = change.ref.kind.switch
        if switch is None or not switch.asked or change.action not in (Action.UPDATE, Action.DELETE):
            continue
        status = _status(change.ref, switch.state, inputs)
        if status == switch.off or switch.runs(status):
            continue
        state = f"its status is still {status}" if status else "it can't be known whether it runs"
        yield Problem(
            Code.CAPTURE_STATE,
            f"the change data capture would be {change.action}d, and {state}",
            "look at it in Data Factory Studio and run again when it runs or stands still; or leave it out with "
            f"--filter {quote(f'-{change.ref}')}",
            where=change.where,
            subject=str(change.ref),
        )


def _status(at: ObjectRef, state: str, inputs: PlanInputs) -> str:
    return str(inputs.live.factory.objects[at].properties.get(state) or "")
