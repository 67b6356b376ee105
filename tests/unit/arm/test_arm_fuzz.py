"""No expression brings the evaluator down: it comes to a value or to a problem, in bounded work."""

import re
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse.arm.expressions import MAX_WORK, Evaluator, Raw
from ecluse.arm.functions import FUNCTIONS, Lambda
from ecluse.arm.functions.service import SERVICE
from ecluse.errors import Problem, Refused
from ecluse.jsontree import Json, Missing, Secret, VaultSecret, walk

PARAMETERS: dict[str, Any] = {
    "text": "a,b🚀 {0} it's",
    "long": "a" * 100_000,
    "list": ["a", 1, None, [2.5, {"x": True}]],
    "many": list(range(5_000)),
    "object": {"a": {"b": [1, {"c": None}]}, "B": "x"},
    "true": True,
    "null": None,
    "big": 2**63 - 1,
    "small": -(2**63),
    "half": 0.5,
    "password": Secret("hunter2"),
    "login": {"password": Secret("hunter2"), "more": [Secret("hunter2")]},
    "unset": Missing("unset", secure=True),
    "vault": VaultSecret({"secretName": "s"}),
    "guid": Raw("[newGuid()]"),
    "ring": Raw("[parameters('ring')]"),
}
REAL = (
    "concat(parameters('text'), '/PL_Load')",
    "format('{0}/{1:N2}', parameters('text'), 8175133)",
    "concat('DefaultEndpointsProtocol=https;AccountKey=', listKeys(variables('v'), '2019-06-01').keys[0].value, ';')",
    "if(empty(parameters('object').a), json('null'), createObject('k', union(parameters('object'), createObject())))",
    "reduce(range(0, 50), createArray(), lambda('a', 'b', concat(lambdaVariables('a'), createArray('x'))))",
    "dateTimeAdd('2020-04-07 14:53:14Z', '-P9D')",
    "resourceId(subscription().subscriptionId, resourceGroup().name, 'A.B/c/d', 'x', 'y')",
)
TWICE = "lambdaVariables('a'), lambdaVariables('a')"
PAIR = "lambdaVariables('a'), lambdaVariables('b')"
ALL_NAMES = sorted(
    {row.name for row in FUNCTIONS.values()} | {row[0] for row in SERVICE.values()} | {"listNobodys", "no"}
)


def outcome(text: str, **more: Any) -> Json:
    """The value, or None for problems that are fit to be shown."""
    evaluator = Evaluator(
        parameters=PARAMETERS | more, variables={"v": Raw("x")}, subscription="sub", resource_group="rg"
    )
    problems: tuple[Problem, ...] = ()
    value = None
    try:
        value = evaluator.evaluate({f"[{text}]": 1, "x": f"[{text}]"})
    except Refused as refused:
        problems = refused.problems
    assert all(each.remedy and "hunter2" not in each.message and len(each.message) < 1_000 for each in problems)
    assert evaluator.spent <= 2 * MAX_WORK
    assert not any(isinstance(node, Lambda) for _, node in walk(value))
    assert all("hunter2" not in node for _, node in walk(value) if type(node) is str)
    return value


LITERALS = st.one_of(
    st.text(alphabet="aZ0 ,;:{}[]'\"\\/%@.-🚀é\x00\n", max_size=12).map(
        lambda text: "'" + text.replace("'", "''") + "'"
    ),
    st.sampled_from(["''", "'{0:N2}{1,9}'", "'yyyy'", "'P1D'", "'2020-01-01'", "'A.B/c'", "'[1,{\"a\":2}]'", "'x'"]),
    st.sampled_from([-1, 0, 1, 2, 64, 10_000, 10**9, 10**17, -(10**17)]).map(str),
    st.sampled_from([f"parameters('{name}')" for name in PARAMETERS]),
    st.sampled_from(["lambdaVariables('x')", "variables('v')", "null()", "true()", "createArray()", "createObject()"]),
)
EXPRESSIONS = st.recursive(
    LITERALS,
    lambda inner: st.one_of(
        st.builds(
            lambda name, parts: f"{name}({', '.join(parts)})", st.sampled_from(ALL_NAMES), st.lists(inner, max_size=4)
        ),
        st.builds("lambda('x', {})".format, inner),
        st.builds("lambda('x', 'y', {})".format, inner),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("{}.a".format, inner),
    ),
    max_leaves=12,
)


@given(EXPRESSIONS)
def test_any_call_with_any_arguments_comes_to_a_value_or_a_problem(text: str) -> None:
    outcome(text)


@given(st.text(alphabet="concatparmes'()[],.{}0129- \n'\"é", max_size=80) | st.text(max_size=60))
def test_any_text_comes_to_a_value_or_a_problem(text: str) -> None:
    outcome(text)


@given(st.sampled_from(REAL), st.data())
def test_a_real_expression_with_a_slip_comes_to_a_value_or_a_problem(text: str, data: st.DataObject) -> None:
    pieces = re.findall(r"\w+|.", text)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(pieces) - 1))
        pieces[at] = data.draw(st.sampled_from(["", "'", "(", ")", "[", "]", ",", ".", "-9", *pieces, *ALL_NAMES]))
    outcome("".join(pieces))


@pytest.mark.parametrize(
    "text", ["''[parameters('long')]", "parameters(parameters('long'))", "no" * 5_000 + "()", "lambdaVariables('long')"]
)
def test_a_message_shows_no_endless_text(text: str) -> None:
    assert outcome(text) is None


def test_what_is_too_long_for_azure_is_not_even_written() -> None:
    parts = ", ".join(["parameters('part')"] * 1_000)
    tracemalloc.start()
    try:
        assert outcome(f"concat({parts})", part=Raw("[concat('" + "x" * 20_000 + "', guid('x'))]")) is None
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "text",
    [
        "padLeft('a', 1000000000, ' ')",
        "range(0, 1000000000)",
        "format('{0,999999}{0,999999}{0,999999}{0,999999}{0,999999}', 'a')",
        "replace(parameters('long'), 'a', parameters('long'))",
        "join(split(parameters('long'), 'a'), parameters('long'))",
        "json('" + "[" * 20_000 + "')",
        "json('" + '"' + "\\''" * 5_000 + "')",
        "json(concat('{''', replace(parameters('long'), 'a', '\\\\'''), 'x'))",
        "json('" + "9" * 5_000 + "')",
        "mul(mul(parameters('big'), parameters('big')), parameters('big'))",
        f"reduce(range(0, 60), 'ab', lambda('a', 'b', concat({TWICE})))",
        f"reduce(range(0, 60), createArray(1), lambda('a', 'b', createArray({TWICE})))",
        "map(range(0, 9999), lambda('a', map(range(0, 9999), lambda('b', map(range(0, 9999), lambda('c', 1))))))",
        "sort(range(0, 9999), lambda('a', 'b', equals(range(0, 9999), range(0, 9999))))",
        f"map(range(0, 9999), lambda('i', sort(range(0, 9999), lambda('a', 'b', less({PAIR})))))",
        "uriComponent(" * 40 + "'%'" + ")" * 40,
        "base64(" * 48 + "parameters('long')" + ")" * 48,
        "createArray(" * 49 + ")" * 49,
        "concat('" + "'')" * 8_000,
    ],
)  # fmt: skip
def test_what_would_be_endless_is_stopped(text: str) -> None:
    value = outcome(text)
    assert value is None or len(repr(value)) < 1_000


def test_values_of_values_are_stopped_too() -> None:
    doubling = {f"v{n}": Raw(f"[concat(parameters('v{n - 1}'), parameters('v{n - 1}'))]") for n in range(1, 300)}
    assert outcome("parameters('v299')", v0="ab", **doubling) is None
    assert outcome("parameters('v299')", v0=[1, 2], **doubling) is None
    assert outcome("parameters('v299')", v0=Raw("[guid('x')]"), **doubling) is None
    objects = {
        f"v{n}": Raw(f"[createObject('a', parameters('v{n - 1}'), 'b', parameters('v{n - 1}'))]") for n in range(1, 60)
    }
    assert outcome("string(parameters('v59'))", v0=1, **objects) is None


def test_each_call_of_a_lambda_counts_as_work() -> None:
    evaluator = Evaluator(parameters={}, variables={}, subscription="sub", resource_group="rg")
    evaluator.evaluate("[length(map(range(0, 1000), lambda('x', 1)))]")
    assert evaluator.spent >= 8_000
