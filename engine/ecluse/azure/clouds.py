"""CLOUDS: the clouds that Azure has, one row each. Endpoints, scopes and authorities are the SDK's own, never ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud: the word for `--cloud`, and what azure-core and azure-identity call it."""

    word: str
    setting: str  # a member of azure.core.AzureClouds
    authority: str  # an attribute of azure.identity.AzureAuthorityHosts


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a cloud's Resource Manager listens, the scopes of its tokens, and who issues them."""

    resource_manager: str
    scopes: tuple[str, ...]
    authority: str


_ROWS = (
    Cloud("public", "AZURE_PUBLIC_CLOUD", "AZURE_PUBLIC_CLOUD"),
    Cloud("china", "AZURE_CHINA_CLOUD", "AZURE_CHINA"),
    Cloud("usgovernment", "AZURE_US_GOVERNMENT", "AZURE_GOVERNMENT"),
)

CLOUDS: Mapping[str, Cloud] = MappingProxyType({row.word: row for row in _ROWS})
"""All clouds by their word."""


def endpoints(cloud: Cloud) -> Endpoints:
    """The endpoints of a cloud, as the SDK knows them."""
    from azure.core import AzureClouds  # noqa: PLC0415  # heavy, and only a run against Azure needs it
    from azure.identity import AzureAuthorityHosts  # noqa: PLC0415  # same
    from azure.mgmt.core.tools import get_arm_endpoints  # noqa: PLC0415  # same

    known = get_arm_endpoints(AzureClouds[cloud.setting])
    return Endpoints(
        resource_manager=known["resource_manager"].rstrip("/"),
        scopes=tuple(known["credential_scopes"]),
        authority=getattr(AzureAuthorityHosts, cloud.authority),
    )
