"""The engine's own clients against a sandbox process with two resource groups."""

from collections.abc import Iterator

import pytest

from ecluse.azure.clients import AzureClients, open_azure
from ecluse.azure.connection import Connection, SandboxIdentity
from ecluse.azure.factory import AzureDataFactory
from ecluse.plan.plan import Target
from tests.contract.azure.azure_bodies import put, schedule
from tests.sandbox_process import GROUP, RunningSandbox, running


@pytest.fixture(scope="module")
def _two_groups(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running(tmp_path_factory.mktemp("azure"), groups=(GROUP, "rg-other")) as azure:
        yield azure


@pytest.fixture
def sandbox(_two_groups: RunningSandbox) -> RunningSandbox:
    """A fresh sandbox with the groups rg-test and rg-other."""
    _two_groups.control("POST", "reset")
    return _two_groups


@pytest.fixture
def connection(sandbox: RunningSandbox) -> Connection:
    """As `--sandbox` makes it."""
    info = sandbox.info
    return Connection(
        subscription=info["subscriptionId"],
        endpoint=sandbox.url,
        scopes=("https://management.azure.com/.default",),
        authority=sandbox.url,
        own_authority=True,
        ca_bundle=sandbox.ca,
        sandbox=SandboxIdentity(info["tenantId"], info["clientId"], info["clientSecret"]),
    )


@pytest.fixture
def notices() -> list[str]:
    """What was said while calls went on."""
    return []


@pytest.fixture
def clients(connection: Connection, notices: list[str]) -> Iterator[AzureClients]:
    """The engine's clients."""
    with open_azure(connection, notice=notices.append) as made:
        yield made


@pytest.fixture
def target(connection: Connection) -> Target:
    """The factory adf-test in rg-test."""
    return Target(connection.subscription, GROUP, "adf-test", "westeurope")


@pytest.fixture
def live(sandbox: RunningSandbox, clients: AzureClients, target: Target) -> AzureDataFactory:
    """The factory exists, with the pipeline P and the stopped trigger T; the call log is empty."""
    made = AzureDataFactory(clients, target)
    made.create_factory({"location": "westeurope", "properties": {}})
    put(sandbox, "pipelines/P", {"activities": []})
    put(sandbox, "triggers/T", schedule("P"))
    sandbox.control("DELETE", "calls")
    return made
