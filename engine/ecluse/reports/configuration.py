"""What `ecluse config` tells: the overrides that count, and the variables that a stage needs."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from ecluse.configure.configure import Configured
from ecluse.configure.effective import Effective
from ecluse.model.names import counted
from ecluse.reports.harmless import harmless, short
from ecluse.reports.lines import Line, Tone, title

_LONGEST = 300


def effective_lines(overrides: Sequence[Effective]) -> Iterator[Line]:
    """Each place with its value, its row, and the rows that this one won over."""
    for subject, group in groupby(overrides, key=lambda each: each.subject):
        yield Line(f"  {harmless(subject)}")
        for each in group:
            value = short(harmless(each.value), _LONGEST) or "(empty)"
            over = f"; wins over {', '.join(str(row.origin) for row in each.over)}" if each.over else ""
            yield Line(f"    {harmless(each.path)} = {value}  ({harmless(str(each.row.origin) + over)})")
    yield Line(f"  {counted(len(overrides), 'place')} set", Tone.GOOD)


def checked_lines(stage: str, done: Configured | None) -> Iterator[Line]:
    """What the check of one stage has found; `None`: its problems stand at the end."""
    yield title(f"Stage {harmless(stage)}")
    if done is None:
        yield Line("  has problems", Tone.BAD)
        return
    rows = len({id(each.override) for each in done.applied})
    yield Line(f"  {counted(rows, 'row')} made {counted(len(done.applied), 'change')}", Tone.GOOD)
    if done.waiting:
        yield Line(f"  {counted(len(done.waiting), 'token')} without a value here", Tone.WARN)
        for row, name in done.waiting:
            yield Line(f"    {harmless(name)}  {harmless(str(row.origin))}  {harmless(row.subject)}", Tone.WARN)
