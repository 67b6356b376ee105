"""The HTTP pipeline under every client: retries, sign-in, transport. Imported only when a run needs Azure.

Left out on purpose: automatic registration of resource providers (it writes to the subscription unasked) and every
logging policy (bodies and tokens stay out of logs).
"""

import base64
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline import policies as core
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter

from ecluse import __version__
from ecluse.azure.clock import AzureClock
from ecluse.azure.connection import Connection
from ecluse.azure.credentials import Renewable
from ecluse.azure.patience import Patience
from ecluse.azure.proxy import Proxy
from ecluse.azure.throttle import Throttle

UNAUTHORIZED, THROTTLED = 401, 429
RETRIED = frozenset({408, 500, 502, 503, 504})
_CONNECT_SECONDS, _READ_SECONDS, _CALL_SECONDS = 20, 180, 900

_CLAIMS = re.compile(r'\bclaims="(?P<claims>[^"]+)"', re.IGNORECASE)
_FALLEN = "ecluse_throttled"  # in a call's context: its answer made the throttle fall

Notice = Callable[[str], None]


class CarefulRetry(core.RetryPolicy[Any, Any]):
    """Sends again what is safe to send again.

    A 429 was not done, so any method is sent again. Anything else is sent again only for methods that can be
    repeated: azure-core re-sends a POST that got 500, 503 or 504, and a trigger that is started twice answers
    "Resource cannot be updated during provisioning" (terraform-provider-azurerm issue 31928). A call can widen or
    narrow that by `retry_on_methods`. Retry-After is obeyed up to a cap; azure-core knows none.
    """

    def __init__(self, patience: Patience, notice: Notice, throttle: Throttle) -> None:
        super().__init__(
            retry_total=10,
            retry_status=10,
            retry_connect=3,
            retry_read=3,
            retry_backoff_factor=patience.backoff_factor,
            retry_backoff_max=patience.longest_backoff,
            timeout=_CALL_SECONDS,
        )
        self._cap = patience.retry_after_cap
        self._notice = notice
        self._throttle = throttle

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """Whether this answer is worth another try."""
        status: int = response.http_response.status_code
        if status == THROTTLED:
            return True
        return status in RETRIED and response.http_request.method.upper() in settings["methods"]

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> float | None:
        """What Azure asks to wait, in seconds, no longer than the cap."""
        asked = super().get_retry_after(response)
        return None if asked is None else min(asked, self._cap)

    def sleep(
        self,
        settings: dict[str, Any],
        transport: Any,
        response: PipelineResponse[Any, Any] | None = None,
    ) -> None:
        """Wait, and say so once when Azure throttles many calls at once."""
        if response is not None and response.context.pop(_FALLEN, None):
            wait = self.get_retry_after(response) or self.get_backoff_time(settings)
            calls = "1 call" if self._throttle.allowed == 1 else f"{self._throttle.allowed} calls"
            self._notice(f"Azure throttles: waiting {wait:.0f} s, then {calls} at once")
        super().sleep(settings, transport, response)


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
        response.context[_FALLEN] = passage.first
        return response


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
        core.ContentDecodePolicy(),
        core.RedirectPolicy(),
        CarefulRetry(connection.patience, notice, throttle),
        Gate(throttle),
        SignIn(credential, *connection.scopes),
        TimeKeeping(clock),
        core.SensitiveHeaderCleanupPolicy(),
    ]


def transport(connection: Connection, parallel: int) -> RequestsTransport:
    """One pool of connections for `parallel` calls, open from the start: threads that open it together would leak one.

    On the sandbox nothing of the environment counts, no proxy and no CA variable; nor where a proxy was told.
    """
    look_around = connection.sandbox is None and connection.proxy is None
    session = requests.Session()
    session.trust_env = look_around
    session.mount("https://", HTTPAdapter(pool_maxsize=parallel))  # requests' own pool keeps only 10
    made = RequestsTransport(
        session=session,
        connection_verify=connection.ca_bundle or True,
        connection_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        use_env_settings=look_around,
    )
    made.open()
    return made
