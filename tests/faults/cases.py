"""Each request of a deployment, each trouble that it may meet, and each way in which a user recovers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from types import MappingProxyType
from typing import Any, Self

_BROKEN = {"error": {"code": "InternalServerError", "message": "made up"}}
_NO_RIGHT = {"error": {"code": "AuthorizationFailed", "message": "no right"}}

SLOW_SECONDS = 1.5
PATIENT_SECONDS = 1
"""How long the client waits for an answer where a trouble is slower than that."""

FAULTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "cut before": {"action": {"cut": True}},
        "cut after": {"when": "after", "action": {"cut": True}},
        "500 before": {"action": {"status": 500, "body": _BROKEN}},
        "503 after": {"when": "after", "action": {"status": 503, "body": _BROKEN}},
        "429": {"action": {"status": 429, "headers": {"Retry-After": "1"}}},
        "timeout": {"when": "after", "action": {"delaySeconds": SLOW_SECONDS}},
        "token": {"action": {"expireToken": True}},
        "403": {"action": {"status": 403, "body": _NO_RIGHT}},
        "403 for good": {"action": {"status": 403, "body": _NO_RIGHT}},
        "500 for good": {"action": {"status": 500, "body": _BROKEN}},
    }
)
"""What the sandbox does to the request, by the names of its fault rules."""
SIGNALS = ("cancel before", "cancel after", "kill before", "kill after")
"""What happens to the process: as it sends the request, or when it has the answer."""
TROUBLES = (*FAULTS, *SIGNALS)
IN_A_DEPLOYMENT = ("500 before", "403")
"""What can happen to the write of one resource by a deployment."""
RECOVERIES = ("next", "fresh", "recover", "fresh recover")
"""The next deployment, on this machine or one that knows nothing; or `triggers recover` before it."""

_ECLUSE = re.compile(r"(ecluse-[0-9a-f]{8}-)\d{8}-\d{6}-[0-9a-f]{4}(?=-)")
_RUN = "RUN"


@dataclass(frozen=True, slots=True)
class Case:
    """The `number`-th request of a kind meets a trouble, and then the user recovers."""

    method: str
    verb: str
    path: str
    number: int
    trouble: str
    recovery: str

    @property
    def id(self) -> str:
        """What `--only` takes."""
        parts = (self.method, self.verb, self.path, self.number, self.trouble, self.recovery)
        return "|".join(map(str, parts)).replace(" ", "_")

    @classmethod
    def of(cls, text: str) -> Self:
        """The case of an id. Raises `ValueError`."""
        method, verb, path, number, trouble, recovery = text.replace("_", " ").split("|")
        if method not in ("arm", "rest") or trouble not in TROUBLES or recovery not in RECOVERIES:
            raise ValueError(text)
        return cls(method, verb, path.replace(" ", "_"), int(number), trouble, recovery)

    @property
    def pattern(self) -> str:
        """A regular expression for the paths of the request; the run's name is another one each time."""
        return path_pattern(self.path)

    @property
    def rule(self) -> dict[str, Any]:
        """The sandbox's fault rule."""
        once = {} if self.trouble.endswith("for good") else {"nth": self.number}
        return {"method": self.verb, "path": self.pattern, **once, **FAULTS[self.trouble]}


def path_pattern(path: str) -> str:
    """A regular expression for a path that `general` gave."""
    return re.escape(path).replace(_RUN, r"\d{8}-\d{6}-[0-9a-f]{4}") + r"(?:\?|$)"


def general(path: str) -> str:
    """A request's path without the query, with a word for the run's name, from the part on that tells it apart."""
    short = re.sub(r"^/subscriptions/[^/]+(/resourceGroups/[^/]+)?", "", path.partition("?")[0], flags=re.IGNORECASE)
    return _ECLUSE.sub(rf"\g<1>{_RUN}", short or path.partition("?")[0])


def cases(method: str, calls: Iterable[Mapping[str, Any]]) -> Iterator[Case]:
    """All cases of the run that left these calls in the log; the recoveries take turns."""
    seen: Counter[tuple[str, str]] = Counter()
    turns = cycle(RECOVERIES)
    for call in calls:
        request = call["method"], general(call["path"])
        seen[request] += 1
        number = seen[request]
        for trouble in IN_A_DEPLOYMENT if call["method"] == "DEPLOY" else TROUBLES:
            if number > 1 and trouble.endswith("for good"):
                continue
            yield Case(method, *request, number, trouble, next(turns))
        next(turns)  # or a trouble would always meet the same recovery
