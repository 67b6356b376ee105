"""What Azure says went wrong, unwrapped: from JSON in strings in details in errors down to the facts. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ecluse.jsontree import Json

_EMBEDDED_LIMIT = 200_000  # an error body is small; a longer text is an echo and not worth searching for JSON
_LONGEST = 2_000
_ADF_PAIR = re.compile(r"ErrorCode=(?P<code>\w+),\s*ErrorMessage=(?P<message>.*)", re.DOTALL)
_ECHO = re.compile(r"(Failed to encrypt sub-resource payload)\b.*", re.DOTALL | re.IGNORECASE)
_SECRET = re.compile(
    r"(?P<key>\b(?:account ?key|shared ?access ?(?:key|signature)|password|passwd|pwd|sig|client_?secret|"
    r"client_?assertion|access_?token|refresh_?token|api_?key)\b\"?\s*[=:]\s*\"?)[^;,&\"'\s]+",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\bBearer\s+\S+|\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*")
_UNSURE = frozenset({408, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that Azure says is wrong. `status` is the HTTP status, None when no answer came.

    `sent` is False only when the request surely never reached Azure. `target` is an ARM id, a name or "".
    """

    code: str
    message: str
    target: str = ""
    status: int | None = None
    correlation: str = ""
    sent: bool = True

    @property
    def unsure(self) -> bool:
        """Whether the work may have been done although it was answered by an error: look before sending again."""
        return self.sent and (self.status is None or self.status in _UNSURE)


def redact(text: str) -> str:
    """The text without what may be secret, and of a readable length.

    Azure echoes the whole payload where a secret can't be encrypted (azure-docs issue 17892), and texts of other
    services hold connection strings.
    """
    cut = _ECHO.sub(r"\1 (the echoed payload is left out)", text)
    masked = _BEARER.sub("***", _SECRET.sub(r"\g<key>***", cut)).strip()
    return masked if len(masked) <= _LONGEST else f"{masked[:_LONGEST]}…"


def unwrap(body: Json) -> tuple[Fault, ...]:
    """The innermost errors of an answer, a deployment's `error`, or an operation's `statusMessage`; none twice.

    Sources: shapes in azure-behaviours sections 2, 5 and 6; AAD's `{"error": "code", "error_description": …}`.
    """
    return tuple(dict.fromkeys(_unwrap(body, "", "")))


def _unwrap(node: Json, code: str, target: str) -> Iterator[Fault]:
    if isinstance(node, str):
        yield from _from_text(node, code, target)
    elif isinstance(node, list):
        for each in node:
            yield from _unwrap(each, code, target)
    elif isinstance(node, dict):
        yield from _from_object(node, code, target)


def _from_object(node: Mapping[str, Json], code: str, target: str) -> Iterator[Fault]:
    lower = {key.casefold(): value for key, value in node.items()}
    inner = lower.get("error")
    if isinstance(inner, dict):
        yield from _unwrap(inner, code, target)
        return
    if isinstance(inner, str):
        yield Fault(inner, redact(str(lower.get("error_description", ""))), target)
        return
    code, target = _text(lower.get("code")) or code, _text(lower.get("target")) or target
    deeper = tuple(_unwrap(lower.get("details") or [], code, target))
    if deeper:
        yield from deeper
    else:
        place = _place(lower.get("additionalinfo"))
        for fault in _from_text(_text(lower.get("message")), code, target):
            yield replace(fault, message=f"{fault.message}{place}")


def _from_text(text: str, code: str, target: str) -> Iterator[Fault]:
    """A message is a plain text, JSON, or a text with JSON inside."""
    deeper = tuple(_unwrap(_embedded(text), code, target))
    if deeper:
        yield from deeper
    elif pair := _ADF_PAIR.search(text):
        yield Fault(pair["code"], redact(pair["message"]), target)
    elif text or code:
        yield Fault(code or "Unknown", redact(text), target)


def _embedded(text: str) -> Json:
    """The error object inside a text, None when there is none."""
    start = text.find("{")
    if start < 0 or len(text) > _EMBEDDED_LIMIT:
        return None
    try:
        found, _ = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):  # just a text with a brace
        return None
    return found if isinstance(found, dict) and ("error" in found or {"code", "message"} <= found.keys()) else None


def _place(additional: Json) -> str:
    """Where in a template a violation stands, as ARM tells it beside the message."""
    if not isinstance(additional, list):
        return ""
    infos = (each.get("info") for each in additional if isinstance(each, dict))
    paths = [str(info["path"]) for info in infos if isinstance(info, dict) and info.get("path")]
    return f" (at {', '.join(paths)})" if paths else ""


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
