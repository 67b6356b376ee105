"""What Azure would refuse or lose in an update, by the real command: told before anything is written."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.ecluse_command import Ran, ecluse, to
from tests.sandbox_process import RunningSandbox
from tests.stories.template import pipeline, resource, trigger, write

CREATE = ("--create", "--location", "westeurope")
Resource = Mapping[str, Any]
NETWORK = resource("managedVirtualNetwork.default", {})


class Release:
    """A folder with a template and the configuration of stage uat, deployed to a sandbox."""

    def __init__(self, azure: RunningSandbox, folder: Path) -> None:
        self.azure, self.folder = azure, folder

    def deploy(self, *objects: Resource, rows: tuple[str, ...] = (), factory: str = "adf-test", **env: str) -> Ran:
        """Deploy the objects with the rows, if there are any."""
        write(self.folder, *objects)
        config = self.folder / "deployment"
        config.mkdir(exist_ok=True)
        (config / "config-uat.csv").write_text("\n".join(("type,name,path,value", *rows)), encoding="utf-8")
        stage = ("--stage", "uat") if rows else ()
        self.azure.control("DELETE", "calls")
        words = ("--source", self.folder, *to(self.azure.directory, factory), *CREATE, *stage)
        return ecluse("deploy", *words, cwd=self.folder, **env)

    def good(self, *objects: Resource, rows: tuple[str, ...] = (), factory: str = "adf-test", **env: str) -> str:
        ran = self.deploy(*objects, rows=rows, factory=factory, **env)
        assert ran.code == 0, ran.text
        return ran.text

    def refused(self, *objects: Resource, rows: tuple[str, ...] = (), factory: str = "adf-test", **env: str) -> str:
        ran = self.deploy(*objects, rows=rows, factory=factory, **env)
        assert ran.code == 3, ran.text
        assert self.wrote() == []
        return ran.text

    def unchanged(self, *objects: Resource, rows: tuple[str, ...] = ()) -> None:
        """A second release of the same is none."""
        text = self.good(*objects, rows=rows)
        assert "Plan: 0 to create, 0 to update, 0 to delete" in text
        assert self.wrote() == []

    def wrote(self) -> list[str]:
        reads = "/queryPipelineRuns?"
        calls = (call for call in self.azure.calls() if call["method"] != "GET" and reads not in call["path"])
        return [f"{call['method']} {call['path']}" for call in calls]

    def live(self, path: str, factory: str = "adf-test") -> dict[str, Any]:
        status, body, _ = self.azure.call("GET", f"{self.azure.factory_path(factory)}/{path}")
        assert status == 200, body
        return dict(body["properties"])


@pytest.fixture
def release(sandbox: RunningSandbox, tmp_path: Path) -> Release:
    return Release(sandbox, tmp_path / "source")


def window(start: str, **more: Any) -> Resource:
    fired = {"pipelineReference": {"referenceName": "P", "type": "PipelineReference"}, "parameters": {}}
    typed = {"startTime": start, "frequency": "Hour", "interval": 1, "maxConcurrency": 1, **more}
    properties = {"type": "TumblingWindowTrigger", "pipeline": fired, "typeProperties": typed}
    return resource("trigger.W", properties, "pipeline.P")


FIRST = "2026-01-01T00:00:00Z"


def test_a_window_keeps_its_start_and_the_configuration_row_that_would_change_it_is_named(release: Release) -> None:
    daily = trigger("TR_Daily", "P")
    release.good(pipeline("P"), daily, window(FIRST), rows=("trigger,TR_Daily,runtimeState,Started",))
    later = "trigger,W,typeProperties.startTime,2026-02-01T00:00:00Z"
    text = release.refused(pipeline("P", description="new"), daily, window(FIRST), rows=(later,))
    assert re.search(r"config-uat\.csv:2\b.*trigger\.W: typeProperties\.startTime can't be changed", text)
    assert "it is 2026-01-01T00:00:00Z in the target and it is 2026-02-01T00:00:00Z in the source" in text
    assert f"trigger,W,typeProperties.startTime,{FIRST}" in text
    kept = f"trigger,W,typeProperties.startTime,{FIRST}"
    release.good(pipeline("P"), daily, window("2026-02-01T00:00:00Z", maxConcurrency=2), rows=(kept,))
    assert release.live("triggers/W")["typeProperties"]["maxConcurrency"] == 2


@pytest.mark.parametrize("start", ["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00", "2026-01-01T01:00:00+01:00"])
def test_a_windows_start_in_another_spelling_is_the_same(release: Release, start: str) -> None:
    release.good(pipeline("P"), window(FIRST))
    release.unchanged(pipeline("P"), window(start, frequency="hour"))
    release.good(pipeline("P"), window(start, maxConcurrency=2))


def endpoint(name: str, storage: str, **more: Any) -> Resource:
    target = f"/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/{storage}"
    properties = {"privateLinkResourceId": target, "groupId": "blob", **more}
    return resource(f"managedPrivateEndpoint.{name}", properties, "managedVirtualNetwork.default")


def test_a_network_is_made_once_and_never_sent_what_the_service_made(release: Release) -> None:
    made = {"vNetId": "11111111-1111-1111-1111-111111111111", "alias": "dev", "preventDataExfiltration": True}
    exported = resource("managedVirtualNetwork.default", made)
    release.good(exported)
    live = release.live("managedVirtualNetworks/default")
    assert live["vNetId"] != made["vNetId"]
    release.unchanged(exported)
    assert release.live("managedVirtualNetworks/default") == live


def test_an_equal_endpoint_is_skipped_and_a_different_one_refused_with_the_way_out(release: Release) -> None:
    release.good(NETWORK, endpoint("E", "stuat"))
    exported = endpoint("E", "STUAT", fqdns=["stdev.blob.core.windows.net"], provisioningState="Succeeded")
    release.unchanged(NETWORK, exported)
    text = release.refused(NETWORK, endpoint("E", "stdev"))
    assert "managedPrivateEndpoint.E: privateLinkResourceId can't be changed" in text
    assert "has to be approved anew" in text
    text = release.refused(NETWORK, endpoint("E", "stuat"), endpoint("Other", "stuat"))
    assert "managedPrivateEndpoint.E leads to the same resource already" in text


SHARED_RUNTIME = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.DataFactory/factories/f/integrationRuntimes/IR"
LINK = {"resourceId": SHARED_RUNTIME, "authorizationType": "RBAC"}
LINK_CELL = json.dumps({"linkedInfo": LINK}).replace('"', '""')
LINK_ROW = f'integrationRuntime,IR-Sales,+typeProperties,"{LINK_CELL}"'
RUNTIME = resource("integrationRuntime.IR-Sales", {"type": "SelfHosted"})


def test_a_runtime_that_is_shared_in_one_stage_is_linked_in_the_next_by_a_row(release: Release) -> None:
    release.good(RUNTIME, factory="adf-dev")
    release.good(RUNTIME, rows=(LINK_ROW,))
    assert release.live("integrationRuntimes/IR-Sales")["typeProperties"] == {"linkedInfo": LINK}
    release.unchanged(RUNTIME, rows=(LINK_ROW,))
    text = release.refused(RUNTIME)
    assert "integrationRuntime.IR-Sales: typeProperties can't be changed" in text
    text = release.refused(RUNTIME, rows=(LINK_ROW,), factory="adf-dev")
    assert "config-uat.csv:2" in text


def test_a_runtimes_type_is_refused_with_both_types(release: Release) -> None:
    release.good(RUNTIME)
    text = release.refused(resource("integrationRuntime.IR-Sales", {"type": "Managed"}))
    assert "type can't be changed once the object exists: it is SelfHosted in the target and it is Managed" in text
    assert "integrationRuntime,IR-Sales,type,SelfHosted" in text


def test_a_linked_runtime_needs_an_identity_of_the_factory(release: Release) -> None:
    body = {"location": "westeurope", "properties": {}}
    assert release.azure.call("PUT", release.azure.factory_path(), body)[0] == 200
    text = release.refused(RUNTIME, rows=(LINK_ROW,))
    assert "the factory has no system-assigned identity" in text


CANARY = "c4nary-of-this-story"
STRING = "Server=tcp:sql;Database=sales;User ID=loader"
ROW = "linkedService,LS_Sales,typeProperties.connectionString,$Env:SALES"


def sales(connection: str, **typed: Any) -> Resource:
    properties = {"type": "AzureSqlDatabase", "typeProperties": {"connectionString": connection, **typed}}
    return resource("linkedService.LS_Sales", properties)


def test_a_secret_that_dev_encrypted_never_reaches_uat_and_has_to_be_given(release: Release) -> None:
    release.good(sales(f"{STRING};Password={CANARY}"), factory="adf-dev")
    exported = release.live("linkedservices/LS_Sales", "adf-dev")
    credential = exported["typeProperties"]["encryptedCredential"]
    source = resource("linkedService.LS_Sales", exported)
    path = f"{release.azure.factory_path('adf-dev')}/linkedservices/LS_Sales"
    other = path.replace("adf-dev", "adf-other")
    release.good(pipeline("P"), factory="adf-other")
    assert release.azure.call("PUT", path, {"properties": exported})[0] == 200
    assert release.azure.call("PUT", other, {"properties": exported})[0] == 400

    text = release.refused(source)
    assert "linkedService.LS_Sales: it needs a secret" in text
    assert ROW.replace("SALES", "VARIABLE") in text
    text += release.good(source, rows=(ROW,), SALES=f"{STRING};Password={CANARY}")
    sent = json.dumps([call["body"] for call in release.azure.calls()])
    assert credential not in sent + text
    assert CANARY not in sent + text
    release.unchanged(source)


def test_the_row_that_a_refusal_shows_gives_the_secret(release: Release) -> None:
    source = sales(STRING, userName="loader", encryptedCredential="ew0KICAiVmVyc2lvbiI6ICIyMDE3LTExLTMwIg0KfQ==")
    shown = re.search(r"such as (linkedService,\S+) or", release.refused(source))
    assert shown is not None
    text = release.good(source, rows=(shown[1],), VARIABLE=CANARY)
    assert CANARY not in text
    typed = release.live("linkedservices/LS_Sales")["typeProperties"]
    assert typed["password"] == {"type": "SecureString", "value": "**********"}


def test_a_row_says_that_a_service_needs_no_secret(release: Release) -> None:
    source = sales(STRING, encryptedCredential="ew0KICAiVmVyc2lvbiI6ICIyMDE3LTExLTMwIg0KfQ==")
    assert "-typeProperties.encryptedCredential" in release.refused(source)
    release.good(source, rows=("linkedService,LS_Sales,-typeProperties.encryptedCredential,",))
    assert release.live("linkedservices/LS_Sales")["typeProperties"] == {"connectionString": STRING}
