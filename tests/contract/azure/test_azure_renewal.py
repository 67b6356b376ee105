"""A token that Azure no longer takes, while many calls are on their way, and a token endpoint that fails meanwhile."""

import base64
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ecluse.azure.calls import Call, ask
from ecluse.azure.clients import AzureClients, open_azure
from ecluse.azure.connection import Connection
from ecluse.azure.credentials import Renewable, credential
from ecluse.azure.factory import AzureDataFactory
from ecluse.azure.identity import ClientSecret
from ecluse.azure.pipeline import demanded
from ecluse.azure.refusals import AzureFailed
from ecluse.errors import Code
from tests.sandbox_process import RunningSandbox

SCOPE = "https://management.azure.com/.default"
CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
TOKEN = "/oauth2/v2.0/token"


@pytest.fixture(params=["azure-identity", "entra"])
def signed_in(request: pytest.FixtureRequest, connection: Connection) -> Iterator[AzureClients]:
    """Clients that sign in as the command line does, and as the task does."""
    given = connection.sandbox
    assert given is not None
    entra = replace(connection, sandbox=None, identity=ClientSecret(given.tenant, given.client, given.secret))
    with open_azure(entra if request.param == "entra" else connection) as made:
        yield made


def tokens(sandbox: RunningSandbox) -> int:
    """How often a token was asked for."""
    return sum(TOKEN in call["path"] for call in sandbox.control("GET", "calls"))


def group(clients: AzureClients, sandbox: RunningSandbox) -> object:
    return ask(clients.resources, Call("GET", sandbox.group_path), "resource groups").body


def test_one_renewal_serves_all_calls_that_were_refused_the_same_token(
    signed_in: AzureClients, sandbox: RunningSandbox
) -> None:
    group(signed_in, sandbox)
    sandbox.control("PUT", "latency", {"read": {"delaySeconds": 0.2}})  # all are on their way when the token ends
    sandbox.faults({"method": "GET", "path": "/resourceGroups/", "nth": 1, "action": {"expireToken": True}})
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: group(signed_in, sandbox), range(8)))
    assert len(found) == 8
    assert [call["status"] for call in sandbox.calls("GET")].count(401) > 1, "many were refused"
    assert tokens(sandbox) == 2


def test_a_fresh_token_that_is_refused_too_is_told_at_once(signed_in: AzureClients, sandbox: RunningSandbox) -> None:
    body = {"error": {"code": "InvalidAuthenticationToken", "message": "The access token is invalid."}}
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    sandbox.faults(
        {"method": "GET", "path": "/resourceGroups/", "action": {"status": 401, "body": body, "headers": headers}}
    )
    with pytest.raises(AzureFailed) as error:
        group(signed_in, sandbox)
    assert error.value.problems[0].code is Code.CREDENTIAL
    assert (len(sandbox.calls("GET")), tokens(sandbox)) == (2, 2)


def test_claims_that_azure_demands_go_into_the_new_token(signed_in: AzureClients, sandbox: RunningSandbox) -> None:
    group(signed_in, sandbox)
    sandbox.faults({"method": "GET", "path": "/resourceGroups/", "nth": 1, "action": {"demandClaims": CLAIMS}})
    assert group(signed_in, sandbox)
    assert tokens(sandbox) == 2


@pytest.mark.parametrize(
    ("challenge", "claims"),
    [
        (f'Bearer realm="", claims="{base64.urlsafe_b64encode(CLAIMS.encode()).decode().rstrip("=")}"', CLAIMS),
        ('Bearer error="insufficient_claims", claims="%%%"', ""),
        ('Bearer error="insufficient_claims", claims="/w=="', ""),
        ('Bearer error="invalid_token"', ""),
        ("", ""),
    ],
)
def test_a_challenge_that_can_not_be_read_demands_nothing(challenge: str, claims: str) -> None:
    assert demanded(challenge) == claims


def test_a_token_that_ends_in_a_wait_for_azure_is_got_anew(live: AzureDataFactory, sandbox: RunningSandbox) -> None:
    assert live
    sandbox.faults({"path": "/factories/", "every": 2, "action": {"expireToken": True}})
    for _ in range(4):
        live.running_triggers()


@pytest.mark.parametrize("trouble", [{"cut": True}, {"status": 503}, {"status": 429}])
def test_a_token_endpoint_that_fails_for_a_while_is_asked_again(
    trouble: dict[str, object], signed_in: AzureClients, sandbox: RunningSandbox
) -> None:
    group(signed_in, sandbox)
    sandbox.faults(
        {"method": "GET", "path": "/resourceGroups/", "nth": 1, "action": {"expireToken": True}},
        {"method": "POST", "path": TOKEN, "times": 2, "action": trouble},
    )
    assert group(signed_in, sandbox)


@pytest.mark.parametrize(
    ("signed_in", "trouble"),
    [("azure-identity", {"cut": True}), ("entra", {"cut": True}), ("entra", {"status": 503})],
    indirect=["signed_in"],
)
def test_an_endpoint_that_fails_longer_than_a_sign_in_waits_is_waited_for_by_the_call(
    trouble: dict[str, object], signed_in: AzureClients, sandbox: RunningSandbox
) -> None:
    group(signed_in, sandbox)
    sandbox.faults(
        {"method": "GET", "path": "/resourceGroups/", "nth": 1, "action": {"expireToken": True}},
        {"method": "POST", "path": TOKEN, "times": 6, "action": trouble},
    )
    assert group(signed_in, sandbox)


def test_a_refused_sign_in_is_asked_for_once_and_told_with_its_remedy(
    signed_in: AzureClients, sandbox: RunningSandbox
) -> None:
    sandbox.settings(secretExpired=1)
    with pytest.raises(AzureFailed, match="AADSTS7000222") as error:
        group(signed_in, sandbox)
    assert error.value.problems[0].code is Code.CREDENTIAL
    assert error.value.problems[0].remedy
    assert tokens(sandbox) == 1


AZ = """#!{python}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
count = int((here / "count").read_text()) + 1 if (here / "count").exists() else 1
(here / "count").write_text(str(count))
if (here / "broken").exists():
    print("ERROR: HTTPSConnectionPool: Max retries exceeded", file=sys.stderr)
    sys.exit(1)
print(json.dumps({{"accessToken": f"of-az-{{count}}", "expires_on": 1_000_600, "tokenType": "Bearer"}}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="az is a shell script here")
def test_a_token_of_the_command_line_is_kept_and_outlives_an_az_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connection: Connection
) -> None:
    az = tmp_path / "az"
    az.write_text(AZ.format(python=sys.executable))
    az.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    now = [1_000_000.0]
    theirs = replace(connection, sandbox=None, credential="azure-cli")
    made = Renewable(lambda: credential(theirs, {})._make(), lambda: now[0])
    assert {made.get_token(SCOPE).token for _ in range(3)} == {"of-az-1"}
    (tmp_path / "broken").touch()
    now[0] += 400
    assert {made.get_token(SCOPE).token for _ in range(3)} == {"of-az-1"}, "it is still good"
    assert (tmp_path / "count").read_text() == "2", "not asked again at once"
    made.close()
