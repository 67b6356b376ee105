"""Two releases of one factory: what the second one changes touches everything that runs by itself, running or not."""

from pathlib import Path
from typing import Any

from tests.stories.template import pipeline, resource, trigger, write

GONE = frozenset({"TR_Gone", "TE_Gone", "adfcdc.C_Gone"})
RAN = GONE | {"TR_Daily", "TR_Same", "TE_Blobs", "TE_Custom", "TW_First", "TW_Second", "TW_Third", "adfcdc.C_Orders"}
"""What is started after the first release; three of these are not part of the second."""
AFTER = RAN - GONE
EVENTS = frozenset({"TE_Blobs", "TE_Custom", "TE_Gone", "TE_Off"})

_WINDOW = {"frequency": "Hour", "interval": 1, "startTime": "2026-01-01T00:00:00Z", "maxConcurrency": 1}
_CUSTOM = {"scope": "/subscriptions/s/topics/t", "events": ["made.up"]}


def first(folder: Path) -> Path:
    """The release that is live."""
    return write(
        folder, *_common("first"), trigger("TR_Gone", "P"), _blobs("TE_Gone"), pipeline("P_Gone"), _capture("C_Gone")
    )


def second(folder: Path) -> Path:
    """The release that is deployed: updates, creates, deletes."""
    return write(folder, *_common("second"), trigger("TR_New", "P_New"), pipeline("P_New"))


def _common(description: str) -> list[dict[str, Any]]:
    """`TR_Same`, `TW_Second` and `TW_Third` are the same in both, but fire what changes, or wait for what does."""
    return [
        {
            "name": "[concat(parameters('factoryName'), '/default')]",
            "type": "Microsoft.DataFactory/factories/globalparameters",
            "apiVersion": "2018-06-01",
            "properties": {"release": {"type": "string", "value": description}},
            "dependsOn": [],
        },
        pipeline("P", description=description),
        pipeline("P_Same"),
        trigger("TR_Daily", "P", description=description),
        trigger("TR_Same", "P"),
        trigger("TR_Off", "P", state="Stopped", description=description),
        _blobs("TE_Blobs", description=description),
        _blobs("TE_Off", state="Stopped"),
        trigger("TE_Custom", "P", kind="CustomEventsTrigger", typeProperties=_CUSTOM),
        _window("TW_First", description=description),
        _window("TW_Second", "TW_First"),
        _window("TW_Third", "TW_Second"),
        _capture("C_Orders", description=description),
        _capture("C_Off", description=description),
    ]


def _capture(name: str, **more: Any) -> dict[str, Any]:
    properties = {"sourceConnectionsInfo": [], "targetConnectionsInfo": [], "policy": {"mode": "Microbatch"}, **more}
    return resource(f"adfcdc.{name}", properties)


def _blobs(name: str, **more: Any) -> dict[str, Any]:
    return trigger(name, "P", kind="BlobEventsTrigger", **more)


def _window(name: str, *waits_for: str, **more: Any) -> dict[str, Any]:
    """A tumbling window fires one pipeline, and may wait for another window."""
    on = [
        {
            "type": "TumblingWindowTriggerDependencyReference",
            "referenceTrigger": {"referenceName": each, "type": "TriggerReference"},
        }
        for each in waits_for
    ]
    fired = {"pipelineReference": {"referenceName": "P", "type": "PipelineReference"}, "parameters": {}}
    properties = {
        "type": "TumblingWindowTrigger",
        "runtimeState": "Started",
        "pipeline": fired,
        "typeProperties": {**_WINDOW, "dependsOn": on},
        **more,
    }
    return resource(f"trigger.{name}", properties, "pipeline.P", *(f"trigger.{each}" for each in waits_for))
