"""Expressions that only Azure can evaluate: deployed by ARM, sent again without a change, never sent by REST."""

import re
from pathlib import Path

from tests.ecluse_command import ecluse, to
from tests.sandbox_process import RunningSandbox
from tests.stories.template import pipeline, resource, write

STORE = "resourceId('Microsoft.Storage/storageAccounts', variables('store'))"
SECURE = {"type": "secureString", "defaultValue": "canary-4711"}


def source(folder: Path) -> Path:
    keys = f"listKeys({STORE}, '2019-06-01').keys[0].value"
    typed = {
        "connectionString": f"[concat('AccountName=', variables('store'), ';AccountKey=', {keys}, ';')]",
        "sasToken": {"type": "SecureString", "value": f"[concat(parameters('part'), {keys})]"},
        "serviceEndpoint": f"[reference({STORE}, '2019-06-01').primaryEndpoints.blob]",
    }
    described = "[concat('made ', parameters('when'), ' for ', toUpper(uniqueString(resourceGroup().id)))]"
    path = write(
        folder,
        resource("linkedService.LS_Store", {"type": "AzureBlobStorage", "typeProperties": typed}),
        pipeline("P", description=described, annotations="[createArray(parameters('run'), '[it''s]')]"),
        pipeline("Plain"),
        parameters={
            "part": SECURE,
            "when": {"type": "string", "defaultValue": "[utcNow('yyyy-MM-dd')]"},
            "run": {"type": "string", "defaultValue": "[newGuid()]"},
        },
    )
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"variables": {', '"variables": {"store": "[concat(\'st\', guid(\'x\'))]",', 1))
    return folder


def test_what_only_azure_can_evaluate_goes_along_with_arm(tmp_path: Path, sandbox: RunningSandbox) -> None:
    words = ("--source", source(tmp_path / "src"), *to(sandbox.directory))

    first = ecluse("deploy", *words, "--create", "--location", "westeurope")
    assert first.code == 0, first.text
    _, body, _ = sandbox.call("GET", f"{sandbox.factory_path()}/linkedservices/LS_Store")
    typed = body["properties"]["typeProperties"]
    assert re.fullmatch(r"sandbox-\w{16}", typed["serviceEndpoint"])
    _, body, _ = sandbox.call("GET", f"{sandbox.factory_path()}/pipelines/P")
    assert "[" not in str(body["properties"]["description"])
    assert body["properties"]["annotations"][1] == "[it's]"

    again = ecluse("plan", *words, "--detailed-exitcode")
    assert again.code == 0, again.text
    assert "0 to create, 0 to update, 0 to delete, 2 to resend, 1 unchanged" in again.text
    assert "typeProperties.serviceEndpoint is [reference(resourceId(" in again.text
    assert "canary-4711" not in first.text + again.text
    assert ecluse("deploy", *words).code == 0
    assert ecluse("plan", *words, "--detailed-exitcode").code == 0

    refused = ecluse("deploy", *words, "--method", "rest")
    assert refused.code == 3, refused.text
    assert "linkedService.LS_Store: typeProperties.connectionString is an expression with" in refused.text
    assert "--method arm" in refused.text


def test_a_config_row_gives_the_value_that_rest_needs(tmp_path: Path, sandbox: RunningSandbox) -> None:
    folder = tmp_path / "src"
    write(folder, pipeline("P", description="[concat('for ', uniqueString(resourceGroup().id))]"))
    config = tmp_path / "config-uat.csv"
    config.write_text("type,name,path,value\npipeline,P,description,by hand\n", encoding="utf-8")
    words = ("--source", folder, *to(sandbox.directory), "--method", "rest", "--create", "--location", "westeurope")

    assert ecluse("deploy", *words).code == 3
    done = ecluse("deploy", *words, "--config", config)
    assert done.code == 0, done.text
    _, body, _ = sandbox.call("GET", f"{sandbox.factory_path()}/pipelines/P")
    assert body["properties"]["description"] == "by hand"


def test_a_name_that_only_azure_knows_is_refused(tmp_path: Path, sandbox: RunningSandbox) -> None:
    named = pipeline("P") | {"name": "[concat(parameters('factoryName'), '/P', uniqueString('x'))]"}
    folder = tmp_path / "src"
    write(folder, named)
    refused = ecluse("plan", "--source", folder, *to(sandbox.directory))
    assert refused.code == 3, refused.text
    assert "its name needs uniqueString, which only Azure can evaluate" in refused.text
