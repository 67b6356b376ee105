"""A slow local Azure, the real command against it, and the SDK's own client for what one call after the other takes."""

import contextlib
import json
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.start import compiling

GROUP = "rg-bench"
_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SlowAzure:
    """A sandbox that answers as slowly as it was told; `info` is its sandbox.json."""

    directory: Path
    info: dict[str, Any]

    def ecluse(self, *words: str) -> float:
        """The seconds of one command. Raises `RuntimeError` with what it said when it fails."""
        target = ("--resource-group", GROUP, "--sandbox", str(self.directory))
        command = [sys.executable, "-m", "ecluse", *words, *target]
        begun = time.perf_counter()
        ran = subprocess.run(
            command, env=compiling(), capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )
        seconds = time.perf_counter() - begun
        if ran.returncode:
            raise RuntimeError(f"ecluse ended with {ran.returncode}: {(ran.stdout + ran.stderr)[-2000:]}")
        return seconds

    def calls(self) -> list[dict[str, Any]]:
        """What it was asked so far, but for sign-in."""
        request = urllib.request.Request(  # noqa: S310  # our own server, on this machine
            f"{self.info['url']}/_sandbox/calls", headers={"x-sandbox-control": self.info["controlToken"]}
        )
        context = ssl.create_default_context(cafile=str(self.directory / self.info["caFile"]))
        handlers = (urllib.request.HTTPSHandler(context=context), urllib.request.ProxyHandler({}))
        with urllib.request.build_opener(*handlers).open(request) as answer:
            return [each for each in json.load(answer) if each["class"]]

    def seconds_a_put(self, factory: str, count: int) -> float:
        """What one PUT takes when each waits for the one before, by the SDK's client."""
        from azure.identity import ClientSecretCredential  # noqa: PLC0415  # slow to import, and only needed here
        from azure.mgmt.datafactory import DataFactoryManagementClient  # noqa: PLC0415  # same

        ca = str(self.directory / self.info["caFile"])
        credential = ClientSecretCredential(
            self.info["tenantId"],
            self.info["clientId"],
            self.info["clientSecret"],
            authority=self.info["url"],
            disable_instance_discovery=True,
            connection_verify=ca,
        )
        client = DataFactoryManagementClient(
            credential, self.info["subscriptionId"], base_url=self.info["url"], connection_verify=ca,
            credential_scopes=["https://management.azure.com/.default"],
        )  # fmt: skip
        body: Any = {"properties": {"activities": []}}
        with client:
            place: Any = {"location": "westeurope", "properties": {}}
            client.factories.create_or_update(GROUP, factory, place)
            begun = time.perf_counter()
            for number in range(count):
                client.pipelines.create_or_update(GROUP, factory, f"One_by_one_{number}", body)
            return (time.perf_counter() - begun) / count


@contextlib.contextmanager
def slow_azure(directory: Path, latency: str) -> Iterator[SlowAzure]:
    """A server of its own, until the block ends."""
    directory.mkdir()
    command = [sys.executable, "-m", "ecluse_sandbox", "serve", str(directory), "--resource-group", GROUP]
    process = subprocess.Popen([*command, "--latency", latency], stdout=subprocess.DEVNULL)
    try:
        yield SlowAzure(directory, _ready(directory, process))
    finally:
        process.terminate()
        process.wait(_PATIENCE_SECONDS)


def _ready(directory: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            info: dict[str, Any] = json.loads((directory / "sandbox.json").read_text(encoding="utf-8"))
            return info
        time.sleep(0.02)
    raise RuntimeError("the sandbox did not become ready")
