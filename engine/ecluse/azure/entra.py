"""Tokens for an identity by azure-core alone; imported only when a run needs it.

The task of a pipeline carries all its packages with it, for any agent, so none may be native: azure-identity, which
needs cryptography, stays at home. What the two have in common is azure-core's protocol, and a test-suite.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, assert_never
from urllib.parse import quote, urlsplit

from azure.core import PipelineClient
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline import policies as core
from azure.core.rest import HttpRequest, HttpResponse

from ecluse import __version__
from ecluse.azure import pipeline, wire
from ecluse.azure.connection import Connection
from ecluse.azure.identity import Certificate, ClientSecret, Federation, Identity, ManagedIdentity

_OIDC_VERSION = "7.1"  # of the REST method "Create OIDC token" of Azure DevOps
_IMDS_VERSION = "2018-02-01"
_IMDS_SECONDS = 5  # to connect: outside of Azure nobody answers at that address
_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_RETRIED = [404, 408, 410, 429, 500, 502, 503, 504]
"""404 and 410: the metadata service is being updated (Azure docs: how to use managed identities, error handling)."""


class EntraCredential:
    """A credential of azure-core: tokens of one identity, a new one for each call; `Renewable` keeps them.

    Everything that proves the identity is got anew with each token: an assertion lives for minutes, a run for hours.
    """

    def __init__(self, identity: Identity, connection: Connection, now: Callable[[], float] = time.time) -> None:
        self._identity, self._authority, self._now = identity, _address(connection.authority), now
        retry = core.RetryPolicy[Any, Any](
            retry_total=4,
            retry_status=4,
            retry_on_status_codes=_RETRIED,
            retry_backoff_factor=connection.patience.backoff_factor,
        )
        agent = core.UserAgentPolicy(base_user_agent=f"ecluse/{__version__}", user_agent_use_env=False)
        self._client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
            "",
            policies=[core.HeadersPolicy({"Accept": "application/json"}), agent, pipeline.proxying(connection), retry],
            transport=wire.transport(connection, parallel=1),
        )

    def get_token(self, *scopes: str, claims: str | None = None, **_: Any) -> AccessToken:
        """A new token for these scopes. Raises `ClientAuthenticationError`, or another error of azure-core."""
        scope = " ".join(scopes)
        match self._identity:
            case ManagedIdentity() as machine:
                return self._of_machine(machine, scope)
            case ClientSecret(_, _, secret):
                proof = {"client_secret": secret}
            case Certificate(tenant, _, sign):
                proof = _assertion(sign(self._token_url(tenant)))
            case Federation() as federation:
                proof = _assertion(self._oidc_token(federation))
            case _:
                assert_never(self._identity)
        identity = self._identity
        form = {"grant_type": "client_credentials", "client_id": identity.client, "scope": scope, **proof}
        form |= {"claims": claims} if claims else {}
        return self._token(HttpRequest("POST", self._token_url(identity.tenant), data=form))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _token_url(self, tenant: str) -> str:
        return f"{self._authority}/{quote(tenant, safe='')}/oauth2/v2.0/token"

    def _oidc_token(self, federation: Federation) -> str:
        """A new token of Azure Pipelines for the service connection. It lives about ten minutes."""
        mark = "&" if urlsplit(federation.uri).query else "?"
        connection = quote(federation.connection, safe="")
        request = HttpRequest(
            "POST",
            f"{federation.uri}{mark}api-version={_OIDC_VERSION}&serviceConnectionId={connection}",
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {federation.system_token}",
                "X-TFS-FedAuthRedirect": "Suppress",  # an answer, not a page to sign in at
            },
        )
        response = self._send(request)
        token = _json(response).get("oidcToken") if response.status_code == _OK else None
        if not token:
            said = str(_json(response).get("message") or "")
            raise ClientAuthenticationError(
                f"Azure Pipelines gives no OIDC token for the service connection (HTTP {response.status_code}) {said}"
            )
        return str(token)

    def _of_machine(self, machine: ManagedIdentity, scope: str) -> AccessToken:
        """Source: Azure docs, how to use managed identities on a virtual machine to acquire an access token."""
        query = {"api-version": _IMDS_VERSION, "resource": scope.removesuffix("/.default")}
        query |= {"client_id": machine.client} if machine.client else {}
        url = f"{machine.endpoint}/metadata/identity/oauth2/token"
        request = HttpRequest("GET", url, params=query, headers={"Metadata": "true"})
        no_proxy = {"http": None, "https": None}  # it is this very machine
        try:
            return self._token(request, connection_timeout=_IMDS_SECONDS, proxies=no_proxy)
        except ServiceRequestError:
            # Without the cause, which says that Azure can't be reached: that is not what it means.
            message = f"no managed identity: nothing answers at {machine.endpoint}"
            raise ClientAuthenticationError(message) from None

    def _send(self, request: HttpRequest, **options: Any) -> HttpResponse:
        """The answer. What passes is raised as an error of the network: it says nothing about who signs in."""
        # A token request may be repeated: it changes nothing. Only a call can say so, the policy can't.
        response = self._client.send_request(request, retry_on_methods=["GET", "POST"], **options)
        if response.status_code in _RETRIED:
            raise ServiceResponseError(f"{urlsplit(request.url).hostname} gives no token: HTTP {response.status_code}")
        return response

    def _token(self, request: HttpRequest, **options: Any) -> AccessToken:
        asked = self._now()
        response = self._send(request, **options)
        body = _json(response)
        if response.status_code != _OK:
            said = str(body.get("error_description") or f"no token: HTTP {response.status_code}")
            raise ClientAuthenticationError(said, response=response)
        try:
            # The metadata service gives numbers as texts.
            return AccessToken(str(body["access_token"]), int(asked) + int(body["expires_in"]))
        except (KeyError, TypeError, ValueError):
            raise ClientAuthenticationError("the answer to the sign-in holds no token") from None


_OK = 200


def _address(authority: str) -> str:
    return (authority if "://" in authority else f"https://{authority}").rstrip("/")


def _assertion(token: str) -> dict[str, str]:
    return {"client_assertion_type": _JWT_BEARER, "client_assertion": token}


def _json(response: HttpResponse) -> Mapping[str, Any]:
    """The object that an answer holds; empty for a page of a proxy and the like."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
