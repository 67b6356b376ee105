"""The engine's Azure layer with recorded answers in the place of a network: the real SDK clients, the real pipeline."""

import io
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import requests
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter
from urllib3.response import HTTPResponse

from ecluse.azure.clients import AzureClients
from ecluse.azure.connection import Connection, SandboxIdentity
from ecluse.azure.patience import Timer
from tests.contract.recordings.names import MASKED_DEPLOYMENT
from tests.contract.recordings.recorded import Answer, Interaction
from tests.sandbox_process import SUBSCRIPTION

ENDPOINT = "https://management.azure.com"

Choose = Callable[[str, str], Answer]
"""Gives the answer for a method and a path."""


class _Renewable:
    """A credential that is always good."""

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken("recorded", 2**40)

    def close(self) -> None:
        """Nothing is open."""


class _Adapter(HTTPAdapter):
    """Where requests would open a socket."""

    def __init__(self, choose: Choose) -> None:
        super().__init__()
        self._choose = choose

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        answer = self._choose(str(request.method), request.path_url.split("?")[0])
        raw = io.BytesIO(text_of(answer).encode())
        made = HTTPResponse(raw, _as_on_the_wire(answer), answer.status, preload_content=False)
        return self.build_response(request, made)


def text_of(answer: Answer) -> str:
    """The body as text; Azure's own spacing does not matter."""
    return "" if answer.body is None else json.dumps(answer.body, ensure_ascii=False)


def _as_on_the_wire(answer: Answer) -> Mapping[str, str]:
    gone = {"content-length", "transfer-encoding", "content-encoding"}
    return {name: value for name, value in answer.headers.items() if name not in gone}


def clients(choose: Choose) -> AzureClients:
    """The engine's clients, answered by `choose`."""
    connection = Connection(
        subscription=SUBSCRIPTION,
        endpoint=ENDPOINT,
        scopes=(f"{ENDPOINT}/.default",),
        authority=ENDPOINT,
        sandbox=SandboxIdentity("tenant", "client", "none"),  # for its short patience
    )
    made = AzureClients(connection, timer=Timer(sleep=lambda _: None))
    session = requests.Session()
    session.mount(ENDPOINT, _Adapter(choose))
    transport = RequestsTransport(session=session, session_owner=False)
    transport.sleep = _no_wait
    made._wire = (_Renewable(), transport)  # recorded answers in place of sockets
    return made


def _no_wait(_: float) -> None:
    """What is recorded is there at once."""


class InOrder:
    """Recorded interactions, given out one after the other; a request that is not the recorded one fails the test."""

    def __init__(self, recorded: list[tuple[str, str, Answer]]) -> None:
        self.left = list(recorded)

    def __call__(self, method: str, path: str) -> Answer:
        assert self.left, f"{method} {path}: nothing more is recorded"
        wanted_method, wanted_path, answer = self.left.pop(0)
        assert (method, path.lower()) == (wanted_method, wanted_path.lower())
        return answer


class ByPath:
    """Recorded answers by path, whoever asks when; an empty list for what was never asked."""

    def __init__(self, recorded: Mapping[str, Answer]) -> None:
        self._known = {path.lower(): answer for path, answer in recorded.items()}
        self._lock = threading.Lock()
        self.asked: list[str] = []

    def __call__(self, method: str, path: str) -> Answer:
        assert method == "GET"
        with self._lock:
            self.asked.append(path.lower())
        return self._known.get(path.lower(), Answer(200, {"content-type": "application/json"}, {"value": []}))


def asked(each: Interaction, deployment: str) -> tuple[str, str, Answer]:
    """An interaction as the SDK would ask it, with the deployment's real name."""
    return each.method, each.path.replace(f"/{MASKED_DEPLOYMENT}", f"/{deployment}"), each.answer
