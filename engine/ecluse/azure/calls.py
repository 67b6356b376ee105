"""One call of Azure's REST API as raw JSON, through an SDK client's own pipeline; and a list with all its pages."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from ecluse.azure.faults import Fault
from ecluse.azure.refusals import failed, from_answer, translated
from ecluse.azure.versions import API_VERSIONS
from ecluse.jsontree import Json, to_text

if TYPE_CHECKING:
    from azure.core.rest import HttpRequest, HttpResponse

ONCE: tuple[str, ...] = ()
"""Never sent twice (but after a 429, which was not done): whoever calls looks at the state and decides."""
READS = ("GET", "HEAD", "POST")
"""For a POST that only asks: as safe to repeat as a GET."""


class Client(Protocol):
    """What all SDK clients have in common: their pipeline for any request."""

    def send_request(self, request: "HttpRequest", *, stream: bool = False, **kwargs: Any) -> "HttpResponse":
        """Send it; no error for any status."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `path` below Resource Manager's endpoint (or the whole address of a next page).

    `accepts` are the wanted statuses; `repeats` the methods that may be sent again, None for all idempotent ones.
    """

    method: str
    path: str
    body: Mapping[str, Json] | None = None
    accepts: tuple[int, ...] = (200,)
    repeats: tuple[str, ...] | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Azure answered; `body` is None when it was empty."""

    status: int
    body: Json


def ask(
    client: Client, call: Call, api: str = "data factory", *, cancelled: Callable[[], bool] | None = None
) -> Answer:
    """Make a call. Raises `AzureFailed` for any status that the call doesn't accept, and when no answer comes.

    Once `cancelled` it waits no longer, and has one last try.
    """
    from azure.core.rest import HttpRequest  # noqa: PLC0415  # heavy, and only a run against Azure needs it

    whole = call.path.startswith("https://")
    request = HttpRequest(
        call.method,
        call.path,
        params={} if whole else {"api-version": API_VERSIONS[api]},
        headers={} if call.body is None else {"Content-Type": "application/json"},
        content=None if call.body is None else to_text(call.body).encode(),
    )
    options: dict[str, Any] = {} if call.repeats is None else {"retry_on_methods": call.repeats}
    options |= {} if cancelled is None else {"cancelled": cancelled}
    with translated(call.subject):
        response = client.send_request(request, **options)
    if response.status_code not in call.accepts:
        raise from_answer(response.status_code, response.text(), response.headers, call.subject)
    return Answer(response.status_code, _json(response, call.subject))


def _json(response: "HttpResponse", subject: str) -> Json:
    """The object that an answer holds; or nothing, an empty text (recorded 2022), or a text: a capture's status."""
    try:
        body: Json = response.json() if response.content else None
    except ValueError:  # of an error that the call accepts, such as a 404
        body = None
    if body == "":
        return None
    if body is not None and not isinstance(body, (dict, str)):
        message = "the answer is no JSON object; does a proxy or a sign-in page stand between?"
        raise failed([Fault(f"HTTP {response.status_code}", message, status=response.status_code)], subject)
    return body


def pages(client: Client, call: Call, api: str = "data factory") -> Iterator[Json]:
    """Every item of a list, over all pages, as Azure sent it. Raises like `ask`."""
    path: str | None = call.path
    while path:
        answer = ask(client, replace(call, path=path), api).body or {}
        yield from answer.get("value") or []
        path = answer.get("nextLink")
