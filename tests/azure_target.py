"""Deploy to a sandbox without the command line: what laws and corpus tests share."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ecluse.apply.executor import apply
from ecluse.apply.ports import JournalEntry, Outcome, Reading
from ecluse.apply.run import Ports
from ecluse.azure.clients import AzureClients, open_azure
from ecluse.azure.connection import Connection, SandboxIdentity
from ecluse.azure.factory import AzureDataFactory
from ecluse.azure.reader import read_live
from ecluse.model.objects import AdfObject, Factory, ObjectRef
from ecluse.plan.inputs import PlanInputs, PlanOptions
from ecluse.plan.live import LiveFactory
from ecluse.plan.make import make
from ecluse.plan.plan import Plan, Target
from ecluse.select.scope import Decision, Scope
from tests.sandbox_process import GROUP, SUBSCRIPTION, RunningSandbox


class Clock:
    """Real time, never cancelled."""

    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def utc(self) -> datetime:
        """The time on the wall."""
        return datetime.now(UTC)

    def cancelled(self) -> bool:
        return False

    def overdue(self) -> bool:
        return False


class NoJournal:
    """Remembers nothing."""

    def open(self, entry: JournalEntry) -> JournalEntry:
        return entry

    def note(
        self, run: str, etags: Mapping[ObjectRef, str], keep: Callable[[ObjectRef], bool] = lambda _: True
    ) -> None:
        del run, etags, keep

    def read(self) -> Reading:
        return Reading()

    def close(self, run: str) -> None:
        assert run


def clients(sandbox: RunningSandbox) -> AzureClients:
    """The SDK's clients for a running sandbox."""
    info = sandbox.info
    return open_azure(
        Connection(
            subscription=SUBSCRIPTION,
            endpoint=sandbox.url,
            scopes=("https://management.azure.com/.default",),
            authority=sandbox.url,
            own_authority=True,
            ca_bundle=sandbox.ca,
            sandbox=SandboxIdentity(info["tenantId"], info["clientId"], info["clientSecret"]),
        )
    )


@dataclass(frozen=True)
class AzureTarget:
    """One factory of a sandbox, by name."""

    azure: AzureClients
    name: str

    @property
    def target(self) -> Target:
        return Target(SUBSCRIPTION, GROUP, self.name, "westeurope")

    def live(self) -> LiveFactory:
        return read_live(self.azure, self.target)

    def plan(self, source: Factory, wishes: Mapping[ObjectRef, bool] | None = None, **options: Any) -> Plan:
        live = self.live()
        everything: Iterable[AdfObject] = (*source.objects.values(), *live.factory.objects.values())
        scope = Scope({each.ref: Decision(included=True) for each in everything})
        return make(
            PlanInputs(self.target, source, live, scope, PlanOptions(**{"create": True, **options}), wishes or {})
        )

    def deploy(self, plan: Plan) -> Outcome:
        ports = Ports(AzureDataFactory(self.azure, self.target), NoJournal(), Clock(), lambda _: None, 0.05)
        return apply(plan, ports, name="1")


_MADE_UP = frozenset({"id", "etag", "lastPublishTime", "encryptedCredential", "vNetId", "alias"})
_STATES = frozenset({"provisioningState", "connectionState"})  # of a private endpoint: how far it is


def lasting(tree: Any) -> Any:
    """A live body without what Azure makes up anew for each factory and each write."""
    if isinstance(tree, dict):
        return {key: lasting(value) for key, value in tree.items() if key not in _MADE_UP | _STATES}
    return [lasting(each) for each in tree] if isinstance(tree, list) else tree
