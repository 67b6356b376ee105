"""Reports that are files: a page for people and a document for programs; neither shows a secret or obeys a name."""

import html
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse.apply.ports import Astray, Outcome, Pause
from ecluse.errors import Code, Notice, Problem, Where
from ecluse.plan.plan import Action, Change, Plan, Reason, TriggerFate
from ecluse.reports import FORMATS
from ecluse.reports.account import Account
from ecluse.reports.files import WRITERS, write_reports
from ecluse.reports.issues import MOST, issues_of
from ecluse.reports.markdown import plain
from ecluse.reports.values import values_of
from tests.factories import at
from tests.unit.reports.report_samples import (
    CANARY,
    FAILED,
    GOLDEN,
    HOSTILE,
    PAUSES,
    PLAN,
    PROBLEMS,
    TARGET,
    TWO,
    check_text,
)

PLANNED = Account("plan", plan=PLAN)
DEPLOYED = Account("deploy", plan=PLAN, outcome=FAILED, exit_code=4)
REFUSED = Account("deploy", problems=list(PROBLEMS), exit_code=3)
ACCOUNTS = {"planned": PLANNED, "deployed": DEPLOYED, "refused": REFUSED, "empty": Account("triggers list")}


@pytest.mark.parametrize("name", ACCOUNTS)
@pytest.mark.parametrize("word", WRITERS)
def test_a_report_says_what_it_said(word: str, name: str) -> None:
    check_text(f"{word}-{name}", WRITERS[word](ACCOUNTS[name]))


def test_every_format_that_is_a_file_has_a_writer() -> None:
    assert set(WRITERS) == {row.word for row in FORMATS.values() if row.to_file}


@pytest.mark.parametrize("name", ACCOUNTS)
@pytest.mark.parametrize("word", WRITERS)
def test_no_report_shows_a_secret_or_gives_an_agent_a_command(word: str, name: str) -> None:
    text = WRITERS[word](ACCOUNTS[name])
    assert CANARY not in text
    assert word == "json" or "##vso" not in text


def test_a_secret_that_is_known_is_blotted_out_before_it_is_spelled_for_markdown() -> None:
    account = Account("plan", problems=[Problem(Code.USAGE, "it is pa_ss*word", "see pa_ss*word")])
    account.hidden.add({"pa_ss*word"})
    for write in WRITERS.values():
        text = write(account)
        assert "ss" not in text.replace("message", "")


def test_a_document_holds_what_a_program_asks_for() -> None:
    tree = json.loads(WRITERS["json"](DEPLOYED))
    assert (tree["version"], tree["exitCode"], tree["target"]["factory"]) == (1, 4, "adf-uat")
    assert tree["values"] == values_of(DEPLOYED)


def test_a_document_tells_a_trigger_from_a_change_data_capture_of_one_name_and_how_long_each_stood_still() -> None:
    both = at("trigger.Orders"), at("adfcdc.Orders")
    fates = tuple(TriggerFate(each, active=True, stop=True, start=True, why="it changes") for each in both)
    outcome = Outcome(
        pauses=(Pause(both[0], TWO, TWO + timedelta(seconds=9), 9.0004), Pause(both[1], TWO)),
        astray=tuple(Astray(each, "Started", "Stopped", "it refuses") for each in both),
    )
    tree = json.loads(WRITERS["json"](Account("deploy", plan=Plan(TARGET, (), fates, ()), outcome=outcome)))
    lists = tree["triggers"], tree["outcome"]["pauses"], tree["outcome"]["astray"]
    assert [[(each["kind"], each["name"]) for each in rows] for rows in lists] == (
        [[("trigger", "Orders"), ("adfcdc", "Orders")]] * 3
    )
    ended, off = ([row[key] for key in ("stopped", "restarted", "seconds")] for row in tree["outcome"]["pauses"])
    assert ended == ["2026-11-25T02:00:00Z", "2026-11-25T02:00:09Z", 9.0]
    assert off == ["2026-11-25T02:00:00Z", None, None]


def test_a_page_says_of_each_trigger_when_it_stopped_when_it_ran_again_and_which_ran_on() -> None:
    ran_on = at("trigger.TR_On")
    outcome = Outcome(pauses=PAUSES, restarted=(PAUSES[0].ref, ran_on), deleted=(PAUSES[2].ref,))
    text = html.unescape(WRITERS["markdown"](Account("deploy", plan=Plan(TARGET, (), (), ()), outcome=outcome)))
    section = text.replace("\\", "").partition("### Triggers")[2]
    assert (
        "**trigger.TR_Daily** stopped at 2026-11-25T02:00:00Z, restarted at 2026-11-25T02:00:12Z, paused for 12.0 s\n"
    ) in section
    assert "**adfcdc.C_Old** stopped at 2026-11-25T02:00:00Z, then deleted\n" in section
    assert "**trigger.TR_Blob** stopped at 2026-11-25T02:00:00Z, off since then\n" in section
    assert "Ran on: **trigger.TR_On**\n" in section
    assert section.count("TR_Daily") == 1


@given(st.text())
def test_a_text_of_elsewhere_stays_text_in_markdown(text: str) -> None:
    shown = plain(text)
    assert "\n" not in shown
    bare = re.sub(r"\\.|&(?:#\d+|amp|lt|gt);", "", shown)
    assert not set(bare) & set("<>|`*_[]()#!")
    assert "http://" not in bare


@pytest.mark.parametrize("text", [HOSTILE, "<script>", "[a](http://x)", "| a |", "![x](y)", "`x`", "a@b.c", "**b**"])
def test_a_hostile_name_is_no_markup(text: str) -> None:
    assert "##vso[" not in plain(text)
    assert "<" not in plain(text)
    assert "](" not in plain(text)


def test_a_report_is_written_where_it_is_asked_for_and_what_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    reports = (("console", ""), ("markdown", "out/plan.md"), ("json", "file/plan.json"))
    problems = [*write_reports(reports, PLANNED, tmp_path)]
    assert (tmp_path / "out" / "plan.md").read_text(encoding="utf-8").startswith("**Plan: 1 to create")
    assert [(each.code, each.where) for each in problems] == [(Code.REPORT, Where("file/plan.json"))]


def test_at_most_ten_errors_and_ten_warnings_are_issues_and_the_last_tells_of_the_rest() -> None:
    problems = [Problem(Code.CONFIG_PATH, f"row {number}", "mend it", Where("c.csv", number)) for number in range(25)]
    issues = issues_of(Account("plan", problems=problems))
    assert len(issues) == MOST
    assert issues[0].where == Where("c.csv", 0)
    assert issues[0].message == "row 0 -> mend it"
    assert issues[-1].message == "and 16 more errors: see the log"
    assert len(issues_of(Account("plan", problems=problems[:MOST]))) == MOST


def test_an_issue_in_the_text_of_an_option_names_the_option_and_no_file() -> None:
    unused = Notice(Code.FILTER_UNUSED, "it matches nothing", Where("--filter", 2))
    plan = replace(PLAN, notices=(unused,))
    problems = [Problem(Code.FILTER_FORMAT, "`+x` is no rule", "mend it", Where("--filter", 1))]
    issues = issues_of(Account("plan", plan=plan, problems=problems))
    told = [(each.where, each.message) for each in issues]
    assert told == [(None, "--filter:1: `+x` is no rule -> mend it"), (None, "--filter:2: it matches nothing")]


def test_what_is_in_the_way_of_a_plan_is_a_warning_and_of_a_deployment_an_error() -> None:
    plan = replace(PLAN, notices=(), obstacles=PROBLEMS[:1])
    assert [each.error for each in issues_of(Account("plan", plan=plan))] == [False]
    refused = Account("deploy", plan=plan, problems=list(PROBLEMS[:1]))
    assert [each.error for each in issues_of(refused)] == [True]


def test_the_values_of_a_deployment_count_what_was_done() -> None:
    changes = tuple(Change(at(f"pipeline.P{number}"), Action.UPDATE, Reason.DIFFERENT) for number in range(3))
    plan = Plan(TARGET, changes, (), ())
    assert values_of(Account("plan", plan=plan))["updated"] == "3"
    outcome = Outcome(written=(at("pipeline.P1"),))
    assert values_of(Account("deploy", plan=plan, outcome=outcome))["updated"] == "1"
    assert values_of(Account("deploy")) == {}
    assert GOLDEN.is_dir()


def test_the_values_of_a_start_or_stop_by_hand_count_the_triggers_that_were_asked_for() -> None:
    plan, triggers = Plan(TARGET, (), (), ()), (at("trigger.TR_One"), at("trigger.TR_Two"))
    outcomes = {"triggers start": Outcome(started=triggers), "triggers stop": Outcome(stopped=triggers)}
    values = [values_of(Account(name, plan=plan, outcome=outcome)) for name, outcome in outcomes.items()]
    counts = [(each["triggersRestarted"], each["triggersLeftStopped"]) for each in values]
    assert counts == [("2", "0"), ("0", "2")]
