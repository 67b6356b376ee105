"""Two answers held against each other: status, named headers, and the body leaf by leaf with its values."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.contract.recordings.recorded import Answer

HEADERS = (
    "cache-control",
    "pragma",
    "expires",
    "strict-transport-security",
    "x-content-type-options",
    "content-type",
    "location",
    "azure-asyncoperation",
    "x-ms-failure-cause",
    "x-ms-ratelimit-remaining-subscription-writes",
    "x-ms-ratelimit-remaining-subscription-deletes",
)
"""There or not as recorded, and with the recorded value where it is no counter.

Not among them: what the recorder drops (retry-after, request ids, the counter of reads), and what belongs to the web
server that carried the answer (date, server, x-powered-by, vary, transfer-encoding, content-length, connection).
"""

_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z"
_ETAG = r"[0-9a-f]{8}-0000-[0-9a-f]{4}-0000-[0-9a-f]{12}"
_HOST = r"[a-z0-9-]+(?:\.[a-z0-9-]+)+"
_VERSION = r"\d+(?:\.\d+){3}"


@dataclass(frozen=True, slots=True)
class Made:
    """A value that the service makes anew: both sides must have this form. `path` is searched from its end."""

    path: str
    form: str
    why: str


MADE = (
    Made(r"\.etag", _ETAG, "new with every change"),
    Made(r"\.eTag", rf'"{_ETAG}"', "new with every change"),
    Made(r"\.(?:createTime|timestamp|lastPublishTime)", _TIME, "the clock"),
    Made(r"\.duration", r"PT(?:\d+M)?[\d.]+S", "the clock"),
    Made(r"\.(?:principalId|tenantId|correlationId|trackingId|vNetId|taskQueueId)", _GUID, "a new guid"),
    Made(r"\.templateHash", r"\d{15,20}", "Azure's own hash"),
    Made(r"\.encryptedCredential", r"[A-Za-z0-9+/]{80,}={0,2}", "names a new credential"),
    Made(
        r"\.authKey[12]",
        rf"IR@{_GUID}@[^@]+@ServiceEndpoint={_HOST}@[A-Za-z0-9+/]{{43}}=|00000000",
        "a new key; masked in one recording",
    ),
    Made(r"\.serviceUrls\[\d+]", _HOST, "where the region's service listens"),
    Made(r"\.serviceRegion", r"[a-z0-9]+", "the name of a region's service"),
    Made(r"\.latestVersion", _VERSION, "the agent's version of that day"),
    Made(
        r"\.properties\.resourceId",
        rf"/subscriptions/{_GUID}/resourceGroups/vnet-[^/]+/providers/Microsoft.Network/privateEndpoints/[^/.]+\.[^/]+",
        "in a subscription of the service",
    ),
    Made(r"\.statusCode", "OK|Created", "the provider's own word for a foreign resource"),
)


@dataclass(frozen=True, slots=True)
class Foreign:
    """An object or a list whose content is not the service's own, or of its day: only its type is compared."""

    path: str
    why: str


FOREIGN = (
    Foreign(r"\.outputs\.\w+\.value", "what `reference` gives of a resource that another provider made"),
    Foreign(r"\.newerVersions", "the agent's versions of that day, any number of them"),
)


@dataclass(frozen=True, slots=True)
class Era:
    """A key that answers had only from one year on: older recordings may lack it."""

    path: str
    since: int
    why: str


ERAS = (
    Era(r"typeProperties\.(?:serviceRegion|internalChannelEncryption)", 2022, "getStatus has it since then"),
    Era(r"\.lastPublishTime", 2021, "a pipeline has it since then"),
    Era(r"\.properties\.(?:error|resourceId|ipAddress|linkId)", 2022, "a private endpoint has them since then"),
)

NULL_UNTIL = Era(
    r"\.(?:factoryStatistics|identity|userAssignedIdentities)", 2022, "configureFactoryRepo told nulls until then"
)

REWORDED = (("https://aka.ms/resource-manager-parameter-files", "https://aka.ms/arm-create-parameter-file", 2022),)
"""Words in older recordings, the service's words of today, and the year from which they are recorded."""

OPTIONAL = r"\.serviceRequestId$"
"""A foreign provider's request id, which is there for some and not for others."""

EMPTY_OBJECT_SINCE = 2022
"""start and stop of a trigger answered nothing at all, and since then an empty object."""

_UNORDERED = ("validatedResources", "outputResources")


def differences(recorded: Answer, given: Answer) -> list[str]:
    """What is not as recorded, one line each; empty when the answers are alike."""
    if recorded.status != given.status:
        return [f"status {recorded.status}, not {given.status}: {str(given.body)[:300]}"]
    return [*_of_headers(recorded, given), *_of_bodies(recorded, given)]


def _of_headers(recorded: Answer, given: Answer) -> Iterator[str]:
    for name in HEADERS:
        wanted, found = recorded.headers.get(name), given.headers.get(name)
        if name == "content-type" and _was_nothing(recorded, given):
            continue
        if (wanted is None) != (found is None):
            yield f"header {name}: {'not ' if wanted is None else ''}recorded"
        elif wanted is not None and found is not None and _value(name, wanted) != _value(name, found):
            yield f"header {name}: {_value(name, wanted)}, not {_value(name, found)}"


def _value(name: str, text: str) -> object:
    if name.startswith("x-ms-ratelimit"):
        return text.isdecimal()
    if name in {"location", "azure-asyncoperation"}:
        address = urlsplit(text)
        return address.path, parse_qs(address.query).get("api-version")
    return text


def _was_nothing(recorded: Answer, given: Answer) -> bool:
    return recorded.body is None and given.body == {} and recorded.year < EMPTY_OBJECT_SINCE


def _of_bodies(recorded: Answer, given: Answer) -> Iterator[str]:
    if _was_nothing(recorded, given):
        return
    wanted, found = leaves(_in_todays_words(recorded)), leaves(given.body)
    for path in sorted(wanted.keys() - found.keys()):
        if not re.search(OPTIONAL, path) and not _is_old_null(path, wanted[path], recorded.year):
            yield f"{path}: missing, recorded {str(wanted[path])[:120]!r}"
    for path in sorted(found.keys() - wanted.keys()):
        if not re.search(OPTIONAL, path) and not _is_younger(path, recorded.year):
            yield f"{path}: never recorded, given {str(found[path])[:120]!r}"
    for path in sorted(wanted.keys() & found.keys()):
        if not _alike(path, wanted[path], found[path]):
            yield f"{path}: {str(wanted[path])[:200]!r}, not {str(found[path])[:200]!r}"


def _in_todays_words(recorded: Answer) -> Any:
    text = json.dumps(recorded.body)
    for old, new, since in REWORDED:
        text = text.replace(old, new) if recorded.year < since else text
    return json.loads(text)


def _is_old_null(path: str, value: object, year: int) -> bool:
    return value is None and year < NULL_UNTIL.since and bool(re.search(rf"(?:{NULL_UNTIL.path})$", path))


def _is_younger(path: str, year: int) -> bool:
    return any(re.search(rf"(?:{era.path})$", path) and year < era.since for era in ERAS)


def _alike(path: str, wanted: object, found: object) -> bool:
    if type(wanted) is not type(found):
        return False
    for made in MADE:
        if wanted != found and re.search(rf"(?:{made.path})$", path):
            return all(re.fullmatch(made.form, str(each)) for each in (wanted, found))
    return wanted == found


def leaves(node: Any, path: str = "$") -> dict[str, Any]:
    """Every value by its path; an empty object or list is a value, too, and so is a foreign part as a whole."""
    if isinstance(node, dict | list) and any(re.search(rf"(?:{each.path})$", path) for each in FOREIGN):
        return {path: type(node).__name__}
    match node:
        case dict() if node:
            return {at: one for key, value in node.items() for at, one in leaves(value, f"{path}.{key}").items()}
        case list() if node:
            ordered = _in_order(path, node)
            return {at: one for n, value in enumerate(ordered) for at, one in leaves(value, f"{path}[{n}]").items()}
        case _:
            return {path: node}


def _in_order(path: str, items: list[Any]) -> list[Any]:
    """Azure promises no order of a deployment's resources and operations."""
    if path.endswith(_UNORDERED):
        return sorted(items, key=lambda each: str(each["id"]))
    if all(isinstance(each, dict) and "operationId" in each for each in items):
        return sorted(items, key=lambda each: str(each["properties"].get("targetResource", {}).get("id", "~")))
    return items
