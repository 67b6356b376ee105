"""ARM ids and objects of a factory, one from the other. Azure spells collections in any case, so nothing here cares."""

import re
from urllib.parse import quote, unquote

from ecluse.model.kinds import BY_ARM_TYPE, PROVIDER, Kind
from ecluse.model.objects import ObjectRef, address
from ecluse.plan.plan import Target

_FACTORY_CHILD = re.compile(r"microsoft\.datafactory/factories/[^/]+/(?P<rest>.+)$", re.IGNORECASE)


def object_of(resource_id: str) -> ObjectRef | None:
    """The object that an ARM id (or its tail from `Microsoft.DataFactory` on) addresses; None for anything else.

    A managed private endpoint stands below its network: `managedVirtualNetworks/default/managedPrivateEndpoints/X`.
    """
    child = _FACTORY_CHILD.search(resource_id.strip())
    if child is None:
        return None
    parts = child["rest"].strip("/").split("/")
    kind = BY_ARM_TYPE.get(f"{PROVIDER}/{'/'.join(parts[0::2])}".casefold())
    return address(kind, unquote(parts[-1])) if kind and len(parts) % 2 == 0 else None


def collection_path(target: Target, kind: Kind) -> str:
    """The path of a kind's collection below Resource Manager's endpoint."""
    return f"{factory_path(target)}/{kind.collection}"


def object_path(target: Target, ref: ObjectRef) -> str:
    """The path of one object below Resource Manager's endpoint."""
    return f"{collection_path(target, ref.kind)}/{quote(ref.name, safe='')}"


def group_path(target: Target) -> str:
    """The path of the target's resource group."""
    return (
        f"/subscriptions/{quote(target.subscription, safe='')}/resourceGroups/{quote(target.resource_group, safe='')}"
    )


def factory_path(target: Target) -> str:
    """The path of the target's factory."""
    return f"{group_path(target)}/providers/{PROVIDER}/{quote(target.factory, safe='')}"


def group_of(resource_id: str) -> str:
    """The resource group that an id names, "" when it names none."""
    found = re.search(r"/resourceGroups/([^/]+)", resource_id, re.IGNORECASE)
    return found[1] if found else ""
