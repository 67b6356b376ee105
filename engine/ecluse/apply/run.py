"""One run of a plan: its ports, and the record of what has happened so far."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from ecluse.apply.ports import Astray, AzureFactory, Clock, Event, Journal, Outcome, Pause, Watch
from ecluse.errors import Cancelled, Code, EcluseError, Problem
from ecluse.model.objects import ObjectRef
from ecluse.plan.plan import Plan
from ecluse.plan.steps import DeployTemplate, PutObject, Step, StopTrigger

MAX_DEPLOYMENT_NAME = 64
"""ARM's limit (azure-behaviours: section 10)."""

_LONGEST_ENDING = len("note9999")

S = TypeVar("S", bound=Step)
T = TypeVar("T")
R = TypeVar("R")


def factory_prefix(factory_id: str) -> str:
    """What the names of all our deployments to a factory begin with: `ecluse-<8 hex of the factory id>-`."""
    return f"ecluse-{sha256(factory_id.casefold().encode()).hexdigest()[:8]}-"


def deployment_prefix(factory_id: str, run: str) -> str:
    """What the names of a run's deployments begin with; a number or a word follows. A long run's name gives way."""
    prefix = factory_prefix(factory_id)
    return f"{prefix}{fitting(run, MAX_DEPLOYMENT_NAME - len(prefix) - 1 - _LONGEST_ENDING)}-"


def fitting(run: str, room: int) -> str:
    """A run's name in at most `room` characters. Two that differ still do: what is cut off gives way to its hash."""
    return run if len(run) <= room else f"{run[: room - 9]}-{sha256(run.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class Ports:
    """The world, as far as apply needs it."""

    azure: AzureFactory
    journal: Journal
    clock: Clock
    watch: Watch
    poll_seconds: float = 5.0  # between two looks at a deployment


@dataclass(slots=True)
class Record:
    """What has happened so far. `touched`: a stop was sent, whatever came of it; by an unfinished run, too.

    `stops` is when each stop of ours was sent, on the wall and by the monotonic clock; `pauses` what is known of them.
    `etags` are those of the triggers after our own last write, "" where that is not known. `open_runs` are the runs
    whose journal is ours to close.
    """

    touched: list[StopTrigger] = field(default_factory=list)
    stops: dict[ObjectRef, tuple[datetime, float]] = field(default_factory=dict)
    pauses: dict[ObjectRef, Pause] = field(default_factory=dict)
    etags: dict[ObjectRef, str] = field(default_factory=dict)
    open_runs: list[str] = field(default_factory=list)
    stopped: list[ObjectRef] = field(default_factory=list)
    written: list[ObjectRef] = field(default_factory=list)
    deleted: list[ObjectRef] = field(default_factory=list)
    restarted: list[ObjectRef] = field(default_factory=list)
    started: list[ObjectRef] = field(default_factory=list)
    astray: list[Astray] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    deployments: list[str] = field(default_factory=list)
    created: bool = False
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A plan on its way: what it needs, and its record. `name` is part of deployment names."""

    plan: Plan
    ports: Ports
    name: str
    parallel: int
    record: Record = field(default_factory=Record)

    def deployment_name(self, step: DeployTemplate) -> str:
        """`ecluse-<8 hex of the factory id>-<run>-<n>`: unique, so that no other run's deployment is in the way."""
        return f"{deployment_prefix(self.plan.target.factory_id, self.name)}{step.number}"

    def steps(self, kind: type[S]) -> list[S]:
        """The plan's steps of one kind, in order."""
        return [step for step in self.plan.steps if isinstance(step, kind)]

    def written(self) -> frozenset[ObjectRef]:
        """What the plan writes: our own write changes its etag."""
        by_arm = (at for step in self.steps(DeployTemplate) for at in step.refs)
        return frozenset((*by_arm, *(step.ref for step in self.steps(PutObject))))

    def tell(self, event: Event) -> None:
        """Let whoever watches know."""
        self.ports.watch(event)

    def go_on(self) -> None:
        """Raise `Cancelled` when somebody asked to stop, or time has run out."""
        if self.ports.clock.overdue():
            told = "the deployment takes longer than it may, so it was cancelled"
            remedy = "run it again: it goes on from what is live; --deadline gives it more time"
            raise Cancelled(Problem(Code.CANCELLED, told, remedy))
        if self.ports.clock.cancelled():
            raise Cancelled(
                Problem(Code.CANCELLED, "the deployment was cancelled", "run it again: it goes on from what is live")
            )

    def touch(self, step: StopTrigger) -> None:
        """Its stop is about to be sent, and may take effect even if it fails: from here on it counts as still."""
        self.record.touched.append(step)
        self.record.stops[step.ref] = self.ports.clock.utc(), self.ports.clock.now()

    def pause(self, at: ObjectRef, *, over: bool = False) -> Pause | None:
        """How long it has stood still so far, or until now when that is `over`; None for what nobody stopped."""
        now = self.ports.clock.utc()
        if at in self.record.stops:
            stopped, began = self.record.stops[at]
            made, seconds = Pause(at, stopped), self.ports.clock.now() - began
        elif at in self.plan.unfinished.since:
            made = Pause(at, self.plan.unfinished.since[at], earlier=True)
            seconds = max((now - made.stopped).total_seconds(), 0.0)
        else:
            return None
        self.record.pauses[at] = replace(made, restarted=now, seconds=seconds) if over else made
        return self.record.pauses[at]

    def together(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Do `work` for all the items, `parallel` at a time, and give the results in order."""
        with ThreadPoolExecutor(self.parallel, thread_name_prefix="ecluse") as pool:
            return list(pool.map(work, items))

    def fail(self, error: EcluseError) -> None:
        """Take an error into the record."""
        self.record.problems.extend(error.problems)
        self.record.cancelled = self.record.cancelled or isinstance(error, Cancelled)

    def outcome(self, seconds: float) -> Outcome:
        """What the run came to."""
        record = self.record
        return Outcome(
            written=tuple(record.written),
            deleted=tuple(record.deleted),
            stopped=tuple(record.stopped),
            restarted=tuple(record.restarted),
            started=tuple(record.started),
            pauses=tuple(record.pauses[at] for at in sorted(record.pauses)),
            astray=tuple(record.astray),
            problems=tuple(record.problems),
            cancelled=record.cancelled,
            seconds=seconds,
            deployments=tuple(record.deployments),
        )
