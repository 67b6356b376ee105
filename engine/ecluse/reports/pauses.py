"""How long triggers stood still, in words."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from ecluse.apply.ports import Pause
from ecluse.model.objects import ObjectRef
from ecluse.reports.harmless import harmless
from ecluse.reports.lines import Line, Tone


def duration(seconds: float) -> str:
    """`12.3 s`, `4 min 05 s`, `3 h 07 min`."""
    if seconds < 60:  # noqa: PLR2004  # seconds of a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:  # noqa: PLR2004  # minutes of an hour
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def moment(at: datetime) -> str:
    """`2026-11-25T02:00:07Z`."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def event_words(pause: Pause) -> str:
    """What is added to the line of an event: since when it is off, or how long it was."""
    if pause.restarted is None:
        return f"at {moment(pause.stopped)}"
    return f"at {moment(pause.restarted)}, {_length(pause)}"


def pause_lines(pauses: Iterable[Pause], deleted: Iterable[ObjectRef]) -> Iterator[Line]:
    """Each with its times; one that is off says so, unless it went on purpose."""
    gone = frozenset(deleted)
    for pause in pauses:
        off = pause.restarted is None and pause.ref not in gone
        told = f"    {harmless(str(pause.ref))}  {pause_words(pause, gone)}"
        yield Line(told, Tone.WARN if off else Tone.PLAIN)


def pause_words(pause: Pause, deleted: Collection[ObjectRef]) -> str:
    """When it was stopped and started again, and how long it was off, in one line."""
    stopped = f"stopped {'after ' if pause.earlier else 'at '}{moment(pause.stopped)}"
    stopped += " by a run that did not finish" if pause.earlier else ""
    if pause.restarted is not None:
        return f"{stopped}, restarted at {moment(pause.restarted)}, {_length(pause)}"
    return f"{stopped}, {'then deleted' if pause.ref in deleted else 'off since then'}"


def _length(pause: Pause) -> str:
    return f"paused for {'at most ' if pause.earlier else ''}{duration(pause.seconds or 0.0)}"
