"""TRIGGER_KINDS: what differs between the types of trigger. An unknown type is treated like a schedule."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ecluse.jsontree import Json


@dataclass(frozen=True, slots=True)
class TriggerKind:
    """One type of trigger: does Event Grid have to subscribe first, and which paths below `properties` never change."""

    name: str
    event: bool = False
    frozen: tuple[str, ...] = ()


_ROWS = (
    TriggerKind("ScheduleTrigger"),
    # Start time, frequency and interval of a tumbling window are fixed at creation (azure-behaviours: section 3);
    # so a trigger can neither become one nor cease to be one.
    TriggerKind(
        "TumblingWindowTrigger",
        frozen=("type", "typeProperties.startTime", "typeProperties.frequency", "typeProperties.interval"),
    ),
    TriggerKind("BlobEventsTrigger", event=True),
    TriggerKind("CustomEventsTrigger", event=True),
)

TRIGGER_KINDS: Mapping[str, TriggerKind] = MappingProxyType({row.name.casefold(): row for row in _ROWS})


def trigger_kind(body: Mapping[str, Json]) -> TriggerKind:
    """The row for a trigger's body."""
    name = str(body.get("properties", {}).get("type", ""))
    return TRIGGER_KINDS.get(name.casefold(), TriggerKind(name))
