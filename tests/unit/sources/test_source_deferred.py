"""Where a template may hold what only Azure can evaluate, and where the value is needed now."""

import json
from pathlib import Path
from typing import Any

import pytest

from ecluse.errors import Code, Refused
from ecluse.jsontree import Deferred
from ecluse.model.objects import ref
from ecluse.sources.adf_publish import read
from ecluse.sources.loaded import Loaded
from tests.unit.sources.template_bodies import MAIN, TARGET, item, template


def load(folder: Path, content: dict[str, Any]) -> Loaded:
    (folder / MAIN).write_text(json.dumps(content))
    return read(folder, TARGET)


def test_properties_and_defaults_of_any_type_may_be_azures(tmp_path: Path) -> None:
    parameters = {
        "keys": {"type": "object", "defaultValue": "[listKeys('A.B/c', '1')]"},
        "size": {"type": "int", "maxValue": 3, "defaultValue": "[reference('A.B/c', '1').size]"},
    }
    pipeline = item("pipelines", "P", keys="[parameters('keys')]", size="[parameters('size')]")
    properties = (
        load(tmp_path, template(pipeline, parameters=parameters)).factory.objects[ref("pipeline", "P")].properties
    )
    assert (type(properties["keys"]), type(properties["size"])) == (Deferred, Deferred)


def test_a_depends_on_that_only_azure_knows_is_ignored_without_a_word(tmp_path: Path) -> None:
    pipeline = item("pipelines", "P") | {"dependsOn": ["[resourceId('A.B/c', uniqueString('x'))]"]}
    loaded = load(tmp_path, template(pipeline))
    assert loaded.notices == ()
    assert loaded.factory.objects[ref("pipeline", "P")].depends_on == ()


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"name": "[concat(parameters('factoryName'), '/P', uniqueString('x'))]"}, "its name needs uniqueString"),
        ({"condition": "[equals(reference('A.B/c').x, 1)]"}, "its `condition` needs reference"),
        ({"properties": {"[guid('x')]": 1}}, "a property's name needs guid"),
    ],
)
def test_where_the_value_is_needed_now_it_is_refused_by_name(tmp_path: Path, where: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused) as refused:
        load(tmp_path, template(item("pipelines", "P") | where))
    (problem,) = refused.value.problems
    assert problem.code is Code.ARM_FUNCTION
    assert said in problem.message
    assert problem.remedy
