"""The little that apply needs of the world, as Protocols. `azure` implements them; tests may, too."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ecluse.errors import Problem
from ecluse.jsontree import Json
from ecluse.model.objects import ObjectRef
from ecluse.plan.steps import DeployTemplate, StartTrigger, StopTrigger


class DeploymentState(StrEnum):
    """Where an ARM deployment stands; all but RUNNING are final."""

    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELED = "Canceled"


@dataclass(frozen=True, slots=True)
class DeploymentStatus:
    """One look at a deployment: its state, and which of its objects are written or failed so far."""

    state: DeploymentState
    written: tuple[ObjectRef, ...] = ()


@dataclass(frozen=True, slots=True)
class TriggerState:
    """One look at a trigger; `event`: it lives on a subscription to events, which comes before its start."""

    running: bool
    etag: str = ""
    event: bool = False


class AzureFactory(Protocol):
    """One factory in Azure. Every method raises `EcluseError` with unwrapped problems, never an SDK error."""

    def trigger(self, ref: ObjectRef) -> TriggerState | None:
        """The trigger's state as Azure says it now; None when there is no such trigger."""

    def running_triggers(self) -> frozenset[ObjectRef]:
        """The triggers that run, as Azure says it now."""

    def stop_trigger(self, step: StopTrigger) -> None:
        """Stop it (an event trigger: unsubscribe, wait until that is done, stop). Returns when Azure has accepted."""

    def start_trigger(self, step: StartTrigger) -> None:
        """Start it (an event trigger: subscribe, wait until Enabled, start). Returns when Azure has accepted.

        An event trigger that runs already is only subscribed.
        """

    def create_factory(self, body: Mapping[str, Json]) -> None:
        """Create the factory."""

    def put_object(self, ref: ObjectRef, body: Mapping[str, Json]) -> None:
        """Write one object through its own API; `body` goes out as it is."""

    def delete_object(self, ref: ObjectRef) -> None:
        """Delete one object; one that is gone already is no error."""

    def validate_deployment(self, name: str, step: DeployTemplate) -> None:
        """Let ARM check a deployment without writing anything."""

    def begin_deployment(self, name: str, step: DeployTemplate) -> None:
        """Send a deployment; returns when ARM has accepted it. Raises `Refused` when ARM took none of it."""

    def deployment_status(self, name: str, step: DeployTemplate) -> DeploymentStatus:
        """One look at a running or finished deployment. Raises `Refused` when ARM knows no such deployment."""

    def deployment_problems(self, name: str, step: DeployTemplate) -> tuple[Problem, ...]:
        """What failed in a deployment, per object, unwrapped."""

    def cancel_deployment(self, name: str) -> None:
        """Ask ARM to stop a running deployment; one that is finished is no error."""

    def running_deployments(self, prefix: str) -> tuple[str, ...]:
        """The names of the deployments that begin so and have not ended yet."""


@dataclass(frozen=True, slots=True)
class KeptTrigger:
    """A trigger that ran before a run. `etag` is what our own last write left, "" where that is not known."""

    ref: ObjectRef
    event: bool = False
    etag: str = ""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What is about to be stopped: by which run, since when (UTC, ISO 8601), for whom (a run's URL), for which plan."""

    factory_id: str
    run: str
    triggers: tuple[KeptTrigger, ...] = ()
    began: str = ""
    by: str = ""
    plan: str = ""


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run whose journal was never closed: what ran before it, its last sign of life, whether it may still live.

    `ours`: it belongs to the pipeline run that we are part of, and only its age says that it lives. A deployment waits
    all the same, since it may be another job; a step that recovers comes after all others, and does not.
    """

    entry: JournalEntry
    seen: datetime
    alive: bool
    ours: bool = False

    @property
    def turn(self) -> tuple[str, str]:
        """Whose turn it is: the lowest goes first."""
        return (self.entry.began, self.entry.run)


@dataclass(frozen=True, slots=True)
class Reading:
    """All open runs of a factory but our own, the first to come first, and what could not be read."""

    runs: tuple[OpenRun, ...] = ()
    damaged: tuple[str, ...] = ()

    @property
    def alive(self) -> tuple[OpenRun, ...]:
        """Those that are at work, as far as we know."""
        return tuple(each for each in self.runs if each.alive)

    @property
    def dead(self) -> tuple[OpenRun, ...]:
        """Those that ended without putting everything right."""
        return tuple(each for each in self.runs if not each.alive)


class Journal(Protocol):
    """Remembers what was stopped, from before the first stop until everything runs again."""

    def open(self, entry: JournalEntry) -> JournalEntry:
        """Record before action, and give the entry with time and owner. Raises `EcluseError`: recorded nowhere."""

    def note(
        self, run: str, etags: Mapping[ObjectRef, str], keep: Callable[[ObjectRef], bool] = lambda _: True
    ) -> None:
        """Our own writes have left these etags; the triggers that `keep` refuses need not come back any more."""

    def close(self, run: str) -> None:
        """Everything is as it should be: forget. Also for a run of another process that was taken over."""

    def read(self) -> Reading:
        """The open runs of the factory but our own. Raises `Refused` when nothing can be read."""


class Clock(Protocol):
    """Time, and the wish to stop: the only way in which apply waits."""

    def now(self) -> float:
        """Seconds, monotonic."""

    def utc(self) -> datetime:
        """The time on the wall, in UTC: what people are told. It may jump; spans are taken from `now`."""

    def wait(self, seconds: float) -> None:
        """Sleep, or return early when a cancel comes."""

    def pause(self, seconds: float) -> None:
        """Sleep, whatever comes: for the way back after a cancel."""

    def cancelled(self) -> bool:
        """Whether the user or the agent asked to stop, or time has run out."""

    def overdue(self) -> bool:
        """Whether it is time that has run out, and nobody who asked."""


class Phase(StrEnum):
    """The parts of an apply, in order."""

    VALIDATE = "validate"
    CREATE = "create factory"
    STOP = "stop triggers"
    PARAMETERS = "global parameters"
    DEPLOY = "deploy"
    DELETE = "delete"
    RESTORE = "restore triggers"
    START = "start triggers"


@dataclass(frozen=True, slots=True)
class PhaseBegan:
    """A phase begins; `total` is the number of objects in it."""

    phase: Phase
    total: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """How long a trigger stood still: from when its stop was sent until it was read back as running, in UTC.

    `restarted` is None while it is off. `earlier`: a run that did not finish stopped it, at `stopped` or later, so that
    `seconds` is the most that it can have been.
    """

    ref: ObjectRef
    stopped: datetime
    restarted: datetime | None = None
    seconds: float | None = None
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class ObjectDone:
    """One object of a phase is done; `pause` where a trigger began or ended one with it."""

    phase: Phase
    subject: str
    text: str
    pause: Pause | None = None


@dataclass(frozen=True, slots=True)
class ObjectFailed:
    """One object of a phase failed."""

    phase: Phase
    subject: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class PhaseEnded:
    """A phase is over; `text` sums it up."""

    phase: Phase
    text: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth a line that belongs to no object (a wait, a cancel, a retry)."""

    text: str
    warning: bool = False


Event = PhaseBegan | ObjectDone | ObjectFailed | PhaseEnded | Remark
Watch = Callable[[Event], None]
"""Whoever wants to know what happens while it happens: the console, a log."""


@dataclass(frozen=True, slots=True)
class Astray:
    """A trigger that is not in the state it should be."""

    ref: ObjectRef
    wanted: str  # "Started" or "Stopped"
    actual: str  # what Azure says, or "unknown"
    why: str
    since: datetime | None = None  # when we, or an unfinished run, sent its stop


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an apply came to: the reports' input. `pauses` are those of all that was stopped, also by earlier runs."""

    written: tuple[ObjectRef, ...] = ()
    deleted: tuple[ObjectRef, ...] = ()
    stopped: tuple[ObjectRef, ...] = ()
    restarted: tuple[ObjectRef, ...] = ()
    started: tuple[ObjectRef, ...] = ()
    pauses: tuple[Pause, ...] = ()
    astray: tuple[Astray, ...] = ()
    problems: tuple[Problem, ...] = ()
    cancelled: bool = False
    seconds: float = 0.0
    deployments: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 done; 1 failed or cancelled; 4 a trigger is astray, whatever else happened."""
        if self.astray:
            return 4
        return 1 if self.problems or self.cancelled else 0
