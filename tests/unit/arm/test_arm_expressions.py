"""What the expressions of templates come to, and that none of them brings the evaluator down."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse.arm.expressions import Evaluator, Raw
from ecluse.arm.functions import FUNCTIONS
from ecluse.errors import Code, Problem, Refused
from ecluse.jsontree import Missing, Secret, VaultSecret

PARAMETERS = {
    "factoryname": "adf-uat",
    "with space": "yes",
    "list": ["a", {"b": 1}],
    "object": {"Name": "n", "name": "exact", "deep": {"list": [1, 2]}},
    "number": 7,
    "flag": True,
    "nothing": None,
    "password": Secret("hunter2"),
    "login": {"password": Secret("hunter2")},
    "unset": Missing("unset", secure=True),
    "vault": VaultSecret({"secretName": "s"}),
    "default": Raw("[concat(parameters('factoryName'), '-', variables('suffix'))]"),
    "ring": Raw("[parameters('ring2')]"),
    "ring2": Raw({"inside": ["[parameters('ring')]"]}),
    "broken": Raw("[nonsense()]"),
}
VARIABLES = {
    "suffix": Raw("v"),
    "factoryid": Raw("[concat('Microsoft.DataFactory/factories/', parameters('factoryName'))]"),
}


def evaluator(**more: Any) -> Evaluator:
    return Evaluator(
        parameters=PARAMETERS | more,
        variables=VARIABLES,
        subscription="sub",
        resource_group="rg",
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("[parameters('factoryName')]", "adf-uat"),
        ("[PARAMETERS('FACTORYNAME')]", "adf-uat"),
        ("[concat(parameters('factoryName'), '/PL_Load')]", "adf-uat/PL_Load"),
        ("[ concat ( 'a' ,\n\t'b' ) ]", "ab"),
        ("[concat('it''s', '')]", "it's"),
        ("['(a), [b].c']", "(a), [b].c"),
        ("[concat('a', 1, true_is_no_call)]", Code.ARM_EXPRESSION),
        ("[concat('vm', 3, parameters('flag'))]", "vm3True"),
        ("[concat()]", ""),
        ("[concat(parameters('list'), parameters('list'))]", ["a", {"b": 1}, "a", {"b": 1}]),
        ("[-5]", -5),
        ("[parameters('number')]", 7),
        ("[parameters('with space')]", "yes"),
        ("[parameters('default')]", "adf-uat-v"),
        ("[parameters('list')[0]]", "a"),
        ("[parameters('list')[1].b]", 1),
        ("[parameters('object').deep.list[1]]", 2),
        ("[parameters('object')['deep']['LIST'][0]]", 1),
        ("[parameters('object').name]", "exact"),
        ("[concat(variables('factoryId'), '/pipelines/P')]", "Microsoft.DataFactory/factories/adf-uat/pipelines/P"),
        ("[format('{0}/{1}', parameters('factoryName'), 'DS')]", "adf-uat/DS"),
        ("[format('{{{0}}} {1}{1}', 'x', 2)]", "{x} 22"),
        (
            "[resourceId('Microsoft.DataFactory/factories', parameters('factoryName'))]",
            "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.DataFactory/factories/adf-uat",
        ),
        (
            "[resourceId('other', 'Microsoft.DataFactory/factories/pipelines', 'f', 'p')]",
            "/subscriptions/sub/resourceGroups/other/providers/Microsoft.DataFactory/factories/f/pipelines/p",
        ),
        (
            "[resourceId('s2', 'g2', 'A.B/c', 'd')]",
            "/subscriptions/s2/resourceGroups/g2/providers/A.B/c/d",
        ),
        # Brackets that are no expression.
        ("[[parameters('x')]", "[parameters('x')]"),
        ("[[x]]", "[x]]"),
        ("[[[x]", "[[x]"),
        ("[x", "[x"),
        ("[[x", "[[x"),
        ("x]", "x]"),
        (" [x]", " [x]"),
        ("[", "["),
    ],
)
def test_an_expression_comes_to_its_value(text: str, value: Any) -> None:
    if isinstance(value, Code):
        with pytest.raises(Refused) as refused:
            evaluator().evaluate(text)
        assert refused.value.problems[0].code is value
    else:
        result = evaluator().evaluate(text)
        assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("[]", Code.ARM_EXPRESSION, "expected a function"),
        ("[unknownThing('x')]", Code.ARM_FUNCTION, "unknownThing"),
        ("[concat('a']", Code.ARM_EXPRESSION, "expected ','"),
        ("[concat('a' 'b')]", Code.ARM_EXPRESSION, "expected ','"),
        ("[concat('a')) ]", Code.ARM_EXPRESSION, "expected the end"),
        ("['open]", Code.ARM_EXPRESSION, "can't read"),
        ("[parameters('x').]", Code.ARM_EXPRESSION, "name of a member"),
        ("[parameters()]", Code.ARM_EXPRESSION, "does not take 0"),
        ("[parameters('a', 'b')]", Code.ARM_EXPRESSION, "does not take 2"),
        ("[parameters(1)]", Code.ARM_EXPRESSION, "not int"),
        ("[parameters('nobody')]", Code.ARM_EXPRESSION, "no parameter 'nobody'"),
        ("[variables('nobody')]", Code.ARM_EXPRESSION, "no variable 'nobody'"),
        ("[parameters('list')[9]]", Code.ARM_EXPRESSION, "no item 9"),
        ("[parameters('list')[parameters('flag')]]", Code.ARM_EXPRESSION, "indexed by bool"),
        ("[parameters('number').x]", Code.ARM_EXPRESSION, "int has no member"),
        ("[parameters('object').other]", Code.ARM_EXPRESSION, "no member 'other'"),
        ("[concat('a', parameters('list'))]", Code.ARM_EXPRESSION, "takes no array"),
        ("[concat('a', parameters('nothing'))]", Code.ARM_EXPRESSION, "takes no null"),
        ("[format('{1}', 'a')]", Code.ARM_EXPRESSION, "no value for {1}"),
        ("[format('{0:P2}', 1)]", Code.ARM_EXPRESSION, "does not know {:P2}"),
        ("[resourceId('no type', 'x')]", Code.ARM_EXPRESSION, "resource type"),
        ("[resourceId('A.B/c/d', 'only one')]", Code.ARM_EXPRESSION, "2 name(s)"),
        ("[parameters('ring')]", Code.ARM_EXPRESSION, "refers to itself"),
        ("[parameters('broken')]", Code.ARM_FUNCTION, "parameter 'broken'"),
        ("[concat('x', parameters('vault'))]", Code.ARM_EXPRESSION, "whole value"),
        ("[parameters('vault').x]", Code.ARM_EXPRESSION, "whole value"),
        ("[" + "concat(" * 60 + "'x'" + ")" * 60 + "]", Code.ARM_EXPRESSION, "nested deeper"),
        ("[parameters('list')" + "[0]" * 5000 + "]", Code.ARM_EXPRESSION, "accesses"),
        ("[concat('" + "x" * 25_000 + "')]", Code.ARM_EXPRESSION, "longer than"),
        ("[" + "9" * 5000 + "]", Code.ARM_EXPRESSION, "can't read"),
        ("[" + "'" * 5001 + "]", Code.ARM_EXPRESSION, ""),
    ],
)
def test_a_bad_expression_is_refused_with_its_text(text: str, code: Code, said: str) -> None:
    with pytest.raises(Refused) as refused:
        evaluator().evaluate({"typeProperties": [text]})
    (problem,) = refused.value.problems
    assert problem.code is code
    assert said in problem.message
    assert problem.message.startswith(("`typeProperties[0]`: ", "parameter "))
    assert len(problem.message) < 400
    assert problem.remedy


def test_all_places_of_a_tree_are_told_together_and_a_broken_parameter_once() -> None:
    tree = {"a": "[one()]", "b": ["[two()]", "fine"], "c": "[parameters('broken')]", "d": "[parameters('broken')]"}
    with pytest.raises(Refused) as refused:
        evaluator().evaluate(tree)
    assert [problem.message.split("function ")[1].split()[0] for problem in refused.value.problems] == [
        "one",
        "two",
        "nonsense",
    ]


def test_a_tree_is_evaluated_in_values_and_in_property_names_and_stays_as_it_was() -> None:
    tree = {"[concat('k', 'ey')]": {"[[x]": ["[parameters('number')]", 1.5, None, True]}}
    before = repr(tree)
    assert evaluator().evaluate(tree) == {"key": {"[x]": [7, 1.5, None, True]}}
    assert repr(tree) == before


@pytest.mark.parametrize("name", ["[parameters('unset')]", "[parameters('password')]", "[parameters('list')]"])
def test_a_property_name_has_to_be_a_plain_text(name: str) -> None:
    with pytest.raises(Refused):
        evaluator().evaluate({name: 1})


def test_two_property_names_that_come_to_the_same_are_refused() -> None:
    with pytest.raises(Refused, match="same name"):
        evaluator().evaluate({"[concat('a')]": 1, "a": 2})


@pytest.mark.parametrize(
    "text",
    [
        "[parameters('password')]",
        "[concat('Server=x;Password=', parameters('password'))]",
        "[format('{0}', parameters('password'))]",
        "[parameters('login').password]",
        "[concat(parameters('login')['PASSWORD'], '')]",
        "[resourceId('A.B/c', parameters('password'))]",
    ],
)
def test_what_a_secret_goes_into_is_a_secret(text: str) -> None:
    value = evaluator().evaluate(text)
    assert isinstance(value, Secret)
    assert "hunter2" in value
    assert "hunter2" not in repr(value)


@pytest.mark.parametrize(
    "text",
    [
        "[parameters('unset')]",
        "[concat('a', parameters('unset'))]",
        "[parameters('unset').x[0]]",
        "[format('{0}', parameters('unset'))]",
    ],
)
def test_what_a_missing_value_goes_into_is_missing(text: str) -> None:
    value = evaluator().evaluate({"x": text})["x"]
    assert isinstance(value, Missing)
    assert value.parameter == "unset"
    assert value.secure


def test_a_missing_array_stays_one_until_a_text_is_made_of_it() -> None:
    waits = Missing("list", secure=False, kind="array")
    evaluator = Evaluator(parameters={"list": waits}, variables={}, subscription="s", resource_group="g")
    whole, part = evaluator.evaluate(["[parameters('list')]", "[parameters('list')[0]]"])
    assert (whole.kind, part.kind) == ("array", "string")


def test_a_vault_secret_passes_as_a_whole() -> None:
    value = evaluator().evaluate("[parameters('vault')]")
    assert isinstance(value, VaultSecret)
    assert value.reference == {"secretName": "s"}


def test_no_message_holds_a_secret() -> None:
    for text in (
        "[parameters('password').x]",
        "[parameters(parameters('password'))]",
        "[parameters('object')[parameters('password')]]",
    ):
        with pytest.raises(Refused) as refused:
            evaluator().evaluate(text)
        assert "hunter2" not in str(refused.value)


def test_a_template_that_doubles_without_end_is_stopped() -> None:
    doubling = {f"v{n}": Raw([f"[parameters('v{n - 1}')]"] * 2) for n in range(1, 60)}
    with pytest.raises(Refused, match="too big"):
        evaluator(v0="x", **doubling).evaluate("[parameters('v59')]")


def test_a_chain_of_many_parameters_is_stopped() -> None:
    chain = {f"p{n}": Raw(f"[parameters('p{n + 1}')]") for n in range(10_000)}
    with pytest.raises(Refused, match="too deeply"):
        evaluator(**chain).evaluate("[parameters('p0')]")


def test_values_within_values_cannot_grow_too_deep() -> None:
    nested: dict[str, Any] = {"p0": "x"}
    for n in range(1, 300):
        nested[f"p{n}"] = Raw([f"[parameters('p{n - 1}')]"])
    each = evaluator(**nested)
    for n in range(100):
        each.evaluate(f"[parameters('p{n}')]")
    with pytest.raises(Refused, match="nested deeper"):
        each.evaluate([f"[parameters('p{n}')]" for n in range(100, 300)])


ATOMS = st.sampled_from(
    [*FUNCTIONS, "'", "''", "(", ")", "[", "]", ",", ".", " ", "\n", "{0}", "{", "}", "/", "A.B/c", "-1", "é", "\x00"]
    + [f"parameters('{name}')" for name in PARAMETERS]
    + ["variables('factoryId')", "[0]", ".x", "['name']"]
)


def test_a_long_text_counts_each_time_it_is_used() -> None:
    tree = ["[concat(parameters('long'), 'x')]"] * 200
    with pytest.raises(Refused, match="too big"):
        evaluator(long="x" * 4_000_000).evaluate(tree)


@given(st.lists(ATOMS, max_size=25).map("".join) | st.text(max_size=60))
def test_no_expression_brings_the_evaluator_down(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        evaluator().evaluate({f"[{text}]": f"[{text}]"})
    except Refused as refused:
        problems = refused.problems
    assert all(problem.remedy and "hunter2" not in problem.message for problem in problems)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_what_adf_escapes_comes_back_as_it_was(tree: Any) -> None:
    assert evaluator().evaluate(_escaped(tree)) == tree


def _escaped(tree: Any) -> Any:
    if isinstance(tree, str):
        return f"[{tree}" if tree.startswith("[") and tree.endswith("]") else tree
    if isinstance(tree, list):
        return [_escaped(item) for item in tree]
    return {_escaped(key): _escaped(value) for key, value in tree.items()} if isinstance(tree, dict) else tree
