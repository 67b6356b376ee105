"""A factory full of secrets: none of them shows in any output, file, request or answer but the secure parameters."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ecluse_command import Ran, ecluse, to
from tests.sandbox_process import RunningSandbox
from tests.stories.template import pipeline, resource, write

CANARIES = {
    "whole": "canary-whole-7f3a",
    "connection": "canary-connection-91bc",
    "inConnection": "canary-part-55d0",
    "file": "canary-file-e0e1",
    "csv": "canary-csv-1a2b",
    "literal": "canary-literal-9e8f",
}
SECURE = {"type": "secureString"}


def secret(value: str) -> dict[str, str]:
    return {"type": "SecureString", "value": value}


def factory(folder: Path) -> Path:
    services = {
        "LS_Whole": {"password": secret("[parameters('LS_Whole_password')]")},
        "LS_Connection": {"connectionString": "[parameters('LS_Connection_connectionString')]"},
        "LS_Part": {"connectionString": "[concat('Server=s;Password=', parameters('part'))]"},
        "LS_File": {"accountKey": secret("[parameters('LS_File_key')]")},
        "LS_Csv": {"password": secret("replaced by a row"), "userName": "u"},
        "LS_Literal": {"password": secret(CANARIES["literal"])},
    }
    resources = [
        resource(f"linkedService.{name}", {"type": "SqlServer", "typeProperties": typed})
        for name, typed in services.items()
    ]
    parameters = ("LS_Whole_password", "LS_Connection_connectionString", "part", "LS_File_key")
    write(folder, *resources, pipeline("P"), parameters=dict.fromkeys(parameters, SECURE))
    (folder / "key.txt").write_text(CANARIES["file"], encoding="utf-8")
    config = folder / "deployment" / "config-uat.csv"
    config.parent.mkdir()
    rows = ["linkedService,LS_Csv,typeProperties.password.value,$Env:CSV_PASSWORD", "pipeline,P,+description,about"]
    config.write_text("\n".join(["type,name,path,value", *rows]), encoding="utf-8")
    return folder


def words(folder: Path, sandbox: RunningSandbox) -> tuple[Any, ...]:
    given = [
        "LS_Whole_password=@env:WHOLE",
        "LS_Connection_connectionString=@env:CONNECTION",
        "part=@env:PART",
        f"LS_File_key=@file:{folder / 'key.txt'}",
    ]
    return ("--source", folder, *to(sandbox.directory), "--stage", "uat", *(f"--set={each}" for each in given))


VARIABLES: dict[str, Any] = {
    "WHOLE": CANARIES["whole"],
    "CONNECTION": CANARIES["connection"],
    "PART": CANARIES["inConnection"],
    "CSV_PASSWORD": CANARIES["csv"],
}


def leaks(text: str) -> set[str]:
    return {name for name, canary in CANARIES.items() if canary in text}


def test_no_secret_shows_anywhere_but_in_the_secure_parameters(sandbox: RunningSandbox, tmp_path: Path) -> None:
    source = words(factory(tmp_path / "source"), sandbox)
    create = ("--create", "--location", "westeurope", "--verbose")
    ran: list[Ran] = [
        ecluse("deploy", *source, *create, **VARIABLES),
        ecluse("plan", *source, "--verbose", **VARIABLES),
    ]
    assert leaks(_state(sandbox)) == set()
    assert leaks(json.dumps(_without_secure_parameters(sandbox.calls()))) == set()
    assert leaks(_exported(sandbox)) == set()
    # Azure itself may echo what it was sent, and then keeps that in its history: what we show of it is ours.
    broken = {"error": {"code": "BadRequest", "message": f"Failed to encrypt sub-resource payload {CANARIES}"}}
    sandbox.faults({"method": "DEPLOY", "path": "LS_Whole", "action": {"status": 400, "body": broken}})
    ran.append(ecluse("deploy", *source, **VARIABLES))
    assert [each.code for each in ran] == [0, 0, 1], ran
    assert leaks("".join(each.text for each in ran)) == set()


def _state(sandbox: RunningSandbox) -> str:
    files = (path for path in sandbox.directory.rglob("*") if path.is_file())
    return "".join(path.read_text(encoding="utf-8", errors="replace") for path in files)


def _without_secure_parameters(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for call in calls:
        body = call.get("body")
        if call["method"] == "PUT" and isinstance(body, dict) and "template" in body.get("properties", {}):
            body["properties"].pop("parameters", None)
    return calls


def _exported(sandbox: RunningSandbox) -> str:
    """Every deployment as Azure shows it to any reader."""
    root = f"{sandbox.group_path}/providers/Microsoft.Resources/deployments"
    _, listed, _ = sandbox.call("GET", root, version="2024-07-01")
    names = [each["name"] for each in listed["value"]]
    assert sorted(name.rpartition("-")[2] for name in names) == ["1", "closed", "open"]  # two of them are the journal
    shown = [listed]
    for name in names:
        shown.append(sandbox.call("POST", f"{root}/{name}/exportTemplate", version="2024-07-01")[1])
        shown.append(sandbox.call("GET", f"{root}/{name}", version="2024-07-01")[1])
        shown.append(sandbox.call("GET", f"{root}/{name}/operations", version="2024-07-01")[1])
    assert "LS_Whole" in json.dumps(shown)
    return json.dumps(shown)


def test_the_secrets_arrive(sandbox: RunningSandbox, tmp_path: Path) -> None:
    source = words(factory(tmp_path / "source"), sandbox)
    assert ecluse("deploy", *source, "--create", "--location", "westeurope", **VARIABLES).code == 0
    again = ecluse("plan", *source, "--detailed-exitcode", **VARIABLES)
    assert again.code == 0, again.text
    assert "6 to resend" in again.text


@pytest.mark.parametrize("text", ["LS_Whole_password=canary-literal", "LS_Whole_password=@env:NOT_SET"])
def test_a_secret_on_the_command_line_or_from_nowhere_is_refused(
    sandbox: RunningSandbox, tmp_path: Path, text: str
) -> None:
    source = words(factory(tmp_path / "source"), sandbox)
    ran = ecluse("plan", *source, "--set", text, **VARIABLES)
    assert ran.code == 3, ran.text
    assert "canary-literal" not in ran.text
    assert "@env:" in ran.text
