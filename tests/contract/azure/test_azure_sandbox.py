"""`--sandbox DIR`: start, attach, take over, and nothing of the real world."""

import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ecluse.azure import sandbox as stay
from ecluse.azure.clients import AzureClients, open_azure
from ecluse.azure.connection import Connection, connect
from ecluse.azure.reader import read_live
from ecluse.azure.sandbox import sandbox
from ecluse.errors import Code, Refused
from ecluse.plan.plan import Target
from tests.sandbox_process import GROUP, RunningSandbox


def pid(directory: Path) -> int:
    return int(json.loads((directory / "sandbox.json").read_text())["pid"])


def gone(directory: Path) -> bool:
    for _ in range(600):
        if not (directory / "sandbox.json").exists():
            return True
        time.sleep(0.05)
    return False


def exists(connection: Connection, factory: str = "adf-none") -> bool:
    with open_azure(connection) as clients:
        return read_live(clients, Target(connection.subscription, GROUP, factory)).exists


def test_a_sandbox_is_started_attached_to_and_ends_with_its_last_client(tmp_path: Path) -> None:
    with sandbox(tmp_path, resource_group=GROUP) as first:
        assert exists(first) is False
        with sandbox(tmp_path, resource_group=GROUP) as second:
            assert second.endpoint == first.endpoint
        assert exists(first) is False
    assert gone(tmp_path)


def test_the_place_of_a_killed_server_is_taken_over(tmp_path: Path) -> None:
    with sandbox(tmp_path, resource_group=GROUP) as first:
        os.kill(pid(tmp_path), signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        with sandbox(tmp_path, resource_group=GROUP) as second:
            assert second.endpoint != first.endpoint
            assert exists(second) is False
    assert gone(tmp_path)


def test_a_directory_that_can_not_be_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Refused) as error, sandbox(tmp_path / "file", resource_group=GROUP):
        pass
    assert error.value.problems[0].code is Code.SANDBOX


def test_what_the_server_says_stands_in_the_problem_when_it_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("no JSON")
    with pytest.raises(Refused, match="did not start") as error, sandbox(tmp_path, resource_group=GROUP):
        pass
    assert "Expecting value" in str(error.value)


def test_a_missing_extra_is_told_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    (shadow / "uvicorn.py").write_text("raise ModuleNotFoundError(\"No module named 'uvicorn'\")")
    monkeypatch.setenv("PYTHONPATH", str(shadow))
    with pytest.raises(Refused) as error, sandbox(tmp_path / "box", resource_group=GROUP):
        pass
    (problem,) = error.value.problems
    assert "not installed" in problem.message
    assert "pip install '.[sandbox]'" in problem.remedy


@pytest.mark.parametrize(
    ("change", "part"),
    [({"schemaVersion": 2}, "version"), ({"url": "https://example.org:443"}, "loopback")],
)
def test_a_handshake_that_is_not_ours_is_refused(change: dict[str, object], part: str, tmp_path: Path) -> None:
    told = {"schemaVersion": 1, "url": "https://127.0.0.1:1", "caFile": "ca.pem"}
    told |= {"tenantId": "t", "clientId": "c", "clientSecret": "s"}
    (tmp_path / "sandbox.json").write_text(json.dumps(told | change))
    with pytest.raises(Refused, match=part), sandbox(tmp_path, resource_group=GROUP):
        pass


def test_a_server_that_never_gets_ready_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stay, "_unlocked", lambda _: False)
    with pytest.raises(Refused, match="not ready"), sandbox(tmp_path, resource_group=GROUP, ready_seconds=0.2):
        pass


def test_nothing_of_the_environment_counts_on_the_sandbox(
    clients: AzureClients, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, __file__)
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_AUTHORITY_HOST"):
        monkeypatch.setenv(name, "https://canary.invalid")
    assert read_live(clients, target).exists is False


def test_the_sandboxs_ca_is_not_trusted_without_it(connection: Connection, sandbox: RunningSandbox) -> None:
    real = replace(connection, sandbox=None, ca_bundle=None, credential="client-secret")
    with open_azure(real, environ=service_principal(sandbox)) as clients, pytest.raises(Refused) as error:
        read_live(clients, Target(real.subscription, GROUP, "adf"))
    assert "certificate" in str(error.value).casefold()


def service_principal(sandbox: RunningSandbox) -> dict[str, str]:
    info = sandbox.info
    return {
        "AZURE_TENANT_ID": info["tenantId"],
        "AZURE_CLIENT_ID": info["clientId"],
        "AZURE_CLIENT_SECRET": info["clientSecret"],
    }


@pytest.mark.parametrize("word", ["client-secret", "environment", "default"])
def test_a_chosen_credential_signs_in_at_its_own_authority_with_its_own_ca(
    word: str, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = service_principal(sandbox)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    made = connect(sandbox.info["subscriptionId"], credential=word, authority=sandbox.url, ca_bundle=Path(sandbox.ca))
    with open_azure(replace(made, endpoint=sandbox.url), environ=environ) as clients:
        assert read_live(clients, Target(made.subscription, GROUP, "adf")).exists is False


def test_a_wrong_secret_is_a_credential_problem_that_shows_no_secret(
    connection: Connection, sandbox: RunningSandbox
) -> None:
    environ = service_principal(sandbox) | {"AZURE_CLIENT_SECRET": "canary-wrong"}
    made = replace(connection, sandbox=None, credential="client-secret")
    with open_azure(made, environ=environ) as clients, pytest.raises(Refused) as error:
        read_live(clients, Target(made.subscription, GROUP, "adf"))
    assert error.value.problems[0].code is Code.CREDENTIAL
    assert "canary" not in str(error.value)


def test_the_default_chain_says_what_it_tried(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    made = replace(connection, sandbox=None, credential="default")
    with open_azure(made, environ={}) as clients, pytest.raises(Refused) as error:
        read_live(clients, Target(made.subscription, GROUP, "adf"))
    assert error.value.problems[0].code is Code.CREDENTIAL
    assert any("EnvironmentCredential" in problem.message for problem in error.value.problems)


def test_no_server_is_the_network_problem_that_it_is(connection: Connection) -> None:
    nobody = replace(connection, endpoint="https://127.0.0.1:1", authority="https://127.0.0.1:1")
    with open_azure(nobody) as clients, pytest.raises(Refused) as error:
        read_live(clients, Target(nobody.subscription, GROUP, "adf"))
    assert error.value.problems[0].code is Code.AZURE_UNREACHABLE
