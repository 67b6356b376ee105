"""What people are told, word for word; and what they must never be told."""

from dataclasses import replace
from pathlib import Path

import pytest

from ecluse.apply.ports import Event, ObjectDone, ObjectFailed, Outcome, Pause, Phase, PhaseBegan, PhaseEnded, Remark
from ecluse.errors import Code, Problem
from ecluse.options import resolve
from ecluse.plan.plan import Action, Plan
from ecluse.plan.steps import DeleteObject, PutObject
from ecluse.reports import report_problems
from ecluse.reports.effective import effective_lines
from ecluse.reports.events import event_lines
from ecluse.reports.pauses import duration
from ecluse.reports.plan import counts_line, plan_lines
from ecluse.reports.problems import problem_lines, refusal_lines
from ecluse.reports.summary import summary_lines, verdict
from ecluse.reports.triggers import finish_command, start_row
from tests.factories import at
from tests.unit.reports.report_samples import CANARY, CHANGES, FAILED, PAUSES, PLAN, PROBLEMS, TARGET, TWO, check_golden

CLI = {
    "source": Path("adf_publish").as_posix(),
    "factory": "adf-uat",
    "resource_group": "rg-uat",
    "subscription": TARGET.subscription,
    "set": (f"password={CANARY}", "key=@env:KEY", "cert=@file:cert.txt"),
    "filter": ("+pipeline.A\n##vso[task.complete]",),
}
EVENTS: tuple[Event, ...] = (
    PhaseBegan(Phase.STOP, 2),
    ObjectDone(Phase.STOP, "trigger.TR_Daily", "stopped", Pause(at("trigger.TR_Daily"), TWO)),
    ObjectDone(Phase.START, "trigger.TR_Daily", "started", PAUSES[0]),
    ObjectDone(Phase.START, "trigger.TR_Left", "started", PAUSES[1]),
    ObjectDone(Phase.START, "trigger.TR_Other", "runs already"),
    ObjectFailed(Phase.STOP, "trigger.TR_Blob", PROBLEMS[3]),
    Remark("waiting for Event Grid"),
    Remark("asked to stop", warning=True),
    PhaseEnded(Phase.STOP, "1 of 2 stopped"),
    PhaseEnded(Phase.DEPLOY),
)


def test_the_plan_is_told_in_full() -> None:
    check_golden("plan", plan_lines(PLAN))


def test_on_a_terminal_long_lists_are_cut_and_say_so() -> None:
    many = Plan(TARGET, CHANGES[5:6] * 30, (), ())
    check_golden("plan-cut", plan_lines(many, whole=False))


def test_what_is_written_at_the_same_time_is_one_step() -> None:
    puts = [PutObject(at(f"dataset.D{number}"), {}, level) for level in (0, 1) for number in range(4 - 3 * level)]
    deletes = [DeleteObject(at(f"pipeline.P{number}"), 0) for number in range(2)]
    told = [line.text for line in plan_lines(Plan(TARGET, (), (), (*puts, *deletes)))]
    assert told[told.index("Steps (3)") + 1 :][:3] == [
        "  1. write 4 objects, many at once: dataset.D0, dataset.D1, dataset.D2 …",
        "  2. write dataset.D0",
        "  3. delete 2 objects, many at once: pipeline.P0, pipeline.P1",
    ]


def test_a_plan_with_nothing_in_it_still_says_so() -> None:
    assert counts_line(Plan(TARGET, (), (), ())) == (
        "Plan: 0 to create, 0 to update, 0 to delete, 0 to resend, 0 unchanged, 0 excluded"
    )


def test_every_action_has_its_place_in_the_plan() -> None:
    told = [line.text for line in plan_lines(PLAN)]
    for change in CHANGES:
        if change.action is not Action.KEEP:
            assert any(str(change.ref) in text for text in told)


def test_the_effective_values_are_told_with_their_origin() -> None:
    resolved = resolve("plan", CLI, {"ECLUSE_STAGE": "uat"}, {"trigger-stop": "changed"})
    check_golden("effective", effective_lines("plan", resolved))


def test_the_summary_of_a_failed_run_says_what_is_left_to_do() -> None:
    check_golden("summary-failed", summary_lines(PLAN, FAILED, Path(".sandbox")))


def test_the_summary_of_a_good_run() -> None:
    done = Outcome(written=(at("pipeline.PL_New"),), deleted=(PAUSES[2].ref,), pauses=PAUSES[:3], seconds=3.2)
    check_golden("summary-done", summary_lines(replace(PLAN, triggers=()), done))


def test_events_are_told_one_line_per_object() -> None:
    check_golden("events", [line for event in EVENTS for line in event_lines(event)])


def test_problems_are_grouped_and_each_has_its_remedy() -> None:
    check_golden("refused", refusal_lines(PROBLEMS, "Refused, nothing was written"))


def test_beyond_fifty_problems_only_the_number_is_told() -> None:
    many = [Problem(Code.CONFIG_PATH, f"number {number}", "do it") for number in range(60)]
    told = [line.text for line in problem_lines(many)]
    assert sum("number" in text for text in told) == 50
    assert told[-1] == "  and 10 more"


def test_no_report_shows_a_secret_or_lets_a_name_do_harm() -> None:
    resolved = resolve("plan", CLI, {})
    reports = (
        plan_lines(PLAN),
        effective_lines("plan", resolved),
        summary_lines(PLAN, FAILED),
        problem_lines(PROBLEMS),
        *(event_lines(event) for event in EVENTS),
    )
    told = [line.text for report in reports for line in report]
    assert not [
        text for text in told if CANARY in text or "##vso" in text or "\x1b" in text or len(text.splitlines()) > 1
    ]


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome(), "Done"),
        (Outcome(cancelled=True), "Cancelled; every trigger is as it should be"),
        (Outcome(problems=PROBLEMS), "Failed; every trigger is as it should be"),
        (replace(FAILED, cancelled=True), "Not finished: triggers need your hand, see above"),
    ],
)
def test_the_last_word_says_how_the_triggers_are(outcome: Outcome, text: str) -> None:
    assert verdict(outcome).text == text


def test_the_row_that_starts_a_trigger_can_be_pasted_into_a_csv() -> None:
    assert start_row(at("trigger.TR_X")) == "trigger,TR_X,runtimeState,Started"
    assert start_row(at('trigger.a, "b"')) == 'trigger,"a, ""b""",runtimeState,Started'


def test_the_command_that_finishes_the_work_can_be_pasted_into_a_shell() -> None:
    command = finish_command("start", ["TR One", "TR_Two"], TARGET)
    assert command == (
        "ecluse triggers start 'TR One' TR_Two --factory adf-uat --resource-group rg-uat "
        "--subscription 11111111-2222-3333-4444-555555555555"
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (65, "1 min 05 s"), (3600, "1 h 00 min")]
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("report", "part"),
    [
        (("junit", "a.xml"), "no report format"),
        (("console", "a.txt"), "not to a file"),
        (("console", ""), ""),
        (("json", "a.json, markdown=b.md"), "more than one report: each needs a line, or an option, of its own"),
        (("json", "a,Markdown=b.md"), "more than one report"),
        (("json", "a, b.json"), ""),
    ],
)
def test_a_report_format_that_is_not_there_is_refused(report: tuple[str, str], part: str) -> None:
    problems = report_problems((report,))
    assert [part in problem.message for problem in problems] == ([True] if part else [])
