"""What stands in a plan's way in Azure itself: rights, locks, providers, pipelines at work. Pure: facts in, words out.

What could not be read is told with its reason: it is no pass, and no refusal.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from ecluse.errors import Code, Notice, Problem
from ecluse.model.objects import ObjectRef
from ecluse.plan.needs import FACTORIES, Need, Without, group_id, refs_of
from ecluse.plan.plan import Action, Plan
from ecluse.plan.steps import CreateFactory, DeleteObject, StartTrigger, Step

DATA_FACTORY, EVENT_GRID = "Microsoft.DataFactory", "Microsoft.EventGrid"
READ_ONLY, NO_DELETE = "ReadOnly", "CanNotDelete"

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Unread:
    """A fact that Azure did not tell, and why."""

    reason: str


T = TypeVar("T")
Fact: TypeAlias = T | Unread | None
"""None: nobody asked."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What one role allows: `actions`, with wildcards, but for its own `not_actions`."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """Whether it gives this right. A `*` stands for any text, slashes included; case does not count."""
        return _any(self.actions, action) and not _any(self.not_actions, action)


@dataclass(frozen=True, slots=True)
class Lock:
    """A management lock; `scope` is the ARM id of what it was put on."""

    name: str
    level: str
    scope: str


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """A run of a pipeline that has not ended."""

    pipeline: str
    run: str
    status: str
    since: str


@dataclass(frozen=True, slots=True)
class Questions:
    """What a plan makes worth asking: rights on these scopes, these providers, runs of these pipelines."""

    scopes: tuple[str, ...] = ()
    locks_of: str = ""
    providers: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What Azure answered; `providers` is how each is registered."""

    permissions: Mapping[str, tuple[Permission, ...] | Unread] = field(default_factory=dict)
    locks: Fact[tuple[Lock, ...]] = None
    providers: Mapping[str, str | Unread] = field(default_factory=dict)
    runs: Fact[tuple[PipelineRun, ...]] = None


def questions(plan: Plan, needed: Sequence[Need], *, runs: bool) -> Questions:
    """What to ask before this plan; `runs`: whether anybody wants to know about pipelines at work."""
    if not plan.steps:
        return Questions()
    return Questions(
        scopes=tuple(dict.fromkeys(need.scope for need in needed if need.scope)),
        locks_of=plan.target.factory_id if plan.target.exists else group_id(plan),
        providers=tuple(name for name, (needs_it, _) in _PROVIDERS.items() if any(map(needs_it, plan.steps))),
        pipelines=pipelines_at_stake(plan) if runs else (),
    )


def _makes_factory(step: Step) -> bool:
    return isinstance(step, CreateFactory)


def _subscribes(step: Step) -> bool:
    return isinstance(step, StartTrigger) and step.event


_PROVIDERS: Mapping[str, tuple[Callable[[Step], bool], str]] = {
    DATA_FACTORY: (_makes_factory, "a new factory"),
    EVENT_GRID: (_subscribes, "an event trigger of this plan"),
}
"""The providers that a step may need, and what of the plan needs it."""


def pipelines_at_stake(plan: Plan) -> tuple[str, ...]:
    """The pipelines that are there and that the plan writes or deletes."""
    return tuple(
        change.ref.name
        for change in plan.changes
        if change.ref.kind.word == "pipeline" and change.action not in (Action.CREATE, Action.KEEP)
    )


def problems(plan: Plan, needed: Sequence[Need], facts: Facts) -> Iterator[Problem]:
    """Everything that Azure would refuse, all at once."""
    yield from _missing_rights(plan, needed, facts)
    yield from _locked(plan, facts)
    for name, state in facts.providers.items():
        if isinstance(state, str) and state != "Registered":
            yield Problem(
                Code.PROVIDER_MISSING,
                f"the subscription is not registered for {name}, which {_PROVIDERS[name][1]} needs: {state}",
                f"register it once: az provider register --namespace {name} (Ecluse never does that by itself)",
            )


def notices(plan: Plan, needed: Sequence[Need], facts: Facts) -> Iterator[Notice]:
    """What people should know: lesser rights that are missing, pipelines at work, what could not be read."""
    for found in _together(_missing(plan, needed, facts)):
        if found[0].without is not Without.REFUSED:
            told = f"{found[0].without} (the identity lacks {_actions(found)} on {found[0].scope})"
            yield Notice(Code.PERMISSION_MISSING, told)
    if isinstance(facts.runs, tuple) and facts.runs:
        yield Notice(
            Code.PIPELINES_RUNNING, f"{runs_told(facts.runs)}; what they began goes on with the old definition"
        )
    yield from _unread(plan, needed, facts)


def runs_told(runs: tuple[PipelineRun, ...]) -> str:
    """The runs in words, the first few by name."""
    shown = [f"{each.pipeline} ({each.status} since {each.since}, run {each.run})" for each in runs[:_SHOWN]]
    more = [f"and {len(runs) - _SHOWN} more"] if len(runs) > _SHOWN else []
    return f"pipelines of this plan are at work: {', '.join([*shown, *more])}"


def still_at_work(runs: tuple[PipelineRun, ...], minutes: int) -> Problem:
    """They have not ended in time."""
    return Problem(
        Code.PIPELINES_RUNNING,
        f"{runs_told(runs)}, after {minutes} min of waiting" if minutes else runs_told(runs),
        "deploy when they have ended, wait longer (--wait-for-runs MIN), or deploy all the same (--wait-for-runs warn)",
    )


def _missing_rights(plan: Plan, needed: Sequence[Need], facts: Facts) -> Iterator[Problem]:
    """One problem for each scope and role: somebody has to grant a role there."""
    for found in _together(_missing(plan, needed, facts)):
        need = found[0]
        if need.without is Without.REFUSED:
            yield Problem(
                Code.PERMISSION_MISSING,
                f"the identity lacks {_actions(found)} on {need.scope}",
                f"give it the role '{need.role}' on {need.scope}, or a role of your own with these actions; a role "
                "given just now needs some minutes",
                subject=need.subject,
            )


def _together(missing: Iterable[Need]) -> list[list[Need]]:
    """What one role would give, and what has one effect."""
    groups: dict[tuple[str, str, Without], list[Need]] = {}
    for need in missing:
        groups.setdefault((need.scope, need.role, need.without), []).append(need)
    return list(groups.values())


def _actions(found: list[Need]) -> str:
    return ", ".join(need.action for need in found)


def _missing(plan: Plan, needed: Sequence[Need], facts: Facts) -> Iterator[Need]:
    for need in needed:
        permissions = facts.permissions.get(need.scope)
        if isinstance(permissions, tuple) and not _believable(plan, need.scope, permissions):
            continue
        if isinstance(permissions, tuple) and not any(each.allows(need.action) for each in permissions):
            yield need


def _believable(plan: Plan, scope: str, permissions: tuple[Permission, ...]) -> bool:
    """Whether the answer allows what we have just done: we read the factory, or the group without it."""
    done = {
        plan.target.factory_id: (plan.target.exists, f"{FACTORIES}/read"),
        group_id(plan): (not plan.target.exists, "Microsoft.Resources/subscriptions/resourceGroups/read"),
    }
    known, action = done.get(scope, (False, ""))
    return not known or any(each.allows(action) for each in permissions)


def _locked(plan: Plan, facts: Facts) -> Iterator[Problem]:
    for lock in facts.locks if isinstance(facts.locks, tuple) else ():
        hit = [
            at
            for at in _touched(plan, lock)
            if _covers(lock.scope, f"{plan.target.factory_id}/{at.kind.arm_type}/{at.name}")
        ]
        whole = _covers(lock.scope, plan.target.factory_id)
        if not hit and not (whole and lock.level.casefold() == READ_ONLY.casefold()):
            continue
        if lock.level.casefold() == READ_ONLY.casefold():
            effect = "nothing here can be written, and no trigger stopped or started"
            other = "nothing of this plan can be done while it stands"
        else:
            effect = f"nothing here can be deleted, and this plan deletes {', '.join(map(str, hit[:_SHOWN]))}"
            other = "or deploy without these deletions"
        yield Problem(
            Code.LOCKED,
            f"the lock {lock.name!r} ({lock.level}) on {lock.scope} is in the way: {effect}",
            f"remove the lock for the time of the deployment; {other}",
        )


def _touched(plan: Plan, lock: Lock) -> Iterator[ObjectRef]:
    """What the lock would keep the plan from: deletes, or anything at all. Other levels are not known to us."""
    every = lock.level.casefold() == READ_ONLY.casefold()
    known = every or lock.level.casefold() == NO_DELETE.casefold()
    for step in plan.steps if known else ():
        if every or isinstance(step, DeleteObject):
            yield from refs_of(step)


def _covers(scope: str, resource: str) -> bool:
    """Whether what is put on `scope` holds for `resource`: locks are inherited."""
    return f"{resource}/".casefold().startswith(f"{scope.rstrip('/')}/".casefold())


def _unread(plan: Plan, needed: Sequence[Need], facts: Facts) -> Iterator[Notice]:
    for scope, permissions in facts.permissions.items():
        if isinstance(permissions, Unread):
            yield _unknown(f"the rights on {scope}", permissions.reason)
        elif not _believable(plan, scope, permissions):
            yield _unknown(f"the rights on {scope}", "the answer denies even what this run has just read")
    for need in needed:
        if not need.scope:
            yield _unknown(f"{need.action} for {need.subject}", f"{need.at} is not named by a resource id")
    for what, fact in (
        ("locks", facts.locks),
        *((f"the registration of {name}", state) for name, state in facts.providers.items()),
        ("pipelines at work", facts.runs),
    ):
        if isinstance(fact, Unread):
            yield _unknown(what, fact.reason)


def _unknown(what: str, reason: str) -> Notice:
    return Notice(Code.PREFLIGHT, f"not checked before the deployment: {what}: {reason}")


def _any(patterns: tuple[str, ...], action: str) -> bool:
    return any(_fits(pattern, action) for pattern in patterns)


def _fits(pattern: str, action: str) -> bool:
    parts = map(re.escape, pattern.split("*"))
    return re.fullmatch(".*".join(parts), action, re.IGNORECASE) is not None
