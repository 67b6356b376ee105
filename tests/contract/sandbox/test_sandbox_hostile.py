"""Bad input of every sort to one server: answers in Azure's shape, never a traceback, a state that is whole."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ecluse_sandbox import state, store, tokens
from tests.contract.sandbox.sandbox_bodies import (
    DEPLOYMENTS,
    deployment,
    deployment_path,
    final,
    pipeline,
    resource,
    template,
    with_factory,
)
from tests.sandbox_process import GROUP, SUBSCRIPTION, RunningSandbox, running, start

SIZE = 100_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """One server for all of it, which at the end has nothing to tell of a defect, and a state that can be read."""
    directory = tmp_path_factory.mktemp("hostile")
    with running(directory) as azure:
        yield azure
        azure.process.terminate()
        _, said = azure.process.communicate(timeout=60)
    assert azure.process.returncode == 0
    assert b"Traceback" not in said
    assert b" at " not in said, "a defect was answered by 500"
    assert store.load(directory)


@pytest.fixture
def azure(server: RunningSandbox) -> RunningSandbox:
    server.control("POST", "reset")
    return server


def send(azure: RunningSandbox, *parts: bytes) -> tuple[int, Any]:
    """Bytes as they are, over TLS: the status and the JSON of what comes back."""
    port = int(azure.url.rsplit(":", 1)[1])
    trust = ssl.create_default_context(cafile=azure.ca)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=60) as plain,
        trust.wrap_socket(plain, server_hostname="127.0.0.1") as line,
    ):
        for part in parts:
            line.sendall(part)
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body or b"null")


def head(
    azure: RunningSandbox, method: str, target: str, *lines: str, host: str = "localhost", token: bool = True
) -> bytes:
    """The head of a request, which asks to end the connection."""
    given = [f"Host: {host}"] if host else []
    given += [f"Authorization: Bearer {azure.token()}"] if token else []
    return "\r\n".join([f"{method} {target} HTTP/1.1", *given, "Connection: close", *lines, "", ""]).encode("latin-1")


def is_refusal(status: int, body: Any, codes: set[str] | None = None) -> bool:
    """Whether it has Azure's shape: an error with a code and a message."""
    error = body["error"]
    fine = 400 <= status < 500 and error["message"] and (codes is None or error["code"] in codes)
    return bool(fine) and not error.keys() - {"code", "message", "target", "details", "additionalInfo"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"properties": {"activities": [}}',
        b'{"properties": {}} {}',
        b"\xff\xfe{}",
        b'{"properties": Infinity}',
        b"[1]",
        b'"text"',
        b"\x00" * 100,
        b'{"a":' * 20_000,
    ],
)
@pytest.mark.parametrize("where", ["object", "deployment"])
def test_malformed_json_is_told(azure: RunningSandbox, where: str, raw: bytes) -> None:
    path = f"{with_factory(azure)}/pipelines/P" if where == "object" else deployment_path(azure)
    version = "2018-06-01" if where == "object" else DEPLOYMENTS

    status, body, _ = azure.call("PUT", path, raw, version=version)

    assert status == 400
    assert is_refusal(status, body, {"InvalidRequestContent"})


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", {"MissingApiVersionParameter"}),
        ("?api-version=", {"MissingApiVersionParameter"}),
        ("?api-version=2018-06-02", {"InvalidApiVersionParameter", "InvalidResourceType"}),
        ("?api-version=nonsense", {"InvalidApiVersionParameter"}),
        ("?api-version=" + "9" * 5_000, {"InvalidApiVersionParameter"}),
        ("?api-version=%00", {"InvalidApiVersionParameter"}),
    ],
)
def test_an_unknown_api_version_is_told(azure: RunningSandbox, query: str, codes: set[str]) -> None:
    for path in (azure.factory_path(), azure.group_path):
        status, body = send(azure, head(azure, "GET", path + query))

        assert status in {400, 404}
        assert is_refusal(status, body, codes)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Authorization: Bearer",
        "Authorization: Bearer wrong",
        "Authorization: Basic c2FuZGJveDpzYW5kYm94",
        "Authorization: Bearer " + "x" * 5_000,
        "Authorization: \xff\xfe",
    ],
)
def test_a_wrong_token_is_told(azure: RunningSandbox, line: str) -> None:
    lines = [line] if line else []
    status, body = send(azure, head(azure, "GET", f"{azure.group_path}?api-version=2022-09-01", *lines, token=False))

    assert status == 401
    assert is_refusal(status, body, {"AuthenticationFailed", "InvalidAuthenticationToken"})


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "[::2]", "localhost:99999999", "\xe9"],
)
def test_a_wrong_host_is_told(azure: RunningSandbox, host: str) -> None:
    status, body = send(azure, head(azure, "GET", f"{azure.group_path}?api-version=2022-09-01", host=host))

    assert is_refusal(status, body)


@pytest.mark.parametrize(
    "target",
    [
        "/subscriptions/../../../etc/passwd",
        "/subscriptions/%2e%2e/%2E%2E/etc",
        "/subscriptions/a%2fb/resourceGroups",
        "/subscriptions/a%5c..%5cb",
        "/subscriptions//resourceGroups",
        "/subscriptions/%00/resourceGroups",
        "/subscriptions/%c0%ae%c0%ae/x",
        "/subscriptions/" + "n" * 10_000,
        "/subscriptions/" + "n" * 17_000,
        "/" * 3_000,
        "//evil.example/subscriptions",
        "https://evil.example/subscriptions",
        "*",
        "/_sandbox/../subscriptions",
        "/_sandbox/calls",
        "/..%2f..%2fstate.json",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS"])
def test_path_tricks_are_refused(azure: RunningSandbox, method: str, target: str) -> None:
    status, body = send(azure, head(azure, method, f"{target}?api-version=2022-09-01", "Content-Length: 0"))

    assert is_refusal(status, body)


@pytest.mark.parametrize("name", ["n" * 10_000, "n" * 300, "%20", "a%3Fb", "%F0%9F%98%80", "a%0d%0aX: y"])
def test_names_that_azure_does_not_take_are_refused(azure: RunningSandbox, name: str) -> None:
    raw = json.dumps(pipeline()).encode()
    target = f"{with_factory(azure)}/pipelines/{name}?api-version=2018-06-01"

    status, body = send(azure, head(azure, "PUT", target.replace(" ", "%20"), f"Content-Length: {len(raw)}"), raw)

    assert is_refusal(status, body)
    assert azure.call("GET", f"{azure.factory_path()}/pipelines")[1]["value"] == []


@pytest.mark.parametrize("chunked", [False, True])
def test_a_hundred_megabytes_are_refused_and_kept_nowhere(azure: RunningSandbox, chunked: bool) -> None:
    target = f"{with_factory(azure)}/pipelines/P?api-version=2018-06-01"
    block = b"x" * 1_000_000
    how = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {SIZE}"
    framed = b"%x\r\n%b\r\n" % (len(block), block) if chunked else block
    end = b"0\r\n\r\n" if chunked else b""

    status, body = send(azure, head(azure, "PUT", target, how), *[framed] * (SIZE // len(block)), end)

    assert status == 413
    assert is_refusal(status, body, {"RequestContentTooLarge"})
    assert azure.calls("PUT", "/pipelines/P")[0]["body"] == "more than 4194304 bytes"


def test_a_body_that_breaks_off_has_no_effect(azure: RunningSandbox) -> None:
    factory = with_factory(azure)
    port = int(azure.url.rsplit(":", 1)[1])
    trust = ssl.create_default_context(cafile=azure.ca)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=60) as plain,
        trust.wrap_socket(plain, server_hostname="127.0.0.1") as line,
    ):
        target = f"{factory}/pipelines/P?api-version=2018-06-01"
        line.sendall(head(azure, "PUT", target, "Content-Length: 1000") + b'{"properties": {}}')

    assert azure.call("GET", f"{factory}/pipelines/P")[0] == 404


@pytest.mark.parametrize(
    "raw",
    [b"\x00\x01nonsense\r\n\r\n", b"GET\r\n\r\n", b"GET / FTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nA" + b"a" * 17_000],
)
def test_what_is_no_http_is_told_in_the_same_shape(azure: RunningSandbox, raw: bytes) -> None:
    status, body = send(azure, raw)

    assert is_refusal(status, body)


def test_fifty_clients_at_once_leave_a_whole_state(azure: RunningSandbox) -> None:
    factory = with_factory(azure)
    token = {"Authorization": f"Bearer {azure.token()}"}
    ready = threading.Barrier(50)

    def client(number: int) -> list[int]:
        """Each writes, reads, lists, deploys into and deletes from the same factory."""
        own, shared = f"{factory}/pipelines/P{number}", f"{factory}/pipelines/Shared"
        ready.wait(60)
        seen = []
        for method, path, body in (
            ("PUT", own, pipeline()),
            ("PUT", shared, pipeline()),
            ("GET", own, None),
            ("GET", f"{factory}/pipelines", None),
            ("DELETE", own if number % 2 else f"{factory}/pipelines/none", None),
        ):
            seen.append(azure.request(method, f"{path}?api-version=2018-06-01", body, token)[0])
        name = deployment_path(azure, f"d{number}")
        body = deployment(template(resource("datasets", f"D{number}", type="X")))
        seen.append(azure.request("PUT", f"{name}?api-version={DEPLOYMENTS}", body, token)[0])
        return seen

    with ThreadPoolExecutor(50) as pool:
        seen = list(pool.map(client, range(50)))

    assert all(one[:4] == [200] * 4 for one in seen)
    assert {one[4] for one in seen} == {200, 204}
    assert {one[5] for one in seen} == {201}
    assert {final(azure, f"d{number}")["provisioningState"] for number in range(50)} == {"Succeeded"}
    azure.settings(pageSize=1000)
    left = {one["name"] for one in azure.call("GET", f"{factory}/pipelines")[1]["value"]}
    assert left == {"Shared", *(f"P{number}" for number in range(0, 50, 2))}
    assert len(azure.call("GET", f"{factory}/datasets")[1]["value"]) == 50


def written(directory: Path) -> bytes:
    """A directory whose state was saved twice, with one and with two etags; gives the bytes of the last one."""
    document = state.seeded(SUBSCRIPTION, [GROUP], "westeurope", tokens.TENANT_ID)
    for number in (1, 2):
        store.save(directory, json.dumps(document | {"etags": number}))
    return (directory / "state.json").read_bytes()


@pytest.mark.parametrize("broken", ["half", "empty", "zeros", "list", "no factories", "deep", "no utf-8", "record"])
def test_a_broken_state_file_gives_way_to_the_last_whole_state(tmp_path: Path, broken: str) -> None:
    whole = written(tmp_path)
    document = json.loads(whole)
    (tmp_path / "state.json").write_bytes(
        {
            "half": whole[: len(whole) // 2],
            "empty": b"",
            "zeros": b"\0" * len(whole),
            "list": b"[]",
            "no factories": json.dumps(document | {"factories": None}).encode(),
            "deep": b"[" * 100_000,
            "no utf-8": b"\xff" + whole,
            "record": json.dumps(document | {"deployments": {"g": {"d": {}}}}).encode(),
        }[broken]
    )
    said: list[str] = []

    for _ in range(2):
        found = store.load(tmp_path, said.append)
        assert found
        assert found["etags"] == 1

    assert len(said) == 1
    assert said[0].startswith(f"{tmp_path / 'state.json'} is broken (")
    assert (tmp_path / "state.broken.json").exists()


def test_a_server_goes_on_from_the_last_whole_state_and_says_so(tmp_path: Path) -> None:
    whole = written(tmp_path)
    (tmp_path / "state.json").write_bytes(whole[:-10])
    (tmp_path / ".state.json.0123").write_text('{"half')
    (tmp_path / ".sandbox.json.0123").write_text('{"half')

    with running(tmp_path) as azure:
        assert azure.call("GET", azure.group_path, version="2022-09-01")[0] == 200
        azure.process.terminate()
        _, said = azure.process.communicate(timeout=60)

    assert said.decode().startswith(f"sandbox: {tmp_path / 'state.json'} is broken (")
    assert said.count(b"\n") == 1
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_broken_state_with_nothing_before_it_is_told_with_its_file_name(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"schemaVersion": 1, "subscr')

    process = start(tmp_path)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert said.decode().startswith(f"sandbox: {tmp_path / 'state.json'} is broken: ")
    assert b"Traceback" not in said
    assert (tmp_path / "state.json").read_text() == '{"schemaVersion": 1, "subscr'


def test_the_state_before_is_whole_at_every_moment(tmp_path: Path) -> None:
    written(tmp_path)
    document = store.load(tmp_path)
    assert document

    for number in range(3):
        store.save(tmp_path, json.dumps(document | {"etags": number}))
        previous = json.loads((tmp_path / "state.previous.json").read_text())
        assert previous.keys() == document.keys()

    assert json.loads((tmp_path / "state.json").read_text())["etags"] == 2
    assert json.loads((tmp_path / "state.previous.json").read_text())["etags"] == 1
