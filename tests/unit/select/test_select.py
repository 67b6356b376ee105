"""Section 6 of the configuration contract, a row per sentence."""

import pytest

from ecluse.errors import Code, Refused
from ecluse.select.rules import parse_rules
from ecluse.select.select import select
from tests.factories import at, pipeline, pointer, schedule, thing

OBJECTS = (
    pipeline("PL_A", runs=["PL_B"], folder={"name": "Sales/Daily"}),
    pipeline("PL_B", activities=[{"inputs": [pointer("Dataset", "DS.1")]}], folder={"name": "Sales"}),
    pipeline("Other pipe"),
    thing("dataset.DS.1", {"linkedServiceName": pointer("LinkedService", "LS_Dev")}),
    thing("linkedService.LS_Dev"),
    schedule("TR", "PL_A"),
    thing("globalParameters.default"),
)


def chosen(*texts: str) -> set[str]:
    scope = select(parse_rules(texts), OBJECTS).scope
    return {str(each.ref) for each in OBJECTS if each.ref in scope}


def without(*addresses: str) -> set[str]:
    return {str(each.ref) for each in OBJECTS} - set(addresses)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param([], without(), id="no rule: everything"),
        pytest.param(["+pipeline.PL_*"], {"pipeline.PL_A", "pipeline.PL_B"}, id="an include"),
        pytest.param(["-*.LS_Dev"], without("linkedService.LS_Dev"), id="an exclude"),
        pytest.param(["trigger.*"], {"trigger.TR"}, id="no sign = include"),
        pytest.param(["*.*@Sales/*"], {"pipeline.PL_A"}, id="a folder after @"),
        pytest.param(["*.*@sales*"], {"pipeline.PL_A", "pipeline.PL_B"}, id="a folder without case"),
        pytest.param(["-pipeline.*@"], without("pipeline.Other pipe"), id="no folder"),
        pytest.param(["PIPELINE.pl_?"], {"pipeline.PL_A", "pipeline.PL_B"}, id="wildcards without case"),
        pytest.param(["+pipeline.PL_[!B]"], {"pipeline.PL_A"}, id="none of these"),
        pytest.param(["+dataset.DS.1"], {"dataset.DS.1"}, id="a name with a dot"),
        pytest.param(["+pipeline.Other pipe"], {"pipeline.Other pipe"}, id="a name with a blank"),
        pytest.param(["+pipeline.PL_A, +trigger.*"], {"pipeline.PL_A", "trigger.TR"}, id="comma-separated"),
        pytest.param(
            ["+pipeline.PL_A\n# no\n\n+trigger.* # why"], {"pipeline.PL_A", "trigger.TR"}, id="lines, comments"
        ),
        pytest.param(
            ["+pipeline.*", "-pipeline.PL_A"], {"pipeline.PL_B", "pipeline.Other pipe"}, id="the last decides"
        ),
        pytest.param(
            ["-pipeline.*", "+pipeline.PL_A"], without("pipeline.PL_B", "pipeline.Other pipe"), id="exclude first"
        ),
        pytest.param(["-pipeline.PL_A", "+pipeline.*"], without(), id="a later include takes back"),
        pytest.param(
            ["+pipeline.PL_A++"],
            {"pipeline.PL_A", "pipeline.PL_B", "dataset.DS.1", "linkedService.LS_Dev"},
            id="closure",
        ),
        pytest.param(
            ["+pipeline.PL_A++", "-linkedService.*"], {"pipeline.PL_A", "pipeline.PL_B", "dataset.DS.1"}, id="c-"
        ),
        pytest.param(["-factory.*"], without("globalParameters.default"), id="the factory means its global parameters"),
        pytest.param(["-*.*"], set(), id="nothing is left"),
    ],
)
def test_rules_decide(rules: list[str], expected: set[str]) -> None:
    assert chosen(*rules) == expected


def test_each_object_knows_the_rule_that_decided_and_where_it_stands() -> None:
    rules = parse_rules(["-trigger.TR"], [("filter.txt", "# mine\n-pipeline.*\n+pipeline.PL_A")])
    scope = select(rules, OBJECTS).scope
    assert scope.reason(at("pipeline.PL_A")) == "included by rule +pipeline.PL_A (filter.txt:3)"
    assert scope.reason(at("pipeline.PL_B")) == "excluded by rule -pipeline.* (filter.txt:2)"
    assert scope.reason(at("trigger.TR")) == "excluded by rule -trigger.TR (--filter:1)"
    assert scope.reason(at("dataset.DS.1")) == "included: no rule matches"


def test_an_object_of_source_and_live_factory_counts_as_the_source_has_it() -> None:
    moved = pipeline("pl_a", folder={"name": "Old"})
    scope = select(parse_rules(["-*.*@Old"]), (*OBJECTS, moved)).scope
    assert at("pipeline.PL_A") in scope


def test_a_rule_that_matches_nothing_is_a_warning() -> None:
    selected = select(parse_rules(["-pipeline.PL_A", "-pipeline.Nope"]), OBJECTS)
    assert [(each.code, str(each)) for each in selected.notices] == [
        (Code.FILTER_UNUSED, "--filter:2: the rule `-pipeline.Nope` matches nothing")
    ]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (["+pipeline.*", "-pipeline.PL_A"], "pipeline.PL_A would be in"),
        (["-pipeline.PL_A", "+pipeline.PL_B", "-trigger.*"], "linkedService.LS_Dev, pipeline.Other pipe would be out"),
    ],
)
def test_a_mixed_list_is_a_warning_that_says_what_differs(rules: list[str], said: str) -> None:
    (notice,) = select(parse_rules(rules), OBJECTS).notices
    assert notice.warning
    assert said in str(notice)


def test_a_mixed_list_that_decides_nothing_else_is_no_warning() -> None:
    assert select(parse_rules(["+pipeline.*", "-linkedService.*"]), OBJECTS).notices == ()


@pytest.mark.parametrize("rules", [["+pipeline.PL_A", "+trigger.*"], ["-pipeline.PL_A", "-trigger.*"]])
def test_a_list_of_one_sign_is_no_mixed_list(rules: list[str]) -> None:
    assert select(parse_rules(rules), OBJECTS).notices == ()


def test_all_rules_that_can_not_be_read_are_refused_together() -> None:
    with pytest.raises(Refused) as refused:
        parse_rules(["pipelin.X, +, -pipeline.X++, +trigger.*"], [("f.txt", "\nPL_A\npipeline.\n")])
    assert [str(each) for each in refused.value.problems] == [
        "f.txt:2: the rule `PL_A` is not `kind.name`",
        "f.txt:3: the rule `pipeline.` is not `kind.name`",
        "--filter:1: the rule `pipelin.X` names no kind that there is: pipelin; nearest is pipeline",
        "--filter:2: the rule `+` is not `kind.name`",
        "--filter:3: the rule `-pipeline.X++` excludes, and `++` (with all that it needs) only goes with an include",
    ]
    assert {each.code for each in refused.value.problems} == {Code.FILTER_FORMAT}


def test_a_storm_of_wildcards_is_answered_at_once() -> None:
    objects = [thing(f"pipeline.{'a' * 200}{number}") for number in range(50)]
    assert not any(
        select(parse_rules(["+pipeline." + "*a" * 60 + "*b"]), objects).scope.decisions[each.ref].included
        for each in objects
    )
