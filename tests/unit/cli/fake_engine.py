"""An engine without Azure: it gives what a test says, and remembers what it was asked."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecluse.app import Job
from ecluse.apply.ports import Clock, ObjectDone, Outcome, Phase, PhaseBegan, PhaseEnded, Reading, Watch
from ecluse.cli.main import main
from ecluse.cli.world import World
from ecluse.errors import Notice
from ecluse.options import Settings
from ecluse.options.settings import OnMissing
from ecluse.plan.live import LiveFactory
from ecluse.plan.plan import Plan
from ecluse.select.scope import Scope
from ecluse.select.select import Selected
from tests.factories import TARGET, live

ID = "11111111-2222-3333-4444-555555555555"
TARGET_WORDS = ("--factory", "adf-test", "--resource-group", "rg", "--subscription", ID)
NEEDED = ("--source", "adf_publish", *TARGET_WORDS)
NOTHING = Plan(TARGET, (), (), ())


def _done(_clock: Clock) -> Outcome:
    return Outcome(seconds=1.0)


@dataclass
class FakeEngine:
    """Gives the plan, then what `applied` makes; `fails` is raised by the stage of that name."""

    plan: Plan = NOTHING
    applied: Callable[[Clock], Outcome] = _done
    fails: Mapping[str, BaseException] = field(default_factory=dict)
    live: LiveFactory = field(default_factory=live)
    calls: list[str] = field(default_factory=list)
    deployed: list[Plan] = field(default_factory=list)
    notices: tuple[Notice, ...] = ()
    secrets: tuple[str, ...] = ()

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name in self.fails:
            raise self.fails[name]

    def prepare(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        working_dir: Path,
        *,
        job: Job | None,
        missing_variable: OnMissing,
    ) -> Any:
        del settings, environ, working_dir, job, missing_variable
        self._call("prepare")
        return self

    def select_source(self, prepared: Any) -> Selected:
        del prepared
        self._call("select_source")
        return Selected(Scope({}))

    @contextmanager
    def connected(
        self, settings: Settings, environ: Mapping[str, str], notice: Callable[[str], None], *, job: Job | None
    ) -> Iterator[Any]:
        del settings, environ, notice, job
        self._call("open")
        yield "azure"
        self.calls.append("close")

    def await_turn(self, azure: Any, settings: Settings, notice: Callable[[str], None]) -> None:
        del azure, settings, notice

    def await_runs(self, plan: Plan, azure: Any, settings: Settings, notice: Callable[[str], None]) -> bool:
        del plan, azure, settings, notice
        return False

    def make_recovery(self, azure: Any, settings: Settings) -> Plan:
        del azure, settings
        self._call("make_recovery")
        return self.plan

    def forget(self, azure: Any, runs: Sequence[str], settings: Settings) -> tuple[str, ...]:
        del azure, settings
        self._call("forget")
        return tuple(runs)

    def close_settled(self, azure: Any, settings: Settings) -> tuple[str, ...]:
        del azure, settings
        self._call("close_settled")
        return ()

    def make_plan(self, prepared: Any, azure: Any, settings: Settings) -> Plan:
        del prepared, azure, settings
        self._call("make_plan")
        return self.plan

    def deploy(self, plan: Plan, azure: Any, settings: Settings, clock: Clock, watch: Watch) -> Outcome:
        del azure, settings
        self._call("deploy")
        self.deployed.append(plan)
        watch(PhaseBegan(Phase.STOP, 1))
        watch(ObjectDone(Phase.STOP, "trigger.T", "stopped"))
        watch(PhaseEnded(Phase.STOP))
        return self.applied(clock)

    def read_journal(self, azure: Any) -> Reading:
        del azure
        self._call("read_journal")
        return Reading()

    def read_live(self, azure: Any, settings: Settings) -> LiveFactory:
        del azure, settings
        self._call("read_live")
        return self.live


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str
    engine: FakeEngine


def ran(
    *words: str,
    engine: FakeEngine | None = None,
    environ: Mapping[str, str] | None = None,
    directory: Path = Path(),
    answer: str | None = None,
) -> Ran:
    """Run the command; with an `answer` a person sits at the terminal."""
    made = engine or FakeEngine()
    stream = io.StringIO if answer is None else Terminal
    stdin, stdout, stderr = stream(answer or ""), stream(), stream()
    code = main(words, World(environ or {}, directory, stdin, stdout, stderr), lambda: made)
    return Ran(code, stdout.getvalue(), stderr.getvalue(), made)
