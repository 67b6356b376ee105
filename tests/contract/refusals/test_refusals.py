"""Every refusal of Azure that was read in a source and concerns what we call: provoked, and compared word for word.

The words (refusals.toml) were written from the sources, not from the sandbox. Rows that nothing inside a sandbox can
cause are provoked by a named scenario or by a fault rule's `refusal`. What azure-behaviours says outside of its tables
is tested elsewhere: the envelope's keys for every pair of a run (oav/operations.py), a call before Retry-After has
passed, slow PUTs and 504s with the scenarios.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ecluse_sandbox import on_request
from tests.contract.refusals import provoking as by
from tests.contract.sandbox.sandbox_bodies import pipeline, refer, resource, schedule, template
from tests.sandbox_process import GROUP, RunningSandbox, running

HERE = Path(__file__).resolve().parent
BEHAVIOURS = HERE.parents[3] / "shared" / "azure-behaviours.md"
PAGE = (HERE.parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
FACTORY = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-test/providers/"
FACTORY += "Microsoft.DataFactory/factories/adf-test"

USES_LS = {"properties": {"type": "X", "linkedServiceName": refer("LinkedService", "LS_AzureKeyVault")}}
LINKED_RUNTIME = {"type": "SelfHosted", "typeProperties": {"linkedInfo": {"authorizationType": "RBAC"}}}
MANY = [resource("pipelines", f"P{number}") for number in range(801)]
MISSING = "The document creation or update failed because of invalid reference"

PROVOKED: Mapping[str, by.Provoke] = {
    "put-started": by.started("PUT"),
    "delete-started": by.started("DELETE"),
    "start-provisioning": by.provisioning("start"),
    "subscribe-provisioning": by.provisioning("subscribeToEvents"),
    "start-nothing": by.on_object("POST", "triggers/T/start", first=(("triggers/T", schedule()),)),
    "start-time": by.start_of(by.recurring(startTime="2023-02-27T00:30:00", timeZone="UTC")),
    "schedule": by.start_of(by.recurring(frequency="Minute", schedule={"hours": [3]})),
    "event-grid": by.asked("EventGridNotAuthorized"),
    "window-start": by.changed_window("2024-01-02T00:00:00Z"),
    "delete-referenced": by.referenced,
    "missing-linked-service": by.put_object("datasets/D", USES_LS),
    "missing-pipeline": by.put_object("pipelines/P", pipeline(refer("Pipeline", "Pipeline2"))),
    "reference-by-expression": by.put_object("pipelines/P", pipeline(refer("Dataset", "@pipeline().parameters.d"))),
    "runtime-details": by.asked("InputIsMalformedDetailed"),
    "runtime-type": by.put_object(
        "integrationRuntimes/IR1",
        {"properties": {"type": "Managed"}},
        first=(("integrationRuntimes/IR1", {"properties": {"type": "SelfHosted"}}),),
    ),
    "linked-runtime": by.put_object("integrationRuntimes/linked-shir", {"properties": LINKED_RUNTIME}),
    "not-encrypted": by.asked("NotEncrypted"),
    "foreign-credential": by.foreign_credential,
    "endpoint-exists": by.second_endpoint,
    "other-endpoint": by.other_endpoint,
    "network-values": by.put_object("managedVirtualNetworks/default", {"properties": {"vNetId": "v", "alias": "a"}}),
    "network-payload": by.put_object("managedVirtualNetworks/default", {}),
    "no-factory": by.get("{group}/providers/Microsoft.DataFactory/factories/X-1"),
    "no-group": by.get("{subscription}/resourceGroups/foo/providers/Microsoft.DataFactory/factories/X-1"),
    "no-group-of-deployment": by.get(
        "{subscription}/resourceGroups/foo/providers/Microsoft.Resources/deployments/d", "2024-07-01"
    ),
    "no-deployment": by.get("{group}/providers/Microsoft.Resources/deployments/X", "2024-07-01"),
    "wrong-version": by.get("{group}/providers/Microsoft.DataFactory/factories", "2015-10-01"),
    "name-taken": by.name_taken,
    "wrong-level": by.wrong_level,
    "no-rights": by.asked("AuthorizationFailed"),
    "no-linked-rights": by.asked("LinkedAuthorizationFailed"),
    "no-linked-rights-in-scenario": by.played("linked-authorization", "PUT", "/triggers/T", schedule()),
    "policy": by.asked("RequestDisallowedByPolicy"),
    "lock-in-scenario": by.played("delete-locked", "DELETE", "/pipelines/p"),
    "lock": by.asked("ScopeLocked"),
    "unregistered": by.unregistered,
    "token-too-old": by.late,
    "assertion-too-old": by.asked_of_entra("AADSTS700024"),
    "another-cloud": by.asked_of_entra("AADSTS900382"),
    "deployment-failed": by.failed,
    "resource-failed": by.failed_resource,
    "status-not-there": by.asked("DeploymentNotFound"),
    "too-many-resources": by.deployed(template(*MANY)),
    "too-many-variables": by.deployed(template(by.PIPELINE, variables={f"v{number}": 1 for number in range(513)})),
    "unknown-dependency": by.deployed(template(resource("pipelines", "P", ("X",)))),
    "cycle": by.deployed(template(resource("pipelines", "A", ("pipelines/A",)))),
    "no-value": by.deployed(template(by.PIPELINE, parameters={"factoryName": {"type": "string"}})),
    "unknown-parameter": by.deployed(template(by.PIPELINE), A=1, B=2),
    "preflight": by.asked("InvalidTemplateDeployment"),
    "too-big": by.deployed(template(resource("pipelines", "P", text="x" * 2**22))),
    "linked-template": by.linked,
    "still-running": by.still_running,
    "being-deleted": by.asked("DeploymentBeingDeleted"),
    "history-full": by.asked("DeploymentQuotaExceeded"),
    "throttled": by.played("throttled", "GET", "/pipelines"),
    "retryable": by.asked("RetryableErrorDueToAnotherOperation"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One refusal of refusals.toml."""

    section: int
    case: str
    source: str
    status: int
    code: str
    message: str
    target: str = ""


ROWS = {
    name: Row(**row) for name, row in tomllib.loads(HERE.joinpath("refusals.toml").read_text(encoding="utf-8")).items()
}

NOT_OURS = {
    (4, 'ADF run lookup miss (shape of "target")'): "we start and read no pipeline runs",
}
"""Rows that were read in a source and concern nothing that we call, with the reason."""


@pytest.fixture(scope="module")
def two_groups(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running(tmp_path_factory.mktemp("refusals"), groups=(GROUP, "rg-other")) as azure:
        yield azure


def test_every_row_is_provoked_and_nothing_else() -> None:
    assert set(ROWS) == set(PROVOKED)


@pytest.mark.parametrize("name", ROWS)
def test_azure_refuses_in_these_words(two_groups: RunningSandbox, name: str) -> None:
    row = ROWS[name]
    two_groups.control("POST", "reset")

    status, body = PROVOKED[name](two_groups)

    code, message, error = told(body)
    assert (status, code) == (row.status, row.code)
    assert like(row.message, message)
    if row.target:
        assert like(row.target, json.dumps(error["target"]).strip('"'))


def like(wanted: str, text: str) -> bool:
    """Whether a text is the wanted one, in which … stands for anything."""
    return re.fullmatch(re.escape(wanted).replace("…", ".*"), text, re.DOTALL) is not None


def told(body: Any) -> tuple[str, str, dict[str, Any]]:
    """Code, message and the whole error; Entra's answers have another shape than Azure's."""
    if isinstance(body["error"], str):
        return body["error"], body["error_description"], body
    error: dict[str, Any] = body["error"]
    return error["code"], error["message"], error


def test_the_details_of_a_failed_deployment_hold_the_whole_answer_as_text(two_groups: RunningSandbox) -> None:
    two_groups.control("POST", "reset")

    detail = by.failed(two_groups)[1]["error"]["details"][0]

    assert detail["code"] == "BadRequest"
    assert "\r\n" in detail["message"]
    assert json.loads(detail["message"])["error"] == {
        "code": "BadRequest",
        "message": f"{MISSING} 'Pipeline2'.",
        "target": f"{FACTORY}/pipelines/Pipeline1",
        "details": None,
    }


def test_a_bad_template_is_told_with_its_place(two_groups: RunningSandbox) -> None:
    two_groups.control("POST", "reset")

    (info,) = PROVOKED["unknown-dependency"](two_groups)[1]["error"]["additionalInfo"]

    assert info["type"] == "TemplateViolation"
    assert set(info["info"]) == {"lineNumber", "linePosition", "path"}


def sourced() -> dict[int, set[str]]:
    """The cases of azure-behaviours that are marked [V], by section."""
    if not BEHAVIOURS.is_file():
        pytest.skip("no shared data: the collection of Azure's behaviours is expected in ../shared")
    found: dict[int, set[str]] = {}
    section = 0
    for line in BEHAVIOURS.read_text(encoding="utf-8").splitlines():
        heading = re.match(r"## (\d+) ", line)
        section = int(heading[1]) if heading else section
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and section in range(2, 8) and re.search(r"\[V[\],]", cells[-1]):
            found.setdefault(section, set()).add(cells[0])
    return found


def test_every_sourced_refusal_has_a_row_or_a_reason() -> None:
    rows = {(section, case) for section, cases in sourced().items() for case in cases}

    assert rows, "azure-behaviours has no table any more?"
    assert rows - {(row.section, row.case) for row in ROWS.values()} == set(NOT_OURS)


@pytest.mark.parametrize("name", on_request.REFUSALS)
def test_every_refusal_on_request_is_told_with_its_source(name: str) -> None:
    text = " ".join((on_request.REFUSALS[name].__doc__ or "").split())
    found = re.fullmatch(r"(.+?)\.? Source: (.+)\.", text)

    assert found is not None
    assert f"| `{name}` | {found[1]} | {on_request.answer(name).status} | {found[2]} |" in PAGE
