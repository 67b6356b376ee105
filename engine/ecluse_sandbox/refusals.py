"""Every refusal the sandbox knows, one function each, with its source in the docstring.

Marks as in the notes: [V] quoted from a source that was read, [V-part] partly, [U] by analogy.
A = Azure-DataFactory, D/T/L = threads of other deployment tools, DOC = azure-docs.
"""

import base64
import json

from ecluse_sandbox.answers import Answer, Refusal, gateway_refusal, service_refusal

# --- Resource Manager ------------------------------------------------------------------------


def missing_api_version() -> Refusal:
    """No api-version in the query. Source: ARM's public answer [U for the exact words]."""
    text = "The api-version query parameter (?api-version=) is required for all requests."
    return gateway_refusal(400, "MissingApiVersionParameter", text)


def invalid_api_version(version: str, supported: tuple[str, ...]) -> Refusal:
    """An api-version ARM itself does not speak. Source: issue 3, ARM's public answer [U for the words]."""
    listed = ",".join(reversed(supported))
    text = f"The api-version '{version}' is invalid. The supported versions are '{listed}'."
    return gateway_refusal(400, "InvalidApiVersionParameter", text)


def invalid_resource_type(namespace: str, version: str) -> Refusal:
    """A type or a version that the provider lacks. Source: azure-powershell#26640 [V]."""
    text = f"The resource type could not be found in the namespace '{namespace}' for api version '{version}'."
    return gateway_refusal(404, "InvalidResourceType", text)


def invalid_namespace(namespace: str) -> Refusal:
    """A provider that does not exist. Source: ARM's public answer [U for the words]."""
    text = f"The resource namespace '{namespace}' is invalid."
    return gateway_refusal(404, "InvalidResourceNamespace", text)


def method_not_allowed(method: str) -> Refusal:
    """A known address, asked in a way it has no answer to. Source: [U]."""
    text = f"The requested resource does not support http method '{method}'."
    return gateway_refusal(405, "MethodNotAllowed", text)


def bad_address() -> Refusal:
    """Dot segments, empty or encoded slashes in the path. Source: [U]."""
    text = "The request URI is not valid: a segment of its path is empty or not allowed."
    return gateway_refusal(400, "InvalidRequestUri", text)


def invalid_content(why: str) -> Refusal:
    """A body that is no JSON, or not of the expected shape. Source: threads, azure-behaviours 5 [V]."""
    text = f"The request content was invalid and could not be deserialized: '{why}'."
    return gateway_refusal(400, "InvalidRequestContent", text)


def unknown_member(member: str) -> Refusal:
    """A factory PUT with a property on the wrong level. Source: thread, azure-behaviours 5 [V]."""
    return invalid_content(f"Could not find member '{member}' on object of type 'ResourceDefinition'. Path '{member}'.")


def content_too_large() -> Refusal:
    """More than 4 MB on the wire. Source: bicep-ptn-aiml#105, DOC#74251 [V]."""
    text = "The request content size exceeds the maximum size of 4 MB."
    return gateway_refusal(413, "RequestContentTooLarge", text)


def subscription_not_found(subscription: str) -> Refusal:
    """A subscription of another tenant, or none. Source: azure-cli#33657, autorest-clientruntime-for-java#511 [V]."""
    return gateway_refusal(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")


def group_not_found(group: str) -> Refusal:
    """A resource group that is not there. Source: DOC#21346, recorded session test_group_deployment_crossrg [V]."""
    return gateway_refusal(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")


def resource_not_found(path: str, group: str) -> Refusal:
    """A resource that is not there. Source: L#67, DA#1 [V] for factories, [U] for what is inside one."""
    text = (
        f"The Resource '{path}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    return gateway_refusal(404, "ResourceNotFound", text)


def parent_not_found(parent: str) -> Refusal:
    """A nested resource of a deployment whose parent is missing. Source: ARM's public answer [V-part]."""
    text = f"Can not perform requested operation on nested resource. Parent resource '{parent}' not found."
    return gateway_refusal(404, "ParentResourceNotFound", text)


def not_registered(namespace: str) -> Refusal:
    """The subscription lacks a provider. Source: recorded session, DOC#86615 [V]."""
    text = (
        f"The subscription is not registered to use namespace '{namespace}'. "
        "See https://aka.ms/rps-not-found for how to register subscriptions."
    )
    detail = {"code": "MissingSubscriptionRegistration", "target": namespace, "message": text}
    return gateway_refusal(409, "MissingSubscriptionRegistration", text, {"details": [detail]})


def scope_locked(resource: str, verb: str, scope: str) -> Refusal:
    """A lock forbids it. Source: D#183, L#87 [V] for a deletion; [U] for a write."""
    text = (
        f"The scope '{resource}' cannot perform {verb} operation because following scope(s) are locked: '{scope}'. "
        "Please remove the lock and try again."
    )
    return gateway_refusal(409, "ScopeLocked", text)


def token_missing() -> Refusal:
    """No bearer token. Source: ARM's public answer [U for the words]."""
    text = "Authentication failed. The 'Authorization' header is missing."
    return _unauthorised("AuthenticationFailed", text)


def token_invalid() -> Refusal:
    """A token that was not issued here. Source: ARM's public answer [U for the words]."""
    return _unauthorised("InvalidAuthenticationToken", "The access token is invalid.")


def token_expired(expiry: str, now: str) -> Refusal:
    """A token past its lifetime. Source: threads, azure-behaviours 5 [V]."""
    text = f"The access token expiry UTC time '{expiry}' is earlier than current UTC time '{now}'."
    return _unauthorised("ExpiredAuthenticationToken", text)


def claims_demanded(claims: str) -> Refusal:
    """A token without the claims that are needed now (Continuous Access Evaluation).

    Source: Microsoft identity platform docs, claims challenges [V for the header, U for the body].
    """
    told = base64.b64encode(claims.encode()).decode()
    challenge = f'Bearer realm="", authorization_uri="", error="insufficient_claims", claims="{told}"'
    text = "Continuous access evaluation resulted in challenge."
    return gateway_refusal(401, "InvalidAuthenticationToken", text, None, **{"WWW-Authenticate": challenge})


def _unauthorised(code: str, text: str) -> Refusal:
    challenge = f'Bearer realm="", error="invalid_token", error_description="{text}"'
    return gateway_refusal(401, code, text, None, **{"WWW-Authenticate": challenge})


def wrong_client_secret() -> Refusal:
    """Entra's answer to a wrong secret. Source: Entra's public error list [V-part]."""
    return _entra("invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent")


def expired_client_secret(client: str) -> Refusal:
    """Entra's answer to a secret past its end. Source: Entra's public error list [V-part]."""
    text = f"The provided client secret keys for app '{client}' are expired."
    return _entra("invalid_client", 7000222, text)


def assertion_not_in_time() -> Refusal:
    """Entra's answer to an assertion that is too old. Source: azure-cli#28708 [V]."""
    return _entra("invalid_client", 700024, "Client assertion is not within its valid time range.")


def assertion_for_another(audience: str) -> Refusal:
    """Entra's answer to an assertion for another address. Source: Entra's public error list [V-part]."""
    text = f"Client assertion audience claim does not match Realm issuer. Expected '{audience}'."
    return _entra("invalid_client", 700023, text)


def unknown_certificate() -> Refusal:
    """Entra's answer to an assertion of a certificate it doesn't know. Source: Entra's public error list [V-part]."""
    text = "Client assertion contains an invalid signature. [Reason - The key was not found.]"
    return _entra("invalid_client", 700027, text)


def no_federated_identity(subject: str) -> Refusal:
    """Entra's answer without a federated credential for this subject. Source: Azure DevOps docs, errors [V-part]."""
    text = f"No matching federated identity record found for presented assertion subject '{subject}'."
    return _entra("invalid_client", 700213, text)


def unknown_client(client: str) -> Refusal:
    """Entra's answer to an unknown application. Source: Entra's public error list [V-part]."""
    return _entra("unauthorized_client", 700016, f"Application with identifier '{client}' was not found")


def unknown_tenant(tenant: str) -> Refusal:
    """Entra's answer to an unknown tenant. Source: Entra's public error list [V-part]."""
    return _entra("invalid_request", 90002, f"Tenant '{tenant}' not found.", 400)


def unsupported_grant() -> Refusal:
    """Entra's answer to another grant. Source: Entra's public error list [V-part]."""
    return _entra("unsupported_grant_type", 70003, "The app requested an unsupported grant type.", 400)


def _entra(error: str, number: int, text: str, status: int = 401) -> Refusal:
    body = {"error": error, "error_description": f"AADSTS{number}: {text}", "error_codes": [number]}
    return Refusal(Answer(status, body))


# --- Factory ---------------------------------------------------------------------------------


def name_in_use(name: str) -> Refusal:
    """Factory names are unique in the world. Source: T#43 [V]."""
    text = f"The specified resource name '{name}' is already in use. Resource names must be globally unique."
    return service_refusal(409, "DataFactoryNameInUse", text)


def invalid_name(name: str) -> Refusal:
    """A name outside of the pattern that Microsoft's specification gives. Source: the spec; words [U]."""
    shown = name if len(name) <= 100 else name[:100] + "…"  # noqa: PLR2004 - enough to recognise it
    return service_refusal(400, "BadRequest", f"Invalid resource name '{shown}'.", shown)


def precondition_failed(target: str) -> Refusal:
    """If-Match with another etag. Source: the spec has the header; answer [U]."""
    return service_refusal(412, "PreconditionFailed", "The etag does not match the resource's.", target)


def missing_properties(target: str) -> Refusal:
    """A body without `properties`. Source: the spec requires it; words [U]."""
    text = "Required property 'properties' not found in JSON. Path ''."
    return service_refusal(400, "BadRequest", text, target)


def invalid_reference(name: str, target: str) -> Refusal:
    """A PUT that refers to what is not there. Source: L#52, T#57, T#65, DOC#18339 [V]."""
    text = f"The document creation or update failed because of invalid reference '{name}'."
    return service_refusal(400, "BadRequest", text, target)


def still_referenced(referrer: str, target: str) -> Refusal:
    """A DELETE of what another object refers to; names one referrer. Source: L#57 [V]."""
    text = f"The document cannot be deleted since it is referenced by {referrer}."
    return service_refusal(400, "BadRequest", text, target)


def not_encrypted(target: str, name: str) -> Refusal:
    """A secret that only another factory can read; Azure's message goes on with the payload.

    Source: DOC#17892, quickstart#11692 [V for the words; that this is what causes it: V-part].
    """
    payload = {"Id": target, "Name": name, "Properties": {}}
    text = f"Failed to encrypt sub-resource payload {json.dumps(payload, indent=2)}".replace("\n", "\r\n")
    return service_refusal(400, "BadRequest", text)


# --- Triggers --------------------------------------------------------------------------------


def trigger_enabled() -> Refusal:
    """PUT or DELETE of a started trigger; the blank at the end is Azure's. Source: L#63, T#350 [V]."""
    text = "Cannot update enabled Trigger; the trigger needs to be disabled first. "
    return service_refusal(400, "TriggerEnabledCannotUpdate", text)


def capture_running() -> Refusal:
    """PUT or DELETE of a change data capture that runs; a trigger's refusal, by analogy. Source: [U]."""
    text = "Cannot update running change data capture; it needs to be stopped first."
    return service_refusal(400, "BadRequest", text)


def trigger_provisioning() -> Refusal:
    """Start (or a second subscribe) until Event Grid is ready.

    Source: T#463, TF#31928, TF#32570, finops-toolkit#1996 [V].
    """
    return service_refusal(400, "BadRequest", "Resource cannot be updated during provisioning")


def trigger_without_pipeline(name: str) -> Refusal:
    """Start of a trigger that runs nothing. Source: DOC#18504, azure-powershell#11893 [V]."""
    text = f"Missing or invalid pipeline references for trigger {name}"
    return service_refusal(400, "BadRequest", text, name)


def trigger_start_time(start: str) -> Refusal:
    """Start of a schedule in UTC whose start time has no zone. Source: T#301, finops-toolkit#1085 [V]."""
    text = (
        "ErrorCode=InvalidWorkflowTriggerRecurrence, ErrorMessage=The recurrence of trigger has an invalid start time "
        f"'{start}' zone designator for time zone 'UTC'. Expected start time format with zone designator is "
        "'yyyy-MM-ddTHH:mm:ssZ'."
    )
    return service_refusal(400, "BadRequest", text)


def trigger_schedule(frequency: str) -> Refusal:
    """Start of a schedule whose frequency takes no times of the day. Source: threads, azure-behaviours 3 [V]."""
    text = (
        "ErrorCode=InvalidWorkflowTriggerRecurrenceSchedule, ErrorMessage=The recurrence schedule of trigger has an "
        f"invalid recurrence frequency '{frequency}'."
    )
    return service_refusal(400, "BadRequest", text)


def trigger_not_found(name: str) -> Refusal:
    """An action on a trigger that is not there. Source: T#87 [V-part: code from a log]."""
    return service_refusal(400, "BadRequest", f"Entity {name} not found")


def tumbling_start_fixed() -> Refusal:
    """A tumbling window's start time is for life. Source: DOC#69307 [V]."""
    text = "Start time cannot be updated for Tumbling Window Trigger."
    return service_refusal(400, "TumblingWindowTriggerStartTimeUpdateNotAllowed", text)


def tumbling_recurrence_fixed() -> Refusal:
    """A tumbling window's frequency and interval are for life. Source: A#177 [V-part: code only; words U]."""
    text = "Frequency or interval cannot be updated for Tumbling Window Trigger."
    return service_refusal(400, "TumblingWindowTriggerFrequencyOrIntervalUpdateNotAllowed", text)


# --- Integration runtimes and networks -------------------------------------------------------


def runtime_type_fixed() -> Refusal:
    """A runtime's type is for life. Source: DOC#49041, quickstart#5886 [V]."""
    text = "Updating property type is not supported."
    return service_refusal(400, "DataFactoryPropertyUpdateNotSupported", text)


def linked_runtime_needs_identity(runtime: str, factory: str) -> Refusal:
    """A linked runtime in a factory without identity. Source: thread, azure-behaviours 4 [V]."""
    text = (
        f"Managed identity is required when creating linked integration runtime '{runtime}' "
        f"under '{factory}'. Please specify a managed identity via credential object."
    )
    return service_refusal(400, "ManagedIdentityRequiredToCreateLinkedIntegrationRuntime", text)


def runtime_not_startable(name: str) -> Refusal:
    """Start or stop of a runtime that Azure does not manage. Source: [U]."""
    text = f"Integration runtime '{name}' does not support this operation."
    return service_refusal(400, "BadRequest", text, name)


def endpoint_exists(name: str) -> Refusal:
    """A second private endpoint to one data source. Source: A#250 [V]."""
    return _network("ManagedPrivateEndpoint", name, "A managed private endpoint to the data source already exist.")


def network_payload(name: str) -> Refusal:
    """A managed network with no, or with service-made, properties. Source: T#149, D#70, DOC#76925 [V]."""
    return _network("ManagedVirtualNetwork", name, "Invalid payload")


def _network(kind: str, name: str, why: str) -> Refusal:
    text = f"Invalid resource request. Resource type: '{kind}', Resource name: '{name}' 'Error: {why}'."
    return service_refusal(400, "InvalidResourceRequest", text)


# --- Deployments -----------------------------------------------------------------------------


def deployment_not_found(name: str) -> Refusal:
    """A deployment that is not there. Source: azure-cli#28834 [V]."""
    return gateway_refusal(404, "DeploymentNotFound", f"Deployment '{name}' could not be found.")


def deployment_name_too_long(name: str) -> Refusal:
    """A name of more than 64 characters. Source: ARM limits, azure-behaviours 10; words [U]."""
    size = f"has a length of '{len(name)}' which exceeds the maximum length of '64'"
    text = f"The provided deployment name '{name[:80]}' {size}."
    return gateway_refusal(400, "DeploymentNameLengthLimitExceeded", text)


def deployment_name_invalid(name: str) -> Refusal:
    r"""A name outside of `[-\w._()]`. Source: ARM limits, azure-behaviours 10; words [U]."""
    text = f"The provided deployment name '{name}' is not valid. Only [-\\w\\._\\(\\)] are allowed."
    return gateway_refusal(400, "InvalidDeploymentName", text)


def deployment_active(target: str, started: str, correlation: str, expires: str) -> Refusal:
    """The same name while it runs. Source: jenkins-infra/helpdesk#5220 [V]."""
    text = (
        f"Unable to edit or replace deployment '{target}': previous deployment from '{started}' cannot be "
        "saved, because this would overwrite an existing deployment which is still active. If this is an "
        "intentional re-deployment, please wait for the original deployment to complete, or cancel it before "
        f"re-attempting the operation. The previous deployment was started at '{started}' with correlationId "
        f"'{correlation}', and will expire at '{expires}' if it does not complete before then. "
        "Please see https://aka.ms/arm-deploy-resources for usage details."
    )
    return gateway_refusal(409, "DeploymentActive", text)


def deployment_not_running(name: str) -> Refusal:
    """Cancel works while a deployment runs, and only then. Source: azure-behaviours 10; words [U]."""
    text = f"The deployment '{name}' cannot be cancelled because it is not active."
    return gateway_refusal(409, "DeploymentCannotBeCancelled", text)


def no_registered_provider(namespace: str, kind: str, version: str) -> Refusal:
    """A template's resource with an apiVersion that its provider lacks. Source: ARM's public answer [V-part]."""
    text = (
        f"No registered resource provider found for location 'westeurope' and API version '{version}' for type "
        f"'{kind}'. The supported api-versions are '2018-06-01'. The supported locations are 'westeurope'."
    )
    more = {"target": namespace}
    return gateway_refusal(400, "NoRegisteredProviderFound", text, more)


def linked_content(uri: str) -> Refusal:
    """A linked template: the sandbox downloads nothing. Source: azure-cli#22266, DOC#108369 [V]."""
    text = (
        f"Unable to download deployment content from '{uri}'. The tracking Id is "
        "'00000000-0000-0000-0000-000000000000'. Please see https://aka.ms/arm-deploy for usage details."
    )
    return gateway_refusal(400, "InvalidContentLink", text)


def invalid_template(why: str, path: str = "", line: int = 0, position: int = 0) -> Refusal:
    """ARM's validation, before anything is written. Source: azure-behaviours 6 and recordings [V]."""
    info = {"lineNumber": line, "linePosition": position, "path": path}
    more = {"additionalInfo": [{"type": "TemplateViolation", "info": info}]}
    text = f"Deployment template validation failed: '{why}'."
    return gateway_refusal(400, "InvalidTemplate", text, more)


def not_in_sandbox(what: str) -> Refusal:
    """Something Azure can and the sandbox cannot: said plainly, never half done. Source: ours."""
    return gateway_refusal(501, "NotImplementedBySandbox", f"The sandbox does not know {what}.")


def bad_host() -> Refusal:
    """A Host header that is not loopback: another site's page may not talk to the sandbox. Source: [U]."""
    return gateway_refusal(400, "BadRequest", "Bad Request - Invalid Hostname")


def throttled(seconds: int) -> Refusal:
    """Too many calls; asked for by a fault rule, with Retry-After. Source: azqr#34, ARM docs [V]."""
    text = (
        "Number of requests for action 'Microsoft.DataFactory/factories/read' exceeded the limit of '50' for time "
        f"interval '00:05:00'. Please try again after '{seconds}' seconds."
    )
    error = {"code": "ResourceRequestsThrottled", "message": text}
    return Refusal(Answer(429, {"error": error}, {"Retry-After": str(seconds)}))
