"""Parameters, variables, and the ids of resources. Behaviours: Azure docs, resource functions for ARM templates."""

from ecluse.arm.functions.function import CallError, Function, Scope, joined, kind_of
from ecluse.jsontree import Json


def _named(name: Json, function: str) -> str:
    if not isinstance(name, str):
        raise CallError(f"{function} takes a name in single quotes, not {kind_of(name)}")
    return name


def _parameters(scope: Scope, name: Json) -> Json:
    return scope.parameter(_named(name, "parameters"))


def _variables(scope: Scope, name: Json) -> Json:
    return scope.variable(_named(name, "variables"))


def _lambda_variables(scope: Scope, name: Json) -> Json:
    return scope.lambda_variable(_named(name, "lambdaVariables"))


def _copy_index(_scope: Scope, *_arguments: Json) -> Json:
    raise CallError("copyIndex counts in a `copy` only, and this stands in none")


def _resource_id(scope: Scope, *parts: Json) -> str:
    """The arguments are [subscription], [resource group], type, name, name and so on."""
    before, below = _split("resourceId", parts, most_before=2)
    group = before[-1] if before else scope.resource_group
    subscription = before[0] if len(before) > 1 else scope.subscription
    return joined([f"/subscriptions/{subscription}/resourceGroups/{group}", below], "resourceId")


def _subscription_resource_id(scope: Scope, *parts: Json) -> str:
    """The arguments are [subscription], type, name, name and so on."""
    before, below = _split("subscriptionResourceId", parts, most_before=1)
    return joined([f"/subscriptions/{before[0] if before else scope.subscription}", below], "subscriptionResourceId")


def _tenant_resource_id(_scope: Scope, *parts: Json) -> str:
    """The arguments are type, name, name and so on."""
    return _split("tenantResourceId", parts, most_before=0)[1]


def _extension_resource_id(_scope: Scope, of: Json, *parts: Json) -> str:
    """The arguments are the id of what is extended, type, name, name and so on."""
    if not isinstance(of, str):
        raise CallError("extensionResourceId takes texts only")
    return joined([of.rstrip("/"), _split("extensionResourceId", parts, most_before=0)[1]], "extensionResourceId")


def _split(function: str, parts: tuple[Json, ...], *, most_before: int) -> tuple[tuple[str, ...], str]:
    """What stands before the type, and `/providers/…` of the type and its names."""
    if not all(isinstance(part, str) for part in parts):
        raise CallError(f"{function} takes texts only")
    at = next((index for index, part in enumerate(parts[: most_before + 1]) if "/" in part), None)
    if at is None:
        raise CallError(f"{function} needs a resource type such as 'Microsoft.DataFactory/factories'")
    provider, *types = parts[at].split("/")
    names = parts[at + 1 :]
    if len(types) != len(names):
        raise CallError(f"{function} needs {len(types)} name(s) for this type, not {len(names)}")
    pairs = [f"/{type_}/{name}" for type_, name in zip(types, names, strict=True)]
    return parts[:at], joined([f"/providers/{provider}", *pairs], function)


ROWS = (
    Function("copyIndex", 0, 2, _copy_index),
    Function("extensionResourceId", 3, None, _extension_resource_id),
    Function("lambdaVariables", 1, 1, _lambda_variables, carries=True),
    Function("parameters", 1, 1, _parameters, carries=True),
    Function("resourceId", 2, None, _resource_id),
    Function("subscriptionResourceId", 2, None, _subscription_resource_id),
    Function("tenantResourceId", 2, None, _tenant_resource_id),
    Function("variables", 1, 1, _variables, carries=True),
)
