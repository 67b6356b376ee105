r"""The scenarios as rows: nothing here but data.

Settings, rules and calls are the JSON that docs/sandbox.md tells of; `$name` is a parameter, `$at` the factory's path,
`\1` what the rule's pattern has found. The numbers are those of our list of what a stand-in for Azure has to play.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Scenario:
    """A situation: `shows` in one sentence, `parameters` with their defaults, `calls` that set the scene."""

    number: int
    name: str
    shows: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    calls: tuple[Mapping[str, Any], ...] = ()
    rules: tuple[Mapping[str, Any], ...] = ()


def _error(code: str, message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}


def _refer(kind: str, name: str) -> dict[str, Any]:
    return {"referenceName": name, "type": f"{kind}Reference"}


def _put(path: str, **properties: Any) -> dict[str, Any]:
    return {"path": f"$at/{path}", "body": {"properties": properties}}


def _pipeline(name: str, *datasets: str) -> dict[str, Any]:
    uses = [{"name": f"use {at}", "type": "Copy", "inputs": [_refer("Dataset", at)]} for at in datasets]
    return _put(f"pipelines/{name}", activities=uses)


def _dataset(name: str, linked_service: str) -> dict[str, Any]:
    return _put(f"datasets/{name}", type="Json", linkedServiceName=_refer("LinkedService", linked_service))


def _trigger(name: str, pipeline: str) -> dict[str, Any]:
    recurrence = {"frequency": "Day", "interval": 1, "startTime": "2026-01-01T00:00:00Z", "timeZone": "UTC"}
    fired = [{"pipelineReference": _refer("Pipeline", pipeline), "parameters": {}}]
    return _put(f"triggers/{name}", type="ScheduleTrigger", pipelines=fired, typeProperties={"recurrence": recurrence})


_FACTORY = {"path": "$at", "body": {"location": "westeurope", "properties": {}}}
_WEB = _put("linkedservices/LS_Web", type="HttpServer", typeProperties={"url": "https://example.invalid/"})
_STORAGE = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stscenario"
_LINKED_SCOPE = (
    "The client 'sandbox' with object id 'sandbox' has permission to perform action "
    r"'Microsoft.DataFactory/factories/triggers/write' on scope '\1'; however, it does not have permission to perform "
    "action 'Microsoft.EventGrid/EventSubscriptions/Write' on the linked scope(s) "
    "'/subscriptions/0/providers/Microsoft.Storage/storageAccounts/test'."
)
_LOCKED = (
    r"The scope '\1\2' cannot perform delete operation because following scope(s) are locked: '\1'. "
    "Please remove the lock and try again."
)
_OBJECT = r"(/subscriptions/[^?]*/factories/[^/?]+/[^/?]+/[^?]+)"
_BROKEN = {
    "status": 400,
    "body": _error(
        "BadRequest",
        "The document creation or update failed because of invalid reference 'scenario'.",
        target=r"\1",
        details=None,
    ),
}

ROWS: tuple[Scenario, ...] = (
    Scenario(
        1,
        "event-trigger-provisions",
        "An event trigger needs this many status polls until it is Enabled; a start before is refused.",
        {"polls": 3},
        {"eventPolls": "$polls"},
    ),
    Scenario(
        2,
        "start-fails",
        "The start of a trigger answers 500 this many times (0: always); `trigger` is a pattern.",
        {"trigger": "[^/]+", "times": 1},
        rules=(
            {
                "method": "POST",
                "path": r"/triggers/$trigger/start(\?|$)",
                "times": "$times",
                "action": {"status": 500, "body": _error("InternalServerError", "Internal server error.")},
            },
        ),
    ),
    Scenario(
        3,
        "write-fails",
        "The n-th object is refused, by a PUT or in a deployment: triggers have to come back.",
        {"nth": 3},
        rules=tuple(
            {"method": method, "path": _OBJECT, "nth": "$nth", "action": _BROKEN} for method in ("PUT", "DEPLOY")
        ),
    ),
    Scenario(
        4,
        "delete-chain",
        "PL_Chain uses DS_Chain uses LS_Chain, which DS_Kept uses too: the linked service can't be deleted.",
        calls=(
            _FACTORY,
            _put("linkedservices/LS_Chain", type="HttpServer", typeProperties={"url": "https://example.invalid/"}),
            _dataset("DS_Chain", "LS_Chain"),
            _dataset("DS_Kept", "LS_Chain"),
            _pipeline("PL_Chain", "DS_Chain"),
        ),
    ),
    Scenario(
        5,
        "same-name-referrer",
        "The dataset Orders can't be deleted because of the pipeline Orders; the message tells no type.",
        calls=(_FACTORY, _WEB, _dataset("Orders", "LS_Web"), _pipeline("Orders", "Orders")),
    ),
    Scenario(
        6,
        "three-pages",
        "Lists come in pages of two: the five pipelines PL_Page_1 … 5 on three of them.",
        {"pageSize": 2},
        {"pageSize": "$pageSize"},
        (_FACTORY, *(_pipeline(f"PL_Page_{number}") for number in range(1, 6))),
    ),
    Scenario(
        7,
        "throttled",
        "429 with Retry-After, twice; whoever asks before it has passed is throttled again.",
        {"method": "GET", "path": "/factories/", "seconds": 1, "times": 2},
        rules=({"method": "$method", "path": "$path", "times": "$times", "action": {"throttleSeconds": "$seconds"}},),
    ),
    Scenario(
        8,
        "token-expires",
        "Every token is too old from the n-th call on, until a new one is fetched.",
        {"nth": 5},
        rules=({"path": "^/subscriptions/", "nth": "$nth", "action": {"expireToken": True}},),
    ),
    Scenario(
        9,
        "delete-locked",
        "A lock on the resource group refuses every DELETE.",
        rules=(
            {
                "method": "DELETE",
                "path": r"^(/subscriptions/[^/]+/resourceGroups/[^/?]+)([^?]*)",
                "action": {"status": 409, "body": _error("ScopeLocked", _LOCKED)},
            },
        ),
    ),
    Scenario(
        10,
        "linked-authorization",
        "The write of a trigger is refused: no right on the storage account; `trigger` is a pattern.",
        {"trigger": "[^/?]+"},
        rules=tuple(
            {
                "method": method,
                "path": r"(/subscriptions/[^?]*/triggers/$trigger)(\?|$)",
                "action": {"status": 403, "body": _error("LinkedAuthorizationFailed", _LINKED_SCOPE)},
            }
            for method in ("PUT", "DEPLOY")
        ),
    ),
    Scenario(
        11,
        "factory-put-drops",
        "The factory has settings that a PUT without them drops.",
        calls=(
            {
                "path": "$at",
                "body": {
                    "location": "westeurope",
                    "identity": {"type": "SystemAssigned"},
                    "tags": {"owner": "scenario"},
                    "properties": {"publicNetworkAccess": "Disabled"},
                },
            },
        ),
    ),
    Scenario(
        12,
        "secrets-masked",
        "LS_Secret was written with an account key: GET shows it without, and with encryptedCredential.",
        calls=(
            _FACTORY,
            _put(
                "linkedservices/LS_Secret",
                type="AzureBlobStorage",
                typeProperties={
                    "connectionString": "DefaultEndpointsProtocol=https;AccountName=stscenario;AccountKey=c2NlbmFyaW8="
                },
            ),
        ),
    ),
    Scenario(
        13,
        "last-publish-time",
        "PL_Published answers with lastPublishTime, which nobody has sent.",
        calls=(_FACTORY, _pipeline("PL_Published")),
    ),
    Scenario(
        14,
        "window-start-fixed",
        "TR_Window is a tumbling window trigger: its start time is for life.",
        calls=(
            _FACTORY,
            _put(
                "triggers/TR_Window",
                type="TumblingWindowTrigger",
                typeProperties={"frequency": "Hour", "interval": 1, "startTime": "2026-01-01T00:00:00Z"},
            ),
        ),
    ),
    Scenario(
        15,
        "runtime-type-fixed",
        "IR-Fixed is self-hosted, and its type is for life.",
        calls=(_FACTORY, _put("integrationRuntimes/IR-Fixed", type="SelfHosted")),
    ),
    Scenario(
        16,
        "endpoint-exists",
        "MPE_Storage is Provisioning for this many reads; a second endpoint to its storage account is refused.",
        {"polls": 2},
        {"endpointPolls": "$polls"},
        (
            _FACTORY,
            _put("managedVirtualNetworks/default"),
            _put(
                "managedVirtualNetworks/default/managedPrivateEndpoints/MPE_Storage",
                privateLinkResourceId=_STORAGE,
                groupId="blob",
            ),
        ),
    ),
    Scenario(
        17,
        "unknown-type",
        "LS_Future is of a type that nobody knows yet; it goes through without loss.",
        calls=(
            _FACTORY,
            _put("linkedservices/LS_Future", type="FromTheFuture", typeProperties={"later": {"than": ["now", 1.0]}}),
        ),
    ),
    Scenario(
        18,
        "changed-meanwhile",
        "Somebody changes PL_Changed as soon as the pipelines were listed: its etag differs.",
        calls=(_FACTORY, _pipeline("PL_Changed")),
        rules=(
            {
                "method": "GET",
                "path": r"^(/.*/factories/[^/?]+)/pipelines\?",
                "nth": 1,
                "when": "after",
                "action": {
                    "someoneElse": {
                        "path": r"\1/pipelines/PL_Changed",
                        "body": {"properties": {"description": "changed meanwhile", "activities": []}},
                    }
                },
            },
        ),
    ),
    Scenario(
        19,
        "answer-lost",
        "The n-th PUT of an object has its effect, and answers 504.",
        {"nth": 1},
        rules=({"method": "PUT", "path": _OBJECT, "nth": "$nth", "when": "after", "action": {"status": 504}},),
    ),
    Scenario(
        20,
        "started-trigger",
        "TR_Started runs: a PUT or DELETE of it is refused.",
        calls=(
            _FACTORY,
            _pipeline("PL_Daily"),
            _trigger("TR_Started", "PL_Daily"),
            {"method": "POST", "path": "$at/triggers/TR_Started/start"},
        ),
    ),
    Scenario(
        21,
        "deployment-cancelled",
        "Somebody cancels a deployment at the n-th look at its status; what was written stays.",
        {"stepSeconds": 0.5, "nth": 1},
        {"stepDelaySeconds": "$stepSeconds"},
        rules=(
            {
                "method": "GET",
                "path": "^(/.*/deployments/[^/]+)/operationStatuses/",
                "nth": "$nth",
                "action": {"someoneElse": {"method": "POST", "path": r"\1/cancel"}},
            },
        ),
    ),
    Scenario(
        22,
        "resource-fails",
        "The n-th resource of a deployment fails while it still writes the others that do not depend on it.",
        {"stepSeconds": 0.1, "nth": 1},
        {"stepDelaySeconds": "$stepSeconds"},
        rules=({"method": "DEPLOY", "path": _OBJECT, "nth": "$nth", "action": _BROKEN},),
    ),
    Scenario(
        23,
        "started-meanwhile",
        "Somebody starts TR_Meanwhile after the first resource of a deployment: its own write is then refused.",
        calls=(_FACTORY, _pipeline("PL_Daily"), _trigger("TR_Meanwhile", "PL_Daily")),
        rules=(
            {
                "method": "DEPLOY",
                "path": "^(/.*/factories/[^/]+)/",
                "nth": 1,
                "when": "after",
                "action": {"someoneElse": {"method": "POST", "path": r"\1/triggers/TR_Meanwhile/start"}},
            },
        ),
    ),
    Scenario(
        24,
        "right-missing",
        "The identity's roles lack an action (a pattern with `*`), as the list of its permissions says.",
        {"without": "Microsoft.DataFactory/factories/triggers/start/action"},
        rules=(
            {
                "method": "GET",
                "path": "/providers/Microsoft.Authorization/permissions",
                "action": {"status": 200, "body": {"value": [{"actions": ["*"], "notActions": ["$without"]}]}},
            },
        ),
    ),
    Scenario(
        25,
        "pipeline-runs",
        "A run of PL_Busy is in progress for this many queries.",
        {"polls": 3},
        {"runPolls": "$polls"},
        calls=(_FACTORY, _pipeline("PL_Busy"), {"method": "POST", "path": "$at/pipelines/PL_Busy/createRun"}),
    ),
)
