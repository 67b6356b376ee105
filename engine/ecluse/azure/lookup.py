"""Where a factory is that is not where it was looked for: so that a wrong group is told from a new factory."""

from ecluse.azure.addresses import group_of
from ecluse.azure.calls import Call, pages
from ecluse.azure.clients import AzureClients
from ecluse.azure.refusals import AzureFailed
from ecluse.errors import Code, Problem, refuse_any
from ecluse.model.kinds import PROVIDER
from ecluse.plan.plan import Target

_NO_RIGHT = (401, 403)


def refuse_elsewhere(clients: AzureClients, target: Target) -> str:
    """Raise `Refused` when the factory stands in another group of the subscription; else why that is not known, or "".

    Further than that nobody can look: Microsoft's description of the service has no read that tells whether a name is
    taken in all of Azure. Raises `AzureFailed`.
    """
    path = f"/subscriptions/{target.subscription}/providers/{PROVIDER}"
    try:
        found = list(pages(clients.data_factory, Call("GET", path)))
    except AzureFailed as error:
        if error.status(*_NO_RIGHT):  # an identity may see only its own group
            return "; ".join(each.message for each in error.problems)
        raise
    groups = [group_of(each["id"]) for each in found if each["name"].casefold() == target.factory.casefold()]
    refuse_any(
        Problem(
            Code.FACTORY_MISSING,
            f"the factory is not in resource group {target.resource_group} but in {group}",
            f"Use --resource-group {group}, or another --factory: names are unique in all of Azure.",
            subject=f"factory {target.factory}",
        )
        for group in groups
        if group.casefold() != target.resource_group.casefold()
    )
    return ""
