"""Objects as ARM deployments: one where ARM's limits allow it, else several, each after what it needs."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ecluse.errors import Code, Problem, refuse_any
from ecluse.model.graph import Graph, levels
from ecluse.model.objects import AdfObject, ObjectRef
from ecluse.plan.lower import Lowered, Secrets, lower, resource_id
from ecluse.plan.steps import DeployTemplate

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"

MAX_RESOURCE_BYTES = 1_000_000
"""ARM's limit of 1 MB for one resource definition (azure-behaviours: section 10)."""


@dataclass(frozen=True, slots=True)
class Room:
    """What goes into one deployment: a little less than ARM's 800 resources, 256 parameters and request of 4 MB.

    The rest is for what Azure adds, and for limits that are counted in another way than we count.
    """

    resources: int = 750
    parameters: int = 240
    bytes: int = 3_500_000


ROOM = Room()
_COMPACT = json.JSONEncoder(separators=(",", ":"), check_circular=False)  # ASCII, as it is sent


@dataclass(slots=True)
class _Part:
    """One deployment as it is filled."""

    room: Room
    members: list[Lowered] = field(default_factory=list)
    parameters: int = 0
    bytes: int = 0

    def takes(self, each: Lowered, size: int) -> bool:
        """Whether it still fits."""
        return (
            len(self.members) < self.room.resources
            and self.parameters + _parameters(each) <= self.room.parameters
            and self.bytes + size <= self.room.bytes
        )

    def add(self, each: Lowered, size: int) -> None:
        """Put it in."""
        self.members.append(each)
        self.parameters += _parameters(each)
        self.bytes += size


def deployments(factory: str, objects: Iterable[AdfObject], room: Room = ROOM) -> tuple[DeployTemplate, ...]:
    """The deployments that write the objects, in their order; each needs only what it holds or what stands before it.

    Raises `Refused` for every object that no deployment can hold.
    """
    secrets = Secrets()
    lowered = {each.ref: lower(factory, each, secrets) for each in objects}
    ids = {at: resource_id(factory, at) for at in lowered}
    sizes = {at: _size(each, ids) for at, each in lowered.items()}
    refuse_any(problem for at, each in lowered.items() for problem in _beyond(each, sizes[at], room))
    parts = _packed(lowered, sizes, room)
    return tuple(_deployment(number, part, ids) for number, part in enumerate(parts, 1))


def _packed(lowered: Mapping[ObjectRef, Lowered], sizes: Mapping[ObjectRef, int], room: Room) -> list[list[Lowered]]:
    """What fits together goes together, level by level."""
    every: Graph = {at: each.needs for at, each in lowered.items()}
    parts: list[_Part] = []
    for at in (at for level in levels(every) for at in level):
        if not parts or not parts[-1].takes(lowered[at], sizes[at]):
            parts.append(_Part(room))
        parts[-1].add(lowered[at], sizes[at])
    return [part.members for part in parts]


def _deployment(number: int, members: Sequence[Lowered], ids: Mapping[ObjectRef, str]) -> DeployTemplate:
    # Whoever needs an object may spell its name in another case: the id takes the name as the object has it.
    inside = {each.source.ref: ids[each.source.ref] for each in members}
    given = {name: value for each in members for name, value in each.secrets.items()}
    defaults = {name: text for each in members for name, text in each.defaults.items()}
    template = {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {
            **{name: {"type": "secureString"} for name in given},
            **{name: {"type": "secureString", "defaultValue": text} for name, text in defaults.items()},
        },
        "resources": [
            {**each.resource, "dependsOn": sorted(inside[at] for at in each.needs if at in inside)} for each in members
        ],
    }
    return DeployTemplate(number, tuple(inside), template, given)


def _parameters(each: Lowered) -> int:
    return len(each.secrets) + len(each.defaults)


def _size(each: Lowered, ids: Mapping[ObjectRef, str]) -> int:
    """The bytes that a resource adds to the request, its dependsOn and the values of its secrets counted."""
    entries = sum(len(ids.get(at, "")) for at in each.needs)
    return len(_COMPACT.encode([each.resource, each.secrets, each.defaults])) + entries


def _beyond(each: Lowered, size: int, room: Room) -> Iterator[Problem]:
    where, subject = each.source.where, str(each.source.ref)
    way_out = "deploy with --method rest, which has no such limit, or split the object"
    if size > MAX_RESOURCE_BYTES:
        message = f"the object has {size:,} bytes; ARM takes at most {MAX_RESOURCE_BYTES:,} per resource"
        yield Problem(Code.TEMPLATE_LIMIT, message, way_out, where, subject)
    if _parameters(each) > room.parameters:
        message = f"the object has {_parameters(each)} secrets; a deployment has room for {room.parameters} parameters"
        yield Problem(Code.TEMPLATE_LIMIT, message, way_out, where, subject)
