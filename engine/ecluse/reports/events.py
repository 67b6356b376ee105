"""What happens while a plan is applied, as lines."""

from collections.abc import Iterator
from typing import assert_never

from ecluse.apply.ports import Event, ObjectDone, ObjectFailed, PhaseBegan, PhaseEnded, Remark
from ecluse.reports.harmless import harmless
from ecluse.reports.lines import Line, Tone
from ecluse.reports.pauses import event_words
from ecluse.reports.problems import problem_lines


def event_lines(event: Event) -> Iterator[Line]:
    """The lines that tell one event; a phase's begin is the heading of what follows."""
    match event:
        case PhaseBegan(phase, total, text):
            name = str(phase).capitalize() + (f" ({total})" if total else "")
            yield Line(": ".join(part for part in (name, harmless(text)) if part), Tone.TITLE)
        case ObjectDone(phase, subject, text, pause):
            told = " ".join(part for part in (text, event_words(pause) if pause else "") if part)
            yield Line("  " + "  ".join(harmless(part) for part in (subject, told) if part), Tone.GOOD)
        case ObjectFailed(phase, subject, problem):
            yield Line(f"  {harmless(subject)}  failed", Tone.BAD)
            yield from problem_lines((problem,))
        case PhaseEnded(phase, text):
            if text:
                yield Line(f"  {phase}: {harmless(text)}")
        case Remark(text, warning):
            yield Line(f"  {harmless(text)}", Tone.WARN if warning else Tone.DIM)
        case _:
            assert_never(event)
