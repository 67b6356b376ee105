"""The wire to the launcher: events and plain lines go out, a cancel and answers come in.

An event is `@@<nonce> {json}` in one line; the nonce is random per run, so that nothing that is merely printed can be
taken for one. The wire knows what is secret, and lets none of it out.
"""

import itertools
import json
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from ecluse.jsontree import Json
from ecluse.reports.harmless import short
from ecluse.reports.hidden import Hidden

_CHUNK = 65536
_ANSWER_SECONDS = 60
_LONGEST = 10_000  # of a line: a name is as long as its author likes, and no page shows more
_SPOKEN = frozenset({"title", "message"})


class Out(Protocol):
    """Where lines go."""

    def write(self, text: str, /) -> int:
        """Write it."""

    def flush(self) -> None:
        """Now."""


class NoAnswerError(Exception):
    """The launcher gave no answer, or said that it has none; the message says which."""


class Wire:
    """Both directions. `lines` are those that come in; `stop` is called once, by a cancel or when nobody is there."""

    def __init__(self, nonce: str, out: Out, lines: Iterator[str], stop: Callable[[], None]) -> None:
        self._mark, self._out, self._lines, self._stop = f"@@{nonce} ", out, lines, stop
        self._lock = threading.Lock()
        self._hidden = Hidden()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, queue.SimpleQueue[Mapping[str, Json]]] = {}
        self._stopped = False
        self._gone = False

    def hide(self, texts: Iterable[str]) -> None:
        """From now on, let none of these texts out."""
        self._hidden.add(texts)

    def send(self, event: str, **content: Json) -> None:
        """One event. Texts for people hold no secret; addresses and paths go out as they are, or they lead nowhere."""
        clean = {key: self._fit(value) if key in _SPOKEN else value for key, value in content.items()}
        self._write(self._mark + json.dumps({"event": event, **clean}))

    def say(self, text: str) -> None:
        """A plain line of the log; never one that looks like an event."""
        clean = self._fit(text)
        self._write(f" {clean}" if clean.startswith("@@") else clean)

    def _fit(self, text: str) -> str:
        """Without what is secret, and no longer than a line may be."""
        return short(self._hidden.blot_out(text), _LONGEST)

    def ask(self, event: str, **content: Json) -> str:
        """Send a request and wait for its answer. Raises `NoAnswerError`."""
        number = next(self._numbers)
        answers = self._waiting[number] = queue.SimpleQueue()
        try:
            if self._gone:
                raise NoAnswerError("the launcher is gone")
            self.send(event, id=number, **content)
            answer = answers.get(timeout=_ANSWER_SECONDS)
        except queue.Empty:
            raise NoAnswerError(f"the launcher gave no answer for {_ANSWER_SECONDS} s") from None
        finally:
            del self._waiting[number]
        if not isinstance(answer.get("value"), str):
            raise NoAnswerError(str(answer.get("error") or "the launcher's answer holds no value"))
        return str(answer["value"])

    def listen(self) -> None:
        """Hear what the launcher says until it is gone; in a thread that ends with the process."""
        threading.Thread(target=self._listen, name="ecluse-wire", daemon=True).start()

    def rest(self) -> None:
        """The end has come: a cancel, or a launcher that goes, means nothing any more."""
        self._stopped = True

    def _listen(self) -> None:
        for line in self._lines:
            self._hear(line)
        self._gone = True
        for answers in list(self._waiting.values()):
            answers.put({"error": "the launcher is gone"})
        self._ask_to_stop()

    def _hear(self, line: str) -> None:
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):  # half a line of a launcher that was killed
            return
        if not isinstance(said, dict):
            return
        if said.get("cancel") is True:
            self._ask_to_stop()
        number = said.get("assertion")
        if isinstance(number, int) and number in self._waiting:
            self._waiting[number].put(said)

    def _ask_to_stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            self._stop()

    def _write(self, line: str) -> None:
        with self._lock:
            try:
                self._out.write(line + "\n")
                self._out.flush()
            except (OSError, ValueError):
                return  # nobody reads any more; the work goes on


def lines_of(descriptor: int) -> Iterator[str]:
    """The lines that come in, until the end.

    Read from the descriptor: a thread that waits in a buffered stream would hold its lock when the process ends.
    """
    rest = b""
    while chunk := _read(descriptor):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")
    if rest:
        yield rest.decode("utf-8", "replace")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError:  # closed before we began
        return b""


def interrupt() -> None:
    """What Ctrl+C does: whoever handles signals handles this, too. May be called from any thread."""
    if hasattr(signal, "pthread_kill"):
        main = threading.main_thread().ident
        signal.pthread_kill(main or 0, signal.SIGINT)  # also wakes a call that waits
    else:
        signal.raise_signal(signal.SIGINT)
