"""The nouns: a reference to an object, an object, a factory."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from types import MappingProxyType

from ecluse.errors import Where
from ecluse.jsontree import Deferred, Json, Path
from ecluse.model.kinds import BY_REFERENCE, KINDS, Kind
from ecluse.model.survey import Survey, survey


@dataclass(frozen=True, slots=True, eq=False)
class ObjectRef:
    """A kind and a name: the one way to address an object. Azure compares names without case, so does this."""

    kind: Kind
    name: str
    key: tuple[str, str] = field(init=False)
    """What equality and order look at."""
    _hash: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", (self.kind.word.casefold(), self.name.casefold()))
        object.__setattr__(self, "_hash", hash(self.key))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectRef) and self.key == other.key

    def __hash__(self) -> int:
        return self._hash

    def __lt__(self, other: "ObjectRef") -> bool:
        return self.key < other.key

    def __str__(self) -> str:
        return f"{self.kind.word}.{self.name}"

    def __repr__(self) -> str:
        return str(self)


def ref(word: str, name: str) -> ObjectRef:
    """`ref("trigger", "TR_Daily")`. Raises `KeyError` for a word that is no kind."""
    return address(KINDS[word.casefold()], name)


@lru_cache(maxsize=65_536)
def address(kind: Kind, name: str) -> ObjectRef:
    """The address of an object: the same value for all who spell it alike, which a dict finds without comparing."""
    return ObjectRef(kind, name)


BUILT_IN = frozenset({ref("integrationRuntime", "AutoResolveIntegrationRuntime")})
"""What every factory has without anyone deploying it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference node: the object that it needs, and where in the body it stands."""

    ref: ObjectRef
    path: Path


@dataclass(frozen=True)  # no slots: what is looked up in a body is looked up once
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

    @cached_property
    def survey(self) -> Survey:
        """Where the body is more than plain JSON."""
        return survey(self.body)

    @property
    def secrets(self) -> Iterator[str]:
        """The texts of all secrets in the body, also in its expressions: what `redact` has to blot out."""
        for _, value in self.survey.withheld:
            yield from filter(None, value.secrets if isinstance(value, Deferred) else (value,))

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """All reference nodes of the body, in reading order; a name that is an expression can't be known."""
        found = ((path, _named(node)) for path, node in self.survey.pointers)
        return (*(Reference(named, path) for path, named in found if named is not None), *_implied(self.ref))

    @cached_property
    def needs(self) -> frozenset[ObjectRef]:
        """Its references and what its source said beside them; never itself, nothing built in.

        A tumbling window may depend on itself: that is about time, not about order.
        """
        named = {reference.ref for reference in self.references} | set(self.depends_on)
        return frozenset(named - {self.ref} - BUILT_IN)

    def with_body(self, body: Mapping[str, Json]) -> "AdfObject":
        """The same object with another body."""
        return replace(self, body=body)


def _named(node: Mapping[str, Json]) -> ObjectRef | None:
    name, kind = node["referenceName"], BY_REFERENCE.get(str(node.get("type")))
    if kind is None or not isinstance(name, str) or isinstance(name, Deferred) or not name or name[0] == "@":
        return None
    return address(kind, name)


def _implied(at: ObjectRef) -> Iterator[Reference]:
    """A managed private endpoint lives in the one managed virtual network that ADF has."""
    if at.kind.word == "managedPrivateEndpoint":
        yield Reference(ref("managedVirtualNetwork", "default"), ())


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
