"""Triggers: what may be written while one runs, start and stop, and the event subscription's states."""

import re
from datetime import UTC, datetime
from typing import Any

from ecluse_sandbox import passages, references, refusals
from ecluse_sandbox.answers import Answer
from ecluse_sandbox.settings import Settings
from ecluse_sandbox.writes import Write, section

STARTED, STOPPED = "Started", "Stopped"
EVENT_TYPES = {"blobeventstrigger", "customeventstrigger"}
_TUMBLING = "tumblingwindowtrigger"
_TIMES = {"startTime", "endTime"}
# Recorded: "…:56.000Z" comes back as "…:56Z".
_WITHOUT_ZONE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?")
_IDLE_FRACTION = re.compile(r"(\.\d*?)0+Z$")


def prepare(write: Write) -> dict[str, Any]:
    """A trigger's properties as stored: refused while it runs; Stopped when new, whatever was asked."""
    _refuse_started(write.old_properties)
    _refuse_fixed(write)
    kept = {key: _plain_times(value) for key, value in write.properties.items() if key != "runtimeState"}
    return kept | {"runtimeState": write.old_properties.get("runtimeState", STOPPED)}


def refuse_delete(record: dict[str, Any]) -> None:
    """Raise the refusal of a DELETE while the trigger runs."""
    _refuse_started(record["body"]["properties"])


def _refuse_started(properties: dict[str, Any]) -> None:
    if properties.get("runtimeState") == STARTED:
        raise refusals.trigger_enabled()


def _refuse_fixed(write: Write) -> None:
    """A tumbling window keeps its start time, frequency and interval for life (DOC#69307, A#177)."""
    if str(write.old_properties.get("type", "")).lower() != _TUMBLING:
        return
    before, after = section(write.old_properties), section(write.properties)
    if _moment(before.get("startTime")) != _moment(after.get("startTime")):
        raise refusals.tumbling_start_fixed()
    if any(str(before.get(key)).lower() != str(after.get(key)).lower() for key in ("frequency", "interval")):
        raise refusals.tumbling_recurrence_fixed()


def _moment(text: Any) -> Any:
    """A point in time, in UTC where no zone is said; [U]: that the service compares times and not texts."""
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return text


def _plain_times(node: Any) -> Any:
    match node:
        case dict():
            return {
                key: _IDLE_FRACTION.sub(_trim, value)
                if key in _TIMES and isinstance(value, str)
                else _plain_times(value)
                for key, value in node.items()
            }
        case list():
            return [_plain_times(item) for item in node]
        case _:
            return node


def _trim(match: re.Match[str]) -> str:
    fraction = match[1]
    return "Z" if fraction == "." else f"{fraction}Z"


def start(factory: dict[str, Any], record: dict[str, Any]) -> Answer:
    """200 and an empty object, never 202 (recorded; the SDK takes nothing else)."""
    body = record["body"]
    properties = body["properties"]
    if is_event(properties) and status(record) != "Enabled":
        raise refusals.trigger_provisioning()
    if not _runs_something(factory, properties):
        raise refusals.trigger_without_pipeline(body["name"])
    _refuse_recurrence(properties)
    properties["runtimeState"] = STARTED
    return Answer(200, {})


def _refuse_recurrence(properties: dict[str, Any]) -> None:
    """Azure looks at a schedule when it is to begin (T#301, finops-toolkit#1085)."""
    if str(properties.get("type", "")).lower() != "scheduletrigger":
        return
    recurrence = section(section(properties), "recurrence")
    begins = _WITHOUT_ZONE.fullmatch(str(recurrence.get("startTime", "")))
    if begins and str(recurrence.get("timeZone", "UTC")).upper() == "UTC":
        raise refusals.trigger_start_time(f"{begins[1]}.{(begins[2] or '')[1:]:0<7}")
    frequency = str(recurrence.get("frequency", ""))
    if frequency.lower() == "minute" and any(section(recurrence, "schedule").values()):
        raise refusals.trigger_schedule(frequency)


def stop(record: dict[str, Any]) -> Answer:
    """200 and an empty object; stopping a stopped trigger is fine."""
    record["body"]["properties"]["runtimeState"] = STOPPED
    return Answer(200, {})


def _runs_something(factory: dict[str, Any], properties: dict[str, Any]) -> bool:
    pipelines = properties.get("pipelines") or [properties.get("pipeline")]
    named = [name for row, name in references.references(pipelines) if row.key == "pipelines"]
    return bool(named) and all(references.exists(factory, "pipelines", name.lower()) for name in named)


def is_event(properties: dict[str, Any]) -> bool:
    """Whether the trigger lives on an Event Grid subscription."""
    return str(properties.get("type", "")).lower() in EVENT_TYPES


def status(record: dict[str, Any]) -> str:
    """The event subscription's state without counting a poll; a trigger that needs none is Enabled (recorded)."""
    never = "Disabled" if is_event(record["body"]["properties"]) else "Enabled"
    return str(record.get("subscription", {"status": never})["status"])


def subscribe(record: dict[str, Any], settings: Settings) -> Answer:
    """Disabled → Provisioning → Enabled; triggers of other kinds are Enabled at once (recorded).

    [U]: the 202 while it provisions is the specification's; only a 200 at once was recorded.
    """
    if status(record) == "Provisioning":
        raise refusals.trigger_provisioning()
    return _move(record, "Provisioning", "Enabled", settings)


def unsubscribe(record: dict[str, Any], settings: Settings) -> Answer:
    """Enabled → Deprovisioning → Disabled."""
    return _move(record, "Deprovisioning", "Disabled", settings)


def _move(record: dict[str, Any], passing: str, end: str, settings: Settings) -> Answer:
    waits = is_event(record["body"]["properties"]) and settings.event_polls and status(record) != end
    record["subscription"] = passages.begin(passing, end, int(settings.event_polls) if waits else 0)
    return Answer(202 if waits else 200, _told(record))


def poll(record: dict[str, Any]) -> Answer:
    """The state now; each poll of a passing state brings the end nearer."""
    told = _told(record)
    if "subscription" in record:
        passages.look(record["subscription"])
    return Answer(200, told)


def _told(record: dict[str, Any]) -> dict[str, Any]:
    return {"triggerName": record["body"]["name"], "status": status(record)}
