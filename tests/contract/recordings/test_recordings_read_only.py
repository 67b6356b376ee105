"""What the real service adds to what it was sent: neither compared nor sent back, or here with the reason."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from ecluse.jsontree import Json, leaves
from ecluse.model.kinds import BY_ARM_TYPE, Kind
from ecluse.plan.normalise import normalised, sendable
from tests.contract.recordings.recorded import Interaction, Session, sessions

_OBJECT = re.compile(r"/resourcegroups/[^/]+/providers/microsoft\.datafactory/factories/[^/]+/.+")
_FINE = 300

SENT_WITH_A_REASON: Mapping[tuple[str, str], str] = {
    (
        "managedPrivateEndpoint",
        "properties.fqdns",
    ): "sent where a new endpoint is made; one that is there is never sent",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """What was sent to the service for an object, and what it answered for it, at once or later."""

    kind: Kind
    request: Mapping[str, Json]
    answer: Mapping[str, Json]


def pairs(session: Session) -> Iterator[Pair]:
    sent: dict[str, Mapping[str, Json]] = {}
    for each in session.interactions:
        if not _OBJECT.fullmatch(each.below) or each.answer.status >= _FINE:
            continue
        for body in _bodies(each):
            at = str(body.get("id", "")).lower()
            if each.method == "PUT":
                sent[at] = json.loads(each.body)
            kind = BY_ARM_TYPE.get(str(body.get("type", "")).lower())
            if kind is not None and at in sent and "properties" in body:
                yield Pair(kind, sent[at], body)


def _bodies(each: Interaction) -> list[Mapping[str, Json]]:
    body = each.answer.body
    if not isinstance(body, dict):
        return []
    return [body] if "id" in body else [one for one in body.get("value", []) if isinstance(one, dict)]


def paths(tree: Json) -> set[str]:
    """The paths of all leaves below `properties`; an element of a list is `*`."""
    return {
        ".".join("*" if isinstance(step, int) else step for step in ("properties", *path)) for path, _ in leaves(tree)
    }


@pytest.fixture(scope="module")
def recorded() -> list[Pair]:
    return [pair for session in sessions() for pair in pairs(session)]


def added(pair: Pair, kept: Json) -> set[tuple[str, str]]:
    """What stands in `kept`, made of the answer, and was not in the request."""
    return {(pair.kind.word, path) for path in paths(kept) - paths(pair.request.get("properties", {}))}


def test_the_recordings_show_what_the_service_adds_to_most_kinds(recorded: list[Pair]) -> None:
    of_service = {each for pair in recorded for each in added(pair, pair.answer["properties"])}
    assert {word for word, _ in of_service} >= {
        "integrationRuntime",
        "linkedService",
        "managedPrivateEndpoint",
        "managedVirtualNetwork",
        "pipeline",
        "trigger",
    }


def test_what_the_service_adds_is_never_sent_back(recorded: list[Pair]) -> None:
    back = {each for pair in recorded for each in added(pair, sendable(pair.kind, pair.answer))}
    assert back == set(SENT_WITH_A_REASON)


def test_what_the_service_adds_is_no_difference(recorded: list[Pair]) -> None:
    assert {
        each for pair in recorded for each in added(pair, normalised(pair.kind, pair.answer["properties"]))
    } == set()


def test_what_was_sent_is_sent_again_but_for_what_only_the_service_decides(recorded: list[Pair]) -> None:
    lost = {
        (pair.kind.word, path)
        for pair in recorded
        for path in paths(pair.request.get("properties", {})) - paths(sendable(pair.kind, pair.request))
    }
    # One session puts back what it had read, with the stand-in for the secret.
    assert lost == {("linkedService", "properties.typeProperties.encryptedCredential")}
