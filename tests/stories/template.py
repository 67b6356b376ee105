"""Write adf_publish templates for stories: as ADF exports them, as small as the story needs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SCHEMA = "http://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#"
TYPES = {
    "pipeline": "pipelines",
    "trigger": "triggers",
    "linkedService": "linkedServices",
    "dataset": "datasets",
    "integrationRuntime": "integrationRuntimes",
    "adfcdc": "adfcdcs",
    "managedVirtualNetwork": "managedVirtualNetworks",
    "managedPrivateEndpoint": "managedVirtualNetworks/managedPrivateEndpoints",
    "globalParameters": "globalparameters",
}


def resource(address: str, properties: Mapping[str, Any], *depends: str) -> dict[str, Any]:
    """One resource in ADF's spelling; `depends` are addresses."""
    word, _, name = address.partition(".")
    ids = (each.partition(".") for each in depends)
    quoted = name.replace("'", "''")
    parents = "default/" * TYPES[word].count("/")
    return {
        "name": f"[concat(parameters('factoryName'), '/{parents}{quoted}')]",
        "type": f"Microsoft.DataFactory/factories/{TYPES[word]}",
        "apiVersion": "2018-06-01",
        "properties": properties,
        "dependsOn": [f"[concat(variables('factoryId'), '/{TYPES[kind]}/{of}')]" for kind, _, of in ids],
    }


def trigger(
    name: str, pipeline: str, *, kind: str = "ScheduleTrigger", state: str = "Started", **more: Any
) -> dict[str, Any]:
    """A trigger that fires a pipeline."""
    fired = {"pipelineReference": {"referenceName": pipeline, "type": "PipelineReference"}, "parameters": {}}
    typed = {"recurrence": {"frequency": "Day", "interval": 1, "startTime": "2026-01-01T00:00:00Z", "timeZone": "UTC"}}
    if kind == "BlobEventsTrigger":
        typed = {"events": ["Microsoft.Storage.BlobCreated"], "scope": "/subscriptions/s/storageAccounts/a"}  # type: ignore[dict-item]  # JSON of another shape
    properties = {"type": kind, "runtimeState": state, "pipelines": [fired], "typeProperties": typed, **more}
    return resource(f"trigger.{name}", properties, f"pipeline.{pipeline}")


def pipeline(name: str, **more: Any) -> dict[str, Any]:
    """A pipeline that waits."""
    wait = {"name": "wait", "type": "Wait", "dependsOn": [], "typeProperties": {"waitTimeInSeconds": 1}}
    return resource(f"pipeline.{name}", {"activities": [wait], **more})


def write(folder: Path, *resources: Mapping[str, Any], parameters: Mapping[str, Any] | None = None) -> Path:
    """The template file in `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    template = {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {
            "factoryName": {"type": "string", "metadata": "Data Factory name", "defaultValue": "adf-dev"},
            **(parameters or {}),
        },
        "variables": {"factoryId": "[concat('Microsoft.DataFactory/factories/', parameters('factoryName'))]"},
        "resources": list(resources),
    }
    path = folder / "ARMTemplateForFactory.json"
    path.write_text(json.dumps(template, indent=4), encoding="utf-8")
    return path
