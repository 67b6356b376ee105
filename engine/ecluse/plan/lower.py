"""Turn objects into one ARM template: names and dependsOn from our graph, literals escaped, secrets as parameters."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ecluse.errors import Code, Problem, refuse_any
from ecluse.jsontree import Json, Path, Secret, VaultSecret, get, rebuild
from ecluse.model.graph import needs
from ecluse.model.kinds import API_VERSION, PROVIDER
from ecluse.model.objects import AdfObject, ObjectRef
from ecluse.model.secrets import is_secret
from ecluse.plan.normalise import sendable
from ecluse.plan.steps import DeployTemplate

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"

# ARM's limits (azure-behaviours: section 10); its 4 MB are of the whole request, so the resources get a little less.
MAX_RESOURCES = 800
MAX_PARAMETERS = 256
MAX_TEMPLATE_BYTES = 4_000_000
MAX_RESOURCE_BYTES = 1_000_000


def lower(factory: str, objects: Iterable[AdfObject], number: int = 1) -> DeployTemplate:
    """One deployment of the objects. Raises `Refused` where it is beyond ARM's limits."""
    every = tuple(objects)
    sent = {each.ref: each.ref for each in every}  # whoever needs an object may spell its name in another case
    secrets = _Secrets()
    resources = [_resource(factory, each, sent, secrets) for each in every]
    template = {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {name: {"type": "secureString"} for name in secrets.values},
        "resources": resources,
    }
    refuse_any(_beyond_limits(template, every))
    return DeployTemplate(number, tuple(each.ref for each in every), template, secrets.values)


@dataclass(frozen=True, slots=True)
class _Secrets:
    """Gathers secrets while a template is written: each becomes one secure parameter."""

    values: dict[str, Mapping[str, Json]] = field(default_factory=dict)

    def take(self, value: str) -> str:
        """The expression that stands for the secret."""
        name = f"secret{len(self.values) + 1}"
        given = {"reference": value.reference} if isinstance(value, VaultSecret) else {"value": Secret(value)}
        self.values[name] = given
        return f"[parameters('{name}')]"


def _resource(factory: str, each: AdfObject, sent: Mapping[ObjectRef, ObjectRef], secrets: _Secrets) -> dict[str, Json]:
    properties, needed = sendable(each.ref.kind, each.body), needs(each)

    def literal(path: Path, value: Json) -> Json:
        parent = get(properties, path[:-1]) if path else None
        if isinstance(value, str) and (value or isinstance(value, VaultSecret)):
            secret = is_secret(("properties", *path), value, parent)
            return secrets.take(value) if secret else escape(value)
        return value

    return {
        "type": f"{PROVIDER}/{each.ref.kind.arm_type}",
        "apiVersion": API_VERSION,
        "name": "/".join((factory, *_segments(each.ref))),
        "dependsOn": [resource_id(factory, at) for at in sorted(sent[at] for at in needed if at in sent)],
        "properties": _escaped_names(rebuild(properties, literal)),
    }


def escape(text: str) -> str:
    """A literal that ARM would take for an expression gets one more bracket (azure-behaviours: section 6)."""
    return f"[{text}" if text.startswith("[") and text.endswith("]") else text


def _escaped_names(tree: Json) -> Json:
    """ARM evaluates property names, too."""
    if isinstance(tree, dict):
        return {escape(key): _escaped_names(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_escaped_names(value) for value in tree]
    return tree


def _segments(at: ObjectRef) -> tuple[str, ...]:
    """The name below the factory: one segment for each segment of the ARM type."""
    parents = at.kind.arm_type.count("/")
    return (*("default",) * parents, at.name)


def resource_id(factory: str, at: ObjectRef) -> str:
    """The id that a template's dependsOn takes: below the resource group, types and names in turn."""
    types = at.kind.arm_type.split("/")
    pairs = "/".join(f"{kind}/{name}" for kind, name in zip(types, _segments(at), strict=True))
    return f"{PROVIDER}/{factory}/{pairs}"


def _beyond_limits(template: Mapping[str, Json], objects: tuple[AdfObject, ...]) -> Iterable[Problem]:
    too_big = "deploy in parts with --filter; splitting by itself comes with a later version"
    resources = template["resources"]
    sizes = [len(json.dumps(resource, separators=(",", ":")).encode()) for resource in resources]
    for each, size in zip(objects, sizes, strict=True):
        if size > MAX_RESOURCE_BYTES:
            message = f"the object has {size:,} bytes; ARM takes at most {MAX_RESOURCE_BYTES:,} per resource"
            yield Problem(Code.TEMPLATE_LIMIT, message, "split it", where=each.where, subject=str(each.ref))
    counts = (
        ("resources", len(resources), MAX_RESOURCES),
        ("secrets (as parameters)", len(template["parameters"]), MAX_PARAMETERS),
        ("bytes", sum(sizes), MAX_TEMPLATE_BYTES),
    )
    for what, count, limit in counts:
        if count > limit:
            yield Problem(
                Code.TEMPLATE_LIMIT, f"the deployment has {count:,} {what}; ARM takes at most {limit:,}", too_big
            )
