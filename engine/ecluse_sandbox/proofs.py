"""How a client proves itself to Entra: by its secret, a token of Azure Pipelines, or what a certificate signed."""

import datetime as dt
import secrets
import urllib.parse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ecluse_sandbox import refusals
from ecluse_sandbox.tokens import CLIENT_ID, CLIENT_SECRET, SERVICE_CONNECTION_ID

if TYPE_CHECKING:
    from ecluse_sandbox.certificate import ClientCertificate

_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(slots=True)
class Proofs:
    """The tokens that jobs got (with service connection and end), and the client's certificate once it is asked for."""

    issued: dict[str, tuple[str, dt.datetime]] = field(default_factory=dict)
    certificate: "ClientCertificate | None" = None

    def issue(self, connection: str, lifetime: float) -> str:
        """A new token of Azure Pipelines for a service connection; opaque here, a JWT there."""
        token = f"sandbox-oidc.{secrets.token_urlsafe(24)}"
        self.issued[token] = (connection, _now() + dt.timedelta(seconds=lifetime))
        return token

    def check_assertion(self, assertion: str, audience: str) -> None:
        """Raise Entra's refusal unless it is a token of ours that is still good, or signed by the certificate."""
        known = self.issued.get(assertion)
        if known is None:
            self._check_signed(assertion, audience)
            return
        connection, end = known
        if end <= _now():
            raise refusals.assertion_not_in_time()
        if connection.lower() != SERVICE_CONNECTION_ID:
            raise refusals.no_federated_identity(f"sc://sandbox/{connection}")

    def _check_signed(self, assertion: str, audience: str) -> None:
        if self.certificate is None:
            raise refusals.unknown_certificate()
        claims = self.certificate.claims(assertion)
        if claims is None or {claims.get("iss"), claims.get("sub")} != {CLIENT_ID}:
            raise refusals.unknown_certificate()
        if claims.get("aud") != audience:
            raise refusals.assertion_for_another(audience)
        now = _now().timestamp()
        if not isinstance(claims.get("exp"), int | float) or not claims.get("nbf", 0) - 300 <= now < claims["exp"]:
            raise refusals.assertion_not_in_time()


def check_grant(proofs: Proofs, form: bytes, audience: str, *, secret_expired: bool) -> None:
    """Raise Entra's refusal unless the form asks for a token with a good proof of the sandbox's client."""
    fields = {key: values[0] for key, values in urllib.parse.parse_qs(form.decode("latin-1")).items()}
    if fields.get("grant_type") != "client_credentials":
        raise refusals.unsupported_grant()
    client = fields.get("client_id", "")
    if client != CLIENT_ID:
        raise refusals.unknown_client(client)
    if fields.get("client_assertion_type") == _JWT_BEARER:
        proofs.check_assertion(fields.get("client_assertion", ""), audience)
        return
    if not secrets.compare_digest(fields.get("client_secret", "").encode(), CLIENT_SECRET.encode()):
        raise refusals.wrong_client_secret()
    if secret_expired:
        raise refusals.expired_client_secret(client)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
