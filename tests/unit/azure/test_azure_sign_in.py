"""Clouds, credentials and connections: tables that the SDK must know, and what is refused before any call."""

import typing
from pathlib import Path

import azure.identity
import pytest

from ecluse.azure.clouds import CLOUDS, endpoints
from ecluse.azure.connection import Connection, SandboxIdentity, connect
from ecluse.azure.credentials import CREDENTIALS, credential
from ecluse.azure.patience import AZURE, SANDBOX, Timer
from ecluse.errors import Code, Refused
from ecluse.options.settings import Cloud, Credential

ENVIRON = {
    "AZURE_TENANT_ID": "11111111-0000-0000-0000-000000000000",
    "AZURE_CLIENT_ID": "22222222-0000-0000-0000-000000000000",
    "AZURE_CLIENT_SECRET": "canary",
    "AZURE_FEDERATED_TOKEN_FILE": "token",
    "AZURESUBSCRIPTION_TENANT_ID": "11111111-0000-0000-0000-000000000000",
    "AZURESUBSCRIPTION_CLIENT_ID": "22222222-0000-0000-0000-000000000000",
    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "33333333-0000-0000-0000-000000000000",
    "SYSTEM_ACCESSTOKEN": "canary",
    "SYSTEM_OIDCREQUESTURI": "https://localhost/oidc",
}


@pytest.mark.parametrize("word", CLOUDS)
def test_every_cloud_has_its_own_endpoint_and_authority(word: str) -> None:
    here, others = endpoints(CLOUDS[word]), [endpoints(row) for row in CLOUDS.values() if row.word != word]
    assert here.resource_manager.startswith("https://management.")
    assert all(here.resource_manager != other.resource_manager for other in others)
    assert all(here.authority != other.authority for other in others)


def test_the_options_offer_exactly_the_clouds_and_credentials_that_there_are() -> None:
    assert set(typing.get_args(Cloud)) == set(CLOUDS)
    assert set(typing.get_args(Credential)) == set(CREDENTIALS)


@pytest.mark.parametrize("word", CREDENTIALS)
def test_every_credential_can_be_built_for_every_way_to_trust(
    word: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    for made in (
        connect("0", credential=word),
        connect("0", credential=word, cloud="china"),
        connect("0", credential=word, authority="https://login.example.org", ca_bundle=bundle),
    ):
        credential(made, ENVIRON).close()


@pytest.mark.parametrize("word", CREDENTIALS)
def test_every_credential_names_a_class_of_azure_identity(word: str) -> None:
    assert hasattr(azure.identity, CREDENTIALS[word].name)


def test_all_missing_variables_are_named_at_once_and_no_value_is() -> None:
    with pytest.raises(Refused) as refused:
        credential(connect("0", credential="client-secret"), {"AZURE_TENANT_ID": "canary"})
    text = str(refused.value)
    assert "AZURE_CLIENT_ID" in text
    assert "AZURE_CLIENT_SECRET" in text
    assert "AZURE_TENANT_ID" not in text
    assert "canary" not in text


def test_a_malformed_authority_is_refused_as_a_problem() -> None:
    with pytest.raises(Refused) as refused:
        credential(connect("0", credential="client-secret", authority="http://plain.example.org"), ENVIRON)
    assert refused.value.problems[0].code is Code.CREDENTIAL


def test_a_missing_ca_file_is_refused_before_any_call(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="--ca-bundle"):
        connect("0", ca_bundle=tmp_path / "none.pem")


def test_a_connection_shows_no_secret() -> None:
    made = Connection("0", "https://x", (), "https://x", sandbox=SandboxIdentity("t", "c", "canary"))
    assert "canary" not in repr(made)


def test_only_the_sandbox_is_asked_in_quick_succession() -> None:
    sandboxed = Connection("0", "https://x", (), "https://x", sandbox=SandboxIdentity("t", "c", "s"))
    assert sandboxed.patience is SANDBOX
    assert connect("0").patience is AZURE


def test_waits_begin_at_once_grow_and_end_with_the_deadline() -> None:
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    looks = sum(1 for _ in Timer(lambda: now[0], sleep).waits(AZURE, 60))
    assert looks == len(slept) + 1
    assert sum(slept) == pytest.approx(60)
    assert slept[0] == AZURE.first_wait
    assert max(slept) <= AZURE.longest_wait
