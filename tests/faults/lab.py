"""A live factory whose triggers run, the commands of a user, and what must be true in the end."""

import io
import json
import os
import shlex
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecluse.cli.main import main
from ecluse.cli.world import World
from tests.ecluse_command import to
from tests.faults.releases import AFTER, EVENTS, GONE, RAN, first, second
from tests.sandbox_process import RunningSandbox

Run = tuple[int, str]
"""Exit code, or minus the signal that ended the process; and all that was said."""
SIGKILLED = -signal.SIGKILL
_FIRST_LIVE = "first-live.json"
_LEASE_SECONDS = 30.0  # a dead run counts as alive for a few seconds on a machine that can't look


class BrokenError(AssertionError):
    """The promise is broken; the message says how."""


def demand(good: object, *told: object) -> None:
    """Raise `BrokenError` unless `good`."""
    if not good:
        raise BrokenError("\n".join(map(str, told)))


@dataclass(frozen=True)
class Lab:
    """One factory on one sandbox; `method` is how it is deployed."""

    azure: RunningSandbox
    folder: Path
    method: str

    @property
    def target(self) -> tuple[Any, ...]:
        """The words that name the factory."""
        return to(self.azure.directory)

    @property
    def release(self) -> tuple[Any, ...]:
        """The words that deploy the second release."""
        rest = ("--delete-not-in-source", "--method", self.method)
        return ("--source", self.folder / "second", *self.target, *rest)

    @property
    def journal(self) -> Path:
        """What this machine remembers."""
        return self.azure.directory / "journal"

    def ecluse(self, *words: Any) -> Run:
        """A command in this process."""
        said = io.StringIO()
        world = World({}, self.folder, io.StringIO(), said, said)
        return main([*map(str, words)], world), said.getvalue()

    def in_a_process(self, words: tuple[Any, ...], before: Callable[[], None]) -> Run:
        """A command in a process of its own, which does `before` at first: it may meet signals."""
        log = self.folder / "said.txt"
        child = os.fork()
        if child == 0:
            code = 70
            try:
                before()
                code = self.ecluse_into(log, *words)
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status), log.read_text(encoding="utf-8")

    def ecluse_into(self, log: Path, *words: Any) -> int:
        """A command whose words are in the file as soon as they are said."""
        with log.open("w", buffering=1, encoding="utf-8") as said:
            return main([*map(str, words)], World({}, self.folder, io.StringIO(), said, said))

    def live(self) -> None:
        """The first release, live, with some triggers running; nothing remembered, nothing in the call log."""
        self.azure.control("POST", "reset")
        self.azure.settings(stepDelaySeconds=0.01)
        self.new_machine()
        if not (self.folder / _FIRST_LIVE).exists():
            self._release_first()
        self.azure.control("PUT", "state", json.loads((self.folder / _FIRST_LIVE).read_bytes()))
        self.azure.control("DELETE", "calls")

    def _release_first(self) -> None:
        """Deploy it once, as a user would; every later trial begins with the state that this leaves."""
        first(self.folder / "first")
        second(self.folder / "second")
        create = ("--create", "--location", "westeurope")
        code, text = self.ecluse("deploy", "--source", self.folder / "first", *self.target, *create)
        demand(code == 0, text)
        code, text = self.ecluse("triggers", "start", *sorted(RAN), *self.target)
        demand(code == 0 and self.firing() == RAN, text)
        (self.folder / _FIRST_LIVE).write_text(json.dumps(self.azure.control("GET", "state")), encoding="utf-8")
        self.new_machine()

    def new_machine(self) -> None:
        """Nothing local is left."""
        shutil.rmtree(self.journal, ignore_errors=True)

    def triggers(self) -> dict[str, str]:
        """The triggers that exist, and their state; the change data captures among them, by kind and name."""
        found = self._listed("triggers")
        states = {each["name"]: each["properties"]["runtimeState"] for each in found}
        return states | {f"adfcdc.{each['name']}": self._status(each["name"]) for each in self._listed("adfcdcs")}

    def _listed(self, collection: str) -> list[Any]:
        found: list[Any] = self.azure.call("GET", f"{self.azure.factory_path()}/{collection}")[1]["value"]
        return found

    def _status(self, capture: str) -> str:
        """The state of a capture, in a trigger's word, once it has arrived."""
        path = f"{self.azure.factory_path()}/adfcdcs/{capture}/status"
        while (word := self.azure.call("GET", path)[1]) in ("Starting", "Stopping"):
            pass  # each look brings the end nearer
        return "Started" if word == "Running" else str(word)

    def firing(self) -> set[str]:
        """The triggers that are Started; one of events only when it hears them."""
        started = {name for name, state in self.triggers().items() if state == "Started"}
        return {name for name in started if name not in EVENTS or self._hears(name)}

    def _hears(self, name: str) -> bool:
        path = f"{self.azure.factory_path()}/triggers/{name}/getEventSubscriptionStatus"
        return bool(self.azure.call("POST", path)[1]["status"] == "Enabled")

    def right(self, *told: object) -> None:
        """Every trigger that ran and still exists runs, and no other."""
        there, firing = self.triggers().keys() & RAN, self.firing()
        demand(there >= AFTER, f"lost: {sorted(AFTER - there)}", *told)
        demand(firing == there, f"left behind: {sorted(there - firing)}; too many: {sorted(firing - there)}", *told)

    def finish(self, text: str) -> None:
        """Do what the command said that a person should do."""
        rest = text.partition("To put it right")[2]
        told = [line.partition("ecluse triggers")[2] for line in rest.splitlines()]
        commands = [words for words in told if words]
        demand(commands, "exit code 4 without a command:", text)
        for words in commands:
            code, said = self.ecluse("triggers", *shlex.split(words))
            demand(code == 0, f"`ecluse triggers{words}` does not work:", said, text)

    def recover(self) -> str:
        """`triggers recover`, again as long as the dead run counts as alive."""
        end = time.monotonic() + _LEASE_SECONDS
        while True:
            code, text = self.ecluse("triggers", "recover", *self.target)
            if code == 0:
                return text
            demand("is at work" in text and time.monotonic() < end, "recover does not work:", text)
            time.sleep(0.2)

    def well(self, *told: object, through: bool = False) -> None:
        """After the last deployment: all as the second release wants it, nothing open, nothing left to do.

        `through`: it has written nothing, so that it was itself the further deployment that changes nothing.
        """
        self.right(*told)
        demand(not self.triggers().keys() & GONE, "not deleted", *told)
        if not through:
            code, text = self.ecluse("plan", *self.release, "--detailed-exitcode")
            demand(code == 0, "a further deployment would change something:", text, *told)
        text = self.recover()
        demand("no run has left anything" in text, "a journal is open", *told)
        open_files = [path.name for path in self.journal.glob("*.journal")]
        demand(not open_files, f"a journal is open: {open_files}", *told)
        damaged = [line for line in text.splitlines() if "journal can't be read" in line]
        demand(not damaged, *damaged, *told)
