"""`plan --record`: what Azure answered to a run that only reads, under other names, in the shape of a cassette."""

import inspect
import json
import secrets
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import SansIOHTTPPolicy

from ecluse.azure.renaming import Renamer, Vocabulary
from ecluse.errors import Code, Problem, Refused
from ecluse.jsontree import Json

FILE = "session.yaml"
"""JSON, which is YAML too: the tools that read cassettes expect that."""
_HEADERS = ("content-type", "retry-after")
# Not in the SDK's models: envelopes of answers, and what the service adds.
_MEMBERS = frozenset({
    "value", "nextLink", "id", "name", "type", "etag", "eTag", "properties", "error", "code", "message", "target",
    "details", "location", "tags", "identity", "principalId", "tenantId", "lastPublishTime", "factoryStatistics",
    "referenceName", "parameters", "globalParameters", "encryptedCredential",
})  # fmt: skip
_VALUES = frozenset({"SecureString", "AzureKeyVaultSecret", "Expression"}) | {
    f"{kind}Reference"
    for kind in (
        "Pipeline", "Dataset", "LinkedService", "DataFlow", "Trigger", "IntegrationRuntime", "Credential",
        "ManagedVirtualNetwork",
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """One answer as it came."""

    method: str
    url: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    text: str


@dataclass(slots=True)
class Recorder:
    """Keeps the answers in memory only; what is written holds no original name."""

    reads: list[Read] = field(default_factory=list)
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, read: Read) -> None:
        """Keep an answer."""
        with self._lock:
            self.reads.append(read)

    def tap(self) -> "Tap":
        """A policy that hands every answer to this recorder."""
        return Tap(self)

    def renamer(self) -> Renamer:
        """The other names of what was read so far."""
        return Renamer(self.key, vocabulary(), frozenset(_names(_json(read.text) for read in self.reads)))

    def write(self, directory: Path) -> Path:
        """Write the session, and give its file. Raises `Refused` where the folder can't be written."""
        renamer = self.renamer()
        session = {"interactions": [_interaction(renamer, read) for read in self.reads], "version": 1}
        path = directory / FILE
        try:
            directory.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(session, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            remedy = "Give --record a folder that can be written."
            raise Refused(Problem(Code.USAGE, f"{path} can't be written: {error.strerror}", remedy)) from error
        return path


class Tap(SansIOHTTPPolicy[Any, Any]):
    """Next to the transport, so that it sees each answer, retried ones too; tokens go another way."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Keep the answer."""
        asked, answered = request.http_request, response.http_response
        headers = tuple((name, answered.headers[name]) for name in _HEADERS if name in answered.headers)
        self._recorder.add(
            Read(asked.method, asked.url, answered.status_code, answered.reason or "", headers, answered.text())
        )


def vocabulary() -> Vocabulary:
    """What Microsoft has named, from the SDK's own models of Data Factory."""
    from azure.mgmt.datafactory import models  # noqa: PLC0415  # a second

    members, values = set(_MEMBERS), set(_VALUES)
    for _, made in inspect.getmembers(models, inspect.isclass):
        if issubclass(made, Enum):
            values |= {str(each.value) for each in made}
        mapping = getattr(made, "__mapping__", None)
        values |= set(mapping) if isinstance(mapping, dict) else set()
        for attribute, each in vars(made).items():
            if hasattr(each, "_rest_name_input"):
                members.add(each._rest_name_input or attribute)  # noqa: SLF001  # the SDK tells it nowhere else
    return Vocabulary(frozenset(members), frozenset(values))


def _names(bodies: Iterable[Json]) -> Iterator[str]:
    """The names of all resources that were read, casefolded."""
    for body in bodies:
        for one in body.get("value", [body]) if isinstance(body, dict) else []:
            if isinstance(one, dict) and isinstance(one.get("name"), str):
                yield one["name"].casefold()


def _interaction(renamer: Renamer, read: Read) -> dict[str, Json]:
    body = _json(read.text)
    return {
        "request": {"method": read.method, "uri": renamer.address(read.url), "headers": {}, "body": None},
        "response": {
            "status": {"code": read.status, "message": read.reason if read.reason.isascii() else ""},
            "headers": {name: [value] for name, value in read.headers},
            "body": {"string": "" if body is None else json.dumps(renamer.body(body))},
        },
    }


def _json(text: str) -> Json:
    """The body; None where it is no JSON, of which nothing is kept."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None
