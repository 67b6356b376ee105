"""Whatever comes in, the answer has Azure's shape, and the server lives on."""

import http.client
import json
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecluse_sandbox import adf_api, arm_api, deployments_api, state, tokens
from ecluse_sandbox.app import Application
from ecluse_sandbox.router import Router
from ecluse_sandbox.sandbox import Sandbox
from tests.contract.sandbox.sandbox_bodies import pipeline, template, with_factory
from tests.sandbox_process import GROUP, SUBSCRIPTION, RunningSandbox

FACTORY = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.DataFactory/factories/adf-test"
DEPLOYMENT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Resources/deployments/d"

WORDS = [
    *("properties", "type", "name", "typeProperties", "referenceName", "value", "parameters", "resources"),
    *("outputs", "variables", "dependsOn", "template", "mode", "startTime", "identity", "tags", "linkedInfo"),
    *("pipelines", "runtimeState", "location"),
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("[parameters('x')]"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(WORDS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


class InProcess:
    """The application without a server."""

    def __init__(self) -> None:
        document = state.seeded(SUBSCRIPTION, [GROUP], "westeurope", tokens.TENANT_ID)
        self.sandbox = Sandbox(state.World(document))
        routes = [*deployments_api.routes(), *arm_api.routes(), *adf_api.routes()]
        self._application = Application(self.sandbox, Router(routes), "control")
        self._token = self.sandbox.tokens.issue(3600)

    def answer(self, method: str, path: str, raw: bytes) -> tuple[int, Any]:
        headers = {b"host": b"localhost:1", b"authorization": f"Bearer {self._token}".encode()}
        place, _, query = path.partition("?")
        scope = {
            "method": method,
            "raw_path": place.encode(),
            "query_string": query.encode(),
            "headers": list(headers.items()),
        }
        answer = self._application._answer(scope, raw)
        return answer.status, answer.body


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    path=st.sampled_from(
        [
            FACTORY,
            f"{FACTORY}/pipelines/P",
            f"{FACTORY}/linkedservices/L",
            f"{FACTORY}/triggers/T",
            f"{FACTORY}/integrationRuntimes/I1",
            f"{FACTORY}/managedVirtualNetworks/default",
            f"{FACTORY}/managedVirtualNetworks/default/managedPrivateEndpoints/E",
            f"{FACTORY}/globalParameters/default",
        ]
    ),
    body=json_values,
)
def test_no_body_of_an_object_breaks_the_server(path: str, body: Any) -> None:
    azure = InProcess()
    network: dict[str, Any] = {"properties": {}}
    azure.answer("PUT", f"{FACTORY}?api-version=2018-06-01", b"{}")
    azure.answer(
        "PUT", f"{FACTORY}/managedVirtualNetworks/default?api-version=2018-06-01", json.dumps(network).encode()
    )

    for sent in (body, {"properties": body}):
        status, answer = azure.answer("PUT", f"{path}?api-version=2018-06-01", json.dumps(sent).encode())
        assert status == 200 or (400 <= status < 500 and answer["error"]["code"])


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(part=st.sampled_from(["properties", "template", "parameters", "resources", "resource"]), body=json_values)
def test_no_template_breaks_the_server(part: str, body: Any) -> None:
    whole: dict[str, Any] = {"properties": {"template": template(), "parameters": {}, "mode": "Incremental"}}
    match part:
        case "properties":
            whole["properties"] = body
        case "template" | "parameters":
            whole["properties"][part] = body
        case "resources":
            whole["properties"]["template"]["resources"] = body
        case _:
            named = {"type": "N/a", "name": "x"}
            whole["properties"]["template"]["resources"] = [named | body if isinstance(body, dict) else body]

    raw = json.dumps(whole).encode()
    status, answer = InProcess().answer("POST", f"{DEPLOYMENT}/validate?api-version=2024-07-01", raw)

    assert status in {200, 501} or (400 <= status < 500 and answer["error"]["code"])


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"properties": NaN}', b"[" * 100_000, b'{"properties":' * 5_000],
)
def test_what_is_no_json_object_is_refused(sandbox: RunningSandbox, raw: bytes) -> None:
    path = f"{with_factory(sandbox)}/pipelines/P"

    status, answer, _ = sandbox.call("PUT", path, raw)

    assert (status, answer["error"]["code"]) == (400, "InvalidRequestContent")


def test_a_body_may_hold_comments_bare_names_and_line_breaks_as_recorded_templates_do(
    sandbox: RunningSandbox,
) -> None:
    path = f"{with_factory(sandbox)}/pipelines/P"
    raw = b'{properties: /* so\n so */ {"a": "http://x, b: 1\n", // end\n "c": "\\"//"}}'

    status, answer, _ = sandbox.call("PUT", path, raw)

    assert status == 200
    assert answer["properties"] == {"a": "http://x, b: 1\n", "c": '"//'}


@pytest.mark.parametrize(
    "path",
    [
        "/subscriptions/../../etc/passwd",
        "/subscriptions//x",
        "/subscriptions/a%2fb",
        "/subscriptions/%00",
        "/subscriptions/%ff",
        "/subscriptions/" + "x" * 10_000,
        "/" + "a/" * 500,
    ],
)
def test_path_tricks_are_refused(sandbox: RunningSandbox, path: str) -> None:
    status, answer, _ = sandbox.call("GET", path)

    assert status in {400, 404}
    assert answer["error"]["code"]


def test_a_very_long_name_is_refused(sandbox: RunningSandbox) -> None:
    path = f"{with_factory(sandbox)}/pipelines/{'n' * 3_000}"

    assert sandbox.call("PUT", path, pipeline())[0] == 400


def test_another_host_name_is_refused(sandbox: RunningSandbox) -> None:
    assert sandbox.call("GET", sandbox.group_path, Host="evil.example")[0] == 400


def test_a_body_of_many_megabytes_is_answered_and_forgotten(sandbox: RunningSandbox) -> None:
    status, answer, _ = sandbox.call("PUT", sandbox.factory_path(), b"x" * 30_000_000)

    assert (status, answer["error"]["code"]) == (413, "RequestContentTooLarge")


def test_bytes_that_are_no_http_do_no_harm(sandbox: RunningSandbox) -> None:
    port = int(sandbox.url.rsplit(":", 1)[1])
    connection = http.client.HTTPSConnection(
        "127.0.0.1", port, context=ssl.create_default_context(cafile=sandbox.ca), timeout=30
    )
    connection.connect()
    connection.sock.sendall(b"\x00nonsense\r\n\r\n")
    connection.sock.recv(100)
    connection.close()

    assert sandbox.call("GET", sandbox.group_path, version="2022-09-01")[0] == 200


def test_fifty_clients_at_once_are_all_served(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    token = {"Authorization": f"Bearer {sandbox.token()}"}

    def write(number: int) -> int:
        path = f"{factory}/pipelines/P{number}?api-version=2018-06-01"
        return sandbox.request("PUT", path, pipeline(), token)[0]

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(write, range(100))) == {200}
    sandbox.settings(pageSize=1000)
    assert len(sandbox.call("GET", f"{factory}/pipelines")[1]["value"]) == 100
