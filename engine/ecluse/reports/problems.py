"""Problems and notices as lines: all of them, grouped by code, each with what to do."""

from collections.abc import Iterable, Iterator, Sequence

from ecluse.errors import Notice, Problem
from ecluse.model.names import counted
from ecluse.reports.harmless import harmless, short
from ecluse.reports.lines import Line, Tone

MOST = 50
_LONGEST = 2000  # an Azure answer may be long, and its end matters little


def problem_lines(problems: Sequence[Problem]) -> Iterator[Line]:
    """Every problem with its remedy, equal codes together; beyond 50 only their number."""
    shown = _grouped(problems)[:MOST]
    for index, problem in enumerate(shown):
        place = "  ".join(harmless(str(part)) for part in (problem.where, problem.subject) if part)
        text = ": ".join(part for part in (place, short(harmless(problem.message), _LONGEST)) if part)
        yield Line(f"  [{problem.code}] {text}", Tone.BAD)
        after = shown[index + 1] if index + 1 < len(shown) else None
        if problem.remedy and (after is None or (after.code, after.remedy) != (problem.code, problem.remedy)):
            yield Line(f"      -> {short(harmless(problem.remedy), _LONGEST)}")
    if len(problems) > MOST:
        yield Line(f"  and {len(problems) - MOST} more", Tone.BAD)


def _grouped(problems: Sequence[Problem]) -> list[Problem]:
    order = list(dict.fromkeys(problem.code for problem in problems))
    return sorted(problems, key=lambda problem: order.index(problem.code))


def refusal_lines(problems: Sequence[Problem], verdict: str) -> Iterator[Line]:
    """Problems that end a run, under a heading such as `Refused`."""
    yield Line(f"{verdict}: {counted(len(problems), 'problem')}", Tone.BAD)
    yield from problem_lines(problems)


def notice_lines(notices: Iterable[Notice]) -> Iterator[Line]:
    """Warnings and notes, one line each, repeated ones once."""
    for notice in dict.fromkeys(notices):
        word, tone = ("warning", Tone.WARN) if notice.warning else ("note", Tone.DIM)
        yield Line(f"  {word}: {short(harmless(str(notice)), _LONGEST)}", tone)
