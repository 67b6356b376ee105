"""A sandbox server as a process of its own, for any test that needs an Azure.

Use the fixture by importing both of its halves, `sandbox` and `shared_sandbox`, in a conftest; or a server of
another make by `with running(tmp_path) as azure:`.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import urllib3

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
GROUP = "rg-test"
ENGINE = Path(__file__).resolve().parent.parent / "engine"

_PATIENCE_SECONDS = 60
_NO_TOKEN = 401


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A server that answers; `info` is its sandbox.json."""

    directory: Path
    info: dict[str, Any]
    process: subprocess.Popen[bytes]
    _pool: urllib3.PoolManager = field(init=False)
    _tokens: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pool", urllib3.PoolManager(ca_certs=self.ca, retries=False, maxsize=8))

    @property
    def url(self) -> str:
        """Where it listens: authority and Resource Manager endpoint alike."""
        return str(self.info["url"])

    @property
    def ca(self) -> str:
        """Path of the CA certificate to trust, for this server only."""
        return str(self.directory / self.info["caFile"])

    @property
    def group_path(self) -> str:
        """`/subscriptions/…/resourceGroups/rg-test`."""
        return f"/subscriptions/{self.info['subscriptionId']}/resourceGroups/{GROUP}"

    def factory_path(self, name: str = "adf-test") -> str:
        """A factory's path in the test's resource group."""
        return f"{self.group_path}/providers/Microsoft.DataFactory/factories/{name}"

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any, dict[str, str]]:
        """Raw HTTP with no token: status, JSON (or text) of the body, headers in lower case."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json"} | (headers or {})
        url = path if path.startswith("https://") else self.url + path
        answer = self._pool.request(method, url, body=raw, headers=given, timeout=_PATIENCE_SECONDS, redirect=False)
        return answer.status, _json(answer.data), _lower(answer.headers.items())

    def token(self) -> str:
        """A fresh bearer token of the sandbox's credential."""
        form = (
            f"grant_type=client_credentials&client_id={self.info['clientId']}"
            f"&client_secret={self.info['clientSecret']}&scope=https%3A%2F%2Fmanagement.azure.com%2F.default"
        )
        path = f"/{self.info['tenantId']}/oauth2/v2.0/token"
        _, body, _ = self.request("POST", path, form.encode(), {"Content-Type": "application/x-www-form-urlencoded"})
        return str(body["access_token"])

    def call(
        self, method: str, path: str, body: Any = None, version: str = "2018-06-01", **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        """Raw HTTP with a token and an api-version."""
        mark = "&" if "?" in path else "?"
        full = path if "api-version=" in path else f"{path}{mark}api-version={version}"
        given = self.request(method, full, body, {"Authorization": f"Bearer {self._kept_token()}"} | headers)
        if given[0] != _NO_TOKEN:
            return given
        self._tokens.clear()  # a call that got a 401 was not done
        return self.request(method, full, body, {"Authorization": f"Bearer {self._kept_token()}"} | headers)

    def _kept_token(self) -> str:
        """The token of the last call, as long as it is good."""
        if not self._tokens:
            self._tokens.append(self.token())
        return self._tokens[0]

    def control(self, method: str, what: str, body: Any = None) -> Any:
        """The control endpoint: `calls`, `faults`, `settings`, `reset`; gives the JSON it answers."""
        status, answer, _ = self.request(
            method, f"/_sandbox/{what}", body, {"x-sandbox-control": self.info["controlToken"]}
        )
        assert status == 200, answer
        return answer

    def calls(self, method: str = "", contains: str = "") -> list[dict[str, Any]]:
        """The call log without token requests, perhaps only one method, or paths that contain a word."""
        return [
            call
            for call in self.control("GET", "calls")
            if "/oauth2/" not in call["path"] and "/.well-known/" not in call["path"]
            if method in {"", call["method"]} and contains.lower() in call["path"].lower()
        ]

    def faults(self, *rules: dict[str, Any]) -> None:
        """Put these fault rules in force, and no others."""
        self.control("PUT", "faults", list(rules))

    def settings(self, **settings: float) -> None:
        """Change settings by their camelCase names."""
        self.control("PUT", "settings", settings)

    def clients(self) -> "Clients":
        """The real SDK's clients, pointed here."""
        return Clients(self)


class Clients:
    """Azure's own clients against the sandbox, made when first used."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self._sandbox = sandbox
        self.common: dict[str, Any] = {
            "base_url": sandbox.url,
            "credential_scopes": ["https://management.azure.com/.default"],
            "connection_verify": sandbox.ca,
            "polling_interval": 0,
        }

    @property
    def credential(self) -> Any:
        """The sandbox's credential."""
        from azure.identity import ClientSecretCredential  # noqa: PLC0415 - slow to import

        info = self._sandbox.info
        return ClientSecretCredential(
            info["tenantId"],
            info["clientId"],
            info["clientSecret"],
            authority=self._sandbox.url,
            disable_instance_discovery=True,
            connection_verify=self._sandbox.ca,
        )

    def data_factory(self, **more: Any) -> Any:
        """DataFactoryManagementClient."""
        from azure.mgmt.datafactory import DataFactoryManagementClient  # noqa: PLC0415 - slow to import

        return DataFactoryManagementClient(self.credential, self._sandbox.info["subscriptionId"], **self.common | more)

    def deployments(self, **more: Any) -> Any:
        """DeploymentsMgmtClient, api-version 2024-07-01."""
        from azure.mgmt.resource.deployments import DeploymentsMgmtClient  # noqa: PLC0415 - slow to import

        options = {"api_version": "2024-07-01"} | self.common | more
        return DeploymentsMgmtClient(self.credential, self._sandbox.info["subscriptionId"], **options)

    def resources(self, **more: Any) -> Any:
        """ResourceManagementClient."""
        from azure.mgmt.resource.resources import ResourceManagementClient  # noqa: PLC0415 - slow to import

        return ResourceManagementClient(self.credential, self._sandbox.info["subscriptionId"], **self.common | more)


@contextlib.contextmanager
def running(
    directory: Path, *arguments: str, groups: Sequence[str] = (GROUP,), stop: bool = True
) -> Iterator[RunningSandbox]:
    """A server on this directory until the block ends (`stop=False`: until it ends by itself)."""
    process = start(directory, *arguments, groups=groups)
    try:
        yield RunningSandbox(directory, wait_until_ready(directory, process), process)
    finally:
        if stop and process.poll() is None:
            process.terminate()
        _end(process)


def start(directory: Path, *arguments: str, groups: Sequence[str] = (GROUP,)) -> subprocess.Popen[bytes]:
    """The bare process, not yet ready; its output is piped."""
    named = [word for group in groups for word in ("--resource-group", group)]
    command = [sys.executable, "-m", "ecluse_sandbox", "serve", str(directory), *named, *arguments]
    environment = dict(os.environ) | {"PYTHONPATH": str(ENGINE), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def wait_until_ready(directory: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The content of sandbox.json once this process has written it."""
    handshake = directory / "sandbox.json"
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError):
            info: dict[str, Any] = json.loads(handshake.read_text(encoding="utf-8"))
            if info["pid"] == process.pid:
                return info
        if process.poll() is not None:
            raise AssertionError(f"the sandbox ended at once: {process.communicate()}")
        time.sleep(0.02)
    raise AssertionError("the sandbox did not become ready")


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.communicate(timeout=_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running(tmp_path_factory.mktemp("sandbox")) as azure:
        yield azure


@pytest.fixture
def sandbox(shared_sandbox: RunningSandbox) -> RunningSandbox:
    """A fresh sandbox with the resource group `rg-test`: one process per test module, reset per test."""
    shared_sandbox.control("POST", "reset")
    return shared_sandbox
