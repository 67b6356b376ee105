"""The ASGI application: one request in, faults and log around it, one answer out."""

import asyncio
import dataclasses
import json
import re
import secrets
import sys
import time
import traceback
import urllib.parse
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from ecluse_sandbox import control, locks, refusals
from ecluse_sandbox.answers import Answer, Refusal
from ecluse_sandbox.latency import kind_of
from ecluse_sandbox.pairs import Pairs
from ecluse_sandbox.router import Router, split
from ecluse_sandbox.sandbox import Call, Sandbox, now, parse_json

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ABORT = "ecluse.abort"
"""Where the server's protocol puts the function that cuts the connection."""
LARGEST_BODY = 4 * 1024 * 1024
_LOOPBACK_HOST = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
_LIMITS = {"GET": ("reads", 11999), "HEAD": ("reads", 11999), "DELETE": ("deletes", 14999)}
_ASKING = ("/getstatus", "/monitoringdata")
"""A POST that counts as a read (recorded); others such as getEventSubscriptionStatus count as writes."""
_UNCOUNTED = "MissingSubscriptionRegistration"


class Application:
    """The sandbox over HTTP."""

    def __init__(self, sandbox: Sandbox, router: Router, control_token: str, pairs: Pairs | None = None) -> None:
        self._pairs = pairs
        self._sandbox = sandbox
        sandbox.inside = self._by_somebody_else
        self._router = router
        self._control_token = control_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            raw = await _body(receive)
        except ConnectionAbortedError:
            return  # half a request has no effect, and nobody waits for an answer
        path = _shown_path(scope)
        if path.startswith("/_sandbox/"):
            await self._send(send, scope, raw, self._control(scope, path, raw))
            return
        started, clock = now(), time.perf_counter()
        kind = kind_of(scope["method"], path)
        async with self._sandbox.latency.served(kind) as at_once:
            answer = await self._with_faults(scope, path, raw)
        body, seconds = _for_log(scope["method"], path, raw), time.perf_counter() - clock
        status = answer.status if answer else 0
        self._sandbox.calls.add(
            scope["method"], path, status, started=started, seconds=seconds, body=body, kind=kind, at_once=at_once
        )
        if answer is None:
            self._record(scope, raw, None, {})
            await _cut(scope, receive)
        else:
            await self._send(send, scope, raw, answer)
            if answer.drip:
                await _drip(send, receive, answer.drip)
            elif answer.broken:
                await _cut(scope, receive)

    async def _send(self, send: Send, scope: Scope, raw: bytes | None, answer: Answer) -> None:
        body = answer.text.encode() if answer.text or answer.body is None else _encoded(answer.body)
        headers = _standard_headers() | _counter(scope, answer)
        headers |= {} if answer.drip else {"content-length": str(len(body))}
        if body:
            headers["content-type"] = f"{'text/html' if answer.text else 'application/json'}; charset=utf-8"
        headers |= {name.lower(): value for name, value in answer.headers.items()}
        self._record(scope, raw, answer, headers)
        encoded = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        sent = body[: len(body) // 2] if answer.broken else b"" if answer.drip or scope["method"] == "HEAD" else body
        more = answer.broken or bool(answer.drip)
        await send({"type": "http.response.body", "body": sent, "more_body": more})

    def _record(self, scope: Scope, raw: bytes | None, answer: Answer | None, headers: Mapping[str, str]) -> None:
        if self._pairs:
            request = {"method": scope["method"], "url": _shown_path(scope), "headers": _headers(scope)}
            self._pairs.add(request, raw, answer, headers)

    def _control(self, scope: Scope, path: str, raw: bytes | None) -> Answer:
        given = _headers(scope).get("x-sandbox-control", "")
        if not secrets.compare_digest(given.encode(), self._control_token.encode()):
            return Answer(403, {"error": {"code": "Forbidden", "message": "x-sandbox-control is missing or wrong."}})
        return control.answer(self._sandbox, scope["method"], path, raw or b"")

    async def _with_faults(self, scope: Scope, path: str, raw: bytes | None) -> Answer | None:
        """The answer, or None where the connection is to be cut."""
        rule = self._sandbox.faults.hit(scope["method"], path)
        if rule is None:
            return self._answer(scope, raw)
        done = self._answer(scope, raw) if rule.after else None
        await self._sandbox.strike(rule.action)
        if rule.action.cut:
            return None
        answer = rule.action.answer or done or self._answer(scope, raw)
        return dataclasses.replace(answer, broken=rule.action.broken, drip=rule.action.drip)

    def _answer(self, scope: Scope, raw: bytes | None) -> Answer:
        return _guarded(lambda: self._handle(scope, raw))

    def _handle(self, scope: Scope, raw: bytes | None) -> Answer:
        headers = _headers(scope)
        _check_host(headers.get("host", ""))
        segments = split(scope["raw_path"])
        if segments[0].lower() == "subscriptions":
            self._sandbox.tokens.check(headers.get("authorization"))
        if raw is None:
            raise refusals.content_too_large()
        return self._routed(scope["method"], scope["raw_path"], _query(scope["query_string"]), headers, raw)

    def _routed(
        self, method: str, target: bytes, query: Mapping[str, str], headers: Mapping[str, str], raw: bytes
    ) -> Answer:
        route, place = self._router.find(method, split(target), query.get("api-version", ""))
        if route.api is not None:
            route.api.check(query.get("api-version"))
        path = target.split(b"?")[0].decode("latin-1")
        locks.check(self._sandbox.world, method, f"/{'/'.join(split(target))}")
        return route.handler(Call(self._sandbox, method, path, place, query, headers, raw))

    def _by_somebody_else(self, method: str, path: str, body: Any) -> Answer:
        """A call from within: no token, no fault, the newest api-version unless it names one."""
        target, _, query = path.partition("?")
        version = "2024-07-01" if "/microsoft.resources/" in target.lower() else "2018-06-01"
        words = {"api-version": version} | _query(query.encode())
        raw, started, clock = b"" if body is None else json.dumps(body).encode(), now(), time.perf_counter()
        # A name in a scenario may hold blanks; an address may not.
        quoted = urllib.parse.quote(target, safe="/%").encode()
        answer = _guarded(lambda: self._routed(method, quoted, words, {}, raw))
        seconds = time.perf_counter() - clock
        self._sandbox.calls.add(f"OTHER {method}", path, answer.status, started=started, seconds=seconds, body=body)
        return answer


def _guarded(handle: Callable[[], Answer]) -> Answer:
    """What the handler answers, its refusals included; a defect is Azure's 500, and one line for us."""
    try:
        return handle()
    except Refusal as refusal:
        return refusal.answer
    except RecursionError:
        return refusals.invalid_content("The reader's MaxDepth has been exceeded. Path ''").answer
    except Exception as error:  # noqa: BLE001 - a server's last resort
        _report(error)
        return Answer(500, {"error": {"code": "InternalServerError", "message": "Internal server error."}})


def _check_host(host: str) -> None:
    if not _LOOPBACK_HOST.fullmatch(host):
        raise refusals.bad_host()


def _report(error: Exception) -> None:
    """Where it happened, without values: a traceback's text could show a secret."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    print(f"sandbox: {type(error).__name__} at {frame.filename}:{frame.lineno}", file=sys.stderr)  # noqa: T201 - a server's own log


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _query(text: bytes) -> dict[str, str]:
    pairs = urllib.parse.parse_qsl(text.decode("latin-1"), keep_blank_values=True)
    return {name.lower(): value for name, value in pairs}


def _shown_path(scope: Scope) -> str:
    path = str(scope["raw_path"].split(b"?")[0].decode("latin-1"))
    query = scope["query_string"].decode("latin-1")
    return (f"{path}?{query}" if query else path)[:2000]


def _for_log(method: str, path: str, raw: bytes | None) -> Any:
    if raw is None:
        return f"more than {LARGEST_BODY} bytes"
    if method not in {"PUT", "PATCH", "POST"} or not raw:
        return None
    try:
        return parse_json(raw) if path.lower().startswith("/subscriptions/") else f"{len(raw)} bytes"
    except Refusal:
        return f"{len(raw)} bytes that are no JSON"


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None when it is more than Azure takes (the rest is read and dropped).

    ConnectionAbortedError: the client went before it had sent it all.
    """
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= LARGEST_BODY:
            chunks.append(chunk)
        else:
            chunks.clear()
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError
        if not message.get("more_body", False):
            return None if size > LARGEST_BODY else b"".join(chunks)


async def _drip(send: Send, receive: Receive, seconds: float) -> None:
    """Blanks, one at a time, until the client has had enough."""
    gone = asyncio.ensure_future(receive())
    while not (await asyncio.wait([gone], timeout=seconds))[0]:
        await send({"type": "http.response.body", "body": b" ", "more_body": True})


async def _cut(scope: Scope, receive: Receive) -> None:
    scope["extensions"][ABORT]()
    while (await receive())["type"] != "http.disconnect":
        pass


def _encoded(body: Any) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair: JSON may hold it, UTF-8 may not
        return json.dumps(body).encode()


def _counter(scope: Scope, answer: Answer) -> dict[str, str]:
    """How many calls of the kind are left; a call for a provider that is not registered is not counted (recorded)."""
    asks = scope["method"] == "POST" and scope["path"].lower().endswith(_ASKING)
    kind, left = _LIMITS["GET"] if asks else _LIMITS.get(scope["method"], ("writes", 1199))
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if isinstance(error, dict) and error.get("code") == _UNCOUNTED:
        return {}
    return {f"x-ms-ratelimit-remaining-subscription-{kind}": str(left)}


def _standard_headers() -> dict[str, str]:
    """The headers on every answer (azure-behaviours section 1, recorded)."""
    request = str(uuid.uuid4())
    return {
        "cache-control": "no-cache",
        "pragma": "no-cache",
        "expires": "-1",
        "strict-transport-security": "max-age=31536000; includeSubDomains",
        "x-content-type-options": "nosniff",
        "server": "Kestrel",
        "x-ms-request-id": request,
        "x-ms-correlation-request-id": request,
        "x-ms-routing-request-id": f"SANDBOX:{now():%Y%m%dT%H%M%SZ}:{request}",
    }
