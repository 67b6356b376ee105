"""AzureClients: the SDK's three clients over one sign-in and one connection pool, each imported when first used."""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from ecluse.azure.clock import AzureClock
from ecluse.azure.connection import Connection
from ecluse.azure.credentials import credential
from ecluse.azure.patience import Patience, Timer
from ecluse.azure.throttle import Throttle
from ecluse.azure.versions import API_VERSIONS

if TYPE_CHECKING:
    from azure.mgmt.datafactory import DataFactoryManagementClient
    from azure.mgmt.resource.deployments import DeploymentsMgmtClient
    from azure.mgmt.resource.resources import ResourceManagementClient

    from ecluse.azure.recording import Recorder


def _silent(_: str) -> None:
    """Nobody wants to know."""


def _quiet() -> None:
    """Keep the SDK's warnings for who listens to `logging`: without a handler Python prints them on stderr."""
    for name in ("azure", "msal"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


class AzureClients:
    """The way to one Azure. Use it as a context manager: it holds sockets.

    `notice` is told what is worth a line while calls go on (a throttled call waits); `parallel` calls run at once.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        notice: Callable[[str], None] = _silent,
        timer: Timer | None = None,
        environ: Mapping[str, str] | None = None,
        recorder: "Recorder | None" = None,
        parallel: int = 8,
    ) -> None:
        self.connection = connection
        self._parallel = parallel
        self._throttle = Throttle(parallel)
        self.timer = timer or Timer()
        self.clock = AzureClock()
        self._notice = notice
        self._environ = os.environ if environ is None else environ
        self._recorder = recorder
        self._wire: tuple[Any, Any] | None = None
        self._making = threading.Lock()
        _quiet()

    @property
    def patience(self) -> Patience:
        """How long this Azure is given."""
        return self.connection.patience

    @cached_property
    def data_factory(self) -> "DataFactoryManagementClient":
        """Data Factory. Raw JSON only: its typed attributes lose what it doesn't know."""
        from azure.mgmt.datafactory import DataFactoryManagementClient  # noqa: PLC0415  # half a second

        return DataFactoryManagementClient(**self._common("data factory"))

    @cached_property
    def deployments(self) -> "DeploymentsMgmtClient":
        """ARM deployments."""
        from azure.mgmt.resource.deployments import DeploymentsMgmtClient  # noqa: PLC0415  # heavy

        return DeploymentsMgmtClient(**self._common("deployments"))

    @cached_property
    def resources(self) -> "ResourceManagementClient":
        """Resource groups and providers."""
        from azure.mgmt.resource.resources import ResourceManagementClient  # noqa: PLC0415  # heavy

        return ResourceManagementClient(**self._common("resource groups"))

    def close(self) -> None:
        """Close every connection."""
        if self._wire is not None:
            made, transport = self._wire
            transport.close()
            made.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _shared(self) -> tuple[Any, Any]:
        """The sign-in and the connection pool that all clients share; whichever thread comes first makes them."""
        from ecluse.azure.wire import transport  # noqa: PLC0415  # heavy

        with self._making:
            if self._wire is None:
                self._wire = credential(self.connection, self._environ), transport(self.connection, self._parallel)
            return self._wire

    def _common(self, api: str) -> dict[str, Any]:
        from ecluse.azure.pipeline import policies  # noqa: PLC0415  # heavy

        made, transport = self._shared()
        return {
            "credential": made,
            "subscription_id": self.connection.subscription,
            "base_url": self.connection.endpoint,
            "credential_scopes": list(self.connection.scopes),
            "api_version": API_VERSIONS[api],
            "polling_interval": self.patience.polling_interval,
            "policies": [
                *policies(self.connection, made, self._notice, self._throttle, self.clock),
                *([self._recorder.tap()] if self._recorder else []),
            ],
            "transport": transport,
        }


def open_azure(
    connection: Connection,
    *,
    notice: Callable[[str], None] = _silent,
    timer: Timer | None = None,
    environ: Mapping[str, str] | None = None,
    recorder: "Recorder | None" = None,
    parallel: int = 8,
) -> AzureClients:
    """The clients for a connection, of which `parallel` calls run at once.

    No call is made yet; a credential that can't be built is refused at first use.
    """
    return AzureClients(connection, notice=notice, timer=timer, environ=environ, recorder=recorder, parallel=parallel)
