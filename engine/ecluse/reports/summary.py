"""The end of a run, as lines: what was done, what is wrong, what is left to do."""

from collections.abc import Iterator
from pathlib import Path

from ecluse.apply.ports import Outcome
from ecluse.model.names import counted
from ecluse.plan.plan import Plan
from ecluse.reports.harmless import harmless
from ecluse.reports.lines import Line, Tone, title
from ecluse.reports.pauses import duration, pause_lines
from ecluse.reports.plan import cut
from ecluse.reports.problems import problem_lines
from ecluse.reports.triggers import astray_lines, start_row


def summary_lines(plan: Plan, outcome: Outcome, sandbox: Path | None = None, *, whole: bool = True) -> Iterator[Line]:
    """What an apply came to: counts, each trigger's pause, problems with remedies, the commands that finish it.

    `whole=False` cuts the list of pauses, unless one of them is not over.
    """
    yield title("Summary")
    yield Line(f"  {counted(len(outcome.written), 'object')} written, {len(outcome.deleted)} deleted")
    yield Line(f"  triggers: {_triggers(plan, outcome)}")
    over = all(pause.restarted for pause in outcome.pauses)
    yield from cut([*pause_lines(outcome.pauses, outcome.deleted)], whole=whole or not over)
    for name in outcome.deployments:
        yield Line(f"  ARM deployment {harmless(name)}", Tone.DIM)
    yield Line(f"  duration: {duration(outcome.seconds)}")
    yield from _left_stopped(plan)
    if outcome.problems:
        yield Line(f"  {counted(len(outcome.problems), 'problem')}:", Tone.BAD)
        yield from problem_lines(outcome.problems)
    yield from astray_lines(outcome.astray, plan.target, sandbox)
    yield verdict(outcome)


def _triggers(plan: Plan, outcome: Outcome) -> str:
    left = sum(fate.left_stopped for fate in plan.triggers)
    counts = (
        (len(outcome.stopped), "stopped"),
        (len(outcome.restarted), "started again"),
        (len(outcome.started), "newly started"),
        (left, "left stopped"),
        (len(outcome.astray), "not as they should be"),
    )
    return ", ".join(f"{number} {word}" for number, word in counts)


def _left_stopped(plan: Plan) -> Iterator[Line]:
    for fate in plan.triggers:
        if fate.left_stopped:
            row = f"start it with this configuration row: {start_row(fate.ref)}"
            yield Line(f"  left stopped: {harmless(str(fate.ref))}  {row}", Tone.WARN)


def verdict(outcome: Outcome) -> Line:
    """The last word of a deployment."""
    if outcome.astray:
        return Line("Not finished: triggers need your hand, see above", Tone.BAD)
    if outcome.cancelled:
        return Line("Cancelled; every trigger is as it should be", Tone.BAD)
    if outcome.problems:
        return Line("Failed; every trigger is as it should be", Tone.BAD)
    return Line("Done", Tone.GOOD)
