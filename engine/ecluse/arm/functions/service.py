"""SERVICE: the functions that only Azure can evaluate, because they ask its services or hash in an unpublished way.

An expression with one of them stays as it is and is sent for Azure to evaluate (`ecluse.jsontree.Deferred`). Names
and arities are those of Microsoft's table of template functions.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ecluse.arm.functions.function import Scope
from ecluse.jsontree import Json

_ROWS: tuple[tuple[str, int, int | None], ...] = (
    ("cidrHost", 2, 2),
    ("cidrSubnet", 3, 3),
    ("deployment", 0, 0),
    ("environment", 0, 0),
    ("guid", 1, None),
    ("list", 2, None),
    ("listAccountSas", 3, 3),
    ("listAdminKeys", 2, 2),
    ("listAuthKeys", 2, 2),
    ("listCallbackUrl", 2, 2),
    ("listChannelWithKeys", 2, 2),
    ("listClusterAdminCredential", 2, 2),
    ("listConnectionStrings", 2, 2),
    ("listCredential", 2, 2),
    ("listCredentials", 2, 2),
    ("listKeyValue", 3, 3),
    ("listKeys", 2, 2),
    ("listPackage", 2, 2),
    ("listQueryKeys", 2, 2),
    ("listSecrets", 2, 2),
    ("listServiceSas", 3, 3),
    ("listSyncFunctionTriggerStatus", 2, 2),
    ("managementGroup", 0, 0),
    ("newGuid", 0, 0),
    ("parseCidr", 1, 1),
    ("pickZones", 3, 5),
    ("providers", 1, 2),
    ("reference", 1, 3),
    ("resourceGroup", 0, 0),
    ("subscription", 0, 0),
    ("tenant", 0, 0),
    ("uniqueString", 1, None),
    ("utcNow", 0, 1),
)

SERVICE: Mapping[str, tuple[str, int, int | None]] = MappingProxyType({row[0].casefold(): row for row in _ROWS})
"""Name, least and most arguments (None: any number), by the name in lower case."""

IN_DEFAULTS = frozenset({"newguid", "utcnow"})
"""Functions that ARM takes in a parameter's default only (Azure docs: string and date functions), in lower case."""


def of(name: str) -> tuple[str, int, int | None] | None:
    """The row of a function that Azure evaluates; every `list…` of a resource provider is one (Azure docs: list*)."""
    key = name.casefold()
    return SERVICE.get(key) or ((name, 2, None) if key.startswith("list") else None)


def known(name: str, scope: Scope) -> Mapping[str, Json]:
    """The members of a function's value that are known without Azure."""
    subscription = f"/subscriptions/{scope.subscription}"
    members: Mapping[str, Mapping[str, Json]] = {
        "resourcegroup": {"id": f"{subscription}/resourceGroups/{scope.resource_group}", "name": scope.resource_group},
        "subscription": {"id": subscription, "subscriptionId": scope.subscription},
    }
    return members.get(name.casefold(), {})
