"""Azure looks at a schedule's times when it is started: what it would refuse then is told before."""

from typing import Any

import pytest

from ecluse.errors import Code, Refused
from ecluse.jsontree import Missing
from ecluse.model.objects import AdfObject
from ecluse.plan.make import make
from ecluse.plan.plan import Plan
from tests.factories import factory, inputs, live, pipeline, pointer, thing

WITHOUT_ZONE = "2026-01-01T06:00:00"


FIRED = [{"pipelineReference": pointer("Pipeline", "P")}]


def schedule(start: Any = WITHOUT_ZONE, zone: str | None = "UTC", **more: Any) -> AdfObject:
    recurrence = {"frequency": "Day", "interval": 1, "startTime": start, **({"timeZone": zone} if zone else {})}
    return trigger("ScheduleTrigger", {"recurrence": recurrence}, **more)


def trigger(kind: str, typed: dict[str, Any], **more: Any) -> AdfObject:
    return thing("trigger.T", {"type": kind, "typeProperties": typed, "pipelines": FIRED, **more})


def started(source: AdfObject, *target: AdfObject, running: tuple[str, ...] = ()) -> Plan:
    """The plan that writes the source's trigger and then has it running."""
    return make(
        inputs(factory(source, pipeline("P")), live(*target, pipeline("P"), running=running), wishes={"T": True})
    )


@pytest.mark.parametrize("start", [WITHOUT_ZONE, "2026-01-01T06:00", "2026-01-01T06:00:00.0000000"])
@pytest.mark.parametrize("zone", ["UTC", "utc"])
def test_a_schedule_in_utc_without_zone_that_is_to_start_is_refused_with_the_row_that_mends_it(
    start: str, zone: str
) -> None:
    (problem,) = started(schedule(start, zone)).obstacles
    assert (problem.code, problem.subject) == (Code.TRIGGER_START, "trigger.T")
    assert f"trigger,T,typeProperties.recurrence.startTime,{start}Z" in problem.remedy


def test_without_a_time_zone_nobody_knows_so_it_is_a_warning() -> None:
    plan = started(schedule(zone=None))
    assert plan.obstacles == ()
    (told,) = (each for each in plan.notices if each.code is Code.TRIGGER_START)
    assert told.warning
    assert "trigger.T" in told.message


FINE = {
    "in UTC with Z": schedule(f"{WITHOUT_ZONE}Z"),
    "with an offset": schedule(f"{WITHOUT_ZONE}+01:00"),
    "in another time zone": schedule(zone="W. Europe Standard Time"),
    "an expression": schedule("@concat('2026')"),
    "a number": schedule(7),
    "no start time": schedule(None),
    "no recurrence": trigger("ScheduleTrigger", {"recurrence": None}),
    "a tumbling window": trigger("TumblingWindowTrigger", {"startTime": WITHOUT_ZONE}),
}


@pytest.mark.parametrize("source", FINE.values(), ids=FINE.keys())
def test_all_else_is_left_to_azure(source: AdfObject) -> None:
    plan = started(source)
    assert plan.starts() != ()
    assert plan.obstacles == ()
    assert [each for each in plan.notices if each.code is Code.TRIGGER_START] == []


def test_what_runs_so_already_shows_that_azure_takes_it() -> None:
    plan = started(schedule(description="new"), schedule(), running=("T",))
    assert plan.starts() != ()
    assert plan.obstacles == ()


def test_one_that_loses_its_zone_is_refused_though_it_runs() -> None:
    assert started(schedule(), schedule(f"{WITHOUT_ZONE}Z"), running=("T",)).obstacles != ()


@pytest.mark.parametrize("wish", [{}, {"T": False}])
def test_one_that_stays_stopped_is_nobodys_business(wish: dict[str, bool]) -> None:
    new = schedule(runtimeState="Started")
    plan = make(inputs(factory(new, pipeline("P")), live(), wishes=wish))
    assert plan.starts() == ()
    assert plan.obstacles == ()


def test_what_azure_would_refuse_is_told_together_with_what_the_plan_itself_refuses() -> None:
    nameless = thing("pipeline.P", {"description": Missing("who", secure=False)})
    with pytest.raises(Refused) as refused:
        make(inputs(factory(schedule(), nameless), live(), wishes={"T": True}))
    assert {each.code for each in refused.value.problems} == {Code.TRIGGER_START, Code.PARAMETER_MISSING}
