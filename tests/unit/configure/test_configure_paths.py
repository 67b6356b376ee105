"""Section 3 of the configuration contract: the path language on its own."""

import sys
from typing import Any

import pytest

from ecluse.configure.paths import looks, nearest, parse_path
from ecluse.configure.row_error import NoPathError, PathError
from ecluse.jsontree import get

TREE: dict[str, Any] = {
    "name": "P",
    "properties": {
        "activities": [
            {"name": "Copy it", "outputs": [{"parameters": {"Folder": "x"}}], "policy": {"retry": 1}},
            {"name": "b.c", "policy": {"retry": 2}},
        ],
        "parameters": {"GP-Int": {"value": 1}, "a.b": 1, "it's": 2, "With Blank": 3},
        "typeProperties": {"baseUrl": "u", "userName": "1", "username": "2", "minutes": [0, 5]},
        "folder": {"name": "F"},
    },
}
FIRST = ("properties", "activities", 0)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(
            "typeProperties.baseUrl", ("properties", "typeProperties", "baseUrl"), id="relative to properties"
        ),
        pytest.param("$.properties.typeProperties.baseUrl", ("properties", "typeProperties", "baseUrl"), id="rooted"),
        pytest.param(
            "properties.typeProperties.baseUrl", ("properties", "typeProperties", "baseUrl"), id="properties."
        ),
        pytest.param("$.name", ("name",), id="the root"),
        pytest.param("$['name']", ("name",), id="the root in brackets"),
        pytest.param("$.properties.folder.name", ("properties", "folder", "name"), id="the folder"),
        pytest.param("activities[0].policy.retry", (*FIRST, "policy", "retry"), id="index"),
        pytest.param(
            "activities[0].outputs[0].parameters.Folder", (*FIRST, "outputs", 0, "parameters", "Folder"), id="[n]"
        ),
        pytest.param('activities["Copy it"].policy.retry', (*FIRST, "policy", "retry"), id="by name, double quotes"),
        pytest.param(
            "activities['b.c'].policy.retry", ("properties", "activities", 1, "policy", "retry"), id="by name"
        ),
        pytest.param("activities['copy IT'].name", (*FIRST, "name"), id="by name without case"),
        pytest.param("activities.'b.c'.name", ("properties", "activities", 1, "name"), id="by name without brackets"),
        pytest.param("parameters.'GP-Int'.value", ("properties", "parameters", "GP-Int", "value"), id="quoted key"),
        pytest.param("parameters.GP-Int.value", ("properties", "parameters", "GP-Int", "value"), id="hyphen"),
        pytest.param("parameters.'a.b'", ("properties", "parameters", "a.b"), id="quoted key with a dot"),
        pytest.param("parameters['a.b']", ("properties", "parameters", "a.b"), id="bracketed key with a dot"),
        pytest.param("parameters['it\\'s']", ("properties", "parameters", "it's"), id="escaped quote"),
        pytest.param("parameters.With Blank", ("properties", "parameters", "With Blank"), id="blank in a key"),
        pytest.param(
            "typeProperties.baseURL", ("properties", "typeProperties", "baseUrl"), id="one key fits without case"
        ),
        pytest.param(
            "typeProperties.username", ("properties", "typeProperties", "username"), id="as written comes first"
        ),
    ],
)
def test_a_plain_path_means_one_node(text: str, found: tuple[Any, ...]) -> None:
    assert parse_path(text).find(TREE) == (found,)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$..retry", [1, 2]),
        ("activities[*].policy.retry", [1, 2]),
        ("properties.activities[*].policy.retry", [1, 2]),
        ("$.properties.activities[?(@.name=='b.c')].policy.retry", [2]),
        ("typeProperties.minutes[-1]", [5]),
        ("typeProperties.minutes[0:2]", [0, 5]),
        ("$.properties.parameters.*.value", [1]),
    ],
)
def test_a_full_jsonpath_may_mean_several(text: str, found: list[Any]) -> None:
    assert [get(TREE, path) for path in parse_path(text).find(TREE)] == found


@pytest.mark.parametrize(
    "text",
    ["typeProperties.url", "activities[7].name", "activities['no']", "typeProperties.USERNAME", "$..nope", "a.b.c"],
)
def test_a_path_that_means_nothing_finds_nothing(text: str) -> None:
    assert parse_path(text).find(TREE) == ()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("typeProperties.new", ("properties", "typeProperties", "new")),
        ("a.b['c.d'].e", ("properties", "a", "b", "c.d", "e")),
        ("typeProperties.minutes[+]", ("properties", "typeProperties", "minutes", 2)),
        ("typeProperties.minutes[2]", ("properties", "typeProperties", "minutes", 2)),
        ("annotations[+]", ("properties", "annotations", 0)),
        ("TYPEproperties.new", ("properties", "typeProperties", "new")),
    ],
)
def test_something_new_goes_below_what_exists(text: str, place: tuple[Any, ...]) -> None:
    assert parse_path(text).place(TREE) == (place,)


@pytest.mark.parametrize("text", ["typeProperties.baseUrl.x", "typeProperties.minutes[4]", "activities.x", "$..nope"])
def test_something_new_has_no_place_in_a_text_or_beyond_a_list(text: str) -> None:
    with pytest.raises(NoPathError):
        parse_path(text).place(TREE)


@pytest.mark.parametrize(
    "text",
    [
        "$",
        "properties",
        "$.properties",
        "a[",
        "a]b[",
        "$name",
        "a..",
        "a[abc]",
        "$.a.`sub(/x/`",
        "$.[?(",
        pytest.param("a." * 300 + "b", id="300 steps"),
        pytest.param("[0]" * 1200, id="1200 indexes"),
        pytest.param("x" * 5000, id="5000 characters"),
    ],
)
def test_a_path_that_can_not_be_read_is_refused(text: str) -> None:
    with pytest.raises(PathError):
        parse_path(text).find(TREE)


def test_a_jsonpath_that_computes_is_refused() -> None:
    with pytest.raises(PathError, match="computes a value"):
        parse_path("$.properties.activities.`len`").find(TREE)


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("typeProperties.baseurll", "typeProperties.baseUrl"),
        ("baseUrl", "typeProperties.baseUrl"),
        ("name", "$.name"),
        ("typeProperties:baseUrl", "typeProperties.baseUrl"),
        ("typeProperties/baseUrl", "typeProperties.baseUrl"),
        ("activities[9].policy.retry", "activities[0].policy.retry"),
        pytest.param('activities["b.c"].outputs', "activities[1]", id="not what a neighbour has"),
        ("zzz", ""),
    ],
)
def test_the_nearest_existing_path_is_what_a_user_would_write(text: str, like: str) -> None:
    assert nearest(TREE, text) == like


def test_plain_paths_do_not_load_the_jsonpath_library() -> None:
    before = "jsonpath_ng" in sys.modules
    parse_path("one.of.these").find(TREE)
    assert ("jsonpath_ng" in sys.modules) is before


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$..[?(@.name=='b.c')].policy", [("properties", "activities", 1, "policy")]),
        ("$.properties.activities[?(@.name==$.name)]", []),
        ("$..retry.`parent`.`parent`", [FIRST, ("properties", "activities", 1)]),
        ("$.properties.typeProperties[0:2]", []),
        ("$..minutes[*]", [("properties", "typeProperties", "minutes", each) for each in (0, 1)]),
    ],
)
def test_steps_of_a_jsonpath_see_the_root_and_what_is_above(text: str, found: list[Any]) -> None:
    assert parse_path(text).find(TREE) == tuple(found)


@pytest.mark.parametrize(
    "text", ["$..name.`len`", "$.properties.activities[\\name][0]", "$.properties.activities[0].name.`sub(/C/, x)`"]
)
def test_a_jsonpath_that_sorts_or_computes_means_no_place(text: str) -> None:
    with pytest.raises(PathError, match="computes a value instead of naming a place"):
        parse_path(text).find(TREE)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("a.b[0]", 0),
        ("a..", 0),
        ("a[*].b", 1),
        ("$..a[*]..b", 2),
        ("$..[?(@.x==1)].y", 10),
        ("$..a..*", 11),
        ("$..a.b", 1),
        ("a[?(@..x)]", 10),
        ("$..[?(@..x)]", 100),
    ],
)
def test_a_jsonpath_looks_at_all_of_an_object_once_for_each_descent(text: str, times: int) -> None:
    assert looks(text) == times


def test_a_jsonpath_takes_time_by_the_size_of_a_tree_not_by_a_power_of_its_depth() -> None:
    deep: Any = {}
    for _ in range(60):
        deep = {"a": deep, "b": [deep]} if len(str(deep)) < 2000 else {"a": deep}
    assert len(parse_path("$" + "..a" * 50).find(deep)) > 0
    with pytest.raises(PathError, match="the path has 1001 steps; 100 are the most"):
        parse_path("$" + "..a" * 1000).find(deep)


WORDS: Any = {"properties": {"a": [{"b": "Copy data"}, {"b": "x" * 40}, {"b": 7}, {"c": "Copy"}]}}


@pytest.mark.parametrize(
    ("pattern", "at"),
    [
        ("^Copy", [0]),
        ("(?i)DATA$", [0]),
        ("^.*(data|nothing).*$", [0]),
        ("^(x{4})+$", [1]),
        (r"\\w+\\s+\\w+", [0]),
        ("^(?=x)(?!y)", [1]),
        ("z", []),
    ],
)
def test_a_condition_holds_a_regular_expression_against_texts_only(pattern: str, at: list[int]) -> None:
    found = parse_path(f'$.properties.a[?(@.b =~ "{pattern}")]').find(WORDS)
    assert found == tuple(("properties", "a", each) for each in at)


@pytest.mark.parametrize(
    "pattern",
    [
        "(x+x+)+y",
        "(x|x)*y",
        "(x*)*y",
        "(x?){40}y",
        "x*x*x*x*x*x*y",
        "(?=(x+x+)+y)",
        "((?:){9999}){9999}",
        "x?" * 40 + "y",
    ],
)
@pytest.mark.parametrize("condition", ["@.b =~ '{}'", "@.c == 1 || @.b =~ '{}'", "@.b && (@.b =~ '{}')"])
def test_a_regular_expression_that_may_take_too_long_is_refused(pattern: str, condition: str) -> None:
    with pytest.raises(PathError, match="may take too long on a text of"):
        parse_path(f"$.properties.a[?({condition.format(pattern)})]").find(WORDS)


def test_a_long_text_may_be_begun_at_too_many_places() -> None:
    tree = {"properties": {"a": [{"b": "x" * 200_000}]}}
    with pytest.raises(PathError, match="on a text of 200000 characters"):
        parse_path("$.properties.a[?(@.b =~ 'x+y')]").find(tree)
    assert parse_path("$.properties.a[?(@.b =~ '^x+y')]").find(tree) == ()


def test_the_same_regular_expression_is_fine_for_a_short_text() -> None:
    assert parse_path("$.properties.a[?(@.b =~ '^(x+x+)+y')]").find({"properties": {"a": [{"b": "xxy"}]}}) != ()


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("@.b =~ '('", "is no regular expression"),
        ("@.b =~ 7", "compares with no regular expression"),
        ("@.b.`sub(/(x+x+)+y/, z)` == 'z'", "computes a value instead of naming a place"),
    ],
)
def test_a_condition_that_can_not_be_held_against_anything_is_refused(condition: str, said: str) -> None:
    with pytest.raises(PathError, match=said):
        parse_path(f"$.properties.a[?({condition})]").find(WORDS)
