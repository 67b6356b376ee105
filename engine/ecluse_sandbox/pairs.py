"""Request/response pairs as JSON lines, so that checkers which we did not write can judge every answer.

For tests: `--record-pairs DIR`, or the environment variable `SANDBOX_RECORD_PAIRS`, by which a test run reaches the
servers that its commands start. Off unless asked for. A line holds one pair:

    {"request": {"method", "url", "headers", "body"}, "response": {"status", "headers", "body"}, "planned": false}

`url` is path and query. Bodies are JSON as it went over the wire, its secrets masked without changing its shape; null
where there was none, and outside of Resource Manager's addresses. A request whose body was no JSON, or too large, has
`"unread": true`. `response` is null where the connection was cut; `planned` says that a fault rule made the answer.
"""

import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from ecluse_sandbox import masking
from ecluse_sandbox.answers import Answer, Refusal
from ecluse_sandbox.sandbox import parse_json

VARIABLE = "SANDBOX_RECORD_PAIRS"
_RECORDED = "/subscriptions"
_HEADERS = frozenset({"content-type", "if-match", "if-none-match"})
"""Of a request's headers; the others say nothing about its form, and one of them is a token."""


class Pairs:
    """One server's file in a folder that many may share."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = (folder / f"{os.getpid()}-{uuid.uuid4().hex[:8]}.jsonl").open("x", encoding="utf-8")

    def add(
        self, request: Mapping[str, Any], raw: bytes | None, answer: Answer | None, headers: Mapping[str, str]
    ) -> None:
        """Keep a pair: the request's `method`, `url` and `headers`, its body as it came, and the whole answer."""
        with_bodies = request["url"].lower().startswith(_RECORDED)
        kept = {name: value for name, value in request["headers"].items() if name in _HEADERS}
        sent = dict(request) | {"headers": kept} | (_body(raw) if with_bodies else {"body": None})
        pair = {"request": sent, "response": None, "planned": False}
        if answer is not None:
            body = masking.for_log(answer.body) if with_bodies else None
            pair["response"] = {"status": answer.status, "headers": dict(headers), "body": body}
            pair["planned"] = answer.planned
        self._file.write(json.dumps(pair, separators=(",", ":")) + "\n")
        self._file.flush()


def _body(raw: bytes | None) -> dict[str, Any]:
    if raw == b"":
        return {"body": None}
    try:
        return {"body": masking.for_log(parse_json(raw or b""))}
    except Refusal:
        return {"body": None, "unread": True}
