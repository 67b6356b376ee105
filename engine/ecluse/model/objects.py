"""The nouns: a reference to an object, an object, a factory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ecluse.errors import Where
from ecluse.jsontree import Json
from ecluse.model.kinds import KINDS, Kind


@dataclass(frozen=True, slots=True, eq=False)
class ObjectRef:
    """A kind and a name: the one way to address an object. Azure compares names without case, so does this."""

    kind: Kind
    name: str

    @property
    def key(self) -> tuple[str, str]:
        """What equality and order look at."""
        return (self.kind.word.casefold(), self.name.casefold())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectRef) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __lt__(self, other: "ObjectRef") -> bool:
        return self.key < other.key

    def __str__(self) -> str:
        return f"{self.kind.word}.{self.name}"

    def __repr__(self) -> str:
        return str(self)


def ref(word: str, name: str) -> ObjectRef:
    """`ref("trigger", "TR_Daily")`. Raises `KeyError` for a word that is no kind."""
    return ObjectRef(KINDS[word.casefold()], name)


@dataclass(frozen=True, slots=True)
class AdfObject:
    """One object: its address, its body `{"name", "properties", …}`, and where it was read.

    `depends_on` is what the source said beside the references in the body (ARM's dependsOn).
    """

    ref: ObjectRef
    body: Mapping[str, Json]
    where: Where | None = None
    depends_on: tuple[ObjectRef, ...] = ()

    @property
    def folder(self) -> str:
        """ADF's own folder (`properties.folder.name`), "" when there is none."""
        folder = self.properties.get("folder")
        name = folder.get("name") if isinstance(folder, dict) else None
        return name if isinstance(name, str) else ""

    @property
    def properties(self) -> Mapping[str, Json]:
        """The body's `properties`; empty when the body has none."""
        properties = self.body.get("properties")
        return properties if isinstance(properties, dict) else {}

    def with_body(self, body: Mapping[str, Json]) -> "AdfObject":
        """The same object with another body."""
        return replace(self, body=body)


@dataclass(frozen=True, slots=True)
class Factory:
    """A factory as a value. A change makes a new one.

    `resource` is the factory resource itself (`location`, `identity`, `tags`, `properties`), without its global
    parameters: these are the object `globalParameters.default`, whichever way they came. `{}` when the source
    has no factory resource.
    """

    name: str
    objects: Mapping[ObjectRef, AdfObject] = field(default_factory=dict)
    resource: Mapping[str, Json] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, objects: Iterable[AdfObject], resource: Mapping[str, Json] | None = None) -> "Factory":
        """A factory from its objects."""
        return cls(name, MappingProxyType({each.ref: each for each in objects}), resource or {})

    def with_objects(self, objects: Iterable[AdfObject]) -> "Factory":
        """The same factory with other objects."""
        return Factory.of(self.name, objects, self.resource)
