import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse.jsontree import (
    ABSENT,
    Missing,
    Secret,
    differences,
    equal,
    get,
    identical,
    leaves,
    rebuild,
    remove,
    replace,
    spell,
)

TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(TREES)
def test_a_tree_equals_its_copy_and_differs_nowhere_from_it(tree: Any) -> None:
    assert equal(tree, copy.deepcopy(tree))
    assert list(differences(tree, copy.deepcopy(tree))) == []


@given(TREES)
def test_every_leaf_stands_where_its_path_says(tree: Any) -> None:
    assert all(get(tree, path) is value or get(tree, path) == value for path, value in leaves(tree))


@given(TREES, TREES, st.data())
def test_replace_changes_one_place_and_not_its_input(tree: Any, value: Any, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([path for path, _ in leaves(tree)]))
    before = json.dumps(tree)
    changed = replace(tree, path, value)
    assert json.dumps(tree) == before
    assert equal(get(changed, path), value)


@given(TREES, st.data())
def test_remove_takes_out_one_place_and_not_from_its_input(tree: Any, data: st.DataObject) -> None:
    paths = [path for path, _ in leaves(tree) if path]
    if paths:
        path, before = data.draw(st.sampled_from(paths)), json.dumps(tree)
        assert len(json.dumps(remove(tree, path))) < len(before)
        assert json.dumps(tree) == before


@given(TREES)
def test_rebuild_with_the_same_values_gives_an_equal_tree(tree: Any) -> None:
    assert equal(rebuild(tree, lambda _, value: value), tree)


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (0, False), ("1", 1), (None, False), ([], {}), ({"a": 1}, {"A": 1})]
)
def test_what_json_tells_apart_is_not_equal(one: Any, other: Any) -> None:
    assert not equal(one, other)


@pytest.mark.parametrize("path", [("a", 5), ("a", "b"), ("x",), ("a", 0, "y")])
def test_what_is_not_there_is_absent_and_can_not_be_removed(path: tuple[Any, ...]) -> None:
    assert get({"a": [1]}, path) is ABSENT
    with pytest.raises(KeyError):
        remove({"a": [1]}, path)


@pytest.mark.parametrize(("path", "value"), [(("a", 3), 1), (("a", 0, "b"), 1), (("s", "t"), 1)])
def test_replace_goes_through_no_scalar_and_past_no_end(path: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(KeyError):
        replace({"a": [1], "s": "text"}, path, value)


def test_replace_makes_parents_and_appends() -> None:
    assert replace({"a": [1]}, ("b", "c"), 2) == {"a": [1], "b": {"c": 2}}
    assert replace({"a": [1]}, ("a", 1), 2) == {"a": [1, 2]}


def test_secrets_and_missing_values_do_not_show_themselves() -> None:
    assert "s3cret" not in repr({"a": Secret("s3cret")})
    assert repr(Missing("LS_key", secure=True)) == "Missing(LS_key)"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), "$"),
        (("a", 0, "b-c"), "a[0].b-c"),
        (("GP.Int",), "['GP.Int']"),
        (("a", "x y"), "a['x y']"),
        (("it's",), """["it's"]"""),
    ],
)
def test_paths_are_spelled_as_users_write_them(path: tuple[Any, ...], text: str) -> None:
    assert spell(path) == text


def test_identical_trees_are_equal_and_have_the_same_types() -> None:
    tree = {"a": [1, {"b": None}], "c": "x"}
    assert identical(tree, {"c": "x", "a": [1, {"b": None}]})
    others: list[Any] = [
        {**tree, "a": [True, {"b": None}]},
        {**tree, "a": [1.0, {"b": None}]},
        {**tree, "a": [1, {"d": None}]},
        {**tree, "a": [1]},
        {**tree, "c": Secret("x")},
        {**tree, "d": 1},
        [],
    ]
    assert not any(identical(tree, other) or identical(other, tree) for other in others)


@given(TREES, TREES)
def test_what_is_identical_is_equal(one: Any, other: Any) -> None:
    assert identical(one, one)
    assert not identical(one, other) or equal(one, other)
