"""Where a factory is that is not where it was looked for: so that a wrong group is told from a new factory."""

from ecluse.azure.addresses import group_of
from ecluse.azure.calls import Call, pages
from ecluse.azure.clients import AzureClients
from ecluse.azure.refusals import AzureFailed, translated
from ecluse.errors import Code, Problem, Refused, refuse_any
from ecluse.model.kinds import PROVIDER
from ecluse.plan.plan import Target

_NO_RIGHT = (401, 403)


def refuse_elsewhere(clients: AzureClients, target: Target) -> None:
    """Raise `Refused` when the factory stands in another group, or when its provider is not registered.

    An identity that may see only its own group can't look around; then nothing is known and nothing refused.
    """
    subject = f"factory {target.factory}"
    for group in _groups(clients, target):
        raise Refused(
            Problem(
                Code.FACTORY_MISSING,
                f"the factory is not in resource group {target.resource_group} but in {group}",
                f"Use --resource-group {group}, or another --factory: names are unique in all of Azure.",
                subject=subject,
            ),
        )
    refuse_any(_unregistered(clients))


def _groups(clients: AzureClients, target: Target) -> list[str]:
    """The other groups of the subscription that have a factory of this name."""
    path = f"/subscriptions/{target.subscription}/providers/{PROVIDER}"
    try:
        found = list(pages(clients.data_factory, Call("GET", path)))
    except AzureFailed as error:
        if error.status(*_NO_RIGHT):
            return []
        raise
    groups = [group_of(each["id"]) for each in found if each["name"].casefold() == target.factory.casefold()]
    return [group for group in groups if group.casefold() != target.resource_group.casefold()]


def _unregistered(clients: AzureClients) -> list[Problem]:
    namespace = PROVIDER.partition("/")[0]
    try:
        with translated(f"provider {namespace}"):
            state = clients.resources.providers.get(namespace).registration_state
    except AzureFailed as error:
        if error.status(*_NO_RIGHT):
            return []
        raise
    if state == "Registered":
        return []
    remedy = f"Register it once: az provider register --namespace {namespace} (Ecluse never does that by itself)."
    return [Problem(Code.AZURE_REFUSED, f"the subscription is not registered for {namespace}: {state}", remedy)]
