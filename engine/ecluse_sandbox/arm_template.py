"""A deployment's template, checked and evaluated as Resource Manager does before it writes anything."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ecluse_sandbox import arm_parameters, refusals
from ecluse_sandbox.arm_expressions import ExpressionError, Scope, evaluate_text, evaluate_tree, provider_path
from ecluse_sandbox.writes import section

_MOST_RESOURCES, _MOST_PARAMETERS, _MOST_VARIABLES, _MOST_OUTPUTS = 800, 256, 512, 64
_EVALUATED = ("properties", "location", "identity", "tags", "sku", "kind")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as it will be written; `needs` holds ids in lower case."""

    id: str
    type: str
    name: str
    body: Mapping[str, Any]
    needs: frozenset[str]
    wanted: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a valid deployment comes to: `order` is by dependency, `echo` the parameters as GET shows them.

    `outputs` makes the outputs when the resources are written; what it is given tells a resource's properties by id.
    """

    order: tuple[Resource, ...]
    echo: Mapping[str, Any] | None
    outputs: Callable[[Callable[[str], Any]], dict[str, Any]]
    template_hash: str


class _NotYet(Exception):  # noqa: N818 - no error
    """An output asks for a resource that is not written yet."""


def prepare(properties: Mapping[str, Any], subscription: str, home: Mapping[str, Any], text: str = "") -> Prepared:
    """Check and evaluate; raises InvalidTemplate and its kin. Source: azure-behaviours section 6.

    `home` is the resource group as GET answers it, `text` the request as it was sent.
    """
    template = _template(properties)
    _check_limits(template)
    values = arm_parameters.values(template, properties.get("parameters") or {}, text)
    try:
        scope = _scope(template, values, subscription, home)
        resources = [_resource(raw, scope) for raw in _flat(template["resources"])]
        linked = _linked(resources)
        outputs = _outputs(template, scope, linked)
    except ExpressionError as error:
        raise refusals.invalid_template(str(error)) from None
    echo = arm_parameters.echo(template, scope.parameters)
    return Prepared(tuple(_ordered(linked)), echo, outputs, _hash(template))


def _hash(template: Mapping[str, Any]) -> str:
    text = json.dumps(template, sort_keys=True)
    return str(int(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:15], 16))


def _template(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    link = properties.get("templateLink")
    if isinstance(link, dict):
        raise refusals.linked_content(str(link.get("uri", link.get("id", ""))))
    if str(properties.get("mode", "")).lower() == "complete":
        raise refusals.not_in_sandbox("deployments in Complete mode")
    template = properties.get("template")
    if not isinstance(template, dict) or not isinstance(template.get("resources"), list):
        raise refusals.invalid_template("Required property 'resources' not found in JSON. Path 'properties.template'")
    for part in ("parameters", "variables", "outputs"):
        if not isinstance(template.get(part) or {}, dict):
            raise refusals.invalid_template(f"Error converting value to type 'JObject'. Path '{part}'", part)
    if not template.get("$schema") or not template.get("contentVersion"):
        missing = "$schema" if not template.get("$schema") else "contentVersion"
        raise refusals.invalid_template(f"Required property '{missing}' not found in JSON. Path 'properties.template'")
    return template


def _check_limits(template: Mapping[str, Any]) -> None:
    """800 resources (DOC#19484), 256 parameters, 512 variables (acs-engine#3015), 64 outputs."""
    counts = {
        "resources": (sum(1 for _ in _flat(template["resources"])), _MOST_RESOURCES),
        "parameters": (len(template.get("parameters") or {}), _MOST_PARAMETERS),
        "variables": (len(template.get("variables") or {}), _MOST_VARIABLES),
        "outputs": (len(template.get("outputs") or {}), _MOST_OUTPUTS),
    }
    for what, (actual, limit) in counts.items():
        if actual > limit:
            raise refusals.invalid_template(
                f"The number of template {what} limit exceeded. Limit: '{limit}' and actual: '{actual}'. "
                f"Please see https://aka.ms/arm-template/#{what} for usage details."
            )


def _scope(template: Mapping[str, Any], values: Mapping[str, Any], subscription: str, home: Mapping[str, Any]) -> Scope:
    raw = {name.lower(): value for name, value in (template.get("variables") or {}).items()}
    done: dict[str, Any] = {}
    open_names: set[str] = set()

    def variable(name: str) -> Any:
        key = name.lower()
        if key not in raw:
            raise ExpressionError(f"The template variable '{name}' is not found.")
        if key in open_names:
            raise ExpressionError(f"Circular reference in the template variable '{name}'.")
        if key not in done:
            open_names.add(key)
            done[key] = evaluate_tree(raw[key], scope)
            open_names.discard(key)
        return done[key]

    provisional = Scope(values, _no_variables, subscription, home["name"], home)
    known = arm_parameters.with_defaults(template, values, provisional)
    scope = replace(provisional, parameters=known, variables=variable)
    return scope


def _no_variables(name: str) -> Any:
    raise ExpressionError(f"The template function 'variables' may not give a parameter's default: '{name}'.")


def _flat(resources: Any, parent: tuple[str, str] = ("", "")) -> Iterator[dict[str, Any]]:
    """Nested `resources` as resources of their own, with the full type; names are joined later."""
    for raw in resources:
        if not isinstance(raw, dict) or not isinstance(raw.get("type"), str) or not isinstance(raw.get("name"), str):
            raise refusals.invalid_template("The template resource is not valid: it needs a type and a name")
        kind = f"{parent[0]}/{raw['type']}".strip("/")
        yield raw | {"type": kind, "parents": parent[1]}
        if isinstance(raw.get("resources"), list):
            yield from _flat(raw["resources"], (kind, raw["name"]))


def _resource(raw: dict[str, Any], scope: Scope) -> Resource:
    kind = raw["type"]
    name = "/".join(filter(None, (_text(raw["parents"], scope), _text(raw["name"], scope))))
    _check_known(raw, kind, name)
    path = provider_path(kind, name.split("/"))
    body = {key: evaluate_tree(raw[key], scope) for key in _EVALUATED if key in raw}
    needs = frozenset(_text(one, scope).lower() for one in _depends_on(raw))
    wanted = evaluate_tree(raw.get("condition", True), scope)
    own_id = f"/subscriptions/{scope.subscription}/resourceGroups/{scope.group}/{path}"
    return Resource(own_id, kind, name, body, needs, wanted not in {False, "false", "False"})


def _depends_on(raw: Mapping[str, Any]) -> list[Any]:
    given = raw.get("dependsOn") or []
    if not isinstance(given, list):
        raise ExpressionError("Error converting value to type 'List'. Path 'dependsOn'")
    return given


def _text(text: Any, scope: Scope) -> str:
    value = evaluate_text(text, scope) if isinstance(text, str) else None
    if not isinstance(value, str):
        raise ExpressionError(f"The expression '{str(text)[:200]}' is expected to give a string.")
    return value


def _check_known(raw: Mapping[str, Any], kind: str, name: str) -> None:
    version = str(raw.get("apiVersion", ""))
    if kind.lower().startswith("microsoft.datafactory/") and version != "2018-06-01":
        raise refusals.no_registered_provider("Microsoft.DataFactory", kind.split("/", 1)[1], version)
    if kind.lower() == "microsoft.resources/deployments":
        link = section(section(raw, "properties"), "templateLink")
        if link:
            raise refusals.linked_content(str(link.get("uri", "")))
        raise refusals.not_in_sandbox(f"nested deployments such as '{name}'")
    if "copy" in raw:
        raise refusals.not_in_sandbox(f"copy loops such as on '{name}'")


def _outputs(
    template: Mapping[str, Any], scope: Scope, resources: Mapping[str, Resource]
) -> Callable[[Callable[[str], Any]], dict[str, Any]]:
    """How the outputs are made in the end; raises now for what is wrong whatever the resources become."""
    declared = template.get("outputs") or {}
    names = {word: key for key, resource in resources.items() for word in _names(resource)}

    def made(properties: Callable[[str], Any]) -> dict[str, Any]:
        def referred(name: str) -> Any:
            if name.lower() not in names:
                raise ExpressionError(f"The template resource '{name}' is not found.")
            return properties(names[name.lower()])

        late = replace(scope, reference=referred)
        return {arm_parameters.camel(name): _output(one, late) for name, one in declared.items()}

    def not_yet(_: str) -> Any:
        raise _NotYet

    with contextlib.suppress(_NotYet):
        made(not_yet)
    return made


def _output(one: Any, scope: Scope) -> dict[str, Any]:
    if not isinstance(one, dict):
        raise ExpressionError("Error converting value to type 'TemplateOutputParameter'. Path 'outputs'")
    kind = str(one.get("type", "string"))
    if kind.lower().startswith("secure"):
        return {"type": arm_parameters.type_name(kind)}
    return {"type": arm_parameters.type_name(kind), "value": evaluate_tree(one.get("value"), scope)}


def _linked(resources: list[Resource]) -> dict[str, Resource]:
    """By id, with every `needs` turned into ids; raises for duplicates and unknown names."""
    by_id: dict[str, Resource] = {}
    for resource in resources:
        if resource.id.lower() in by_id:
            raise refusals.invalid_template(
                f"The resource '{resource.id}' at line '1' and column '1' is defined multiple times in a template. "
                "Please see https://aka.ms/arm-template/#resources for usage details."
            )
        by_id[resource.id.lower()] = resource
    names = {word: key for key, resource in by_id.items() for word in _names(resource)}
    return {key: _with_ids(resource, names) for key, resource in by_id.items()}


def _names(resource: Resource) -> Iterator[str]:
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
    return Resource(resource.id, resource.type, resource.name, resource.body, ids, resource.wanted)


def _ordered(resources: Mapping[str, Resource]) -> Iterator[Resource]:
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
