"""Section 4 of the configuration contract, a row per sentence."""

from typing import Any

import pytest

from ecluse.configure.row_error import BadTokenError, BadValueError
from ecluse.configure.tokens import Variables, expand, has_token
from ecluse.configure.values import Given, by_parameter_type, typed
from ecluse.jsontree import ABSENT, Missing, Secret, walk

VARIABLES = Variables(
    {
        "KV": "kv1",
        "NUM": "30",
        "Q": '"},{"x":1',
        "SQL_PASSWORD": "pa'ss\"",
        "MY_VAR": "mine",
        "LIST": "[1]",
        "A-B": "h",
    },
    secret=frozenset({"my.hidden"}),
)
EXPRESSION = {"value": "@old()", "type": "Expression"}


def made(text: str, existing: Any, variables: Variables = VARIABLES) -> Any:
    return typed(Given(text, lambda each: expand(each, variables)), existing)


@pytest.mark.parametrize(
    ("text", "existing", "expected"),
    [
        pytest.param("any; text, 30", "old", "any; text, 30", id="a string takes the text as it is"),
        pytest.param("2020-06-01T23:22:11.000", "2019-01-01T00:00:00Z", "2020-06-01T23:22:11.000", id="no date shifts"),
        pytest.param("202401", "202312", "202401", id="a text of digits over a string stays a text"),
        pytest.param('{"a": 1}', "old", '{"a": 1}', id="JSON over a string stays a text"),
        pytest.param("", "old", "", id="an empty value for a string is the empty string"),
        pytest.param("x", Missing("p", secure=False), "x", id="a place that waits for a value is a string"),
        pytest.param("30", Missing("p", secure=False, kind="int"), 30, id="or what its parameter is: an int"),
        pytest.param("TRUE", Missing("p", secure=False, kind="bool"), True, id="a bool"),
        pytest.param("[1]", Missing("p", secure=False, kind="array"), [1], id="an array"),
        pytest.param("{'a':1}", Missing("p", secure=True, kind="object"), {"a": 1}, id="an object"),
        pytest.param("30", 5, 30, id="int"),
        pytest.param(" 30 ", 5, 30, id="int with blanks"),
        pytest.param("30.5", 5, 30.5, id="a number over an int may be a float"),
        pytest.param("30", 5.5, 30, id="a number over a float may be an int"),
        pytest.param("123456789012345678901234567890", 5, 123456789012345678901234567890, id="a big number keeps"),
        pytest.param("true", False, True, id="bool"),
        pytest.param("FALSE", True, False, id="bool without case"),
        pytest.param('{"a":1}', {"old": 1}, {"a": 1}, id="object"),
        pytest.param("{'a':1}", {"old": 1}, {"a": 1}, id="object in single quotes"),
        pytest.param("{'a':'it\\'s \"x\"'}", {}, {"a": 'it\'s "x"'}, id="quotes inside of single quotes"),
        pytest.param('{"value":"@new()","type":"Expression"}', EXPRESSION, {**EXPRESSION, "value": "@new()"}, id="exp"),
        pytest.param(
            "@new()", EXPRESSION, {**EXPRESSION, "value": "@new()"}, id="a string replaces an expression's value"
        ),
        pytest.param("[1,2]", [9], [1, 2], id="array"),
        pytest.param("'[8]'", [9], [8], id="array in single quotes"),
        pytest.param("['a','b']", [9], ["a", "b"], id="array with single quotes"),
        pytest.param("@(0,15,30,45)", [9], [0, 15, 30, 45], id="PowerShell array"),
        pytest.param("@('it''s', \"x\", $true, 2.5)", [9], ["it's", "x", True, 2.5], id="PowerShell scalars"),
        pytest.param("@()", [9], [], id="empty PowerShell array"),
        pytest.param("5", None, 5, id="null takes a JSON value if it parses"),
        pytest.param("some text", None, "some text", id="null takes the text otherwise"),
        pytest.param("5", ABSENT, "5", id="added text is a string"),
        pytest.param("", ABSENT, "", id="added empty text"),
        pytest.param(
            "{'type': 'int32','defaultValue': 22}", ABSENT, {"type": "int32", "defaultValue": 22}, id="added {}"
        ),
        pytest.param("[1,2]", ABSENT, [1, 2], id="added array"),
        pytest.param("[not json", ABSENT, "[not json", id="an added list that does not parse is a text"),
        pytest.param("json:[1]", "old", [1], id="prefix json"),
        pytest.param('json:"5"', 5, "5", id="prefix json, a string"),
        pytest.param("str:30", 5, "30", id="prefix str"),
        pytest.param("str:", 5, "", id="prefix str, empty"),
        pytest.param("int:30", "old", 30, id="prefix int"),
        pytest.param("bool:True", "old", True, id="prefix bool"),
        pytest.param("null:", "old", None, id="prefix null"),
        pytest.param("$Env:NUM", 5, 30, id="a token is replaced before the number is read"),
        pytest.param("$Env:LIST", [9], [1], id="a token may hold a whole array"),
        pytest.param('{"a":"$Env:Q"}', {}, {"a": '"},{"x":1'}, id="a quote in a variable stays in its string"),
    ],
)
def test_a_value_is_typed_by_what_it_replaces(text: str, existing: Any, expected: Any) -> None:
    value = made(text, existing)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "existing", "reason", "remedy"),
    [
        ("abc", 5, "'abc' is no number, and a number stands there", "write a number"),
        ("1e999", 5, "'1e999' is no number", "write a number"),
        ("yes", True, "'yes' is no boolean", "true or false"),
        ("https://x", {"a": 1}, "an object stands there", '{"key": "value"}'),
        ("[1]", {"a": 1}, "an object stands there", '{"key": "value"}'),
        ("x", {"type": "SecureString", "value": "y"}, "an object stands there", "(its `.value`)"),
        ("8", [1], "an array stands there", "[8]"),
        ("abc", [1], "an array stands there", '["abc"]'),
        ("@(Get-Date)", [1], "an array stands there", '["@(Get-Date)"]'),
        ("", 5, "the value is empty and a number stands there", "`null:`"),
        ("", True, "the value is empty and a boolean stands there", "`-` to remove"),
        ("", {"a": 1}, "the value is empty and an object stands there", "`null:`"),
        ("", [1], "the value is empty and an array stands there", "`null:`"),
        ("", None, "the value is empty and null stands there", "`null:`"),
        ("json:{", "x", "the text after `json:` is no JSON", "put it right"),
        ('json:{"a": 1, "a": 2}', "x", "the text after `json:` is no JSON", "a key once"),
        ('{"a": [{"b": 1, "b": 2}]}', {"a": 1}, "an object stands there", '{"key": "value"}'),
        ("json:NaN", "x", "the text after `json:` is no JSON", "put it right"),
        ("json:" + "[" * 5000 + "]" * 5000, "x", "the text after `json:` is no JSON", "put it right"),
        ("int:2.5", "x", "'2.5' is no whole number", "whole"),
        ("int:" + "9" * 5000, "x", "is no whole number", "whole"),
        ("null:x", "x", "something stands after `null:`", "alone"),
        ("$Env:SQL_PASSWORD", 5, "the value is no number", "write a number"),
    ],
)
def test_a_value_that_does_not_fit_says_what_stands_there_and_how_to_write_it(
    text: str, existing: Any, reason: str, remedy: str
) -> None:
    with pytest.raises(BadValueError) as refused:
        made(text, existing)
    assert reason in refused.value.reason
    assert remedy in refused.value.remedy
    assert "pa'ss" not in refused.value.reason + refused.value.remedy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$Env:KV", "kv1"),
        ("https://$Env:KV.vault.azure.net/", "https://kv1.vault.azure.net/"),
        ("$Env:KV@$Env:NUM", "kv1@30"),
        ("a$($Env:KV)b", "akv1b"),
        ("a${Env:KV}b", "akv1b"),
        ("a#{KV}#b", "akv1b"),
        ("a$(KV)b", "akv1b"),
        ("$(my.var)", "mine"),
        ("#{my.var}#", "mine"),
        ("$(A-B)", "h"),
        ("$env:KV", "kv1"),
        ("`$Env:KV", "$Env:KV"),
        ("pa$$word $x 5$ `", "pa$$word $x 5$ `"),
        ("@{pipeline().parameters.x}", "@{pipeline().parameters.x}"),
    ],
)
def test_tokens_are_replaced_and_other_text_is_left_alone(text: str, expected: str) -> None:
    assert expand(text, VARIABLES) == expected


def test_what_a_variable_holds_is_not_looked_at_again() -> None:
    assert expand("$Env:A", Variables({"A": "$Env:B $(Get-Date)", "B": "no"})) == "$Env:B $(Get-Date)"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("$Env:NOPE", "there is no variable NOPE"),
        ("$(NOPE)", "there is no variable NOPE"),
        ("$Env:kv", "there is no variable kv"),
        ("$(Get-Date)", "there is no variable Get-Date"),
        ("$(Get-Content secrets.txt)", "code in a value is never run"),
        ("$(1+1)", "code in a value is never run"),
        ("$( $Env:KV.ToUpper() )", "code in a value is never run"),
        ("$Env:", "code in a value is never run"),
        ("${Env:KV", "code in a value is never run"),
        ("$(System.AccessToken)", "for signing in"),
        ("$Env:ENDPOINT_AUTH_x", "for signing in"),
        ("#{secret_x}#", "for signing in"),
        ("$Env:AZURE_CLIENT_SECRET", "for signing in"),
        ("$Env:ARM_CLIENT_CERTIFICATE_PATH", "for signing in"),
        ("$Env:AZURE_FEDERATED_TOKEN_FILE", "for signing in"),
        ("$Env:ECLUSE_SOURCE", "for signing in"),
    ],
)
def test_a_token_that_can_not_be_replaced_is_refused(text: str, reason: str) -> None:
    everything = {**VARIABLES.values, "SYSTEM_ACCESSTOKEN": "t", "AZURE_CLIENT_SECRET": "t", "ECLUSE_SOURCE": "t"}
    with pytest.raises(BadTokenError) as refused:
        expand(text, Variables(everything))
    assert reason in refused.value.reason


def test_variable_names_ignore_case_where_the_system_does() -> None:
    assert expand("$Env:kv", Variables({"KV": "x"}, ignore_case=True)) == "x"


@pytest.mark.parametrize("text", ["a$Env:SQL_PASSWORD", "$(my.hidden)", "#{MY_HIDDEN}#"])
def test_a_text_that_holds_a_secret_variable_is_secret(text: str) -> None:
    variables = Variables({"SQL_PASSWORD": "p", "MY_HIDDEN": "h"}, secret=frozenset({"my.hidden"}))
    assert isinstance(expand(text, variables), Secret)
    assert not isinstance(expand("$Env:KV", VARIABLES), Secret)
    assert "p" not in repr(variables).removeprefix("Variables(secret=frozenset({'my.hidden'}), ignore_case=False)")


def test_only_the_string_with_the_secret_is_tainted_in_json_that_holds_one() -> None:
    value = made('{"a": "x", "b": ["$Env:SQL_PASSWORD"]}', {})
    assert [path for path, leaf in walk(value) if isinstance(leaf, Secret)] == [("b", 0)]
    whole = made("$Env:X", {}, Variables({"X": '{"a": "x"}'}, secret=frozenset({"X"})))
    assert isinstance(whole["a"], Secret)


@pytest.mark.parametrize(("text", "expected"), [("$Env:X", True), ("$(x y)", True), ("`$Env:X", False), ("$x", False)])
def test_tokens_are_told_from_text(text: str, expected: bool) -> None:
    assert has_token(text) is expected


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("string", "5", "5"),
        ("String", "x", "x"),
        ("int", "2023", 2023),
        ("float", "2.5", 2.5),
        ("Bool", "FALSE", False),
        ("array", "[1]", [1]),
        ("object", "{'a':1}", {"a": 1}),
    ],
)
def test_a_global_parameter_follows_its_type(kind: str, text: str, expected: Any) -> None:
    assert by_parameter_type(Given(text, str), kind) == expected


@pytest.mark.parametrize(("kind", "text"), [("int", "2.5"), ("int", ""), ("bool", "5"), ("date", "x"), ("array", "5")])
def test_a_global_parameter_that_does_not_fit_its_type_is_refused(kind: str, text: str) -> None:
    with pytest.raises(BadValueError):
        by_parameter_type(Given(text, str), kind)
