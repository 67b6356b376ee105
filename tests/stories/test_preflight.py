"""Before the first trigger stops, Azure is asked what would stand in the plan's way; all of it is told at once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ecluse_command import Ran, ecluse, to
from tests.sandbox_process import GROUP, RunningSandbox, running
from tests.stories.in_process import ecluse as in_process
from tests.stories.template import pipeline, resource, trigger, write

RIGHTS = r"/providers/Microsoft\.Authorization/permissions"
STORAGE = "/subscriptions/0/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/files"
DELETE = "--delete-not-in-source"
NO_RIGHT = {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no right"}}}


@dataclass(frozen=True)
class Lab:
    """A live first release whose trigger runs, and the words that deploy the second, which also deletes a pipeline."""

    azure: RunningSandbox
    folder: Path

    def run(self, verb: str, *words: Any) -> Ran:
        return ecluse(verb, "--source", self.folder, *to(self.azure.directory), *words)

    def wrote(self) -> list[str]:
        """Every call that changed something."""
        harmless = ("/validate", "/getEventSubscriptionStatus", "/queryPipelineRuns")
        calls = (call for call in self.azure.calls() if call["method"] != "GET")
        return [call["path"] for call in calls if not any(part in call["path"] for part in harmless)]

    def lock(self, level: str, scope: str) -> None:
        path = f"{scope}/providers/Microsoft.Authorization/locks/freeze?api-version=2016-09-01"
        status, _, _ = self.azure.call("PUT", path, {"properties": {"level": level}})
        assert status == 201
        self.azure.control("DELETE", "calls")

    def lacks(self, action: str, where: str = "") -> None:
        body = {"value": [{"actions": ["*"], "notActions": [action]}]}
        self.azure.faults({"method": "GET", "path": where + RIGHTS, "action": {"status": 200, "body": body}})

    def begin_run(self, name: str, polls: int) -> None:
        self.azure.settings(runPolls=polls)
        assert self.azure.call("POST", f"{self.azure.factory_path()}/pipelines/{name}/createRun")[0] == 200
        self.azure.control("DELETE", "calls")


@pytest.fixture
def lab(sandbox: RunningSandbox, tmp_path: Path) -> Lab:
    made = Lab(sandbox, tmp_path / "source")
    files = trigger("TR_Files", "P", kind="BlobEventsTrigger")
    files["properties"]["typeProperties"]["scope"] = STORAGE
    write(made.folder, pipeline("P"), pipeline("P_Old"), trigger("TR_Daily", "P"), files)
    begun = in_process(
        tmp_path, "deploy", "--source", made.folder, *to(sandbox.directory), "--create", "--location", "westeurope"
    )
    assert begun.code == 0, begun.text
    ran = in_process(tmp_path, "triggers", "start", "TR_Daily", "TR_Files", *to(sandbox.directory))
    assert ran.code == 0, ran.text
    write(made.folder, pipeline("P", description="new"), trigger("TR_Daily", "P"), files)
    sandbox.control("DELETE", "calls")
    return made


ADF, ON_FACTORY = "Microsoft.DataFactory/factories", "/factories/[^/]+"
MISSING = [
    ((f"{ADF}/triggers/start/action", ON_FACTORY), "Data Factory", "adf-test"),
    ((f"{ADF}/pipelines/write", ON_FACTORY), "Data Factory", "adf-test"),
    (("Microsoft.DataFactory/*/delete", ON_FACTORY), "Data Factory", "adf-test"),
    (("Microsoft.Resources/deployments/validate/action", "rg-test"), "Data Factory", "resourceGroups/rg-test"),
    (("Microsoft.EventGrid/eventSubscriptions/write", "files"), "EventGrid EventSubscription", STORAGE),
]


@pytest.mark.parametrize("verb", ["plan", "deploy"])
@pytest.mark.parametrize(("missing", "role", "scope"), MISSING)
def test_a_missing_right_is_told_before_the_first_stop_with_the_role_that_has_it(
    lab: Lab, verb: str, missing: tuple[str, str], role: str, scope: str
) -> None:
    lab.lacks(*missing)
    ran = lab.run(verb, DELETE)
    assert ran.code == {"plan": 0, "deploy": 3}[verb], ran.text  # who may only read can see the plan
    assert missing[0].rpartition("/")[2] in ran.text
    assert f"'{role} Contributor'" in ran.text
    assert scope in ran.text
    assert lab.wrote() == []


def test_everything_in_the_way_is_told_at_once(lab: Lab) -> None:
    lab.lock("ReadOnly", lab.azure.group_path)
    lab.lacks("Microsoft.DataFactory/factories/triggers/stop/action")
    provider = f"/subscriptions/{lab.azure.info['subscriptionId']}/providers/Microsoft.EventGrid/unregister"
    assert lab.azure.call("POST", provider, version="2021-04-01")[0] == 200
    lab.azure.control("DELETE", "calls")
    ran = lab.run("deploy")
    assert ran.code == 3, ran.text
    assert all(word in ran.text for word in ("permission-missing", "locked", "'freeze'", "provider-not-registered")), (
        ran.text
    )
    assert lab.wrote() == []


def test_what_only_the_plan_knows_is_told_together_with_what_only_azure_knows(lab: Lab) -> None:
    def release(kind: str, resource_id: str, start: str) -> None:
        endpoint = {"privateLinkResourceId": resource_id, "groupId": "blob"}
        begin = {"frequency": "Day", "interval": 1, "startTime": start, "timeZone": "UTC"}
        write(
            lab.folder,
            pipeline("P"),
            resource("integrationRuntime.IR-Own", {"type": kind}),
            resource("managedVirtualNetwork.default", {}),
            resource("managedPrivateEndpoint.E", endpoint, "managedVirtualNetwork.default"),
            trigger("TR_Daily", "P", typeProperties={"recurrence": begin}),
        )

    release("SelfHosted", STORAGE, "2026-01-01T00:00:00Z")
    begun = lab.run("deploy")
    assert begun.code == 0, begun.text
    release("Managed", STORAGE.replace("files", "other"), "2026-01-01T06:00:00")
    lab.lock("ReadOnly", lab.azure.group_path)
    lab.lacks("Microsoft.DataFactory/factories/triggers/stop/action")
    ran = lab.run("plan")
    assert ran.code == 3, ran.text
    for told in (
        "integrationRuntime.IR-Own: type can't be changed",
        "managedPrivateEndpoint.E: privateLinkResourceId can't be changed",
        "Azure starts no schedule in UTC whose start time has no zone (2026-01-01T06:00:00)",
        "the lock 'freeze' (ReadOnly)",
        "triggers/stop/action",
    ):
        assert told in ran.text, ran.text
    assert lab.run("deploy").text.count("[") == ran.text.count("[")
    assert lab.wrote() == []


@pytest.mark.parametrize("words", [(), ("--method", "rest")])
def test_a_lock_against_deletions_stops_a_plan_that_deletes_and_no_other(lab: Lab, words: tuple[str, ...]) -> None:
    lab.lock("CanNotDelete", lab.azure.factory_path())
    ran = lab.run("deploy", DELETE, *words)
    assert ran.code == 3, ran.text
    assert "'freeze' (CanNotDelete)" in ran.text
    assert "pipeline.P_Old" in ran.text
    assert lab.wrote() == []
    assert lab.run("deploy", *words).code == 0


@pytest.mark.parametrize(
    "action",
    [
        {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no right to look"}}},
        {"status": 404, "body": {"error": {"code": "NotFound", "message": "no such thing"}}},
        {"status": 500, "body": {"error": {"code": "InternalServerError", "message": "made up"}}},
        {"status": 200, "body": {"value": [{"permissions": "of another make"}]}},
        {"status": 200, "body": {"value": 7}},
        {"status": 200, "body": "<html>a proxy</html>"},
    ],
    ids=["403", "404", "500", "other items", "no list", "a text"],
)
def test_a_preflight_that_cant_be_read_is_a_warning_and_the_deployment_goes_on(lab: Lab, action: Any) -> None:
    lab.azure.faults(
        {"path": r"/Microsoft\.Authorization/", "action": action},
        {"path": "/providers/Microsoft.EventGrid", "action": action},
        {"path": "/queryPipelineRuns", "action": action},
    )
    ran = lab.run("deploy")
    assert ran.code == 0, ran.text
    assert ran.text.count("not checked before the deployment") == 6, ran.text
    assert len(lab.azure.calls("GET", "/Microsoft.Authorization/")) == 4, "nothing is asked twice"


def test_without_deployments_in_the_group_the_journal_is_local_only_and_that_is_said(lab: Lab) -> None:
    lab.lacks("Microsoft.Resources/deployments/*", "rg-test")
    ran = lab.run("plan", "--method", "rest")
    assert ran.code == 0, ran.text
    assert "local journal only" in ran.text
    assert lab.run("deploy", "--method", "arm").code == 3


def test_pipelines_at_work_are_told_and_stop_nothing(lab: Lab) -> None:
    lab.begin_run("P", polls=9)
    ran = lab.run("deploy")
    assert ran.code == 0, ran.text
    assert "pipelines of this plan are at work: P (InProgress" in ran.text


def test_pipelines_at_work_that_the_plan_leaves_alone_are_nobodys_business(lab: Lab) -> None:
    lab.begin_run("P_Old", polls=9)
    ran = lab.run("deploy")
    assert (ran.code, "at work" in ran.text) == (0, False), ran.text


def test_nobody_looks_for_pipelines_at_work_who_does_not_want_to(lab: Lab) -> None:
    lab.begin_run("P", polls=9)
    assert lab.run("deploy", "--wait-for-runs", "off").code == 0
    assert lab.azure.calls("POST", "queryPipelineRuns") == []


def test_a_deployment_waits_before_the_first_stop_until_the_pipelines_have_ended(lab: Lab) -> None:
    lab.begin_run("P", polls=4)
    ran = lab.run("deploy", "--wait-for-runs", "5")
    assert ran.code == 0, ran.text
    assert "waiting up to 5 min" in ran.text
    assert "the plan is made anew" in ran.text
    order = [
        call["path"]
        for call in lab.azure.calls("POST")
        if "queryPipelineRuns" in call["path"] or "/stop" in call["path"]
    ]
    assert ["/stop" in path for path in order] == sorted("/stop" in path for path in order)
    assert len([path for path in order if "queryPipelineRuns" in path]) >= 4


def test_pipelines_that_are_still_at_work_when_the_time_is_over_refuse_the_deployment(lab: Lab) -> None:
    lab.begin_run("P_Old", polls=9)
    ran = lab.run("deploy", DELETE, "--wait-for-runs", "0")
    assert ran.code == 3, ran.text
    assert "P_Old (InProgress" in ran.text
    assert "--wait-for-runs" in ran.text
    assert lab.wrote() == []


@pytest.mark.parametrize("value", ["soon", "-1", "1.5", "99999"])
def test_a_wait_that_is_no_number_of_minutes_is_refused(lab: Lab, value: str) -> None:
    ran = lab.run("plan", f"--wait-for-runs={value}")
    assert ran.code == 3, ran.text
    assert "a number of minutes, warn or off" in ran.text


def test_a_deployment_without_changes_asks_nothing(lab: Lab) -> None:
    assert lab.run("deploy").code == 0
    lab.azure.control("DELETE", "calls")
    assert lab.run("deploy").code == 0
    asked = ("Authorization", "queryPipelineRuns", "EventGrid")
    assert [call for part in asked for call in lab.azure.calls(contains=part)] == []


def test_a_factory_that_does_not_exist_yet_is_judged_by_its_group(lab: Lab) -> None:
    lab.lacks("Microsoft.DataFactory/factories/write", "rg-test")
    words = ("--source", lab.folder, *to(lab.azure.directory, "adf-new"), "--create", "--location", "westeurope")
    ran = ecluse("deploy", *words)
    assert ran.code == 3, ran.text
    assert "lacks Microsoft.DataFactory/factories/write on " in ran.text
    lab.azure.faults()
    assert ecluse("deploy", *words).code == 0


def test_a_new_factory_whose_name_another_one_has_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    write(tmp_path / "source", pipeline("P"))
    with running(tmp_path / "azure", groups=(GROUP, "rg-other")) as azure:
        azure.call("PUT", azure.factory_path().replace(GROUP, "rg-other"), {"location": "westeurope", "properties": {}})
        azure.control("DELETE", "calls")
        words = (
            "deploy",
            "--source",
            tmp_path / "source",
            *to(azure.directory),
            "--create",
            "--location",
            "westeurope",
        )
        ran = ecluse(*words)
        assert ran.code == 3, ran.text
        assert "not in resource group rg-test but in rg-other" in ran.text
        assert azure.calls("PUT") == []
        assert ecluse(*words, "--factory", "ADF-TEST").code == 3, "names of factories have no case"

        azure.faults({"path": r"/Microsoft\.DataFactory/factories\?", "action": NO_RIGHT})
        late = ecluse(*words)
        assert late.code == 1, late.text
        unseen = "not checked before the deployment: whether another resource group has a factory of this name"
        assert f"{unseen}: AuthorizationFailed" in late.text
        assert "DataFactoryNameInUse" in late.text
        assert "choose another --factory" in late.text
        sent = [call["path"].partition("?")[0] for call in azure.calls("PUT")]
        assert [path for path in sent if "/deployments/" not in path] == [azure.factory_path()]


def test_a_provider_that_a_new_factory_needs_is_asked_for(lab: Lab) -> None:
    provider = f"/subscriptions/{lab.azure.info['subscriptionId']}/providers/Microsoft.DataFactory/unregister"
    assert lab.azure.call("POST", provider, version="2021-04-01")[0] == 200
    words = ("--source", lab.folder, *to(lab.azure.directory, "adf-new"), "--create", "--location", "westeurope")
    ran = ecluse("deploy", *words)
    assert ran.code == 3, ran.text
    assert "az provider register --namespace Microsoft.DataFactory " in ran.text


def test_a_shared_runtime_without_its_right_is_said_and_left_to_azure(lab: Lab) -> None:
    shared = f"{lab.azure.factory_path('adf-shared')}/integrationruntimes/IR_Shared"
    linked = {
        "type": "SelfHosted",
        "typeProperties": {"linkedInfo": {"resourceId": shared, "authorizationType": "Rbac"}},
    }
    write(lab.folder, pipeline("P"), resource("integrationRuntime.IR_Shared", linked))
    lab.azure.call("PUT", lab.azure.factory_path("adf-shared"), {"location": "westeurope", "properties": {}})
    lab.lacks("*/linkedIntegrationRuntime/action", "IR_Shared")
    ran = lab.run("plan")
    assert "Azure may refuse the link" in ran.text, ran.text
