"""Starting and stopping triggers: posted once, and after a doubtful answer looked at before it is posted again."""

import pytest

from ecluse.azure.clients import open_azure
from ecluse.azure.connection import Connection
from ecluse.azure.factory import AzureDataFactory
from ecluse.azure.patience import Timer
from ecluse.errors import Code, EcluseError
from ecluse.model.objects import ref
from ecluse.plan.plan import Target
from ecluse.plan.steps import StartTrigger, StopTrigger
from tests.contract.azure.azure_bodies import blob_events, put
from tests.contract.azure.azure_states import is_on
from tests.sandbox_process import RunningSandbox

T, E = ref("trigger", "T"), ref("trigger", "E")
BUSY = {"error": {"code": "BadRequest", "message": "Resource cannot be updated during provisioning", "target": None}}


def posts(sandbox: RunningSandbox, action: str) -> int:
    return len(sandbox.calls("POST", f"/{action}?"))


def actions(sandbox: RunningSandbox) -> list[str]:
    return [call["path"].split("?")[0].rsplit("/", 1)[1] for call in sandbox.calls("POST", "/triggers/")]


def test_a_trigger_is_started_and_stopped(live: AzureDataFactory) -> None:
    assert is_on(live, T) is False
    live.start_trigger(StartTrigger(T))
    assert is_on(live, T) is True
    live.stop_trigger(StopTrigger(T))
    assert is_on(live, T) is False


def test_a_trigger_that_is_not_there_has_no_state(live: AzureDataFactory) -> None:
    assert is_on(live, ref("trigger", "None")) is None


def test_an_event_trigger_is_subscribed_until_enabled_before_it_starts(
    live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    put(sandbox, "triggers/E", blob_events("P"))
    sandbox.settings(eventPolls=3)
    live.start_trigger(StartTrigger(E, event=True))
    assert is_on(live, E) is True
    assert actions(sandbox) == ["subscribeToEvents", *["getEventSubscriptionStatus"] * 4, "start"]


def test_an_event_trigger_is_unsubscribed_before_it_stops(live: AzureDataFactory, sandbox: RunningSandbox) -> None:
    put(sandbox, "triggers/E", blob_events("P"))
    live.start_trigger(StartTrigger(E, event=True))
    sandbox.control("DELETE", "calls")
    live.stop_trigger(StopTrigger(E, event=True))
    assert is_on(live, E) is False
    assert actions(sandbox) == ["unsubscribeFromEvents", *["getEventSubscriptionStatus"] * 2, "stop"]


@pytest.mark.parametrize("trouble", [{"cut": True}, {"status": 504}, {"status": 500}])
def test_a_start_that_landed_in_spite_of_its_answer_is_not_sent_again(
    trouble: dict[str, object], live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    sandbox.faults({"method": "POST", "path": "/start", "times": 1, "when": "after", "action": trouble})
    live.start_trigger(StartTrigger(T))
    assert is_on(live, T) is True
    assert posts(sandbox, "start") == 1


@pytest.mark.parametrize(
    "trouble", [{"cut": True}, {"status": 504}, {"status": 500}, {"status": 400, "body": BUSY}, {"status": 429}]
)
def test_a_start_that_did_not_land_is_sent_again(
    trouble: dict[str, object], live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    sandbox.faults({"method": "POST", "path": "/start", "times": 1, "action": trouble})
    live.start_trigger(StartTrigger(T))
    assert is_on(live, T) is True
    assert posts(sandbox, "start") == 2


def test_a_clear_refusal_is_told_at_once(live: AzureDataFactory, sandbox: RunningSandbox) -> None:
    body = {
        "error": {
            "code": "BadRequest",
            "message": "Missing or invalid pipeline references for trigger T",
            "target": "T",
        }
    }
    sandbox.faults({"method": "POST", "path": "/start", "action": {"status": 400, "body": body}})
    with pytest.raises(EcluseError, match="invalid pipeline references") as error:
        live.start_trigger(StartTrigger(T))
    assert error.value.problems[0].subject == "trigger.T"
    assert posts(sandbox, "start") == 1


def test_a_subscription_that_fails_in_doubt_is_looked_at_first(live: AzureDataFactory, sandbox: RunningSandbox) -> None:
    put(sandbox, "triggers/E", blob_events("P"))
    sandbox.faults(
        {"method": "POST", "path": "/subscribeToEvents", "times": 1, "when": "after", "action": {"cut": True}}
    )
    live.start_trigger(StartTrigger(E, event=True))
    assert posts(sandbox, "subscribeToEvents") == 1


def test_a_subscription_that_was_refused_in_passing_is_sent_again(
    live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    put(sandbox, "triggers/E", blob_events("P"))
    sandbox.faults(
        {"method": "POST", "path": "/subscribeToEvents", "times": 2, "action": {"status": 400, "body": BUSY}}
    )
    live.start_trigger(StartTrigger(E, event=True))
    assert posts(sandbox, "subscribeToEvents") == 3


def test_patience_ends(connection: Connection, target: Target, live: AzureDataFactory, sandbox: RunningSandbox) -> None:
    assert is_on(live, T) is False
    put(sandbox, "triggers/E", blob_events("P"))
    sandbox.settings(eventPolls=1_000_000)
    sandbox.faults({"method": "POST", "path": "/T/start", "action": {"status": 500}})
    seconds = [0.0]

    def sleep(wait: float) -> None:
        seconds[0] += wait * 10

    with open_azure(connection, timer=Timer(lambda: seconds[0], sleep)) as clients:
        hurried = AzureDataFactory(clients, target)
        with pytest.raises(EcluseError) as events:
            hurried.start_trigger(StartTrigger(E, event=True))
        with pytest.raises(EcluseError) as start:
            hurried.start_trigger(StartTrigger(T))
    assert events.value.problems[0].code is Code.TRIGGER_START
    assert "Provisioning" in events.value.problems[0].message
    assert start.value.problems[0].subject == "trigger.T"


def test_a_cancel_ends_the_wait_of_a_stop_but_never_that_of_a_start(
    connection: Connection, target: Target, live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    put(sandbox, "triggers/E", blob_events("P"))
    live.start_trigger(StartTrigger(E, event=True))
    sandbox.settings(eventPolls=5)
    with open_azure(connection) as clients:
        cancelled = AzureDataFactory(clients, target, lambda: True)
        with pytest.raises(EcluseError, match="Azure last said Deprovisioning"):
            cancelled.stop_trigger(StopTrigger(E, event=True))
        cancelled.start_trigger(StartTrigger(E, event=True))
    assert is_on(live, E) is True


def test_a_token_that_azure_no_longer_takes_is_made_anew(live: AzureDataFactory, sandbox: RunningSandbox) -> None:
    sandbox.faults({"method": "POST", "path": "/start", "times": 1, "action": {"expireToken": True}})
    live.start_trigger(StartTrigger(T))
    assert is_on(live, T) is True


C = ref("adfcdc", "C")


@pytest.fixture
def capture(live: AzureDataFactory, sandbox: RunningSandbox) -> AzureDataFactory:
    """The factory has a change data capture that stands still."""
    put(sandbox, "adfcdcs/C", {"description": "d"})
    return live


@pytest.mark.parametrize("polls", [0, 1, 3])
def test_a_change_data_capture_is_started_and_stopped_until_it_has_arrived(
    polls: int, capture: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    sandbox.settings(capturePolls=polls)
    assert is_on(capture, C) is False
    capture.start_trigger(StartTrigger(C))
    assert is_on(capture, C) is True
    capture.stop_trigger(StopTrigger(C))
    assert is_on(capture, C) is False
    assert (posts(sandbox, "start"), posts(sandbox, "stop")) == (1, 1)
    assert is_on(capture, ref("adfcdc", "None")) is None


def test_one_that_is_still_stopping_is_started_when_it_stands(
    capture: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    sandbox.settings(capturePolls=3)
    capture.start_trigger(StartTrigger(C))
    sandbox.call("POST", f"{sandbox.factory_path()}/adfcdcs/C/stop")
    capture.start_trigger(StartTrigger(C))
    assert is_on(capture, C) is True
    assert posts(sandbox, "start") == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_stop_of_a_capture_in_doubt_is_looked_at_before_it_is_sent_again(
    when: str, capture: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    capture.start_trigger(StartTrigger(C))
    sandbox.faults({"method": "POST", "path": "/stop", "times": 1, "when": when, "action": {"cut": True}})
    capture.stop_trigger(StopTrigger(C))
    assert is_on(capture, C) is False
    assert posts(sandbox, "stop") == (2 if when == "before" else 1)


def test_patience_with_a_capture_ends(
    connection: Connection, target: Target, capture: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    assert is_on(capture, C) is False
    sandbox.settings(capturePolls=1_000_000)
    seconds = [0.0]

    def sleep(wait: float) -> None:
        seconds[0] += wait * 10

    with (
        open_azure(connection, timer=Timer(lambda: seconds[0], sleep)) as clients,
        pytest.raises(EcluseError, match="did not start in time; Azure last said Starting"),
    ):
        AzureDataFactory(clients, target).start_trigger(StartTrigger(C))
