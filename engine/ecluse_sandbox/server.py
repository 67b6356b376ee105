"""The life of the process: lock, certificate, listening, handshake file, saving, orderly end."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ecluse_sandbox import adf_api, arm_api, deployments_api, entra_api, state, store, tls, tokens
from ecluse_sandbox.app import ABORT, Application
from ecluse_sandbox.faults import Rule
from ecluse_sandbox.latency import Latency
from ecluse_sandbox.leases import Leases
from ecluse_sandbox.pairs import Pairs
from ecluse_sandbox.router import Router
from ecluse_sandbox.sandbox import Sandbox, now
from ecluse_sandbox.scenarios import Chosen, play
from ecluse_sandbox.settings import Settings
from ecluse_sandbox.workbench import ENDING_SECONDS, held

HANDSHAKE, CA = "sandbox.json", "ca.pem"
_OIDC = "/sandbox/project/_apis/distributedtask/hubs/build/plans/plan/jobs/job/oidctoken"
_SAVE_SECONDS = 0.2
_WATCH_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve; `groups`, `subscription` and `location` seed an empty directory only; `pairs` is for tests."""

    directory: Path
    host: str
    port: int
    subscription: str
    groups: tuple[str, ...]
    location: str
    until_idle: bool
    settings: Settings
    rules: tuple[Rule, ...]
    pairs: Path | None
    scenario: Chosen | None = None
    latency: Latency = field(default_factory=Latency)


def serve(options: Options) -> None:
    """Serve until stopped or idle; HeldError when another server holds the directory."""
    # A client that starts a server would rather join the one that is there than wait for its end.
    with held(options.directory, patience=0 if options.until_idle else ENDING_SECONDS):
        (options.directory / HANDSHAKE).unlink(missing_ok=True)
        store.sweep(options.directory)
        asyncio.run(_Life(options).run())


def _say(text: str) -> None:
    print(f"sandbox: {text}", file=sys.stderr)  # noqa: T201 - the command's own output


class _Life:
    """One start of the server, from the state on disk to the state on disk."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._dirty = False
        loaded = store.load(options.directory, _say)
        self._dirty = loaded is None
        document = loaded or state.seeded(options.subscription, options.groups, options.location, tokens.TENANT_ID)
        world = state.World(document, self._mark)
        self._sandbox = Sandbox(world, settings=options.settings, latency=options.latency)
        self._sandbox.faults.replace(options.rules)
        self._control_token = secrets.token_urlsafe(24)

    def _mark(self) -> None:
        self._dirty = True

    async def run(self) -> None:
        """Listen, tell where, serve, save."""
        directory = self._options.directory
        identity = tls.new_identity(directory)
        listener = _listener(self._options.host, self._options.port)
        host = f"[{self._options.host}]" if listener.family == socket.AF_INET6 else self._options.host
        self._sandbox.url = f"https://{host}:{listener.getsockname()[1]}"
        pairs = Pairs(self._options.pairs) if self._options.pairs else None
        application = Application(self._sandbox, _router(), self._control_token, pairs)
        if self._options.scenario:
            play(self._sandbox, self._options.scenario, self._options.rules)
        server = _Server(_config(application, identity))
        server.obey_interrupt = not self._options.until_idle
        (directory / CA).write_bytes(identity.ca)
        self._save()
        watching = [asyncio.create_task(self._keep_saved()), asyncio.create_task(self._announce(server))]
        if self._options.until_idle:
            watching.append(asyncio.create_task(self._watch_leases(server)))
        await server.serve(sockets=[listener])
        await self._end(watching)

    async def _end(self, watching: list[asyncio.Task[None]]) -> None:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        await self._sandbox.tasks.stop()
        self._save()
        (self._options.directory / HANDSHAKE).unlink(missing_ok=True)

    def _save(self) -> None:
        if self._dirty:
            self._dirty = False
            store.save(self._options.directory, self._text())

    def _text(self) -> str:
        return json.dumps(self._sandbox.world.document, separators=(",", ":"))

    async def _keep_saved(self) -> None:
        """Write soon after a change; a large state is written less often, so that it costs little."""
        while True:
            await asyncio.sleep(_SAVE_SECONDS)
            if self._dirty:
                self._dirty = False
                text = self._text()
                await asyncio.to_thread(store.save, self._options.directory, text)
                await asyncio.sleep(len(text) / 20_000_000)

    async def _announce(self, server: uvicorn.Server) -> None:
        while not server.started:  # noqa: ASYNC110 - uvicorn offers a flag, no event
            await asyncio.sleep(0.01)
        self._tell()
        if not self._options.until_idle:
            print(_welcome(self._sandbox.url, self._options.directory), flush=True)  # noqa: T201 - the command's own output

    def _handshake(self) -> dict[str, Any]:
        return {
            "schemaVersion": 1,
            "pid": os.getpid(),
            "url": self._sandbox.url,
            "caFile": CA,
            "tenantId": tokens.TENANT_ID,
            "clientId": tokens.CLIENT_ID,
            "clientSecret": tokens.CLIENT_SECRET,
            "serviceConnectionId": tokens.SERVICE_CONNECTION_ID,
            "jobToken": tokens.JOB_TOKEN,
            "oidcRequestUri": f"{self._sandbox.url}{_OIDC}",
            "controlToken": self._control_token,
            "subscriptionId": self._sandbox.world.document["seed"]["subscription"],
            "startedAt": now().isoformat(),
        }

    async def _watch_leases(self, server: uvicorn.Server) -> None:
        leases = Leases(self._options.directory / "clients")
        while True:
            while leases.wanted() or self._sandbox.tasks.busy:  # noqa: ASYNC110 - locks of other processes tell nobody
                await asyncio.sleep(_WATCH_SECONDS)
            # Withdraw, then look again: a client holds its lease before it reads where we are, so that one
            # that still read it is seen now, and one that comes later finds nothing and starts a new server.
            if self._withdraw():
                if not leases.wanted():
                    break
                self._tell()
            await asyncio.sleep(_WATCH_SECONDS)
        server.should_exit = True

    def _withdraw(self) -> bool:
        """Say no longer where we are; False where a client holds the file open (Windows)."""
        try:
            (self._options.directory / HANDSHAKE).unlink(missing_ok=True)
        except PermissionError:
            return False
        return True

    def _tell(self) -> None:
        store.replace(self._options.directory / HANDSHAKE, json.dumps(self._handshake(), indent=2))


def _listener(host: str, port: int) -> socket.socket:
    """A bound socket that says it is TCP: asyncio turns Nagle's algorithm off for such ones only."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(512)
    return listener


def _welcome(url: str, directory: Path) -> str:
    return (
        f"SANDBOX at {url}, state in {directory}; stop it with Ctrl+C.\n"
        f"SANDBOX clients: authority and endpoint are this address, the CA is {directory / CA}, "
        f"the credential is in {directory / HANDSHAKE}."
    )


def _router() -> Router:
    return Router([*deployments_api.routes(), *arm_api.routes(), *entra_api.routes(), *adf_api.routes()])


def _config(application: Application, identity: tls.Identity) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=_Protocol,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=75,
        ssl_context_factory=lambda _config, _default: identity.context,
    )


class _Protocol(H11Protocol):
    """uvicorn's own protocol, which also lends the application a way to cut the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base class
        super().connection_made(transport)
        inner = self.app

        async def with_abort(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[ABORT] = transport.abort
            await inner(scope, receive, send)

        self.app = with_abort

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered in Azure's shape too."""
        super().send_400_response(json.dumps({"error": {"code": "BadRequest", "message": msg}}))

    def shutdown(self) -> None:
        """Leave an idle client at once: the polite way waits for its TLS farewell, which may never come."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
        else:
            super().shutdown()


class _Server(uvicorn.Server):
    """Ends in order on SIGTERM and SIGINT, and leaves the exit code to us."""

    obey_interrupt = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGINT is not for a server that ends when idle: Ctrl+C there is meant for its client."""
        before = {sig: signal.signal(sig, self._stop) for sig in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    def _stop(self, number: int, _frame: object) -> None:
        if number != signal.SIGINT or self.obey_interrupt:
            self.should_exit = True
