"""The connection that a service connection of Azure Pipelines gives: every cloud by the addresses that stand in it."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

from ecluse.azure.connection import Connection
from ecluse.azure.identity import Certificate, ClientSecret, Federation, Identity, ManagedIdentity
from ecluse.azure.proxy import Proxy
from ecluse.errors import Code, Problem, refuse_any
from ecluse.jsontree import Json

Given: TypeAlias = Mapping[str, Json]

SUBJECT = "service connection"

_PRINCIPAL = ("tenant", "client")
_SECRET, _CERTIFICATE, _FEDERATION, _MACHINE = "secret", "certificate", "federation", "machine"
_NEEDS = {  # the texts that each way to sign in needs
    _SECRET: (*_PRINCIPAL, "secret", "authority"),
    _CERTIFICATE: (*_PRINCIPAL, "authority"),
    _FEDERATION: (*_PRINCIPAL, "authority", "oidc.uri", "oidc.serviceConnectionId", "oidc.token"),
    _MACHINE: (),
}


def connect_service(
    given: Given, *, proxy: Given | None = None, ca_file: str = "", sign: Callable[[str], str]
) -> Connection:
    """The connection. Raises `Refused` with all that is missing in it; no message shows a secret.

    `sign` makes the assertion of a certificate for an audience.
    """
    way = _way(given)
    refuse_any([*_problems(given, way), *_no_file(ca_file)])
    return Connection(
        subscription=_text(given, "subscription"),
        endpoint=_text(given, "armEndpoint").rstrip("/"),
        # Every cloud's tokens for Resource Manager are for the address that it listens at (azure-mgmt-core's table).
        scopes=(f"{_text(given, 'armEndpoint').rstrip('/')}/.default",),
        authority=_text(given, "authority"),
        ca_bundle=ca_file or None,
        identity=_identity(given, way, sign),
        proxy=_proxy(proxy) if proxy else None,
    )


def secrets_of(given: Given, proxy: Given | None = None) -> Iterator[str]:
    """What must never be shown of a connection and a proxy."""
    yield from (_text(given, "secret"), _text(given, "oidc.token"), _text(proxy or {}, "password"))


def _way(given: Given) -> str:
    schemes = {
        "serviceprincipal": _CERTIFICATE if _text(given, "authenticationType") == "spnCertificate" else _SECRET,
        "workloadidentityfederation": _FEDERATION,
        "managedserviceidentity": _MACHINE,
    }
    return schemes.get(_text(given, "scheme").casefold(), "")


def _problems(given: Given, way: str) -> Iterator[Problem]:
    choose = "Choose an Azure Resource Manager service connection whose scope is a subscription."
    if not way:
        told = f"signs in by {_text(given, 'scheme') or 'nothing'}, which is no way to Azure"
        yield Problem(Code.CREDENTIAL, told, choose, subject=SUBJECT)
    for name in ("subscription", "armEndpoint", *_NEEDS.get(way, ())):
        if not _text(given, name):
            yield Problem(Code.CREDENTIAL, f"gives no {name}", choose, subject=SUBJECT)
    for name in ("armEndpoint", "authority", "oidc.uri"):
        address = _text(given, name)
        if address and urlsplit(address).scheme != "https":
            told = f"{name}: tokens and secrets go to addresses that begin with https:// only"
            yield Problem(Code.CREDENTIAL, told, "Correct the address in the service connection.", subject=SUBJECT)


def _no_file(ca_file: str) -> Iterator[Problem]:
    if ca_file and not Path(ca_file).is_file():
        remedy = "Correct --sslcacert of the agent's configuration: a file with CA certificates (PEM)."
        yield Problem(Code.OPTION_VALUE, f"there is no file {ca_file}", remedy, subject="the agent's CA file")


def _identity(given: Given, way: str, sign: Callable[[str], str]) -> Identity:
    tenant, client = (_text(given, name) for name in _PRINCIPAL)
    if way == _SECRET:
        return ClientSecret(tenant, client, _text(given, "secret"))
    if way == _CERTIFICATE:
        return Certificate(tenant, client, sign)
    if way == _FEDERATION:
        uri, connection, token = (_text(given, name) for name in _NEEDS[_FEDERATION][-3:])
        return Federation(tenant, client, uri, connection, token)
    return ManagedIdentity(client)


def _proxy(given: Given) -> Proxy:
    at = urlsplit(_text(given, "url"))
    user, password = (quote(_text(given, name), safe="") for name in ("user", "password"))
    known = f"{user}:{password}@" if user else ""
    bypass = given.get("bypass")
    patterns = tuple(str(each) for each in bypass) if isinstance(bypass, list) else ()
    return Proxy(urlunsplit(at._replace(netloc=known + at.netloc.rpartition("@")[2])), patterns)


def _text(given: Given, name: str) -> str:
    """The text at a name, or below one (`oidc.uri`); "" for anything else."""
    first, _, rest = name.partition(".")
    value = given.get(first)
    if rest:
        return _text(value, rest) if isinstance(value, dict) else ""
    return value.strip() if isinstance(value, str) else ""
