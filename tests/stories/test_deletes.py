"""Deletions, by the real command: what goes, in which order, what is refused, and what a failure leaves."""

import re
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.ecluse_command import Ran, ecluse, to
from tests.sandbox_process import RunningSandbox
from tests.stories.template import pipeline, resource, trigger, write

CREATE = ("--create", "--location", "westeurope")
DELETE = "--delete-not-in-source"
Resource = Mapping[str, Any]


def pointer(kind: str, name: str) -> dict[str, str]:
    return {"referenceName": name, "type": f"{kind}Reference"}


def service(name: str) -> Resource:
    return resource(f"linkedService.{name}", {"type": "HttpServer", "typeProperties": {"url": "https://x.invalid"}})


def dataset(name: str, linked_service: str) -> Resource:
    uses = pointer("LinkedService", linked_service)
    return resource(f"dataset.{name}", {"type": "Json", "linkedServiceName": uses}, f"linkedService.{linked_service}")


def caller(name: str, *called: str) -> Resource:
    activities = [
        {"name": each, "type": "ExecutePipeline", "typeProperties": {"pipeline": pointer("Pipeline", each)}}
        for each in called
    ]
    return resource(f"pipeline.{name}", {"activities": activities}, *(f"pipeline.{each}" for each in called))


def copier(name: str, uses: str) -> Resource:
    copy = {"name": "copy", "type": "Copy", "inputs": [pointer("Dataset", uses)]}
    return resource(f"pipeline.{name}", {"activities": [copy]}, f"dataset.{uses}")


KEPT = (service("LS_Kept"), dataset("DS_Kept", "LS_Kept"), pipeline("PL_Kept"), trigger("TR_Kept", "PL_Kept"))


class Factory:
    """A factory on the sandbox, and the folder that its releases come from."""

    def __init__(self, azure: RunningSandbox, folder: Path) -> None:
        self.azure, self.folder = azure, folder

    def deploy(self, *objects: Resource, words: tuple[str, ...] = ()) -> Ran:
        write(self.folder, *objects)
        return ecluse("deploy", "--source", self.folder, *to(self.azure.directory), *words)

    def begin(self, *objects: Resource, running: tuple[str, ...] = ()) -> None:
        """The first release; the calls that it took are forgotten."""
        ran = self.deploy(*objects, words=CREATE)
        assert ran.code == 0, ran.text
        if running:
            ran = ecluse("triggers", "start", *running, *to(self.azure.directory))
            assert ran.code == 0, ran.text
        self.azure.control("DELETE", "calls")

    def deleted(self) -> list[str]:
        """What was deleted, in order, as `collection/name`."""
        paths = (call["path"].partition("?")[0] for call in self.azure.calls("DELETE") if call["status"] < 300)
        return [urllib.parse.unquote("/".join(path.split("/")[-2:])).casefold() for path in paths]

    def names(self, collection: str) -> set[str]:
        _, body, _ = self.azure.call("GET", f"{self.azure.factory_path()}/{collection}")
        return {each["name"] for each in body["value"]}

    def running(self) -> set[str]:
        _, body, _ = self.azure.call("GET", f"{self.azure.factory_path()}/triggers")
        return {each["name"] for each in body["value"] if each["properties"]["runtimeState"] == "Started"}

    def put(self, path: str, properties: Mapping[str, Any]) -> None:
        status, body, _ = self.azure.call("PUT", f"{self.azure.factory_path()}/{path}", {"properties": properties})
        assert status == 200, body

    def wrote(self) -> list[str]:
        """Every call that could change something."""
        harmless = re.compile(r"/(validate|getEventSubscriptionStatus|queryPipelineRuns)(\?|$)", re.IGNORECASE)
        return [
            f"{call['method']} {call['path']}"
            for call in self.azure.calls()
            if call["method"] != "GET" and not harmless.search(call["path"])
        ]


@pytest.fixture
def live(sandbox: RunningSandbox, tmp_path: Path) -> Factory:
    return Factory(sandbox, tmp_path / "source")


OLD = (
    service("LS_Old"),
    dataset("DS_Old", "LS_Old"),
    copier("PL_Old", "DS_Old"),
    trigger("TR_Old", "PL_Old"),
    trigger("TR_Old_Files", "PL_Old", kind="BlobEventsTrigger"),
)


def test_a_chain_goes_from_the_needing_to_the_needed_and_what_ran_of_the_rest_runs_again(live: Factory) -> None:
    live.begin(*KEPT, *OLD, running=("TR_Kept", "TR_Old", "TR_Old_Files"))
    ran = live.deploy(*KEPT, words=(DELETE,))
    assert ran.code == 0, ran.text
    gone = live.deleted()
    assert set(gone[:2]) == {"triggers/tr_old", "triggers/tr_old_files"}
    assert gone[2:] == ["pipelines/pl_old", "datasets/ds_old", "linkedservices/ls_old"]
    assert live.running() == {"TR_Kept"}
    acts = [re.sub(r"\?.*", "", each).casefold() for each in live.wrote()]
    assert not [each for each in acts if each.endswith("/start") and "tr_old" in each]
    of_files = [each.rpartition("/")[2] for each in acts if "/tr_old_files" in each]
    assert of_files == ["unsubscribefromevents", "stop", "tr_old_files"]


def test_a_reference_that_the_same_release_takes_away_keeps_nothing(live: Factory) -> None:
    live.begin(service("LS_Kept"), dataset("DS", "LS_Old"), service("LS_Old"))
    ran = live.deploy(service("LS_Kept"), dataset("DS", "LS_Kept"), words=(DELETE,))
    assert ran.code == 0, ran.text
    assert live.deleted() == ["linkedservices/ls_old"]


def test_what_a_kept_object_refers_to_is_refused_by_both_names_before_any_trigger_stops(live: Factory) -> None:
    live.begin(*KEPT, *OLD, running=("TR_Kept",))
    ran = live.deploy(*KEPT, words=(DELETE, "--filter", "-pipeline.PL_Old"))
    assert ran.code == 3, ran.text
    assert "dataset.DS_Old would be deleted, but pipeline.PL_Old needs it and stays" in ran.text
    assert live.wrote() == []
    assert live.running() == {"TR_Kept"}


def test_pipelines_that_call_each_other_in_a_circle_are_refused_by_name(live: Factory) -> None:
    live.begin(*KEPT, pipeline("PL_A"), caller("PL_B", "PL_A"))
    there = {"typeProperties": {"pipeline": pointer("Pipeline", "PL_B")}, "name": "b", "type": "ExecutePipeline"}
    live.put("pipelines/PL_A", {"activities": [there]})
    for name in ("PL_A", "PL_B"):
        assert live.azure.call("DELETE", f"{live.azure.factory_path()}/pipelines/{name}")[0] == 400
    live.azure.control("DELETE", "calls")
    ran = live.deploy(*KEPT, words=(DELETE,))
    assert ran.code == 3, ran.text
    assert "pipeline.PL_A → pipeline.PL_B → pipeline.PL_A" in ran.text
    assert live.wrote() == []


def test_a_reference_that_came_after_the_plan_fails_by_name_and_the_triggers_come_back(live: Factory) -> None:
    live.begin(*KEPT, service("LS_Old"), running=("TR_Kept",))
    told = "The document cannot be deleted since it is referenced by DS_Just_Made."
    error = {"error": {"code": "BadRequest", "message": told, "target": "x", "details": None}}
    live.azure.faults({"method": "DELETE", "path": "LS_Old", "action": {"status": 400, "body": error}})
    ran = live.deploy(*KEPT, words=(DELETE,))
    assert ran.code == 1, ran.text
    assert "linkedService.LS_Old" in ran.text
    assert "DS_Just_Made" in ran.text
    assert len(live.azure.calls("DELETE", "LS_Old")) <= 5
    assert live.running() == {"TR_Kept"}
    live.azure.faults()
    assert live.deploy(*KEPT, words=(DELETE,)).code == 0
    assert "LS_Old" not in live.names("linkedservices")


def test_a_release_of_nothing_deletes_nothing(live: Factory) -> None:
    live.begin(*KEPT, *OLD)
    ran = live.deploy(pipeline("PL_New"), words=(DELETE, "--max-deletes", "3"))
    assert ran.code == 3, ran.text
    assert "more than --max-deletes 3" in ran.text
    for kind in ("dataset", "linkedService", "trigger"):
        assert f"of kind {kind} would be deleted" in ran.text
    assert live.wrote() == []


def test_some_kinds_go_only_when_they_are_named(live: Factory) -> None:
    runtime = resource("integrationRuntime.IR-Old", {"type": "SelfHosted"})
    live.begin(*KEPT, runtime)
    live.put("credentials/CR_Old", {"type": "ManagedIdentity", "typeProperties": {}})
    live.put("globalParameters/default", {"env": {"type": "string", "value": "x"}})
    live.put("managedVirtualNetworks/default", {})
    live.azure.control("DELETE", "calls")
    ran = live.deploy(*KEPT, words=(DELETE,))
    assert (ran.code, live.deleted()) == (0, []), ran.text
    ran = live.deploy(*KEPT, words=(DELETE, "--delete-kinds", "integrationRuntime,credential,globalParameters"))
    assert ran.code == 0, ran.text
    assert set(live.deleted()) == {"integrationruntimes/ir-old", "credentials/cr_old", "globalparameters/default"}
    ran = live.deploy(*KEPT, words=(DELETE, "--delete-kinds", "managedVirtualNetwork"))
    assert ran.code == 3, ran.text
    assert "Azure can't delete one" in ran.text


def test_a_chain_of_thirteen_levels_and_hundreds_of_objects_goes_in_one_release(live: Factory) -> None:
    def old(level: int, number: int) -> Resource:
        return caller(f"L{level}_{number}", *([f"L{level + 1}_{number}"] if level < 12 else []))

    live.begin(*KEPT, *(old(level, number) for level in range(13) for number in range(20)))
    ran = live.deploy(*KEPT, words=(DELETE, "--max-deletes", "260"))
    assert ran.code == 0, ran.text
    assert len(live.deleted()) == 260
    assert live.names("pipelines") == {"PL_Kept"}


ODD = ("a b", "A-B_c", "it's", "L(a), [b]", "L é 漢", "a;b|c!@{}=~^`$", "_x")


def test_names_of_every_allowed_character_go_and_same_names_of_other_kinds_stay(live: Factory) -> None:
    live.begin(*KEPT, *map(service, ODD), pipeline("same"), service("SAME"))
    ran = live.deploy(*KEPT, pipeline("Same"), words=(DELETE,))
    assert ran.code == 0, ran.text
    assert live.names("linkedservices") == {"LS_Kept"}
    assert {each.casefold() for each in live.names("pipelines")} == {"pl_kept", "same"}


def test_the_plan_tells_what_would_go_and_deletes_nothing(live: Factory) -> None:
    live.begin(*KEPT, *OLD)
    write(live.folder, *KEPT)
    ran = ecluse("plan", "--source", live.folder, *to(live.azure.directory), DELETE)
    assert ran.code == 0, ran.text
    assert "5 to delete" in ran.text
    assert live.wrote() == []
    assert live.names("datasets") == {"DS_Kept", "DS_Old"}
