"""What a task.json and the extension's manifest may say: the rules of Microsoft's schema for what we use, and our own.

Source: `tasks.schema.json` of microsoft/azure-pipelines-task-lib. tfx only warns, and lets unknown fields pass.
"""

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft7Validator

Schema = dict[str, Any]


def _closed(required: str = "", /, **properties: Schema) -> Schema:
    """An object with these fields and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _pattern(pattern: str) -> Schema:
    return {"type": "string", "pattern": f"^(?:{pattern})$"}


_TEXT: Schema = {"type": "string", "minLength": 1}
_FLAG: Schema = {"type": "boolean"}
_OBJECT: Schema = {"type": "object"}
_WORD = _pattern("[A-Za-z][A-Za-z0-9]*")
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_TITLE: Schema = _TEXT | {"maxLength": 40}
_NUMBERS = _pattern(r"\d+\.\d+\.\d+")
_GUID = _pattern("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HANDLER = _closed("target", target=_pattern(r"\w+\.js"), argumentFormat={"const": ""})
_HANDLERS = _closed("Node20_1 Node24", Node20_1=_HANDLER, Node24=_HANDLER)
_PROPERTIES = _closed(
    EditableOptions={"const": "True"},
    resizable=_FLAG,
    rows=_pattern(r"\d+"),
    maxLength=_pattern(r"\d+"),
    EndpointFilterRule=_TEXT,
)
_INPUT = _closed(
    "name type label required helpMarkDown",
    name=_WORD,
    aliases=_list(_WORD),
    type={"enum": ["boolean", "filePath", "multiLine", "pickList", "string", "connectedService:AzureRM"]},
    label=_TITLE,
    defaultValue={"type": "string"},
    required=_FLAG,
    groupName=_TEXT,
    visibleRule=_pattern(r"\w+ = \w+( (\|\||&&) \w+ = \w+)*"),
    helpMarkDown=_TEXT | {"minLength": 20},
    options=_OBJECT | {"additionalProperties": _TEXT, "minProperties": 1},
    properties=_PROPERTIES,
)
_GROUP = _closed("name displayName", name=_TEXT, displayName=_TEXT, isExpanded=_FLAG, visibleRule=_TEXT)
_BINDING = _closed(
    "target endpointId endpointUrl resultSelector resultTemplate",
    target=_WORD,
    endpointId=_TEXT,
    endpointUrl=_TEXT,
    parameters=_OBJECT,
    resultSelector=_TEXT,
    resultTemplate=_TEXT,
)
_TASK = _closed(
    "id name friendlyName description author category visibility runsOn minimumAgentVersion version instanceNameFormat"
    " inputs outputVariables execution postjobexecution restrictions",
    **{"$schema": _TEXT},
    id=_GUID,
    name=_WORD,
    friendlyName=_TITLE,
    description=_TEXT,
    helpMarkDown=_TEXT,
    author=_TEXT,
    category={"const": "Azure Pipelines"},
    visibility=_list({"enum": ["Build", "Release"]}),
    runsOn=_list({"enum": ["Agent", "DeploymentGroup"]}),
    showEnvironmentVariables=_FLAG,
    demands=_list(_TEXT),
    minimumAgentVersion=_NUMBERS,
    version=_closed("Major Minor Patch", Major=_WHOLE, Minor=_WHOLE, Patch=_WHOLE),
    releaseNotes=_TEXT,
    instanceNameFormat=_TEXT,
    groups=_list(_GROUP),
    inputs=_list(_INPUT),
    dataSourceBindings=_list(_BINDING),
    outputVariables=_list(_closed("name description", name=_WORD, description=_TEXT)),
    execution=_HANDLERS,
    postjobexecution=_HANDLERS,
    # `commands` in the mode `restricted` would forbid the summary and the attachments.
    restrictions=_closed("settableVariables", settableVariables=_closed("allowed", allowed=_list(_TEXT))),
)
_CONTRIBUTION = _closed(
    "id type targets properties",
    id=_pattern("[a-z-]+"),
    type={"const": "ms.vss-distributed-task.task"},
    targets={"const": ["ms.vss-distributed-task.tasks"]},
    properties=_closed("name", name=_WORD),
)
_EXTENSION = _closed(
    "manifestVersion id publisher version name description public categories targets icons content files contributions",
    manifestVersion={"const": 1},
    id=_pattern("[A-Za-z0-9_-]+"),
    publisher=_pattern("[A-Za-z0-9-]+"),
    version=_NUMBERS,
    name=_TEXT,
    description=_TEXT | {"maxLength": 200},
    public=_FLAG,
    categories={"const": ["Azure Pipelines"]},
    tags=_list(_TEXT),
    targets={"const": [{"id": "Microsoft.VisualStudio.Services"}]},
    icons=_closed("default", default=_TEXT),
    content=_closed("details license", details=_closed("path", path=_TEXT), license=_closed("path", path=_TEXT)),
    files=_list(_closed("path", path=_pattern(r"[^\s#^\[\]<>?]+"), addressable=_FLAG)),
    contributions=_list(_CONTRIBUTION),
)


def wrong_in_task(manifest: object) -> list[str]:
    """What is wrong with a task.json, in words."""
    return list(_wrong(_TASK, manifest))


def wrong_in_extension(manifest: object) -> list[str]:
    """What is wrong with vss-extension.json, in words."""
    return list(_wrong(_EXTENSION, manifest))


def _wrong(schema: Schema, manifest: object) -> Iterator[str]:
    for error in Draft7Validator(schema).iter_errors(manifest):
        yield f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
