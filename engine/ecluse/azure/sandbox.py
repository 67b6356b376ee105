"""`--sandbox DIR`: one command's stay at a local Azure. Attaches to the server of DIR, or starts it as a process.

What the two processes agree on (docs/sandbox.md): the server holds an OS lock on `sandbox.lock` and writes
`sandbox.json` once it listens; a client holds a lock of its own in `clients/` for as long as it works.
"""

import contextlib
import json
import socket
import ssl
import subprocess
import sys
import time
import uuid
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from ecluse.azure.connection import Connection, SandboxIdentity, is_loopback
from ecluse.errors import Code, Problem, Refused

SCOPES = ("https://management.azure.com/.default",)
READY_SECONDS = 60.0
_LOOK_SECONDS = 0.05
_LOCKED = 5  # the server's exit code when another one holds the directory
_SCHEMA = 1
_NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"

Server: TypeAlias = "subprocess.Popen[bytes]"


@dataclass(frozen=True, slots=True)
class Seed:
    """What an empty directory begins with."""

    subscription: str
    resource_group: str
    location: str


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a server says of itself in `sandbox.json`."""

    url: str
    ca_file: Path
    tenant: str
    client: str
    secret: str = field(repr=False)

    def answers(self) -> bool:
        """Whether this very server listens: its CA is made anew at each start, so an old file can't pass."""
        at = urlsplit(self.url)
        try:
            trust = ssl.create_default_context(cafile=str(self.ca_file))
            with (
                socket.create_connection((at.hostname or "", at.port or 0), timeout=2) as plain,
                trust.wrap_socket(plain, server_hostname=at.hostname),
            ):
                return True
        except OSError:  # not there, another one's certificate, a file half written
            return False


@contextlib.contextmanager
def sandbox(
    directory: Path,
    *,
    resource_group: str,
    subscription: str = _NO_SUBSCRIPTION,
    location: str = "westeurope",
    ready_seconds: float = READY_SECONDS,
) -> Iterator[Connection]:
    """The connection to the sandbox of `directory`, which serves at least until the block ends.

    Raises `Refused` when it can't be used or doesn't come up in time, with what its server said.
    """
    at = directory.resolve()
    with _announced(at):
        found = _ready(at, Seed(subscription or _NO_SUBSCRIPTION, resource_group, location), ready_seconds)
        yield Connection(
            subscription=subscription or _NO_SUBSCRIPTION,
            endpoint=found.url,
            scopes=SCOPES,
            authority=found.url,
            own_authority=True,
            ca_bundle=str(found.ca_file),
            sandbox=SandboxIdentity(found.tenant, found.client, found.secret),
        )


@contextlib.contextmanager
def _announced(directory: Path) -> Iterator[None]:
    """Hold this client's lock: as long as anybody does, the server stays."""
    import filelock  # noqa: PLC0415  # only with --sandbox

    leases = directory / "clients"
    try:
        leases.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(leases / f"{uuid.uuid4()}.lock")
        lock.acquire()
    except OSError as error:
        raise _unusable(
            directory, str(error.strerror or error), "Give --sandbox a directory that can be written."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _ready(directory: Path, seed: Seed, seconds: float) -> Handshake:
    """The handshake of the server that serves the directory; one is started when there is none."""
    server: Server | None = None
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            found = _handshake(directory)
            if found and found.answers():
                return found
            if server and server.poll() not in (None, _LOCKED):
                raise _died(directory)
            if (server is None or server.poll() is not None) and _unlocked(directory):
                server = _start(directory, seed)
            time.sleep(_LOOK_SECONDS)
        raise _unusable(directory, f"it was not ready within {seconds:.0f} s", f"See {directory / 'sandbox.log'}.")
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # the server outlives this process on purpose
            del server


def _handshake(directory: Path) -> Handshake | None:
    """What `sandbox.json` says; None while there is none, or when it is only half there."""
    try:
        told = json.loads((directory / "sandbox.json").read_text(encoding="utf-8"))
        schema, url = told["schemaVersion"], str(told["url"])
        found = Handshake(url, directory / told["caFile"], told["tenantId"], told["clientId"], told["clientSecret"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if schema != _SCHEMA:
        raise _unusable(
            directory, f"its server speaks version {schema!r}, not {_SCHEMA}", "Stop that server, or update."
        )
    if not is_loopback(url):
        raise _unusable(
            directory, f"its server says that it listens at {url}, which is not loopback", "Use another one."
        )
    return found


def _unlocked(directory: Path) -> bool:
    """Whether no server holds the directory; a lock whose holder is gone is free by itself."""
    import filelock  # noqa: PLC0415  # only with --sandbox

    lock = filelock.FileLock(directory / "sandbox.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return False
    lock.release()
    return True


def _start(directory: Path, seed: Seed) -> Server:
    """The server in a session of its own: Ctrl+C is for us, not for it. It ends when no client is left."""
    words = ["serve", str(directory), "--until-idle"]
    words += ["--subscription", seed.subscription, "--location", seed.location]
    words += ["--resource-group", seed.resource_group] if seed.resource_group else []
    with (directory / "sandbox.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603  # our own package, by this very interpreter
            [sys.executable, "-m", "ecluse_sandbox", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            **_detached(),
        )


def _detached() -> Mapping[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _died(directory: Path) -> Refused:
    said = (directory / "sandbox.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
    if any("install the extra" in line for line in said):  # the server's own words for a package that it lacks
        return _unusable(directory, "its server is not installed", "Install it, in a clone: pip install '.[sandbox]'.")
    why = f"its server did not start: {' | '.join(said) or 'it said nothing'}"
    return _unusable(directory, why, "Correct what its server says, or use another directory.")


def _unusable(directory: Path, why: str, remedy: str) -> Refused:
    return Refused(Problem(Code.SANDBOX, f"the sandbox in {directory} can't be used: {why}", remedy))
