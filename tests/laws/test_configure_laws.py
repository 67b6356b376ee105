"""What configure promises for every factory: its input stays, and a row changes what it names and nothing else."""

import copy
import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
from jsonpath_ng.ext.parser import parse

from ecluse.configure.configure import configure
from ecluse.configure.jsonpath import JsonPath
from ecluse.configure.override import Configuration, Override
from ecluse.configure.paths import parse_path, written
from ecluse.configure.tokens import Variables
from ecluse.errors import Refused, Where
from ecluse.jsontree import Json, Path, differences, equal, get, leaves
from ecluse.model.objects import AdfObject, Factory
from tests.laws.generated import factories

HERE = Where("config.csv", 2)


def bodies(factory: Factory) -> dict[str, Json]:
    return {str(ref): dict(each.body) for ref, each in factory.objects.items()}


def places(factory: Factory) -> list[tuple[AdfObject, Path, Json]]:
    """The leaves that rows can address in objects."""
    return [
        (each, path, leaf)
        for each in factory.objects.values()
        if each.ref.kind.word != "globalParameters"
        for path, leaf in leaves(dict(each.body))
        if len(path) > 1
    ]


@given(factories())
def test_an_empty_configuration_gives_an_equal_factory(factory: Factory) -> None:
    done = configure(factory, Configuration(), Variables())
    assert done.factory == factory
    assert (done.applied, done.notices, done.wishes) == ((), (), {})


@given(factories(), st.data())
def test_whatever_the_rows_the_source_stays_as_it_is(factory: Factory, data: st.DataObject) -> None:
    before = copy.deepcopy(bodies(factory))
    addresses = [(each.ref.kind.word, written(path)) for each, path, _ in places(factory)] or [("pipeline", "a")]
    row = st.builds(
        lambda address, name, value: Override(address[0], name, address[1], value, HERE),
        st.sampled_from(addresses),
        st.sampled_from(["*", "PL_0", "LS_?"]),
        st.sampled_from(["", "x", "5", "true", "{}", "null:", "json:[1]", "$Env:NOPE"]),
    )
    rows = data.draw(st.lists(row, max_size=5))
    with suppress(Refused):
        configure(factory, Configuration(tuple(rows)), Variables())
    assert equal(bodies(factory), before)


@given(factories(), st.data())
def test_every_leaf_is_found_where_messages_say_it_is_and_changes_alone(factory: Factory, data: st.DataObject) -> None:
    every = places(factory)
    if not every:
        return
    each, path, _ = data.draw(st.sampled_from(every))
    assert parse_path(written(path)).find(dict(each.body)) == (path,)
    row = Override(each.ref.kind.word, each.ref.name, written(path), "json:" + json.dumps(["changed"]), HERE)
    after = configure(factory, Configuration((row,)), Variables()).factory
    changed = list(differences(bodies(factory), bodies(after)))
    assert [difference.path[: len(path) + 1] for difference in changed] == [(str(each.ref), *path)]


TREES = st.recursive(
    st.sampled_from(["x", 1, None]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
STEPS = st.sampled_from([".a", ".b", ".*", "[*]", "[0]", "[0:2]", "..a", "..b", "..*", "[?(@.a)]", "[?(@.a=='x')]"])


@given(TREES, st.lists(STEPS, min_size=1, max_size=4).map("".join))
def test_a_jsonpath_means_what_its_library_says(tree: Json, steps: str) -> None:
    expected = {id(each.value) for each in parse(f"${steps}").find(tree) if isinstance(each.value, (dict, list))}
    found = JsonPath(f"${steps}").find(tree)
    assert len(set(found)) == len(found)
    assert {id(node) for path in found if isinstance(node := get(tree, path), (dict, list))} == expected
