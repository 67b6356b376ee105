"""Deletions: what stands against them, and their order. Decided before anything is written, never by name alone."""

from collections import Counter
from collections.abc import Iterator, Mapping
from shlex import quote

from ecluse.errors import Code, Problem
from ecluse.model.graph import Graph, circles, levels
from ecluse.model.kinds import KINDS
from ecluse.model.names import counted
from ecluse.model.objects import AdfObject, ObjectRef
from ecluse.plan.changes import SENT
from ecluse.plan.inputs import PlanInputs
from ecluse.plan.plan import Action, Change, Reason

_NAMED = 3  # objects that a message names before it only counts


def in_levels(inputs: PlanInputs, changes: tuple[Change, ...]) -> tuple[tuple[ObjectRef, ...], ...]:
    """What is deleted, from the needing to the needed; what stands in one level may go at the same time.

    Azure refuses to delete what is still referenced (azure-behaviours: section 4). `problems` has refused a circle.
    """
    referrers: dict[ObjectRef, set[ObjectRef]] = {at: set() for at in _doomed(changes)}
    for at, needed in _references(inputs, changes).items():
        for each in needed:
            referrers[each].add(at)
    return levels({at: frozenset(found) for at, found in referrers.items()})


def problems(inputs: PlanInputs, changes: tuple[Change, ...]) -> Iterator[Problem]:
    """Deletions that would break something, or are more than anyone is likely to mean."""
    doomed = _doomed(changes)
    if len(doomed) > inputs.options.max_deletes:
        yield Problem(
            Code.DELETE_GUARD,
            f"{counted(len(doomed), 'object')} would be deleted, more than --max-deletes {inputs.options.max_deletes}",
            "check that the source is complete; if it is, raise --max-deletes",
        )
    yield from _not_deletable(inputs, changes)
    yield from _emptied_kinds(inputs, doomed)
    yield from _still_needed(inputs, changes, doomed)
    yield from _circles(_references(inputs, changes))


def _doomed(changes: tuple[Change, ...]) -> frozenset[ObjectRef]:
    return frozenset(change.ref for change in changes if change.action is Action.DELETE)


def _references(inputs: PlanInputs, changes: tuple[Change, ...]) -> Graph:
    """Each object that goes, with those that go and that it refers to: nothing writes it any more, so as it is live."""
    doomed = _doomed(changes)
    return {at: _refers_to(inputs.live.factory.objects[at]) & doomed for at in doomed}


def _refers_to(each: AdfObject) -> frozenset[ObjectRef]:
    """What Azure sees an object refer to; a template's dependsOn is gone once it is deployed."""
    return frozenset(reference.ref for reference in each.references) - {each.ref}


def _not_deletable(inputs: PlanInputs, changes: tuple[Change, ...]) -> Iterator[Problem]:
    """What is named to be deleted, and Azure has no way to."""
    for change in changes:
        kind = change.ref.kind
        if change.reason is Reason.NOT_IN_SOURCE and not kind.deletable and kind.word in inputs.options.delete_kinds:
            yield Problem(
                Code.DELETE_GUARD,
                f"it is not in the source and --delete-kinds names {kind.word}, but Azure can't delete one",
                f"leave {kind.word} out of --delete-kinds; one goes only together with its factory",
                subject=str(change.ref),
            )


def _emptied_kinds(inputs: PlanInputs, doomed: frozenset[ObjectRef]) -> Iterator[Problem]:
    live = Counter(at.kind.word for at in inputs.live.factory.objects)
    lost = Counter(at.kind.word for at in doomed)
    kept = {at.kind.word for at in inputs.source.objects}
    for kind in KINDS.values():
        if lost[kind.word] and lost[kind.word] == live[kind.word] and kind.word not in inputs.options.delete_kinds:
            every = f"all {live[kind.word]} live objects" if live[kind.word] > 1 else "the only live object"
            source = "the source has none" if kind.word not in kept else "the source has only others"
            yield Problem(
                Code.DELETE_GUARD,
                f"{every} of kind {kind.word} would be deleted ({source})",
                f"check that the source is complete; if it is, name the kind: --delete-kinds {kind.word}",
            )


def _still_needed(inputs: PlanInputs, changes: tuple[Change, ...], doomed: frozenset[ObjectRef]) -> Iterator[Problem]:
    """By the references that will be live then: the source's where it is deployed, else the live ones."""
    holders: dict[ObjectRef, list[ObjectRef]] = {}
    for each in _after(inputs, changes).values() if doomed else ():
        for needed in _refers_to(each) & doomed:
            holders.setdefault(needed, []).append(each.ref)
    why = {change.ref: change.detail or str(change.reason) for change in changes}
    for needed, found in sorted(holders.items()):
        first = min(found)
        verb = "needs it and stays" if len(found) == 1 else "need it and stay"
        yield Problem(
            Code.DELETE_GUARD,
            f"{needed} would be deleted, but {_listed(found)} {verb} ({first}: {why[first]})",
            f"exclude it (--filter {quote(f'-{needed}')}), or remove the reference from {first}",
            subject=str(needed),
        )


def _after(inputs: PlanInputs, changes: tuple[Change, ...]) -> Mapping[ObjectRef, AdfObject]:
    """What is there when the deletions begin and stays, as it will be then."""
    source, live = inputs.source.objects, inputs.live.factory.objects
    return {
        change.ref: source[change.ref] if change.action in SENT else live[change.ref]
        for change in changes
        if change.action in SENT or (change.action is Action.KEEP and change.ref in live)
    }


def _circles(references: Graph) -> Iterator[Problem]:
    """Azure deletes none of them first, and breaking the circle would be an update that nobody asked for.

    Where several circles share objects, one of them is told.
    """
    for circle in circles(references):
        keep = " ".join(f"--filter {quote(f'-{at}')}" for at in sorted(set(circle)))
        yield Problem(
            Code.DELETE_GUARD,
            "these objects would be deleted, but refer to each other in a circle, so that Azure refuses each: "
            + " → ".join(map(str, circle)),
            f"take one of these references out in the target first, or keep them all: {keep}",
            subject=str(circle[0]),
        )


def _listed(found: list[ObjectRef]) -> str:
    named = ", ".join(map(str, sorted(found)[:_NAMED]))
    return f"{named} and {len(found) - _NAMED} more" if len(found) > _NAMED else named
