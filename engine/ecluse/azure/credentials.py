"""CREDENTIALS: the ways to sign in, one row each, by azure-identity. Nothing is built before a run needs Azure.

An identity that a service connection gives needs no row, and no azure-identity: `azure.entra` signs it in.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ecluse.azure.connection import Connection, SandboxIdentity
from ecluse.errors import Code, EcluseError, Problem, Refused, refuse_any

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential


@dataclass(frozen=True, slots=True)
class Credential:
    """One way to sign in: the word for `--credential`, azure-identity's class, and the variables that it needs.

    `needs` and `takes` go from the class's keyword to the variable that holds it; `needs` must be set. `entra` says
    that it asks an authority over HTTPS (the others ask a program or a local endpoint).
    """

    word: str
    name: str
    help: str
    needs: Mapping[str, str] = field(default_factory=dict)
    takes: Mapping[str, str] = field(default_factory=dict)
    entra: bool = True


_RENEW_SECONDS = 300  # before a token ends a new one is asked for …
_AGAIN_SECONDS = 30  # … and not more often than this while the old one is still good


_TENANT_AND_CLIENT = {"tenant_id": "AZURE_TENANT_ID", "client_id": "AZURE_CLIENT_ID"}

_ROWS = (
    Credential("default", "DefaultAzureCredential", "tries environment, workload and managed identity, az, in turn"),
    Credential("environment", "EnvironmentCredential", "a service principal from AZURE_… variables"),
    Credential("azure-cli", "AzureCliCredential", "who is signed in with az login", entra=False),
    Credential("azure-powershell", "AzurePowerShellCredential", "who is signed in with Connect-AzAccount", entra=False),
    Credential(
        "managed-identity",
        "ManagedIdentityCredential",
        "the machine's managed identity; AZURE_CLIENT_ID chooses a user-assigned one",
        takes={"client_id": "AZURE_CLIENT_ID"},
        entra=False,
    ),
    Credential(
        "workload-identity",
        "WorkloadIdentityCredential",
        "a federated token from a file",
        needs={**_TENANT_AND_CLIENT, "token_file_path": "AZURE_FEDERATED_TOKEN_FILE"},
    ),
    Credential(
        "azure-pipelines",
        "AzurePipelinesCredential",
        "a service connection with workload identity federation",
        needs={
            "tenant_id": "AZURESUBSCRIPTION_TENANT_ID",
            "client_id": "AZURESUBSCRIPTION_CLIENT_ID",
            "service_connection_id": "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
            "system_access_token": "SYSTEM_ACCESSTOKEN",
        },
    ),
    Credential(
        "client-secret",
        "ClientSecretCredential",
        "a service principal's secret from AZURE_CLIENT_SECRET",
        needs={**_TENANT_AND_CLIENT, "client_secret": "AZURE_CLIENT_SECRET"},
    ),
)

CREDENTIALS: Mapping[str, Credential] = MappingProxyType({row.word: row for row in _ROWS})
"""All ways to sign in, by their word."""


class Renewable:
    """A sign-in whose token all calls share: kept while it is good, got anew before it ends. Thread-safe.

    It can be made anew as a whole: azure-identity keeps a token that Azure no longer takes until it expires.
    """

    def __init__(self, make: Callable[[], "TokenCredential"], now: Callable[[], float] = time.time) -> None:
        self._make, self._now = make, now
        self._made = make()
        self._kept: AccessToken | None = None
        self._tried = -math.inf
        self._lock = threading.Lock()

    def get_token(self, *scopes: str, **_: Any) -> "AccessToken":
        """The token; a connection asks for the same scopes always. Raises an `AzureError`, or an `EcluseError`."""
        from azure.core.exceptions import AzureError  # noqa: PLC0415  # heavy

        with self._lock:  # whoever comes second finds the token that the first one got
            kept, now = self._kept, self._now()
            if kept is None or kept.expires_on <= now:
                return self._got(scopes)
            if kept.expires_on - now >= _RENEW_SECONDS or now - self._tried < _AGAIN_SECONDS:
                return kept
            try:
                return self._got(scopes)
            except (AzureError, EcluseError):  # the old one is still good
                return kept

    def renew(self, refused: str, *scopes: str, claims: str = "") -> "AccessToken":
        """A token in place of one that Azure refused; one renewal serves all calls that were refused the same.

        `claims` is what Azure demands of the new one, "" for nothing. Raises like `get_token`.
        """
        with self._lock:
            if self._kept is not None and self._kept.token != refused:
                return self._kept
            _close(self._made)
            self._made, self._kept = self._make(), None
            return self._got(scopes, claims)

    def close(self) -> None:
        """Close the connection to whoever issues tokens."""
        _close(self._made)

    def _got(self, scopes: tuple[str, ...], claims: str = "") -> "AccessToken":
        """A new token. A network that fails is told as such: that passes, and a failed sign-in does not."""
        from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError, ServiceResponseError  # noqa: PLC0415  # heavy

        self._tried = self._now()
        try:
            self._kept = self._made.get_token(*scopes, claims=claims or None)
        except ClientAuthenticationError as error:
            if isinstance(error.__cause__, ServiceRequestError | ServiceResponseError):
                raise ServiceRequestError(error.message) from error
            raise
        return self._kept


def credential(connection: Connection, environ: Mapping[str, str]) -> Renewable:
    """The credential of a connection. Raises `Refused` with every variable that is missing, or that is malformed."""
    return Renewable(lambda: _make(connection, environ))


def _close(made: "TokenCredential") -> None:
    close = getattr(made, "close", None)  # not every credential of azure-identity holds a connection
    if close is not None:
        close()


def _make(connection: Connection, environ: Mapping[str, str]) -> "TokenCredential":
    if connection.sandbox is not None:
        return _sandbox_credential(connection, connection.sandbox)
    if connection.identity is not None:
        made: TokenCredential = import_module("ecluse.azure.entra").EntraCredential(connection.identity, connection)
        return made
    row = CREDENTIALS[connection.credential]
    refuse_any(_missing(row, variable) for variable in row.needs.values() if not environ.get(variable))
    return _build(row, {**_values(row, environ), **_trust(connection, row)})


def _build(row: Credential, keywords: Mapping[str, Any]) -> "TokenCredential":
    made = getattr(import_module("azure.identity"), row.name)
    try:
        built: TokenCredential = made(**keywords)
    except ValueError as error:  # azure-identity's word for a malformed id or authority
        raise Refused(
            Problem(Code.CREDENTIAL, f"--credential {row.word}: {error}", "Correct the value that the message names."),
        ) from error
    return built


def _values(row: Credential, environ: Mapping[str, str]) -> dict[str, str]:
    named = {**row.needs, **row.takes}
    return {keyword: environ[variable] for keyword, variable in named.items() if environ.get(variable)}


def _trust(connection: Connection, row: Credential) -> dict[str, Any]:
    """Who issues tokens and whom TLS trusts; an authority of one's own can't be looked up at Microsoft's."""
    trust: dict[str, Any] = {"connection_verify": connection.ca_bundle} if connection.ca_bundle else {}
    if row.entra:
        trust["authority"] = connection.authority
        trust |= {"disable_instance_discovery": True} if connection.own_authority else {}
    return trust if row.entra or row.word == "managed-identity" else {}


def _missing(row: Credential, variable: str) -> Problem:
    return Problem(
        Code.CREDENTIAL,
        f"--credential {row.word}: the variable {variable} is not set",
        f"Set {variable}, or choose another --credential ({', '.join(CREDENTIALS)}).",
    )


def _sandbox_credential(connection: Connection, identity: SandboxIdentity) -> "TokenCredential":
    """The sandbox's own identity at the sandbox's own authority; nothing of the environment is looked at."""
    wire = import_module("ecluse.azure.wire")
    built: TokenCredential = import_module("azure.identity").ClientSecretCredential(
        identity.tenant,
        identity.client,
        identity.secret,
        authority=connection.authority,
        disable_instance_discovery=True,
        transport=wire.transport(connection, parallel=1),  # one token serves all calls
        retry_backoff_factor=connection.patience.backoff_factor,
    )
    return built
