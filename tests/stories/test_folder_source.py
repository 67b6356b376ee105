"""A collaboration branch as people have it: secrets that it does not hold, and what lies around it."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.ecluse_command import Ran, to
from tests.factories import pointer
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


# --- what else people have -------------------------------------------------------------------------------------------


def activity(name: str, type_: str, **typed: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, "dependsOn": [], "typeProperties": typed}


def runtime(name: str, type_: str, **more: Any) -> dict[str, Any]:
    return body(name, type=type_, **more)


ADF = "/subscriptions/s/resourceGroups/r/providers/Microsoft.DataFactory/factories/shared/integrationruntimes/IR"
STORAGE = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/lake"
DAILY = {"recurrence": {"frequency": "Day", "interval": 1, "startTime": "2026-01-01T00:00:00Z", "timeZone": "UTC"}}
SSIS = {"catalogServerEndpoint": "s", "catalogAdminUserName": "u", "catalogAdminPassword": secret(MASK)}
RARE: dict[str, Any] = {
    "factory/adf-dev": {"name": "adf-dev", "location": "westeurope", "identity": {"type": "SystemAssigned"}},
    "integrationRuntime/IR-Ssis": runtime(
        "IR-Ssis",
        "Managed",
        typeProperties={"computeProperties": {"location": "West Europe"}, "ssisProperties": {"catalogInfo": SSIS}},
    ),
    "integrationRuntime/Airflow1": runtime(
        "Airflow1",
        "Airflow",
        typeProperties={
            "computeProperties": {"computeSize": "Small"},
            "airflowProperties": {"airflowVersion": "2.6.3"},
        },
    ),
    "integrationRuntime/IR-Private": runtime(
        "IR-Private", "Managed", managedVirtualNetwork=pointer("ManagedVirtualNetwork", "default")
    ),
    "integrationRuntime/IR-Shared": runtime(
        "IR-Shared", "SelfHosted", typeProperties={"linkedInfo": {"resourceId": ADF, "authorizationType": "Rbac"}}
    ),
    "managedVirtualNetwork/default": {
        "name": "default",
        "type": "Microsoft.DataFactory/factories/managedvirtualnetworks",
    },
    "managedVirtualNetwork/default/managedPrivateEndpoint/lake": body(
        "lake", privateLinkResourceId=STORAGE, groupId="dfs", fqdns=["lake.dfs.core.windows.net"]
    ),
    "credential/id": body("id", type="ManagedIdentity", typeProperties={"resourceId": "/subscriptions/s/id"}),
    "linkedService/LS Lake": body(
        "LS Lake",
        type="AzureBlobFS",
        typeProperties={"url": "https://lake.dfs.core.windows.net", "credential": pointer("Credential", "id")},
        connectVia=pointer("IntegrationRuntime", "IR-Private"),
    ),
    "linkedService/LS Sql": body(
        "LS Sql",
        type="SqlServer",
        parameters={"server": {"type": "String"}},
        typeProperties={"server": "@{linkedService().server}", "userName": "u", "encryptedCredential": "ew0KICAi"},
        connectVia=pointer("IntegrationRuntime", "IR-Shared"),
    ),
    "dataset/DS é (1)": body("DS é (1)", type="Json", linkedServiceName=pointer("LinkedService", "LS Lake")),
    "dataflow/wrangled": body(
        "wrangled",
        type="WranglingDataFlow",
        typeProperties={"sources": [{"name": "s", "dataset": pointer("Dataset", "DS é (1)")}], "script": "section S;"},
    ),
    "dataflow/flowlet": body("flowlet", type="Flowlet", typeProperties={"scriptLines": ["source() ~> s"]}),
    "pipeline/PL é all": body(
        "PL é all",
        activities=[
            activity("wrangle", "ExecuteWranglingDataflow", dataFlow=pointer("DataFlow", "wrangled")),
            activity("package", "ExecuteSSISPackage", connectVia=pointer("IntegrationRuntime", "IR-Ssis")),
            activity("note", "SynapseNotebook", notebook={"referenceName": "n", "type": "NotebookReference"}),
        ],
    ),
    "trigger/TR\u00a0daily": body(
        "TR\u00a0daily",
        type="ScheduleTrigger",
        runtimeState="Started",
        pipelines=[{"pipelineReference": pointer("Pipeline", "PL é all")}],
        typeProperties=DAILY,
    ),
    "trigger/idle": body("idle", type="ScheduleTrigger", typeProperties=DAILY),
    "publish_config": {"publishBranch": "published"},
    "arm-template-parameters-definition": {},
    "package": {"name": "build", "dependencies": {}},
}
"""A folder with what is rare: kinds of runtimes and data flows, names with other characters, other tools' files."""


@pytest.mark.parametrize("method", ["arm", "rest"])
def test_what_is_rare_is_deployed_and_then_planned_without_a_change(
    method: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    source = put(tmp_path / "repo" / "src" / "adf", RARE)
    for empty in ("adfcdc", "globalParameters", "template", "docs"):
        (source / empty).mkdir()
    words = (tmp_path / "repo", "--method", method, "--fill-missing-secrets")
    first = run(sandbox, "deploy", *words)
    assert first.code == 0, first.text
    assert f"folders of JSON (a collaboration branch) in {source} with 15 objects" in first.text
    assert "no objects of a factory, not loaded: docs, template, package.json" in first.text
    assert (
        "placeholders stand for 2 secret(s) without value: IR-Ssis_catalogAdminPassword, LS Sql_password" in first.text
    )
    again = run(sandbox, "plan", *words, "--detailed-exitcode")
    assert (again.code, "0 to create, 0 to update, 0 to delete" in again.text) == (0, True), again.text


@pytest.mark.parametrize("around", ["", "src", "src/adf", "src/adf/more"])
def test_configurations_are_found_in_each_folder_from_the_named_one_to_the_source(
    around: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    repository = tmp_path / "repo"
    source = put(repository / "src" / "adf", {"pipeline/P": body("P", description="of dev")})
    rows = repository / around / "deployment" / "config-uat.csv"
    rows.parent.mkdir(parents=True)
    rows.write_text("type,name,path,value\npipeline,P,description,of uat\n")
    ran = run(sandbox, "plan", repository, "--stage", "uat")
    if around.endswith("more"):
        assert (ran.code, "[config-missing]" in ran.text) == (3, True), ran.text
        return
    assert (ran.code, f"configuration of stage uat: {rows}" in ran.text) == (0, True), ran.text
    assert str(source) in ran.text
    again = repository / ("" if around else "src") / "deployment" / "config-uat.csv"
    again.parent.mkdir()
    again.write_text(rows.read_text())
    assert "the configuration of stage uat is there twice" in run(sandbox, "plan", repository, "--stage", "uat").text
