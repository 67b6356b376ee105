"""The recorded sessions of the real service, as values. They lie beside the repository, never in it."""

import ast
import json
import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "recordings"
NO_DATA = "no shared data: recorded sessions of the real service are expected in ../shared/recordings"
_GROUP = re.compile(r"/resourcegroups/([^/\"?\s]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `year` is 0 where it has no Date, `body` None where it is empty."""

    status: int
    headers: dict[str, str]
    body: Any
    year: int = 0


@dataclass(frozen=True, slots=True)
class Interaction:
    """One request with the answer that the service gave. `place` finds it again: file and number."""

    place: str
    method: str
    host: str
    path: str
    query: str
    body: bytes
    answer: Answer

    @property
    def below(self) -> str:
        """The path below the subscription, in lower case; empty for another host."""
        found = re.fullmatch(r"/subscriptions/[^/]+(/.*?)/*", self.path, re.IGNORECASE)
        return found[1].lower() if found and self.host == "management.azure.com" else ""


@dataclass(frozen=True, slots=True)
class Session:
    """The interactions of one file, in order."""

    name: str
    interactions: tuple[Interaction, ...]

    @property
    def groups(self) -> set[str]:
        """The resource groups that the service had."""
        return {name for each in self.interactions for name in _groups(each)}


def _groups(each: Interaction) -> Iterator[str]:
    if each.answer.status < 300:
        yield from _GROUP.findall(each.path)
        for found in _GROUP.findall(json.dumps(each.answer.body)):
            if not found.isupper() and "{" not in found:
                yield found


def sessions() -> list[Session]:
    """All sessions; skips the test where there are none."""
    if not FOLDER.is_dir():
        pytest.skip(NO_DATA)
    return [_session(path) for path in sorted(FOLDER.rglob("*.yaml"))]


def _session(path: Path) -> Session:
    name = str(path.relative_to(FOLDER).with_suffix(""))
    with path.open("rb") as file:
        found = yaml.load(file, Loader=yaml.CSafeLoader)["interactions"]
    return Session(name, tuple(_interaction(f"{name}#{number}", each) for number, each in enumerate(found)))


def _interaction(place: str, raw: dict[str, Any]) -> Interaction:
    request, response = raw["request"], raw["response"]
    address = urllib.parse.urlsplit(request["uri"])
    return Interaction(
        place=place,
        method=request["method"],
        host=address.netloc,
        path=address.path,
        query=address.query,
        body=_bytes(request["body"]),
        answer=answer_of(response["status"]["code"], _headers(response["headers"]), _bytes(response["body"]["string"])),
    )


def _bytes(text: str | None) -> bytes:
    """The recorder once wrote a body as Python shows bytes; that is undone."""
    text = text or ""
    return bytes(ast.literal_eval(text)) if text.startswith("b'") else text.encode()


def _headers(raw: dict[str, list[str]]) -> dict[str, str]:
    return {name.lower(): ", ".join(values) for name, values in raw.items()}


def answer_of(status: int, headers: dict[str, str], raw: bytes) -> Answer:
    """An answer from what came over the wire."""
    date = headers.get("date")
    return Answer(status, headers, _json(raw), parsedate_to_datetime(date).year if date else 0)


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw.strip() else None
    except ValueError:
        return raw.decode(errors="replace")


def of_the_service(recorded: list[Session]) -> Iterator[Interaction]:
    """All interactions with Azure itself."""
    for session in recorded:
        for each in session.interactions:
            if each.host == "management.azure.com":
                yield each


def refusals(recorded: list[Session]) -> Iterator[tuple[Interaction, str]]:
    """Every answer that refuses, with its code."""
    for each in of_the_service(recorded):
        if each.answer.status >= 400:
            yield each, each.answer.body["error"]["code"]
