"""Sections 2 and 3 of the configuration contract, on whole factories."""

import copy
from typing import Any

import pytest

from ecluse.configure.configure import Configured, Options, configure
from ecluse.configure.override import Configuration, Override, OverrideAction
from ecluse.configure.tokens import Variables
from ecluse.errors import Code, Problem, Refused, Where
from ecluse.jsontree import Missing, Secret, VaultSecret
from ecluse.model.objects import Factory, ref
from tests.factories import at, factory, pipeline, schedule, thing

SIGNS = {"+": OverrideAction.ADD, "-": OverrideAction.REMOVE}
VARIABLES = Variables({"PASS_WORD": "hunter2", "URL": "https://x", "HID": "hunter3"}, secret=frozenset({"HID"}))


def row(number: int, kind: str, name: str, path: str, value: str = "") -> Override:
    bare = path.removesuffix("?")
    action = SIGNS.get(bare[:1], OverrideAction.UPDATE)
    bare = bare if action is OverrideAction.UPDATE else bare[1:]
    return Override(kind, name, bare, value, Where("config-uat.csv", number), action, path.endswith("?"))


def rows(*texts: tuple[str, ...]) -> Configuration:
    return Configuration(tuple(row(number, *text) for number, text in enumerate(texts, 2)))


def run(source: Factory, *texts: tuple[str, ...], **options: Any) -> Configured:
    return configure(source, rows(*texts), VARIABLES, Options(**options))


def problems(source: Factory, *texts: tuple[str, ...], **options: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        run(source, *texts, **options)
    assert all(each.remedy for each in refused.value.problems)
    return [str(each) for each in refused.value.problems]


def properties(done: Configured, address: str) -> Any:
    return done.factory.objects[at(address)].properties


def sample() -> Factory:
    return factory(
        thing("linkedService.LS_A", {"typeProperties": {"url": "dev", "n": 1}}),
        thing("linkedService.LS_B", {"typeProperties": {"url": "dev"}}),
        thing("dataset.LS_A", {"typeProperties": {"url": "dev"}}),
        pipeline("PL", runs=["One", "Two"], parameters={"p": {"type": "int", "defaultValue": 1}}),
        schedule("TR", "PL", state="Stopped"),
        thing(
            "globalParameters.default", {"env": {"type": "string", "value": "dev"}, "n": {"type": "int", "value": 1}}
        ),
        resource={"location": "westeurope", "properties": {"publicNetworkAccess": "Enabled"}},
    )


# --- which objects ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "changed"),
    [
        ("LS_A", {"LS_A"}),
        ("ls_a", {"LS_A"}),
        ("LS_*", {"LS_A", "LS_B"}),
        ("ls_?", {"LS_A", "LS_B"}),
        ("LS_[AX]", {"LS_A"}),
        ("LS_[!A]", {"LS_B"}),
        ("*", {"LS_A", "LS_B"}),
    ],
)
def test_names_take_wildcards_without_case_within_their_type(pattern: str, changed: set[str]) -> None:
    done = run(sample(), ("LINKEDservice", pattern, "typeProperties.url", "uat"))
    assert {
        each.ref.name
        for each in done.factory.objects.values()
        if each.properties.get("typeProperties", {}).get("url") == "uat"
    } == changed
    assert {each.ref for each in done.applied} == {ref("linkedService", name) for name in changed}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("linkedservices", "there is no type linkedservices; nearest is linkedService"),
        ("globalParameters", "there is no type globalParameters; global parameters belong to the type factory"),
        ("globalParameter", "there is no type globalParameter; global parameters belong to the type factory"),
        ("ultratrigger", "there is no type ultratrigger; nearest is trigger"),
        ("zzz", "there is no type zzz"),
        (
            "a\\b\\managedPrivateEndpoint",
            "there is no type a\\b\\managedPrivateEndpoint; nearest is managedPrivateEndpoint",
        ),
    ],
)
def test_an_unknown_type_names_the_nearest(kind: str, said: str) -> None:
    assert problems(sample(), (kind, "X", "a", "b")) == [f"config-uat.csv:2  {kind}.X: path a: {said}"]


def test_all_row_errors_are_raised_together_in_file_order_each_with_its_place() -> None:
    unread = Problem(Code.CONFIG_FORMAT, "the row has 3 columns instead of 4", "…", Where("config-uat.csv", 3))
    with pytest.raises(Refused) as refused:
        configure(
            sample(),
            Configuration(
                (
                    row(2, "linkedService", "LS_X", "type.url", "x"),
                    row(4, "linkedService", "LS_A", "typeProperties.urll", "x"),
                    row(5, "linkedService", "LS_A", "typeProperties.n", "x"),
                    row(6, "linkedService", "LS_A", "typeProperties.url", "$Env:NOPE"),
                    row(7, "linkedService", "LS_A", "a[", "x"),
                    row(8, "factory", "*", "+globalParameters.new.value", "$Env:NOPE"),
                ),
                (unread,),
            ),
            VARIABLES,
        )
    assert [str(each) for each in refused.value.problems] == [
        "config-uat.csv:2  linkedService.LS_X: path type.url: no linkedService has the name LS_X; nearest is LS_B",
        "config-uat.csv:3: the row has 3 columns instead of 4",
        (
            "config-uat.csv:4  linkedService.LS_A: path typeProperties.urll: "
            "nothing stands there; nearest existing path is typeProperties.url"
        ),
        "config-uat.csv:5  linkedService.LS_A: path typeProperties.n: 'x' is no number, and a number stands there",
        "config-uat.csv:6  linkedService.LS_A: path typeProperties.url: there is no variable NOPE",
        "config-uat.csv:7  linkedService.LS_A: path a[: the path can't be read from `[` on",
        "config-uat.csv:8  factory.*: path globalParameters.new.value: there is no variable NOPE",
    ]
    assert [each.code for each in refused.value.problems] == [
        Code.CONFIG_NO_OBJECT,
        Code.CONFIG_FORMAT,
        Code.CONFIG_PATH,
        Code.CONFIG_VALUE,
        Code.CONFIG_TOKEN,
        Code.CONFIG_PATH,
        Code.CONFIG_TOKEN,
    ]


def test_what_finds_nothing_is_a_warning_by_option_and_a_word_for_an_optional_row() -> None:
    no_object = ("linkedService", "LS_X", "typeProperties.url", "x")
    no_path = ("linkedService", "LS_A", "typeProperties.zzz", "x")
    done = run(sample(), no_object, no_path, missing_object="warn", missing_path="warn")
    assert [each.warning for each in done.notices] == [True, True, True]
    assert "none of the 2 configuration rows changed anything" in str(done.notices[-1])
    optional = run(sample(), *((*each[:2], f"{each[2]}?", "x") for each in (no_object, no_path)))
    assert [each.warning for each in optional.notices] == [False, False, True]
    assert len(problems(sample(), no_object, no_path, missing_path="warn")) == 1


# --- what happens at the path ----------------------------------------------------------------------------------------


def test_plus_adds_and_creates_parents_and_minus_removes() -> None:
    done = run(
        sample(),
        ("linkedService", "LS_A", "+typeProperties.a.b", "new"),
        ("linkedService", "LS_A", "-typeProperties.n", ""),
        ("linkedService", "LS_B", "+annotations[+]", "one"),
        ("linkedService", "LS_B", "annotations[+]", "two"),
        ("pipeline", "PL", "-activities[0]", ""),
    )
    assert properties(done, "linkedService.LS_A")["typeProperties"] == {"url": "dev", "a": {"b": "new"}}
    assert properties(done, "linkedService.LS_B")["annotations"] == ["one", "two"]
    assert [each["name"] for each in properties(done, "pipeline.PL")["activities"]] == ["run Two"]


def test_plus_on_what_exists_replaces_it_with_a_word_in_the_log() -> None:
    done = run(sample(), ("linkedService", "LS_A", "+typeProperties.url", "new"))
    assert properties(done, "linkedService.LS_A")["typeProperties"]["url"] == "new"
    assert [(str(each), each.warning) for each in done.notices] == [
        ("config-uat.csv:2: linkedService.LS_A: path typeProperties.url: it exists already and is replaced", False)
    ]


def test_minus_on_what_is_missing_is_an_error() -> None:
    assert len(problems(sample(), ("linkedService", "LS_A", "-typeProperties.zzz", ""))) == 1


def test_a_jsonpath_changes_and_removes_all_that_it_matches() -> None:
    done = run(sample(), ("pipeline", "PL", "activities[*].name", "x"), ("trigger", "TR", "-$..recurrence", ""))
    assert [each["name"] for each in properties(done, "pipeline.PL")["activities"]] == ["x", "x"]
    assert properties(done, "trigger.TR")["typeProperties"] == {}
    emptied = run(sample(), ("pipeline", "PL", "-activities[*]", ""))
    assert properties(emptied, "pipeline.PL")["activities"] == []
    assert len(problems(sample(), ("pipeline", "PL", "$..nope", "x"))) == 1


def test_what_lies_inside_of_another_match_goes_with_it() -> None:
    source = factory(thing("pipeline.P", {"x": {"x": {"x": 1}}, "y": 2}))
    assert properties(run(source, ("pipeline", "P", "-$..x", "")), "pipeline.P") == {"y": 2}
    assert properties(run(source, ("pipeline", "P", "$..x", "json:5")), "pipeline.P") == {"x": 5, "y": 2}


def test_rows_see_what_earlier_rows_did() -> None:
    done = run(
        sample(),
        ("pipeline", "PL", "activities['run One'].name", "new"),
        ("pipeline", "PL", "activities['new'].type", "Wait"),
    )
    assert properties(done, "pipeline.PL")["activities"][0]["type"] == "Wait"


def test_a_later_row_wins_and_the_log_says_which() -> None:
    done = run(
        sample(),
        ("linkedService", "LS_*", "typeProperties.url", "all"),
        ("linkedService", "LS_A", "typeProperties.url", "one"),
    )
    assert properties(done, "linkedService.LS_A")["typeProperties"]["url"] == "one"
    assert properties(done, "linkedService.LS_B")["typeProperties"]["url"] == "all"
    assert [str(each) for each in done.notices] == [
        "config-uat.csv:3: linkedService.LS_A: path typeProperties.url: this row wins over config-uat.csv:2"
    ]


# --- names -----------------------------------------------------------------------------------------------------------


def test_a_row_on_the_name_renames_for_all_that_follows_and_leaves_references_alone() -> None:
    done = run(
        sample(),
        ("pipeline", "PL", "$.name", "PL_2"),
        ("pipeline", "PL_2", "parameters.p.defaultValue", "5"),
        ("trigger", "TR", "runtimeState", "Started"),
        ("trigger", "TR", "$.name", "TR_2"),
        ("trigger", "TR_2", "$.name", "TR_3"),
    )
    assert at("pipeline.PL") not in done.factory.objects
    assert done.factory.objects[at("pipeline.PL_2")].body["name"] == "PL_2"
    assert properties(done, "pipeline.PL_2")["parameters"]["p"]["defaultValue"] == 5
    assert properties(done, "trigger.TR_3")["pipelines"][0]["pipelineReference"]["referenceName"] == "PL"
    assert done.renamed == {at("pipeline.PL"): at("pipeline.PL_2"), at("trigger.TR"): at("trigger.TR_3")}
    assert done.wishes == {at("trigger.TR_3"): True}
    assert problems(sample(), ("pipeline", "PL", "$.name", "x"), ("pipeline", "PL", "$.name", "y"))


def test_a_change_of_case_only_is_a_rename_too() -> None:
    done = run(sample(), ("pipeline", "PL", "$.name", "pl"))
    assert [each.name for each in done.factory.objects if each == at("pipeline.PL")] == ["pl"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (("linkedService", "LS_A", "$.name", "ls_b"), "there already is a linkedService.ls_b"),
        (("linkedService", "LS_A", "$.name", " "), "an object needs a name"),
        (("linkedService", "LS_A", "-$.name", ""), "an object needs a name"),
        (("linkedService", "LS_A", "$.name", "a/b"), "Azure takes no such name"),
        (("linkedService", "LS_A", "name", "X"), "nothing stands there; nearest existing path is $.name"),
        (("linkedService", "LS_A", "$", "{}"), "the path names the whole object"),
        (("factory", "*", "+$.name", "X"), "the factory's name is no part of its configuration"),
        (("factory", "other", "publicNetworkAccess", "Disabled"), "the factory is not named other"),
        (("trigger", "TR", "runtimeState", "Running"), "a trigger's runtimeState is Started or Stopped"),
    ],
)
def test_what_makes_no_sense_is_refused(text: tuple[str, ...], said: str) -> None:
    (problem,) = problems(sample(), text)
    assert said in problem


# --- triggers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "wish"), [("Started", True), ("stopped", False), ("STARTED", True)])
def test_a_row_on_runtime_state_sets_it_and_is_a_wish(value: str, wish: bool) -> None:
    done = run(sample(), ("trigger", "TR", "$.properties.runtimeState", value))
    assert done.wishes == {at("trigger.TR"): wish}
    assert properties(done, "trigger.TR")["runtimeState"] == ("Started" if wish else "Stopped")


def test_the_last_wish_counts_and_a_source_without_state_may_be_given_one() -> None:
    source = factory(thing("trigger.T", {"type": "ScheduleTrigger"}))
    done = run(source, ("trigger", "T", "runtimeState", "Started"), ("trigger", "T", "runtimeState", "Stopped"))
    assert done.wishes == {at("trigger.T"): False}
    assert run(sample(), ("trigger", "TR", "pipelines[0].parameters", "{}")).wishes == {}


# --- the factory and its global parameters ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["adf-test", "ADF-TEST", "adf-dev", "*", "adf-*"])
def test_factory_rows_take_the_names_of_source_and_target(name: str) -> None:
    done = run(sample(), ("factory", name, "publicNetworkAccess", "Disabled"), factory_names=["adf-dev"])
    assert done.factory.resource["properties"] == {"publicNetworkAccess": "Disabled"}
    assert [(each.ref, each.path) for each in done.applied] == [(None, ("properties", "publicNetworkAccess"))]


def test_global_parameters_are_one_object_whatever_the_path_begins_with() -> None:
    done = run(
        sample(),
        ("factory", "*", "globalParameters.env.value", "uat"),
        ("factory", "*", "$.properties.globalParameters.'n'.value", "2"),
        ("factory", "*", "properties.globalParameters.n.type", "float"),
    )
    assert properties(done, "globalParameters.default") == {
        "env": {"type": "string", "value": "uat"},
        "n": {"type": "float", "value": 2},
    }
    assert "globalParameters" not in done.factory.resource["properties"]


def test_a_factory_without_global_parameters_gets_them_and_keeps_its_resource() -> None:
    done = run(
        factory(resource={}),
        ("factory", "*", "+globalParameters.a.value", "5"),
        ("factory", "*", "+globalParameters.a.type", "int"),
        ("factory", "*", "+globalParameters.b.type", "string"),
        ("factory", "*", "+globalParameters.b.value", "5"),
        ("factory", "*", "+globalParameters.c", "{'type':'bool','value':true}"),
    )
    assert properties(done, "globalParameters.default") == {
        "a": {"type": "int", "value": 5},
        "b": {"type": "string", "value": "5"},
        "c": {"type": "bool", "value": True},
    }
    assert done.factory.resource == {}


@pytest.mark.parametrize(
    ("text", "kind", "value"), [("5", "int", 5), ("true", "bool", True), ("FALSE", "bool", False), ("x", "string", "x")]
)
def test_a_global_parameter_without_type_gets_one_from_its_text_with_a_warning(
    text: str, kind: str, value: object
) -> None:
    done = run(sample(), ("factory", "*", "+globalParameters.new.value", text))
    assert properties(done, "globalParameters.default")["new"] == {"type": kind, "value": value}
    assert [each.warning for each in done.notices] == [True]
    assert f"+globalParameters.new.type,{kind}" in str(done.notices[0])


def test_a_value_that_does_not_fit_its_global_parameter_names_its_row() -> None:
    said = problems(
        sample(),
        ("factory", "*", "globalParameters.env.value", "x"),
        ("factory", "*", "globalParameters.env.type", "int"),
    )
    assert said == ["config-uat.csv:2  factory.*: path globalParameters.env.value: 'x' is no whole number"]


def test_a_prefix_decides_for_a_global_parameter_too_and_a_removed_one_is_gone() -> None:
    done = run(
        sample(), ("factory", "*", "globalParameters.n.value", "str:5"), ("factory", "*", "-globalParameters.env", "")
    )
    assert properties(done, "globalParameters.default") == {"n": {"type": "int", "value": "5"}}
    assert properties(run(sample(), ("factory", "*", "-globalParameters", "")), "globalParameters.default") == {}


# --- secrets ---------------------------------------------------------------------------------------------------------


def secret_sample() -> Factory:
    return factory(
        thing(
            "linkedService.LS",
            {
                "description": "d",
                "typeProperties": {
                    "connectionString": Secret("Server=a;Password=b"),
                    "password": {"type": "SecureString", "value": Missing("LS_password", secure=True)},
                    "accountKey": VaultSecret({"secretName": "s"}),
                    "clientSecret": "plain",
                    "baseUrl": "u",
                },
            },
        ),
        pipeline("PL", parameters={"p": {"type": "string", "defaultValue": "x"}}),
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("typeProperties.connectionString", "Server=new"),
        ("typeProperties.password.value", "new"),
        ("typeProperties.accountKey", "new"),
        ("typeProperties.clientSecret", "new"),
        ("typeProperties.baseUrl", "https://$Env:HID"),
        ("+typeProperties.apiKey", "new"),
        ("+typeProperties.sas", "{'type':'SecureString','value':'new'}"),
        ("typeProperties.password", "{'type':'SecureString','value':'new'}"),
    ],
)
def test_a_text_becomes_a_secret_where_one_stands_or_belongs_or_came_from(path: str, value: str) -> None:
    done = run(secret_sample(), ("linkedService", "LS", path, value))
    node: Any = done.factory.objects[at("linkedService.LS")].body
    for step in done.applied[0].path:
        node = node[step]
    node = node["value"] if isinstance(node, dict) else node
    assert isinstance(node, Secret)
    assert not isinstance(node, VaultSecret)
    assert node in (value, "new", "https://hunter3")
    assert "hunter" not in repr(done)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (("linkedService", "LS", "description", "$Env:HID"), "where Azure shows it"),
        (("linkedService", "LS", "+annotations[+]", "$Env:PASS_WORD"), "where Azure shows it"),
        (("pipeline", "PL", "parameters.p.defaultValue", "$Env:HID"), "where Azure shows it"),
        (("factory", "*", "+globalParameters.k", "{'type':'string','value':'$Env:HID'}"), "where Azure shows it"),
        (("linkedService", "LS", "typeProperties.clientSecret", "literal"), "stands in this file in clear"),
    ],
)
def test_a_secret_that_can_be_read_is_a_warning_with_its_place(text: tuple[str, ...], said: str) -> None:
    (notice,) = (each for each in run(secret_sample(), text).notices if "secret" in each.message)
    assert notice.warning
    assert str(notice).startswith("config-uat.csv:2: ")
    assert said in str(notice)


def test_a_typed_global_parameter_from_a_secret_variable_is_a_warning_too() -> None:
    (notice,) = run(sample(), ("factory", "*", "globalParameters.env.value", "$Env:HID")).notices
    assert "where Azure shows it" in str(notice)


@pytest.mark.parametrize(
    "text",
    [
        ("linkedService", "LS", "typeProperties.password.value", "$Env:PASS_WORD"),
        ("linkedService", "LS", "typeProperties.connectionString", "Server=x;Password=$Env:PASS_WORD"),
        ("linkedService", "LS", "typeProperties.connectionString", "Server=x"),
        ("linkedService", "LS", "typeProperties.baseUrl", "$Env:URL"),
    ],
)
def test_a_secret_in_its_place_is_no_warning(text: tuple[str, ...]) -> None:
    assert run(secret_sample(), text).notices == ()


# --- the factory that comes in ---------------------------------------------------------------------------------------


def test_the_source_is_never_changed() -> None:
    source = sample()
    before = copy.deepcopy({each.ref: each.body for each in source.objects.values()}), copy.deepcopy(source.resource)
    run(
        source,
        ("linkedService", "*", "typeProperties.url", "new"),
        ("linkedService", "LS_A", "$.name", "LS_C"),
        ("pipeline", "PL", "-activities[0]", ""),
        ("factory", "*", "+globalParameters.x.value", "1"),
        ("factory", "*", "publicNetworkAccess", "Disabled"),
        ("trigger", "TR", "runtimeState", "Started"),
    )
    assert ({each.ref: each.body for each in source.objects.values()}, source.resource) == before


def test_many_rows_over_many_objects_look_each_name_up_instead_of_searching() -> None:
    many = factory(*(thing(f"linkedService.LS_{number}", {"typeProperties": {"url": "dev"}}) for number in range(3000)))
    done = run(many, *(("linkedService", f"ls_{number}", "typeProperties.url", "uat") for number in range(3000)))
    assert len(done.applied) == 3000


# --- many rows, many objects -----------------------------------------------------------------------------------------


def many(number: int) -> Factory:
    return factory(*(thing(f"linkedService.LS_{each}", {"typeProperties": {"url": "dev"}}) for each in range(number)))


def test_what_is_wrong_with_a_row_in_many_objects_is_one_problem_that_counts_them() -> None:
    assert problems(many(30), ("linkedService", "LS_*", "typeProperties.urll", "x")) == [
        (
            "config-uat.csv:2  linkedService.LS_0: path typeProperties.urll: "
            "nothing stands there; nearest existing path is typeProperties.url (and so for 29 more objects)"
        )
    ]
    (notice, _) = run(many(30), ("linkedService", "LS_*", "a?", "x")).notices
    assert "(and so for 29 more objects); the row is skipped (it is optional)" in str(notice)


def test_a_row_that_wins_in_many_objects_says_so_once() -> None:
    row = ("linkedService", "*", "typeProperties.url", "x")
    (notice,) = run(many(30), row, row).notices
    assert str(notice).endswith("this row wins over config-uat.csv:2 (and so for 29 more objects)")


def test_the_nearest_is_looked_for_for_the_first_problems_only() -> None:
    told = problems(many(1), *[("linkedService", f"LS_X{each}", "a", "b") for each in range(102)])
    assert ["nearest is" in each for each in told] == [True] * 100 + [False] * 2


def test_a_storm_of_rows_is_refused_where_it_becomes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecluse.configure.configure.MOST_CHANGES", 250)
    monkeypatch.setattr("ecluse.configure.configure.MOST_ROWS", 50)
    row = ("linkedService", "*", "typeProperties.url", "x")
    (told,) = problems(many(10), *([row] * 26))
    assert told == "config-uat.csv:27: up to this row the configuration makes 260 changes; 250 are the most"
    (told,) = problems(many(1), *([row] * 51))
    assert told == "config-uat.csv:2: the configuration has 51 rows; 50 are the most"
    assert len(run(many(10), *([row] * 25)).applied) == 250


def test_a_name_that_is_longer_than_any_is_told_by_its_length() -> None:
    (told,) = problems(many(1), ("linkedService", "[" * 301, "typeProperties.url", "x"))
    assert "the name has 301 characters; 300 are the most" in told


def test_the_places_that_a_jsonpath_changes_count_for_a_storm_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecluse.configure.configure.MOST_CHANGES", 250)
    source = factory(*(pipeline(f"P{each}", annotations=["a"] * 100) for each in range(5)))
    (told,) = problems(source, ("pipeline", "*", "$..annotations[*]", "x"))
    assert told == "config-uat.csv:2: up to this row the configuration makes 300 changes; 250 are the most"


def test_a_jsonpath_that_means_too_many_places_of_one_object_is_refused() -> None:
    (told,) = problems(factory(pipeline("P", annotations=["a"] * 10_001)), ("pipeline", "P", "$..annotations[*]", "x"))
    assert "the path means 10,001 places of one object; 10,000 are the most" in told


def test_jsonpaths_that_search_too_much_are_refused_and_plain_paths_search_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ecluse.configure.configure.MOST_SEARCHED", 50)
    search, plain = ("linkedService", "LS_1", "$..url", "x"), ("linkedService", "LS_1", "typeProperties.url", "x")
    assert run(many(10), *([search] * 10)).applied  # five values each time
    (told,) = problems(many(10), *([plain] * 100), *([search] * 11))
    assert told == "config-uat.csv:112: up to this row patterns and JSONPaths look at 55 values; 50 are the most"


@pytest.mark.parametrize("kind", ["linkedService", ""])
def test_patterns_that_are_held_against_too_many_names_are_refused_also_where_they_match_none(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecluse.configure.configure.MOST_SEARCHED", 50)
    row, other = (kind, "X*", "typeProperties.url", "x"), ("pipeline", "X*", "typeProperties.url", "x")
    assert len(problems(many(10), *([row] * 5), *([other] * 99))) == 104
    (told,) = problems(many(10), *([row] * 6))
    assert told == "config-uat.csv:7: up to this row patterns and JSONPaths look at 60 values; 50 are the most"


def test_more_rows_on_one_object_than_any_needs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecluse.configure.configure.MOST_CHANGES_OF_ONE", 20)
    rows = [("linkedService", f"LS_{each % 2}", f"+typeProperties.k{each}", "x") for each in range(42)]
    assert len(run(many(2), *rows[:40]).applied) == 40
    (told,) = problems(many(2), *rows)
    assert told == "config-uat.csv:42: up to this row 21 rows change one object; 20 are the most"


# --- what means something else to tools that run rows as PowerShell --------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (("linkedService", "LS_[!A]", "typeProperties.url", "x"), "`[!abc]` in a name means none of these characters"),
        (("linkedService", "LS_A", "typeProperties.url", "a$name"), "a `$name` in the value is no token"),
        (("linkedService", "LS_A", "typeProperties.url", "a${name}b"), "a `$name` in the value is no token"),
        (("linkedService", "LS_A", "typeProperties.url", "a`n"), "a backtick in the value stays as it is"),
        (("linkedService", "LS_A", "+typeProperties.new", '{"a": 1}'), "the value is JSON, so that is what is added"),
        (("linkedService", "LS_A", "+typeProperties.new", '{"a": 1,}'), "it is no JSON, so it is added as a text"),
        (("linkedService", "LS_A", "+typeProperties.new", "[" * 2000), "it is no JSON, so it is added as a text"),
        (("linkedService", "LS_A", "+typeProperties.new", '{"a": 1, "a": 2}'), "it is no JSON, so it is added as"),
        (
            ("linkedService", "LS_A", "typeProperties.n", "5.000"),
            "is the number 5; write 5000 if that is meant",
        ),
        (("trigger", "TR", "typeProperties.start", "2024-01-01T00:00:00.5Z"), "the date is taken as it is written"),
        (("trigger", "TR", "typeProperties.start", "2024-01-01T00:00:00"), "the date is taken as it is written"),
    ],
)
def test_what_other_tools_read_otherwise_is_a_warning(text: tuple[str, ...], said: str) -> None:
    source = factory(
        *sample().objects.values(), thing("trigger.TR", {"typeProperties": {"start": "2023-01-01T00:00:00Z"}})
    )
    (notice,) = run(source, text).notices
    assert notice.warning
    assert said in str(notice)
    assert str(notice).startswith("config-uat.csv:2: ")


@pytest.mark.parametrize(
    "text",
    [
        ("linkedService", "LS_A", "typeProperties.url", "a`$name"),
        ("linkedService", "LS_A", "typeProperties.url", "$Env:URL"),
        ("linkedService", "LS_A", "typeProperties.url", "$.a, 5$"),
        ("linkedService", "LS_A", "+typeProperties.new", "text"),
        ("linkedService", "LS_A", "+typeProperties.new", "str:[old"),
        ("linkedService", "LS_A", "typeProperties.n", "5.00"),
        ("linkedService", "LS_A", "typeProperties.n", "5000"),
        ("linkedService", "LS_A", "+typeProperties.new", 'json:{"a": 1}'),
        ("linkedService", "LS_A", "typeProperties.url", "2024-01-01T00:00:00"),
        ("linkedService", "LS_A", "-typeProperties.url", "$x"),
    ],
)
def test_what_means_the_same_everywhere_is_no_warning(text: tuple[str, ...]) -> None:
    assert run(sample(), text).notices == ()


def test_a_loose_dollar_is_told_without_what_stands_around_it() -> None:
    (notice,) = run(sample(), ("linkedService", "LS_A", "typeProperties.url", "hunter$two")).notices
    assert "hunter" not in str(notice)
    assert "$two" not in str(notice)


@pytest.mark.parametrize("value", ["x", "json:null", "[1]"])
def test_a_global_parameter_that_is_no_object_is_refused_with_the_path_of_its_value(value: str) -> None:
    (said,) = problems(sample(), ("factory", "*", "+globalParameters.new", value))
    assert "path globalParameters.new: a global parameter is an object with type and value" in said
    with pytest.raises(Refused) as refused:
        run(sample(), ("factory", "*", "+globalParameters.new", value))
    assert refused.value.problems[0].remedy == "set its value: globalParameters.new.value"


# --- without the variables of the pipeline ---------------------------------------------------------------------------


def test_a_token_without_its_variable_may_be_listed_instead_and_the_rest_of_its_row_is_checked() -> None:
    texts = (
        ("linkedService", "LS_A", "typeProperties.n", "$Env:NUMBER"),
        ("linkedService", "LS_A", "typeProperties.url", "$Env:URL/$Env:ONE/#{TWO}#"),
        ("linkedService", "LS_A", "+typeProperties.new", "$(ONE)"),
        ("factory", "*", "globalParameters.n.value", "$Env:NUMBER"),
        ("factory", "*", "+globalParameters.new.value", "$Env:NUMBER"),
        ("factory", "*", "+globalParameters.whole", "$Env:NUMBER"),
        ("trigger", "TR", "runtimeState", "$Env:STATE"),
    )
    done = run(sample(), *texts, missing_variable="warn")
    assert [(each.origin.line, name) for each, name in done.waiting] == [
        (2, "NUMBER"),
        (3, "ONE"),
        (3, "TWO"),
        (4, "ONE"),
        (5, "NUMBER"),
        (6, "NUMBER"),
        (7, "NUMBER"),
        (8, "STATE"),
    ]
    assert len(done.applied) == len(texts)
    assert properties(done, "linkedService.LS_A")["typeProperties"] == {"url": "dev", "n": 1, "new": ""}
    assert len(problems(sample(), *texts)) == len(texts)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("typeProperties.zzz", "$Env:NOPE", "nothing stands there"),
        ("typeProperties.url", "$Env:SYSTEM_ACCESSTOKEN", "never goes into a factory"),
        ("typeProperties.url", "$(Get-Date 1)", "code in a value is never run"),
        ("typeProperties.n", "text", "is no number"),
    ],
)
def test_all_else_is_still_an_error(path: str, value: str, said: str) -> None:
    (told,) = problems(sample(), ("linkedService", "LS_A", path, value), missing_variable="warn")
    assert said in told
