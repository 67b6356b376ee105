"""The steps of a plan: small values, one union. The same list is told by reports and done by apply."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ecluse.jsontree import Json, leaves
from ecluse.model.objects import ObjectRef


@dataclass(frozen=True, slots=True)
class CreateFactory:
    """Create the factory, which does not exist yet; `body` is the factory resource."""

    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class StopTrigger:
    """Stop a trigger (`event` ones are unsubscribed from their events first), or what else has a switch.

    What has the same `level` may stop at the same time; what others wait for has a lower one, and stops after them.
    """

    ref: ObjectRef
    event: bool = False
    level: int = 0


@dataclass(frozen=True, slots=True)
class PutObject:
    """Write one object through its own API. What has the same `level` may be written at the same time."""

    ref: ObjectRef
    body: Mapping[str, Json] = field(repr=False)  # holds the object's secrets
    level: int = 0


@dataclass(frozen=True, slots=True)
class DeployTemplate:
    """One ARM deployment of `refs`, in incremental mode; `parameters` are the secrets, as ARM wants them.

    `number` counts the deployments of a plan from 1.
    """

    number: int
    refs: tuple[ObjectRef, ...]
    template: Mapping[str, Json]
    parameters: Mapping[str, Mapping[str, Json]]

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts that its parameters carry."""
        values = (node for given in self.parameters.values() for _, node in leaves(given.get("value")))
        return tuple(node for node in values if isinstance(node, str))


@dataclass(frozen=True, slots=True)
class DeleteObject:
    """Delete one object that the source no longer has. What has the same `level` may go at the same time."""

    ref: ObjectRef
    level: int = 0


@dataclass(frozen=True, slots=True)
class StartTrigger:
    """Start a trigger (`event` ones are subscribed to their events first), or what else has a switch.

    What has the same `level` may start at the same time, after the lower ones.
    """

    ref: ObjectRef
    event: bool = False
    level: int = 0


Step: TypeAlias = CreateFactory | StopTrigger | PutObject | DeployTemplate | DeleteObject | StartTrigger
