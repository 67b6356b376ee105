"""Data Factory's collections: one row each, after Microsoft's specification and the recorded answers."""

import re
from dataclasses import dataclass

NAMESPACE = "Microsoft.DataFactory"
FACTORY_TYPE = "Microsoft.DataFactory/factories"

# Patterns and lengths: datafactory.json, parameter definitions.
_OBJECT_NAME = re.compile(r"[A-Za-z0-9_][^<>*#.%&:\\+?/]{0,259}")
_DASHED_NAME = re.compile(r"(?=.{3,63}\Z)[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*")
_NETWORK_NAME = re.compile(r"[_A-Za-z0-9](?:[-_A-Za-z0-9]{0,125}[_A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Collection:
    """`word` as ids and types spell it; `reference` is the `type` by which other objects refer to it.

    `can_go` is whether the service has a DELETE for it.
    """

    word: str
    reference: str
    name: re.Pattern[str] = _OBJECT_NAME
    parent: str = ""
    has_etag: bool = True
    can_go: bool = True

    @property
    def key(self) -> str:
        """The key in the state: lower case, with the parent's for a nested collection."""
        return f"{self.parent}/{self.word}".strip("/").lower()

    @property
    def type(self) -> str:
        """The resource type as the service spells it."""
        return "/".join(part for part in (FACTORY_TYPE, self.parent, self.word) if part)


_ROWS = (
    # Ids and types in lower case even where the request was camelCase: recorded.
    Collection("pipelines", "PipelineReference"),
    Collection("datasets", "DatasetReference"),
    Collection("linkedservices", "LinkedServiceReference"),
    Collection("dataflows", "DataFlowReference"),
    Collection("triggers", "TriggerReference"),
    Collection("integrationruntimes", "IntegrationRuntimeReference", _DASHED_NAME),
    Collection("credentials", "CredentialReference"),
    # Created, read and listed only: the specification has no DELETE.
    Collection("managedvirtualnetworks", "ManagedVirtualNetworkReference", _NETWORK_NAME, can_go=False),
    # No etag: recorded.
    Collection("managedprivateendpoints", "", _NETWORK_NAME, parent="managedvirtualnetworks", has_etag=False),
    Collection("adfcdcs", ""),
    # camelCase: the specification's example GlobalParameters_Create.
    Collection("globalParameters", ""),
)

COLLECTIONS = {row.key: row for row in _ROWS}
BY_REFERENCE = {row.reference.lower(): row for row in _ROWS if row.reference}
