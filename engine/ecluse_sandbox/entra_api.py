"""Entra's addresses, and the one of Azure Pipelines that gives a job the token which Entra trusts."""

import secrets
import urllib.parse

from ecluse_sandbox import proofs, tokens
from ecluse_sandbox.answers import Answer, Refusal
from ecluse_sandbox.router import Route
from ecluse_sandbox.sandbox import Call

_JOB = "/{organization}/{project}/_apis/distributedtask/hubs/{hub}/plans/{plan}/jobs/{job}"
"""Source: the URI of System.OidcRequestUri, as azure-identity's AzurePipelinesCredential is documented [V-part]."""


def routes() -> list[Route]:
    """All addresses that need no token of Resource Manager."""
    return [
        Route("GET", "/{tenant}/v2.0/.well-known/openid-configuration", _openid),
        Route("GET", "/{tenant}/.well-known/openid-configuration", _openid),
        Route("POST", "/{tenant}/oauth2/v2.0/token", _token),
        Route("POST", f"{_JOB}/oidctoken", _oidc_token),
    ]


def _openid(call: Call) -> Answer:
    tokens.check_tenant(call["tenant"])
    base = f"{call.sandbox.url}/{call['tenant']}"
    return Answer(
        200,
        {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "issuer": f"{base}/v2.0",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "response_types_supported": ["code"],
        },
    )


def _token(call: Call) -> Answer:
    tokens.check_tenant(call["tenant"])
    audience = f"{call.sandbox.url}/{call['tenant']}/oauth2/v2.0/token"
    settings = call.sandbox.settings
    proofs.check_grant(call.sandbox.proofs, call.raw, audience, secret_expired=bool(settings.secret_expired))
    lifetime = settings.token_lifetime_seconds
    claims = urllib.parse.parse_qs(call.raw.decode("latin-1")).get("claims", [""])[0]
    token = call.sandbox.tokens.issue(lifetime, claims)
    seconds = int(lifetime)
    body = {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}
    return Answer(200, body, {"cache-control": "no-store, no-cache"})


def _oidc_token(call: Call) -> Answer:
    """A token for the job's service connection. Source: azure-identity's source, `_get_oidc_token` [V]."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    known = secrets.compare_digest(token.encode(), tokens.JOB_TOKEN.encode())
    if scheme.lower() != "bearer" or not known:
        if call.headers.get("x-tfs-fedauthredirect", "").lower() != "suppress":
            return Answer(302, None, {"location": f"{call.sandbox.url}/_signin"})
        raise _job_token_refused()
    connection = call.query.get("serviceconnectionid", "")
    if not connection:
        raise _no_such_connection()
    lifetime = call.sandbox.settings.oidc_lifetime_seconds
    return Answer(200, {"oidcToken": call.sandbox.proofs.issue(connection, lifetime)})


def _job_token_refused() -> Refusal:
    """A job whose access token isn't taken. Source: Azure DevOps' public answers [U]."""
    text = "TF400813: The user is not authorized to access this resource."
    return Refusal(Answer(401, {"message": text, "typeKey": "UnauthorizedRequestException"}))


def _no_such_connection() -> Refusal:
    """No service connection named. Source: none, words ours [U]."""
    text = "The service connection does not exist or the job may not use it."
    return Refusal(Answer(404, {"message": text, "typeKey": "ServiceEndpointNotFoundException"}))
