"""`ecluse triggers`: names and patterns, and a plan that touches nothing else."""

import pytest

from ecluse.errors import Code, Problem, Refused
from ecluse.plan.steps import StartTrigger, StopTrigger
from tests.factories import at, live, pointer, schedule, thing
from tests.unit.cli.fake_engine import TARGET_WORDS, FakeEngine, Ran, ran

BLOB = thing("trigger.TR_Blob", {"type": "BlobEventsTrigger"})
WINDOW = thing(
    "trigger.A_Window",
    {
        "type": "TumblingWindowTrigger",
        "typeProperties": {"dependsOn": [{"referenceTrigger": pointer("Trigger", "Z_First")}]},
    },
)
LIVE = live(
    schedule("TR_Daily"),
    schedule("TR_Hourly"),
    schedule("Z_First"),
    BLOB,
    WINDOW,
    thing("pipeline.TR_NotATrigger"),
    thing("adfcdc.TR_Daily", {"status": "Running"}),
    running=("TR_Daily", "TR_Blob", "adfcdc.TR_Daily"),
)

ALL_STOPPED = ("TR_Hourly", "Z_First", "A_Window")


def triggers(*words: str) -> Ran:
    return ran("triggers", *words, *TARGET_WORDS, engine=FakeEngine(live=LIVE))


def steps(*words: str) -> list[StartTrigger | StopTrigger]:
    made = triggers(*words)
    every = [step for plan in made.engine.deployed for step in plan.steps]
    return [step for step in every if isinstance(step, (StartTrigger, StopTrigger))]


def test_the_list_shows_every_trigger_and_whether_it_runs() -> None:
    made = triggers("list")
    told = [" ".join(line.split()[1:]) for line in made.out.splitlines()]
    assert "TR_Daily Started ScheduleTrigger" in told
    assert "TR_Hourly Stopped ScheduleTrigger" in told
    assert "TR_Blob Started BlobEventsTrigger" in told
    assert "adfcdc.TR_Daily Started change data capture" in told
    assert "NotATrigger" not in made.out


def test_the_list_takes_patterns() -> None:
    assert "TR_Hourly" not in triggers("list", "tr_[db]*").out


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("TR_Hourly",), ["TR_Hourly"]),
        (("tr_hourly",), ["TR_Hourly"]),
        (("TR_[DH]*",), ["TR_Hourly"]),
        (("Z_*", "a_*"), ["Z_First", "A_Window"]),
        (("TR_Daily",), []),
    ],
)
def test_start_starts_what_is_meant_and_does_not_run_yet(words: tuple[str, ...], names: list[str]) -> None:
    assert [step.ref.name for step in steps("start", *words)] == names


def test_start_makes_sure_of_the_subscription_of_an_event_trigger_that_runs() -> None:
    blob = StartTrigger(at("trigger.TR_Blob"), event=True)
    assert steps("start", "TR_Blob") == [blob]
    started = steps("start", "--all")
    assert blob in started
    assert {step.ref.name for step in started} == {"TR_Blob", *ALL_STOPPED}


def test_stop_stops_what_is_meant_and_runs() -> None:
    assert steps("stop", "TR_*") == [
        StopTrigger(at("trigger.TR_Daily")),
        StopTrigger(at("trigger.TR_Blob"), event=True),
    ]


def test_a_name_that_looks_like_a_pattern_means_the_trigger_of_that_name_alone() -> None:
    odd = live(schedule("TR [a]"), schedule("TR a"), schedule("TR b"))
    for word, name in (("tr [A]", "TR [a]"), ("TR [b]", "TR b")):
        made = ran("triggers", "start", word, *TARGET_WORDS, engine=FakeEngine(live=odd))
        (plan,) = made.engine.deployed
        assert plan.steps == (StartTrigger(at(f"trigger.{name}")),)


def test_a_change_data_capture_is_meant_only_where_its_kind_is_said() -> None:
    capture = at("adfcdc.TR_Daily")
    assert capture not in [step.ref for step in steps("stop", "--all")]
    assert capture not in [step.ref for step in steps("stop", "TR_Daily")]
    assert steps("stop", "ADFCDC.tr_*") == [StopTrigger(capture)]
    assert "adfcdc.X: the factory has no such trigger" in triggers("stop", "adfcdc.X").err


def test_a_trigger_starts_after_the_one_that_it_depends_on() -> None:
    assert steps("start", "*_Window", "*_First") == [
        StartTrigger(at("trigger.Z_First"), level=0),
        StartTrigger(at("trigger.A_Window"), level=1),
    ]


def test_a_plan_of_triggers_changes_no_object_and_nothing_else() -> None:
    made = triggers("start", "TR_Hourly")
    assert made.engine.calls == ["open", "read_live", "deploy", "close_settled", "close"]
    assert made.engine.deployed[0].changes == ()


def test_a_journal_that_could_not_be_closed_after_a_start_is_told_and_the_start_is_done() -> None:
    away = Refused(Problem(Code.JOURNAL, "no journal can be read", "see to the folder"))
    engine = FakeEngine(live=LIVE, fails={"close_settled": away})
    made = ran("triggers", "start", "TR_Hourly", *TARGET_WORDS, engine=engine)
    assert (made.code, len(made.engine.deployed)) == (0, 1)
    assert "the journals of earlier runs stay open, and the next deployment looks again: no journal can be read" in (
        made.out + made.err
    )


def test_names_that_mean_nothing_are_all_refused_with_what_was_probably_meant() -> None:
    made = triggers("stop", "TR_Dayly", "XX*")
    assert made.code == 3
    assert "trigger.TR_Dayly: the factory has no such trigger" in made.err
    assert "Did you mean TR_Daily?" in made.err
    assert "trigger.XX*" in made.err
    assert made.engine.deployed == []


def test_what_is_so_already_is_nothing_to_do() -> None:
    made = triggers("start", "TR_Daily")
    assert (made.code, "Nothing to do" in made.out) == (0, True)


def test_a_factory_that_is_not_there_is_refused() -> None:
    made = ran("triggers", "list", *TARGET_WORDS, engine=FakeEngine(live=live(exists=False)))
    assert made.code == 3
    assert "there is no such factory" in made.err
