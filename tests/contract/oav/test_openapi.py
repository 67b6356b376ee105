"""The sandbox's answers as Microsoft's own validator judges them, by Microsoft's OpenAPI descriptions."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox_process import RunningSandbox, running

HERE = Path(__file__).parent
SPECIFICATION = HERE.parents[3] / "shared" / "azure-spec" / "specification"
DEPLOYMENTS = "2024-07-01"
WRITING = ("Accepted", "Running")

FACTORY = {"location": "westeurope", "properties": {}}
LAKE = {"type": "AzureBlobFS", "typeProperties": {"url": "https://lake.dfs.core.windows.net"}}
SQL = {"type": "AzureSqlDatabase", "typeProperties": {"connectionString": "Server=s;Database=d;Password=hidden"}}
ORDERS = {
    "type": "Parquet",
    "linkedServiceName": {"referenceName": "LS_Lake", "type": "LinkedServiceReference"},
    "typeProperties": {"location": {"type": "AzureBlobFSLocation", "fileSystem": "sales"}},
}
WAIT = {"activities": [{"name": "Wait", "type": "Wait", "typeProperties": {"waitTimeInSeconds": 1}}]}
DAILY = {
    "type": "ScheduleTrigger",
    "pipelines": [{"pipelineReference": {"referenceName": "PL_Wait", "type": "PipelineReference"}}],
    "typeProperties": {"recurrence": {"frequency": "Day", "interval": 1, "startTime": "2024-01-01T00:00:00Z"}},
}
TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "resources": [
        {
            "type": "Microsoft.DataFactory/factories/pipelines",
            "apiVersion": "2018-06-01",
            "name": "adf-test/PL_By_Template",
            "properties": WAIT,
        }
    ],
}


@dataclass(slots=True)
class Recorder:
    """Calls the sandbox and keeps each request with its answer, as the checker reads them."""

    azure: RunningSandbox
    pairs: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, method: str, path: str, body: Any = None, *, version: str = "2018-06-01") -> Any:
        status, answer, headers = self.azure.call(method, path, body, version)
        url = f"https://management.azure.com{path}?api-version={version}"
        request = {"method": method, "url": url, "headers": {"content-type": "application/json"}, "body": body}
        response = {"status": status, "headers": headers, "body": answer or None}
        self.pairs.append({"request": request, "response": response})
        return answer


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Recorder]:
    if not SPECIFICATION.is_dir():
        pytest.skip("no shared data: Microsoft's OpenAPI descriptions are expected in ../shared/azure-spec")
    with running(tmp_path) as azure:
        yield Recorder(azure)


def judged(call: Recorder) -> str:
    """What the checker says about all that was recorded."""
    node = shutil.which("node")
    assert node, "Node 20 or newer is needed; `python3 dev.py test` sets up the checker"
    assert (HERE / "node_modules").is_dir(), "the checker is not set up: run `python3 dev.py test`"
    lines = "\n".join(map(json.dumps, call.pairs))
    done = subprocess.run(
        [node, str(HERE / "check.mjs"), str(SPECIFICATION)], input=lines, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def assert_true_to_the_descriptions(call: Recorder) -> None:
    said = judged(call)
    assert re.fullmatch(rf"pairs: {len(call.pairs)}, ok: \d+, known: \d+, wrong: 0", said.splitlines()[-1]), said


def make_factory(call: Recorder) -> Callable[[str], str]:
    """A factory with one object of the common kinds; gives the path of what is named below it."""
    path = call.azure.factory_path()
    call("PUT", path, FACTORY)
    bodies = {
        "linkedservices/LS_Lake": LAKE,
        "linkedservices/LS_Sql": SQL,
        "datasets/DS_Orders": ORDERS,
        "pipelines/PL_Wait": WAIT,
        "triggers/TR_Daily": DAILY,
    }
    for name, properties in bodies.items():
        call("PUT", f"{path}/{name}", {"properties": properties})
    return lambda name: f"{path}/{name}"


def test_objects_are_written_read_listed_and_deleted_as_described(call: Recorder) -> None:
    below = make_factory(call)
    call("GET", call.azure.factory_path())
    for collection in ("linkedservices", "datasets", "pipelines", "triggers", "dataflows", "integrationRuntimes"):
        call("GET", below(collection))
    for name in ("linkedservices/LS_Sql", "datasets/DS_Orders", "pipelines/PL_Wait", "triggers/TR_Daily"):
        call("GET", below(name))
    call("DELETE", below("triggers/TR_Daily"))
    assert_true_to_the_descriptions(call)


def test_triggers_start_and_stop_as_described_and_refusals_have_the_described_form(call: Recorder) -> None:
    below = make_factory(call)
    trigger = below("triggers/TR_Daily")
    call("POST", f"{trigger}/start")
    assert call("GET", trigger)["properties"]["runtimeState"] == "Started"
    assert call("PUT", trigger, {"properties": DAILY})["error"]["code"] == "TriggerEnabledCannotUpdate"
    assert call("DELETE", below("linkedservices/LS_Lake"))["error"]["code"] == "BadRequest"
    assert call("GET", below("pipelines/PL_Gone"))["error"]
    call("POST", f"{trigger}/stop")
    assert call("GET", trigger)["properties"]["runtimeState"] == "Stopped"
    assert_true_to_the_descriptions(call)


def test_a_deployment_is_validated_run_and_read_as_described(call: Recorder) -> None:
    make_factory(call)
    path = f"{call.azure.group_path}/providers/Microsoft.Resources/deployments/release-1"
    body = {"properties": {"mode": "Incremental", "template": TEMPLATE, "parameters": {}}}
    call("POST", f"{path}/validate", body, version=DEPLOYMENTS)
    call("PUT", path, body, version=DEPLOYMENTS)
    deadline = time.monotonic() + 60
    while call("GET", path, version=DEPLOYMENTS)["properties"]["provisioningState"] in WRITING:
        assert time.monotonic() < deadline
    assert call.pairs[-1]["response"]["body"]["properties"]["provisioningState"] == "Succeeded"
    call("GET", f"{call.azure.group_path}/deployments/release-1/operations", version=DEPLOYMENTS)
    assert_true_to_the_descriptions(call)


def test_the_checker_finds_what_is_wrong(call: Recorder) -> None:
    call("PUT", call.azure.factory_path(), FACTORY)
    right = call.pairs[0]
    call.pairs += [
        right | {"response": right["response"] | {"status": 201}},
        right | {"request": right["request"] | {"url": right["request"]["url"].replace("factories/", "faktories/")}},
    ]
    assert judged(call).splitlines()[-1] == "pairs: 3, ok: 1, known: 0, wrong: 2"
