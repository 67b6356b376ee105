"""The little that apply needs of the world, as Protocols. `azure` implements them; tests may, too."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


class AzureFactory(Protocol):
    """One factory in Azure. Every method raises `EcluseError` with unwrapped problems, never an SDK error."""

    def trigger_running(self, ref: ObjectRef) -> bool | None:
        """The trigger's state as Azure says it now; None when there is no such trigger."""

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


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What is about to be stopped, by which run."""

    factory_id: str
    run: str
    triggers: tuple[ObjectRef, ...]


class Journal(Protocol):
    """Remembers what was stopped, from before the first stop until everything runs again."""

    def open(self, entry: JournalEntry) -> None:
        """Record before action."""

    def close(self, run: str) -> None:
        """Everything is as it should be: forget."""


class Clock(Protocol):
    """Time, and the wish to stop: the only way in which apply waits."""

    def now(self) -> float:
        """Seconds, monotonic."""

    def wait(self, seconds: float) -> None:
        """Sleep, or return early when a cancel comes."""

    def pause(self, seconds: float) -> None:
        """Sleep, whatever comes: for the way back after a cancel."""

    def cancelled(self) -> bool:
        """Whether the user or the agent asked to stop."""


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
class ObjectDone:
    """One object of a phase is done."""

    phase: Phase
    subject: str
    text: str


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an apply came to: the reports' input."""

    written: tuple[ObjectRef, ...] = ()
    deleted: tuple[ObjectRef, ...] = ()
    stopped: tuple[ObjectRef, ...] = ()
    restarted: tuple[ObjectRef, ...] = ()
    started: tuple[ObjectRef, ...] = ()
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
