"""The resources of a template: flat, evaluated, tied to each other by id, and in order."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ecluse_sandbox import refusals
from ecluse_sandbox.arm_expressions import ExpressionError, Scope, evaluate_text, evaluate_tree, provider_path
from ecluse_sandbox.writes import section

NESTED = "microsoft.resources/deployments"
_EVALUATED = ("properties", "location", "identity", "tags", "sku", "kind")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as it will be written; `needs` holds ids in lower case, `inner` a nested deployment."""

    id: str
    type: str
    name: str
    body: Mapping[str, Any]
    needs: frozenset[str]
    wanted: bool
    inner: "Prepared | None" = None

    def all(self) -> "Iterator[Resource]":
        """What is really written: a nested deployment's resources, or the resource itself."""
        if self.inner is None:
            yield self
        else:
            yield from (one for each in self.inner.told for one in each.all())


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a valid deployment comes to: `order` is by dependency, `told` the template's order, `echo` the parameters.

    `outputs` makes the outputs when the resources are written; what it is given tells a resource's properties by id.
    """

    order: tuple[Resource, ...]
    told: tuple[Resource, ...]
    echo: Mapping[str, Any] | None
    outputs: Callable[[Callable[[str], Any]], dict[str, Any]]
    template_hash: str


def flat(resources: Any, parent: tuple[str, str] = ("", "")) -> Iterator[dict[str, Any]]:
    """Nested `resources` as resources of their own, with the full type; names are joined later."""
    for raw in resources:
        if not isinstance(raw, dict) or not isinstance(raw.get("type"), str) or not isinstance(raw.get("name"), str):
            raise refusals.invalid_template("The template resource is not valid: it needs a type and a name")
        kind = f"{parent[0]}/{raw['type']}".strip("/")
        yield raw | {"type": kind, "parents": parent[1]}
        if isinstance(raw.get("resources"), list):
            yield from flat(raw["resources"], (kind, raw["name"]))


Nest = Callable[[Mapping[str, Any], Scope, str], Prepared]
"""Prepares a nested deployment: its properties as sent, the scope around it, and the group it goes to."""


def resource(raw: dict[str, Any], scope: Scope, group: str, nest: Nest) -> Resource:
    """One resource of a template, evaluated; raises what ARM would refuse."""
    kind = raw["type"]
    name = "/".join(filter(None, (text_of(raw["parents"], scope), text_of(raw["name"], scope))))
    _check_known(raw, kind, name)
    path = provider_path(kind, name.split("/"))
    body = {key: evaluate_tree(raw[key], scope) for key in _EVALUATED if key in raw and kind.lower() != NESTED}
    needs = frozenset(text_of(one, scope).lower() for one in _depends_on(raw))
    wanted = evaluate_tree(raw.get("condition", True), scope)
    inner = None
    if kind.lower() == NESTED:
        group = text_of(raw["resourceGroup"], scope) if "resourceGroup" in raw else group
        inner = nest(section(raw, "properties"), scope, group)
        body = {"properties": section(raw, "properties")}
    own_id = f"/subscriptions/{scope.subscription}/resourceGroups/{group}/{path}"
    return Resource(own_id, kind, name, body, needs, wanted not in {False, "false", "False"}, inner)


def _depends_on(raw: Mapping[str, Any]) -> list[Any]:
    given = raw.get("dependsOn") or []
    if not isinstance(given, list):
        raise ExpressionError("Error converting value to type 'List'. Path 'dependsOn'")
    return given


def text_of(text: Any, scope: Scope) -> str:
    """A text, or an expression that gives one."""
    value = evaluate_text(text, scope) if isinstance(text, str) else None
    if not isinstance(value, str):
        raise ExpressionError(f"The expression '{str(text)[:200]}' is expected to give a string.")
    return value


def _check_known(raw: Mapping[str, Any], kind: str, name: str) -> None:
    version = str(raw.get("apiVersion", ""))
    if kind.lower().startswith("microsoft.datafactory/") and version != "2018-06-01":
        raise refusals.no_registered_provider("Microsoft.DataFactory", kind.split("/", 1)[1], version)
    if kind.lower() == NESTED and "subscriptionId" in raw:
        raise refusals.not_in_sandbox(f"nested deployments in other subscriptions such as '{name}'")
    if "copy" in raw:
        raise refusals.not_in_sandbox(f"copy loops such as on '{name}'")


def linked(resources: list[Resource]) -> dict[str, Resource]:
    """By id, with every `needs` turned into ids; raises for duplicates and unknown names."""
    by_id: dict[str, Resource] = {}
    for resource in resources:
        if resource.id.lower() in by_id:
            raise refusals.invalid_template(
                f"The resource '{resource.id}' at line '1' and column '1' is defined multiple times in a template. "
                "Please see https://aka.ms/arm-template/#resources for usage details."
            )
        by_id[resource.id.lower()] = resource
    names = {word: key for key, resource in by_id.items() for word in names_of(resource)}
    return {key: _with_ids(resource, names) for key, resource in by_id.items()}


def names_of(resource: Resource) -> Iterator[str]:
    """The ways in which dependsOn may name it: id, type/name interleaved, type/name, name."""
    relative = provider_path(resource.type, resource.name.split("/")).removeprefix("providers/")
    yield resource.name.lower()
    yield f"{resource.type}/{resource.name}".lower()
    yield relative.lower()
    yield resource.id.lower()


def _with_ids(resource: Resource, names: Mapping[str, str]) -> Resource:
    for need in sorted(resource.needs):
        if need.rstrip("/") not in names:
            raise refusals.invalid_template(
                f"The resource '{need}' is not defined in the template. "
                "Please see https://aka.ms/arm-template for usage details."
            )
    ids = frozenset(names[need.rstrip("/")] for need in resource.needs)
    return replace(resource, needs=ids)


def ordered(resources: Mapping[str, Resource]) -> Iterator[Resource]:
    """By dependency; of those that are free the last comes first.

    Azure promises no order, and this one shows a forgotten dependsOn that the template's order would hide.
    """
    left = dict(resources)
    while left:
        free = [key for key, resource in left.items() if not resource.needs & left.keys()]
        if not free:
            first = next(iter(left.values()))
            raise refusals.invalid_template(
                f"Circular dependency detected on resource: '{first.id}'. "
                "Please see https://aka.ms/arm-syntax-resources for usage details."
            )
        for key in reversed(free):
            yield left.pop(key)
