"""`ecluse select`: what a filter does, told without Azure, and the same in a plan."""

from pathlib import Path

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
