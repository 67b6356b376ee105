"""What a handler gives back, and the one exception by which it refuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer before it has bytes; a body of None is an empty body, `planned` one that a fault rule made.

    `text` goes out as it is, instead of a body; of a `broken` answer only half does; of one that drips a blank every
    `drip` seconds, for ever.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    planned: bool = False
    text: str = ""
    broken: bool = False
    drip: float = 0


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of the sandbox
    """A request that Azure would refuse, with Azure's answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"HTTP {answer.status}")
        self.answer = answer

    @property
    def error(self) -> dict[str, Any]:
        """The error object inside the envelope."""
        body: dict[str, Any] = self.answer.body
        error: dict[str, Any] = body["error"]
        return error


def service_refusal(status: int, code: str, message: str, target: str | None = None) -> Refusal:
    """Data Factory's own envelope: code, message, target, details.

    Source: recorded sessions, azure-behaviours section 2 [V].
    """
    error = {"code": code, "message": message, "target": target, "details": None}
    return Refusal(Answer(status, {"error": error}))


def gateway_refusal(
    status: int, code: str, message: str, more: Mapping[str, Any] | None = None, **headers: str
) -> Refusal:
    """Resource Manager's envelope: code and message only, marked as the gateway's.

    Source: DOC#21346 (x-ms-failure-cause: gateway), azure-behaviours section 2 [V].
    """
    error = {"code": code, "message": message, **(more or {})}
    return Refusal(Answer(status, {"error": error}, {"x-ms-failure-cause": "gateway"} | headers))
