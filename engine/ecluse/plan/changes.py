"""What happens to each object: one `Change` for every object that the source or the target knows."""

from collections.abc import Iterator
from dataclasses import replace

from ecluse.jsontree import Deferred, Path, get, spell
from ecluse.model.objects import BUILT_IN, AdfObject, Factory, ObjectRef, ref
from ecluse.model.secrets import mask
from ecluse.plan.compare import compare
from ecluse.plan.inputs import PlanInputs
from ecluse.plan.plan import Action, Change, Reason

GLOBAL_PARAMETERS = ref("globalParameters", "default")

SENT = frozenset({Action.CREATE, Action.UPDATE, Action.RESEND})
"""The actions that write an object."""

REAL = frozenset({Action.CREATE, Action.UPDATE, Action.DELETE})
"""The actions that change something: sending a hidden secret again is none."""

_FEW = 3  # expressions of an object that a line of the plan shows


def changes(inputs: PlanInputs) -> tuple[Change, ...]:
    """One change per object, sorted by kind and name; what only the target has comes along."""
    source = with_effective_parameters(inputs)
    both = source.objects.keys() | inputs.live.factory.objects.keys()
    return tuple(_change(each, source, inputs) for each in sorted(both))


def with_effective_parameters(inputs: PlanInputs) -> Factory:
    """The source with the global parameters that the factory shall end with: merged over the live ones."""
    source = inputs.source.objects.get(GLOBAL_PARAMETERS)
    live = inputs.live.factory.objects.get(GLOBAL_PARAMETERS)
    if source is None or live is None or inputs.options.global_parameters != "merge":
        return inputs.source
    merged = source.with_body({**source.body, "properties": {**live.properties, **source.properties}})
    return replace(inputs.source, objects={**inputs.source.objects, GLOBAL_PARAMETERS: merged})


def _change(at: ObjectRef, source: Factory, inputs: PlanInputs) -> Change:
    wanted, live = source.objects.get(at), inputs.live.factory.objects.get(at)
    where = wanted.where if wanted else None
    if at not in inputs.scope:
        return Change(at, Action.KEEP, Reason.EXCLUDED, inputs.scope.reason(at), where=where)
    if at == GLOBAL_PARAMETERS and inputs.options.global_parameters == "off":
        return Change(at, Action.KEEP, Reason.EXCLUDED, "global parameters are off", where=where)
    if wanted is None:
        change = _not_in_source(at, inputs)
    elif live is None:
        change = Change(at, Action.CREATE, Reason.NEW, where=where)
    else:
        change = _compared(wanted, live, inputs)
    decision = inputs.scope.decisions[at]
    rule = decision.reason if decision.rule or decision.change else ""
    details = (change.detail, _kept_parameters(inputs) if at == GLOBAL_PARAMETERS else "", rule)
    told = "; ".join(filter(None, details))
    return change if told == change.detail else replace(change, detail=told)


def _kept_parameters(inputs: PlanInputs) -> str:
    """What merging keeps although the source doesn't have it; the source may have had a row that removed it."""
    source, live = (side.objects.get(GLOBAL_PARAMETERS) for side in (inputs.source, inputs.live.factory))
    if source is None or live is None or inputs.options.global_parameters != "merge":
        return ""
    kept = [name for name in live.properties if name not in source.properties]
    return f"{', '.join(kept)}: not in the source and kept (--global-parameters replace removes)" if kept else ""


def _compared(wanted: AdfObject, live: AdfObject, inputs: PlanInputs) -> Change:
    found = compare(wanted, live)
    change = Change(wanted.ref, Action.KEEP, Reason.EQUAL, where=wanted.where)
    if found.differences:
        return replace(change, action=Action.UPDATE, reason=Reason.DIFFERENT, differences=found.differences)
    if not found.hidden:
        return change
    expressions = [path for path in found.hidden if isinstance(get(wanted.body, path), Deferred)]
    if expressions:
        shown = ", ".join(f"{spell(path[1:])} is {_shown(wanted, path)}" for path in expressions[:_FEW])
        return replace(change, action=Action.RESEND, reason=Reason.EVALUATED_BY_AZURE, detail=shown)
    if inputs.options.secrets == "never":
        return replace(change, detail="its hidden secrets are not sent again (secrets: never)")
    return replace(change, action=Action.RESEND, reason=Reason.HIDDEN_SECRET)


def _shown(each: AdfObject, path: Path) -> str:
    return str(mask(get(each.body, path), path, get(each.body, path[:-1])))


def _not_in_source(at: ObjectRef, inputs: PlanInputs) -> Change:
    keep = Change(at, Action.KEEP, Reason.NOT_IN_SOURCE)
    options = inputs.options
    if not options.delete_not_in_source:
        return replace(keep, detail="kept: nothing is deleted without --delete-not-in-source")
    if at in BUILT_IN:
        return replace(keep, detail="kept: it is Data Factory's own")
    if not at.kind.deletable:
        return replace(keep, detail="kept: objects of this kind are never deleted")
    if at.kind.delete_by_name_only and at.kind.word not in options.delete_kinds:
        return replace(keep, detail=f"kept: this kind is deleted only with --delete-kinds {at.kind.word}")
    return replace(keep, action=Action.DELETE)


def of(changes: tuple[Change, ...], actions: frozenset[Action]) -> Iterator[ObjectRef]:
    """The objects that have one of these actions."""
    return (change.ref for change in changes if change.action in actions)
