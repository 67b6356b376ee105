"""Fill a factory from a template, by a deployment as any other, and start the triggers that the template says run."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecluse_sandbox import settings
from ecluse_sandbox.sandbox import Sandbox
from ecluse_sandbox.state import World
from ecluse_sandbox.triggers import STARTED, is_event

_FINE = 300
_OWN_NAME = re.compile(r"/([^/']+)'\)\]$")
_STAND_INS: Mapping[str, Any] = {"int": 0, "bool": False, "object": {}, "secureobject": {}, "array": []}


@dataclass(frozen=True, slots=True)
class Place:
    """Where to; `factory` empty: as the template says. `subscription` and `location` are for an empty directory."""

    subscription: str
    group: str
    factory: str
    location: str


async def from_template(sandbox: Sandbox, template: Mapping[str, Any], place: Place) -> None:
    """Deploy the template and start its triggers; ValueError with Azure's words when something is refused."""
    known = place.group or next(iter(sandbox.world.document["seed"]["groups"]), "")
    group = ensure_group(sandbox.world, known, place.location)
    declared = template.get("parameters")
    declared = declared if isinstance(declared, dict) else {}
    name = place.factory or str((declared.get("factoryName") or {}).get("defaultValue") or "")
    if not name:
        raise ValueError("the template names no factory: name one with --factory")
    factory = f"{group}/providers/Microsoft.DataFactory/factories/{name}"
    sandbox.settings = settings.changed(sandbox.settings, {"eventPolls": 0})
    if sandbox.inside("GET", factory, None).status >= _FINE:
        body = {"location": place.location, "identity": {"type": "SystemAssigned"}, "properties": {}}
        _do(sandbox, "PUT", factory, body)
    deployment = f"{group}/providers/Microsoft.Resources/deployments/sandbox-seed"
    properties = {"mode": "Incremental", "template": template, "parameters": _parameters(declared, name)}
    _do(sandbox, "PUT", deployment, {"properties": properties})
    while sandbox.tasks.busy:  # noqa: ASYNC110 - the one task of a process that does nothing else
        await asyncio.sleep(0)
    ended = _do(sandbox, "GET", deployment)["properties"]
    if ended["provisioningState"] != "Succeeded":
        details = [json.loads(one["message"])["error"] for one in ended["error"]["details"]]
        raise ValueError("; ".join(f"{one['code']}: {one['message']}" for one in details))
    _do(sandbox, "DELETE", deployment)
    for trigger in _running(template):
        _start(sandbox, f"{factory}/triggers/{trigger}")


def ensure_group(world: World, name: str, location: str) -> str:
    """The path of a group of the seed's subscription, which is made unless it is there; ValueError without a name."""
    if not name:
        raise ValueError("name the resource group with --resource-group")
    subscription = world.subscription(world.document["seed"]["subscription"])
    subscription["groups"].setdefault(name.lower(), {"name": name, "location": location, "tags": {}})
    return f"/subscriptions/{subscription['subscriptionId']}/resourceGroups/{name}"


def _parameters(declared: Mapping[str, Any], factory: str) -> dict[str, Any]:
    """The factory's name, and a stand-in for whatever has no default: nobody's secret is needed here."""
    given = {
        name: {"value": _STAND_INS.get(str(one.get("type", "")).lower(), "seeded")}
        for name, one in declared.items()
        if isinstance(one, dict) and "defaultValue" not in one
    }
    return given | ({"factoryName": {"value": factory}} if "factoryName" in declared else {})


def _running(template: Mapping[str, Any]) -> Iterator[str]:
    for resource in template["resources"]:
        found = _OWN_NAME.search(str(resource.get("name", "")))
        running = (resource.get("properties") or {}).get("runtimeState") == STARTED
        if str(resource.get("type", "")).lower().endswith("/triggers") and running and found:
            yield found[1]


def _start(sandbox: Sandbox, path: str) -> None:
    if is_event(_do(sandbox, "GET", path)["properties"]):
        _do(sandbox, "POST", f"{path}/subscribeToEvents")
    _do(sandbox, "POST", f"{path}/start")


def _do(sandbox: Sandbox, method: str, path: str, body: Any = None) -> Any:
    answer = sandbox.inside(method, path, body)
    if answer.status >= _FINE:
        error = (answer.body or {}).get("error", {})
        raise ValueError(f"{method} of {path.rpartition('/')[2]}: {error.get('code')}: {error.get('message')}")
    return answer.body
