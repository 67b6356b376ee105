"""The plan as lines: the target, what changes and why, the triggers, the steps, the counts."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import assert_never

from ecluse.jsontree import MASK, Difference, Secret
from ecluse.model.names import counted
from ecluse.plan.plan import Action, Change, Plan, Reason, by_action
from ecluse.plan.steps import CreateFactory, DeleteObject, DeployTemplate, PutObject, StartTrigger, Step, StopTrigger
from ecluse.reports.harmless import harmless, show_change, show_path
from ecluse.reports.lines import Line, Tone, title
from ecluse.reports.problems import notice_lines
from ecluse.reports.triggers import trigger_lines

FEW = 20
"""Lines of a long list on a terminal; `--verbose` and logs show all."""

_SHOWN = 3  # objects of a step that is done for many at once

_HEADINGS = {
    Action.CREATE: ("+", "To create", Tone.GOOD),
    Action.UPDATE: ("~", "To update", Tone.CHANGE),
    Action.RESEND: (">", "To send again", Tone.CHANGE),
    Action.DELETE: ("-", "To delete", Tone.BAD),
}
_KEPT = {
    Reason.EQUAL: "Unchanged",
    Reason.EXCLUDED: "Excluded",
    Reason.NOT_IN_SOURCE: "Not in the source, left alone",
}


def plan_lines(plan: Plan, *, whole: bool = True) -> Iterator[Line]:
    """The whole plan; `whole=False` cuts long lists of objects that stay as they are."""
    yield from _head(plan)
    yield from notice_lines(plan.notices)
    groups = by_action(plan.changes)
    for action, (sign, heading, tone) in _HEADINGS.items():
        if groups[action]:
            yield Line(f"{heading} ({len(groups[action])})", tone)
            for change in groups[action]:
                yield from _change_lines(sign, change, tone)
    yield from _kept_lines(groups[Action.KEEP], whole=whole)
    yield from trigger_lines(plan.triggers, whole=whole)
    yield from _step_lines(plan.steps)
    yield Line(counts_line(plan), Tone.CHANGE if plan.has_changes else Tone.GOOD)


def counts_line(plan: Plan) -> str:
    """`Plan: 3 to create, 1 to update, …`."""
    kept = [change for change in plan.changes if change.action is Action.KEEP]
    excluded = sum(change.reason is Reason.EXCLUDED for change in kept)
    equal = sum(change.reason is Reason.EQUAL for change in kept)
    left = len(kept) - excluded - equal
    return (
        f"Plan: {plan.count(Action.CREATE)} to create, {plan.count(Action.UPDATE)} to update, "
        f"{plan.count(Action.DELETE)} to delete, {plan.count(Action.RESEND)} to resend, "
        f"{equal} unchanged, {excluded} excluded" + (f", {left} left alone" if left else "")
    )


def _head(plan: Plan) -> Iterator[Line]:
    target = plan.target
    yield title("Plan")
    yield Line(f"  factory {harmless(target.factory)} in resource group {harmless(target.resource_group)}")
    yield Line(f"  subscription {harmless(target.subscription)}")
    for fact in plan.head:
        yield Line(f"  {harmless(fact)}")


def _change_lines(sign: str, change: Change, tone: Tone) -> Iterator[Line]:
    yield Line(f"  {sign} {_told(change)}", tone)
    for difference in change.differences:
        yield Line(f"      {difference_text(difference)}")


def _told(change: Change) -> str:
    why = "; ".join(part for part in (str(change.reason), harmless(change.detail)) if part)
    return f"{harmless(str(change.ref))}  {why}"


def difference_text(difference: Difference) -> str:
    """A difference in one line: its path, and both sides where they part; secrets are `***`."""
    path, old, new = difference_sides(difference)
    return f"{path}: {old} -> {new}"


def difference_sides(difference: Difference) -> tuple[str, str, str]:
    """Path, old and new value of a difference, each in one short line; secrets are `***`."""
    old, new = show_change(difference.path, difference.old, difference.new)
    if isinstance(difference.old, Secret) or isinstance(difference.new, Secret):
        # Where one side is a secret the other one stands in the same place, whatever it looks like.
        old, new = (shown if shown.startswith("(") else MASK for shown in (old, new))
    return show_path(difference.path), old, new


def _kept_lines(kept: Sequence[Change], *, whole: bool) -> Iterator[Line]:
    headings = {change.reason: _KEPT.get(change.reason, "Left alone") for change in kept}
    for reason, heading in headings.items():
        group = [change for change in kept if change.reason is reason]
        yield Line(f"{heading} ({len(group)})", Tone.DIM)
        yield from cut([Line(f"    {_kept(change)}", Tone.DIM) for change in group], whole=whole)


def _kept(change: Change) -> str:
    """The heading says the reason; what is left is the detail."""
    return "  ".join(harmless(part) for part in (str(change.ref), change.detail) if part)


def cut(lines: Sequence[Line], *, whole: bool) -> Iterator[Line]:
    """All lines, or the first few and how many there are more."""
    shown = lines if whole or len(lines) <= FEW else lines[:FEW]
    yield from shown
    if len(shown) < len(lines):
        yield Line(f"    and {len(lines) - len(shown)} more (--verbose shows all)", Tone.DIM)


def _step_lines(steps: Sequence[Step]) -> Iterator[Line]:
    if not steps:
        return
    groups = [tuple(group) for _, group in groupby(enumerate(steps), key=_at_once)]
    yield Line(f"Steps ({len(groups)})")
    for number, group in enumerate(groups, 1):
        yield Line(f"  {number}. {harmless(_group([step for _, step in group]))}")


def _at_once(numbered: tuple[int, Step]) -> tuple[object, ...]:
    """What is the same for steps that are done at the same time; for any other step its number."""
    number, step = numbered
    return (type(step), step.level) if isinstance(step, (PutObject, DeleteObject)) else (number,)


def _group(steps: Sequence[Step]) -> str:
    """One step, or many of one kind whose objects stand in the lists above."""
    told = _step(steps[0])
    if len(steps) == 1:
        return told
    verb = told.partition(" ")[0]
    names = ", ".join(str(step.ref) for step in steps[:_SHOWN] if isinstance(step, (PutObject, DeleteObject)))
    return f"{verb} {len(steps)} objects, many at once: {names}{' …' if len(steps) > _SHOWN else ''}"


def _step(step: Step) -> str:
    match step:
        case CreateFactory():
            return "create the factory"
        case StopTrigger(ref, event):
            return f"unsubscribe and stop {ref}" if event else f"stop {ref}"
        case PutObject(ref):
            return f"write {ref}"
        case DeployTemplate(number, refs):
            return f"deploy {counted(len(refs), 'object')} (ARM deployment {number}, incremental)"
        case DeleteObject(ref):
            return f"delete {ref}"
        case StartTrigger(ref, event):
            return f"subscribe and start {ref}" if event else f"start {ref}"
        case _:
            assert_never(step)
