"""Entra on loopback: one credential, tokens that end, refusals as Entra's."""

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential

from tests.contract.sandbox.sandbox_bodies import with_factory
from tests.sandbox_process import RunningSandbox

SCOPE = "https://management.azure.com/.default"


def test_the_real_credential_gets_a_token(sandbox: RunningSandbox) -> None:
    assert sandbox.clients().credential.get_token(SCOPE).token.startswith("sandbox.")


@pytest.mark.parametrize(
    ("change", "code"),
    [({"clientSecret": "wrong"}, "AADSTS7000215"), ({"clientId": "other"}, "AADSTS700016")],
)
def test_a_wrong_credential_is_refused_without_showing_it(
    sandbox: RunningSandbox, change: dict[str, str], code: str
) -> None:
    info = sandbox.info | change
    credential = ClientSecretCredential(
        info["tenantId"],
        info["clientId"],
        info["clientSecret"],
        authority=sandbox.url,
        disable_instance_discovery=True,
        connection_verify=sandbox.ca,
    )

    with pytest.raises(ClientAuthenticationError, match=code) as refused:
        credential.get_token(SCOPE)

    assert sandbox.info["clientSecret"] not in str(refused.value)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "AuthenticationFailed"),
        ({"Authorization": "Bearer nonsense"}, "InvalidAuthenticationToken"),
        ({"Authorization": "Basic abc"}, "InvalidAuthenticationToken"),
    ],
)
def test_a_call_without_a_good_token_is_refused(sandbox: RunningSandbox, headers: dict[str, str], code: str) -> None:
    status, answer, told = sandbox.request("GET", f"{sandbox.group_path}?api-version=2022-09-01", None, headers)

    assert (status, answer["error"]["code"]) == (401, code)
    assert told["www-authenticate"].startswith("Bearer ")


def test_a_token_ends_with_its_lifetime(sandbox: RunningSandbox) -> None:
    sandbox.settings(tokenLifetimeSeconds=0)
    late = {"Authorization": f"Bearer {sandbox.token()}"}

    status, answer, _ = sandbox.request("GET", f"{sandbox.group_path}?api-version=2022-09-01", None, late)

    assert (status, answer["error"]["code"]) == (401, "ExpiredAuthenticationToken")


def test_tokens_expire_at_a_chosen_call(sandbox: RunningSandbox) -> None:
    path = with_factory(sandbox)
    token = {"Authorization": f"Bearer {sandbox.token()}"}
    sandbox.faults({"method": "GET", "path": "/factories/", "nth": 2, "action": {"expireToken": True}})

    statuses = [sandbox.request("GET", f"{path}?api-version=2018-06-01", None, token)[0] for _ in range(3)]

    assert statuses == [200, 401, 401]
