"""REMEDIES: Azure's error codes, what each mostly means, and what to do. The first row that fits decides."""

import re
from dataclasses import dataclass

from ecluse.azure.faults import Fault
from ecluse.errors import Code


@dataclass(frozen=True, slots=True)
class Remedy:
    """One row: an error code of Azure, a part of its message as a regex ("" for any), our code, what to do."""

    azure_code: str
    part: str
    code: Code
    text: str

    def fits(self, fault: Fault) -> bool:
        """Whether this row speaks of the fault."""
        same = not self.azure_code or self.azure_code.casefold() == fault.code.casefold()
        return same and re.search(self.part, fault.message, re.IGNORECASE) is not None


REFUSED, CREDENTIAL, DEPLOYMENT = Code.AZURE_REFUSED, Code.CREDENTIAL, Code.DEPLOYMENT_FAILED

REMEDIES: tuple[Remedy, ...] = (
    # triggers (azure-behaviours section 3)
    Remedy(
        "TriggerEnabledCannotUpdate",
        "",
        Code.TRIGGER_ACTIVE,
        "Someone started the trigger, or it was not stopped: let this run stop it (--trigger-stop active), then again.",
    ),
    Remedy(
        "",
        "cannot be updated during provisioning",
        REFUSED,
        "The trigger's event subscription is still being made or removed; run again in a few minutes.",
    ),
    Remedy(
        "",
        "concurrent operations on a trigger",
        REFUSED,
        "Another run or person works on this trigger; wait, then run again.",
    ),
    Remedy(
        "",
        "missing or invalid pipeline references",
        REFUSED,
        "Give the trigger a pipeline that exists in the target, or leave it stopped.",
    ),
    Remedy(
        "InvalidWorkflowTriggerRecurrence",
        "",
        REFUSED,
        "Correct the trigger's recurrence: startTime as yyyy-MM-ddTHH:mm:ssZ for UTC, without Z elsewhere.",
    ),
    Remedy(
        "InvalidWorkflowTriggerRecurrenceSchedule",
        "",
        REFUSED,
        "Correct the trigger's recurrence: the schedule doesn't fit the frequency, or the next run is too far away.",
    ),
    Remedy(
        "",
        "not authorized to create storage events subscriptions",
        REFUSED,
        "Give the deploying identity the role 'EventGrid EventSubscription Contributor' on the storage account.",
    ),
    Remedy(
        "TumblingWindowTriggerStartTimeUpdateNotAllowed",
        "",
        REFUSED,
        "A tumbling window's start time is fixed: give the trigger a new name, or delete it in the target first.",
    ),
    Remedy(
        "TumblingWindowTriggerFrequencyOrIntervalUpdateNotAllowed",
        "",
        REFUSED,
        "A tumbling window's frequency and interval are fixed: give the trigger a new name, or delete it first.",
    ),
    # references and deletes (section 4)
    Remedy(
        "",
        "cannot be deleted since it is referenced by",
        REFUSED,
        "Remove the reference in the object that the message names, or keep this one.",
    ),
    Remedy(
        "",
        "because of invalid reference",
        Code.REFERENCE_MISSING,
        "The object that it refers to is not in the target: take it into the filter, or deploy it first.",
    ),
    Remedy(
        "InputIsMalformedDetailed",
        "integration runtime details",
        REFUSED,
        "The integration runtime that the message names is not there or not reachable: create it first.",
    ),
    Remedy(
        "DataFactoryPropertyUpdateNotSupported",
        "",
        REFUSED,
        "Azure can't change this (mostly an integration runtime's type): delete the object in the target first.",
    ),
    Remedy(
        "ManagedIdentityRequiredToCreateLinkedIntegrationRuntime",
        "",
        REFUSED,
        "Give the factory a managed identity, and that identity access to the shared integration runtime.",
    ),
    Remedy(
        "",
        "failed to encrypt sub-resource payload",
        REFUSED,
        "The linked service holds a secret that this factory can't encrypt (an encryptedCredential of another factory, "
        "or its integration runtime is offline): give the secret as a parameter.",
    ),
    Remedy(
        "InvalidResourceRequest",
        "private endpoint to the data source already exist",
        REFUSED,
        "Another managed private endpoint points to the same resource: keep its name, or delete it first.",
    ),
    # the factory and the gateway (section 5)
    Remedy(
        "ResourceGroupNotFound",
        "",
        Code.GROUP_MISSING,
        "Check --resource-group and --subscription; Ecluse never creates the group. A sandbox has the group of the "
        "command that began it: name that one, or another --sandbox DIR.",
    ),
    Remedy("DataFactoryNameInUse", "", REFUSED, "Factory names are unique in all of Azure: choose another --factory."),
    Remedy("ParentResourceNotFound", "", Code.FACTORY_MISSING, "Check --factory; --create makes a new one."),
    Remedy(
        "ResourceNotFound",
        r"Microsoft\.DataFactory/factories/[^/']+'",  # not one of its objects
        Code.FACTORY_MISSING,
        "Check --factory; --create makes a new one.",
    ),
    Remedy(
        "SubscriptionNotFound",
        "",
        REFUSED,
        "Check --subscription and --cloud, and that the identity belongs to its tenant.",
    ),
    Remedy("InvalidSubscriptionId", "", REFUSED, "Check --subscription: it is a GUID."),
    Remedy("InvalidResourceType", "", REFUSED, "This cloud doesn't know the resource type: check --cloud."),
    Remedy(
        "LinkedAuthorizationFailed",
        "",
        REFUSED,
        "The identity may write here but not on the linked resource that the message names: grant the action there.",
    ),
    Remedy(
        "AuthorizationFailed",
        "",
        REFUSED,
        "Give the identity the role 'Data Factory Contributor' on the resource group (on the factory alone it is not "
        "enough for deployments); a role given just now needs some minutes.",
    ),
    Remedy(
        "RequestDisallowedByPolicy",
        "",
        REFUSED,
        "An Azure Policy forbids this: change the object, or ask for an exemption.",
    ),
    Remedy(
        "ScopeLocked",
        "",
        REFUSED,
        "Remove the lock that the message names: in the portal under Locks of that scope, or `az lock list`, then "
        "`az lock delete --ids ID`. One against deletions only is in nobody's way who deletes nothing.",
    ),
    Remedy(
        "MissingSubscriptionRegistration",
        "",
        REFUSED,
        "Register the provider once: az provider register --namespace Microsoft.DataFactory (Ecluse never does that).",
    ),
    Remedy("ExpiredAuthenticationToken", "", CREDENTIAL, "Sign in again, then run again."),
    Remedy(
        "InvalidAuthenticationTokenTenant",
        "",
        CREDENTIAL,
        "The identity's tenant is not the subscription's: sign in to the right one.",
    ),
    Remedy("InvalidAuthenticationToken", "", CREDENTIAL, "Sign in again; check --cloud and --authority."),
    # signing in: Entra's numbers (Microsoft's list of AADSTS codes; Azure DevOps docs, errors of service connections)
    Remedy(
        "",
        "AADSTS7000222",
        CREDENTIAL,
        "The client's secret has ended: make a new one for the application and put it where this one is (the service "
        "connection, or AZURE_CLIENT_SECRET); workload identity federation needs none.",
    ),
    Remedy("", "AADSTS7000215", CREDENTIAL, "The client's secret is not the right one: give its value, not its id."),
    Remedy(
        "",
        "AADSTS700024",
        CREDENTIAL,
        "The assertion came too late or too early: run again, with a credential that can fetch a new one; if it stays, "
        "correct this machine's clock.",
    ),
    Remedy(
        "",
        "AADSTS700027",
        CREDENTIAL,
        "The application doesn't know the certificate, or it has ended: upload the certificate of the service "
        "connection to the application.",
    ),
    Remedy(
        "",
        "AADSTS70021",  # also 700211 to 700213: issuer, audience or subject of no federated credential
        CREDENTIAL,
        "The identity trusts no such federation: add a federated credential with the issuer and subject that the "
        "service connection shows, or save the service connection anew.",
    ),
    Remedy(
        "",
        "AADSTS700016",
        CREDENTIAL,
        "This tenant has no such application: check the client id, and that the tenant is the application's.",
    ),
    Remedy("", "AADSTS90002", CREDENTIAL, "There is no such tenant in this cloud: check the tenant id, and the cloud."),
    Remedy("", "AADSTS900382", CREDENTIAL, "The sign-in belongs to another cloud: set --cloud."),
    Remedy(
        "",
        "gives no OIDC token",
        CREDENTIAL,
        "The job's access token was refused: let the pipeline use the service connection, and the job's token live as "
        "long as the job does (a job that has been cancelled loses it).",
    ),
    Remedy(
        "",
        "no managed identity",
        CREDENTIAL,
        "Give this machine a managed identity and let the agent run in Azure, or choose another service connection.",
    ),
    Remedy("invalid_client", "", CREDENTIAL, "Check the client id and its secret or certificate; it may have expired."),
    # deployments (section 6)
    Remedy("InvalidTemplate", "limit exceeded", Code.TEMPLATE_LIMIT, "Deploy fewer objects at once: narrow --filter."),
    Remedy("RequestContentTooLarge", "", Code.TEMPLATE_LIMIT, "Deploy fewer objects at once: narrow --filter."),
    Remedy(
        "InvalidTemplate",
        "",
        DEPLOYMENT,
        "Resource Manager can't read the template: see the resource and the place in the message.",
    ),
    Remedy(
        "InvalidTemplateDeployment", "", DEPLOYMENT, "Resource Manager's checks failed: correct what the message names."
    ),
    Remedy(
        "DeploymentActive", "", REFUSED, "A deployment of this name still runs: wait for it, or cancel it in Azure."
    ),
    Remedy("DeploymentBeingDeleted", "", REFUSED, "A deployment of this name is being deleted: wait, then run again."),
    Remedy(
        "DeploymentQuotaExceeded",
        "",
        REFUSED,
        "The group holds 800 deployments: delete old ones (a lock may keep Azure from it).",
    ),
    Remedy("DeploymentNotFound", "", DEPLOYMENT, "Azure has no such deployment; run again."),
    # throttling and time (section 7)
    Remedy("", "exceeded the limit of", REFUSED, "Azure throttles this identity: wait, or lower --parallel."),
    Remedy(
        "ResourceCollectionRequestsThrottled", "", REFUSED, "Azure throttles this identity: wait, or lower --parallel."
    ),
)

_BY_STATUS: tuple[tuple[int, Code, str], ...] = (
    (401, CREDENTIAL, "Azure doesn't accept the sign-in: sign in again, check --credential, --cloud and --authority."),
    (403, REFUSED, "Give the identity the role 'Data Factory Contributor' on the resource group."),
    (404, REFUSED, "Check the names, and --subscription, --resource-group and --factory."),
    (429, REFUSED, "Azure throttles this identity: wait, or lower --parallel."),
)


def remedy(fault: Fault) -> tuple[Code, str]:
    """Our code for a fault, and what to do about it."""
    for row in REMEDIES:
        if row.fits(fault):
            return row.code, row.text
    for status, code, text in _BY_STATUS:
        if fault.status == status:
            return code, text
    if fault.status is not None and fault.unsure:
        return REFUSED, "Azure had an inner failure: run again; if it stays, ask its support with the correlation id."
    return REFUSED, "Correct what the message names, then run again."
