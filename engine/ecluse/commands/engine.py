"""What the commands ask of the engine below: a seam, so that tests need no Azure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from ecluse.app import Job
from ecluse.apply.ports import Clock, Outcome, Reading, Watch
from ecluse.errors import Notice
from ecluse.options import Settings
from ecluse.options.settings import OnMissing
from ecluse.plan.live import LiveFactory
from ecluse.plan.plan import Plan
from ecluse.select.select import Selected


class Prepared(Protocol):
    """What was read before Azure is met, with what is worth saying about it."""

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What the source, the configuration and the rules have to say."""

    @property
    def secrets(self) -> Iterable[str]:
        """What must never be shown, whoever says it."""


class Engine(Protocol):
    """The stages in the order in which they happen; `ecluse.app` is the real one."""

    def prepare(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        working_dir: Path,
        *,
        job: Job | None,
        missing_variable: OnMissing,
    ) -> Prepared:
        """Everything that can be read and refused without Azure. Raises `Refused` with all problems."""

    def select_source(self, prepared: Any) -> Selected:
        """What of the source is in scope, and by which rule."""

    def connected(
        self, settings: Settings, environ: Mapping[str, str], notice: Callable[[str], None], *, job: Job | None
    ) -> AbstractContextManager[Any]:
        """Azure, or a sandbox, for the time of one command; `notice` is told of pauses and the like."""

    def await_turn(self, azure: Any, settings: Settings, notice: Callable[[str], None]) -> None:
        """Wait while another deployment of the factory is at work."""

    def make_plan(self, prepared: Any, azure: Any, settings: Settings) -> Plan:
        """Read the live factory and compare."""

    def await_runs(self, plan: Plan, azure: Any, settings: Settings, notice: Callable[[str], None]) -> bool:
        """Wait while pipelines of the plan are at work; True: it has waited, so the plan is old."""

    def deploy(self, plan: Plan, azure: Any, settings: Settings, clock: Clock, watch: Watch) -> Outcome:
        """Carry the plan out."""

    def make_recovery(self, azure: Any, settings: Settings) -> Plan:
        """The plan that starts what unfinished runs have left stopped."""

    def forget(self, azure: Any, runs: Sequence[str], settings: Settings) -> tuple[str, ...]:
        """Close the journals of these runs, of all dead ones without names, and give their names."""

    def close_settled(self, azure: Any, settings: Settings) -> tuple[str, ...]:
        """Close the journals of ended runs whose triggers all run again, and give the names of the runs."""

    def read_journal(self, azure: Any) -> Reading:
        """The runs whose journal is open."""

    def read_live(self, azure: Any, settings: Settings) -> LiveFactory:
        """The live factory alone."""
