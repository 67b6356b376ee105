"""Bearer tokens: issued to the sandbox's one identity, and checked at every call."""

import datetime as dt
import secrets
from dataclasses import dataclass, field

from ecluse_sandbox import refusals

TENANT_ID = "5a4db0c5-0000-4000-8000-000000000001"
CLIENT_ID = "5a4db0c5-0000-4000-8000-000000000002"
CLIENT_SECRET = "sandbox-secret-that-opens-nothing-else"  # noqa: S105 - well-known on purpose: only the sandbox takes it
JOB_TOKEN = "sandbox-job-token-that-opens-nothing-else"  # noqa: S105 - same
SERVICE_CONNECTION_ID = "5a4db0c5-0000-4000-8000-000000000004"
PRINCIPAL_ID = "5a4db0c5-0000-4000-8000-000000000003"

_SCHEME = "bearer "


@dataclass(slots=True)
class Tokens:
    """The tokens that were issued, with their expiry; none outlives the server.

    `claims` are those that a token was asked for with; `demanded` the ones that a token needs, "" for none.
    """

    issued: dict[str, dt.datetime] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    demanded: str = ""

    def issue(self, lifetime: float, claims: str = "") -> str:
        """A new token that is good for `lifetime` seconds."""
        token = f"sandbox.{secrets.token_urlsafe(32)}"
        self.issued[token] = _now() + dt.timedelta(seconds=lifetime)
        self.claims[token] = claims
        return token

    def expire_all(self) -> None:
        """From now on every token that was issued is too old."""
        past = _now() - dt.timedelta(seconds=1)
        self.issued = dict.fromkeys(self.issued, past)

    def check(self, authorization: str | None) -> None:
        """Raise the 401 that fits unless the header carries a good token."""
        if not authorization:
            raise refusals.token_missing()
        token = authorization[len(_SCHEME) :].strip()
        expiry = self.issued.get(token) if authorization.lower().startswith(_SCHEME) else None
        if expiry is None:
            raise refusals.token_invalid()
        if expiry <= _now():
            raise refusals.token_expired(f"{expiry:%m/%d/%Y %I:%M:%S %p}", f"{_now():%m/%d/%Y %I:%M:%S %p}")
        if self.demanded and self.claims[token] != self.demanded:
            raise refusals.claims_demanded(self.demanded)


def check_tenant(tenant: str) -> None:
    """Raise Entra's refusal unless it is the sandbox's tenant."""
    if tenant.lower() != TENANT_ID:
        raise refusals.unknown_tenant(tenant)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
