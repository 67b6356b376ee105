"""The template language: the little that is known is evaluated as Resource Manager does, the rest is refused."""

import re
from dataclasses import replace
from typing import Any

import pytest

from ecluse_sandbox.answers import Refusal
from ecluse_sandbox.arm_expressions import ExpressionError, Scope, evaluate_text, evaluate_tree
from ecluse_sandbox.masking import Secure

SCOPE = Scope({"one": "1", "list": [1, 2], "deep": {"Key": ["x"]}}, lambda name: f"<{name}>", "sub", "rg")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("[[x]", "[x]"),
        ("[[x] y", "[[x] y"),
        ("[x", "[x"),
        ("[[[x]]", "[[x]]"),
        ("[parameters('ONE')]", "1"),
        ("[variables('v')]", "<v>"),
        ("[concat('a', 'it''s', 3, -4)]", "ait's3-4"),
        ("[concat(parameters('list'), parameters('list'))]", [1, 2, 1, 2]),
        ("[parameters('deep').key[0]]", "x"),
        ("[ concat ( 'a' , concat('b') ) ]", "ab"),
        ("[format('{0}/{1}-{{x}}', 'a', 2)]", "a/2-{x}"),
        ("[resourceId('N/a', 'x')]", "/subscriptions/sub/resourceGroups/rg/providers/N/a/x"),
        ("[resourceId('g', 'N/a/b', 'x', 'y')]", "/subscriptions/sub/resourceGroups/g/providers/N/a/x/b/y"),
        ("[resourceId('s', 'g', 'N/a', 'x')]", "/subscriptions/s/resourceGroups/g/providers/N/a/x"),
        ("[array(parameters('one'))]", ["1"]),
        ("[array(parameters('list'))]", [1, 2]),
        ("[subscription().subscriptionId]", "sub"),
        ("[if(equals(length('abc'), 3), toUpper('a'), null())]", "A"),
        ("[createObject('k', createArray(1, true(), json('1.5')))]", {"k": [1, True, 1.5]}),
    ],
)
def test_an_expression_has_this_value(text: str, value: Any) -> None:
    assert evaluate_text(text, SCOPE) == value


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "[x]",
        "['a' 'b']",
        "[concat('a']",
        "[concat('a')]]",
        "[parameters()]",
        "[parameters('gone')]",
        "[parameters('deep').gone]",
        "[parameters('list')[9]]",
        "[toLower('A', 'B')]",
        "[toLower(1)]",
        "[sort('A')]",
        "[newGuid()]",
        "[concat('a', utcNow('d'))]",
        "[parameters(uniqueString('a'))]",
        "[resourceId('x')]",
        "[format('{3}', 'a')]",
        "[concat('" + "x" * 25_000 + "')]",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate_text(text, SCOPE)


def test_a_default_may_ask_for_the_time_and_a_new_guid() -> None:
    scope = replace(SCOPE, in_default=True)
    one, other = (evaluate_text("[newGuid()]", scope) for _ in range(2))
    assert len(one) == len(other) == 36
    assert one != other
    assert re.fullmatch(r"\d{8}T\d{6}Z", evaluate_text("[utcNow()]", scope))


def test_what_lies_elsewhere_gives_the_same_answer_to_the_same_question() -> None:
    store = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/st"
    key = evaluate_text(f"[concat('AccountKey=', listKeys('{store}', '2019-06-01').keys[0].value)]", SCOPE)
    again, other = (
        evaluate_text(f"[concat('AccountKey=', LISTKEYS('{store}', '2019-06-01').keys[{at}].value)]", SCOPE)
        for at in (0, 1)
    )
    assert key == again != other
    assert isinstance(key, Secure)
    assert type(evaluate_text(f"[reference('{store}', '2019-06-01').primaryEndpoints.blob]", SCOPE)) is str
    assert len({evaluate_text(f"[guid('{name}')]", SCOPE) for name in "aab"}) == 2


@pytest.mark.parametrize("text", ["[listKeys('st', '2019-06-01')]", "[reference('st')]"])
def test_what_lies_elsewhere_is_named_by_its_id(text: str) -> None:
    with pytest.raises(Refusal, match="HTTP 501"):
        evaluate_text(text, SCOPE)


def test_property_names_are_evaluated_too() -> None:
    tree = {"[concat('a', 'b')]": [{"[[k]": "[[v]"}], "n": 1}

    assert evaluate_tree(tree, SCOPE) == {"ab": [{"[k]": "[v]"}], "n": 1}
