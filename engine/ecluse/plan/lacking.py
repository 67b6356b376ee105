"""Secrets that an object lacks: what only another factory can read, and what is but the mask of a secret."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ecluse.configure.override import object_row
from ecluse.errors import Notice
from ecluse.jsontree import Deferred, Json, Path, Secret, get, leaves, walk
from ecluse.jsontree import replace as put
from ecluse.model.objects import AdfObject, Factory
from ecluse.model.secrets import (
    carries_secret,
    holds_mask,
    is_secret,
    is_secure_string,
    placeholder,
    placeholders_told,
    secret_looking,
    telling_key,
)

_TYPED: Path = ("properties", "typeProperties")
_ENCRYPTED = "encryptedCredential"

_SECRET_BESIDE: tuple[tuple[str, str], ...] = (
    ("servicePrincipalCredentialType", "servicePrincipalCredential"),
    ("userName", "password"),
    ("username", "password"),
    ("userId", "password"),
    ("servicePrincipalId", "servicePrincipalKey"),
    ("accessKeyId", "secretAccessKey"),
    ("connectionString", "connectionString"),
    ("sasUri", "sasUri"),
    ("accountEndpoint", "accountKey"),
    ("functionAppUrl", "functionKey"),
    ("domain", "accessToken"),
)
"""Where the secret stands in a linked service that has the first property; the first row that fits decides."""

_SECRET_OF_TYPE: Mapping[str, str] = {"AzureBlobFS": "accountKey"}
"""The same by the type of the linked service, where no property tells."""

_WITHOUT_SECRET = frozenset(
    {
        "anonymous",
        "managedidentity",
        "managedserviceidentity",
        "msi",
        "systemassignedmanagedidentity",
        "userassignedmanagedidentity",
    }
)
"""Values of `authenticationType` with which nothing secret is sent."""


@dataclass(frozen=True, slots=True)
class Lack:
    """A secret that nobody gave: `path` is its place in the body, `mask` whether a mask stands there.

    `added`: nothing stands there yet. `idle` is what can be removed where no secret is needed.
    """

    each: AdfObject
    path: Path
    idle: Path
    mask: bool = False
    added: bool = False

    @property
    def giving(self) -> str:
        """The configuration row that would give it."""
        value = '{"type":"SecureString","value":"$Env:VARIABLE"}' if self.added else "$Env:VARIABLE"
        return object_row(self.each.ref, self.path[1:], value, "+" if self.added else "")

    @property
    def removing(self) -> str:
        """The configuration row that says that none is needed."""
        return object_row(self.each.ref, self.idle[1:], "", "-")

    @property
    def name(self) -> str:
        """As ADF names the template parameter of a secret that it does not export (published templates)."""
        return f"{self.each.ref.name}_{telling_key(self.path)}"


def lacks(each: AdfObject) -> Iterator[Lack]:
    """The secrets without which the object can't be sent: what is sent has no `encryptedCredential`."""
    masks = [path for path, value in each.survey.withheld if _is_mask(each, path, value)]
    for path in masks:
        wraps = is_secure_string(get(each.body, path[:-1]))
        yield Lack(each, path, path[:-1] if wraps else path, mask=True)
    # No other kind has an `encryptedCredential`.
    typed = each.properties.get("typeProperties") if each.ref.kind.hides_secrets else None
    if not masks and isinstance(typed, dict) and _encrypted(typed) and not _has_secret(typed):
        name = _secret_name(each, typed)
        path = (*_TYPED, name, "value") if isinstance(typed.get(name), dict) else (*_TYPED, name)
        yield Lack(each, path, (*_TYPED, _ENCRYPTED), added=name not in typed)


def filled(factory: Factory) -> tuple[Factory, tuple[Notice, ...]]:
    """The factory with a placeholder for each secret that it lacks, for rehearsals, and what says so."""
    found = {at: lacking for at, each in factory.objects.items() if (lacking := tuple(lacks(each)))}
    objects = (_filled(each, found.get(at, ())) for at, each in factory.objects.items())
    names = [lack.name for lacking in found.values() for lack in lacking]
    return factory.with_objects(objects) if found else factory, tuple(placeholders_told(names))


def _filled(each: AdfObject, lacking: tuple[Lack, ...]) -> AdfObject:
    body: Json = each.body
    for lack in lacking:
        secret = placeholder(lack.name)
        body = put(body, lack.path, {"type": "SecureString", "value": secret} if lack.added else secret)
    return replace(each, body=body) if lacking else each


def _is_mask(each: AdfObject, path: Path, value: str) -> bool:
    """Whether Azure would take a mask for the secret: what it shows to all may be asterisks."""
    texts = value.secrets if isinstance(value, Deferred) else (value,)
    hidden = isinstance(value, Secret) or each.ref.kind.hides_secrets or is_secure_string(get(each.body, path[:-1]))
    return (hidden or isinstance(value, Deferred)) and _ENCRYPTED not in path and any(map(holds_mask, texts))


def _secret_name(each: AdfObject, typed: Mapping[str, Json]) -> str:
    by_type = _SECRET_OF_TYPE.get(str(each.properties.get("type")), "password")
    return next((secret for beside, secret in _SECRET_BESIDE if beside in typed), by_type)


def _encrypted(typed: Json) -> bool:
    """Whether it holds one; the text of a parameter without value counts, too."""
    return any(path and path[-1] == _ENCRYPTED and value is not None and value != {} for path, value in walk(typed))


def _has_secret(typed: Mapping[str, Json]) -> bool:
    """Whether the secret comes from something else, or none is needed."""
    if str(typed.get("authenticationType")).casefold() in _WITHOUT_SECRET:
        return True
    if any(_brings_one(node) for _, node in walk(dict(typed))):
        return True
    return any(
        _ENCRYPTED not in path
        and not _unsigned(value)
        and (
            isinstance(value, Secret)
            or is_secret((*_TYPED, *path), value, get(dict(typed), path[:-1]))
            or _named(path, value)
        )
        for path, value in leaves(dict(typed))
    )


def _brings_one(node: Json) -> bool:
    """A secret of a key vault, or a credential object."""
    return isinstance(node, dict) and node.get("type") in ("AzureKeyVaultSecret", "CredentialReference")


def _unsigned(value: Json) -> bool:
    """An address whose signature went into `encryptedCredential`: `sasUri` keeps the rest (published templates)."""
    plain = isinstance(value, str) and not isinstance(value, Secret) and "@" not in value
    return plain and value.casefold().startswith("https://") and not carries_secret(value)


def _named(path: Path, value: Json) -> bool:
    """An expression at the place of a secret: whoever uses the linked service gives it."""
    keys = [step for step in path if isinstance(step, str) and step != "value"]
    return isinstance(value, str) and bool(value) and bool(keys) and secret_looking(keys[-1])
