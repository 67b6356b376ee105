"""The client's certificate: made when somebody asks for it, and gone with the server. Entra knows its public half."""

import base64
import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

_LIFE = dt.timedelta(days=7)
_PADDINGS: dict[str, padding.AsymmetricPadding] = {
    "PS256": padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
    "RS256": padding.PKCS1v15(),
}


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate and its key, in one PEM text as a service connection holds it."""

    pem: str
    thumbprint: str
    """`x5t#S256` of an assertion (RFC 7515, 4.1.8)."""
    sha1: str
    """`x5t` of one."""
    key: rsa.RSAPublicKey

    @classmethod
    def make(cls) -> Self:
        """A new one, signed by itself."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ecluse sandbox, client")])
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + _LIFE)
            .sign(key, hashes.SHA256())
        )
        plain = serialization.NoEncryption()
        secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        public = made.public_bytes(serialization.Encoding.PEM)
        sha256, sha1 = (_encoded(made.fingerprint(kind)) for kind in (hashes.SHA256(), hashes.SHA1()))  # noqa: S303 - as RFC 7515 has it
        return cls((public + secret).decode(), sha256, sha1, key.public_key())

    def claims(self, assertion: str) -> dict[str, Any] | None:
        """What an assertion claims; None unless this certificate has signed it.

        PS256 with `x5t#S256`, or RS256 with `x5t` (padded) as MSAL has it. Source: Entra docs, certificate credentials
        for application authentication [V].
        """
        try:
            head, body, signature = assertion.split(".")
            header, claims = (json.loads(_decoded(part)) for part in (head, body))
            way = _PADDINGS[header["alg"]]
            self.key.verify(_decoded(signature), f"{head}.{body}".encode(), way, hashes.SHA256())
        except (ValueError, TypeError, KeyError, InvalidSignature):
            return None
        right = header.get("x5t#S256") == self.thumbprint or str(header.get("x5t", "")).rstrip("=") == self.sha1
        return claims if right and isinstance(claims, dict) else None


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
