"""Refusals that nothing inside the sandbox can cause (rights, policies, locks, quotas): played on request, by name.

A fault rule's action `{"refusal": NAME}` answers with one of them instead of the real answer. Words in the messages
that differ from call to call (ids, names, scopes) are placeholders. Marks as in `refusals`.
"""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ecluse_sandbox.answers import Answer, Refusal, gateway_refusal, service_refusal

_GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg"
_FACTORY = f"{_GROUP}/providers/Microsoft.DataFactory/factories/adf"
_CLIENT = "The client '11111111-1111-1111-1111-111111111111' with object id '22222222-2222-2222-2222-222222222222'"


def _authorization_failed() -> Refusal:
    """The identity lacks a right. Source: DOC#52054 [V]."""
    text = (
        f"{_CLIENT} does not have authorization to perform action 'Microsoft.Resources/deployments/write' over scope "
        f"'{_GROUP}/providers/Microsoft.Resources/deployments/d' or the scope is invalid. If access was recently "
        "granted, please refresh your credentials."
    )
    return gateway_refusal(403, "AuthorizationFailed", text)


def _linked_authorization_failed() -> Refusal:
    """The identity lacks a right on what the object uses. Source: DOC#29172 [V]."""
    text = (
        f"{_CLIENT} has permission to perform action 'Microsoft.DataFactory/factories/triggers/write' on scope "
        f"'{_FACTORY}/triggers/T'; however, it does not have permission to perform action "
        "'Microsoft.EventGrid/EventSubscriptions/Write' on the linked scope(s) "
        f"'{_GROUP}/providers/Microsoft.Storage/storageAccounts/test'."
    )
    return gateway_refusal(403, "LinkedAuthorizationFailed", text)


def _event_grid_not_authorized() -> Refusal:
    """No right to create an Event Grid subscription. Source: DOC threads [V for the words, U for the code]."""
    text = (
        "You are not authorized to create storage events subscriptions using Event Grid. Please verify that you have "
        "the 'Microsoft.EventGrid/EventSubscriptions/Write' permission."
    )
    return service_refusal(403, "Forbidden", text)


def _disallowed_by_policy() -> Refusal:
    """An Azure policy denies the write. Source: T#471 [V]."""
    policy = [{"policyAssignment": {"name": "deny", "id": f"{_GROUP}/deny"}, "policyDefinition": {"name": "deny"}}]
    text = f"Resource 'adf' was disallowed by policy. Policy identifiers: '{json.dumps(policy)}'."
    return gateway_refusal(403, "RequestDisallowedByPolicy", text, {"target": "adf"})


def _scope_locked() -> Refusal:
    """A lock on the resource group. Source: D#183, L#87 [V]."""
    text = (
        f"The scope '{_FACTORY}/pipelines/p' cannot perform delete operation because following scope(s) are locked: "
        f"'{_GROUP}'. Please remove the lock and try again."
    )
    return gateway_refusal(409, "ScopeLocked", text)


def _runtime_details() -> Refusal:
    """The service finds no details of a runtime. Source: L#60 [V]."""
    text = "Input is malformed. Reason: Could not get integration runtime details for IR-x"
    return service_refusal(400, "InputIsMalformedDetailed", text)


def _not_encrypted() -> Refusal:
    """A secret can't be encrypted; the message repeats the whole payload. Source: DOC#17892, quickstart#11692 [V]."""
    payload = {
        "Id": f"{_FACTORY}/linkedservices/X",
        "Name": "X",
        "Properties": {"typeProperties": {"password": "in-the-clear"}},
    }
    text = f"Failed to encrypt sub-resource payload {json.dumps(payload, indent=2)}".replace("\n", "\r\n")
    return service_refusal(400, "BadRequest", text)


def _being_deleted() -> Refusal:
    """A deployment of this name is on its way out. Source: DA#25 [V]."""
    text = "The deployment 'd' cannot be edited because it is being deleted. Please wait for deletion to finish."
    return gateway_refusal(409, "DeploymentBeingDeleted", text)


def _quota_exceeded() -> Refusal:
    """The history of deployments is full. Source: packer#8038 [V]."""
    text = (
        "Creating the deployment 'd' would exceed the quota of '800'. The current deployment count is '800', please "
        "delete some deployments before creating a new one. Please see https://aka.ms/arm-deploy for usage details."
    )
    return gateway_refusal(409, "DeploymentQuotaExceeded", text)


def _preflight() -> Refusal:
    """A provider's own check before a deployment. Source: threads, azure-behaviours 6 [V]."""
    text = (
        "The template deployment 'd' is not valid according to the validation procedure. The tracking id is "
        "'33333333-3333-3333-3333-333333333333'. See inner errors for details."
    )
    return gateway_refusal(400, "InvalidTemplateDeployment", text)


def _resource_failed() -> Refusal:
    """A resource's own operation ends badly; a deployment tells it as Conflict. Source: azure-behaviours 6 [V]."""
    text = "The resource operation completed with terminal provisioning state 'Failed'."
    error = {"code": "ResourceDeploymentFailure", "message": text, "details": []}
    return Refusal(Answer(409, {"status": "Failed", "error": error}))


def _status_not_there_yet() -> Refusal:
    """Early on a deployment's status may not be known. Source: azure-cli#28834 [V]."""
    return gateway_refusal(404, "DeploymentNotFound", "Deployment 'd' could not be found.")


def _retryable() -> Refusal:
    """Another operation is in the way. Source: pulumi-azure-native#3720 [V for the code, U for the rest]."""
    text = "A retryable error occurred."
    return gateway_refusal(429, "RetryableErrorDueToAnotherOperation", text)


def _assertion_too_old() -> Refusal:
    """Entra: the federated token is too old. Source: azure-cli#28708 [V]."""
    return _entra("AADSTS700024: Client assertion is not within its valid time range.", 700024)


def _another_cloud() -> Refusal:
    """Entra: the tenant lives in another cloud. Source: Azure/login#180 [V for the number]."""
    return _entra("AADSTS900382: Confidential Client is not supported in Cross Cloud request.", 900382)


def _entra(text: str, number: int) -> Refusal:
    return Refusal(Answer(401, {"error": "invalid_client", "error_description": text, "error_codes": [number]}))


REFUSALS: Mapping[str, Callable[[], Refusal]] = MappingProxyType(
    {
        "AuthorizationFailed": _authorization_failed,
        "LinkedAuthorizationFailed": _linked_authorization_failed,
        "EventGridNotAuthorized": _event_grid_not_authorized,
        "RequestDisallowedByPolicy": _disallowed_by_policy,
        "ScopeLocked": _scope_locked,
        "InputIsMalformedDetailed": _runtime_details,
        "NotEncrypted": _not_encrypted,
        "DeploymentBeingDeleted": _being_deleted,
        "DeploymentQuotaExceeded": _quota_exceeded,
        "InvalidTemplateDeployment": _preflight,
        "ResourceDeploymentFailure": _resource_failed,
        "DeploymentNotFound": _status_not_there_yet,
        "RetryableErrorDueToAnotherOperation": _retryable,
        "AADSTS700024": _assertion_too_old,
        "AADSTS900382": _another_cloud,
    }
)
"""By the name that a fault rule's `refusal` takes."""


def answer(name: object) -> Answer:
    """The answer of a refusal; ValueError names the known ones."""
    found = REFUSALS.get(str(name))
    if found is None:
        raise ValueError(f"`refusal` is one of {', '.join(REFUSALS)}")
    return found().answer
