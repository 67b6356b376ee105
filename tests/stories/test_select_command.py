"""`ecluse select`: what a filter does, told without Azure, and the same in a plan."""

import json
from pathlib import Path

import pytest

from tests.ecluse_command import ROOT
from tests.stories.in_process import ecluse
from tests.stories.template import pipeline, trigger, write

SAMPLE = ROOT / "samples" / "contoso-sales"


def test_each_object_is_in_or_out_with_the_rule_that_decided(tmp_path: Path) -> None:
    (tmp_path / "rules.txt").write_text("# ours\n+pipeline.PL_Sales*++\n-linkedService.*\n", encoding="utf-8")
    ran = ecluse(tmp_path, "select", "--source", SAMPLE, "--filter-file", "rules.txt", "--filter", "+trigger.TR_D*")
    assert ran.code == 0
    told = {
        line.split()[1]: " ".join(line.split())
        for line in ran.text.splitlines()
        if line.startswith(("  in ", "  out "))
    }
    assert len(told) == 17
    assert told["pipeline.PL_Sales_Daily"] == (
        "in pipeline.PL_Sales_Daily included by rule +pipeline.PL_Sales*++ (rules.txt:2)"
    )
    assert told["dataset.DS_Orders_Lake"].endswith("(rules.txt:2), needed by pipeline.PL_Ingest_Orders")
    assert told["linkedService.LS_Lake"] == "out linkedService.LS_Lake excluded by rule -linkedService.* (rules.txt:3)"
    assert told["trigger.TR_Daily"] == "in trigger.TR_Daily included by rule +trigger.TR_D* (--filter:1)"
    assert told["trigger.TR_Hourly_Window"] == "out trigger.TR_Hourly_Window excluded: no rule matches"
    assert "In scope: 10 of 17 objects of the source" in ran.text


def test_a_name_that_a_configuration_gives_is_the_one_that_rules_see(tmp_path: Path) -> None:
    source = tmp_path / "adf"
    write(source, pipeline("PL_Old"), trigger("TR", "PL_Old"))
    (tmp_path / "c.csv").write_text("type,name,path,value\ntrigger,TR,$.name,TR_New\n", encoding="utf-8")
    ran = ecluse(tmp_path, "select", "--source", source, "--config", "c.csv", "--filter", "trigger.TR_New")
    assert "in   trigger.TR_New" in ran.text


def test_a_rule_that_can_not_be_read_is_refused_with_3(tmp_path: Path) -> None:
    ran = ecluse(tmp_path, "select", "--source", SAMPLE, "--filter", "pipelin.X")
    assert ran.code == 3
    assert "nearest is pipeline" in ran.text


def test_no_filter_has_everything_in_scope(tmp_path: Path) -> None:
    ran = ecluse(tmp_path, "select", "--source", SAMPLE)
    assert ran.code == 0
    assert "In scope: 17 of 17 objects of the source" in ran.text
    assert ran.text.count("included: there are no rules") == 17
    assert "no rule matches" not in ran.text


@pytest.mark.parametrize("rules", ["", "# +pipeline.*\n\n , \n"])
def test_a_filter_without_a_rule_is_a_warning_since_all_is_in_scope_then(tmp_path: Path, rules: str) -> None:
    (tmp_path / "rules.txt").write_text(rules, encoding="utf-8")
    ran = ecluse(tmp_path, "select", "--source", SAMPLE, "--filter-file", "rules.txt", "--filter", "#")
    assert "warning: rules.txt: the filter holds no rule, so everything is in scope" in ran.text
    assert "In scope: 17 of 17 objects of the source" in ran.text
    assert "holds no rule" not in ecluse(tmp_path, "select", "--source", SAMPLE).text
    with_rule = ecluse(tmp_path, "select", "--source", SAMPLE, "--filter-file", "rules.txt", "--filter", "trigger.*")
    assert "holds no rule" not in with_rule.text


def test_the_table_comes_as_json_alone_on_the_standard_output(tmp_path: Path) -> None:
    words = ("select", "--source", SAMPLE, "--filter", "+pipeline.PL_Sales*++")
    ran = ecluse(tmp_path, *words, "--format", "json")
    assert ran.code == 0
    rows = {f"{each['kind']}.{each['name']}": each for each in json.loads(ran.out)}
    assert len(rows) == 17
    assert rows["dataset.DS_Orders_Lake"] == {
        "kind": "dataset",
        "name": "DS_Orders_Lake",
        "scope": "in",
        "reason": "included by rule +pipeline.PL_Sales*++ (--filter:1), needed by pipeline.PL_Ingest_Orders",
        "rule": "+pipeline.PL_Sales*++ (--filter:1)",
        "neededBy": "pipeline.PL_Ingest_Orders",
        "change": "",
    }
    assert rows["trigger.TR_Daily"]["scope"] == "out"
    assert "In scope: " in ran.err
    assert ecluse(tmp_path, *words, "--output", "scope.json").code == 0
    assert (tmp_path / "scope.json").read_text(encoding="utf-8") == ran.out


def test_the_form_of_the_table_counts_wherever_it_is_chosen(tmp_path: Path) -> None:
    from_variable = ecluse(tmp_path, "select", "--source", SAMPLE, ECLUSE_FORMAT="json")
    (tmp_path / "ecluse.toml").write_text('format = "json"\n', encoding="utf-8")
    from_file = ecluse(tmp_path, "select", "--source", SAMPLE)
    for ran in (from_variable, from_file):
        assert ran.code == 0, ran.text
        assert len(json.loads(ran.out)) == 17
        assert "In scope: " in ran.err
    people = ecluse(tmp_path, "select", "--source", SAMPLE, "--format", "console")
    assert "In scope: " in people.out


def test_no_variable_is_needed_and_those_that_lack_are_named(tmp_path: Path) -> None:
    write(tmp_path / "adf", pipeline("PL"))
    rows = "pipeline,PL,+description,$Env:NOWHERE_1 and $Env:NOWHERE_2\npipeline,PL,+concurrency,int:$Env:NOWHERE_1\n"
    (tmp_path / "c.csv").write_text(f"type,name,path,value\n{rows}", encoding="utf-8")
    ran = ecluse(tmp_path, "select", "--source", tmp_path / "adf", "--config", "c.csv")
    assert ran.code == 0, ran.text
    said = "2 configuration rows not applied, since these variables are not set: NOWHERE_1, NOWHERE_2"
    assert said in ran.text
