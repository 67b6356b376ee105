"""A factory full of secrets: by neither method shows one of them but in the requests that carry it."""

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


def variables(method: str) -> dict[str, Any]:
    """By rest Azure is not told that a text is secret: of a connection string it hides the parts that it knows."""
    return VARIABLES if method == "arm" else {**VARIABLES, "CONNECTION": f"Server=s;Password={CANARIES['connection']}"}


def leaks(text: str) -> set[str]:
    return {name for name, canary in CANARIES.items() if canary in text}


@pytest.mark.parametrize("method", ["arm", "rest"])
def test_no_secret_shows_anywhere_but_where_it_has_to_go(sandbox: RunningSandbox, tmp_path: Path, method: str) -> None:
    source = (*words(factory(tmp_path / "source"), sandbox), "--method", method)
    create = ("--create", "--location", "westeurope", "--verbose")
    ran: list[Ran] = [
        ecluse("deploy", *source, *create, **variables(method)),
        ecluse("plan", *source, "--verbose", **variables(method)),
    ]
    assert leaks(_state(sandbox)) == set()
    assert leaks(json.dumps(_without_where_secrets_go(sandbox.calls()))) == set()
    assert leaks(_exported(sandbox, method)) == set()
    # Azure itself may echo what it was sent, and then keeps that in its history: what we show of it is ours.
    broken = {"error": {"code": "BadRequest", "message": f"Failed to encrypt sub-resource payload {CANARIES}"}}
    write_of = {"arm": "DEPLOY", "rest": "PUT"}[method]
    sandbox.faults({"method": write_of, "path": "LS_Whole", "action": {"status": 400, "body": broken}})
    ran.append(ecluse("deploy", *source, **variables(method)))
    assert [each.code for each in ran] == [0, 0, 1], ran
    assert leaks("".join(each.text for each in ran)) == set()


def _state(sandbox: RunningSandbox) -> str:
    files = (path for path in sandbox.directory.rglob("*") if path.is_file())
    return "".join(path.read_text(encoding="utf-8", errors="replace") for path in files)


def _without_where_secrets_go(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the secure parameters of deployments, and the bodies of linked services."""
    for call in calls:
        body = call.get("body")
        if call["method"] == "PUT" and "/linkedservices/" in call["path"].casefold():
            del call["body"]
        elif call["method"] == "PUT" and isinstance(body, dict) and "template" in body.get("properties", {}):
            body["properties"].pop("parameters", None)
    return calls


def _exported(sandbox: RunningSandbox, method: str) -> str:
    """Every deployment as Azure shows it to any reader."""
    root = f"{sandbox.group_path}/providers/Microsoft.Resources/deployments"
    _, listed, _ = sandbox.call("GET", root, version="2024-07-01")
    names = [each["name"] for each in listed["value"]]
    journal = ["closed", "open"]
    assert sorted(name.rpartition("-")[2] for name in names) == (["1", *journal] if method == "arm" else journal)
    shown = [listed]
    for name in names:
        shown.append(sandbox.call("POST", f"{root}/{name}/exportTemplate", version="2024-07-01")[1])
        shown.append(sandbox.call("GET", f"{root}/{name}", version="2024-07-01")[1])
        shown.append(sandbox.call("GET", f"{root}/{name}/operations", version="2024-07-01")[1])
    assert ("LS_Whole" in json.dumps(shown)) == (method == "arm")
    return json.dumps(shown)


@pytest.mark.parametrize("method", ["arm", "rest"])
def test_the_secrets_arrive(sandbox: RunningSandbox, tmp_path: Path, method: str) -> None:
    source = (*words(factory(tmp_path / "source"), sandbox), "--method", method)
    assert ecluse("deploy", *source, "--create", "--location", "westeurope", **variables(method)).code == 0
    again = ecluse("plan", *source, "--detailed-exitcode", **variables(method))
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
