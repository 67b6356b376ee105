"""The running sandbox as its handlers see it, and one request to it."""

import asyncio
import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ecluse_sandbox import refusals
from ecluse_sandbox.answers import Answer
from ecluse_sandbox.calls import CallLog
from ecluse_sandbox.faults import Action, Faults
from ecluse_sandbox.latency import Latency
from ecluse_sandbox.proofs import Proofs
from ecluse_sandbox.running import Tasks
from ecluse_sandbox.settings import Settings
from ecluse_sandbox.state import World
from ecluse_sandbox.tokens import Tokens


@dataclass(slots=True)
class Sandbox:
    """Everything that lives while the server runs; handlers change it, one at a time."""

    world: World
    url: str = ""
    settings: Settings = field(default_factory=Settings)
    faults: Faults = field(default_factory=Faults)
    calls: CallLog = field(default_factory=CallLog)
    tokens: Tokens = field(default_factory=Tokens)
    proofs: Proofs = field(default_factory=Proofs)
    latency: Latency = field(default_factory=Latency)
    tasks: Tasks = field(default_factory=Tasks)
    inside: "Inside" = field(default=lambda *_: Answer(503))
    """How somebody else's call is made; the application sets it."""

    async def strike(self, action: Action) -> None:
        """Let the trouble of a fault rule come that is no answer."""
        if action.delay:
            await asyncio.sleep(action.delay)
        if action.expire_token:
            self.tokens.expire_all()
        if action.claims:
            self.tokens.demanded = action.claims
        if action.other:
            self.inside(action.other.method, action.other.path, action.other.body)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: where it goes (`place`: the route's named segments, `path` as it was sent), and what it carries."""

    sandbox: Sandbox
    method: str
    path: str
    place: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes

    @property
    def world(self) -> World:
        """The state."""
        return self.sandbox.world

    def __getitem__(self, name: str) -> str:
        return self.place[name]

    def object(self) -> dict[str, Any]:
        """The body as a JSON object, or InvalidRequestContent."""
        body = parse_json(self.raw)
        if not isinstance(body, dict):
            raise refusals.invalid_content("Error converting value to type 'ResourceDefinition'. Path ''")
        return body


_RELAXED = re.compile(
    r'"(?:\\.|[^"\\])*"|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?<![\w$])(?P<name>[A-Za-z_$][\w$]*+)\s*+:', re.DOTALL
)
"""A string as it is, a comment, or a member name without quotes."""

Handler = Callable[[Call], Answer]
Inside = Callable[[str, str, Any], Answer]
"""Method, path, body."""


def parse_json(raw: bytes) -> Any:
    """JSON as Resource Manager takes it, or InvalidRequestContent; NaN and Infinity are no JSON."""
    try:
        return _loads(raw.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, position {error.colno}"
        raise refusals.invalid_content(f"Unexpected character encountered while parsing value. {where}") from None
    except (UnicodeDecodeError, ValueError):
        raise refusals.invalid_content("Unexpected character encountered while parsing value. Path ''") from None
    except RecursionError:
        raise refusals.invalid_content("The reader's MaxDepth has been exceeded. Path ''") from None


def _loads(text: str) -> Any:
    """Strict JSON at first; recorded templates also hold comments, bare names and line breaks in strings."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError:
        plain = _RELAXED.sub(_as_strict, text)
        return json.loads(plain, parse_constant=_no_constant, strict=False)


def _as_strict(found: re.Match[str]) -> str:
    if found["comment"]:
        return " "
    return f'"{found["name"]}":' if found["name"] else found[0]


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def now() -> dt.datetime:
    """The time, UTC."""
    return dt.datetime.now(dt.UTC)


def stamp(moment: dt.datetime) -> str:
    """A time as the service writes it: seven digits of a second, and Z."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0Z"
