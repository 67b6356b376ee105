"""How long the pipeline task takes to begin, from Node to the engine's first request, and how big it is."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.scale import Scale
from benchmarks.start import compiling
from tests.task import package
from tests.task.agent import Agent, azure_connection

START_AIM = 3
SIZE_LIMIT = 3  # MB of one task
ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "samples" / "contoso-sales"
_NAMES = {"WAREHOUSE": "bench", "ORDERS": "bench"}
_SECRETS = ("LS_Warehouse_connectionString=@env:WAREHOUSE", "LS_Orders_OnPrem_connectionString=@env:ORDERS")
_IDENTITY = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID")
_PATIENCE_SECONDS = 120


def task(scale: Scale) -> Iterator[Figure]:
    """The packaged task and the command line plan the same sample; both ask for a token first."""
    vsix = package.built()
    megabytes = vsix.stat().st_size / 1e6 / 2
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        step = package.unzipped(vsix, folder / "extension") / "AdfDeploy" / "AdfDeployV1"
        agent = Agent(folder / "agent", endpoints=[azure_connection("https://localhost:1")])
        warm, bare, cold = [], [], []
        for _ in range(scale.starts):
            shutil.rmtree(agent.tools / "ecluse", ignore_errors=True)
            cold.append(_of_task(agent, step))
            warm.append(_of_task(agent, step))
            bare.append(_of_command(agent.work))
        yield Figure(
            "task-start", min(warm), min(bare), START_AIM, "Node's start to the first request; base: ecluse plan"
        )
        yield Figure("task-start-cold", min(cold), min(bare), None, "the same on an agent that never ran it")
    yield Figure("task-size", megabytes, SIZE_LIMIT, 1, "one task in the extension; base: the limit", unit="MB")


def _of_task(agent: Agent, step: Path) -> float:
    """Seconds until the engine of the packaged task asks for its first token."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        agent.endpoints = [azure_connection(_address(server))]
        inputs = {
            "command": "plan",
            "azureSubscription": "5c0e",
            "resourceGroupName": "rg-bench",
            "dataFactoryName": "adf-bench",
            "source": str(SAMPLE),
            "parameterOverrides": "\n".join(_SECRETS),
        }
        environ = agent.environment(step, inputs, _NAMES)
        return _seconds([agent.node, str(step / "main.js")], environ, server)


def _of_command(folder: Path) -> float:
    """Seconds until `ecluse plan` asks for its first token."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        names = dict.fromkeys(_IDENTITY, "5a4db0c5-0000-4000-8000-000000000001")
        environ = compiling() | _NAMES | names | {"AZURE_CLIENT_SECRET": "bench"}
        words = [word for pair in _SECRETS for word in ("--set", pair)]
        target = ("--resource-group", "rg-bench", "--factory", "adf-bench", "--subscription", names["AZURE_TENANT_ID"])
        sign_in = ("--credential", "client-secret", "--authority", _address(server), "--journal-folder", str(folder))
        command = [sys.executable, "-m", "ecluse", "plan", "--source", str(SAMPLE), *target, *sign_in, *words]
        return _seconds(command, environ, server)


def _address(server: socket.socket) -> str:
    return f"https://localhost:{server.getsockname()[1]}"


def _seconds(command: Sequence[str], environ: Mapping[str, str], server: socket.socket) -> float:
    """From the start of a process until it, or one below it, connects; then all of them are ended."""
    server.settimeout(_PATIENCE_SECONDS)
    begun = time.perf_counter()
    with subprocess.Popen(
        command,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            connection, _ = server.accept()
            seconds = time.perf_counter() - begun
            connection.close()
        finally:
            os.killpg(process.pid, signal.SIGKILL)
    return seconds
