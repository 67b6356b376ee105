"""Every scenario is played by its name, and shows what its row says."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from ecluse_sandbox import scenarios
from ecluse_sandbox.scenario_rows import ROWS, Scenario
from tests.contract.sandbox.sandbox_bodies import (
    deploy,
    error,
    pipeline,
    put,
    refer,
    resource,
    schedule,
    template,
    tumbling,
    with_factory,
)
from tests.sandbox_process import GROUP, SUBSCRIPTION, RunningSandbox, running, start

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")
FACTORY = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.DataFactory/factories/adf-scenario"

Show = Callable[[RunningSandbox], None]


def play(sandbox: RunningSandbox, name: str, **parameters: Any) -> None:
    sandbox.control("PUT", "scenario", {"name": name} | parameters)


def statuses(sandbox: RunningSandbox, times: int, method: str, path: str, body: Any = None) -> list[int]:
    return [sandbox.call(method, path, body)[0] for _ in range(times)]


def message(sandbox: RunningSandbox, method: str, path: str, body: Any = None) -> str:
    return str(error(sandbox, method, path, body)[1]["message"])


def event_trigger_provisions(sandbox: RunningSandbox) -> None:
    play(sandbox, "event-trigger-provisions", polls=2)
    factory = with_factory(sandbox)
    put(sandbox, f"{factory}/pipelines/P", pipeline())
    put(sandbox, f"{factory}/triggers/T", schedule("P", kind="BlobEventsTrigger"))

    assert sandbox.call("POST", f"{factory}/triggers/T/subscribeToEvents")[0] == 202
    seen = []
    for _ in range(3):
        polled = sandbox.call("POST", f"{factory}/triggers/T/getEventSubscriptionStatus")[1]["status"]
        seen.append((polled, sandbox.call("POST", f"{factory}/triggers/T/start")[0]))
    assert seen == [("Provisioning", 400), ("Provisioning", 200), ("Enabled", 200)]


def start_fails(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    put(sandbox, f"{factory}/pipelines/P", pipeline())
    for name in ("T1", "T2"):
        put(sandbox, f"{factory}/triggers/{name}", schedule("P"))

    play(sandbox, "start-fails", trigger="T1")
    assert statuses(sandbox, 2, "POST", f"{factory}/triggers/T2/start") == [200, 200]
    assert statuses(sandbox, 2, "POST", f"{factory}/triggers/T1/start") == [500, 200]
    play(sandbox, "start-fails", trigger="T1", times=0)
    assert statuses(sandbox, 3, "POST", f"{factory}/triggers/T1/start") == [500, 500, 500]


def write_fails(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    play(sandbox, "write-fails", nth=2)

    seen = [sandbox.call("PUT", f"{factory}/pipelines/P{number}", pipeline())[0] for number in range(3)]
    assert seen == [200, 400, 200]
    ended = deploy(sandbox, template(*(resource("pipelines", f"D{number}") for number in range(3))))
    assert (ended["provisioningState"], len(ended["outputResources"])) == ("Failed", 2)


def delete_chain(sandbox: RunningSandbox) -> None:
    play(sandbox, "delete-chain")

    assert "referenced by PL_Chain" in message(sandbox, "DELETE", f"{FACTORY}/datasets/DS_Chain")
    assert statuses(sandbox, 1, "DELETE", f"{FACTORY}/pipelines/PL_Chain") == [200]
    assert statuses(sandbox, 1, "DELETE", f"{FACTORY}/datasets/DS_Chain") == [200]
    assert "referenced by DS_Kept" in message(sandbox, "DELETE", f"{FACTORY}/linkedservices/LS_Chain")


def same_name_referrer(sandbox: RunningSandbox) -> None:
    play(sandbox, "same-name-referrer")

    text = "The document cannot be deleted since it is referenced by Orders."
    assert message(sandbox, "DELETE", f"{FACTORY}/datasets/Orders") == text


def three_pages(sandbox: RunningSandbox) -> None:
    play(sandbox, "three-pages")

    pipelines = sandbox.clients().data_factory().pipelines.list_by_factory(GROUP, "adf-scenario")
    assert [one.name for one in pipelines] == [f"PL_Page_{number}" for number in range(1, 6)]
    assert len(sandbox.calls("GET", "/pipelines?")) == 3


def throttled(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    play(sandbox, "throttled", seconds=3)

    told = [sandbox.call("GET", factory) for _ in range(2)]
    assert [status for status, _, _ in told] == [429, 429]
    assert told[0][2]["retry-after"] == "3"
    assert int(told[1][2]["retry-after"]) <= 3


def token_expires(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    play(sandbox, "token-expires", nth=2)
    token = {"Authorization": f"Bearer {sandbox.token()}"}

    seen = [sandbox.request("GET", f"{factory}?api-version=2018-06-01", None, token) for _ in range(3)]
    assert [status for status, _, _ in seen] == [200, 401, 401]
    assert seen[1][1]["error"]["code"] == "ExpiredAuthenticationToken"
    assert statuses(sandbox, 1, "GET", factory) == [200]


def delete_locked(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    put(sandbox, f"{factory}/pipelines/P", pipeline())
    play(sandbox, "delete-locked")

    status, told = error(sandbox, "DELETE", f"{factory}/pipelines/P")
    group = sandbox.group_path
    assert (status, told["code"]) == (409, "ScopeLocked")
    assert told["message"].startswith(f"The scope '{factory}/pipelines/P' cannot perform delete operation")
    assert f"locked: '{group}'." in told["message"]
    assert statuses(sandbox, 1, "GET", f"{factory}/pipelines/P") == [200]


def linked_authorization(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    put(sandbox, f"{factory}/pipelines/P", pipeline())
    play(sandbox, "linked-authorization", trigger="T1")

    status, told = error(sandbox, "PUT", f"{factory}/triggers/T1", schedule("P"))
    assert (status, told["code"]) == (403, "LinkedAuthorizationFailed")
    assert f"on scope '{factory}/triggers/T1'" in told["message"]
    put(sandbox, f"{factory}/triggers/T2", schedule("P"))


def factory_put_drops(sandbox: RunningSandbox) -> None:
    play(sandbox, "factory-put-drops")

    before = sandbox.call("GET", FACTORY)[1]
    after = put(sandbox, FACTORY, {"location": "westeurope", "properties": {}})
    assert (before["tags"], before["properties"]["publicNetworkAccess"]) == ({"owner": "scenario"}, "Disabled")
    assert after["tags"] == {}
    assert "publicNetworkAccess" not in after["properties"]
    assert "identity" in before
    assert "identity" not in after


def secrets_masked(sandbox: RunningSandbox) -> None:
    play(sandbox, "secrets-masked")

    shown = sandbox.call("GET", f"{FACTORY}/linkedservices/LS_Secret")[1]["properties"]["typeProperties"]
    assert shown["connectionString"] == "DefaultEndpointsProtocol=https;AccountName=stscenario;"
    assert shown["encryptedCredential"]


def last_publish_time(sandbox: RunningSandbox) -> None:
    play(sandbox, "last-publish-time")

    assert "lastPublishTime" in sandbox.call("GET", f"{FACTORY}/pipelines/PL_Published")[1]["properties"]


def window_start_fixed(sandbox: RunningSandbox) -> None:
    play(sandbox, "window-start-fixed")

    path = f"{FACTORY}/triggers/TR_Window"
    refused = error(sandbox, "PUT", path, tumbling("2026-02-02T00:00:00Z"))
    assert refused[1]["code"] == "TumblingWindowTriggerStartTimeUpdateNotAllowed"
    put(sandbox, path, tumbling("2026-01-01T00:00:00Z"))


def runtime_type_fixed(sandbox: RunningSandbox) -> None:
    play(sandbox, "runtime-type-fixed")

    body = {"properties": {"type": "Managed"}}
    refused = error(sandbox, "PUT", f"{FACTORY}/integrationRuntimes/IR-Fixed", body)
    assert refused[1]["code"] == "DataFactoryPropertyUpdateNotSupported"


def endpoint_exists(sandbox: RunningSandbox) -> None:
    play(sandbox, "endpoint-exists")
    network = f"{FACTORY}/managedVirtualNetworks/default/managedPrivateEndpoints"
    seen = [sandbox.call("GET", f"{network}/MPE_Storage")[1]["properties"] for _ in range(3)]

    states = [one["provisioningState"] for one in seen]
    assert states == ["Provisioning", "Provisioning", "Succeeded"]
    same = {"properties": {key: seen[0][key] for key in ("privateLinkResourceId", "groupId")}}
    assert "already exist" in message(sandbox, "PUT", f"{network}/MPE_Second", same)


def unknown_type(sandbox: RunningSandbox) -> None:
    play(sandbox, "unknown-type")

    shown = sandbox.call("GET", f"{FACTORY}/linkedservices/LS_Future")[1]["properties"]
    assert shown == {"type": "FromTheFuture", "typeProperties": {"later": {"than": ["now", 1.0]}}}


def changed_meanwhile(sandbox: RunningSandbox) -> None:
    play(sandbox, "changed-meanwhile")

    read = sandbox.call("GET", f"{FACTORY}/pipelines")[1]["value"][0]
    now = sandbox.call("GET", f"{FACTORY}/pipelines/PL_Changed")[1]
    assert read["name"] == now["name"]
    assert read["etag"] != now["etag"]
    assert now["properties"]["description"] == "changed meanwhile"


def answer_lost(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    play(sandbox, "answer-lost")

    assert statuses(sandbox, 1, "PUT", f"{factory}/pipelines/P", pipeline()) == [504]
    assert statuses(sandbox, 1, "GET", f"{factory}/pipelines/P") == [200]


def started_trigger(sandbox: RunningSandbox) -> None:
    play(sandbox, "started-trigger")

    path = f"{FACTORY}/triggers/TR_Started"
    text = "Cannot update enabled Trigger; the trigger needs to be disabled first. "
    assert message(sandbox, "PUT", path, schedule("PL_Daily")) == text
    assert message(sandbox, "DELETE", path) == text


def deployment_cancelled(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    play(sandbox, "deployment-cancelled", stepSeconds=0.3)
    body = {"properties": {"mode": "Incremental", "template": template(*some_pipelines(4)), "parameters": {}}}

    poller = sandbox.clients().deployments().deployments.begin_create_or_update(GROUP, "d", body)
    with pytest.raises(HttpResponseError, match="Canceled"):
        poller.wait(60)

    assert [call["status"] for call in sandbox.calls("OTHER POST", "/cancel")] == [204]
    assert len(sandbox.call("GET", f"{factory}/pipelines")[1]["value"]) < 4


def some_pipelines(count: int) -> list[dict[str, Any]]:
    return [resource("pipelines", f"P{number}") for number in range(count)]


def resource_fails(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    play(sandbox, "resource-fails", stepSeconds=0, nth=1)
    needs = resource("pipelines", "P_Needs", ("pipelines/P_Last",))

    ended = deploy(sandbox, template(needs, resource("pipelines", "P_First"), resource("pipelines", "P_Last")))

    assert ended["provisioningState"] == "Failed"
    assert [call["status"] for call in sandbox.calls("DEPLOY")] == [400, 200]
    assert [one["name"] for one in sandbox.call("GET", f"{factory}/pipelines")[1]["value"]] == ["P_First"]


def started_meanwhile(sandbox: RunningSandbox) -> None:
    play(sandbox, "started-meanwhile")
    trigger = resource("triggers", "TR_Meanwhile", ("pipelines/PL_Daily",), type="ScheduleTrigger")
    trigger["properties"]["pipelines"] = [{"pipelineReference": refer("Pipeline", "PL_Daily")}]

    ended = deploy(sandbox, template(resource("pipelines", "PL_Daily"), trigger), factoryName="adf-scenario")

    assert "TriggerEnabledCannotUpdate" in ended["error"]["details"][0]["message"]
    state = sandbox.call("GET", f"{FACTORY}/triggers/TR_Meanwhile")[1]["properties"]["runtimeState"]
    assert state == "Started"


def right_missing(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    play(sandbox, "right-missing", without="Microsoft.DataFactory/*/delete")

    rights = sandbox.call("GET", f"{factory}/providers/Microsoft.Authorization/permissions", version="2022-04-01")

    assert rights[1] == {"value": [{"actions": ["*"], "notActions": ["Microsoft.DataFactory/*/delete"]}]}


def pipeline_runs(sandbox: RunningSandbox) -> None:
    play(sandbox, "pipeline-runs", polls=1)
    asked = {"lastUpdatedAfter": "2026-01-01T00:00:00Z", "lastUpdatedBefore": "2999-01-01T00:00:00Z"}

    told = [sandbox.call("POST", f"{FACTORY}/queryPipelineRuns", asked)[1]["value"] for _ in range(2)]

    assert [(run["pipelineName"], run["status"]) for (run,) in told] == [
        ("PL_Busy", "InProgress"),
        ("PL_Busy", "Succeeded"),
    ]


SHOWN: dict[str, Show] = {
    show.__name__.replace("_", "-"): show
    for show in (
        event_trigger_provisions,
        start_fails,
        write_fails,
        delete_chain,
        same_name_referrer,
        three_pages,
        throttled,
        token_expires,
        delete_locked,
        linked_authorization,
        factory_put_drops,
        secrets_masked,
        last_publish_time,
        window_start_fixed,
        runtime_type_fixed,
        endpoint_exists,
        unknown_type,
        changed_meanwhile,
        answer_lost,
        started_trigger,
        deployment_cancelled,
        resource_fails,
        started_meanwhile,
        right_missing,
        pipeline_runs,
    )
}


@pytest.mark.parametrize("name", scenarios.SCENARIOS)
def test_the_scenario_shows_what_its_row_says(sandbox: RunningSandbox, name: str) -> None:
    SHOWN[name](sandbox)


def test_all_of_the_list_are_there_and_told_by_the_server(sandbox: RunningSandbox) -> None:
    assert [row.number for row in ROWS] == list(range(1, 26))
    told = sandbox.control("GET", "scenarios")
    assert [one["name"] for one in told] == list(scenarios.SCENARIOS)
    assert told[0]["parameters"] == {"polls": 3}


@pytest.mark.parametrize("name", [row.name for row in ROWS if row.calls])
def test_a_scene_that_stands_already_is_left_alone(sandbox: RunningSandbox, name: str) -> None:
    for _ in range(2):
        play(sandbox, name)


def row_of_the_page(row: Scenario) -> str:
    own = ", ".join(f"`{key}={value}`" for key, value in row.parameters.items())
    scene = "a scene" if row.calls else ""
    return f"| {row.number} | `{row.name}` | {row.shows} | {'; '.join(filter(None, (own, scene)))} |"


def test_the_table_of_scenarios_is_the_one_of_the_code() -> None:
    told = re.findall(r"^\| \d+ \| `[^`]+` \| .+ \|$", PAGE, re.MULTILINE)

    assert told == [row_of_the_page(row) for row in ROWS]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"name": "no-such"}, "unknown scenario 'no-such'"),
        ({}, "unknown scenario None"),
        ({"name": "throttled", "oops": 1}, "no parameter 'oops'; known: method, path, seconds, times"),
        ({"name": "throttled", "times": "x"}, "'times' takes a value like 2"),
        ({"name": "throttled", "path": "("}, "no regular expression"),
        ({"name": "delete-chain", "resourceGroup": "none"}, "the scene can't be set"),
    ],
)
def test_a_wrong_wish_is_explained_and_changes_nothing(sandbox: RunningSandbox, body: Any, text: str) -> None:
    before = sandbox.control("GET", "settings")
    token = {"x-sandbox-control": sandbox.info["controlToken"]}

    status, answer, _ = sandbox.request("PUT", "/_sandbox/scenario", body, token)

    assert status == 400
    assert text in answer["error"]["message"]
    assert sandbox.control("GET", "settings") == before


def test_the_command_line_plays_one_too(tmp_path: Path) -> None:
    with running(tmp_path, "--scenario", "three-pages,pageSize=3,factory=adf-mine") as azure:
        body = azure.call("GET", azure.factory_path("adf-mine") + "/pipelines")[1]
        assert len(body["value"]) == 3


def test_a_wrong_word_on_the_command_line_is_told(tmp_path: Path) -> None:
    process = start(tmp_path, "--scenario", "three-pages,pageSize")
    _, err = process.communicate(timeout=60)

    assert process.returncode == 2
    assert b"--scenario three-pages,pageSize: 'pageSize' should be parameter=value" in err
