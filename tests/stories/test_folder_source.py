"""A collaboration branch as people have it: secrets that it does not hold, and what lies around it."""

from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.ecluse_command import Ran, to
from tests.sandbox_process import RunningSandbox
from tests.stories.in_process import ecluse
from tests.stories.template import resource, write
from tests.unit.sources.folder_files import body, put

MASK = "**********"


def secret(text: str) -> dict[str, str]:
    return {"type": "SecureString", "value": text}


def service(name: str, type_: str, **typed: Any) -> dict[str, Any]:
    return body(name, type=type_, typeProperties=typed)


def run(sandbox: RunningSandbox, command: str, source: Path, *words: Any) -> Ran:
    made = ("--create", "--location", "westeurope")
    return ecluse(source.parent, command, "--source", source, *to(sandbox.directory), *made, *words)


# --- secrets ---------------------------------------------------------------------------------------------------------


def test_the_mask_of_a_secret_is_refused_until_a_row_gives_the_secret(sandbox: RunningSandbox, tmp_path: Path) -> None:
    files = {"linkedService/LS": service("LS", "Web", userName="u", password=secret(MASK))}
    source = put(tmp_path / "adf", files)
    ran = run(sandbox, "deploy", source)
    assert ran.code == 3, ran.text
    assert "linkedService.LS: it needs a secret: typeProperties.password.value holds only the asterisks" in ran.text
    assert "[secret-missing]" in ran.text
    row = "linkedService,LS,typeProperties.password.value,s3cret-of-the-stage"
    assert row.rpartition(",")[0] in ran.text
    config = tmp_path / "c.csv"
    config.write_text(f"type,name,path,value\n{row}\n")
    given = run(sandbox, "deploy", source, "--config", config)
    assert given.code == 0, given.text
    assert "s3cret" not in given.text


SERVICES = {
    "LS_Sql": ("AzureSqlDatabase", {"connectionString": "Server=a;Database=b"}, ["connectionString"]),
    "LS_Lake": ("AzureBlobFS", {"url": "https://a.dfs.core.windows.net"}, ["accountKey"]),
    "LS_Bricks": ("AzureDatabricks", {"domain": "https://a.azuredatabricks.net"}, ["accessToken"]),
    "LS_File": ("FileServer", {"host": "a", "userId": "u"}, ["password"]),
    "LS_Sas": ("AzureBlobStorage", {"sasUri": "https://a.blob.core.windows.net/"}, ["sasUri"]),
}
"""Linked services: type, what both sources have, and the secret that neither has."""


def test_a_folder_is_rehearsed_without_its_secrets_and_is_what_the_published_template_makes(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """The template as ADF publishes it: a parameter for each secret, and for what holds one among other things."""
    files: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    resources = []
    for name, (type_, typed, secrets) in SERVICES.items():
        files[f"linkedService/{name}"] = service(name, type_, **typed, encryptedCredential="ew0KICAi")
        given = {each: f"[parameters('{name}_{each}')]" for each in secrets}
        whole = {each: text if each in typed else secret(text) for each, text in given.items()}
        resources.append(resource(f"linkedService.{name}", {"type": type_, "typeProperties": {**typed, **whole}}))
        parameters |= {f"{name}_{each}": {"type": "secureString", "defaultValue": ""} for each in secrets}
    source, template = put(tmp_path / "adf", files), write(tmp_path / "published", *resources, parameters=parameters)

    first = run(sandbox, "deploy", source, "--fill-missing-secrets")
    assert first.code == 0, first.text
    again = run(sandbox, "plan", template, "--fill-missing-secrets", "--detailed-exitcode")
    assert (again.code, "0 to create, 0 to update, 0 to delete" in again.text) == (0, True), again.text
    said = "placeholders stand for 5 secret(s) without value: "
    for ran in (first, again):
        (names,) = [line.partition(said)[2] for line in ran.text.splitlines() if said in line]
        assert set(names.split(", ")) == parameters.keys()


def test_a_placeholder_never_takes_the_place_of_what_a_row_gives(sandbox: RunningSandbox, tmp_path: Path) -> None:
    typed = {"connectionString": "Server=a;Database=b", "encryptedCredential": "ew0KICAi"}
    source = put(tmp_path / "adf", {"linkedService/LS": service("LS", "AzureSqlDatabase", **typed)})
    rows = """type,name,path,value
        linkedService,LS,+typeProperties.userName,u
        linkedService,LS,+typeProperties.password,{"type":"SecureString","value":"x-y-z"}
    """
    config = tmp_path / "c.csv"
    config.write_text(dedent(rows))
    ran = run(sandbox, "deploy", source, "--config", config, "--fill-missing-secrets")
    assert ran.code == 0, ran.text
    assert "placeholders stand for" not in ran.text
