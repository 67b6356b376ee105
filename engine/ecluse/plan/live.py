"""The live factory as it was read: a value, whoever read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecluse.jsontree import Json
from ecluse.model.objects import Factory, ObjectRef


@dataclass(frozen=True, slots=True)
class LiveFactory:
    """What stands in Azure. `factory` bodies are raw JSON as Azure answered; `resource` is the factory's own.

    `exists` is False when Azure has no such factory (the resource group exists); then everything else is empty.
    `unseen` says why nobody knows whether another group has a factory of this name.
    `deaf` are the event triggers that run and may hear nothing, with what is known of their subscription.
    """

    exists: bool
    factory: Factory
    running: frozenset[ObjectRef] = frozenset()
    etags: Mapping[ObjectRef, str] = field(default_factory=dict)
    deaf: Mapping[ObjectRef, str] = field(default_factory=dict)
    read_at: str = ""  # UTC, ISO 8601
    unseen: str = ""

    @property
    def git(self) -> Mapping[str, Json] | None:
        """The repository that the factory is linked to, if it is."""
        repo = self.factory.resource.get("properties", {}).get("repoConfiguration")
        return repo if isinstance(repo, dict) and repo else None
