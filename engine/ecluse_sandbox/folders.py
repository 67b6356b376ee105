"""A collaboration branch's folders of JSON objects, as one template: what a sandbox can be seeded from."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecluse_sandbox.kinds import COLLECTIONS, Collection
from ecluse_sandbox.references import references

_FOLDERS: Mapping[str, str] = {
    "pipeline": "pipelines",
    "dataset": "datasets",
    "linkedservice": "linkedservices",
    "dataflow": "dataflows",
    "trigger": "triggers",
    "integrationruntime": "integrationruntimes",
    "credential": "credentials",
    "managedvirtualnetwork": "managedvirtualnetworks",
    "managedvirtualnetwork/default/managedprivateendpoint": "managedvirtualnetworks/managedprivateendpoints",
    "adfcdc": "adfcdcs",
}
"""The branch's folders in lower case, and the collection that the objects of each belong to."""

_NETWORK = "default"  # Data Factory has one managed network, by this name


@dataclass(frozen=True, slots=True)
class _Object:
    collection: Collection
    name: str
    properties: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        return self.collection.key, self.name.lower()


def is_folder(source: Path) -> bool:
    """Whether a folder holds objects of a factory."""
    return any(entry.is_dir() and entry.name.lower() in _FOLDERS for entry in source.iterdir())


def template_of(source: Path) -> dict[str, Any]:
    """The objects of a folder as ADF would publish them; ValueError names a file that is no object."""
    objects = [*_objects(source)]
    known = {each.key for each in objects}
    factory = _factory(source)
    return {
        "$schema": "http://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"factoryName": {"type": "string", "defaultValue": factory.get("name", "")}},
        "resources": [*_global_parameters(factory), *(_resource(each, known) for each in objects)],
    }


def _objects(source: Path) -> Iterator[_Object]:
    for folder, key in _FOLDERS.items():
        for path in _files(source, folder):
            body = _read(path)
            name = body.get("name", path.stem)
            properties = body.get("properties", {})
            if not isinstance(name, str) or not isinstance(properties, dict):
                needs = "it needs a name and properties"
                raise ValueError(f"{path} is no object of a factory: {needs}")  # noqa: TRY004 - as below
            yield _Object(COLLECTIONS[key], name, properties)


def _files(source: Path, folder: str) -> list[Path]:
    """The JSON files of a folder, whose name is written in any case; backup copies (`~X.json`) are none."""
    found = [source]
    for step in folder.split("/"):
        found = [entry for at in found for entry in at.iterdir() if entry.is_dir() and entry.name.lower() == step]
    return sorted(path for at in found for path in at.glob("*.json") if not path.name.startswith("~"))


def _read(path: Path) -> dict[str, Any]:
    try:
        body = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON: {error}") from None
    if not isinstance(body, dict):
        raise ValueError(f"{path} is no object of a factory")  # noqa: TRY004 - one kind of error for bad input
    return body


def _factory(source: Path) -> dict[str, Any]:
    """The factory's own file, where there is exactly one; nobody could say which of several is meant."""
    files = _files(source, "factory")
    return _read(files[0]) if len(files) == 1 else {}


def _global_parameters(factory: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    values = (factory.get("properties") or {}).get("globalParameters")
    if values:
        yield {**_head(COLLECTIONS["globalparameters"], "default"), "properties": _escaped(values)}


def _resource(each: _Object, known: set[tuple[str, str]]) -> dict[str, Any]:
    needed = {(collection, name) for collection, name in references(dict(each.properties))}
    if each.collection.parent:
        needed.add((COLLECTIONS[each.collection.parent], _NETWORK))
    waits = [(row, name) for row, name in needed if (row.key, name.lower()) in known - {each.key}]
    return {
        **_head(each.collection, each.name),
        "dependsOn": sorted(_depends(row, name) for row, name in waits),
        "properties": _escaped(each.properties),
    }


def _head(collection: Collection, name: str) -> dict[str, Any]:
    return {"type": collection.type, "apiVersion": "2018-06-01", "name": _name(collection, name)}


def _name(collection: Collection, name: str) -> str:
    parent = f"{_NETWORK}/" if collection.parent else ""
    return f"[concat(parameters('factoryName'), '/{parent}{_quoted(name)}')]"


def _depends(collection: Collection, name: str) -> str:
    return f"[resourceId('{collection.type}', parameters('factoryName'), '{_quoted(name)}')]"


def _quoted(name: str) -> str:
    return name.replace("'", "''")


def _escaped(node: Any) -> Any:
    """Texts that Resource Manager would take for expressions get one more bracket."""
    match node:
        case dict():
            return {_escaped(key): _escaped(value) for key, value in node.items()}
        case list():
            return [_escaped(item) for item in node]
        case str() if node.startswith("[") and node.endswith("]"):
            return f"[{node}"
        case _:
            return node
