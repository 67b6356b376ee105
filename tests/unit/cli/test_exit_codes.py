"""The exit codes, exactly as docs/exit-codes.md has them; and how every error ends."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ecluse.apply.ports import Astray, Outcome
from ecluse.errors import Cancelled, Code, EcluseError, Failed, Problem, Refused
from ecluse.plan.plan import Action, Change, Plan, Reason
from ecluse.plan.steps import DeployTemplate, StopTrigger
from tests.factories import TARGET, at
from tests.unit.cli.fake_engine import NEEDED, NOTHING, FakeEngine, ran

PROBLEM = Problem(Code.DEPLOYMENT_FAILED, "Azure said no", "Ask it nicely.", subject="pipeline.P")
ASTRAY = Astray(at("trigger.TR_Daily"), "Started", "Stopped", "it refuses")
CREATES = Plan(
    TARGET,
    (Change(at("pipeline.P"), Action.CREATE, Reason.NEW),),
    (),
    (StopTrigger(at("trigger.TR_Daily")), DeployTemplate(1, (at("pipeline.P"),), {}, {})),
)
RESENDS = replace(CREATES, changes=(Change(at("linkedService.L"), Action.RESEND, Reason.HIDDEN_SECRET),))


def outcome(**fields: object) -> FakeEngine:
    made = Outcome(**fields)  # type: ignore[arg-type]  # each test names the fields that it needs
    return FakeEngine(plan=CREATES, applied=lambda _clock: made)


@pytest.mark.parametrize(
    ("words", "plan", "code"),
    [
        (("plan",), NOTHING, 0),
        (("plan",), CREATES, 0),
        (("plan", "--detailed-exitcode"), NOTHING, 0),
        (("plan", "--detailed-exitcode"), RESENDS, 0),
        (("plan", "--detailed-exitcode"), CREATES, 2),
        (("deploy",), NOTHING, 0),
        (("deploy",), CREATES, 0),
    ],
)
def test_a_good_run_ends_with_0_or_on_demand_with_2(words: tuple[str, ...], plan: Plan, code: int) -> None:
    made = ran(*words, *NEEDED, engine=FakeEngine(plan=plan))
    assert made.code == code
    assert made.err == ""


@pytest.mark.parametrize(
    ("engine", "code"),
    [
        (outcome(problems=(PROBLEM,)), 1),
        (outcome(cancelled=True), 1),
        (outcome(astray=(ASTRAY,)), 4),
        (outcome(astray=(ASTRAY,), problems=(PROBLEM,)), 4),
        (outcome(astray=(ASTRAY,), cancelled=True), 4),
    ],
)
def test_a_trigger_astray_wins_over_every_other_end(engine: FakeEngine, code: int) -> None:
    assert ran("deploy", *NEEDED, engine=engine).code == code


@pytest.mark.parametrize("stage", ["prepare", "open", "make_plan", "deploy"])
@pytest.mark.parametrize(("error", "code"), [(Refused, 3), (Failed, 1), (Cancelled, 1)])
def test_an_error_of_any_stage_ends_with_its_code_and_its_remedy(
    stage: str, error: type[EcluseError], code: int
) -> None:
    made = ran("deploy", *NEEDED, engine=FakeEngine(plan=CREATES, fails={stage: error(PROBLEM)}))
    assert made.code == code
    assert "[deployment-failed] pipeline.P: Azure said no" in made.err
    assert "-> Ask it nicely." in made.err
    assert "Traceback" not in made.err


def test_a_defect_is_one_clear_line_and_no_traceback() -> None:
    made = ran("plan", *NEEDED, engine=FakeEngine(fails={"make_plan": KeyError("oops")}))
    assert made.code == 1
    assert "KeyError: 'oops'  This is a defect of Ecluse" in made.err
    assert "Traceback" not in made.err


def test_with_verbose_a_defect_shows_where_but_no_secret() -> None:
    error = ValueError("bad canary-4711 ##vso[task.complete]")
    made = ran(
        *("plan", *NEEDED, "--verbose", "--set", "p=@env:MY_VALUE"),
        engine=FakeEngine(fails={"make_plan": error}),
        environ={"MY_VALUE": "canary-4711"},
    )
    assert "Traceback" in made.err
    assert "fake_engine.py" in made.err
    assert "canary" not in made.err
    assert "##vso" not in made.err


def test_a_secret_that_the_plan_sends_is_blotted_out_of_whatever_azure_says() -> None:
    parameters: dict[str, dict[str, Any]] = {
        "secret1": {"value": "canary-4711"},
        "vault": {"reference": {"secretName": "Azure said"}},
    }
    plan = replace(CREATES, steps=(DeployTemplate(1, (at("pipeline.P"),), {}, parameters),))
    problem = replace(PROBLEM, message="Azure said: canary-4711 is too short")
    told = Outcome(problems=(problem,))
    made = ran("deploy", *NEEDED, engine=FakeEngine(plan=plan, applied=lambda _clock: told))
    refused = ran("deploy", *NEEDED, engine=FakeEngine(plan=plan, fails={"deploy": Failed(problem)}))
    for text in (made.out, refused.err):
        assert "Azure said: *** is too short" in text


def test_a_variable_that_looks_like_a_secret_is_blotted_out_but_folders_are_not() -> None:
    environ = {"SQL_PASSWORD": "canary-4711", "PWD": "/home/somebody"}
    problem = replace(PROBLEM, message="canary-4711 in /home/somebody")
    made = ran("plan", *NEEDED, engine=FakeEngine(fails={"prepare": Refused(problem)}), environ=environ)
    assert "*** in /home/somebody" in made.err


def test_a_defect_while_triggers_may_be_stopped_ends_with_4() -> None:
    made = ran("deploy", *NEEDED, engine=FakeEngine(plan=CREATES, fails={"deploy": ZeroDivisionError("x")}))
    assert made.code == 4
    assert "ecluse triggers list" in made.err
    assert "ZeroDivisionError" in made.err


def test_ctrl_c_before_the_first_write_is_a_cancel() -> None:
    made = ran("deploy", *NEEDED, engine=FakeEngine(fails={"make_plan": KeyboardInterrupt()}))
    assert (made.code, "Cancelled, nothing was written" in made.err) == (1, True)


def test_nothing_to_do_writes_nothing_and_asks_nobody() -> None:
    made = ran("deploy", *NEEDED, answer="")
    assert made.code == 0
    assert "Nothing to do" in made.out
    assert "deploy" not in made.engine.calls


@pytest.mark.parametrize(
    ("answer", "goes_on"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_on_a_terminal_it_asks_before_the_first_write(answer: str, *, goes_on: bool) -> None:
    made = ran("deploy", *NEEDED, engine=FakeEngine(plan=CREATES), answer=answer)
    assert "Deploy this to adf-test? [y/N]" in made.err
    assert (made.code, "deploy" in made.engine.calls) == ((0, True) if goes_on else (1, False))
    assert ("Cancelled, nothing was written" in made.out) is not goes_on


@pytest.mark.parametrize(
    ("words", "environ", "answer"), [((), {}, None), (("--yes",), {}, ""), ((), {"TF_BUILD": "True"}, "")]
)
def test_it_goes_on_with_yes_without_a_terminal_and_on_a_build_agent(
    words: tuple[str, ...], environ: dict[str, str], answer: str | None
) -> None:
    made = ran("deploy", *NEEDED, *words, engine=FakeEngine(plan=CREATES), environ=environ, answer=answer)
    assert made.code == 0
    assert "[y/N]" not in made.err


def test_the_connection_is_closed_whatever_comes() -> None:
    assert ran("deploy", *NEEDED, engine=FakeEngine(plan=CREATES), answer="n\n").engine.calls[-1] == "close"
    assert ran("plan", *NEEDED).engine.calls == ["prepare", "open", "make_plan", "close"]


def test_a_sandbox_run_says_so_in_its_first_and_last_line(tmp_path: Path) -> None:
    words = ("--source", "s", "--factory", "adf-test", "--resource-group", "rg", "--sandbox", str(tmp_path))
    for engine in (FakeEngine(), FakeEngine(fails={"prepare": Refused(PROBLEM)})):
        lines = ran("plan", *words, engine=engine).out.splitlines()
        assert "SANDBOX" in lines[0]
        assert "SANDBOX" in lines[-1]
    assert "SANDBOX" not in ran("plan", *NEEDED).out


def test_what_is_wrong_in_the_settings_is_said_before_anything_is_done() -> None:
    made = ran("plan", "--factory", "a--b", "--delete-kinds", "pipelin", "--report", "pdf=x")
    assert made.code == 3
    assert made.engine.calls == []
    assert "--source: is required by plan" in made.err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--delete-kinds", "pipelin"), "'pipelin' is no kind"),
        (("--report", "pdf=x"), "'pdf' is no report format of this version"),
    ],
)
def test_what_this_version_does_not_know_is_refused(words: tuple[str, ...], part: str) -> None:
    made = ran("plan", *NEEDED, *words)
    assert (made.code, part in made.err) == (3, True)


def test_the_file_of_options_is_read_in_the_working_directory_only(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / "ecluse.toml").write_bytes(b'\xef\xbb\xbfstage = "uat"\n')
    assert "uat  (ecluse.toml)" in ran("plan", *NEEDED, directory=tmp_path).out
    assert "uat" not in ran("plan", *NEEDED, directory=below).out


def test_a_file_of_options_that_is_no_toml_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "ecluse.toml").write_text("stage = \n")
    made = ran("plan", *NEEDED, directory=tmp_path)
    assert made.code == 3
    assert "ecluse.toml" in made.err
    assert "line 1" in made.err


def test_every_exit_code_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    assert all(f"| {code} |" in text for code in range(5))


def test_a_report_tells_a_good_run_and_a_refused_one(tmp_path: Path) -> None:
    words = ("--report", "markdown=out/plan.md", "--report", "json=plan.json")
    assert ran("plan", *NEEDED, *words, directory=tmp_path).code == 0
    assert (tmp_path / "out" / "plan.md").read_text(encoding="utf-8").startswith("**Done**")
    refused = FakeEngine(fails={"prepare": Refused(Problem(Code.USAGE, "so wrong", "mend it"))})
    assert ran("plan", *NEEDED, *words, directory=tmp_path, engine=refused).code == 3
    assert "so wrong" in (tmp_path / "plan.json").read_text(encoding="utf-8")


def test_a_report_that_can_not_be_written_is_a_failure_and_no_worse_than_that(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    words = ("--report", "json=file/plan.json")
    made = ran("plan", *NEEDED, *words, directory=tmp_path)
    assert (made.code, "[report]" in made.err) == (1, True)
    refused = FakeEngine(fails={"prepare": Refused(Problem(Code.USAGE, "so wrong", "mend it"))})
    assert ran("plan", *NEEDED, *words, directory=tmp_path, engine=refused).code == 3
