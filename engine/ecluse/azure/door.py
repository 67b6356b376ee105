"""Door: one factory's way to Azure, which the modules about triggers, deployments and objects share."""

from collections.abc import Iterator
from dataclasses import dataclass

from ecluse.azure.addresses import group_path
from ecluse.azure.calls import Answer, Call, ask
from ecluse.azure.clients import AzureClients
from ecluse.jsontree import Json
from ecluse.plan.plan import Target


@dataclass(frozen=True, slots=True)
class Door:
    """The clients and the target; waits by the connection's patience."""

    clients: AzureClients
    target: Target

    def adf(self, call: Call) -> Answer:
        """One call of Data Factory. Raises `AzureFailed`."""
        return ask(self.clients.data_factory, call)

    def arm(self, call: Call) -> Answer:
        """One call of ARM deployments. Raises `AzureFailed`."""
        return ask(self.clients.deployments, call, "deployments")

    def waits(self, deadline: float) -> Iterator[None]:
        """Yields at once, then after growing waits, until `deadline` seconds are over."""
        return self.clients.timer.waits(self.clients.patience, deadline)

    def deployment_path(self, name: str) -> str:
        """The path of a deployment in the target's resource group."""
        return f"{group_path(self.target)}/providers/Microsoft.Resources/deployments/{name}"


def properties(body: Json) -> dict[str, Json]:
    """A body's `properties`; empty when it has none."""
    found = body.get("properties") if isinstance(body, dict) else None
    return found if isinstance(found, dict) else {}
