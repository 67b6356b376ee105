"""Small bodies and templates to send to the sandbox."""

import time
from typing import Any

from tests.sandbox_process import RunningSandbox

DEPLOYMENTS = "2024-07-01"


def refer(kind: str, name: Any) -> dict[str, Any]:
    return {"referenceName": name, "type": f"{kind}Reference"}


def schedule(*pipelines: str, kind: str = "ScheduleTrigger", **more: Any) -> dict[str, Any]:
    fired = [{"pipelineReference": refer("Pipeline", name)} for name in pipelines]
    return {"properties": {"type": kind, "pipelines": fired, "typeProperties": {}} | more}


def tumbling(start: str, frequency: str = "Hour", interval: int = 1) -> dict[str, Any]:
    times = {"startTime": start, "frequency": frequency, "interval": interval}
    return {"properties": {"type": "TumblingWindowTrigger", "typeProperties": times}}


def pipeline(*references: dict[str, Any]) -> dict[str, Any]:
    activities = [{"name": f"a{at}", "type": "X", "uses": one} for at, one in enumerate(references)]
    return {"properties": {"activities": activities}}


def with_factory(sandbox: RunningSandbox, name: str = "adf-test", **more: Any) -> str:
    """Create a factory, and give its path."""
    path = sandbox.factory_path(name)
    status, body, _ = sandbox.call("PUT", path, {"location": "westeurope", "properties": {}} | more)
    assert status == 200, body
    return path


def put(sandbox: RunningSandbox, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """A PUT that must succeed, and its answer."""
    status, answer, _ = sandbox.call("PUT", path, body)
    assert status == 200, answer
    return dict(answer)


def error(sandbox: RunningSandbox, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, dict[str, Any]]:
    """A call that must be refused: the status and the error."""
    status, answer, _ = sandbox.call(method, path, body, **more)
    assert status >= 400, answer
    return status, answer["error"]


def resource(kind: str, name: str, needs: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """A template's resource below the factory `adf-test`."""
    return {
        "type": f"Microsoft.DataFactory/factories/{kind}",
        "name": f"[concat(parameters('factoryName'), '/{name}')]",
        "apiVersion": "2018-06-01",
        "properties": properties or {"activities": []},
        "dependsOn": [f"[concat(variables('factoryId'), '/{need}')]" for need in needs],
    }


def template(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A template in the form that Data Factory's own exports have."""
    return {
        "$schema": "http://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"factoryName": {"type": "string", "defaultValue": "adf-test"}},
        "variables": {"factoryId": "[concat('Microsoft.DataFactory/factories/', parameters('factoryName'))]"},
        "resources": list(resources),
    } | more


def deployment(body: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    given = {name: {"value": value} for name, value in parameters.items()}
    return {"properties": {"mode": "Incremental", "template": body, "parameters": given}}


def deployment_path(sandbox: RunningSandbox, name: str = "d1") -> str:
    return f"{sandbox.group_path}/providers/Microsoft.Resources/deployments/{name}"


def deploy(sandbox: RunningSandbox, body: dict[str, Any], name: str = "d1", **parameters: Any) -> dict[str, Any]:
    """Deploy and wait: the properties of the deployment in its final state."""
    path = deployment_path(sandbox, name)
    status, answer, _ = sandbox.call("PUT", path, deployment(body, **parameters), version=DEPLOYMENTS)
    assert status in {200, 201}, answer
    return final(sandbox, name)


def final(sandbox: RunningSandbox, name: str = "d1") -> dict[str, Any]:
    """The properties of a deployment once it has ended."""
    while True:
        _, answer, _ = sandbox.call("GET", deployment_path(sandbox, name), version=DEPLOYMENTS)
        if answer["properties"]["provisioningState"] not in {"Accepted", "Running"}:
            return dict(answer["properties"])
        time.sleep(0.02)
