"""Told to fail: rules, settings and the call log of the control endpoint."""

from typing import Any

import pytest
import urllib3
from azure.core.exceptions import HttpResponseError

from tests.contract.sandbox.sandbox_bodies import pipeline, put, with_factory
from tests.sandbox_process import GROUP, RunningSandbox

THROTTLED = {"status": 429, "headers": {"Retry-After": "0"}, "body": {"error": {"code": "Throttled", "message": "m"}}}


def statuses(sandbox: RunningSandbox, path: str, times: int) -> list[int]:
    return [sandbox.call("GET", path)[0] for _ in range(times)]


@pytest.mark.parametrize(
    ("rule", "seen"),
    [
        ({}, [429, 429, 429, 429]),
        ({"nth": 2}, [200, 429, 200, 200]),
        ({"every": 2}, [200, 429, 200, 429]),
        ({"times": 2}, [429, 429, 200, 200]),
        ({"method": "PUT"}, [200, 200, 200, 200]),
        ({"path": "/no/such"}, [200, 200, 200, 200]),
    ],
)
def test_a_rule_strikes_the_calls_it_names(sandbox: RunningSandbox, rule: dict[str, Any], seen: list[int]) -> None:
    path = with_factory(sandbox)

    sandbox.faults({"path": "/FACTORIES/adf-test", "action": THROTTLED} | rule)

    assert statuses(sandbox, path, 4) == seen


@pytest.mark.parametrize(("when", "there"), [("before", 404), ("after", 200)])
def test_a_call_can_fail_before_or_after_its_effect(sandbox: RunningSandbox, when: str, there: int) -> None:
    path = f"{with_factory(sandbox)}/pipelines/P"
    sandbox.faults({"method": "PUT", "path": "/pipelines/P", "when": when, "action": {"status": 504}})

    assert sandbox.call("PUT", path, pipeline())[0] == 504

    assert sandbox.call("GET", path)[0] == there


def test_a_connection_can_be_cut_after_the_work_is_done(sandbox: RunningSandbox) -> None:
    path = f"{with_factory(sandbox)}/pipelines/P"
    sandbox.faults({"method": "PUT", "path": "/pipelines/P", "when": "after", "action": {"cut": True}})

    with pytest.raises(urllib3.exceptions.ProtocolError):
        sandbox.call("PUT", path, pipeline())

    assert sandbox.call("GET", path)[0] == 200
    assert sandbox.calls("PUT", "/pipelines/P")[0]["status"] == 0


def test_the_real_client_retries_what_is_throttled(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    sandbox.faults({"method": "GET", "path": "/pipelines", "times": 2, "action": THROTTLED})
    pipelines = sandbox.clients().data_factory().pipelines

    assert list(pipelines.list_by_factory(GROUP, "adf-test")) == []

    assert [call["status"] for call in sandbox.calls("GET", "/pipelines")] == [429, 429, 200]


def test_a_delay_is_seen_in_the_log(sandbox: RunningSandbox) -> None:
    path = with_factory(sandbox)
    sandbox.faults({"method": "GET", "path": "/factories/", "action": {"delaySeconds": 0.2}})

    assert sandbox.call("GET", path)[0] == 200

    assert sandbox.calls("GET", "/factories/")[0]["seconds"] >= 0.2


def test_the_log_tells_the_body_of_a_write_with_its_secrets_masked(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    body = {"properties": {"x": {"type": "SecureString", "value": "s"}, "y": "Server=x;Password=p"}}
    put(sandbox, f"{factory}/pipelines/P", body)

    entry = sandbox.calls("PUT", "/pipelines/P")[0]

    assert entry["status"] == 200
    assert entry["body"]["properties"] == {"x": {"type": "SecureString", "value": "**********"}, "y": "Server=x;"}
    sandbox.control("DELETE", "calls")
    assert sandbox.calls() == []


def test_a_reset_brings_back_the_seed(sandbox: RunningSandbox) -> None:
    path = with_factory(sandbox)
    sandbox.settings(pageSize=1)

    sandbox.control("POST", "reset")

    assert sandbox.call("GET", path)[0] == 404
    assert sandbox.call("GET", sandbox.group_path, version="2022-09-01")[0] == 200
    assert sandbox.control("GET", "settings")["pageSize"] == 50


@pytest.mark.parametrize(
    ("what", "body", "text"),
    [
        ("faults", {}, "a JSON list"),
        ("faults", [{"path": "("}], "no regular expression"),
        ("faults", [{"when": "never", "action": {}}], "before or after"),
        ("faults", [{"oops": 1}], "unknown oops"),
        ("faults", [{"action": {"status": "x"}}], "whole number"),
        ("faults", [{"action": {"status": 99}}], "from 200 to 599"),
        ("faults", [{"action": {"throttleSeconds": 0.5}}], "`throttleSeconds` is a whole number"),
        ("faults", [{"action": {"someoneElse": {"method": "PUT"}}}], "needs a `path`"),
        ("latency", {"reed": {}}, "unknown class reed"),
        ("settings", {"oops": 1}, "unknown setting 'oops'"),
        ("settings", {"pageSize": -1}, "from 0 up"),
    ],
)
def test_bad_control_input_is_explained(sandbox: RunningSandbox, what: str, body: Any, text: str) -> None:
    token = {"x-sandbox-control": sandbox.info["controlToken"]}

    status, answer, _ = sandbox.request("PUT", f"/_sandbox/{what}", body, token)

    assert status == 400
    assert text in answer["error"]["message"]


def test_the_control_endpoint_needs_its_token(sandbox: RunningSandbox) -> None:
    assert sandbox.request("GET", "/_sandbox/calls")[0] == 403
    assert sandbox.request("GET", "/_sandbox/calls", None, {"x-sandbox-control": "x"})[0] == 403


def test_the_real_client_sees_an_error_body_as_azure_writes_it(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    text = "The scope 'x' cannot perform delete operation because following scope(s) are locked: 'y'."
    locked = {"error": {"code": "ScopeLocked", "message": text}}
    sandbox.faults({"method": "DELETE", "path": "/pipelines/", "action": {"status": 409, "body": locked}})

    with pytest.raises(HttpResponseError, match="ScopeLocked"):
        sandbox.clients().data_factory().pipelines.delete(GROUP, "adf-test", "P")


def test_a_state_that_was_read_can_be_put_back(sandbox: RunningSandbox) -> None:
    path = with_factory(sandbox)
    before = sandbox.control("GET", "state")
    sandbox.settings(pageSize=1)
    sandbox.call("DELETE", path)

    sandbox.control("PUT", "state", before)

    assert sandbox.call("GET", path)[0] == 200
    assert sandbox.control("GET", "settings")["pageSize"] == 1, "all else stays"


@pytest.mark.parametrize("state", [{}, {"schemaVersion": 1}, {"factories": []}])
def test_what_is_no_state_is_refused_and_changes_nothing(sandbox: RunningSandbox, state: dict[str, Any]) -> None:
    path = with_factory(sandbox)

    status, answer, _ = sandbox.request(
        "PUT", "/_sandbox/state", state, {"x-sandbox-control": sandbox.info["controlToken"]}
    )

    assert (status, answer["error"]["code"]) == (400, "BadControl")
    assert sandbox.call("GET", path)[0] == 200
