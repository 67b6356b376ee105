"""`ecluse config`: configurations are checked, shown and compared without Azure, and without a sandbox."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from ecluse.cli.main import main
from ecluse.cli.world import World
from tests.ecluse_command import ROOT, Ran, environment
from tests.stories.template import pipeline, resource, write

HEADER = "type,name,path,value\n"
SAMPLE = ROOT / "samples" / "contoso-sales"


def config(folder: Path, *words: Any, **env: str) -> Ran:
    out, err = io.StringIO(), io.StringIO()
    world = World(environment(**env), folder, io.StringIO(), out, err)
    return Ran(main(["config", *map(str, words)], world), out.getvalue(), err.getvalue())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source with two stages and what is common to them; the working directory is the folder above."""
    lake = resource("linkedService.LS_Lake", {"type": "AzureBlobFS", "typeProperties": {"url": "https://dev"}})
    sql = resource("linkedService.LS_Sql", {"type": "AzureSqlDatabase", "typeProperties": {"connectionString": "dev"}})
    write(tmp_path / "adf", lake, sql, pipeline("PL_A", description="dev"), pipeline("PL_B", description="dev"))
    files = {
        "config-common.csv": "pipeline,PL_*,description,common",
        "config-uat.csv": "pipeline,PL_A,description,uat\n"
        "linkedService,LS_Lake,typeProperties.url,https://$Env:LAKE.net\n"
        "linkedService,LS_Sql,typeProperties.connectionString,Server=uat;Password=hunter2-uat",
        "config-prod.csv": "linkedService,LS_Lake,typeProperties.url,https://prod.net",
    }
    (tmp_path / "adf" / "deployment").mkdir()
    for name, rows in files.items():
        (tmp_path / "adf" / "deployment" / name).write_text(f"{HEADER}{rows}\n", encoding="utf-8")
    return tmp_path


def spoil(source: Path, stage: str, row: str) -> None:
    with (source / "adf" / "deployment" / f"config-{stage}.csv").open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")


def told(ran: Ran, source: Path) -> str:
    """What was printed, with paths from the working directory as they are written on any system."""
    return ran.text.replace("\\", "/").replace(f"{source.as_posix()}/", "")


def test_check_applies_every_stage_and_lists_tokens_without_a_value(source: Path) -> None:
    ran = config(source, "check", "--source", "adf")
    assert ran.code == 0, ran.text
    assert "== Stage prod ==" in ran.text
    assert "== Stage uat ==" in ran.text
    assert "Stage common" not in ran.text
    assert "1 token without a value here" in ran.text
    assert "LAKE  adf/deployment/config-uat.csv:3  linkedService.LS_Lake" in told(ran, source)
    assert "Every configuration can be applied" in ran.text
    assert "1 token" not in config(source, "check", "--source", "adf", LAKE="lake").text


def test_a_token_without_a_value_is_an_error_when_asked(source: Path) -> None:
    ran = config(source, "check", "--source", "adf", "--missing-variable", "fail")
    assert ran.code == 3
    assert "config-uat.csv:3  linkedService.LS_Lake: path typeProperties.url: there is no variable LAKE" in ran.text


def test_check_tells_the_problems_of_all_stages_and_what_is_common_once(source: Path) -> None:
    spoil(source, "common", "ultratrigger,X,a,b")
    spoil(source, "uat", "linkedService,LS_None,a,b")
    spoil(source, "prod", "linkedService,LS_Lake,typeProperties.urll,b")
    (source / "adf" / "deployment" / "config-test.json").write_text("{", encoding="utf-8")
    ran = config(source, "check", "--source", "adf")
    assert ran.code == 3
    assert "Refused, nothing was written: 4 problems" in ran.text
    for said in (
        "config-common.csv:3  ultratrigger.X: path a: there is no type ultratrigger; nearest is trigger",
        "config-uat.csv:5  linkedService.LS_None: path a: no linkedService has the name LS_None",
        "nothing stands there; nearest existing path is typeProperties.url",
        "config-test.json:1:2: invalid JSON",
    ):
        assert ran.text.count(said) == 1, said


def test_check_may_be_about_one_stage_or_one_file(source: Path) -> None:
    spoil(source, "uat", "linkedService,LS_None,a,b")
    assert config(source, "check", "--source", "adf", "--stage", "prod").code == 0
    assert config(source, "check", "--source", "adf", "--config", "adf/deployment/config-uat.csv").code == 3


def test_a_source_without_configurations_is_refused_so_that_no_check_passes_by_mistake(tmp_path: Path) -> None:
    write(tmp_path / "adf", pipeline("PL_A"))
    ran = config(tmp_path, "check", "--source", "adf")
    assert ran.code == 3
    assert "there is no configuration in deployment, in the source and in the working directory" in ran.text


def test_a_stage_in_two_forms_is_refused_and_both_are_checked(source: Path) -> None:
    changes = {"LS_None": [{"name": "a", "value": "b"}], "PL_A": [{"name": "description", "value": "x"}]}
    (source / "adf" / "deployment" / "config-prod.json").write_text(json.dumps(changes), encoding="utf-8")
    spoil(source, "prod", "linkedService,LS_Lake,typeProperties.urll,b")
    ran = config(source, "check", "--source", "adf")
    assert ran.code == 3
    assert "Refused, nothing was written: 3 problems" in ran.text
    assert "the configuration of stage prod is there twice" in ran.text
    assert "config-prod.csv:3  linkedService.LS_Lake: path typeProperties.urll" in ran.text
    assert "config-prod.json:1  LS_None: path a: no object has the name LS_None" in ran.text


def test_changes_on_one_line_are_rows_of_their_own(source: Path) -> None:
    lines = {"PL_A": [{"name": "description", "value": "one"}, {"name": "description", "value": "two"}]}
    (source / "one.json").write_text(json.dumps(lines), encoding="utf-8")
    checked = config(source, "check", "--source", "adf", "--config", "one.json")
    assert "2 rows made 2 changes" in checked.text
    assert "this row wins over one.json:1" in told(checked, source)
    shown = config(source, "show", "--source", "adf", "--config", "one.json")
    assert "description = two  (one.json:1; wins over one.json:1)" in told(shown, source)


def test_show_prints_what_counts_with_its_origin_and_without_secrets(source: Path) -> None:
    ran = config(source, "show", "--source", "adf", "--stage", "uat", LAKE="lake")
    assert ran.code == 0, ran.text
    text = told(ran, source)
    assert "description = uat  (adf/deployment/config-uat.csv:2; wins over adf/deployment/config-common.csv:2)" in text
    assert "description = common  (adf/deployment/config-common.csv:2)" in text
    assert "typeProperties.url = https://$Env:LAKE.net  (adf/deployment/config-uat.csv:3)" in text
    assert "typeProperties.connectionString = ***" in text
    assert "hunter2" not in text


def test_show_needs_a_stage(source: Path) -> None:
    ran = config(source, "show", "--source", "adf")
    assert ran.code == 3
    assert "--stage: is required by config show" in ran.text


def test_the_matrix_marks_what_one_stage_sets_and_another_forgets(source: Path) -> None:
    ran = config(source, "matrix", "--source", "adf")
    assert ran.code == 0, ran.text
    assert "4 places, 1 of them not set for every stage" in ran.text
    assert "hunter2" not in ran.text


@pytest.mark.parametrize("form", ["csv", "markdown"])
def test_a_table_for_programs_stands_alone_on_the_standard_output(source: Path, form: str) -> None:
    ran = config(source, "matrix", "--source", "adf", "--format", form)
    assert ran.code == 0, ran.text
    first, *rest = ran.out.splitlines()
    assert first.strip("| ").replace(" | ", ",") == "object,path,prod,uat,not set for"
    assert len([line for line in rest if not line.startswith("| ---")]) == 4
    assert "1 of them not set" in ran.err
    assert "hunter2" not in ran.text


def test_the_matrix_tells_the_problems_of_all_stages(source: Path) -> None:
    spoil(source, "uat", "linkedService,LS_None,a,b")
    spoil(source, "prod", "linkedService,LS_Lake,typeProperties.urll,b")
    ran = config(source, "matrix", "--source", "adf")
    assert ran.code == 3
    assert "Refused, nothing was written: 2 problems" in ran.text


@pytest.mark.parametrize(
    ("name", "begins"),
    [("m.csv", b"object,path,"), ("m.MD", b"| object | path |"), ("m.xlsx", b"PK"), ("m", b"Configuration of ")],
)
def test_the_end_of_the_file_says_the_form_of_the_table(name: str, begins: bytes, source: Path) -> None:
    if name.endswith(".xlsx"):
        pytest.importorskip("pandas")
        pytest.importorskip("openpyxl")
    ran = config(source, "matrix", "--source", "adf", "--output", name)
    assert ran.code == 0, ran.text
    assert (source / name).read_bytes().startswith(begins)


def test_a_table_goes_to_a_file(source: Path) -> None:
    ran = config(source, "matrix", "--source", "adf", "--format", "csv", "--output", "matrix.csv")
    assert ran.code == 0, ran.text
    written = (source / "matrix.csv").read_text(encoding="utf-8")
    assert "linkedService.LS_Sql,typeProperties.connectionString,(not set),***,prod" in written
    assert config(source, "matrix", "--source", "adf", "--format", "excel").code == 3


def test_the_sample_passes() -> None:
    for command in ("check", "matrix"):
        assert config(ROOT, command, "--source", SAMPLE).code == 0
    assert config(ROOT, "show", "--source", SAMPLE, "--stage", "prod").code == 0
