"""How long Azure takes: for each class of call a delay, and how many of it are served at once. None by default."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CLASSES = ("read", "write", "list", "step", "poll")
STEP = "step"
_PACE_WORDS = {"delaySeconds", "atOnce"}
_POLL = re.compile(
    r"/(?:operationstatuses|operationresults)/|/geteventsubscriptionstatus$|/getstatus$|/adfcdcs/[^/]+/status$"
)


@dataclass(frozen=True, slots=True)
class Pace:
    """One class: `delay` in seconds before the effect, `at_once` calls in service; 0: no limit."""

    delay: float = 0
    at_once: int = 0


@dataclass(slots=True)
class Latency:
    """The paces in force, and who is in service."""

    paces: Mapping[str, Pace] = field(default_factory=dict)
    _gates: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    _inside: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._gates = {kind: asyncio.Semaphore(pace.at_once) for kind, pace in self.paces.items() if pace.at_once}

    @contextlib.asynccontextmanager
    async def served(self, kind: str) -> AsyncIterator[int]:
        """Wait for a place in the class, then its delay; gives how many are in service, this one counted."""
        async with self.place(kind) as at_once:
            await self.pause(kind)
            yield at_once

    @contextlib.asynccontextmanager
    async def place(self, kind: str) -> AsyncIterator[int]:
        """Wait for a place in the class, and no longer; gives how many have one, this one counted."""
        async with self._gates.get(kind, contextlib.nullcontext()):
            self._inside[kind] = self._inside.get(kind, 0) + 1
            try:
                yield self._inside[kind]
            finally:
                self._inside[kind] -= 1

    async def pause(self, kind: str) -> None:
        """Wait for the delay of the class."""
        if kind in self.paces:
            await asyncio.sleep(self.paces[kind].delay)

    def as_json(self) -> dict[str, Any]:
        """The paces, as `parse` takes them."""
        return {kind: {"delaySeconds": pace.delay, "atOnce": pace.at_once} for kind, pace in self.paces.items()}


def kind_of(method: str, path: str) -> str:
    """The class of a call; empty for what is not Resource Manager's: sign-in and control."""
    target = path.partition("?")[0].rstrip("/").lower()
    if not target.startswith("/subscriptions"):
        return ""
    if _POLL.search(target):
        return "poll"
    if method not in {"GET", "HEAD"}:
        return "write"
    return "list" if _ends_in_a_type(target) else "read"


def _ends_in_a_type(target: str) -> bool:
    """Types and names take turns, from the last provider on: an odd number ends in a type, which is a list."""
    inner = re.sub(r"^.*/providers/[^/]+", "", target).strip("/")
    return bool(inner) and inner.count("/") % 2 == 0


def typed(text: str) -> Latency:
    """`read=0.1,write=0.3/4` (seconds, and how many at once), or the path of a JSON file; ValueError, OSError."""
    if "=" not in text:
        return parse(json.loads(Path(text).read_text(encoding="utf-8")))
    paces: dict[str, Any] = {}
    for part in text.split(","):
        kind, _, pace = part.partition("=")
        delay, _, at_once = pace.partition("/")
        try:
            paces[kind.strip()] = {"delaySeconds": float(delay), "atOnce": int(at_once or 0)}
        except ValueError:
            raise ValueError(f"{part!r} should be CLASS=SECONDS or CLASS=SECONDS/AT_ONCE") from None
    return parse(paces)


def parse(document: Any) -> Latency:
    """`{"read": {"delaySeconds": 0.1, "atOnce": 8}, …}`; ValueError says what is wrong."""
    if not isinstance(document, dict):
        raise ValueError("latency is a JSON object")  # noqa: TRY004 - one kind of error for bad input
    unknown = sorted(set(document) - set(CLASSES))
    if unknown:
        raise ValueError(f"unknown class {', '.join(unknown)}; known: {', '.join(CLASSES)}")
    return Latency({kind: _pace(kind, one) for kind, one in document.items()})


def _pace(kind: str, one: Any) -> Pace:
    if not isinstance(one, dict) or set(one) - _PACE_WORDS:
        raise ValueError(f"{kind}: an object of {' and '.join(sorted(_PACE_WORDS))}")
    delay, at_once = one.get("delaySeconds", 0), one.get("atOnce", 0)
    if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay < float("inf"):
        raise ValueError(f"{kind}: delaySeconds is a number from 0 up")
    if isinstance(at_once, bool) or not isinstance(at_once, int) or at_once < 0:
        raise ValueError(f"{kind}: atOnce is a whole number from 0 up")
    return Pace(delay, at_once)
