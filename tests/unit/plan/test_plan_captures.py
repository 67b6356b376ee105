"""A change data capture is stopped and started again when it changes or goes, and for no other reason."""

from typing import Any

import pytest

from ecluse.errors import Code, Refused
from ecluse.model.objects import AdfObject
from ecluse.plan.live import LiveFactory
from ecluse.plan.make import make
from ecluse.plan.plan import Action, Plan
from ecluse.plan.steps import DeleteObject, DeployTemplate, StartTrigger, StopTrigger
from tests.factories import at, factory, inputs, live, pipeline, pointer, schedule, thing

C = at("adfcdc.C")
DELETING: dict[str, Any] = {
    "delete_not_in_source": True,
    "max_deletes": 9,
    "delete_kinds": frozenset({"adfcdc", "linkedService"}),
}


def capture(description: str, status: str | None = None) -> AdfObject:
    service = {"linkedService": pointer("LinkedService", "L")}
    more = {} if status is None else {"status": status}
    return thing("adfcdc.C", {"description": description, "sourceConnectionsInfo": [service], **more})


def running(description: str) -> LiveFactory:
    return live(capture(description, "Running"), thing("linkedService.L"), running=["adfcdc.C"])


def made(description: str, **options: Any) -> Plan:
    return make(inputs(factory(capture(description), thing("linkedService.L", {"new": 1})), running("old"), **options))


@pytest.mark.parametrize("stop", ["active", "changed", "affected"])
@pytest.mark.parametrize("start", ["previous", "source"])
def test_one_that_changes_is_stopped_before_and_started_again_after(stop: str, start: str) -> None:
    plan = made("new", trigger_stop=stop, trigger_start=start)
    first, *_, last = plan.steps
    assert (first, last) == (StopTrigger(C), StartTrigger(C))
    (fate,) = plan.triggers
    assert (fate.active, fate.stop, fate.start, fate.why) == (True, True, True, "it changes")


@pytest.mark.parametrize("stop", ["active", "changed", "affected"])
def test_one_that_does_not_change_is_not_touched_whatever_it_uses(stop: str) -> None:
    plan = made("old", trigger_stop=stop)
    assert [type(step) for step in plan.steps] == [DeployTemplate]
    (fate,) = plan.triggers
    assert (fate.active, fate.stop, fate.start) == (True, False, False)


def test_one_that_goes_is_stopped_first_and_never_started() -> None:
    plan = make(inputs(factory(pipeline("P")), running("old"), **DELETING))
    assert plan.stops() == (StopTrigger(C),)
    assert plan.steps.index(StopTrigger(C)) < plan.steps.index(DeleteObject(C, 0))
    assert not plan.starts()


def test_where_nothing_may_be_stopped_a_change_of_it_is_refused() -> None:
    with pytest.raises(Refused, match="the change data capture runs and must be updated"):
        made("new", trigger_stop="none")


def test_one_that_stands_is_updated_and_stays_so() -> None:
    plan = make(inputs(factory(capture("new", "Running")), live(capture("old", "Stopped")), missing_reference="warn"))
    assert plan.has_changes
    assert not plan.stops()
    assert not plan.starts()


def test_what_is_only_sent_again_is_kept_while_it_runs() -> None:
    secret = {"password": {"type": "SecureString", "value": "made-up"}}
    wanted, there = (
        thing("adfcdc.C", secret),
        thing("adfcdc.C", {"password": {"type": "SecureString", "value": "**********"}}),
    )
    plan = make(inputs(factory(wanted), live(there, running=["adfcdc.C"])))
    assert [change.action for change in plan.changes] == [Action.KEEP]
    assert not plan.steps


@pytest.mark.parametrize("status", ["Starting", "Stopping", None])
@pytest.mark.parametrize("gone", [True, False])
def test_one_of_which_nobody_knows_whether_it_runs_is_not_touched(status: str | None, gone: bool) -> None:
    source = factory(pipeline("P")) if gone else factory(capture("new"), thing("linkedService.L"))
    target = live(capture("old", status), pipeline("P"), thing("linkedService.L"))
    with pytest.raises(Refused) as error:
        make(inputs(source, target, **DELETING))
    (problem,) = [each for each in error.value.problems if each.code is Code.CAPTURE_STATE]
    assert ("deleted" if gone else "updated") in problem.message
    assert "-adfcdc.C" in problem.remedy


def test_a_new_one_is_created_without_a_status_and_does_not_run() -> None:
    plan = make(inputs(factory(capture("new", "Running")), live(), missing_reference="warn"))
    (step,) = plan.steps
    assert "Running" not in repr(step)
    assert not plan.triggers


def test_a_trigger_of_the_same_name_has_a_fate_of_its_own() -> None:
    source = factory(schedule("C", "P"), thing("adfcdc.C", {"description": "new"}), pipeline("P"))
    target = live(
        schedule("C", "P"), thing("adfcdc.C", {"status": "Running"}), pipeline("P"), running=["C", "adfcdc.C"]
    )
    plan = make(inputs(source, target, trigger_stop="changed"))
    assert plan.stops() == (StopTrigger(C),)
