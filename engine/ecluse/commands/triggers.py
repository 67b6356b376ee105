"""`ecluse triggers`: which triggers are meant, and a plan that does nothing but start or stop them."""

import fnmatch
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from ecluse.errors import Code, Problem, refuse_any
from ecluse.model.graph import graph, levels
from ecluse.model.objects import ObjectRef
from ecluse.model.triggers import trigger_kind
from ecluse.plan.live import LiveFactory
from ecluse.plan.plan import Plan, Target, TriggerFate
from ecluse.plan.steps import StartTrigger, StopTrigger
from ecluse.reports.harmless import harmless
from ecluse.reports.lines import Line, Tone, title


def all_triggers(live: LiveFactory) -> tuple[ObjectRef, ...]:
    """Every trigger of the factory: one that others depend on comes before them."""
    triggers = [each for ref, each in live.factory.objects.items() if ref.kind.word == "trigger"]
    return tuple(ref for level in levels(graph(triggers)) for ref in level)


def chosen(live: LiveFactory, patterns: Sequence[str], *, every: bool) -> tuple[ObjectRef, ...]:
    """The triggers that names or patterns (`* ? [abc] [!abc]`, any case) mean; all with `every`.

    Raises `Refused` when the factory does not exist, or a pattern means none.
    """
    if not live.exists:
        remedy = "Check --factory, --resource-group and --subscription."
        refuse_any([Problem(Code.FACTORY_MISSING, "there is no such factory", remedy, subject=live.factory.name)])
    known = all_triggers(live)
    refuse_any(_no_match(known, patterns))
    return tuple(ref for ref in known if every or any(_means(pattern, ref) for pattern in patterns))


def _means(pattern: str, ref: ObjectRef) -> bool:
    return fnmatch.fnmatchcase(ref.name.casefold(), pattern.casefold())


def _no_match(known: Sequence[ObjectRef], patterns: Iterable[str]) -> Iterator[Problem]:
    names = {ref.name.casefold(): ref.name for ref in known}
    for pattern in patterns:
        if not any(_means(pattern, ref) for ref in known):
            near = get_close_matches(pattern.casefold(), names, n=1)
            remedy = f"Did you mean {names[near[0]]}?" if near else "`ecluse triggers list` shows the names."
            yield Problem(Code.USAGE, "the factory has no such trigger", remedy, subject=f"trigger.{pattern}")


def trigger_plan(verb: str, live: LiveFactory, target: Target, refs: Sequence[ObjectRef]) -> Plan:
    """A plan that starts (or stops) these triggers and touches nothing else."""
    start = verb == "start"
    fates = tuple(_fate(ref, live, start=start) for ref in refs)
    steps: list[StartTrigger | StopTrigger] = []
    for fate in fates if start else reversed(fates):  # a trigger stops before the one that it depends on
        if fate.start:
            steps.append(StartTrigger(fate.ref, fate.event))
        elif fate.stop:
            steps.append(StopTrigger(fate.ref, fate.event))
    return Plan(target, changes=(), triggers=fates, steps=tuple(steps))


def _fate(ref: ObjectRef, live: LiveFactory, *, start: bool) -> TriggerFate:
    active, event = ref in live.running, trigger_kind(live.factory.objects[ref].body).event
    # A start also mends an event trigger that runs but has lost its subscription (a stop that failed half way).
    needed = not active or event if start else active
    why = "as asked" if active != start else "runs already" if start else "is stopped already"
    detail = "; its subscription is made sure of" if start and active and event else ""
    return TriggerFate(ref, active, stop=needed and not start, start=needed and start, why=why + detail, event=event)


def listing_lines(live: LiveFactory, refs: Sequence[ObjectRef]) -> Iterator[Line]:
    """Name, state and type of each trigger, in the order of their names."""
    yield title(f"Triggers of {harmless(live.factory.name)} ({len(refs)}, {len(live.running & set(refs))} run)")
    widest = max((len(harmless(ref.name)) for ref in refs), default=0)
    for ref in sorted(refs):
        running = ref in live.running
        kind = harmless(trigger_kind(live.factory.objects[ref].body).name)
        text = f"  {harmless(ref.name):<{widest}}  {'Started' if running else 'Stopped'}  {kind}"
        yield Line(text, Tone.GOOD if running else Tone.DIM)
