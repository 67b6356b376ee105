"""Turn an object into a resource of an ARM template: name from our graph, literals escaped, secrets as parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecluse.arm.grammar import Call
from ecluse.arm.spelling import spelled
from ecluse.jsontree import Deferred, Json, Path, Secret, VaultSecret
from ecluse.model.kinds import API_VERSION, PROVIDER
from ecluse.model.objects import AdfObject, ObjectRef
from ecluse.model.secrets import is_secret
from ecluse.plan.normalise import sendable


@dataclass(slots=True)
class Secrets:
    """Numbers the secrets of a whole plan, so that a resource reads the same in whichever deployment it is sent."""

    count: int = 0
    defaults: dict[int, str] = field(default_factory=dict)

    def next_name(self) -> str:
        """The name of the next secure parameter."""
        self.count += 1
        return f"secret{self.count}"

    def default_name(self, call: Call) -> str:
        """The name of the parameter whose default is this very call: it is one value wherever it stands."""
        return self.defaults.setdefault(id(call), f"default{len(self.defaults) + 1}")


@dataclass(frozen=True, slots=True)
class Lowered:
    """One resource without its `dependsOn`, which is known only with its deployment: `needs` is what it is made of.

    `secrets` are the values of the secure parameters that it uses; `defaults` the expressions of those whose default
    Azure evaluates.
    """

    source: AdfObject
    resource: Mapping[str, Json]
    needs: frozenset[ObjectRef]
    secrets: Mapping[str, Mapping[str, Json]] = field(repr=False)
    defaults: Mapping[str, str]


def lower(factory: str, each: AdfObject, secrets: Secrets) -> Lowered:
    """The resource that writes an object."""
    taken: dict[str, Mapping[str, Json]] = {}
    defaults: dict[str, str] = {}

    def take(value: str) -> str:
        name = secrets.next_name()
        taken[name] = {"reference": value.reference} if isinstance(value, VaultSecret) else {"value": Secret(value)}
        return f"parameters('{name}')"

    def default(call: Call, expression: str) -> str:
        name = secrets.default_name(call)
        defaults[name] = expression
        return f"parameters('{name}')"

    def written(node: Json, path: Path, parent: Json) -> Json:
        if isinstance(node, dict):
            # ARM evaluates property names, too.
            return {escape(key): written(value, (*path, key), node) for key, value in node.items()}
        if isinstance(node, list):
            return [written(value, (*path, index), node) for index, value in enumerate(node)]
        if isinstance(node, Deferred):
            return spelled(node, take, default)
        if isinstance(node, str) and (node or isinstance(node, VaultSecret)):
            return f"[{take(node)}]" if is_secret(path, node, parent) else escape(node)
        return node

    sent = sendable(each.ref.kind, each.body)
    plain = not (each.survey.withheld or each.survey.bracketed)
    resource = {
        "type": f"{PROVIDER}/{each.ref.kind.arm_type}",
        "apiVersion": API_VERSION,
        "name": "/".join((factory, *_segments(each.ref))),
        "properties": sent if plain else written(sent, ("properties",), None),
    }
    return Lowered(each, resource, each.needs, taken, defaults)


def escape(text: str) -> str:
    """A literal that ARM would take for an expression gets one more bracket (azure-behaviours: section 6)."""
    return f"[{text}" if text.startswith("[") and text.endswith("]") else text


def _segments(at: ObjectRef) -> tuple[str, ...]:
    """The name below the factory: one segment for each segment of the ARM type."""
    parents = at.kind.arm_type.count("/")
    return (*("default",) * parents, at.name)


def resource_id(factory: str, at: ObjectRef) -> str:
    """The id that a template's dependsOn takes: below the resource group, types and names in turn."""
    types = at.kind.arm_type.split("/")
    pairs = "/".join(f"{kind}/{name}" for kind, name in zip(types, _segments(at), strict=True))
    return f"{PROVIDER}/{factory}/{pairs}"
