"""Connection: which Azure a run speaks to, as a value.

`connect` makes one for a cloud, `azure.sandbox` its own, `azure.service` one of a pipeline's service connection.
"""

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from ecluse.azure import patience
from ecluse.azure.clouds import CLOUDS, endpoints
from ecluse.azure.identity import Identity
from ecluse.azure.patience import Patience
from ecluse.azure.proxy import Proxy
from ecluse.errors import Code, Problem, refuse_any


@dataclass(frozen=True, slots=True)
class SandboxIdentity:
    """The fixed identity of a sandbox; it opens nothing else."""

    tenant: str
    client: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Connection:
    """Where Resource Manager listens, who signs in, and whom TLS trusts.

    `own_authority`: not one of Microsoft's, so it can't be looked up there. `ca_bundle` is a file, None for the CAs
    that every program trusts. `sandbox` is the sandbox's identity; with it no real credential is ever built.
    `identity` is a service connection's; without either `credential` says how to sign in. `proxy` None: whatever the
    environment says.
    """

    subscription: str
    endpoint: str
    scopes: tuple[str, ...]
    authority: str
    own_authority: bool = False
    credential: str = "default"
    ca_bundle: str | None = None
    sandbox: SandboxIdentity | None = None
    identity: Identity | None = None
    proxy: Proxy | None = None

    @property
    def patience(self) -> Patience:
        """How long this Azure is given. What listens on this machine is a sandbox."""
        return patience.SANDBOX if self.sandbox or is_loopback(self.endpoint) else patience.AZURE


def is_loopback(address: str) -> bool:
    """Whether an address is of this machine itself."""
    try:
        return ip_address(urlsplit(address).hostname or "").is_loopback
    except ValueError:
        return False


def connect(
    subscription: str,
    *,
    cloud: str = "public",
    credential: str = "default",
    authority: str = "",
    ca_bundle: Path | None = None,
) -> Connection:
    """The connection to a real cloud; `authority` "" is the cloud's own. Raises `Refused` without the CA file."""
    if ca_bundle is not None:
        refuse_any([] if ca_bundle.is_file() else [_no_bundle(ca_bundle)])
    known = endpoints(CLOUDS[cloud])
    return Connection(
        subscription=subscription,
        endpoint=known.resource_manager,
        scopes=known.scopes,
        authority=authority or known.authority,
        own_authority=bool(authority),
        credential=credential,
        ca_bundle=None if ca_bundle is None else str(ca_bundle),
    )


def _no_bundle(path: Path) -> Problem:
    return Problem(
        Code.OPTION_VALUE, f"--ca-bundle: there is no file {path}", "Give a file with CA certificates (PEM)."
    )
