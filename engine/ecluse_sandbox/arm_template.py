"""A deployment's template, checked and evaluated as Resource Manager does before it writes anything."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ecluse_sandbox import arm_parameters, refusals
from ecluse_sandbox.arm_expressions import ExpressionError, Scope, evaluate_tree
from ecluse_sandbox.arm_resources import Prepared, Resource, flat, linked, names_of, ordered, resource
from ecluse_sandbox.writes import section

_MOST_RESOURCES, _MOST_PARAMETERS, _MOST_VARIABLES, _MOST_OUTPUTS = 800, 256, 512, 64

Homes = Callable[[str], Mapping[str, Any]]
"""Gives a resource group, by name, as GET answers it; raises ResourceGroupNotFound."""


class _NotYet(Exception):  # noqa: N818 - no error
    """An output asks for a resource that is not written yet."""


def prepare(properties: Mapping[str, Any], subscription: str, group: str, homes: Homes, text: str = "") -> Prepared:
    """Check and evaluate; raises InvalidTemplate and its kin. Source: azure-behaviours section 6.

    `text` is the request as it was sent.
    """
    template = _template(properties)
    _check_limits(template)
    values = arm_parameters.values(template, properties.get("parameters") or {}, text)
    home = homes(group)
    try:
        scope = _scope(template, values, subscription, home)
        return replace(
            _evaluated(template, scope, home["name"], homes), echo=arm_parameters.echo(template, scope.parameters)
        )
    except ExpressionError as error:
        raise refusals.invalid_template(str(error)) from None


def _evaluated(template: Mapping[str, Any], scope: Scope, group: str, homes: Homes) -> Prepared:
    def nest(properties: Mapping[str, Any], around: Scope, inner_group: str) -> Prepared:
        return _nested(properties, around, inner_group, homes)

    by_id = linked([resource(raw, scope, group, nest) for raw in flat(template["resources"])])
    outputs = _outputs(template, scope, by_id)
    return Prepared(tuple(ordered(by_id)), tuple(by_id.values()), None, outputs, _hash(template))


def _nested(properties: Mapping[str, Any], scope: Scope, group: str, homes: Homes) -> Prepared:
    """A template in a template: its expressions belong to the outer one unless it says otherwise (ARM's default)."""
    home = homes(group)
    if str(section(properties, "expressionEvaluationOptions").get("scope", "outer")).lower() == "inner":
        given = evaluate_tree(properties.get("parameters") or {}, scope)
        return prepare({**properties, "parameters": given}, scope.subscription, group, homes)
    template = _template(properties)
    _check_limits(template)
    return _evaluated(template, scope, home["name"], homes)


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
        "resources": (sum(1 for _ in flat(template["resources"])), _MOST_RESOURCES),
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


def _outputs(
    template: Mapping[str, Any], scope: Scope, resources: Mapping[str, Resource]
) -> Callable[[Callable[[str], Any]], dict[str, Any]]:
    """How the outputs are made in the end; raises now for what is wrong whatever the resources become."""
    declared = template.get("outputs") or {}
    names = {word: key for key, one in resources.items() for word in names_of(one)}

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
