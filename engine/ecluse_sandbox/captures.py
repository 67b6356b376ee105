"""Change data captures: start, stop and status.

The specification has the addresses, 200 for each, and the status `Stopped` as an example; no session was ever recorded.
[U]: that a start and a stop pass through a state, the words `Starting`, `Running` and `Stopping`, and that only a
stopped capture may be written or deleted.
"""

from typing import Any

from ecluse_sandbox import passages, refusals
from ecluse_sandbox.settings import Settings
from ecluse_sandbox.writes import Write

STOPPED = "Stopped"
_VERBS = {"start": ("Starting", "Running"), "stop": ("Stopping", STOPPED)}


def prepare(write: Write) -> dict[str, Any]:
    """The properties as they come; refused while the capture does not stand still."""
    if write.old:
        refuse_running(write.old)
    return write.properties


def refuse_running(record: dict[str, Any]) -> None:
    """Raise the refusal of a PUT or DELETE while the capture does not stand still."""
    if record.get("capture", {"status": STOPPED})["status"] != STOPPED:
        raise refusals.capture_running()


def begin(record: dict[str, Any], verb: str, settings: Settings) -> None:
    """Start or stop; what runs already, or stands, stays as it is."""
    passing, end = _VERBS[verb]
    if record.get("capture", {"end": STOPPED})["end"] != end:
        record["capture"] = passages.begin(passing, end, int(settings.capture_polls))
        _tell(record)


def poll(record: dict[str, Any]) -> str:
    """The status; each poll of a passing one brings the end nearer."""
    if "capture" not in record:
        return STOPPED
    told = passages.look(record["capture"])
    _tell(record)
    return told


def _tell(record: dict[str, Any]) -> None:
    """The resource tells the status only when it was written with one (the specification's examples)."""
    properties = record["body"]["properties"]
    if "status" in properties:
        record["body"] = record["body"] | {"properties": properties | {"status": record["capture"]["status"]}}
