"""Small bodies and templates that the tests of Azure's edge put into a sandbox."""

from typing import Any

from ecluse.model.objects import ObjectRef, ref
from ecluse.plan.steps import DeployTemplate
from tests.sandbox_process import RunningSandbox

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
STORAGE = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/sa"


def fires(pipeline: str) -> list[dict[str, Any]]:
    """A trigger's list of one pipeline."""
    return [{"pipelineReference": {"referenceName": pipeline, "type": "PipelineReference"}, "parameters": {}}]


def schedule(pipeline: str) -> dict[str, Any]:
    """A schedule trigger's properties."""
    recurrence = {"frequency": "Hour", "interval": 1, "startTime": "2024-01-01T00:00:00Z", "timeZone": "UTC"}
    return {"type": "ScheduleTrigger", "typeProperties": {"recurrence": recurrence}, "pipelines": fires(pipeline)}


def blob_events(pipeline: str) -> dict[str, Any]:
    """A storage event trigger's properties."""
    kinds = {"events": ["Microsoft.Storage.BlobCreated"], "scope": STORAGE, "blobPathBeginsWith": "/in/"}
    return {"type": "BlobEventsTrigger", "typeProperties": kinds, "pipelines": fires(pipeline)}


def runs(pipeline: str) -> dict[str, Any]:
    """The properties of a pipeline that runs another."""
    at = {"pipeline": {"referenceName": pipeline, "type": "PipelineReference"}}
    return {"activities": [{"name": "Run", "type": "ExecutePipeline", "typeProperties": at}]}


def put(sandbox: RunningSandbox, child: str, properties: dict[str, Any]) -> None:
    """Make one object behind the engine's back."""
    status, answer, _ = sandbox.call("PUT", f"{sandbox.factory_path()}/{child}", {"properties": properties})
    assert status == 200, answer


def deployment(*pipelines: tuple[str, dict[str, Any]], **secure: str) -> DeployTemplate:
    """A deployment of pipelines by name and properties, with secure parameters."""
    template = {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {name: {"type": "secureString"} for name in secure},
        "resources": [
            {
                "type": "Microsoft.DataFactory/factories/pipelines",
                "apiVersion": "2018-06-01",
                "name": f"adf-test/{name}",
                "properties": properties,
            }
            for name, properties in pipelines
        ],
    }
    refs: tuple[ObjectRef, ...] = tuple(ref("pipeline", name) for name, _ in pipelines)
    return DeployTemplate(1, refs, template, {name: {"value": value} for name, value in secure.items()})
