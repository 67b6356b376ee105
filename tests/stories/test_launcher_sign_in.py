"""Service connections of every kind, through a whole run: longer than a token lives, and refused in words that help."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.agent_process import Event, Heard, first_line, ran, service_connection
from tests.contract.azure.test_azure_credentials import asked, signer
from tests.sandbox_process import RunningSandbox
from tests.stories.two_releases import RAN, runs, second_after_first

SECOND = {"source": "two"}
SECRET = "secret"
CERTIFICATE = "certificate"
FEDERATION = "federation"


def connected(azure: RunningSandbox, kind: str, **changes: Any) -> dict[str, Any]:
    """A service connection of a kind."""
    info = azure.info
    oidc = {
        "uri": info["oidcRequestUri"],
        "serviceConnectionId": info["serviceConnectionId"],
        "token": info["jobToken"],
    }
    kinds: Mapping[str, dict[str, Any]] = {
        SECRET: {},
        CERTIFICATE: {"authenticationType": "spnCertificate", "secret": ""},
        FEDERATION: {"scheme": "WorkloadIdentityFederation", "secret": "", "oidc": oidc},
    }
    return service_connection(azure, **kinds[kind], **changes)


def signing(azure: RunningSandbox) -> Callable[[Event], Mapping[str, Any] | None]:
    """A launcher that holds the certificate."""
    sign = signer(azure)

    def answer(event: Event) -> Mapping[str, Any] | None:
        return {"assertion": event["id"], "value": sign(event["audience"])} if event["event"] == "assertion" else None

    return answer


def run(azure: RunningSandbox, folder: Path, kind: str, command: str = "deploy", **changes: Any) -> Heard:
    line = first_line(azure, folder, command, options=SECOND, connection=connected(azure, kind, **changes))
    return ran(line, home=folder, answer=signing(azure))


@pytest.mark.parametrize("kind", [SECRET, CERTIFICATE, FEDERATION])
def test_a_run_outlives_its_token(sandbox: RunningSandbox, tmp_path: Path, kind: str) -> None:
    """Tokens of the sandbox end after a second, the deployment takes several."""
    second_after_first(sandbox, tmp_path)
    sandbox.settings(tokenLifetimeSeconds=1, oidcLifetimeSeconds=1, stepDelaySeconds=2)
    heard = run(sandbox, tmp_path, kind)
    assert (heard.code, heard.err) == (0, ""), heard
    tokens = asked(sandbox, "/oauth2/v2.0/token")
    assert tokens >= 2
    proofs = {SECRET: 0, CERTIFICATE: len(heard.of("assertion")), FEDERATION: asked(sandbox, "/oidctoken")}[kind]
    assert proofs == (0 if kind == SECRET else tokens), "every token has a proof of its own"
    assert runs(sandbox) == RAN


REFUSED: dict[str, tuple[str, dict[str, Any], dict[str, float], str, str]] = {
    "an expired secret": (SECRET, {}, {"secretExpired": 1}, "AADSTS7000222", "make a new one"),
    "a wrong secret": (SECRET, {"secret": "canary-wrong"}, {}, "AADSTS7000215", "its value, not its id"),
    "another tenant": (SECRET, {"tenant": "t"}, {}, "AADSTS90002", "no such tenant"),
    "another client": (SECRET, {"client": "c"}, {}, "AADSTS700016", "check the client id"),
    "an assertion too old": (FEDERATION, {}, {"oidcLifetimeSeconds": 0}, "AADSTS700024", "clock"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_sign_in_says_what_to_do(sandbox: RunningSandbox, tmp_path: Path, case: str) -> None:
    second_after_first(sandbox, tmp_path)
    kind, changes, settings, number, remedy = REFUSED[case]
    sandbox.settings(**settings)
    heard = run(sandbox, tmp_path, kind, **changes)
    assert (heard.code, heard.done["result"]) == (3, "Failed"), heard
    told = [each["message"] for each in heard.of("issue") if each["severity"] == "error"]
    assert any(number in each and remedy in each for each in told), told
    assert all(each["code"] == "credential" for each in heard.of("issue") if each["severity"] == "error")
    assert "canary" not in heard.everything


FEDERATIONS = {
    "no federated credential": ({"serviceConnectionId": "other"}, "AADSTS700213", "add a federated credential"),
    "a job token that is refused": ({"token": "canary-other"}, "gives no OIDC token", "let the pipeline use"),
}


@pytest.mark.parametrize("case", FEDERATIONS)
def test_a_refused_federation_says_what_to_do(sandbox: RunningSandbox, tmp_path: Path, case: str) -> None:
    second_after_first(sandbox, tmp_path)
    changes, number, remedy = FEDERATIONS[case]
    connection = connected(sandbox, FEDERATION)
    connection["oidc"] |= changes
    heard = ran(first_line(sandbox, tmp_path, "plan", options=SECOND, connection=connection), home=tmp_path)
    assert heard.code == 3, heard
    told = [each["message"] for each in heard.of("issue")]
    assert any(number in each and remedy in each for each in told), told
    assert "canary" not in heard.everything


def test_a_launcher_that_can_not_sign_is_told_why(sandbox: RunningSandbox, tmp_path: Path) -> None:
    second_after_first(sandbox, tmp_path)
    line = first_line(sandbox, tmp_path, "plan", options=SECOND, connection=connected(sandbox, CERTIFICATE))
    heard = ran(line, home=tmp_path, answer=_no)
    assert heard.code in (1, 3), heard
    assert "no signed assertion: the PEM holds no key" in str(heard.of("issue"))


def _no(event: Event) -> Mapping[str, Any] | None:
    return {"assertion": event["id"], "error": "the PEM holds no key"} if event["event"] == "assertion" else None
