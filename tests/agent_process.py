"""A launcher for tests: it starts the engine as the pipeline task does, tells it all in one line, and listens."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ecluse_command import ROOT
from tests.sandbox_process import GROUP, SUBSCRIPTION, RunningSandbox

NONCE = "0123456789abcdef"
_MARK = f"@@{NONCE} "
_PATIENCE_SECONDS = 120

Event = dict[str, Any]


@dataclass(frozen=True)
class Heard:
    """What a launcher has heard of one run: events, plain lines, the standard error, and how the process ended."""

    code: int
    events: Sequence[Event]
    log: str
    err: str

    def of(self, event: str) -> list[Event]:
        """The events of one name."""
        return [each for each in self.events if each["event"] == event]

    @property
    def done(self) -> Event:
        """The last event."""
        assert self.events[-1]["event"] == "done", (self.events, self.log, self.err)
        return self.events[-1]

    @property
    def outputs(self) -> dict[str, str]:
        """The output variables."""
        return {each["name"]: each["value"] for each in self.of("output")}

    @property
    def everything(self) -> str:
        """All that left the process."""
        return json.dumps(self.events) + self.log + self.err


@dataclass
class Running:
    """An engine at work."""

    process: "subprocess.Popen[str]"
    answer: Callable[[Event], Mapping[str, Any] | None] = lambda _: None
    events: list[Event] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    _seen: "queue.SimpleQueue[Event | None]" = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        self._threads = [threading.Thread(target=self._hear), threading.Thread(target=self._hear_errors)]
        for thread in self._threads:
            thread.start()

    def _hear(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(_MARK):
                event = json.loads(line.removeprefix(_MARK))
                self.events.append(event)
                answer = self.answer(event)
                if answer is not None:
                    self.tell(answer)
                self._seen.put(event)
            else:
                self.log.append(line)
        self._seen.put(None)

    def _hear_errors(self) -> None:
        assert self.process.stderr is not None
        self.err.extend(self.process.stderr)

    def tell(self, line: Mapping[str, Any]) -> None:
        """One more line to the engine."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(line) + "\n")
            self.process.stdin.flush()

    def leave(self) -> None:
        """The launcher is gone: the engine's standard input ends."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def until(self, wanted: Callable[[Event], bool]) -> Event:
        """The first event that is wanted, of those that were not looked at yet."""
        while (event := self._seen.get(timeout=_PATIENCE_SECONDS)) is not None:
            if wanted(event):
                return event
        raise AssertionError(f"the engine ended without it: {self.events} {self.log} {self.err}")

    def until_section(self, title: str) -> None:
        """Until a section of this title begins."""
        self.until(lambda event: event["event"] == "section" and title in event["title"])

    def heard(self) -> Heard:
        """Wait for the end."""
        code = self.process.wait(_PATIENCE_SECONDS)
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        return Heard(code, self.events, "".join(self.log), "".join(self.err))


def service_connection(azure: RunningSandbox, **changes: Any) -> dict[str, Any]:
    """A service connection to a sandbox: a service principal with its secret, unless changed."""
    return {
        "scheme": "ServicePrincipal",
        "authenticationType": "spnKey",
        "tenant": azure.info["tenantId"],
        "client": azure.info["clientId"],
        "secret": azure.info["clientSecret"],
        "authority": f"{azure.url}/",
        "armEndpoint": f"{azure.url}/",
        "subscription": SUBSCRIPTION,
        "oidc": None,
        **changes,
    }


def first_line(azure: RunningSandbox, folder: Path, command: str, **changes: Any) -> dict[str, Any]:
    """The first line of a launcher. `options` goes beside those that name the target."""
    options = {"factory": "adf-test", "resource-group": GROUP, **changes.pop("options", {})}
    return {
        "protocol": 1,
        "nonce": NONCE,
        "command": command,
        "options": options,
        "inputs": {},
        "workingFolder": str(folder),
        "connection": service_connection(azure),
        "variables": {},
        "secretVariables": [],
        "proxy": None,
        "caFile": azure.ca,
        "run": {"id": "7", "attempt": 1, "url": "https://dev.example.org/contoso/_build/results?buildId=7"},
        "folder": str(folder / "job"),
        "state": None,
        **changes,
    }


@contextlib.contextmanager
def engine(
    line: Mapping[str, Any],
    *words: str,
    home: Path,
    answer: Callable[[Event], Mapping[str, Any] | None] = lambda _: None,
) -> Iterator[Running]:
    """The engine at work on this first line; nobody survives the block."""
    job = Path(line["folder"])
    job.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, *(words or ("-u", "-X", "utf8", "-m", "ecluse.agent"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=job,
        env={**kept, "HOME": str(home), "PYTHONPATH": str(ROOT / "engine")},
    )
    running = Running(process, answer)
    try:
        running.tell(line)
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        running.heard()


def ran(line: Mapping[str, Any], *words: str, home: Path, **more: Any) -> Heard:
    """The whole run."""
    with engine(line, *words, home=home, **more) as running:
        return running.heard()
