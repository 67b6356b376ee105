"""Door: one factory's way to Azure, which the modules about triggers, deployments and objects share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ecluse.azure.addresses import group_path
from ecluse.azure.calls import Answer, Call, ask
from ecluse.azure.clients import AzureClients
from ecluse.jsontree import Json
from ecluse.plan.plan import Target


@dataclass(frozen=True, slots=True)
class Door:
    """The clients and the target; waits by the connection's patience.

    `cancelled`: somebody asked to stop, and no call waits for Azure any longer. The way back has a door without it.
    """

    clients: AzureClients
    target: Target
    cancelled: Callable[[], bool]

    def adf(self, call: Call) -> Answer:
        """One call of Data Factory. Raises `AzureFailed`."""
        return ask(self.clients.data_factory, call, cancelled=self.cancelled)

    def arm(self, call: Call) -> Answer:
        """One call of ARM deployments. Raises `AzureFailed`."""
        return ask(self.clients.deployments, call, "deployments", cancelled=self.cancelled)

    def waits(self, deadline: float) -> Iterator[None]:
        """Yields at once, then after growing waits, until `deadline` seconds are over."""
        return self.clients.timer.waits(self.clients.patience, deadline)

    def waits_on_the_way(self, deadline: float) -> Iterator[None]:
        """The same, but a cancel ends it: for what is given up then. The way back waits by `waits`."""
        for _ in self.waits(deadline):
            yield
            if self.cancelled():
                return

    def deployment_path(self, name: str) -> str:
        """The path of a deployment in the target's resource group."""
        return f"{group_path(self.target)}/providers/Microsoft.Resources/deployments/{name}"


def properties(body: Json) -> dict[str, Json]:
    """A body's `properties`; empty when it has none."""
    found = body.get("properties") if isinstance(body, dict) else None
    return found if isinstance(found, dict) else {}
