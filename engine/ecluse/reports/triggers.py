"""What a plan does to triggers, as lines; and the rows and commands that people need for them."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ecluse.apply.ports import Astray, Reading
from ecluse.configure.override import csv_row
from ecluse.model.objects import ObjectRef
from ecluse.model.running import called, nouns
from ecluse.plan.plan import Target, TriggerFate
from ecluse.reports.harmless import harmless
from ecluse.reports.lines import Line, Tone
from ecluse.reports.pauses import moment

_LOSES = "events that come while it is stopped are lost"
_NEEDLESS = " (with --trigger-stop changed it would go on running)"


def trigger_lines(fates: Sequence[TriggerFate], *, whole: bool = True) -> Iterator[Line]:
    """The triggers by their fate: paused, stopped, started, left stopped, not touched."""
    groups = (
        ("to stop while deploying, then to start again", Tone.CHANGE, _fates(fates, stop=True, start=True)),
        ("to stop for good", Tone.WARN, _fates(fates, stop=True, start=False)),
        ("to start", Tone.GOOD, _fates(fates, stop=False, start=True)),
        ("left stopped", Tone.WARN, [fate for fate in fates if fate.left_stopped]),
    )
    for heading, tone, group in groups:
        if group:
            yield Line(f"{_what(group)} {heading} ({len(group)})", tone)
            for fate in group:
                yield from _fate_lines(fate)
    quiet = [fate for fate in fates if not (fate.stop or fate.start or fate.left_stopped)]
    if quiet:
        running = sum(fate.active for fate in quiet)
        yield Line(f"{_what(quiet)} not touched ({len(quiet)}, of which {running} run)", Tone.DIM)
        if whole:
            yield from (Line(f"    {harmless(str(fate.ref))}  {harmless(fate.why)}", Tone.DIM) for fate in quiet)


def _what(fates: Sequence[TriggerFate]) -> str:
    return nouns(fate.ref for fate in fates).capitalize()


def _fates(fates: Iterable[TriggerFate], *, stop: bool, start: bool) -> list[TriggerFate]:
    return [fate for fate in fates if fate.stop is stop and fate.start is start and (stop or start)]


def _fate_lines(fate: TriggerFate) -> Iterator[Line]:
    yield Line(f"    {harmless(str(fate.ref))}  {harmless(fate.why)}")
    if fate.event and fate.stop:
        yield Line(f"      {_LOSES}{'' if fate.required or not fate.start else _NEEDLESS}", Tone.WARN)
    if fate.left_stopped:
        yield Line(f"      the source has it Started; this configuration row starts it: {start_row(fate.ref)}")


def start_row(ref: ObjectRef) -> str:
    """The configuration row that starts a trigger, ready to be pasted."""
    return harmless(csv_row("trigger", ref.name, "runtimeState", "Started"))


def open_run_lines(reading: Reading) -> Iterator[Line]:
    """The runs whose journal is open: since when, by whom, which triggers ran before; and what can't be read."""
    for each in reading.runs:
        state = "at work" if each.alive else "did not finish: ecluse triggers recover starts what ran before"
        by = f" ({each.entry.by})" if each.entry.by else ""
        yield Line(harmless(f"run {each.entry.run}, since {each.entry.began}{by}, {state}"), Tone.WARN)
        names = ", ".join(sorted(called(kept.ref) for kept in each.entry.triggers)) or "none"
        yield Line(f"  triggers that ran before it: {harmless(names)}", Tone.WARN)
    for text in reading.damaged:
        yield Line(harmless(f"a journal can't be read: {text}"), Tone.WARN)


def astray_lines(astray: Sequence[Astray], target: Target, sandbox: Path | None = None) -> Iterator[Line]:
    """Each trigger that is not in the state it should be, and the commands that put all of them right."""
    if not astray:
        return
    yield Line(f"TRIGGERS NOT IN THE STATE THEY SHOULD BE ({len(astray)})", Tone.BAD)
    for each in astray:
        state = f"should be {each.wanted}, is {each.actual}" + (f" since {moment(each.since)}" if each.since else "")
        yield Line(f"    {harmless(str(each.ref))}  {harmless(state)}: {harmless(each.why)}", Tone.BAD)
    yield Line("  To put it right:")
    for verb, wanted in (("start", "Started"), ("stop", "Stopped")):
        names = [called(each.ref) for each in astray if each.wanted == wanted]
        if names:
            yield Line(f"    {finish_command(verb, names, target, sandbox)}")


def finish_command(verb: str, names: Sequence[str], target: Target, sandbox: Path | None = None) -> str:
    """The exact command that starts or stops these triggers."""
    words = ["ecluse", "triggers", verb, *names, "--factory", target.factory]
    words += ["--resource-group", target.resource_group, "--subscription", target.subscription]
    words += ["--sandbox", sandbox.as_posix()] if sandbox else []
    return harmless(shlex.join(words))
