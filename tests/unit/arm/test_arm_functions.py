"""What each function comes to. Expected values: Azure docs (template functions), and the tests of public evaluators."""

from typing import Any

import pytest

from ecluse.arm.expressions import Evaluator, Raw
from ecluse.errors import Code, Refused
from ecluse.jsontree import Missing, Secret

DOGS = [{"name": "Evie", "age": 5}, {"name": "Casper", "age": 3}, {"name": "Kira", "age": 8}]
PARAMETERS = {
    "null": None,
    "true": True,
    "one": 1,
    "half": 1.5,
    "list": ["one", "two", "three"],
    "numbers": [6, 4, 8, 1, 2],
    "object": {"one": "a", "two": "b", "Three": [1, {"x": None}]},
    "dogs": DOGS,
    "big": 2**63 - 1,
    "rocket": "a🚀b",
    "password": Secret("hunter2"),
    "login": {"user": "me", "password": Secret("hunter2"), "port": 1433},
    "card": Secret('{"pin": 42, "user": "u"}'),
    "pin": Secret("4711"),
    "unset": Missing("unset", secure=True),
    "half set": {"a": "x", "b": Missing("unset", secure=False)},
}


def evaluated(text: str, **more: Any) -> Any:
    evaluator = Evaluator(parameters=PARAMETERS | more, variables={}, subscription="sub", resource_group="rg")
    return evaluator.evaluate({"x": f"[{text}]"})["x"]


def said(text: str) -> str:
    with pytest.raises(Refused) as refused:
        evaluated(text)
    (problem,) = refused.value.problems
    assert problem.code is Code.ARM_EXPRESSION
    assert "hunter2" not in problem.message
    return problem.message


RG = "/subscriptions/sub/resourceGroups/rg"

TEXTS = [
    ("concat('left', '-', 'right')", "left-right"),
    ("CONCAT('a', 1, true(), parameters('half'))", "a1True1.5"),
    (
        "format('{0}, {1}. Formatted number: {2:N0}', 'Hello', 'User', 8175133)",
        "Hello, User. Formatted number: 8,175,133",
    ),
    ("format('{0:D5}|{1:000}|{2:X}|{2:x4}|{0:N}|{0:F1}|{0:G}', -42, 7, 255)", "-00042|007|FF|00ff|-42.00|-42.0|-42"),
    ("format('[{0,5}] [{0,-5}] [{1,3:D2}]', 'ab', 7)", "[   ab] [ab   ] [ 07]"),
    ("format('{0:N2} {1:P}', 'text', true())", "text True"),
    ("base64('one, two, three')", "b25lLCB0d28sIHRocmVl"),
    ("base64ToString('b25lLCB0d28sIHRocmVl')", "one, two, three"),
    ("base64ToJson('eydvbmUnOiAnYScsICd0d28nOiAnYid9')", {"one": "a", "two": "b"}),
    ("dataUri('Hello')", "data:text/plain;charset=utf8;base64,SGVsbG8="),
    ("dataUriToString('data:;base64,SGVsbG8sIFdvcmxkIQ==')", "Hello, World!"),
    ("dataUriToString('data:,SGVsbG8sIFdvcmxkIQ==')", "SGVsbG8sIFdvcmxkIQ=="),
    ("uri('http://contoso.org/firstpath', 'myscript.sh')", "http://contoso.org/myscript.sh"),
    ("uri('http://contoso.org/firstpath/', 'myscript.sh')", "http://contoso.org/firstpath/myscript.sh"),
    ("uri('https://Contoso.org:443', 'a?b=c')", "https://contoso.org/a?b=c"),
    ("uriComponent('http://contoso.com/a b~é')", "http%3A%2F%2Fcontoso.com%2Fa%20b~%C3%A9"),
    ("uriComponentToString('http%3a%2F%2Fcontoso.com%2fa%20b')", "http://contoso.com/a b"),
    ("startsWith('abcdef', 'AB')", True),
    ("startsWith('abcdef', 'e')", False),
    ("endsWith('abcdef', 'F')", True),
    ("indexOf('abcdef', 'CD')", 2),
    ("indexOf('abcdef', 'z')", -1),
    ("lastIndexOf('test', 'T')", 3),
    ("indexOf(parameters('rocket'), 'b')", 3),
    ("join(parameters('list'), ', ')", "one, two, three"),
    ("join(createArray(1, 'a', false()), '')", "1aFalse"),
    ("split('one,two,,three', ',')", ["one", "two", "", "three"]),
    ("split('one;two,three', createArray(',', ';'))", ["one", "two", "three"]),
    ("split('a.b', '')", ["a.b"]),
    ("replace('This is a test', 'is', 'at')", "That at a test"),
    ("substring('one two three', 4, 3)", "two"),
    ("substring('This is a test', 10)", "test"),
    ("substring(parameters('rocket'), 1, 2)", "🚀"),
    ("padLeft('123', 10, '0')", "0000000123"),
    ("padLeft(7, 3, ' ')", "  7"),
    ("padLeft('longer', 3, ' ')", "longer"),
    ("toLower('One TWO')", "one two"),
    ("toUpper('straße')", "STRAßE"),
    ("trim('  one two\t\n')", "one two"),
    ("string(5)", "5"),
    ("string(true())", "True"),
    ("string('text')", "text"),
    ("string(parameters('object'))", '{"one":"a","two":"b","Three":[1,{"x":null}]}'),
    ("string(parameters('half'))", "1.5"),
    ("string(float('2.0'))", "2"),
]

DEEP = "createObject('a', createObject('{0}', {1}), 'l', createArray({1}))"
JSON = [
    ("json('{\"a\": [1, 1.5, null, true]}')", {"a": [1, 1.5, None, True]}),
    ("json('null')", None),
    ("json('''x''')", "x"),
    ("json('{''a\"b'': \"c''d\"}')", {'a"b': "c'd"}),
    ("null()", None),
    ("parameters('null')", None),
    ("createObject('a', 1, 'b', createArray())", {"a": 1, "b": []}),
    ("createObject()", {}),
    ("createArray(1, 'a', parameters('object').Three)", [1, "a", [1, {"x": None}]]),
    ("array('a')", ["a"]),
    ("array(parameters('numbers'))", [6, 4, 8, 1, 2]),
    ("items(createObject('b', 1, 'A', 2))", [{"key": "A", "value": 2}, {"key": "b", "value": 1}]),
    ("tryGet(parameters('object'), 'ONE')", "a"),
    ("tryGet(parameters('object'), 'none')", None),
    ("tryGet(parameters('list'), 1)", "two"),
    ("tryGet(parameters('list'), 9)", None),
    (f"union({DEEP.format('x', 1)}, {DEEP.format('y', 2)})", {"a": {"x": 1, "y": 2}, "l": [2]}),
    ("union(parameters('list'), createArray('three', 'four'), createArray(1))", ["one", "two", "three", "four", 1]),
    ("intersection(parameters('list'), createArray('three', 'two', 'x'))", ["two", "three"]),
    ("intersection(createObject('a', 1, 'b', 2), createObject('a', 1, 'b', 3))", {"a": 1}),
    ("contains('OneTwoThree', 'e')", True),
    ("contains('OneTwoThree', 'ONE')", False),
    ("contains(parameters('object'), 'TWO')", True),
    ("contains(parameters('list'), 'two')", True),
    ("contains(parameters('list'), 'Two')", False),
    ("contains(createArray(true()), 1)", False),
    ("empty('')", True),
    ("empty(parameters('null'))", True),
    ("empty(createArray())", True),
    ("empty(parameters('object'))", False),
    ("first(parameters('list'))", "one"),
    ("first('one')", "o"),
    ("first('')", ""),
    ("first(createArray())", None),
    ("last(parameters('list'))", "three"),
    ("length('One Two Three')", 13),
    ("length(parameters('rocket'))", 4),
    ("length(parameters('object'))", 3),
    ("take('one two three', 3)", "one"),
    ("take(parameters('list'), -100)", []),
    ("skip('one two three', 4)", "two three"),
    ("skip(parameters('list'), 2)", ["three"]),
    ("range(5, 3)", [5, 6, 7]),
    ("range(1, 0)", []),
    ("indexOf(createArray('a', createArray(1)), createArray(1))", 1),
    ("lastIndexOf(createArray(1, 2, 1), 1)", 2),
]

LOGIC = [
    ("if(equals('a', 'a'), 'yes', 'no')", "yes"),
    ("if(false(), parameters('nobody'), 'no')", "no"),
    ("coalesce(null(), parameters('null'), '', 'b')", ""),
    ("coalesce('a', parameters('nobody'))", "a"),
    ("coalesce(null(), null())", None),
    ("and(true(), true(), false())", False),
    ("or(false(), true())", True),
    ("not(false())", True),
    ("bool('TRUE')", True),
    ("bool(0)", False),
    ("equals(1, true())", False),
    ("equals(1, float(1))", True),
    ("equals('a', 'A')", False),
    ("equals(parameters('object'), parameters('object'))", True),
    ("less(1, 2)", True),
    ("lessOrEquals('Test1', 'Test1')", True),
    ("greater('Test2', 'Test1')", True),
    ("greaterOrEquals(1, 2)", False),
    ("add(5, -3)", 2),
    ("sub(7, 3)", 4),
    ("mul(5, 3)", 15),
    ("div(8, 3)", 2),
    ("div(-8, 3)", -2),
    ("mod(7, 3)", 1),
    ("mod(-7, 3)", -1),
    ("int(' 42 ')", 42),
    ("float('3.5')", 3.5),
    ("max(6, 4, 8)", 8),
    ("min(parameters('numbers'))", 1),
]

DATES = [
    ("dateTimeAdd('2020-04-07 14:53:14Z', 'P3Y')", "2023-04-07 14:53:14Z"),
    ("dateTimeAdd('2020-04-07 14:53:14Z', '-P9D')", "2020-03-29 14:53:14Z"),
    ("dateTimeAdd('20200407T145314Z', 'PT1H30M')", "20200407T162314Z"),
    ("dateTimeAdd('2020-01-31T00:00:00Z', 'P1M', 'yyyy-MM-dd')", "2020-02-29"),
    ("dateTimeAdd('2020-01-31T00:00:00Z', '-P2M1D', 'u')", "2019-11-29 00:00:00Z"),
    ("dateTimeFromEpoch(1683040573)", "2023-05-02T15:16:13Z"),
    ("dateTimeToEpoch('2020-04-07T14:53:14Z')", 1586271194),
]

IDS = [
    ("resourceId('A.B/c/d', 'x', 'y')", f"{RG}/providers/A.B/c/x/d/y"),
    ("subscriptionResourceId('A.B/c', 'x')", "/subscriptions/sub/providers/A.B/c/x"),
    ("subscriptionResourceId('s2', 'A.B/c', 'x')", "/subscriptions/s2/providers/A.B/c/x"),
    ("tenantResourceId('A.B/c/d', 'x', 'y')", "/providers/A.B/c/x/d/y"),
    ("extensionResourceId('/subscriptions/s', 'A.B/c', 'x')", "/subscriptions/s/providers/A.B/c/x"),
    ("subscription().subscriptionId", "sub"),
    ("subscription().id", "/subscriptions/sub"),
    ("resourceGroup().NAME", "rg"),
    ("resourceGroup()['id']", RG),
    ("length(resourceGroup().name)", 2),
]

PAIR = "concat(lambdaVariables('x'), lambdaVariables('y'))"
LESS = "less(lambdaVariables('a'), lambdaVariables('b'))"
AGE = "lambda('d', lambdaVariables('d').age)"
LAMBDAS = [
    ("map(parameters('dogs'), lambda('dog', lambdaVariables('DOG').name))", ["Evie", "Casper", "Kira"]),
    ("map(range(0, 2), lambda('a', 'i', add(lambdaVariables('a'), lambdaVariables('i'))))", [0, 2]),
    ("filter(parameters('dogs'), lambda('dog', greaterOrEquals(lambdaVariables('dog').age, 5)))", [DOGS[0], DOGS[2]]),
    ("reduce(parameters('numbers'), 0, lambda('a', 'b', add(lambdaVariables('a'), lambdaVariables('b'))))", 21),
    (f"sort(parameters('numbers'), lambda('a', 'b', {LESS}))", [1, 2, 4, 6, 8]),
    (
        "groupBy(createArray('ab', 'c', 'ad'), lambda('x', first(lambdaVariables('x'))))",
        {"a": ["ab", "ad"], "c": ["c"]},
    ),
    (
        f"toObject(parameters('dogs'), lambda('d', lambdaVariables('d').name), {AGE})",
        {"Evie": 5, "Casper": 3, "Kira": 8},
    ),
    ("mapValues(createObject('foo', 'foo'), lambda('v', toUpper(lambdaVariables('v'))))", {"foo": "FOO"}),
    (f"map(createArray('a'), lambda('x', map(createArray('b'), lambda('y', {PAIR}))))", [["ab"]]),
]


@pytest.mark.parametrize(("text", "value"), [*TEXTS, *JSON, *LOGIC, *DATES, *IDS, *LAMBDAS])
def test_a_function_comes_to_its_value(text: str, value: Any) -> None:
    result = evaluated(text)
    assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("concat('a', createArray())", "takes no array"),
        ("concat('a', lambda('x', 'y'))", "takes no lambda"),
        ("format('{0', 'a')", "brace"),
        ("format('{0:C}', 1)", "does not know {:C}"),
        ("format('{0:N2}', parameters('half'))", "does not know {:N2} for float"),
        ("format('{0,9999999}', 'a')", "more than 4194304 characters"),
        ("base64ToString('***')", "base64"),
        ("base64ToJson('Zm9v')", "JSON"),
        ("dataUriToString('x')", "begins with data:"),
        ("uri('contoso.org', 'x')", "https://"),
        ("uri('https://contoso.org', 'a b')", "without spaces"),
        ("startsWith(1, 'a')", "takes a text here, not int"),
        ("join('abc', ',')", "takes an array"),
        ("replace('a', '', 'b')", "the empty text"),
        ("substring('abc', 2, 2)", "beyond the text"),
        ("substring('abc', -1)", "beyond the text"),
        ("padLeft('a', 3, 'xy')", "one character"),
        ("string(null())", "takes no null"),
        ("json('{')", "JSON"),
        ("json('[NaN]')", "JSON"),
        ("json('99999999999999999999')", "JSON"),
        ("json('1e999')", "JSON"),
        ("createObject('a')", "pairs"),
        ("createObject('a', 1, 'A', 2)", "two properties of one name"),
        ("items(createArray())", "takes an object"),
        ("union(createArray(), createObject())", "arrays only or objects only"),
        ("union(createObject('a', 1), createObject('A', 1))", "differ in case"),
        ("contains(1, 1)", "takes an array, an object or a text, not int"),
        ("length(1)", "not int"),
        ("range(0, 10001)", "at most 10000"),
        ("range(-5, -1)", "at most 10000"),
        ("range(2147483647, 2)", "beyond 2147483647"),
        ("if('true', 1, 2)", "true() or false() here, not string"),
        ("and(true(), 1)", "not int"),
        ("bool('yes')", "'true'"),
        ("less('a', 1)", "can't compare string with int"),
        ("less('a', 'B')", "their case decides"),
        ("add('1', 2)", "not string"),
        ("add(true(), 2)", "not bool"),
        ("add(parameters('big'), 1)", "64 bits"),
        ("mul(parameters('big'), parameters('big'))", "64 bits"),
        ("div(1, 0)", "by zero"),
        ("mod(1, 0)", "by zero"),
        ("int('1.5')", "whole number"),
        ("int('" + "9" * 19 + "')", "64 bits"),
        ("float('1e999')", "too big"),
        ("max(createArray())", "an empty array"),
        ("min(1, 'a')", "not string"),
        ("string(float('1e300'))", "digits depend"),
        ("dateTimeAdd('yesterday', 'P1D')", "takes a time"),
        ("dateTimeAdd('2020-01-01', 'soon')", "takes a duration"),
        ("dateTimeAdd('2020-01-01', 'P')", "takes a duration"),
        ("dateTimeAdd('2020-01-01', 'P999999Y')", "beyond the calendar"),
        ("dateTimeAdd('2020-01-01', 'P1D', 'MMMM')", "does not know the format"),
        ("dateTimeAdd('2020-01-01', 'P1D', 'd')", "does not know the format"),
        ("dateTimeFromEpoch(parameters('big'))", "beyond the calendar"),
        ("copyIndex()", "in a `copy` only"),
        ("tenantResourceId('s', 'A.B/c', 'x')", "resource type"),
        ("map(parameters('list'), 'x')", "takes a lambda"),
        ("map(parameters('list'), lambda('a', 'b', 'c', 1))", "1 or 2 variable(s), not 3"),
        ("map(parameters('list'), lambda('a', lambda('b', 1)))", "gives no lambda"),
        ("lambda('a', 1)", "only an argument"),
        ("if(true(), lambda('a', 1), 1)", "only an argument"),
        ("lambdaVariables('a')", "no lambda with a variable 'a'"),
        ("map(parameters('list'), lambda(1, 2))", "names in single quotes"),
        ("toObject(parameters('list'), lambda('a', 'same'))", "two properties of one name"),
        ("padLeft('a', 3)", "does not take 2"),
        ("if(true(), 1)", "does not take 2"),
        ("true(1)", "does not take 1"),
        ("listKeys('x')", "listKeys does not take 1"),
        ("newGuid('x')", "newGuid does not take 1"),
    ],
)
def test_what_a_function_can_not_do_is_refused_by_its_name(text: str, why: str) -> None:
    assert why in said(text)


def test_a_variable_sees_nothing_of_the_lambda_that_asks_for_it() -> None:
    variables = {"inner": Raw("[lambdaVariables('x')]")}
    evaluator = Evaluator(parameters={}, variables=variables, subscription="sub", resource_group="rg")
    with pytest.raises(Refused, match="no lambda with a variable 'x'"):
        evaluator.evaluate("[map(createArray('a'), lambda('x', variables('inner')))]")


@pytest.mark.parametrize(
    "text",
    [
        "format('{0,5}', parameters('password'))",
        "toUpper(parameters('password'))",
        "base64(parameters('password'))",
        "first(parameters('password'))",
        "take(parameters('password'), 3)",
        "if(true(), parameters('password'), 'x')",
        "coalesce(null(), parameters('password'))",
        "first(createArray(parameters('password')))",
        "string(parameters('login'))",
        "join(createArray('a', parameters('password')), ';')",
        "tryGet(parameters('login'), 'password')",
        "reduce(createArray('a'), parameters('password'), lambda('x', 'y', concat(lambdaVariables('x'), 'z')))",
    ],
)
def test_a_text_that_is_made_of_a_secret_is_one(text: str) -> None:
    assert isinstance(evaluated(text), Secret)


@pytest.mark.parametrize(
    "text",
    [
        "split(parameters('password'), 't')",
        "map(createArray(parameters('password')), lambda('x', concat('a', lambdaVariables('x'))))",
        "createArray(parameters('password'))",
        "skip(createArray('a', parameters('password')), 1)",
    ],
)
def test_a_secret_stays_one_inside_of_an_array(text: str) -> None:
    result = evaluated(text)
    assert result
    assert all(isinstance(each, Secret) for each in result)


def test_what_stands_beside_a_secret_stays_what_it_is() -> None:
    assert evaluated("createObject('type', 'SecureString', 'value', parameters('password'))") == {
        "type": "SecureString",
        "value": "hunter2",
    }
    merged = evaluated("union(parameters('login'), createObject('more', 'x'))")
    assert {key: type(value) for key, value in merged.items()} == {
        "user": str,
        "password": Secret,
        "port": int,
        "more": str,
    }


def test_whether_a_secret_is_empty_may_be_asked_but_no_number_is_made_of_one() -> None:
    assert evaluated("if(empty(parameters('password')), 'a', 'b')") == "b"
    assert evaluated("length(parameters('password'))") == 7
    for text in ("int(parameters('pin'))", "json(parameters('card'))", "float(parameters('pin'))"):
        assert "a number of a secret" in said(text)
    assert "name of a secret" in said("createObject(parameters('password'), 1)")


@pytest.mark.parametrize(
    "text",
    [
        "if(parameters('unset'), 'a', 'b')",
        "coalesce(parameters('unset'), 'b')",
        "length(createArray('a', parameters('unset')))",
        "string(parameters('half set'))",
        "map(createArray('a'), lambda('x', parameters('unset')))",
        "filter(createArray('a'), lambda('x', equals(parameters('unset'), 'a')))",
        "uniqueString(parameters('unset'))",
        "createArray(uniqueString('x'), parameters('unset'))",
        "map(createArray(uniqueString('x')), lambda('x', parameters('unset')))",
    ],
)
def test_what_needs_a_missing_value_is_missing(text: str) -> None:
    value = evaluated(text)
    assert isinstance(value, Missing)
    assert value.parameter == "unset"
