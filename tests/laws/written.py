"""A factory in both forms: folders of JSON as Data Factory Studio keeps them, and the template that it exports of them.

Known from pairs of a collaboration branch and the template that was published of it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecluse.jsontree import Secret
from ecluse.model.objects import AdfObject, Factory
from tests.stories import template

_FACTORY = "adf-dev"
_PARAMETERISED = {"linkedService": ("url",), "trigger": ("scope",)}
"""The properties that the export makes a parameter of, in the objects of these tests."""

_ADDED: Mapping[str, dict[str, Any]] = {
    "pipeline": {"policy": {"elapsedTimeMetric": {}, "cancelAfter": {}}},
    "integrationRuntime": {"typeProperties": {}},
    "dataset": {"typeProperties": {}, "schema": {}},
}
"""What it adds to an object of a kind."""

_GIVEN_PARAMETERS = ("DatasetReference", "LinkedServiceReference")
"""References that it adds parameters to; those of a pipeline stand beside the reference."""


def as_folder(factory: Factory, root: Path) -> Path:
    """The folder `root` with a file for each object; its global parameters are in the factory's own."""
    body: dict[str, Any] = {"name": _FACTORY, "location": "westeurope", "properties": {}}
    for at, each in factory.objects.items():
        if at.kind.word == "globalParameters":
            body["properties"]["globalParameters"] = each.properties
            continue
        added = {"lastPublishTime": "2026-01-01T00:00:00Z"} if at.kind.word == "pipeline" else {}
        _write(root / at.kind.folder / f"{at.name}.json", {**each.body, "properties": {**each.properties, **added}})
    _write(root / "factory" / f"{_FACTORY}.json", body)
    return root


def as_template(factory: Factory, root: Path) -> tuple[Path, Path]:
    """The template of the factory in the folder `root`, and the parameter file that a stage's secrets are given in."""
    export = _Export()
    resources = [export.resource(each, factory) for each in factory.objects.values() if each.properties]
    path = template.write(root, *resources, parameters=export.declared)
    values = root / "parameters.json"
    _write(values, {"parameters": {name: {"value": value} for name, value in export.secrets.items()}})
    return path, values


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent="\t"), encoding="utf-8")


class _Export:
    """What ADF does on export, and the parameters that it makes on the way."""

    def __init__(self) -> None:
        self.declared: dict[str, Any] = {}
        self.secrets: dict[str, str] = {}

    def resource(self, each: AdfObject, factory: Factory) -> dict[str, Any]:
        """One object; what it depends on is spelled as it names itself."""
        needs = [str(factory.objects[at].ref) for at in sorted(each.needs)]
        added = _ADDED.get(each.ref.kind.word, {})
        return template.resource(str(each.ref), {**self._exported(each.properties, each, ""), **added}, *needs)

    def _exported(self, node: Any, each: AdfObject, key: str) -> Any:
        if isinstance(node, dict):
            given = node.get("type") in _GIVEN_PARAMETERS or "referenceName" in node.get("pipeline", "")
            added: dict[str, Any] = {"parameters": {}} if given else {}
            named = key if "value" in node else ""
            return {**{name: self._exported(value, each, named or name) for name, value in node.items()}, **added}
        if isinstance(node, list):
            return [self._exported(value, each, key) for value in node]
        if isinstance(node, Secret) or key in _PARAMETERISED.get(each.ref.kind.word, ()):
            return self._parameter(node, f"{each.ref.name}_{key}")
        return f"[{node}" if isinstance(node, str) and node[:1] == "[" and node[-1:] == "]" else node

    def _parameter(self, value: str, name: str) -> str:
        if isinstance(value, Secret):
            self.declared[name] = {"type": "secureString", "metadata": "Secure string"}
            self.secrets[name] = str(value)
        else:
            self.declared[name] = {"type": "string", "defaultValue": value}
        return f"[parameters('{name}')]"
