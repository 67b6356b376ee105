"""What Azure would refuse, or lose, when an object is written. Told before the first trigger stops."""

import json
from collections.abc import Iterator, Mapping
from shlex import quote

from ecluse.configure.override import csv_row
from ecluse.errors import Code, Problem, Where
from ecluse.jsontree import ABSENT, Difference, Json, Path, get, spell
from ecluse.model.objects import AdfObject, ObjectRef
from ecluse.model.secrets import mask
from ecluse.model.triggers import trigger_kind
from ecluse.plan.factory import factory_body
from ecluse.plan.inputs import PlanInputs
from ecluse.plan.lacking import lacks
from ecluse.plan.normalise import normalised
from ecluse.plan.plan import Action, Change

Sent = Mapping[ObjectRef, AdfObject]

_TYPED: Path = ("properties", "typeProperties")


def problems(inputs: PlanInputs, changes: tuple[Change, ...], sent: Sent) -> Iterator[Problem]:
    """All of them."""
    for change in changes:
        if change.action is Action.UPDATE:
            yield from _frozen_fields(change, inputs)
        elif change.action is Action.CREATE and not change.ref.kind.naming.takes(change.ref.name):
            yield Problem(
                Code.UPDATE_GUARD,
                "Azure takes no such name",
                f"give the object another name: {change.ref.kind.naming.rule}",
                where=change.where,
                subject=str(change.ref),
            )
    yield from _taken_endpoints(inputs, sent)
    yield from _links_without_identity(inputs, sent)
    yield from _lost_secrets(inputs, sent)


# --- What nobody can change ------------------------------------------------------------------


def _frozen_fields(change: Change, inputs: PlanInputs) -> Iterator[Problem]:
    """Azure would refuse them when the triggers stand still already (azure-behaviours: sections 3 and 4)."""
    frozen = _frozen(change.ref, inputs)
    found = [each for each in change.differences if any(_concerns(each, path) for path in frozen)]
    of_type = [each for each in found if each.path == ("properties", "type")]
    for each in of_type or found:  # another type has other properties: that says it all
        old, new = (_shown(value, each.path) for value in (each.old, each.new))
        yield Problem(
            Code.FROZEN_FIELD,
            f"{spell(each.path[1:])} can't be changed once the object exists: {old} in the target and {new} in the "
            "source",
            f"keep the target's value with the config row {_keeping(change.ref, each)}, or delete the object in the "
            f"target first; it is then made anew{_ANEW.get(change.ref.kind.word, '')}",
            where=_written(inputs, change.ref, each.path) or change.where,
            subject=str(change.ref),
        )


_ANEW: Mapping[str, str] = {
    "trigger": " and runs all windows since its start time",
    "managedPrivateEndpoint": " and has to be approved anew on the resource that it leads to",
    "integrationRuntime": "; nodes and links of the old one are lost",
}
"""What it costs to make an object of this kind anew."""


def _frozen(at: ObjectRef, inputs: PlanInputs) -> frozenset[Path]:
    names = set(at.kind.frozen)
    if at.kind.word == "trigger":
        for side in (inputs.source, inputs.live.factory):
            names.update(trigger_kind(side.objects[at].body).frozen)
    return frozenset(("properties", *name.split(".")) for name in names)


def _concerns(each: Difference, frozen: Path) -> bool:
    """Whether the difference is at the frozen place, or at something around it that holds it on one side."""
    rest = frozen[len(each.path) :]
    return each.path == frozen[: len(each.path)] and any(get(side, rest) is not ABSENT for side in (each.old, each.new))


def _shown(value: Json, path: Path) -> str:
    if value is ABSENT:
        return "it is not there"
    shown = mask(value, path)
    return f"it is {shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)}"


def _keeping(at: ObjectRef, each: Difference) -> str:
    """The configuration row that gives the source what the target has."""
    path = spell(each.path[1:])
    if each.old is ABSENT:
        return csv_row(at.kind.word, at.name, f"-{path}", "")
    old = each.old if isinstance(each.old, str) else json.dumps(mask(each.old, each.path), ensure_ascii=False)
    return csv_row(at.kind.word, at.name, f"+{path}" if each.new is ABSENT else path, old)


def _written(inputs: PlanInputs, at: ObjectRef, path: Path) -> Where | None:
    """The configuration row that gave the source its value, the last one if several did."""
    rows = [
        row.override.origin
        for row in inputs.applied
        if row.ref == at and (row.path == path[: len(row.path)] or path == row.path[: len(path)])
    ]
    return rows[-1] if rows else None


# --- Managed private endpoints ---------------------------------------------------------------


def _taken_endpoints(inputs: PlanInputs, sent: Sent) -> Iterator[Problem]:
    """A second private endpoint to one data source is refused (azure-behaviours: section 4).

    One that goes in the same deployment still stands when the new one is made: deletions come last.
    """
    holder: dict[Json, ObjectRef] = {}
    for at, each in (*inputs.live.factory.objects.items(), *sent.items()):
        target = _target(each)
        if target is None:
            continue
        first = holder.setdefault(target, at)
        if first != at and at in sent:
            yield Problem(
                Code.UPDATE_GUARD,
                f"{first} leads to the same resource already ({each.properties['privateLinkResourceId']}, "
                f"{each.properties.get('groupId')}), and Azure takes no second private endpoint to it",
                f"give it the name {first.name}, exclude it (--filter {quote(f'-{at}')}), or delete {first} in the "
                "target first; the new one has to be approved anew",
                where=each.where,
                subject=str(at),
            )


def _target(each: AdfObject) -> tuple[str, str] | None:
    if each.ref.kind.word != "managedPrivateEndpoint":
        return None
    properties = normalised(each.ref.kind, each.properties)
    resource = properties.get("privateLinkResourceId")
    return (resource, str(properties.get("groupId"))) if isinstance(resource, str) and resource else None


# --- Integration runtimes --------------------------------------------------------------------


def _links_without_identity(inputs: PlanInputs, sent: Sent) -> Iterator[Problem]:
    """A linked runtime signs in with the factory's own identity, or with a credential (azure-behaviours: section 4).

    A user-assigned identity alone is not enough: it has to be named by a credential (terraform-provider-azurerm#14036).
    """
    resource = inputs.live.factory.resource if inputs.live.exists else factory_body(inputs)
    identity = str((resource.get("identity") or {}).get("type", "none"))
    for at, each in sent.items():
        linked = get(dict(each.body), (*_TYPED, "linkedInfo")) if at.kind.word == "integrationRuntime" else ABSENT
        if not isinstance(linked, dict) or str(linked.get("authorizationType")).casefold() != "rbac":
            continue
        if not linked.get("credential") and "systemassigned" not in identity.casefold():
            yield Problem(
                Code.UPDATE_GUARD,
                "it is linked to a shared integration runtime, and the factory has no system-assigned identity "
                f"(identity: {identity}) to use it with",
                "give the factory a system-assigned identity and that identity access to the shared runtime, or name "
                "a credential in typeProperties.linkedInfo.credential",
                where=each.where,
                subject=str(at),
            )


# --- Secrets that only their own factory can read --------------------------------------------


def _lost_secrets(inputs: PlanInputs, sent: Sent) -> Iterator[Problem]:
    """Neither `encryptedCredential` nor the mask of a secret is one: something else has to give it."""
    for lack in (lack for each in sent.values() for lack in lacks(each)):
        held = f"{spell(lack.path[1:])} holds only the asterisks that people are shown in its place"
        encrypted = "the source holds it only as encryptedCredential, which no other factory can read"
        yield Problem(
            Code.SECRET_MISSING,
            f"it needs a secret: {held if lack.mask else encrypted}",
            f"give the secret with a config row such as {lack.giving} or as an AzureKeyVaultSecret; where it needs "
            f"none, say so with the row {lack.removing}",
            where=_written(inputs, lack.each.ref, lack.path if lack.mask else lack.idle) or lack.each.where,
            subject=str(lack.each.ref),
        )
