"""Deletions: what stands against them, and their order. Decided before anything is written, never by name alone."""

from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from shlex import quote

from ecluse.errors import Code, Problem
from ecluse.model.graph import needs
from ecluse.model.kinds import KINDS
from ecluse.model.objects import ObjectRef
from ecluse.plan.inputs import PlanInputs
from ecluse.plan.plan import Action, Change


def _doomed(changes: tuple[Change, ...]) -> set[ObjectRef]:
    return {change.ref for change in changes if change.action is Action.DELETE}


def in_order(inputs: PlanInputs, changes: tuple[Change, ...]) -> list[ObjectRef]:
    """What is deleted, from the needing to the needed: Azure refuses to delete what is still referenced."""
    doomed = _doomed(changes)
    live = inputs.live.factory.objects
    sorter = TopologicalSorter({at: sorted(needs(live[at]) & doomed) for at in sorted(doomed)})
    return list(reversed(list(sorter.static_order())))


def problems(inputs: PlanInputs, changes: tuple[Change, ...]) -> Iterator[Problem]:
    """Deletions that would break something, or are more than anyone is likely to mean."""
    doomed = _doomed(changes)
    if len(doomed) > inputs.options.max_deletes:
        yield Problem(
            Code.DELETE_GUARD,
            f"{len(doomed)} objects would be deleted, more than --max-deletes {inputs.options.max_deletes}",
            "check that the source is complete; if it is, raise --max-deletes",
        )
    yield from _emptied_kinds(inputs, doomed)
    yield from _still_needed(inputs, doomed)


def _emptied_kinds(inputs: PlanInputs, doomed: set[ObjectRef]) -> Iterator[Problem]:
    live = Counter(at.kind.word for at in inputs.live.factory.objects)
    lost = Counter(at.kind.word for at in doomed)
    kept = {at.kind.word for at in inputs.source.objects}
    for kind in KINDS.values():
        if lost[kind.word] and lost[kind.word] == live[kind.word] and kind.word not in inputs.options.delete_kinds:
            source = "the source has none" if kind.word not in kept else "the source has only others"
            yield Problem(
                Code.DELETE_GUARD,
                f"all {live[kind.word]} live objects of kind {kind.word} would be deleted ({source})",
                f"check that the source is complete; if it is, name the kind: --delete-kinds {kind.word}",
            )


def _still_needed(inputs: PlanInputs, doomed: set[ObjectRef]) -> Iterator[Problem]:
    """By the references that will be live then: the source's for what is deployed, else the live ones."""
    after = {**inputs.live.factory.objects}
    after |= {at: each for at, each in inputs.source.objects.items() if at in inputs.scope}
    for at, each in sorted(after.items()):
        for needed in sorted(needs(each) & doomed) if at not in doomed else ():
            yield Problem(
                Code.DELETE_GUARD,
                f"{needed} would be deleted, but {at} needs it and stays",
                f"exclude it (--filter {quote(f'-{needed}')}), or remove the reference from {at}",
                subject=str(needed),
            )
