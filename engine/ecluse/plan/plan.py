"""The plan as a value: what changes and why, what happens to each trigger, and the steps in order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from ecluse.errors import Notice, Problem, Where
from ecluse.jsontree import Difference
from ecluse.model.objects import ObjectRef
from ecluse.plan.steps import StartTrigger, Step, StopTrigger

SCHEMA_VERSION = 1


class Action(StrEnum):
    """What happens to an object; `keep` means considered, and nothing to do."""

    CREATE = "create"
    UPDATE = "update"
    RESEND = "resend"
    DELETE = "delete"
    KEEP = "keep"


class Reason(StrEnum):
    """Why an object has its action."""

    NEW = "not in the target"
    DIFFERENT = "differs from the target"
    HIDDEN_SECRET = "holds a secret that Azure hides, so it is sent again"  # noqa: S105  # words, not a secret
    EVALUATED_BY_AZURE = "holds an expression that only Azure can evaluate, so it is sent again"
    NOT_IN_SOURCE = "not in the source"
    EQUAL = "equal to the target"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Change:
    """One object's line in the plan. `differences` go from the live value (old) to the source's (new).

    `detail` adds what the reason leaves open (the deciding rule, why nothing is deleted).
    Differences may hold secrets: whoever shows them masks them (`model.secrets`).
    """

    ref: ObjectRef
    action: Action
    reason: Reason
    detail: str = ""
    differences: tuple[Difference, ...] = ()
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class TriggerFate:
    """What the plan does to one trigger in scope, and why.

    `active` is its state before; `stop` and `start` are what the plan does; `left_stopped` marks a new trigger
    that the source has Started but that no rule starts; `event` marks one that loses events while stopped;
    `required` says that Azure would refuse the plan's change of it while it runs.
    """

    ref: ObjectRef
    active: bool
    stop: bool
    start: bool
    why: str
    event: bool = False
    left_stopped: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Where a plan goes to."""

    subscription: str
    resource_group: str
    factory: str
    location: str = ""
    exists: bool = True

    @property
    def factory_id(self) -> str:
        """The factory's ARM id."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.DataFactory/factories/{self.factory}"
        )


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What runs that did not finish have left: their names, and the triggers that ran before them.

    `since`: when the run of each of these began, which is before it stopped it.
    """

    runs: tuple[str, ...] = ()
    triggers: tuple[StopTrigger, ...] = ()
    since: Mapping[ObjectRef, datetime] = field(default_factory=dict)

    @property
    def refs(self) -> frozenset[ObjectRef]:
        """The triggers."""
        return frozenset(step.ref for step in self.triggers)


NOTHING_UNFINISHED = Unfinished()


@dataclass(frozen=True, slots=True)
class Plan:
    """All that apply needs. Made by `plan.make`, told by reports, done by `apply`.

    `head` are facts about the factory that people should see and that are never changed. `unfinished` is what the
    plan takes over from earlier runs: these triggers come back, whatever becomes of the plan. `obstacles` is what Azure
    would refuse (rights, locks …): such a plan can be shown to anyone who may read, and is not carried out.
    """

    target: Target
    changes: tuple[Change, ...]
    triggers: tuple[TriggerFate, ...]
    steps: tuple[Step, ...]
    head: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    unfinished: Unfinished = NOTHING_UNFINISHED
    obstacles: tuple[Problem, ...] = ()
    schema_version: int = SCHEMA_VERSION

    def count(self, action: Action) -> int:
        """How many objects have this action."""
        return sum(change.action is action for change in self.changes)

    @property
    def has_changes(self) -> bool:
        """Whether an apply would change anything; sending hidden secrets again is no change."""
        real = any(change.action in (Action.CREATE, Action.UPDATE, Action.DELETE) for change in self.changes)
        return real or any(fate.stop != fate.start for fate in self.triggers) or not self.target.exists

    @property
    def fingerprint(self) -> str:
        """Tells this plan from another one: a hash of what it does to which object, in 12 hex digits."""
        told = "\n".join(f"{change.action} {change.ref}" for change in self.changes if change.action is not Action.KEEP)
        return sha256(f"{self.target.factory_id.casefold()}\n{told}".encode()).hexdigest()[:12]

    @property
    def only_switches(self) -> bool:
        """Whether nothing is written: starting and stopping is then the purpose, not a part of a deployment."""
        return not self.unfinished.runs and all(isinstance(step, (StopTrigger, StartTrigger)) for step in self.steps)

    @property
    def found_running(self) -> dict[ObjectRef, bool]:
        """Whether each live trigger that the plan changes, stops or starts ran when the plan was made."""
        actions = {change.ref: change.action for change in self.changes}
        changed = {at: False for at, action in actions.items() if action is not Action.KEEP}
        ran = {**changed, **{fate.ref: fate.active for fate in self.triggers}}
        lives = {at for at in ran if actions.get(at) is not Action.CREATE}
        return {at: ran[at] for at in sorted(lives) if at.kind.word == "trigger"}

    def stops(self) -> tuple[StopTrigger, ...]:
        """The triggers that are stopped, in order."""
        return tuple(step for step in self.steps if isinstance(step, StopTrigger))

    def starts(self) -> tuple[StartTrigger, ...]:
        """The triggers that are started at the end, in order."""
        return tuple(step for step in self.steps if isinstance(step, StartTrigger))


def by_action(changes: Iterable[Change]) -> dict[Action, list[Change]]:
    """The changes grouped, in the order create, update, resend, delete, keep."""
    groups: dict[Action, list[Change]] = {action: [] for action in Action}
    for change in changes:
        groups[change.action].append(change)
    return groups
