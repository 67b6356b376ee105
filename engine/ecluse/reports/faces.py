"""The two faces of the console: plain lines with timestamps for a log, colour and live progress for a terminal."""

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Protocol, TextIO

from ecluse.apply.ports import Event
from ecluse.reports.agent import on_agent
from ecluse.reports.events import event_lines
from ecluse.reports.hidden import Hidden
from ecluse.reports.lines import Line, Tone


class Face(Protocol):
    """Whoever shows lines. Showing never fails: a closed pipe must not stop a deployment half way."""

    whole: bool
    """Whether long lists are shown in full."""

    def show(self, lines: Iterable[Line]) -> None:
        """Show these lines, now."""

    def watch(self, event: Event) -> None:
        """Show what happens while it happens; may be called from several threads."""

    def hide(self, secrets: Iterable[str]) -> None:
        """From now on, blot these texts out wherever they turn up."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def is_log(stream: TextIO, environ: Mapping[str, str], *, no_color: bool = False) -> bool:
    """Whether plain lines belong on this stream: no terminal, a dumb one, a build agent, or by wish."""
    wished = no_color or bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"
    return wished or not stream.isatty() or on_agent(environ)


def open_face(stream: TextIO, environ: Mapping[str, str], *, no_color: bool = False, verbose: bool = False) -> Face:
    """The face that fits the stream."""
    if is_log(stream, environ, no_color=no_color):
        return PlainFace(stream)
    from ecluse.reports.terminal import TerminalFace  # noqa: PLC0415  # rich is heavy; only a terminal needs it

    return TerminalFace(stream, whole=verbose)


def _utc() -> datetime:
    return datetime.now(UTC)


class PlainFace:
    """Lines with a UTC timestamp, nothing else; `now` is the clock on the wall."""

    whole = True

    def __init__(self, stream: TextIO, now: Callable[[], datetime] = _utc) -> None:
        self._stream, self._now = stream, now
        self._lock = threading.RLock()
        self._hidden = Hidden()

    def show(self, lines: Iterable[Line]) -> None:
        """Each line with its time; a title has a rule before it."""
        with self._lock:
            for line in lines:
                self._write(self._hidden.blot_out(f"== {line.text} ==" if line.tone is Tone.TITLE else line.text))

    def _write(self, text: str) -> None:
        stamp = self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            self._stream.write(f"{stamp}  {text}\n")
            self._stream.flush()
        except (OSError, ValueError):
            return  # nobody reads any more (a closed pipe); the work goes on

    def watch(self, event: Event) -> None:
        """The event's lines."""
        self.show(event_lines(event))

    def hide(self, secrets: Iterable[str]) -> None:
        """Blot these texts out from now on."""
        self._hidden.add(secrets)

    def close(self) -> None:
        """Nothing to put back."""
