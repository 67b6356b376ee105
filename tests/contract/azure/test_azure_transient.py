"""What passes: every poll and every write meets cuts, time-outs, throttling, broken and foreign answers."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ecluse.apply.journal import Kind, Record
from ecluse.apply.ports import DeploymentState, JournalEntry, KeptTrigger
from ecluse.azure import patience, pipeline
from ecluse.azure.calls import Call, ask
from ecluse.azure.clients import AzureClients
from ecluse.azure.factory import AzureDataFactory
from ecluse.azure.history import HistoryJournal
from ecluse.azure.refusals import AzureFailed
from ecluse.commands.cancel import CancelClock
from ecluse.errors import Code
from ecluse.model.objects import ref
from ecluse.plan.steps import StartTrigger, StopTrigger
from tests.contract.azure.azure_bodies import blob_events, deployment, put
from tests.contract.azure.azure_states import is_on
from tests.sandbox_process import RunningSandbox

T, E, GLOBALS = ref("trigger", "T"), ref("trigger", "E"), ref("globalParameters", "default")
PAGE = "<html><body>Sign in to the proxy</body></html>"
TROUBLES: dict[str, dict[str, Any]] = {
    "reset": {"cut": True},
    "timeout": {"dripSeconds": 60},
    "drip": {"dripSeconds": 0.05},
    "half an answer": {"broken": True},
    "a page": {"status": 200, "text": PAGE},
    "half a text": {"status": 200, "text": '{"properties": {"provisi', "headers": {"content-type": "application/json"}},
    "408": {"status": 408},
    "429": {"status": 429, "headers": {"Retry-After": "0"}},
    "500": {"status": 500},
    "502": {"status": 502, "text": PAGE},
    "503": {"status": 503, "headers": {"Retry-After": "0"}},
    "504": {"status": 504},
    "token": {"expireToken": True},
}


@pytest.fixture(params=list(TROUBLES))
def trouble(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, sandbox: RunningSandbox) -> dict[str, Any]:
    """What comes over a call; an answer may take a second where it never comes."""
    assert sandbox
    if request.param in {"timeout", "drip"}:
        monkeypatch.setattr(patience, "SANDBOX", replace(patience.SANDBOX, answer=1))
    return TROUBLES[request.param]


def strike(sandbox: RunningSandbox, method: str, path: str, trouble: dict[str, Any], **more: object) -> None:
    """From now on two calls of this kind meet it: a try, and the next one; a token that is new is taken."""
    times = 1 if "expireToken" in trouble else 2
    sandbox.faults({"method": method, "path": path, "times": times, "action": trouble, **more})


def ended(azure: AzureDataFactory, name: str) -> DeploymentState:
    step = deployment(("A", {"activities": []}))
    for _ in range(600):
        state = azure.deployment_status(name, step).state
        if state is not DeploymentState.RUNNING:
            return state
        time.sleep(0.02)
    raise AssertionError(f"deployment {name} did not end")


def test_the_poll_of_a_deployment_survives(
    trouble: dict[str, Any], live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    sandbox.settings(stepDelaySeconds=0.05)
    live.begin_deployment("d", deployment(("A", {"activities": []})))
    strike(sandbox, "GET", "/deployments/d", trouble)
    assert ended(live, "d") is DeploymentState.SUCCEEDED
    assert len(sandbox.calls("PUT", "/deployments/d")) == 1


def test_the_poll_of_a_validation_survives(
    trouble: dict[str, Any], live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    strike(sandbox, "POST", "/validate", trouble)
    live.validate_deployment("d", deployment(("A", {"activities": []})))


def test_the_poll_of_a_subscription_survives(
    trouble: dict[str, Any], live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    put(sandbox, "triggers/E", blob_events("P"))
    sandbox.settings(eventPolls=2)
    strike(sandbox, "POST", "/getEventSubscriptionStatus", trouble)
    live.start_trigger(StartTrigger(E, event=True))
    assert is_on(live, E) is True
    assert len(sandbox.calls("POST", "/subscribeToEvents")) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_subscription_survives_its_making_and_its_end(
    when: str, trouble: dict[str, Any], live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    put(sandbox, "triggers/E", blob_events("P"))
    for action in ("subscribeToEvents", "unsubscribeFromEvents"):
        sandbox.faults({"method": "POST", "path": f"/{action}", "times": 1, "when": when, "action": trouble})
        if action == "subscribeToEvents":
            live.start_trigger(StartTrigger(E, event=True))
        else:
            live.stop_trigger(StopTrigger(E, event=True))
        assert is_on(live, E) is (action == "subscribeToEvents")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_start_and_a_stop_survive_and_are_never_sent_twice_when_they_landed(
    when: str, trouble: dict[str, Any], live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    for action in ("start", "stop"):
        sandbox.faults({"method": "POST", "path": f"/{action}", "times": 1, "when": when, "action": trouble})
        if action == "start":
            live.start_trigger(StartTrigger(T))
        else:
            live.stop_trigger(StopTrigger(T))
        assert is_on(live, T) is (action == "start")
    if when == "after" and not trouble.get("expireToken") and trouble.get("status") != 429:
        assert len(sandbox.calls("POST", "/start")) == len(sandbox.calls("POST", "/stop")) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_write_survives_and_what_landed_is_not_sent_again(
    when: str, trouble: dict[str, Any], live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    body = {"properties": {"a": {"type": "String", "value": "x"}}}
    sandbox.faults({"method": "PUT", "path": "/globalParameters/", "times": 1, "when": when, "action": trouble})
    live.put_object(GLOBALS, body)
    _, there, _ = sandbox.call("GET", f"{sandbox.factory_path()}/globalParameters/default")
    assert there["properties"] == body["properties"]
    if when == "after" and not trouble.get("expireToken") and trouble.get("status") != 429:
        assert len(sandbox.calls("PUT", "/globalParameters/")) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_delete_survives_also_when_it_had_been_done(
    when: str, trouble: dict[str, Any], live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    strike(sandbox, "DELETE", "/triggers/T", trouble, when=when)
    live.delete_object(T)
    assert is_on(live, T) is None


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_deployment_survives_and_one_that_landed_is_not_sent_again(
    when: str, trouble: dict[str, Any], live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    sandbox.faults({"method": "PUT", "path": "/deployments/d", "times": 1, "when": when, "action": trouble})
    live.begin_deployment("d", deployment(("A", {"activities": []})))
    sandbox.faults()
    assert ended(live, "d") is DeploymentState.SUCCEEDED
    if when == "after" and not trouble.get("expireToken") and trouble.get("status") != 429:
        assert len(sandbox.calls("PUT", "/deployments/d")) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_journal_in_the_history_survives(
    when: str, trouble: dict[str, Any], live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    entry = JournalEntry(sandbox.factory_path(), "one", (KeptTrigger(T),))
    journal = HistoryJournal(live._door)
    sandbox.faults(
        {"method": "PUT", "path": "/deployments/ecluse-", "times": 1, "when": when, "action": trouble},
        {"method": "GET", "path": "/deployments/ecluse-", "times": 1, "action": trouble},
    )
    journal.add(Record(Kind.OPEN, entry, 0, datetime(2026, 11, 30, tzinfo=UTC)))
    assert [record.entry.run for record in journal.find(entry.factory_id).records] == [entry.run]


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "soon"},
        {"Retry-After": "-5"},
        {"Retry-After": "Mon, 30 Nov 1999 02:00:00 GMT"},
        {"Retry-After": "86400"},
        {"Retry-After": "Fri, 30 Nov 2199 02:00:00 GMT"},
        {"x-ms-retry-after-ms": "1"},
    ],
)
def test_whatever_a_retry_after_says_the_call_goes_on_within_the_cap(
    headers: dict[str, str], live: AzureDataFactory, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert live
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    sandbox.faults(
        {"method": "GET", "path": "/triggers", "times": 2, "action": {"status": 429, "headers": headers}},
        {"path": "/validate", "times": 1, "action": {"status": 503, "headers": headers}},
    )
    live.running_triggers()
    live.validate_deployment("d", deployment(("A", {"activities": []})))
    assert 0 <= sum(slept) <= 3 * patience.SANDBOX.retry_after_cap + 1


def test_a_poller_of_the_sdk_obeys_the_cap_too(
    live: AzureDataFactory, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    where = f"{sandbox.url}{sandbox.group_path}?api-version=2022-09-01"
    going_on = {"status": 202, "headers": {"Location": where, "Retry-After": "86400"}}
    sandbox.faults({"path": r"/validate|/rg-test\?", "times": 2, "action": going_on})
    live.validate_deployment("d", deployment(("A", {"activities": []})))
    assert slept == [patience.SANDBOX.retry_after_cap]


def test_a_pause_is_told_once_with_its_cap_although_many_wait(
    live: AzureDataFactory, clients: AzureClients, sandbox: RunningSandbox, notices: list[str]
) -> None:
    assert live
    sandbox.control("PUT", "latency", {"read": {"delaySeconds": 0.05, "atOnce": 3}})  # they come one after the other
    sandbox.faults({"method": "GET", "path": "/triggers/T", "times": 1, "action": {"throttleSeconds": 1}})
    call = Call("GET", f"{sandbox.factory_path()}/triggers/T")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ask(clients.data_factory, call).status, range(16)))
    assert set(found) == {200}
    assert [one["status"] for one in sandbox.calls("GET")].count(429) > 1
    assert notices == ["Azure throttles: waiting 1 s, then 4 calls at once"]


def test_a_wait_beyond_the_cap_is_told_with_what_azure_asked_for(
    live: AzureDataFactory, sandbox: RunningSandbox, notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    headers = {"Retry-After": "86400"}
    sandbox.faults({"path": "/triggers", "times": 1, "action": {"status": 429, "headers": headers}})
    live.running_triggers()
    assert notices == ["Azure throttles and asks for 86400 s: waiting 5 s, then 4 calls at once"]


def test_a_call_whose_time_is_up_ends_with_what_azure_said_last(
    live: AzureDataFactory, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_CALL_SECONDS", 1)
    headers = {"Retry-After": "3"}
    sandbox.faults({"path": "/triggers", "action": {"status": 429, "headers": headers}})
    with AzureClients(live._door.clients.connection) as hurried, pytest.raises(AzureFailed) as error:
        AzureDataFactory(hurried, live._door.target).running_triggers()
    assert error.value.problems[0].code is Code.AZURE_REFUSED
    assert "--parallel" in error.value.problems[0].remedy
    assert len(sandbox.calls("GET", "/triggers")) == 1


@pytest.mark.parametrize("trouble", [{"status": 429, "headers": {"Retry-After": "86400"}}, {"cut": True}])
def test_the_deadline_beats_a_long_wait_but_never_that_of_a_start(
    trouble: dict[str, Any], live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    live.start_trigger(StartTrigger(T))
    clock = CancelClock(0)
    late = AzureDataFactory(live._door.clients, live._door.target, clock.cancelled)
    sandbox.faults({"path": "/stop|/globalParameters/|/deployments/", "action": trouble})
    for give_up in (
        lambda: late.stop_trigger(StopTrigger(T)),
        lambda: late.put_object(GLOBALS, {"properties": {}}),
        lambda: late.delete_object(GLOBALS),
        lambda: late.deployment_status("d", deployment(("A", {"activities": []}))),
    ):
        sandbox.control("DELETE", "calls")
        with pytest.raises(AzureFailed):
            give_up()
        assert len([call for call in sandbox.calls() if call["status"] in {0, 429}]) <= 2
    sandbox.faults()
    live.stop_trigger(StopTrigger(T))
    strike(sandbox, "POST", "/start", {"status": 429, "headers": {"Retry-After": "1"}})
    late.start_trigger(StartTrigger(T))
    assert is_on(live, T) is True


def test_a_wish_to_stop_during_a_wait_ends_it(
    live: AzureDataFactory, sandbox: RunningSandbox, notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    asked = AzureDataFactory(live._door.clients, live._door.target, lambda: bool(notices))  # once the pause is told
    refused = {"status": 429, "headers": {"Retry-After": "86400"}}
    sandbox.faults({"method": "PUT", "path": "/globalParameters/", "action": refused})
    with pytest.raises(AzureFailed):
        asked.put_object(GLOBALS, {"properties": {}})
    assert (slept, len(sandbox.calls("PUT", "/globalParameters/"))) == ([], 2)


def test_an_outage_that_begins_amid_a_run_is_waited_for_longer_than_one_at_its_start(
    live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    sandbox.faults({"path": "/triggers", "times": 8, "action": {"cut": True}})
    assert live.running_triggers() == frozenset()
    sandbox.faults({"path": "/triggers", "times": 8, "action": {"cut": True}})
    with AzureClients(live._door.clients.connection) as new, pytest.raises(AzureFailed) as error:
        AzureDataFactory(new, live._door.target).running_triggers()
    assert error.value.problems[0].code is Code.AZURE_UNREACHABLE
    assert len(sandbox.calls("GET", "/triggers")) == 8 + 1 + 4
