"""Secrets are dropped at the door: not in answers, not in the state, not in the log, not in the output."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse_sandbox import masking
from tests.contract.sandbox.sandbox_bodies import deploy, put, resource, template, with_factory
from tests.sandbox_process import running

CANARY = "c4n4ry"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("AccountName=a;AccountKey=k==;EndpointSuffix=s", "AccountName=a;EndpointSuffix=s"),
        ("Server=x;User ID=u;Password=p;Encrypt=True", "Server=x;User ID=u;Encrypt=True"),
        ("Server=x;pwd='a;b';X=1", "Server=x;X=1"),
        ("Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=k", "Endpoint=sb://x/;SharedAccessKeyName=n;"),
        ("https://x/c?sv=1&sig=abc%3D&se=2", "https://x/c?sv=1&se=2"),
        ("Server=x;Password=@{linkedService().p};Y=1", "Server=x;Password=@{linkedService().p};Y=1"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_a_connection_string_loses_its_secret_parts_only(text: str, left: str) -> None:
    assert masking.strip_connection_string(text) == left


def test_a_linked_service_hides_its_secrets_and_gets_a_stand_in() -> None:
    sent: dict[str, Any] = {
        "type": "X",
        "description": "Password=is not a secret here",
        "typeProperties": {
            "a": {"type": "SecureString", "value": CANARY},
            "b": f"Server=x;Password={CANARY}",
            "password": CANARY,
            "encryptedCredential": CANARY,
            "secret": {"type": "AzureKeyVaultSecret", "secretName": "kept"},
        },
    }

    kept = masking.door(sent, connection_strings=True)

    assert CANARY not in json.dumps(kept)
    assert kept["description"] == sent["description"]
    assert kept["typeProperties"]["a"] == {"type": "SecureString", "value": masking.MASK}
    assert kept["typeProperties"]["secret"] == sent["typeProperties"]["secret"]
    minted = json.loads(base64.b64decode(kept["typeProperties"]["encryptedCredential"]))
    assert minted["ProtectionMode"] == "Key"
    assert masking.door(kept, connection_strings=True) == kept


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Integrated Security=True;Data Source=s", True),
        (" user id = u ; Server=s;", True),
        (f"Data Source=s;Token={CANARY}", False),
        (CANARY, False),
        (f"{CANARY}=", False),
        (";", False),
    ],
)
def test_a_text_from_a_secure_parameter_is_shown_only_where_every_part_is_known_as_harmless(
    text: str, shown: bool
) -> None:
    kept = masking.door({"typeProperties": {"c": masking.Secure(text)}}, connection_strings=True)["typeProperties"]
    assert kept.get("c") == (text if shown else None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_what_is_no_secret_is_left_as_it_is(properties: dict[str, Any]) -> None:
    assert masking.door(properties, connection_strings=False) == properties


def test_no_secret_of_any_way_in_is_ever_written_down(tmp_path: Path) -> None:
    secret = {"type": "SecureString", "value": CANARY}
    body = template(resource("linkedServices", "LS2", type="X", typeProperties={"p": "[parameters('s')]"}))
    body["parameters"]["s"] = {"type": "secureObject"}
    with running(tmp_path) as azure:
        factory = with_factory(azure)
        put(
            azure, f"{factory}/linkedservices/LS", {"properties": {"type": "X", "typeProperties": {"password": CANARY}}}
        )
        put(azure, f"{factory}/pipelines/P", {"properties": {"activities": [{"auth": secret}]}})
        assert deploy(azure, body, s=secret)["provisioningState"] == "Succeeded"
        azure.request("POST", f"/{azure.info['tenantId']}/oauth2/v2.0/token", f"client_secret={CANARY}".encode())
        log = json.dumps(azure.control("GET", "calls"))
        azure.process.terminate()
        out, err = azure.process.communicate()
    kept = (tmp_path / "state.json").read_text()

    assert "LS2" in kept
    assert CANARY not in log
    assert CANARY not in out.decode() + err.decode()
    assert azure.info["clientSecret"] not in out.decode() + err.decode()
    assert CANARY not in kept
