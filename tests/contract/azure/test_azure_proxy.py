"""The agent's proxy and its own CA: every call goes through it, sign-in included, but for what goes past it."""

import base64
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ecluse.azure.clients import open_azure
from ecluse.azure.entra import EntraCredential
from ecluse.azure.factory import AzureDataFactory
from ecluse.azure.proxy import Proxy
from ecluse.azure.service import connect_service
from ecluse.model.objects import ref
from ecluse.plan.plan import Target
from ecluse.plan.steps import StartTrigger
from tests.agent_process import first_line, ran, service_connection
from tests.contract.azure.azure_bodies import deployment, put, schedule
from tests.contract.sandbox.sandbox_bodies import with_factory
from tests.sandbox_process import GROUP, RunningSandbox
from tests.stories.two_releases import release

PASSWORD = "canary p@ss:word"


@dataclass
class Tunnels:
    """A proxy on loopback that knows CONNECT, and asks for a password."""

    port: int
    asked: list[str] = field(default_factory=list)
    refused: int = 0
    away: tuple[int, ...] = ()  # the numbers of those for which nobody is there

    @property
    def told(self) -> dict[str, Any]:
        return {"url": f"http://127.0.0.1:{self.port}", "user": "agent", "password": PASSWORD, "bypass": []}


@pytest.fixture
def proxy() -> Iterator[Tunnels]:
    listener = socket.create_server(("127.0.0.1", 0))
    tunnels = Tunnels(listener.getsockname()[1])
    threads: list[threading.Thread] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                threads.append(threading.Thread(target=tunnel, args=(tunnels, client)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    yield tunnels
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for thread in (accepting, *threads):
        thread.join(60)


def tunnel(tunnels: Tunnels, client: socket.socket) -> None:
    head = b""
    with client:
        while b"\r\n\r\n" not in head and (more := client.recv(4096)):
            head += more
        method, target, *_ = head.decode("latin-1").split(" ")
        right = base64.b64encode(f"agent:{PASSWORD}".encode()).decode()
        if method != "CONNECT" or f"Basic {right}" not in head.decode("latin-1"):
            tunnels.refused += 1
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        tunnels.asked.append(target)
        if len(tunnels.asked) in tunnels.away:
            client.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
            return
        host, _, port = target.rpartition(":")
        with socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(server, client))
            back.start()
            pump(client, server)
            back.join()


def pump(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


def planned(azure: RunningSandbox, folder: Path, proxy: Any) -> Any:
    release(folder / "two", "second")
    options = {"source": "two", "create": True, "location": "westeurope"}
    return ran(first_line(azure, folder, "plan", options=options, proxy=proxy), home=folder)


def test_a_run_goes_through_the_proxy_with_its_password(
    sandbox: RunningSandbox, tmp_path: Path, proxy: Tunnels
) -> None:
    heard = planned(sandbox, tmp_path, proxy.told)
    assert heard.code == 0, heard
    assert set(proxy.asked) == {sandbox.url.removeprefix("https://")}
    assert (proxy.refused, "canary" in heard.everything) == (0, False)


def test_a_sign_in_goes_through_the_proxy(sandbox: RunningSandbox, proxy: Tunnels) -> None:
    made = connect_service(service_connection(sandbox), proxy=proxy.told, ca_file=sandbox.ca, sign=str)
    assert made.identity is not None
    credential = EntraCredential(made.identity, made)
    assert credential.get_token(*made.scopes).token
    credential.close()
    assert proxy.asked == [sandbox.url.removeprefix("https://")]


def test_what_goes_past_the_proxy_never_reaches_it(sandbox: RunningSandbox, tmp_path: Path, proxy: Tunnels) -> None:
    heard = planned(sandbox, tmp_path, proxy.told | {"bypass": [r"https://127\.0\.0\.\d+"]})
    assert (heard.code, proxy.asked) == (0, []), heard


def test_a_proxy_that_refuses_is_told_without_its_password(
    sandbox: RunningSandbox, tmp_path: Path, proxy: Tunnels
) -> None:
    heard = planned(sandbox, tmp_path, proxy.told | {"password": "canary-wrong"})
    assert heard.code == 3, heard
    assert "azure-unreachable" in str(heard.of("issue"))
    assert "canary" not in heard.everything


@pytest.mark.parametrize(
    "do",
    [
        lambda azure: azure.start_trigger(StartTrigger(ref("trigger", "T"))),
        lambda azure: azure.put_object(ref("pipeline", "Q"), {"properties": {"activities": []}}),
        lambda azure: azure.begin_deployment("d", deployment(("Q", {"activities": []}))),
        lambda azure: azure.delete_object(ref("trigger", "T")),
    ],
    ids=["start", "put", "deployment", "delete"],
)
def test_a_call_that_never_left_is_sent_again_whatever_it_is(
    do: Callable[[AzureDataFactory], None], sandbox: RunningSandbox, proxy: Tunnels
) -> None:
    with_factory(sandbox)
    put(sandbox, "pipelines/P", {"activities": []})
    put(sandbox, "triggers/T", schedule("P"))
    made = connect_service(service_connection(sandbox), proxy=proxy.told, ca_file=sandbox.ca, sign=str)
    proxy.away = (2, 3)  # the first one is for the sign-in
    with open_azure(made) as clients:
        do(AzureDataFactory(clients, Target(made.subscription, GROUP, "adf-test")))
    assert len(proxy.asked) == 4


@pytest.mark.parametrize(
    ("bypass", "address", "serves"),
    [
        ((), "https://management.azure.com/x", True),
        (("",), "https://management.azure.com/x", True),
        ((r"management\.azure\.com",), "https://Management.azure.com/x", False),
        ((r"github\.com", r"\.azure\.com"), "https://management.azure.com/x", False),
        (("*.azure.com",), "https://management.azure.com/x", True),  # no expression: looked for as it is
        (("*.local",), "https://a*.local/x", False),
    ],
)
def test_the_agents_list_of_exceptions_are_expressions(bypass: tuple[str, ...], address: str, *, serves: bool) -> None:
    assert Proxy("http://p", bypass).serves(address) is serves


def test_a_password_is_spelled_as_an_address_needs_it_and_shown_nowhere(sandbox: RunningSandbox) -> None:
    given = {"url": "http://proxy.example:8080", "user": "a@b", "password": "p:w/d"}
    made = connect_service(service_connection(sandbox), proxy=given, sign=str)
    assert made.proxy is not None
    assert made.proxy.url == "http://a%40b:p%3Aw%2Fd@proxy.example:8080"
    assert "p%3Aw" not in repr(made)
