"""Triggers refuse what Azure refuses, and move through the states it moves through."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from tests.contract.sandbox.sandbox_bodies import error, pipeline, put, schedule, tumbling, with_factory
from tests.sandbox_process import GROUP, RunningSandbox

ENABLED = {
    "code": "TriggerEnabledCannotUpdate",
    "message": "Cannot update enabled Trigger; the trigger needs to be disabled first. ",
    "target": None,
    "details": None,
}
PROVISIONING = {
    "code": "BadRequest",
    "message": "Resource cannot be updated during provisioning",
    "target": None,
    "details": None,
}


@pytest.fixture
def trigger(sandbox: RunningSandbox) -> str:
    """The path of a stopped trigger that fires a pipeline."""
    factory = with_factory(sandbox)
    put(sandbox, f"{factory}/pipelines/P", pipeline())
    put(sandbox, f"{factory}/triggers/T", schedule("P"))
    return f"{factory}/triggers/T"


def state(sandbox: RunningSandbox, path: str) -> str:
    return str(sandbox.call("GET", path)[1]["properties"]["runtimeState"])


def test_a_new_trigger_is_stopped_whatever_the_request_says(sandbox: RunningSandbox) -> None:
    path = f"{with_factory(sandbox)}/triggers/T"

    assert put(sandbox, path, schedule(runtimeState="Started"))["properties"]["runtimeState"] == "Stopped"


def test_start_and_stop_answer_200_with_an_empty_object_and_change_the_etag(
    sandbox: RunningSandbox, trigger: str
) -> None:
    before = sandbox.call("GET", trigger)[1]["etag"]

    assert sandbox.call("POST", f"{trigger}/start")[:2] == (200, {})
    assert state(sandbox, trigger) == "Started"
    assert sandbox.call("GET", trigger)[1]["etag"] != before
    assert sandbox.call("POST", f"{trigger}/stop")[:2] == (200, {})
    assert state(sandbox, trigger) == "Stopped"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_started_trigger_is_neither_updated_nor_deleted(sandbox: RunningSandbox, trigger: str, method: str) -> None:
    sandbox.call("POST", f"{trigger}/start")

    assert error(sandbox, method, trigger, schedule("P") if method == "PUT" else None) == (400, ENABLED)
    assert state(sandbox, trigger) == "Started"


def test_a_trigger_that_fires_nothing_does_not_start(sandbox: RunningSandbox) -> None:
    path = f"{with_factory(sandbox)}/triggers/T"
    put(sandbox, path, schedule())

    status, refusal = error(sandbox, "POST", f"{path}/start")

    assert status == 400
    assert refusal["message"] == "Missing or invalid pipeline references for trigger T"
    assert refusal["target"] == "T"


def test_an_event_trigger_starts_only_after_its_subscription_is_enabled(sandbox: RunningSandbox, trigger: str) -> None:
    sandbox.settings(eventPolls=2)
    put(sandbox, trigger, schedule("P", kind="BlobEventsTrigger"))
    poll = f"{trigger}/getEventSubscriptionStatus"

    status, body, headers = sandbox.call("POST", f"{trigger}/subscribeToEvents")
    assert (status, body["status"]) == (202, "Provisioning")
    assert headers["location"].endswith("/T/getEventSubscriptionStatus?api-version=2018-06-01")
    assert error(sandbox, "POST", f"{trigger}/start") == (400, PROVISIONING)
    assert error(sandbox, "POST", f"{trigger}/subscribeToEvents") == (400, PROVISIONING)
    seen = [sandbox.call("POST", poll)[1]["status"] for _ in range(3)]
    assert seen == ["Provisioning", "Provisioning", "Enabled"]
    assert sandbox.call("POST", f"{trigger}/start")[0] == 200


def test_unsubscribing_passes_through_deprovisioning(sandbox: RunningSandbox, trigger: str) -> None:
    put(sandbox, trigger, schedule("P", kind="CustomEventsTrigger"))
    sandbox.settings(eventPolls=0)
    assert sandbox.call("POST", f"{trigger}/subscribeToEvents")[:2] == (200, {"triggerName": "T", "status": "Enabled"})
    sandbox.settings(eventPolls=1)

    assert sandbox.call("POST", f"{trigger}/unsubscribeFromEvents")[0] == 202
    seen = [sandbox.call("POST", f"{trigger}/getEventSubscriptionStatus")[1]["status"] for _ in range(2)]

    assert seen == ["Deprovisioning", "Disabled"]


def test_the_real_client_subscribes_starts_and_is_refused(sandbox: RunningSandbox, trigger: str) -> None:
    put(sandbox, trigger, schedule("P", kind="BlobEventsTrigger"))
    triggers = sandbox.clients().data_factory().triggers
    place = (GROUP, "adf-test", "T")

    with pytest.raises(HttpResponseError) as refused:
        triggers.begin_start(*place).result()
    assert refused.value.error is not None
    assert refused.value.error.code == "BadRequest"
    assert triggers.begin_subscribe_to_events(*place).result().as_dict()["status"] == "Enabled"
    triggers.begin_start(*place).result()

    assert triggers.get(*place).as_dict()["properties"]["runtimeState"] == "Started"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (tumbling("2024-01-02T00:00:00Z"), "TumblingWindowTriggerStartTimeUpdateNotAllowed"),
        (
            tumbling("2024-01-01T00:00:00Z", "Minute"),
            "TumblingWindowTriggerFrequencyOrIntervalUpdateNotAllowed",
        ),
        (
            tumbling("2024-01-01T00:00:00Z", interval=2),
            "TumblingWindowTriggerFrequencyOrIntervalUpdateNotAllowed",
        ),
        (schedule(), "TumblingWindowTriggerStartTimeUpdateNotAllowed"),
    ],
)
def test_a_tumbling_window_keeps_its_start_and_its_recurrence(
    sandbox: RunningSandbox, change: dict[str, Any], code: str
) -> None:
    path = f"{with_factory(sandbox)}/triggers/T"
    put(sandbox, path, tumbling("2024-01-01T00:00:00.000Z"))
    put(sandbox, path, tumbling("2024-01-01T01:00:00+01:00"))
    put(sandbox, path, tumbling("2024-01-01T00:00:00", "hour"))

    assert error(sandbox, "PUT", path, change)[1]["code"] == code


def test_idle_zeros_of_a_second_are_dropped_from_times(sandbox: RunningSandbox) -> None:
    path = f"{with_factory(sandbox)}/triggers/T"
    recurrence = {"startTime": "2018-06-16T00:39:56.000Z", "endTime": "2018-06-16T00:55:13.84418Z"}

    answer = put(sandbox, path, schedule(typeProperties={"recurrence": recurrence}))

    assert answer["properties"]["typeProperties"]["recurrence"] == {
        "startTime": "2018-06-16T00:39:56Z",
        "endTime": "2018-06-16T00:55:13.84418Z",
    }


def test_an_action_on_no_trigger_is_refused(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)

    assert error(sandbox, "POST", f"{factory}/triggers/None/start")[1]["message"] == "Entity None not found"
