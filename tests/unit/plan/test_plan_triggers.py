from dataclasses import replace
from typing import Any

import pytest

from ecluse.errors import Code, Refused
from ecluse.jsontree import Secret
from ecluse.model.objects import ref
from ecluse.plan.make import make
from ecluse.plan.plan import Action, Plan
from ecluse.plan.steps import DeleteObject, DeployTemplate, StartTrigger, StopTrigger
from tests.factories import factory, inputs, live, pipeline, pointer, schedule, thing


def stops(plan: Plan) -> set[str]:
    return {step.ref.name for step in plan.stops()}


def starts(plan: Plan) -> set[str]:
    return {step.ref.name for step in plan.starts()}


def two_pipelines(**options: Any) -> Plan:
    """P changes, Q doesn't; T fires P and runs, U fires Q and runs, V fires P and doesn't run."""
    triggers = (schedule("T", "P"), schedule("U", "Q"), schedule("V", "P"))
    source = factory(pipeline("P", description="new"), pipeline("Q"), *triggers)
    return make(inputs(source, live(pipeline("P"), pipeline("Q"), *triggers, running=["T", "U"]), **options))


@pytest.mark.parametrize(
    ("options", "stopped", "started"),
    [
        ({}, "TU", "TU"),
        ({"trigger_stop": "changed"}, "", ""),
        ({"trigger_stop": "affected"}, "T", "T"),
        ({"trigger_stop": "none"}, "", ""),
        ({"trigger_start": "none"}, "TU", ""),
        ({"out": ["trigger.U"]}, "T", "T"),
        ({"wishes": {"V": True}}, "TU", "TUV"),
        ({"wishes": {"T": False}}, "TU", "U"),
        ({"wishes": {"T": False}, "trigger_stop": "none"}, "T", ""),
        ({"wishes": {"V": True}, "trigger_start": "none"}, "TU", "V"),
        ({"wishes": {"U": True}, "out": ["trigger.U"]}, "T", "T"),
    ],
    ids=str,
)
def test_which_triggers_stop_and_which_start(options: dict[str, Any], stopped: str, started: str) -> None:
    plan = two_pipelines(**options)
    assert (stops(plan), starts(plan)) == (set(stopped), set(started))


def test_nothing_to_deploy_stops_nothing() -> None:
    same = (pipeline("P"), schedule("T", "P"))
    plan = make(inputs(factory(*same), live(*same, running=["T"])))
    assert plan.steps == ()


def test_a_resend_stops_nothing() -> None:
    def service(value: str) -> Any:
        return thing("linkedService.L", {"typeProperties": {"password": {"type": "SecureString", "value": value}}})

    source = factory(service(Secret("x")), pipeline("P"), schedule("T", "P"))
    plan = make(inputs(source, live(service("****"), pipeline("P"), schedule("T", "P"), running=["T"])))
    assert plan.count(Action.RESEND) == 1
    assert stops(plan) == set()


def test_a_row_for_the_runtime_state_starts_an_otherwise_unchanged_trigger() -> None:
    same = (pipeline("P"), schedule("T", "P"))
    plan = make(inputs(factory(*same), live(*same), wishes={"T": True}))
    assert (stops(plan), starts(plan)) == (set(), {"T"})
    assert plan.has_changes


def test_a_trigger_that_is_stopped_for_good_says_who_wants_it() -> None:
    fate = next(each for each in two_pipelines(wishes={"T": False}).triggers if each.ref.name == "T")
    assert fate.why == "the configuration wants it stopped"


def test_a_new_trigger_stays_stopped_and_is_said() -> None:
    plan = make(inputs(factory(pipeline("P"), schedule("T", "P", state="Started")), live()))
    assert starts(plan) == set()
    (fate,) = plan.triggers
    assert fate.left_stopped


@pytest.mark.parametrize("options", [{"trigger_start": "source"}, {"wishes": {"T": True}}], ids=str)
def test_a_trigger_that_names_no_pipeline_is_refused_when_it_is_to_start(options: dict[str, Any]) -> None:
    source = factory(schedule("T", state="Started"))
    with pytest.raises(Refused, match=r"trigger.T: it is to start, .* names no pipeline") as refused:
        make(inputs(source, live(), **options))
    assert "trigger,T,runtimeState,Stopped" in refused.value.problems[0].remedy
    assert make(inputs(source, live(), **options, out=["trigger.T"])).triggers == ()


def test_a_trigger_that_names_no_pipeline_is_none_that_is_left_stopped() -> None:
    assert make(inputs(factory(schedule("T", state="Started")), live())).triggers == ()


def test_trigger_start_source_follows_the_source() -> None:
    source = factory(pipeline("P"), schedule("On", "P", state="Started"), schedule("Off", "P"))
    target = live(pipeline("P"), schedule("Off", "P"), schedule("Foreign", "P"), running=["Off", "Foreign"])
    plan = make(inputs(source, target, trigger_start="source"))
    assert stops(plan) == {"Off", "Foreign"}
    assert starts(plan) == {"On", "Foreign"}


def test_an_active_trigger_that_must_change_is_refused_when_none_may_stop() -> None:
    source = factory(pipeline("P"), schedule("T", "P", description="new"))
    with pytest.raises(Refused, match=r"trigger.T: the trigger runs and must be updated") as refused:
        make(inputs(source, live(pipeline("P"), schedule("T", "P"), running=["T"]), trigger_stop="none"))
    assert "--trigger-stop changed" in refused.value.problems[0].remedy
    assert "-trigger.T" in refused.value.problems[0].remedy


def test_a_deleted_trigger_is_stopped_first_and_not_started() -> None:
    target = live(pipeline("P"), schedule("Old", "P"), schedule("Kept", "P"), running=["Old"])
    plan = make(
        inputs(factory(pipeline("P"), schedule("Kept", "P")), target, delete_not_in_source=True, trigger_stop="changed")
    )
    kinds = [type(step) for step in plan.steps]
    assert kinds == [StopTrigger, DeleteObject]


def test_stops_come_before_and_starts_after_the_deployment() -> None:
    kinds = [type(step) for step in two_pipelines().steps]
    assert kinds == [StopTrigger, StopTrigger, DeployTemplate, StartTrigger, StartTrigger]


def test_tumbling_windows_start_in_the_order_of_their_dependencies_and_stop_in_reverse() -> None:
    def window(name: str, *waits_for: str) -> Any:
        depends = [{"type": "x", "referenceTrigger": pointer("Trigger", each)} for each in waits_for]
        return thing(f"trigger.{name}", {"type": "TumblingWindowTrigger", "typeProperties": {"dependsOn": depends}})

    windows = (window("A", "C"), window("B", "A"), window("C"))
    target = live(*windows, pipeline("P"), running=["A", "B", "C"])
    plan = make(inputs(factory(*windows, pipeline("P", description="new")), target))
    assert [step.ref.name for step in plan.starts()] == ["C", "A", "B"]
    assert [step.ref.name for step in plan.stops()] == ["B", "A", "C"]


def test_affected_are_those_that_fire_what_changes_not_those_that_wait_for_them() -> None:
    def window(name: str, *waits_for: str, **more: Any) -> Any:
        depends = [{"type": "x", "referenceTrigger": pointer("Trigger", each)} for each in waits_for]
        typed = {"dependsOn": depends}
        return thing(f"trigger.{name}", {"type": "TumblingWindowTrigger", "typeProperties": typed, **more})

    target = live(window("A"), window("B", "A"), schedule("T", "P"), pipeline("P"), running=["A", "B", "T"])
    source = factory(
        window("A", description="new"), window("B", "A"), schedule("T", "P"), pipeline("P", description="new")
    )
    plan = make(inputs(source, target, trigger_stop="affected"))
    told = {fate.ref.name: fate.why for fate in plan.triggers}
    assert told == {"A": "it changes", "B": "it goes on running", "T": "it fires something that changes"}


def test_a_stop_that_azure_asks_for_is_told_from_one_that_it_does_not() -> None:
    event = thing("trigger.E", {"type": "BlobEventsTrigger", "typeProperties": {"scope": "/x"}})
    new = event.with_body({**event.body, "properties": {**event.properties, "description": "new"}})
    same = make(inputs(factory(event, pipeline("P")), live(event, running=["E"]))).triggers
    changed = make(inputs(factory(new, pipeline("P")), live(event, running=["E"]))).triggers
    assert [fate.required for fate in (*same, *changed)] == [False, True]


def test_an_event_trigger_that_pauses_is_named() -> None:
    event = thing("trigger.E", {"type": "BlobEventsTrigger", "typeProperties": {"scope": "/x"}})
    plan = make(inputs(factory(event, pipeline("P")), live(event, running=["E"])))
    (fate,) = plan.triggers
    assert fate.event
    assert fate.stop


def test_an_event_trigger_that_may_hear_nothing_is_told_with_the_command_that_mends_it() -> None:
    deaf = {ref("trigger", "T"): "its event subscription is Disabled, not Enabled", ref("trigger", "Out"): "x"}
    triggers = (schedule("T", "P"), schedule("Out", "P"))
    target = replace(live(pipeline("P"), *triggers, running=["T", "Out"]), deaf=deaf)
    made = make(inputs(factory(pipeline("P"), *triggers), target, out=["trigger.Out"]))
    told = [notice.message for notice in made.notices if notice.code is Code.EVENTS]
    assert len(told) == 1
    assert "Disabled" in told[0]
    assert 'ecluse triggers start "T"' in told[0]
