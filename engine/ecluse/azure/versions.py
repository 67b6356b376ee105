"""API_VERSIONS: which version of each Azure API we speak, by name. The one place that has them."""

from collections.abc import Mapping
from types import MappingProxyType

from ecluse.model import kinds

API_VERSIONS: Mapping[str, str] = MappingProxyType(
    {
        "deployments": "2024-07-01",  # the newest whose OpenAPI description our sandbox is checked against
        "data factory": kinds.API_VERSION,
        "permissions": "2022-04-01",  # Azure docs: permissions, list for resource group
        "locks": "2016-09-01",  # Azure docs: management locks, list by scope
        "resource groups": "2025-04-01",  # the client's own default
    },
)
