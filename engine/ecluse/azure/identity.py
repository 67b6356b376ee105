"""Who signs in when a service connection says so, as values; `azure.entra` gets their tokens."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

IMDS = "http://169.254.169.254"
"""Where every machine in Azure finds its own identity (Azure Instance Metadata Service)."""


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A service principal with a secret."""

    tenant: str
    client: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A service principal with a certificate, whose key somebody else holds.

    `sign` gives a signed assertion for an audience (the address of the token endpoint), a new one at every call; it may
    raise an `EcluseError`.
    """

    tenant: str
    client: str
    sign: Callable[[str], str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Federation:
    """A service principal or managed identity that trusts Azure Pipelines (workload identity federation).

    `uri` is where Azure Pipelines gives its own token for the service connection `connection`, to whoever shows
    `system_token`, the access token of the job.
    """

    tenant: str
    client: str
    uri: str
    connection: str
    system_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ManagedIdentity:
    """The identity of this machine; `client` chooses a user-assigned one, "" is the system-assigned one."""

    client: str = ""
    endpoint: str = IMDS


Identity: TypeAlias = ClientSecret | Certificate | Federation | ManagedIdentity
