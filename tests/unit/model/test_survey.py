"""One look at a body tells all stages where it is more than plain JSON."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ecluse.jsontree import Missing, Secret, VaultSecret, get, walk
from ecluse.model.objects import AdfObject, ref
from ecluse.model.secrets import is_secret, secrets_of
from ecluse.model.survey import survey

NAMES = st.sampled_from(
    [
        "type",
        "value",
        "defaultValue",
        "Value",
        "password",
        "url",
        "connectionString",
        "x",
        "[password]",
        "referenceName",
    ]
)
TEXTS = st.sampled_from(
    ["", "plain", "SecureString", "Expression", "@pipeline().x", "[x]", "Server=s;Password=p", "https://h/?sig=abc"]
) | st.sampled_from([Secret("s"), Missing("p", secure=True), Missing("q", secure=False), VaultSecret({})])
TREES = st.recursive(
    TEXTS | st.integers(0, 2) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)
BODIES = st.dictionaries(NAMES, TREES, max_size=4)


@given(BODIES)
def test_what_is_withheld_is_every_secret_and_every_text_that_is_more_than_its_characters(body: dict[str, Any]) -> None:
    expected = {
        path
        for path, leaf in walk(body)
        if isinstance(leaf, str) and (type(leaf) is not str or is_secret(path, leaf, get(body, path[:-1])))
    }
    found = survey(body).withheld
    assert {path for path, _ in found} == expected
    assert all(get(body, path) is value for path, value in found)


@given(BODIES)
def test_every_object_with_a_reference_name_is_a_pointer(body: dict[str, Any]) -> None:
    expected = [path for path, node in walk(body) if isinstance(node, dict) and "referenceName" in node]
    assert sorted((path for path, _ in survey(body).pointers), key=str) == sorted(expected, key=str)


@given(BODIES)
def test_a_body_is_bracketed_when_a_plain_text_or_a_name_begins_with_a_bracket(body: dict[str, Any]) -> None:
    nodes = [node for _, node in walk(body)]
    texts = [node for node in nodes if type(node) is str]
    names = [name for node in nodes if isinstance(node, dict) for name in node]
    assert survey(body).bracketed == any(text.startswith("[") for text in (*texts, *names))


def test_nobody_looks_deeper_than_a_tree_may_be() -> None:
    body: dict[str, Any] = {}
    for _ in range(2000):
        body = {"x": [body]}
    assert survey(body).deep
    assert not survey({"x": [{}]}).deep


@given(BODIES)
def test_an_objects_secrets_are_those_of_its_body(body: dict[str, Any]) -> None:
    assert sorted(AdfObject(ref("pipeline", "P"), body).secrets) == sorted(secrets_of(body))
