"""The command line's credentials (azure-identity) and the task's (azure.entra): one promise, one suite."""

import base64
import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import pytest
from azure import identity
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ecluse.azure.connection import Connection
from ecluse.azure.credentials import Renewable
from ecluse.azure.entra import EntraCredential
from ecluse.azure.identity import Certificate, ClientSecret, Federation, Identity, ManagedIdentity
from tests.sandbox_process import SUBSCRIPTION, RunningSandbox

SCOPE = "https://management.azure.com/.default"


class Tokens(Protocol):
    """What both kinds of credential promise."""

    def get_token(self, *scopes: str) -> AccessToken: ...
    def close(self) -> None: ...


Make = Callable[[RunningSandbox], Tokens]


def connection(azure: RunningSandbox, who: Identity) -> Connection:
    return Connection(SUBSCRIPTION, azure.url, (SCOPE,), azure.url, ca_bundle=azure.ca, identity=who)


def signer(azure: RunningSandbox) -> Callable[[str], str]:
    """What the launcher does for a certificate: a new assertion for an audience."""
    made = azure.control("GET", "certificate")
    key = serialization.load_pem_private_key(made["pem"].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)

    def sign(audience: str) -> str:
        now = int(dt.datetime.now(dt.UTC).timestamp())
        client = azure.info["clientId"]
        claims = {"aud": audience, "iss": client, "sub": client, "jti": str(now), "nbf": now, "exp": now + 600}
        header = {"alg": "PS256", "typ": "JWT", "x5t#S256": made["thumbprint"]}
        text = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        return f"{text}.{encoded(key.sign(text.encode(), pss, hashes.SHA256()))}"

    return sign


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def own_secret(azure: RunningSandbox) -> Tokens:
    info = azure.info
    return own(azure, ClientSecret(info["tenantId"], info["clientId"], info["clientSecret"]))


def own_certificate(azure: RunningSandbox) -> Tokens:
    return own(azure, Certificate(azure.info["tenantId"], azure.info["clientId"], signer(azure)))


def own_federation(azure: RunningSandbox) -> Tokens:
    return own(azure, federation(azure))


def federation(azure: RunningSandbox) -> Federation:
    info = azure.info
    uri, connection, token = info["oidcRequestUri"], info["serviceConnectionId"], info["jobToken"]
    return Federation(info["tenantId"], info["clientId"], uri, connection, token)


def own(azure: RunningSandbox, who: Identity) -> Tokens:
    return Renewable(lambda: EntraCredential(who, connection(azure, who)))


def theirs_secret(azure: RunningSandbox) -> Tokens:
    made: Tokens = azure.clients().credential
    return made


def theirs_certificate(azure: RunningSandbox) -> Tokens:
    pem = azure.control("GET", "certificate")["pem"].encode()
    return azure_identity(azure, "CertificateCredential", certificate_data=pem)


def theirs_federation(azure: RunningSandbox) -> Tokens:
    info = azure.info
    return azure_identity(
        azure,
        "AzurePipelinesCredential",
        service_connection_id=info["serviceConnectionId"],
        system_access_token=info["jobToken"],
    )


def azure_identity(azure: RunningSandbox, name: str, **more: Any) -> Tokens:
    made: Tokens = getattr(identity, name)(
        tenant_id=azure.info["tenantId"],
        client_id=azure.info["clientId"],
        authority=azure.url,
        disable_instance_discovery=True,
        connection_verify=azure.ca,
        **more,
    )
    return made


MAKES: dict[str, Make] = {
    "own secret": own_secret,
    "own certificate": own_certificate,
    "own federation": own_federation,
    "azure-identity's secret": theirs_secret,
    "azure-identity's certificate": theirs_certificate,
    "azure-identity's federation": theirs_federation,
}


@pytest.fixture(params=list(MAKES.values()), ids=list(MAKES))
def credential(
    request: pytest.FixtureRequest, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tokens]:
    monkeypatch.setenv("SYSTEM_OIDCREQUESTURI", sandbox.info["oidcRequestUri"])
    made = request.param(sandbox)
    yield made
    made.close()


def asked(azure: RunningSandbox, what: str) -> int:
    """How often an address was asked."""
    return sum(what in call["path"] for call in azure.control("GET", "calls"))


def test_a_credential_gives_tokens_that_azure_takes(sandbox: RunningSandbox, credential: Tokens) -> None:
    token = credential.get_token(SCOPE)
    headers = {"Authorization": f"Bearer {token.token}"}
    status, _, _ = sandbox.request("GET", f"{sandbox.group_path}?api-version=2022-09-01", None, headers)
    assert status == 200


def test_a_token_is_kept_while_it_is_good(sandbox: RunningSandbox, credential: Tokens) -> None:
    assert len({credential.get_token(SCOPE).token for _ in range(3)}) == 1
    assert asked(sandbox, "/oauth2/v2.0/token") == 1


def test_a_token_that_has_ended_is_got_anew_with_a_new_proof(sandbox: RunningSandbox, credential: Tokens) -> None:
    sandbox.settings(tokenLifetimeSeconds=0)
    assert len({credential.get_token(SCOPE).token for _ in range(3)}) == 3
    assert asked(sandbox, "/oauth2/v2.0/token") == 3
    assert asked(sandbox, "/oidctoken") in (0, 3), "a token of the job is good for minutes, a run goes on for hours"


def test_many_threads_that_need_a_token_get_it_once(sandbox: RunningSandbox) -> None:
    made, found = own_secret(sandbox), set[str]()
    threads = [threading.Thread(target=lambda: found.add(made.get_token(SCOPE).token)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made.close()
    assert (len(found), asked(sandbox, "/oauth2/v2.0/token")) == (1, 1)


def test_a_token_is_renewed_before_it_ends_and_kept_when_that_fails(sandbox: RunningSandbox) -> None:
    now = [1_000_000.0]
    who = ClientSecret(sandbox.info["tenantId"], sandbox.info["clientId"], sandbox.info["clientSecret"])
    made = Renewable(lambda: EntraCredential(who, connection(sandbox, who), now=lambda: now[0]), lambda: now[0])
    first = made.get_token(SCOPE)
    now[0] = first.expires_on - 301
    assert made.get_token(SCOPE) == first
    sandbox.settings(secretExpired=1)
    now[0] = first.expires_on - 299
    assert made.get_token(SCOPE) == first, "the old one is still good"
    before = asked(sandbox, "/oauth2/v2.0/token")
    now[0] += 29
    assert made.get_token(SCOPE) == first
    assert asked(sandbox, "/oauth2/v2.0/token") == before, "not asked again at once"
    now[0] = first.expires_on
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000222"):
        made.get_token(SCOPE)
    sandbox.settings(secretExpired=0)
    assert made.get_token(SCOPE).token != first.token
    made.close()


def test_claims_that_azure_asks_for_go_into_a_new_request(sandbox: RunningSandbox) -> None:
    made = own_secret(sandbox)
    assert isinstance(made, Renewable)
    first = made.get_token(SCOPE)
    assert made.renew(first.token, SCOPE, claims='{"access_token":{}}').token != first.token
    made.close()


def test_no_representation_shows_a_secret(sandbox: RunningSandbox) -> None:
    info = sandbox.info
    secret = ClientSecret("t", "c", info["clientSecret"])
    shown = repr(connection(sandbox, secret)) + repr(replace(federation(sandbox), tenant="t"))
    assert info["clientSecret"] not in shown
    assert info["jobToken"] not in shown


class Imds(BaseHTTPRequestHandler):
    """The metadata service of a machine in Azure."""

    seen: list[dict[str, Any]]
    gives: tuple[int, dict[str, Any]]
    troubles: list[int]  # statuses before that

    def do_GET(self) -> None:
        self.seen.append({"metadata": self.headers["Metadata"], **parse_qs(urlsplit(self.path).query)})
        status, body = (self.troubles.pop(0), {}) if self.troubles else self.gives
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def imds() -> Iterator[tuple[str, type[Imds]]]:
    handler = type("Handler", (Imds,), {"seen": [], "gives": (200, GOOD), "troubles": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    thread.join()
    server.server_close()


GOOD = {
    "access_token": "of-the-machine",
    "expires_in": "3599",
    "expires_on": "4102444800",
    "resource": "x",
    "token_type": "Bearer",
}


@pytest.mark.parametrize("whose", ["own", "azure-identity's"])
@pytest.mark.parametrize("client", ["", "a-client"])
def test_a_machine_signs_in_with_its_own_identity(
    sandbox: RunningSandbox,
    imds: tuple[str, type[Imds]],
    monkeypatch: pytest.MonkeyPatch,
    whose: str,
    client: str,
) -> None:
    address, handler = imds
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", address)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # it is never asked
    monkeypatch.setenv("NO_PROXY", "127.0.0.1" if whose != "own" else "")
    machine = ManagedIdentity(client, address)
    made: Tokens = (
        own(sandbox, machine) if whose == "own" else identity.ManagedIdentityCredential(client_id=client or None)
    )
    assert made.get_token(SCOPE).token == "of-the-machine"
    made.close()
    last = handler.seen[-1]
    assert (last["metadata"], last["resource"]) == ("true", ["https://management.azure.com"])
    assert last.get("client_id", [""]) == [client]


@pytest.mark.parametrize("whose", ["own", "azure-identity's"])
def test_a_metadata_service_that_is_being_updated_is_asked_again(
    sandbox: RunningSandbox, imds: tuple[str, type[Imds]], monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    address, handler = imds
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("time.sleep", lambda _: None)
    handler.troubles.extend([410, 404, 503, 429])
    made: Tokens = (
        own(sandbox, ManagedIdentity("", address)) if whose == "own" else identity.ManagedIdentityCredential()
    )
    assert made.get_token(SCOPE).token == "of-the-machine"
    made.close()
    assert len(handler.seen) == 5


def test_a_machine_without_an_identity_is_told_so(sandbox: RunningSandbox, imds: tuple[str, type[Imds]]) -> None:
    address, handler = imds
    handler.gives = (400, {"error": "invalid_request", "error_description": "Identity not found"})
    made = own(sandbox, ManagedIdentity("", address))
    with pytest.raises(ClientAuthenticationError, match="Identity not found"):
        made.get_token(SCOPE)
    made.close()
    nobody = own(sandbox, ManagedIdentity("", "http://127.0.0.1:1"))
    with pytest.raises(ClientAuthenticationError, match="no managed identity: nothing answers"):
        nobody.get_token(SCOPE)
    nobody.close()
