"""Section 5 of the configuration contract: what a JSON configuration holds."""

import json
from pathlib import Path
from typing import Any

import pytest

from ecluse.configure.configure import Configured, configure
from ecluse.configure.override import Configuration, OverrideAction
from ecluse.configure.tokens import Variables
from ecluse.errors import Code, Refused
from ecluse.model.objects import Factory
from ecluse.sources.overrides_json import read_overrides_json
from tests.factories import at, factory, pipeline, schedule, thing

UPDATE, ADD, REMOVE = OverrideAction.UPDATE, OverrideAction.ADD, OverrideAction.REMOVE


def read(folder: Path, text: Any) -> Configuration:
    file = folder / "config-uat.json"
    file.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return read_overrides_json(file)


def change(**entry: Any) -> dict[str, Any]:
    """A change with all that it must have, unless the test says otherwise."""
    return {"name": "typeProperties.url", "value": "uat", **entry}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (change(), (UPDATE, "typeProperties.url", "uat", False)),
        (change(name="$.properties.a"), (UPDATE, "$.properties.a", "uat", False)),
        (change(action="add"), (ADD, "typeProperties.url", "uat", False)),
        (change(action="Remove"), (REMOVE, "typeProperties.url", "uat", False)),
        ({"name": "a", "action": "remove"}, (REMOVE, "a", "", False)),
        (change(name="+a"), (ADD, "a", "uat", False)),
        (change(name="-a", action="remove"), (REMOVE, "a", "uat", False)),
        (change(name="a?"), (UPDATE, "a", "uat", True)),
        ({"Name": "a", "VALUE": "b"}, (UPDATE, "a", "b", False)),
        (change(value=5), (UPDATE, "typeProperties.url", "5", False)),
        (change(value=1.5), (UPDATE, "typeProperties.url", "1.5", False)),
        (change(value=True), (UPDATE, "typeProperties.url", "true", False)),
        (change(value=None), (UPDATE, "typeProperties.url", "null:", False)),
        (change(value=""), (UPDATE, "typeProperties.url", "", False)),
        (change(value={"a": ["é"]}), (UPDATE, "typeProperties.url", 'json:{"a": ["é"]}', False)),
        (change(value=[1]), (UPDATE, "typeProperties.url", "json:[1]", False)),
    ],
)
def test_a_change_is_a_row(tmp_path: Path, entry: Any, expected: tuple[object, ...]) -> None:
    (row,) = read(tmp_path, {"LS": [entry]}).overrides
    assert (row.action, row.path, row.value, row.optional) == expected
    assert (row.name, row.type) == ("LS", "")


def test_each_row_has_its_line_and_one_change_needs_no_list(tmp_path: Path) -> None:
    text = """{
      "LS_A": [
        {"name": "a", "value": "1"},
        {"name": "b",
         "value": "2"}
      ],
      "LS_B": {"name": "c", "value": "3"}
    }"""
    assert [(row.name, row.path, row.origin.line) for row in read(tmp_path, text).overrides] == [
        ("LS_A", "a", 3),
        ("LS_A", "b", 4),
        ("LS_B", "c", 7),
    ]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("text", "a change is an object with a name (the path) and a value"),
        ({"name": "a"}, "a change needs a value, unless its action is remove"),
        ({"value": "a"}, "a change needs a name: the path of what it changes"),
        (change(action="replace"), "there is no action replace"),
        (change(action=1), "the action of a change is a text"),
        (change(name="-a", action="add"), "the sign of the path says remove, and the action says add"),
        ({"name": "a", "value": "b", "Value": "c"}, "a change has a key twice, in upper and lower case"),
        (change(path="a"), "a change has no path; it has name, value, action, type"),
    ],
)
def test_a_change_that_can_not_be_read_is_a_problem_with_its_line_and_the_others_are_read(
    tmp_path: Path, entry: Any, said: str
) -> None:
    config = read(tmp_path, '{"LS": [\n' + json.dumps(entry) + ',\n{"name": "a", "value": "b"}]}')
    assert [(each.message, each.where and each.where.line, each.subject) for each in config.problems] == [
        (said, 2, "LS")
    ]
    assert len(config.overrides) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "a configuration in JSON is an object"),
        ("", "invalid JSON"),
        ('{"a": [}', "invalid JSON"),
        ('{"a": [], "a": []}', 'the key "a" occurs twice'),
        ("[" * 2000 + "]" * 2000, "nested deeper than 150 levels"),
        ('{"a": [{"name": "x", "value": ' + "[" * 2000 + "]" * 2000 + "}]}", "nested deeper than 150 levels"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read(tmp_path, text)


def test_a_configuration_without_changes_is_a_warning(tmp_path: Path) -> None:
    assert [each.message for each in read(tmp_path, {"LS": []}).notices] == ["the configuration holds no rows"]


# --- what a name without a type means --------------------------------------------------------------------------------


def sample() -> Factory:
    return factory(
        thing("linkedService.LS", {"typeProperties": {"url": "dev", "n": 1, "o": {"a": 1}}}),
        thing("linkedService.Both", {"typeProperties": {"url": "dev"}}),
        thing("dataset.Both", {"typeProperties": {"url": "dev"}}),
        pipeline("PL_A", description="dev"),
        pipeline("PL_B", description="dev"),
        schedule("TR", "PL_A"),
        name="adf-dev",
    )


def applied(folder: Path, tree: Any) -> Configured:
    return configure(sample(), read(folder, tree), Variables())


def test_a_name_means_the_object_of_whichever_kind_has_it(tmp_path: Path) -> None:
    done = applied(
        tmp_path,
        {
            "ls": [change(), change(name="typeProperties.n", value=2), change(name="typeProperties.o", value={"b": 2})],
            "PL_*": [change(name="description")],
            "TR": [change(name="runtimeState", value="Started")],
            "adf-dev": [
                change(name="+globalParameters.env.type", value="string"),
                change(name="+globalParameters.env.value", value="uat"),
            ],
        },
    )
    objects = done.factory.objects
    assert objects[at("linkedService.LS")].properties["typeProperties"] == {"url": "uat", "n": 2, "o": {"b": 2}}
    assert [objects[at(f"pipeline.PL_{each}")].properties["description"] for each in "AB"] == ["uat", "uat"]
    assert done.wishes == {at("trigger.TR"): True}
    assert objects[at("globalParameters.default")].properties == {"env": {"type": "string", "value": "uat"}}


def test_a_name_of_several_kinds_is_ambiguous_and_a_type_resolves_it(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        applied(tmp_path, {"Both": [change()]})
    (problem,) = refused.value.problems
    assert str(problem).endswith(
        "config-uat.json:1  Both: path typeProperties.url: Both may be a linkedService or a dataset"
    )
    assert problem.code is Code.CONFIG_AMBIGUOUS
    assert '`"type": "linkedService"` beside `"name"`' in problem.remedy
    done = applied(tmp_path, {"Both": [change(type="dataset")]})
    assert [str(each.ref) for each in done.applied] == ["dataset.Both"]
    with pytest.raises(Refused, match=r"\* may be a "):
        applied(tmp_path, {"*": [change()]})


def test_a_name_that_nothing_has_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no object has the name LS_X; nearest is LS"):
        applied(tmp_path, {"LS_X": [change()]})
