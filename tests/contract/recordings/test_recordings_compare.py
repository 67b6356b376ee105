"""A wrong answer goes red: the comparer is given right answers that were changed on purpose."""

from copy import deepcopy
from typing import Any

import pytest

from tests.contract.recordings.compare import differences
from tests.contract.recordings.names import Names
from tests.contract.recordings.recorded import Answer

HEADERS = {
    "cache-control": "no-cache",
    "content-type": "application/json; charset=utf-8",
    "x-ms-ratelimit-remaining-subscription-writes": "1191",
}
ETAG = "0e005331-0000-0d00-0000-5d79c8c40000"
OTHER_ETAG = "00000017-0000-0d00-0000-6a0000000000"
TRIGGER = {
    "id": "/subscriptions/0/resourceGroups/rg/providers/Microsoft.DataFactory/factories/adf/triggers/T",
    "name": "T",
    "type": "Microsoft.DataFactory/factories/triggers",
    "properties": {"type": "ScheduleTrigger", "annotations": [], "runtimeState": "Stopped"},
    "etag": ETAG,
}
REFUSAL = {"error": {"code": "BadRequest", "message": "Resource cannot be updated", "target": None, "details": None}}
RECORDED = Answer(200, HEADERS, TRIGGER, 2023)


def given(body: Any, status: int = 200, **headers: str) -> Answer:
    changed = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {name: value for name, value in changed.items() if value}, body, 2026)


def without(body: dict[str, Any], *path: str) -> dict[str, Any]:
    """The body without one member."""
    copy = deepcopy(body)
    at = copy
    for key in path[:-1]:
        at = at[key]
    del at[path[-1]]
    return copy


def test_what_the_service_makes_anew_each_time_may_differ() -> None:
    assert differences(RECORDED, given(TRIGGER | {"etag": OTHER_ETAG})) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param(given(TRIGGER, 202), "status 200, not 202", id="202"),
        pytest.param(given(without(TRIGGER, "properties")), "$.properties.type: missing", id="no properties"),
        pytest.param(given(without(TRIGGER, "properties", "runtimeState")), "runtimeState: missing", id="no state"),
        pytest.param(given(TRIGGER | {"properties": {}}), "$.properties: never recorded", id="empty properties"),
        pytest.param(given(TRIGGER | {"systemData": {}}), "$.systemData: never recorded", id="a member too many"),
        pytest.param(given(TRIGGER | {"etag": f'"{ETAG}"'}), "$.etag:", id="an etag in quotes"),
        pytest.param(given(TRIGGER | {"name": "t"}), "$.name: 'T', not 't'", id="another spelling"),
        pytest.param(given(TRIGGER | {"name": 1}), "$.name: 'T', not '1'", id="another type"),
        pytest.param(given([TRIGGER]), "$.name: missing", id="a list"),
        pytest.param(given(None), "$.name: missing", id="nothing"),
        pytest.param(given(TRIGGER, location="https://x/y"), "header location: not recorded", id="a header too many"),
        pytest.param(given(TRIGGER, cache_control=""), "header cache-control: recorded", id="a header is missing"),
        pytest.param(given(TRIGGER, cache_control="private"), "header cache-control: no-cache, not", id="a value"),
    ],
)
def test_a_wrong_answer_is_told(wrong: Answer, said: str) -> None:
    assert [line for line in differences(RECORDED, wrong) if said in line]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param({"code": "BadRequest", "message": "no"}, "$.error.code: missing", id="no envelope"),
        pytest.param(without(REFUSAL, "error", "target"), "$.error.target: missing", id="no target"),
        pytest.param({"error": REFUSAL["error"] | {"details": []}}, "$.error.details: 'None', not '[]'", id="details"),
        pytest.param({"error": REFUSAL["error"] | {"message": "no"}}, "$.error.message:", id="other words"),
        pytest.param({"error": REFUSAL["error"] | {"code": "badRequest"}}, "$.error.code:", id="another code"),
    ],
)
def test_a_broken_refusal_is_told(body: Any, said: str) -> None:
    recorded = Answer(400, HEADERS, REFUSAL, 2023)
    assert [line for line in differences(recorded, given(body, 400)) if said in line]


@pytest.mark.parametrize(("year", "alike"), [(2020, True), (2022, False)])
def test_a_start_that_answered_nothing_is_like_an_empty_object_only_in_old_recordings(year: int, alike: bool) -> None:
    headers = {name: value for name, value in HEADERS.items() if name != "content-type"}
    assert (differences(Answer(200, headers, None, year), given({})) == []) is alike


def test_a_member_of_today_may_be_missing_in_an_old_recording_only() -> None:
    pipeline: dict[str, Any] = {"properties": {"activities": []}}
    today = {"properties": {"activities": [], "lastPublishTime": "2026-01-01T00:00:00Z"}}
    assert differences(Answer(200, HEADERS, pipeline, 2020), given(today)) == []
    assert differences(Answer(200, HEADERS, pipeline, 2022), given(today))
    assert differences(Answer(200, HEADERS, today, 2020), given(pipeline))


def test_an_output_is_compared_unless_it_is_what_another_provider_tells() -> None:
    def told(value: Any) -> dict[str, Any]:
        return {"properties": {"outputs": {"x": {"type": "String", "value": value}}}}

    assert differences(Answer(200, HEADERS, told({"a": 1}), 2023), given(told({"b": 2}))) == []
    assert differences(Answer(200, HEADERS, told("a"), 2023), given(told("b")))
    assert differences(Answer(200, HEADERS, told({"a": 1}), 2023), given(told("a")))


def test_a_masked_factory_name_is_put_back_and_its_spelling_still_counts() -> None:
    factory = {"name": "exampleFa000001", "type": "Microsoft.DataFactory/factories"}
    recorded = Answer(200, HEADERS, factory | {"id": "/x/factories/examplefa5qnc3dfb3"}, 2023)
    names = Names()
    names.learn(recorded, given(factory | {"id": "/x/factories/examplefa000001"}))
    known = names.of_recording(recorded)
    assert differences(known, given(factory | {"id": "/x/factories/examplefa000001"})) == []
    assert differences(known, given(factory | {"id": "/x/factories/exampleFa000001"}))


def test_an_operations_address_is_compared_without_its_id_but_with_all_else() -> None:
    base = "https://h/subscriptions/0/providers/P/locations/l"
    recorded = Answer(202, {"location": f"{base}/operationresults/abc?api-version=1"}, None)
    right = Answer(202, {"location": f"{base.replace('//h', '//other')}/operationresults/xyz?api-version=1"}, None)
    names = Names()
    names.learn(recorded, right)
    assert differences(names.of_recording(recorded), right) == []
    for wrong in ("operationResults/xyz?api-version=1", "operationresults/xyz?api-version=2", "operationresults/xyz"):
        assert differences(names.of_recording(recorded), Answer(202, {"location": f"{base}/{wrong}"}, None))
