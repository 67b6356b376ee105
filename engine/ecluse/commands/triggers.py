"""`ecluse triggers`: which triggers are meant, and a plan that does nothing but start or stop them.

A change data capture is meant only where its kind is said (`adfcdc.CDC_Orders`, `adfcdc.*`): `--all` are the triggers.
"""

import fnmatch
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from ecluse.errors import Code, Problem, refuse_any
from ecluse.model.objects import ObjectRef
from ecluse.model.running import called, depths, nouns
from ecluse.model.triggers import trigger_kind
from ecluse.plan.live import LiveFactory
from ecluse.plan.plan import Plan, Target, TriggerFate
from ecluse.plan.steps import StartTrigger, StopTrigger
from ecluse.reports.harmless import harmless
from ecluse.reports.lines import Line, Tone, title


def all_running(live: LiveFactory) -> tuple[ObjectRef, ...]:
    """All of the factory that can be started and stopped: one that others depend on comes before them.

    Raises `Refused` when the factory does not exist.
    """
    if not live.exists:
        remedy = "Check --factory, --resource-group and --subscription."
        refuse_any([Problem(Code.FACTORY_MISSING, "there is no such factory", remedy, subject=live.factory.name)])
    depth = depths(live.factory.objects)
    return tuple(sorted(depth, key=lambda ref: (depth[ref], ref)))


def chosen(live: LiveFactory, patterns: Sequence[str], *, every: bool = False) -> tuple[ObjectRef, ...]:
    """The triggers that names or patterns (`* ? [abc] [!abc]`, any case) mean; all with `every`.

    A pattern with a kind before it (`adfcdc.C*`) means what is of this kind. Raises `Refused` when the factory does not
    exist, or a pattern means nothing.
    """
    known = all_running(live)
    refuse_any(_no_match(known, patterns))
    meant = {ref for pattern in (("*",) if every else patterns) for ref in _meant(known, pattern)}
    return tuple(ref for ref in known if ref in meant)


def _meant(known: Sequence[ObjectRef], pattern: str) -> list[ObjectRef]:
    """Names hold no dot, so one tells that a kind is said. They may hold `[`: what is a name means that one alone."""
    word, dot, name = pattern.casefold().rpartition(".")
    of_kind = [ref for ref in known if ref.kind.word.casefold() == (word if dot else "trigger")]
    named = [ref for ref in of_kind if ref.name.casefold() == name]
    return named or [ref for ref in of_kind if fnmatch.fnmatchcase(ref.name.casefold(), name)]


def _no_match(known: Sequence[ObjectRef], patterns: Iterable[str]) -> Iterator[Problem]:
    names = {called(ref).casefold(): called(ref) for ref in known}
    for pattern in patterns:
        if not _meant(known, pattern):
            near = get_close_matches(pattern.casefold(), names, n=1)
            remedy = f"Did you mean {names[near[0]]}?" if near else "`ecluse triggers list` shows the names."
            subject = pattern if "." in pattern else f"trigger.{pattern}"
            yield Problem(Code.USAGE, "the factory has no such trigger", remedy, subject=subject)


def trigger_plan(verb: str, live: LiveFactory, target: Target, refs: Sequence[ObjectRef]) -> Plan:
    """A plan that starts (or stops) these triggers and touches nothing else."""
    start = verb == "start"
    fates = tuple(_fate(ref, live, start=start) for ref in refs)
    steps: list[StartTrigger | StopTrigger] = []
    depth = depths(live.factory.objects)
    for fate in fates if start else reversed(fates):  # a trigger stops before the one that it depends on
        if fate.start:
            steps.append(StartTrigger(fate.ref, fate.event, depth[fate.ref]))
        elif fate.stop:
            steps.append(StopTrigger(fate.ref, fate.event, depth[fate.ref]))
    return Plan(target, changes=(), triggers=fates, steps=tuple(steps))


def _fate(ref: ObjectRef, live: LiveFactory, *, start: bool) -> TriggerFate:
    active, event = ref in live.running, trigger_kind(live.factory.objects[ref].body).event
    # A start also mends an event trigger that runs but has lost its subscription (a stop that failed half way).
    needed = not active or event if start else active
    why = "as asked" if active != start else "runs already" if start else "is stopped already"
    detail = "; its subscription is made sure of" if start and active and event else ""
    return TriggerFate(ref, active, stop=needed and not start, start=needed and start, why=why + detail, event=event)


def listing_lines(live: LiveFactory, refs: Sequence[ObjectRef]) -> Iterator[Line]:
    """Name, state and type of each, in the order of their names; triggers first."""
    what = f"{nouns(refs).capitalize()} of {harmless(live.factory.name)}"
    yield title(f"{what} ({len(refs)}, {len(live.running & set(refs))} run)")
    widest = max((len(harmless(called(ref))) for ref in refs), default=0)
    for ref in sorted(refs, key=lambda each: (each.kind.word != "trigger", each)):
        running = ref in live.running
        kind = harmless(trigger_kind(live.factory.objects[ref].body).name or nouns([ref])[:-1])
        text = f"  {harmless(called(ref)):<{widest}}  {'Started' if running else 'Stopped'}  {kind}"
        yield Line(text, Tone.GOOD if running else Tone.DIM)
