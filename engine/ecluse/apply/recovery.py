"""What earlier runs have left: which of their triggers come back, and which somebody has touched since."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ecluse.apply.ports import KeptTrigger, OpenRun
from ecluse.errors import Code, Notice, Problem
from ecluse.model.objects import ObjectRef
from ecluse.model.running import called, depths
from ecluse.plan.live import LiveFactory
from ecluse.plan.plan import NOTHING_UNFINISHED, Plan, Target, TriggerFate, Unfinished
from ecluse.plan.steps import StartTrigger, StopTrigger


@dataclass(frozen=True, slots=True)
class Left:
    """What unfinished runs left, and what is to be said about it."""

    unfinished: Unfinished
    notices: tuple[Notice, ...]


NOTHING_LEFT = Left(NOTHING_UNFINISHED, ())


def left_by(runs: Iterable[OpenRun], live: LiveFactory) -> Left:
    """What these dead runs left: every trigger that ran before them, still exists, and that nobody else has touched."""
    every, depth = tuple(runs), depths(live.factory.objects)
    notices: list[Notice] = []
    triggers: dict[ObjectRef, StopTrigger] = {}
    since: dict[ObjectRef, datetime] = {}
    for each in every:
        names = ", ".join(called(kept.ref) for kept in each.entry.triggers) or "none"
        told = f"run {each.entry.run} of {each.entry.began} did not finish; triggers that ran before it: {names}"
        notices.append(Notice(Code.UNFINISHED, told + (f" ({each.entry.by})" if each.entry.by else "")))
        for kept in each.entry.triggers:
            if kept.ref not in live.factory.objects:
                notices.append(Notice(Code.UNFINISHED, f"{kept.ref} no longer exists: nothing to start"))
            elif _touched(kept, live):
                told = "somebody has changed it since that run stopped it: it is left as it is"
                notices.append(Notice(Code.UNFINISHED, f"{kept.ref}: {told}"))
            else:
                triggers[kept.ref] = StopTrigger(kept.ref, kept.event, depth[kept.ref])
                since.setdefault(kept.ref, _begin(each))
    ordered = sorted(triggers.values(), key=lambda step: step.level)
    return Left(Unfinished(tuple(each.entry.run for each in every), tuple(ordered), since), tuple(notices))


def _begin(run: OpenRun) -> datetime:
    """When it began; a journal that was written by hand may say nothing sensible, its last sign of life always does."""
    try:
        began = datetime.fromisoformat(run.entry.began)
    except ValueError:
        return run.seen
    return began if began.tzinfo else began.replace(tzinfo=UTC)


def _touched(kept: KeptTrigger, live: LiveFactory) -> bool:
    """Whether its etag is not the one that our own last write left. One that runs is where it should be."""
    now = live.etags.get(kept.ref, "")
    return bool(kept.etag and now) and kept.etag != now and kept.ref not in live.running


def settled(run: OpenRun, live: LiveFactory) -> bool:
    """Whether nothing of it is left to do: each of its triggers runs again and hears its events, or is gone."""
    return all(
        kept.ref not in live.factory.objects or (kept.ref in live.running and kept.ref not in live.deaf)
        for kept in run.entry.triggers
    )


def too_old(runs: Iterable[OpenRun], where: str, now: datetime, hours: int) -> Iterator[Problem]:
    """Runs that ended so long ago that starting their triggers may do harm: a person has to decide.

    `where` are the words of a command line that name the factory and its journals.
    """
    for each in runs:
        if now - each.seen > timedelta(hours=hours):
            names = ", ".join(called(kept.ref) for kept in each.entry.triggers) or "none"
            yield Problem(
                Code.UNFINISHED,
                f"run {each.entry.run} of {each.entry.began} did not finish, more than {hours} hours ago; "
                f"triggers that ran before it: {names}",
                f"start them: ecluse triggers recover {where}; or leave them as they are: "
                f"ecluse triggers forget {each.entry.run} {where}",
            )


def recovery_plan(left: Left, live: LiveFactory, target: Target) -> Plan:
    """A plan that starts what unfinished runs have left stopped, and nothing else."""
    fates = tuple(
        TriggerFate(
            ref=step.ref,
            active=step.ref in live.running,
            stop=False,
            start=step.event or step.ref not in live.running,
            why="it ran before a run that did not finish",
            event=step.event,
        )
        for step in left.unfinished.triggers
    )
    level = {step.ref: step.level for step in left.unfinished.triggers}
    starts = tuple(StartTrigger(fate.ref, fate.event, level[fate.ref]) for fate in fates if fate.start)
    return Plan(target, (), fates, starts, notices=left.notices, unfinished=left.unfinished)
