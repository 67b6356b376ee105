"""A recorded session played against a running sandbox, request by request."""

import contextlib
import http.client
import ssl
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.contract.recordings import scope
from tests.contract.recordings.compare import differences
from tests.contract.recordings.names import Names, without_unique
from tests.contract.recordings.recorded import Answer, Interaction, Session, answer_of
from tests.sandbox_process import RunningSandbox

_PATIENCE_SECONDS = 10
_SLOW_STEP_SECONDS = 0.6
"""How long a deployment takes where the recording looks at it, or stops it, half way."""
_ENDPOINT_POLLS = 100
"""The recordings of private endpoints end while these are being made."""
_PROVIDER = "Microsoft.DataFactory"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one interaction went: its class or the reason why it is out, and what is not as recorded."""

    place: str
    call: str
    reason: str
    differences: tuple[str, ...] = ()

    @property
    def compared(self) -> bool:
        """Whether it is in scope."""
        return self.reason in scope.IN_SCOPE


Alter = Callable[[Interaction, Answer], Answer]
"""What is made of an answer before it is compared."""


def _as_it_is(_: Interaction, answer: Answer) -> Answer:
    return answer


class Wire:
    """One connection to the sandbox: addresses go out as they are."""

    def __init__(self, azure: RunningSandbox) -> None:
        where = urllib.parse.urlsplit(azure.url)
        context = ssl.create_default_context(cafile=azure.ca)
        self._connection = http.client.HTTPSConnection(str(where.hostname), where.port, context=context)
        self._headers = {"Authorization": f"Bearer {azure.token()}", "Content-Type": "application/json"}

    def send(self, method: str, address: str, body: bytes = b"") -> Answer:
        """One request."""
        self._connection.request(method, address, body or None, self._headers)
        response = self._connection.getresponse()
        raw = response.read()
        return answer_of(response.status, {name.lower(): value for name, value in response.getheaders()}, raw)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@dataclass(slots=True)
class _Play:
    """One session under way."""

    azure: RunningSandbox
    wire: Wire
    session: Session
    reasons: list[str]
    alter: Alter
    names: Names = field(default_factory=Names)

    def verdicts(self) -> Iterator[Verdict]:
        for number, each in enumerate(self.session.interactions):
            reason = self.reasons[number]
            found: tuple[str, ...] = ()
            if reason in scope.IN_SCOPE:
                self._set_scene(number)
                found = self._compared(number)
            elif each.below.endswith("/register"):
                self.wire.send(each.method, f"{each.path}?{each.query}")
            yield Verdict(each.place, f"{each.method} {each.path}", reason, found)

    def _compared(self, number: int) -> tuple[str, ...]:
        each = self.session.interactions[number]
        address = self.names.address(each, scope.deployment_of(self.session, number))
        given = self._asked(each, address)
        given = self.alter(each, given)
        self.names.learn(each.answer, given)
        return tuple(differences(*map(without_unique, (self.names.of_recording(each.answer), given))))

    def _asked(self, each: Interaction, address: str) -> Answer:
        """The answer; of something that goes on, the first one that has the recorded state."""
        given = self.wire.send(each.method, address, each.body)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while each.method == "GET" and _state(each.answer) in scope.FINAL and _is_under_way(given):
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
            given = self.wire.send(each.method, address)
        return given

    def _set_scene(self, number: int) -> None:
        """What the recording presumes: a provider that is not registered, a deployment that takes its time."""
        each = self.session.interactions[number]
        if "MissingSubscriptionRegistration" in str(each.answer.body):
            subscription = each.path.split("/")[2]
            address = f"/subscriptions/{subscription}/providers/{_PROVIDER}/unregister?api-version=2016-02-01"
            assert self.wire.send("POST", address).status == 200
        if each.method == "PUT" and self.reasons[number] == scope.DEPLOYMENT:
            self.azure.settings(stepDelaySeconds=_SLOW_STEP_SECONDS if self._is_seen_under_way(number) else 0)

    def _is_seen_under_way(self, number: int) -> bool:
        following = self.session.interactions[number + 1 : number + 2]
        return any(each.below.endswith("/cancel") or _is_under_way(each.answer) for each in following)


def play(azure: RunningSandbox, session: Session, alter: Alter = _as_it_is) -> list[Verdict]:
    """Reset the sandbox, play the session, and tell how each interaction went; `alter` spoils answers on purpose."""
    azure.control("POST", "reset")
    azure.settings(endpointPolls=_ENDPOINT_POLLS)
    with contextlib.closing(Wire(azure)) as wire:
        return list(_Play(azure, wire, session, scope.classed(session), alter).verdicts())


def _state(answer: Answer) -> Any:
    """A deployment's or an operation's state; None for anything else."""
    body = answer.body if isinstance(answer.body, dict) else {}
    properties = body.get("properties")
    return body.get("status") or (isinstance(properties, dict) and properties.get("provisioningState")) or None


def _is_under_way(answer: Answer) -> bool:
    return _state(answer) in {"Accepted", "Running", "InProgress"}
