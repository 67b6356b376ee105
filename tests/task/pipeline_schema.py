"""Microsoft's schema for pipelines, which check-jsonschema carries, with our tasks' inputs out of their manifests."""

import importlib.resources
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from check_jsonschema.transforms.azure_pipelines import AZURE_TRANSFORM
from jsonschema import Draft7Validator

from tests.task.docs_page import TASKS, manifest

_VENDORED = "builtin_schemas/vendor/azure-pipelines.json"


def validator() -> Draft7Validator:
    """The schema, changed where it can't judge us: it knows only built-in tasks, and numbers that YAML writes bare."""
    file = importlib.resources.files("check_jsonschema") / _VENDORED
    schema = _as_text(json.loads(file.read_text(encoding="utf-8")))
    schema["definitions"]["task"] = _step()
    return Draft7Validator(schema)


def errors(text: str) -> list[str]:
    """What is wrong with a pipeline, in words."""
    tree = AZURE_TRANSFORM.on_data(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506  # texts only, as the schema has them
    return [_deepest(error) for error in validator().iter_errors(tree)]


def steps(path: Path) -> Iterator[dict[str, Any]]:
    """Every step of a pipeline that runs a task of ours."""
    yield from _steps(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))  # noqa: S506  # texts only


def _steps(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if str(tree.get("task", "")).partition("@")[0] in TASKS:
            yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for each in tree:
            yield from _steps(each)


def _as_text(schema: Any) -> Any:
    """Every scalar is read as text, so numbers and booleans are texts to the schema, too."""
    if isinstance(schema, list):
        return [_as_text(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _as_text(value) for key, value in schema.items() if key not in {"minimum", "maximum"}}
    if made.get("type") in ["integer", "number", "boolean"]:  # a property of this name is a schema
        made["type"] = "string"
    return made


def _step() -> dict[str, Any]:
    words = ("displayName", "name", "condition", "continueOnError", "enabled", "timeoutInMinutes")
    texts = {name: {"type": "string"} for name in (*words, "retryCountOnTaskFailure")}
    return {
        "type": "object",
        "required": ["task"],
        "properties": {
            "task": {"type": "string", "pattern": r"^[\w.-]+@\d+$"},
            "inputs": {"type": "object"},
            "env": {"type": "object"},
            **texts,
        },
        "additionalProperties": False,
        "allOf": [_rule(task) for task in TASKS],
    }


def _rule(task: str) -> dict[str, Any]:
    rows = manifest(task)["inputs"]
    known = {name: _input(row) for row in rows for name in (row["name"], *row.get("aliases", ()))}
    must = [row["name"] for row in rows if row["required"] and "defaultValue" not in row]
    named = {row["name"]: [row["name"], *row.get("aliases", ())] for row in rows}
    inputs = {
        "properties": known,
        "additionalProperties": False,
        "allOf": [{"anyOf": [{"required": [name]} for name in named[word]]} for word in must],
    }
    task_is = {"properties": {"task": {"pattern": f"^{task}@"}}}
    return {"if": task_is, "then": {"required": ["inputs"], "properties": {"inputs": inputs}}}


def _input(row: dict[str, Any]) -> dict[str, Any]:
    """A text; of a list one of its words, or an expression."""
    if "options" not in row or row.get("properties", {}).get("EditableOptions") == "True":
        return {"type": "string"}
    return {"anyOf": [{"enum": list(row["options"])}, {"pattern": r"\$[({\[]"}]}


def _deepest(error: Any) -> str:
    """The one of nested errors that says most: the one furthest inside."""
    leaves = [error]
    while leaves[-1].context:
        leaves.append(max(leaves[-1].context, key=lambda each: len(each.absolute_path)))
    last = leaves[-1]
    return f"{'/'.join(map(str, last.absolute_path))}: {last.message[:200]}"
