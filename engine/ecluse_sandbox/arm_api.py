"""Resource Manager's own addresses: subscriptions, resource groups, providers, permissions."""

from typing import Any

from ecluse_sandbox import locks, paging, refusals
from ecluse_sandbox.answers import Answer
from ecluse_sandbox.router import Api, Route
from ecluse_sandbox.sandbox import Call
from ecluse_sandbox.state import KNOWN_PROVIDERS

# The versions that Microsoft's clients of the last ten years ask for.
_VERSIONS = (
    "2015-01-01 2015-07-01 2015-11-01 2016-02-01 2016-06-01 2016-07-01 2016-09-01 2017-05-10 2017-08-01 "
    "2018-01-01-preview 2018-02-01 2018-05-01 2018-07-01 2018-09-01-preview 2019-03-01 2019-05-01 2019-05-10 "
    "2019-06-01 2019-07-01 2019-08-01 2019-10-01 2019-11-01 2020-01-01 2020-06-01 2020-08-01 2020-10-01 "
    "2021-01-01 2021-04-01 2022-01-01 2022-04-01 2022-09-01 2022-12-01 2023-07-01 2024-03-01 2024-07-01 "
    "2024-11-01 2025-03-01 2025-04-01 2026-06-01"
)
API = Api("", tuple(_VERSIONS.split()))
SUBSCRIPTION = "/subscriptions/{subscription}"
GROUP = f"{SUBSCRIPTION}/resourceGroups/{{group}}"

_PERMISSIONS = "providers/Microsoft.Authorization/permissions"


def routes() -> list[Route]:
    """All addresses that belong to no other provider."""
    return [
        *locks.routes(),
        Route("GET", "/subscriptions", _list_subscriptions, API),
        Route("GET", SUBSCRIPTION, _get_subscription, API),
        Route("GET", f"{SUBSCRIPTION}/resourceGroups", _list_groups, API),
        Route("GET", GROUP, _get_group, API),
        Route("HEAD", GROUP, _head_group, API),
        Route("GET", f"{SUBSCRIPTION}/providers", _list_providers, API),
        Route("GET", f"{SUBSCRIPTION}/providers/{{namespace}}", _get_provider, API),
        Route("POST", f"{SUBSCRIPTION}/providers/{{namespace}}/{{verb}}", _register, API),
        Route("GET", f"{SUBSCRIPTION}/{_PERMISSIONS}", _permissions, API),
        Route("GET", f"{GROUP}/{_PERMISSIONS}", _permissions, API),
        Route("GET", f"{GROUP}/providers/{{namespace}}/{{type}}/{{name}}/{_PERMISSIONS}", _permissions, API),
    ]


def _subscription_body(call: Call, record: dict[str, Any]) -> dict[str, Any]:
    own = record["subscriptionId"]
    return {
        "id": f"/subscriptions/{own}",
        "subscriptionId": own,
        "tenantId": call.world.tenant,
        "displayName": record["displayName"],
        "state": "Enabled",
        "authorizationSource": "RoleBased",
        "subscriptionPolicies": {"quotaId": "Sandbox", "spendingLimit": "On"},
    }


def _list_subscriptions(call: Call) -> Answer:
    records = call.world.document["subscriptions"].values()
    return paging.page(call, [_subscription_body(call, record) for record in records])


def _get_subscription(call: Call) -> Answer:
    return Answer(200, _subscription_body(call, call.world.subscription(call["subscription"])))


def group_body(call: Call, record: dict[str, Any]) -> dict[str, Any]:
    """A resource group as GET answers it."""
    return {
        "id": call.world.group_id(call["subscription"], record["name"]),
        "name": record["name"],
        "type": "Microsoft.Resources/resourceGroups",
        "location": record["location"],
        "tags": record["tags"],
        "properties": {"provisioningState": "Succeeded"},
    }


def _list_groups(call: Call) -> Answer:
    records = call.world.subscription(call["subscription"])["groups"].values()
    return paging.page(call, [group_body(call, record) for record in records])


def _get_group(call: Call) -> Answer:
    return Answer(200, group_body(call, call.world.group(call["subscription"], call["group"])))


def _head_group(call: Call) -> Answer:
    call.world.group(call["subscription"], call["group"])
    return Answer(204)


def _provider_body(call: Call, namespace: str) -> dict[str, Any]:
    subscription = call.world.subscription(call["subscription"])
    known = {name.lower(): name for name in KNOWN_PROVIDERS}
    if namespace.lower() not in known:
        raise refusals.invalid_namespace(namespace)
    record = subscription["providers"].get(namespace.lower(), {})
    name = known[namespace.lower()]
    return {
        "id": f"/subscriptions/{subscription['subscriptionId']}/providers/{name}",
        "namespace": name,
        "resourceTypes": [],
        "registrationState": record.get("registrationState", "NotRegistered"),
        "registrationPolicy": "RegistrationRequired",
    }


def _list_providers(call: Call) -> Answer:
    return paging.page(call, [_provider_body(call, name) for name in KNOWN_PROVIDERS])


def _get_provider(call: Call) -> Answer:
    return Answer(200, _provider_body(call, call["namespace"]))


def _register(call: Call) -> Answer:
    """Register or unregister; done at once, where Azure takes minutes."""
    states = {"register": "Registered", "unregister": "NotRegistered"}
    if call["verb"].lower() not in states:
        raise refusals.invalid_resource_type(call["namespace"], call.query["api-version"])
    body = _provider_body(call, call["namespace"])
    state = states[call["verb"].lower()]
    providers = call.world.subscription(call["subscription"])["providers"]
    providers[call["namespace"].lower()] = {"namespace": body["namespace"], "registrationState": state}
    call.world.changed()
    return Answer(200, body | {"registrationState": state})


def _permissions(call: Call) -> Answer:
    """The sandbox's one principal may do everything, also to resources of others that are not played here."""
    if call.place.get("namespace", "Microsoft.DataFactory").lower() == "microsoft.datafactory":
        if "group" in call.place:
            call.world.group(call["subscription"], call["group"])
        call.world.subscription(call["subscription"])
    everything: dict[str, list[str]] = {"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}
    return paging.page(call, [everything])
