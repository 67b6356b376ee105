"""The HTTP pipeline under every client: retries, sign-in, transport. Imported only when a run needs Azure.

Left out on purpose: automatic registration of resource providers (it writes to the subscription unasked) and every
logging policy (bodies and tokens stay out of logs).
"""

import base64
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline import policies as core

from ecluse import __version__
from ecluse.azure.clock import AzureClock
from ecluse.azure.connection import Connection
from ecluse.azure.credentials import Renewable
from ecluse.azure.patience import Patience
from ecluse.azure.proxy import Proxy
from ecluse.azure.retry_after import RETRY_AFTER, UNITS, asked_wait
from ecluse.azure.throttle import Throttle

UNAUTHORIZED, THROTTLED = 401, 429
RETRIED = frozenset({408, 500, 502, 503, 504})
_GRANTED = 300  # below that Azure did what it was asked
_TRIES, _FIRST_TRIES = 10, 3
_CALL_SECONDS = 900  # with all its tries
_PIECE_SECONDS = 0.2  # of a wait, between two looks at who asks to stop

_CLAIMS = re.compile(r'\bclaims="(?P<claims>[^"]+)"', re.IGNORECASE)
_FALLEN = "ecluse_throttled"  # in a call's context: its answer made the throttle fall
_ASKED = "ecluse_asked"  # … and asked for so many seconds, before the cap

Notice = Callable[[str], None]


class CarefulRetry(core.RetryPolicy[Any, Any]):
    """Sends again what is safe to send again.

    A 429 was not done, so any method is sent again. Anything else is sent again only for methods that can be
    repeated: azure-core re-sends a POST that got 500, 503 or 504, and a trigger that is started twice answers
    "Resource cannot be updated during provisioning" (terraform-provider-azurerm issue 31928). A call can widen or
    narrow that by `retry_on_methods`.
    """

    def __init__(self, patience: Patience, notice: Notice, throttle: Throttle, clock: AzureClock) -> None:
        super().__init__(
            retry_total=_TRIES,
            retry_status=_TRIES,
            retry_connect=_TRIES,
            retry_read=_TRIES,
            retry_backoff_factor=patience.backoff_factor,
            retry_backoff_max=patience.longest_backoff,
            timeout=_CALL_SECONDS,
        )
        self._notice = notice
        self._throttle = throttle
        self._clock = clock

    def configure_retries(self, options: dict[str, Any]) -> dict[str, Any]:
        """Who has heard from Azure waits for it through an outage; who never has is told soon that nobody answers."""
        settings = super().configure_retries(options)
        if not self._clock.heard:
            settings["connect"] = settings["read"] = _FIRST_TRIES
        ends = {"end": time.monotonic() + settings["timeout"], "cancelled": options.pop("cancelled", None)}
        return {**settings, **ends}

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """Whether this answer is worth another try, and there is time for one."""
        status: int = response.http_response.status_code
        repeated = status in RETRIED and response.http_request.method.upper() in settings["methods"]
        wait = self.get_retry_after(response) or 0
        return (status == THROTTLED or repeated) and time.monotonic() + wait < settings["end"]

    def increment(self, settings: dict[str, Any], response: Any = None, error: Exception | None = None) -> bool:
        """Whether there is another try; none when somebody asked to stop."""
        return super().increment(settings, response, error) and not _is_cancelled(settings)

    def sleep(
        self,
        settings: dict[str, Any],
        transport: Any,
        response: PipelineResponse[Any, Any] | None = None,
    ) -> None:
        """Wait, and say so once when Azure throttles many calls at once. A wish to stop ends it; a last try follows."""
        wait = (None if response is None else self.get_retry_after(response)) or self.get_backoff_time(settings)
        if response is not None and response.context.pop(_FALLEN, None):
            asked = response.context.get(_ASKED)
            more = f" and asks for {asked:.0f} s" if asked and asked > wait else ""
            calls = "1 call" if self._throttle.allowed == 1 else f"{self._throttle.allowed} calls"
            self._notice(f"Azure throttles{more}: waiting {wait:.0f} s, then {calls} at once")
        while wait > 0 and not _is_cancelled(settings):
            piece = min(wait, _PIECE_SECONDS)
            transport.sleep(piece)
            wait -= piece


def _is_cancelled(settings: Mapping[str, Any]) -> bool:
    return settings["cancelled"] is not None and settings["cancelled"]()


class Gate(core.HTTPPolicy[Any, Any]):
    """Every try of every call goes through the run's throttle, which learns from the answers."""

    def __init__(self, throttle: Throttle) -> None:
        super().__init__()
        self._throttle = throttle

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send it when there is a place."""
        with self._throttle.passage() as passage:
            response: PipelineResponse[Any, Any] = self.next.send(request)
            passage.throttled = response.http_response.status_code == THROTTLED
            passage.wait = float(response.http_response.headers.get(RETRY_AFTER, 0))
        response.context[_FALLEN] = passage.first
        return response


class Moderate(core.SansIOHTTPPolicy[Any, Any]):
    """Makes of every wait that Azure asks for one that can be obeyed: a Retry-After in seconds, no longer than the cap.

    azure-core's retries and pollers know no cap, crash on what is no number and no date, and measure a date by the
    clock of this machine.
    """

    def __init__(self, cap: float, clock: AzureClock) -> None:
        super().__init__()
        self._cap, self._clock = cap, clock

    def on_response(self, _: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Read it, and write it anew."""
        headers = response.http_response.headers
        asked = asked_wait(headers, self._clock.now())
        for name in UNITS:
            headers.pop(name, None)
        if asked is not None:
            headers[RETRY_AFTER] = f"{min(asked, self._cap):g}"
        response.context[_ASKED] = asked


class Whole(core.SansIOHTTPPolicy[Any, Any]):
    """What Azure grants comes as JSON; with a proxy's page or half an answer it is as if none had come."""

    def on_response(self, _: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Read it to its end. Raises `ServiceResponseError` for what is no JSON."""
        answer = response.http_response
        if not answer.read() or answer.status_code >= _GRANTED:
            return
        try:
            answer.json()
        except ValueError as error:
            message = "the answer is no JSON; does a proxy or a sign-in page stand between?"
            raise ServiceResponseError(message) from error


class SignIn(core.HTTPPolicy[Any, Any]):
    """Bearer tokens; after a 401 one more try with a new one (a 401 was not done), with the claims that Azure demands.

    Not azure-core's own policy: there one thread forgets the shared token after a 401 while another one reads it, and
    each that got a 401 renews it.
    """

    def __init__(self, credential: Renewable, *scopes: str) -> None:
        super().__init__()
        self._credential, self._scopes = credential, scopes

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send it signed in."""
        if urlsplit(request.http_request.url).scheme != "https":
            raise ServiceRequestError("a token goes to addresses that begin with https:// only")
        token = self._credential.get_token(*self._scopes).token
        response = self._with(token, request)
        if response.http_response.status_code == UNAUTHORIZED:
            claims = demanded(response.http_response.headers.get("WWW-Authenticate", ""))
            response = self._with(self._credential.renew(token, *self._scopes, claims=claims).token, request)
        return response

    def _with(self, token: str, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        request.http_request.headers["Authorization"] = f"Bearer {token}"
        return self.next.send(request)


def demanded(challenge: str) -> str:
    """The claims that a 401 asks for; "" for none, and for what can't be read.

    Source: Microsoft identity platform docs, claims challenges (Continuous Access Evaluation): base64 in quotes.
    """
    found = _CLAIMS.search(challenge)
    if found is None:
        return ""
    text = found["claims"]
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return ""


class TimeKeeping(core.SansIOHTTPPolicy[Any, Any]):
    """Lets the clock hear what time each answer tells."""

    def __init__(self, clock: AzureClock) -> None:
        super().__init__()
        self._clock = clock

    def on_response(self, _: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Hear it."""
        self._clock.hear(response.http_response.headers.get("Date"))


class Proxying(core.SansIOHTTPPolicy[Any, Any]):
    """Each call by the proxy that was told, or past it; what the environment says counts for nothing then."""

    def __init__(self, proxy: Proxy) -> None:
        super().__init__()
        self._proxy = proxy

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Choose, unless the call has chosen already."""
        url = self._proxy.url if self._proxy.serves(request.http_request.url) else None
        request.context.options.setdefault("proxies", {"http": url, "https": url})


def proxying(connection: Connection) -> "core.SansIOHTTPPolicy[Any, Any]":
    """The policy that knows the proxy."""
    return Proxying(connection.proxy) if connection.proxy else core.ProxyPolicy()


def policies(
    connection: Connection, credential: Renewable, notice: Notice, throttle: Throttle, clock: AzureClock
) -> list[Any]:
    """The policies of one client, outermost first. A policy belongs to one pipeline: make anew for each client."""
    return [
        core.RequestIdPolicy(),
        core.HeadersPolicy({"Accept": "application/json"}),
        core.UserAgentPolicy(base_user_agent=f"ecluse/{__version__}", user_agent_use_env=False),
        proxying(connection),
        core.RedirectPolicy(),
        CarefulRetry(connection.patience, notice, throttle, clock),
        Gate(throttle),
        Moderate(connection.patience.retry_after_cap, clock),
        TimeKeeping(clock),
        Whole(),
        SignIn(credential, *connection.scopes),
        core.SensitiveHeaderCleanupPolicy(),
    ]
