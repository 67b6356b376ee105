"""Section 6 of the configuration contract, a row per sentence."""

import pytest

from ecluse.errors import Code, Refused
from ecluse.select.changes import Changes
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


PIPELINES = ("pipeline.PL_A", "pipeline.PL_B", "pipeline.Other pipe")
EVERY = without()

# A row per sentence of the contract: its short id, the rules, what is in scope.
SENTENCES: list[tuple[str, list[str], set[str]]] = [
    ("no rule: everything", [], EVERY),
    ("one rule per line", ["+pipeline.PL_A\n\n+trigger.*"], {"pipeline.PL_A", "trigger.TR"}),
    ("comma-separated inline", ["+pipeline.PL_A, +trigger.*,"], {"pipeline.PL_A", "trigger.TR"}),
    ("several texts are one list", ["+pipeline.PL_A", "+trigger.*"], {"pipeline.PL_A", "trigger.TR"}),
    ("plus includes", ["+pipeline.PL_*"], {"pipeline.PL_A", "pipeline.PL_B"}),
    ("minus excludes", ["-*.LS_Dev"], without("linkedService.LS_Dev")),
    ("no sign includes", ["trigger.*"], {"trigger.TR"}),
    ("a blank after the sign", ["- *.LS_Dev"], without("linkedService.LS_Dev")),
    ("folder after @", ["*.*@Sales/*"], {"pipeline.PL_A"}),
    ("folder is ADF's own, whole", ["*.*@Sales"], {"pipeline.PL_B"}),
    ("folder without case", ["*.*@sales*"], {"pipeline.PL_A", "pipeline.PL_B"}),
    ("folder *: any and none", ["pipeline.*@*"], set(PIPELINES)),
    ("folder empty: none", ["-pipeline.*@"], without("pipeline.Other pipe")),
    ("folder excludes", ["-*.*@Sales*"], without("pipeline.PL_A", "pipeline.PL_B")),
    ("# begins a comment", ["# no\n+pipeline.PL_A # why\n#+trigger.*"], {"pipeline.PL_A"}),
    ("wildcard *", ["pip*.*"], set(PIPELINES)),
    ("wildcard ?", ["pipeline.PL_?"], {"pipeline.PL_A", "pipeline.PL_B"}),
    ("wildcard [ab]", ["pipeline.PL_[AX]"], {"pipeline.PL_A"}),
    ("wildcard [!ab]: none of these", ["pipeline.PL_[!B]"], {"pipeline.PL_A"}),
    ("wildcard in the kind", ["*k*Service.*"], {"linkedService.LS_Dev"}),
    ("wildcard for the full stop, too", ["-*LS_Dev"], without("linkedService.LS_Dev")),
    ("wildcards alone", ["*"], EVERY),
    ("case-insensitive", ["PIPELINE.pl_a"], {"pipeline.PL_A"}),
    ("a name with a full stop", ["+dataset.DS.1"], {"dataset.DS.1"}),
    ("a name with a blank", ["+pipeline.Other pipe"], {"pipeline.Other pipe"}),
    ("in order, the last decides", ["+pipeline.*", "-pipeline.PL_A"], {"pipeline.PL_B", "pipeline.Other pipe"}),
    ("a later include takes back", ["-pipeline.PL_A", "+pipeline.*"], EVERY),
    ("none matches, first includes: out", ["+pipeline.PL_A", "-trigger.*"], {"pipeline.PL_A"}),
    ("none matches, first excludes: in", ["-pipeline.*", "+pipeline.PL_A"], without(*PIPELINES[1:])),
    ("only includes: the union", ["+pipeline.PL_A", "+*.PL_A", "+trigger.*"], {"pipeline.PL_A", "trigger.TR"}),
    ("only excludes: the rest", ["-pipeline.*", "-pipeline.PL_A", "-trigger.*"], without(*PIPELINES, "trigger.TR")),
    (
        "++ takes what it needs",
        ["+pipeline.PL_A++"],
        {"pipeline.PL_A", "pipeline.PL_B", "dataset.DS.1", "linkedService.LS_Dev"},
    ),
    ("++ behind a folder", ["+*.*@Sales++"], {"pipeline.PL_B", "dataset.DS.1", "linkedService.LS_Dev"}),
    (
        "++ and an exclude behind it",
        ["+pipeline.PL_A++", "-linkedService.*"],
        {"pipeline.PL_A", "pipeline.PL_B", "dataset.DS.1"},
    ),
    ("++ takes nothing that needs it", ["+linkedService.LS_Dev++"], {"linkedService.LS_Dev"}),
    ("the factory means its global parameters", ["-factory.*"], without("globalParameters.default")),
    ("everything excluded: nothing", ["-*.*"], set()),
]


@pytest.mark.parametrize(("rules", "expected"), [row[1:] for row in SENTENCES], ids=[row[0] for row in SENTENCES])
def test_rules_decide(rules: list[str], expected: set[str]) -> None:
    assert chosen(*rules) == expected


@pytest.mark.parametrize(("rules", "expected"), [row[1:] for row in SENTENCES], ids=[row[0] for row in SENTENCES])
def test_rules_in_a_file_decide_the_same(rules: list[str], expected: set[str]) -> None:
    scope = select(parse_rules((), [("rules.txt", "\ufeff" + "\r\n".join(rules))]), OBJECTS).scope
    assert {str(each.ref) for each in OBJECTS if each.ref in scope} == expected


def test_what_comes_in_by_closure_says_through_whom() -> None:
    scope = select(parse_rules(["+pipeline.PL_A++"]), OBJECTS).scope
    assert scope.reason(at("pipeline.PL_A")) == "included by rule +pipeline.PL_A++ (--filter:1)"
    needed = "included by rule +pipeline.PL_A++ (--filter:1), needed by dataset.DS.1"
    assert scope.reason(at("linkedService.LS_Dev")) == needed


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


# --- changes since a commit -------------------------------------------------------------------------------------------

LIVE_ONLY = (pipeline("PL_Gone"), pipeline("PL_Foreign"), thing("dataset.DS_Foreign"))
EVERYWHERE = (*OBJECTS, *LIVE_ONLY)


def since(*changed: str, gone: str = "") -> Changes:
    """Changes since a commit: those objects of the source that changed, and one that is gone."""
    files = {each.ref: f"{each.ref}.json" if str(each.ref) in changed else "" for each in OBJECTS}
    return Changes("main", files, {at(gone): "pipeline/Old.json"} if gone else {})


def left(changes: Changes, *texts: str) -> set[str]:
    scope = select(parse_rules(texts), EVERYWHERE, changes).scope
    return {str(each.ref) for each in EVERYWHERE if each.ref in scope}


NEEDED_BY_B = {"pipeline.PL_B", "dataset.DS.1", "linkedService.LS_Dev"}

CHANGES: list[tuple[str, Changes, list[str], set[str]]] = [
    ("nothing changed: nothing", since(), [], set()),
    ("what changed, and all that it needs", since("pipeline.PL_B"), [], NEEDED_BY_B),
    ("nothing that needs it", since("linkedService.LS_Dev"), [], {"linkedService.LS_Dev"}),
    ("an exclude is never overruled", since("pipeline.PL_B"), ["-pipeline.*"], set()),
    ("nor for what is needed", since("pipeline.PL_B"), ["-dataset.*"], NEEDED_BY_B - {"dataset.DS.1"}),
    ("an include brings in nothing unchanged", since("pipeline.PL_B"), ["+pipeline.*"], {"pipeline.PL_B"}),
    ("an include with ++ and its needs", since("pipeline.PL_B"), ["+pipeline.*++"], NEEDED_BY_B),
    ("what a rule leaves out brings nothing along", since("pipeline.PL_A"), ["-pipeline.PL_A"], set()),
    (
        "what is gone is in scope, and nothing else that is only live",
        since(gone="pipeline.PL_Gone"),
        [],
        {"pipeline.PL_Gone"},
    ),
    ("what is gone and excluded stays", since(gone="pipeline.PL_Gone"), ["-pipeline.PL_Gone"], set()),
]


@pytest.mark.parametrize(
    ("changes", "rules", "expected"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES]
)
def test_changes_since_a_commit_narrow_what_the_rules_let_in(
    changes: Changes, rules: list[str], expected: set[str]
) -> None:
    assert left(changes, *rules) == expected


def test_what_is_needed_and_only_live_is_not_brought_into_scope() -> None:
    needing = pipeline("PL_N", activities=[{"inputs": [pointer("Dataset", "DS_Foreign")]}])
    changes = Changes("main", {needing.ref: "pipeline/N.json"}, {})
    scope = select((), (needing, *LIVE_ONLY), changes).scope
    assert needing.ref in scope
    assert at("dataset.DS_Foreign") not in scope


def test_each_object_says_how_it_changed_or_that_it_did_not() -> None:
    changes = since("pipeline.PL_B", "trigger.TR", gone="pipeline.PL_Gone")
    scope = select(parse_rules(["-trigger.*"]), EVERYWHERE, changes).scope
    assert {str(ref): scope.reason(ref) for ref in scope.decisions} == {
        "pipeline.PL_A": "excluded: not changed since main",
        "pipeline.PL_B": "included: changed since main: pipeline.PL_B.json",
        "pipeline.Other pipe": "excluded: not changed since main",
        "dataset.DS.1": "included: needed by pipeline.PL_B",
        "linkedService.LS_Dev": "included: needed by dataset.DS.1",
        "trigger.TR": "excluded by rule -trigger.* (--filter:1)",
        "globalParameters.default": "excluded: not changed since main",
        "pipeline.PL_Gone": "included: gone since main: pipeline/Old.json",
        "pipeline.PL_Foreign": "excluded: not changed since main",
        "dataset.DS_Foreign": "excluded: not changed since main",
    }


def test_a_rule_that_lets_a_changed_object_in_is_told_with_the_change() -> None:
    scope = select(parse_rules(["+pipeline.*"]), EVERYWHERE, since("pipeline.PL_B")).scope
    told = "included by rule +pipeline.* (--filter:1); changed since main: pipeline.PL_B.json"
    assert scope.reason(at("pipeline.PL_B")) == told


def test_changes_follow_the_names_that_a_configuration_gives() -> None:
    changes = since("pipeline.PL_B", gone="pipeline.New").under({at("pipeline.PL_B"): at("pipeline.New")})
    assert changes.changed == {at("pipeline.New")}
    assert changes.gone == {}
