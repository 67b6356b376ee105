"""Deployments as the state holds them and as answers tell them."""

import datetime as dt
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecluse_sandbox.arm_resources import Prepared
from ecluse_sandbox.sandbox import Sandbox, now, stamp
from ecluse_sandbox.state import World


@dataclass(frozen=True, slots=True)
class Where:
    """A deployment's address."""

    subscription: str
    group: str
    name: str


def record(sandbox: Sandbox, where: Where, sent: Mapping[str, Any], prepared: Prepared) -> dict[str, Any]:
    """A new deployment, accepted and not begun."""
    return body(sandbox.world, where, sent, prepared) | {
        "subscription": where.subscription,
        "group": where.group,
        "template": sent["template"],
        "operation": f"08585{random.randrange(10**15):015d}",  # noqa: S311 - a number, no secret
        "operations": [],
        "outputResources": [],
        "polls": int(sandbox.settings.deployment_polls),
        "started": stamp(now()),
        "expires": stamp(now() + dt.timedelta(days=7)),  # when it would be given up
    }


def body(
    world: World,
    where: Where,
    sent: Mapping[str, Any],
    prepared: Prepared,
    *,
    state: str = "Accepted",
    timestamp: str = "",
) -> dict[str, Any]:
    """A deployment as answers tell it; `sent` are the properties of the request."""
    group_id = world.group_id(where.subscription, where.group)
    return {
        "id": f"{group_id}/providers/Microsoft.Resources/deployments/{where.name}",
        "name": where.name,
        "type": "Microsoft.Resources/deployments",
        "properties": {
            "templateHash": prepared.template_hash,
            **({} if prepared.echo is None else {"parameters": dict(prepared.echo)}),
            "mode": "Incremental",
            "provisioningState": state,
            "timestamp": timestamp or stamp(now()),
            "duration": "PT0S",
            "correlationId": str(uuid.uuid4()),
            "providers": _providers(prepared),
            "dependencies": [],
            **_on_error(world, where, sent.get("onErrorDeployment")),
        },
    }


def _on_error(world: World, where: Where, wanted: Any) -> dict[str, Any]:
    """What is asked for the case of a failure is echoed (recorded), with the deployment's name; it is not done here."""
    if not isinstance(wanted, dict):
        return {}
    there = world.deployments(where.subscription, where.group).values()
    good = [one["name"] for one in there if one["properties"]["provisioningState"] == "Succeeded"]
    last = {"deploymentName": good[-1]} if good else {}
    return {"onErrorDeployment": {"type": wanted.get("type", "LastSuccessful")} | last | wanted}


def _providers(prepared: Prepared) -> list[dict[str, Any]]:
    """The types in the template with their locations in short form; null for what has none (recorded)."""
    found: dict[str, dict[str, list[str | None]]] = {}
    for resource in prepared.told:
        namespace, _, kind = resource.type.partition("/")
        location = resource.body.get("location")
        short = location.replace(" ", "").lower() if isinstance(location, str) else None
        locations = found.setdefault(namespace, {}).setdefault(kind, [])
        if short not in locations:
            locations.append(short)
    return [
        {
            "namespace": name,
            "resourceTypes": [{"resourceType": kind, "locations": places} for kind, places in kinds.items()],
        }
        for name, kinds in found.items()
    ]
