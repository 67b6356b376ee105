"""The template language: the little that is known is evaluated as Resource Manager does, the rest is refused."""

from typing import Any

import pytest

from ecluse_sandbox.arm_expressions import ExpressionError, Scope, evaluate_text, evaluate_tree

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
        "[toLower('A')]",
        "[resourceId('x')]",
        "[format('{3}', 'a')]",
        "[concat('" + "x" * 25_000 + "')]",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate_text(text, SCOPE)


def test_property_names_are_evaluated_too() -> None:
    tree = {"[concat('a', 'b')]": [{"[[k]": "[[v]"}], "n": 1}

    assert evaluate_tree(tree, SCOPE) == {"ab": [{"[k]": "[v]"}], "n": 1}
