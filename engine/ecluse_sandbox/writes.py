"""What a kind's own rules see of a PUT, and the shape of a stored record."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ecluse_sandbox.settings import Settings


def section(properties: Any, name: str = "typeProperties") -> dict[str, Any]:
    """An object among the properties; empty where there is none, or where it is something else."""
    found = properties.get(name) if isinstance(properties, dict) else None
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Write:
    """One object about to be written: `old` is the record it replaces, `parent` the network of an endpoint."""

    factory: dict[str, Any]
    name: str
    properties: dict[str, Any]
    old: dict[str, Any] | None
    settings: Settings
    parent: str = ""

    @property
    def old_properties(self) -> dict[str, Any]:
        """The properties that are there now, or none."""
        return self.old["body"]["properties"] if self.old else {}

    @property
    def factory_name(self) -> str:
        """The factory's name as it was created."""
        return str(self.factory["resource"]["name"])


PutRule = Callable[[Write], dict[str, Any]]
"""Gives the properties to store (secrets already gone), or raises the service's refusal."""
