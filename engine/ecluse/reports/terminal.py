"""The console's face on a terminal: colour, and a live bar per phase while a plan is applied."""

from collections.abc import Iterable
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from ecluse.apply.ports import Event, ObjectDone, ObjectFailed, PhaseBegan, PhaseEnded
from ecluse.reports.events import event_lines
from ecluse.reports.hidden import Hidden
from ecluse.reports.lines import Line, Tone

_STYLES = {
    Tone.PLAIN: "",
    Tone.TITLE: "bold cyan",
    Tone.DIM: "dim",
    Tone.GOOD: "green",
    Tone.CHANGE: "yellow",
    Tone.WARN: "bold yellow",
    Tone.BAD: "bold red",
}


class LastingConsole(Console):
    """A console that falls silent when nobody reads any more; rich's own would end the process half way."""

    def on_broken_pipe(self) -> None:
        """Write nothing from now on."""
        self.quiet = True


class TerminalFace:
    """Lines in colour above one bar, which shows how far the phase is."""

    def __init__(self, stream: TextIO, *, whole: bool) -> None:
        self.whole = whole
        self._console = LastingConsole(file=stream, force_terminal=True, highlight=False, markup=False, soft_wrap=True)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._hidden = Hidden()

    def show(self, lines: Iterable[Line]) -> None:
        """Each line in the colour of its tone; a title has room before it."""
        for line in lines:
            if line.tone is Tone.TITLE:
                self._print(Text())
            # A `Text` is shown as it is: no markup, so that a name like [red] stays a name.
            self._print(Text(self._hidden.blot_out(line.text), style=_STYLES[line.tone]))

    def _print(self, text: Text) -> None:
        try:
            self._console.print(text)
        except (OSError, ValueError):
            return  # the terminal is gone; the work goes on

    def watch(self, event: Event) -> None:
        """The event's lines, and the bar one further."""
        self.show(event_lines(event))
        match event:
            case PhaseBegan(phase, total):
                self._begin(str(phase), total)
            case ObjectDone() | ObjectFailed():
                self._advance()
            case PhaseEnded():
                self.close()

    def _begin(self, phase: str, total: int) -> None:
        self.close()
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(*columns, TimeElapsedColumn(), console=self._console, transient=True)
        self._task = self._progress.add_task(phase, total=total or None)
        self._progress.start()

    def _advance(self) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task)

    def hide(self, secrets: Iterable[str]) -> None:
        """Blot these texts out from now on."""
        self._hidden.add(secrets)

    def close(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()
        self._progress = self._task = None
