"""A plan and an outcome that hold one of everything that reports must tell, and the golden files."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ecluse.apply.ports import Astray, Outcome, Pause
from ecluse.errors import Code, Notice, Problem, Where
from ecluse.jsontree import ABSENT, Difference, Secret
from ecluse.plan.plan import Action, Change, Plan, Reason, Target, TriggerFate
from ecluse.plan.steps import CreateFactory, DeleteObject, DeployTemplate, PutObject, StartTrigger, StopTrigger
from ecluse.reports.lines import Line
from tests.factories import at

GOLDEN = Path(__file__).parent / "golden"
TARGET = Target("11111111-2222-3333-4444-555555555555", "rg-uat", "adf-uat", "westeurope")
CANARY = "canary-4711"

HOSTILE = "evil\n##vso[task.complete result=Succeeded]\x1b[31mred\u202egnp"


def _change(address: str, action: Action, reason: Reason, detail: str = "", *differences: Difference) -> Change:
    return Change(at(address), action, reason, detail, differences)


def _at(*path: str | int) -> tuple[str | int, ...]:
    return ("properties", *path)


DIFFERENCES = (
    Difference(_at("typeProperties", "url"), "https://dev.example", "https://uat.example"),
    Difference(_at("typeProperties", "password", "value"), "**********", CANARY),
    Difference(_at("typeProperties", "connectionString"), f"Server=a;Password={CANARY}", "Server=b"),
    Difference(_at("typeProperties", "note"), "shown", Secret(CANARY)),
    Difference(_at("typeProperties", "connectVia"), ABSENT, {"accountKey": CANARY, "a": 1}),
    Difference(_at("annotations", 0), "x" * 200, HOSTILE),
    Difference(_at("typeProperties", "recurrence", "interval"), 1, 15),
    Difference(_at("odd.key", "##vso[x]"), None, ABSENT),
)

CHANGES = (
    _change("pipeline.PL_New", Action.CREATE, Reason.NEW),
    _change("linkedService.LS_Web", Action.UPDATE, Reason.DIFFERENT, "", *DIFFERENCES),
    _change("linkedService.LS_Sql", Action.RESEND, Reason.HIDDEN_SECRET),
    _change("dataset.DS_Old", Action.DELETE, Reason.NOT_IN_SOURCE),
    _change(f"dataset.{HOSTILE}", Action.KEEP, Reason.EQUAL),
    _change("dataset.DS_Same", Action.KEEP, Reason.EQUAL),
    _change("trigger.TR_Out", Action.KEEP, Reason.EXCLUDED, "excluded by rule -trigger.TR_Out (line 2)"),
    _change("dataset.DS_Foreign", Action.KEEP, Reason.NOT_IN_SOURCE, "kept: nothing is deleted without the option"),
)

TRIGGERS = (
    TriggerFate(at("trigger.TR_Daily"), active=True, stop=True, start=True, why="active in the target"),
    TriggerFate(at("trigger.TR_Blob"), active=True, stop=True, start=True, why="active in the target", event=True),
    TriggerFate(at("trigger.TR_Gone"), active=True, stop=True, start=False, why="is deleted"),
    TriggerFate(at("trigger.TR_Wish"), active=False, stop=False, start=True, why="config-uat.csv:3 says Started"),
    TriggerFate(at("trigger.TR, New"), active=False, stop=False, start=False, why="new", left_stopped=True),
    TriggerFate(at("trigger.TR_Out"), active=True, stop=False, start=False, why="excluded"),
)

STEPS = (
    CreateFactory({}),
    StopTrigger(at("trigger.TR_Daily")),
    StopTrigger(at("trigger.TR_Blob"), event=True),
    PutObject(at("globalParameters.default"), {}),
    DeployTemplate(1, (at("pipeline.PL_New"), at("linkedService.LS_Web")), {"x": CANARY}, {"p": {"value": CANARY}}),
    DeleteObject(at("dataset.DS_Old")),
    StartTrigger(at("trigger.TR_Daily")),
    StartTrigger(at("trigger.TR_Blob"), event=True),
)

PLAN = Plan(
    TARGET,
    CHANGES,
    TRIGGERS,
    STEPS,
    head=("public network access: Enabled", "identity: SystemAssigned"),
    notices=(
        Notice(Code.FILTER_UNUSED, "the rule matches nothing", Where("filter.txt", 3)),
        Notice(Code.NOTE, "the parameter file beside the template is not read", warning=False),
        Notice(Code.FILTER_UNUSED, "the rule matches nothing", Where("filter.txt", 3)),
    ),
)

PROBLEMS = (
    Problem(Code.CONFIG_PATH, "there is no such path", "The nearest is url.", Where("c.csv", 4), "linkedService.LS_A"),
    Problem(Code.PARAMETER_MISSING, "has no value", "Give --set.", subject="LS_Sql_password"),
    Problem(Code.CONFIG_PATH, "there is no such path", "The nearest is url.", Where("c.csv", 9), "linkedService.LS_B"),
    Problem(Code.DEPLOYMENT_FAILED, f"Azure said {HOSTILE}", "", subject="pipeline.P"),
)

TWO = datetime(2026, 11, 25, 2, tzinfo=UTC)
PAUSES = (
    Pause(at("trigger.TR_Daily"), TWO, TWO + timedelta(seconds=12), 12.0),
    Pause(at("trigger.TR_Left"), TWO - timedelta(hours=3), TWO + timedelta(minutes=7), 11220.0, earlier=True),
    Pause(at("adfcdc.C_Old"), TWO),
    Pause(at("trigger.TR_Blob"), TWO),
)
FAILED = Outcome(
    pauses=(*PAUSES[:2], PAUSES[3]),
    written=(at("pipeline.PL_New"),),
    stopped=(at("trigger.TR_Daily"), at("trigger.TR_Blob"), at("trigger.TR Gone")),
    restarted=(at("trigger.TR_Daily"),),
    astray=(
        Astray(at("trigger.TR_Blob"), "Started", "Stopped", "the subscription is still provisioning", TWO),
        Astray(at("trigger.TR Gone"), "Stopped", "unknown", "can't be read"),
        Astray(at("adfcdc.C_Orders"), "Started", "Stopped", "it refuses"),
    ),
    problems=PROBLEMS[3:],
    seconds=245.2,
    deployments=("ecluse-0a1b2c3d-run-1",),
)


def check_golden(name: str, lines: Iterable[Line]) -> None:
    """The lines are what the golden file holds, tone before text; UPDATE_GOLDEN=1 writes the file anew."""
    check_text(name, "".join(f"{line.tone.name.lower():<7}|{line.text}\n" for line in lines))


def check_text(name: str, text: str) -> None:
    """The same for a whole text."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
