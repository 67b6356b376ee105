"""Runs of pipelines, as far as a deployment asks for them: begun, in progress for some queries, succeeded.

createRun answers as recorded; a run does nothing. [U]: that a query answers runs with the members below.
"""

import uuid
from typing import Any

from ecluse_sandbox import passages, refusals
from ecluse_sandbox.sandbox import now, stamp
from ecluse_sandbox.settings import Settings

_OPERANDS = {"PipelineName": "pipelineName", "Status": "status"}


def begin(factory: dict[str, Any], pipeline: str, settings: Settings) -> str:
    """Begin a run of a pipeline that is there, and give its id."""
    run, moment = str(uuid.uuid4()), stamp(now())
    body = {"runId": run, "runGroupId": run, "isLatest": True, "pipelineName": pipeline, "parameters": {}}
    times = {"lastUpdated": moment, "runStart": moment, "runEnd": None, "durationInMs": None}
    passage = passages.begin("InProgress", "Succeeded", int(settings.run_polls))
    factory.setdefault("runs", []).append({"body": body | times, "passage": passage})
    return run


def query(factory: dict[str, Any], asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The runs that fit the filters; each query brings every run nearer to its end."""
    for required in ("lastUpdatedAfter", "lastUpdatedBefore"):
        if not isinstance(asked.get(required), str):
            raise refusals.invalid_content(f"Required property '{required}' not found in JSON. Path ''")
    told = [record["body"] | {"status": passages.look(record["passage"])} for record in factory.get("runs", [])]
    return [run for run in told if all(_fits(run, each) for each in asked.get("filters") or ())]


def _fits(run: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Operands that nobody here asks for let everything through."""
    member = _OPERANDS.get(str(wanted.get("operand")))
    inside = member is None or run[member] in (wanted.get("values") or ())
    return inside != str(wanted.get("operator")).startswith("Not") if member else True
