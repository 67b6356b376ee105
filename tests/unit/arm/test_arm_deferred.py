"""What only Azure can evaluate stays an expression, in which all else is a value already; and it can be spelled."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse.arm.expressions import Evaluator, Raw
from ecluse.arm.grammar import Call
from ecluse.arm.spelling import spelled
from ecluse.errors import Code, Refused
from ecluse.jsontree import Deferred, Secret, VaultSecret
from ecluse.model.secrets import mask, secrets_of

PARAMETERS: dict[str, Any] = {
    "name": "store",
    "list": ["a", 1, None, True, -5, 1.5, [], {"k": "it's"}],
    "flag": True,
    "password": Secret("hunter2"),
    "vault": VaultSecret({"secretName": "s"}),
    "made": Raw("[newGuid()]"),
    "made too": Raw("[newGuid()]"),
    "account": Raw("[concat('st', uniqueString(resourceGroup().id))]"),
    "inside": Raw({"keys": ["[listKeys('x', '1')]", "plain"]}),
}
LIST = "createArray('a', 1, null(), true(), -5, json('1.5'), json('[]'), createObject('k', 'it''s'))"
RG = "/subscriptions/sub/resourceGroups/rg"


def evaluated(text: str, **more: Any) -> Any:
    evaluator = Evaluator(parameters=PARAMETERS | more, variables={}, subscription="sub", resource_group="rg")
    return evaluator.evaluate({"x": f"[{text}]"})["x"]


def waiting(text: str, **more: Any) -> Deferred:
    value = evaluated(text, **more)
    assert isinstance(value, Deferred), value
    return value


def quoted(secret: str) -> str:
    return "'" + secret.replace("'", "''") + "'"


def spell(value: Deferred, instead: str) -> str:
    return spelled(value, lambda _: instead, lambda _call, text: text[1:-1])


@pytest.mark.parametrize(
    ("text", "left", "function"),
    [
        (
            "listKeys(resourceId('A.B/c', parameters('name')), '2019-06-01').keys[0].value",
            f"[listKeys('{RG}/providers/A.B/c/store', '2019-06-01').keys[0].value]",
            "listKeys",
        ),
        (
            "concat('it''s ', toUpper(parameters('name')), uniqueString(resourceGroup().id))",
            f"[concat('it''s ', 'STORE', uniqueString('{RG}'))]",
            "uniqueString",
        ),
        ("LISTSECRETS('a/b', '1')", "[LISTSECRETS('a/b', '1')]", "LISTSECRETS"),
        ("listWhatever('a/b', '1', 'x').y", "[listWhatever('a/b', '1', 'x').y]", "listWhatever"),
        ("reference('a/b', '1').x['y z'][0]", "[reference('a/b', '1').x['y z'][0]]", "reference"),
        ("resourceGroup().location", "[resourceGroup().location]", "resourceGroup"),
        ("resourceGroup().tags['env']", "[resourceGroup().tags['env']]", "resourceGroup"),
        ("toLower(subscription().tenantId)", "[toLower(subscription().tenantId)]", "subscription"),
        ("environment().suffixes.storage", "[environment().suffixes.storage]", "environment"),
        ("parameters('account')", f"[concat('st', uniqueString('{RG}'))]", "uniqueString"),
        ("concat(parameters('account'), '!')", f"[concat(concat('st', uniqueString('{RG}')), '!')]", "uniqueString"),
        (
            "createArray(parameters('list'), guid('x'))",
            f"[createArray({LIST}, guid('x'))]",
            "guid",
        ),
        ("string(parameters('inside'))", "[string(createObject('keys', createArray(listKeys('x', '1'), 'plain')))]", 0),
        ("if(parameters('flag'), guid('x'), guid(parameters('nobody')))", "[guid('x')]", "guid"),
        ("if(equals(guid('x'), 'y'), parameters('name'), 1)", "[if(equals(guid('x'), 'y'), 'store', 1)]", "guid"),
        ("coalesce(null(), reference('a').x, 'z')", "[coalesce(null(), reference('a').x, 'z')]", "reference"),
        ("parameters('list')[length(guid('x'))]", None, "guid"),
        ("concat('p-', parameters('password'), guid('x'))", "[concat('p-', ***, guid('x'))]", "guid"),
        ("utcNow('d')", "[utcNow('d')]", "utcNow"),
        (
            "map(createArray('a'), lambda('x', concat(parameters('name'), guid(lambdaVariables('x')))))",
            "[map(createArray('a'), lambda('x', concat('store', guid(lambdaVariables('x')))))]",
            "guid",
        ),
        (
            "filter(createArray(guid('a')), lambda('x', equals(lambdaVariables('x'), parameters('name'))))",
            "[filter(createArray(guid('a')), lambda('x', equals(lambdaVariables('x'), 'store')))]",
            "guid",
        ),
    ],
)
def test_what_azure_has_to_evaluate_stays_with_all_else_filled_in(text: str, left: str | None, function: Any) -> None:
    value = waiting(text)
    assert left is None or str(value) == left
    assert not function or value.function == function


def test_a_place_within_a_value_is_left_alone() -> None:
    tree = evaluated("parameters('inside')")
    assert isinstance(tree["keys"][0], Deferred)
    assert tree["keys"][1] == "plain"
    assert evaluated("parameters('inside').keys[1]") == "plain"
    assert type(evaluated("parameters('inside').keys[1]")) is str


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("nobodysFunction(guid('x'))", Code.ARM_FUNCTION, "nobodysFunction"),
        ("guid(parameters('vault'))", Code.ARM_EXPRESSION, "Key Vault"),
        ("concat(guid('x'), parameters('vault'))", Code.ARM_EXPRESSION, "Key Vault"),
        ("if(equals(guid('x'), ''), parameters('vault'), '')", Code.ARM_EXPRESSION, "Key Vault"),
        ("createArray(parameters('vault'))[length(guid('x'))]", Code.ARM_EXPRESSION, "Key Vault"),
        ("utcNow(guid('x'))", Code.ARM_EXPRESSION, "utcNow does not take such an argument"),
        ("utcNow(parameters('password'))", Code.ARM_EXPRESSION, "utcNow does not take such an argument"),
        ("guid(lambda('x', 1))", Code.ARM_EXPRESSION, "guid does not take such an argument"),
        ("concat(guid('x'))[parameters('flag')]", Code.ARM_EXPRESSION, "indexed by bool"),
        ("concat(guid('x'), parameters('long'))", Code.ARM_EXPRESSION, "24576 characters"),
    ],
)
def test_what_could_not_be_sent_is_refused(text: str, code: Code, said: str) -> None:
    with pytest.raises(Refused) as refused:
        evaluated(text, long="x" * 30_000)
    (problem,) = refused.value.problems
    assert problem.code is code
    assert said in problem.message


def test_a_name_that_only_azure_knows_is_refused() -> None:
    evaluator = Evaluator(parameters={}, variables={}, subscription="s", resource_group="g")
    with pytest.raises(Refused) as refused:
        evaluator.evaluate({"[uniqueString('x')]": 1})
    assert refused.value.problems[0].code is Code.ARM_FUNCTION
    assert "uniqueString" in refused.value.problems[0].message


@pytest.mark.parametrize("levels", [60, 3000])
def test_expressions_in_expressions_do_not_grow_without_end(levels: int) -> None:
    chain = {f"v{n}": Raw(f"[concat(parameters('v{n - 1}'), '')]") for n in range(1, levels)}
    doubling = {f"d{n}": Raw(f"[concat(parameters('d{n - 1}'), parameters('d{n - 1}'))]") for n in range(1, levels)}
    for text in (f"parameters('v{levels - 1}')", f"parameters('d{levels - 1}')"):
        with pytest.raises(Refused):
            evaluated(text, v0=Raw("[guid('x')]"), d0=Raw("[guid('x')]"), **chain, **doubling)


def test_no_secret_is_shown_and_all_of_them_are_known() -> None:
    text = "concat('Server=x;Password=', parameters('password'), guid('x'))"
    value = waiting(text)
    body = {"typeProperties": {"connectionString": value, "other": [value]}}
    assert "hunter2" not in repr(body) + str(mask(body)) + str(value) + value.veiled
    assert set(secrets_of(body)) == {"hunter2"}
    assert spell(value, "parameters('secret3')") == ("[concat('Server=x;Password=', parameters('secret3'), guid('x'))]")


def test_a_connection_string_in_clear_goes_as_a_secret() -> None:
    value = waiting("concat('Server=x;Password=hunter2;Key=', guid('x'))")
    assert str(value) == "[concat(***, guid('x'))]"
    assert value.secrets == ("Server=x;Password=hunter2;Key=",)


def test_where_a_text_would_be_secret_no_text_of_the_expression_is_shown() -> None:
    value = waiting("concat('in clear', guid('x'))")
    assert mask({"accountKey": value, "note": value}) == {
        "accountKey": "[concat('***', guid('***'))]",
        "note": "[concat('in clear', guid('x'))]",
    }


def test_what_stands_in_a_parameters_default_only_is_one_value_wherever_it_is_used() -> None:
    evaluator = Evaluator(parameters=PARAMETERS, variables={}, subscription="s", resource_group="g")
    one, same, other, too = evaluator.evaluate(
        [
            "[concat('a', parameters('made'))]",
            "[parameters('made')]",
            "[concat(newGuid(), utcNow('d'))]",
            "[parameters('made too')]",
        ]
    )
    names: dict[int, str] = {}
    defaults: dict[str, str] = {}

    def default(call: Call, text: str) -> str:
        name = names.setdefault(id(call), f"p{len(names)}")
        defaults[name] = text
        return f"parameters('{name}')"

    assert [spelled(each, str, default) for each in (one, same, other, too)] == [
        "[concat('a', parameters('p0'))]",
        "[parameters('p0')]",
        "[concat(parameters('p1'), parameters('p2'))]",
        "[parameters('p3')]",
    ]
    assert defaults == {"p0": "[newGuid()]", "p1": "[newGuid()]", "p2": "[utcNow('d')]", "p3": "[newGuid()]"}


HOLE = "uniqueString('hole')"
FILLED = "'filled'"
LITERALS = st.one_of(
    st.just("§"),
    st.text(alphabet="ab'[]{}é🚀 /,;\n", max_size=4).map(lambda text: "'" + text.replace("'", "''") + "'"),
    st.integers(-(10**17), 10**17).map(str),
    st.sampled_from(
        [f"parameters('{name}')" for name in ("name", "list", "flag", "password")]
        + ["true()", "false()", "null()", "createArray()", "createObject()", "float('1.5')"]
    ),
)
NAMES = ["concat", "createArray", "string", "toUpper", "length", "equals", "if", "coalesce", "union", "first", "take"]
EXPRESSIONS = st.recursive(
    LITERALS,
    lambda inner: st.one_of(
        st.builds(
            lambda name, parts: f"{name}({', '.join(parts)})", st.sampled_from(NAMES), st.lists(inner, max_size=3)
        ),
        st.builds("createObject('k', {}).k".format, inner),
        st.builds("createArray({0}, {1})[0]".format, inner, inner),
        st.builds("if(equals({0}, {0}), {0}, {1})".format, inner, inner),
        st.builds("map(createArray({0}), lambda('x', concat('y', string(lambdaVariables('x')))))".format, inner),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_what_is_spelled_comes_to_the_same_once_azure_has_answered(text: str) -> None:
    try:
        value = evaluated(text.replace("§", HOLE))
        wanted = evaluated(text.replace("§", FILLED))
    except Refused:
        return  # where an answer of another type would do, only Azure can say so
    if isinstance(value, Deferred):
        # What is made of a secret is a secret with a parameter of its own: here its text stands for that parameter.
        left = spelled(value, quoted, lambda _call, text: text[1:-1])[1:-1]
        assert HOLE in left
        value = evaluated(left.replace(HOLE, FILLED))
    assert value == wanted
