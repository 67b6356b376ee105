"""Reads what a plan's preflight asks: each question one read, all at once. What can't be read says why."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar
from urllib.parse import quote

from ecluse.azure.addresses import factory_path
from ecluse.azure.calls import ONCE, Call, ask, pages
from ecluse.azure.clients import AzureClients
from ecluse.azure.refusals import AzureFailed
from ecluse.jsontree import Json
from ecluse.plan.plan import Target
from ecluse.plan.preflight import Facts, Lock, Permission, PipelineRun, Questions, Unread

T = TypeVar("T")

_AT_WORK = ("Queued", "InProgress", "Canceling")
_KEPT = timedelta(days=45)  # how long Azure keeps runs (Azure docs: monitor data factory)
_LOCKS = "/providers/Microsoft.Authorization/locks"


@dataclass(frozen=True, slots=True)
class _Reader:
    clients: AzureClients
    target: Target

    def permissions(self, scope: str) -> tuple[Permission, ...]:
        """What the identity may do there, one item per role that it has (deny assignments are not among them)."""
        path = f"{quote(scope, safe='/')}/providers/Microsoft.Authorization/permissions"
        call = Call("GET", path, repeats=ONCE)
        found = pages(self.clients.resources, call, "permissions")
        return tuple(Permission(tuple(each["actions"]), tuple(each.get("notActions") or ())) for each in found)

    def locks(self, scope: str) -> tuple[Lock, ...]:
        """The locks on a scope, above and below it."""
        found = pages(self.clients.resources, Call("GET", f"{quote(scope, safe='/')}{_LOCKS}", repeats=ONCE), "locks")
        return tuple(Lock(each["name"], each["properties"]["level"], _scope_of(each["id"])) for each in found)

    def provider(self, name: str) -> str:
        """Whether the subscription is registered for a provider."""
        path = f"/subscriptions/{self.target.subscription}/providers/{name}"
        return str(
            ask(self.clients.resources, Call("GET", path, repeats=ONCE), "resource groups").body["registrationState"]
        )

    def runs(self, pipelines: tuple[str, ...]) -> tuple[PipelineRun, ...]:
        """The runs of these pipelines that have not ended, the oldest first."""
        wanted = {name.casefold() for name in pipelines}
        found = [
            PipelineRun(each["pipelineName"], each["runId"], each["status"], str(each.get("runStart") or "")[:19])
            for each in self._runs()
            if each["pipelineName"].casefold() in wanted and each["status"] in _AT_WORK
        ]
        return tuple(sorted(found, key=lambda each: (each.since, each.run)))

    def _runs(self) -> Iterator[Json]:
        now = self.clients.clock.now()
        asked: dict[str, Json] = {
            "lastUpdatedAfter": (now - _KEPT).isoformat(),
            "lastUpdatedBefore": (now + timedelta(days=1)).isoformat(),
            "filters": [{"operand": "Status", "operator": "In", "values": list(_AT_WORK)}],
        }
        while True:
            call = Call("POST", f"{factory_path(self.target)}/queryPipelineRuns", asked, repeats=ONCE)
            body = ask(self.clients.data_factory, call).body
            yield from body["value"]
            token = body.get("continuationToken")
            if not token or token == asked.get("continuationToken"):
                return
            asked = {**asked, "continuationToken": token}


def read_facts(clients: AzureClients, target: Target, asked: Questions, *, parallel: int = 8) -> Facts:
    """The answers to all the questions. Nothing is raised: what can't be read is `Unread`."""
    reader = _Reader(clients, target)
    with ThreadPoolExecutor(max_workers=max(1, parallel)) as threads:
        rights = {at: threads.submit(_told, partial(reader.permissions, at)) for at in asked.scopes}
        locks = threads.submit(_told, partial(reader.locks, asked.locks_of)) if asked.locks_of else None
        providers = {name: threads.submit(_told, partial(reader.provider, name)) for name in asked.providers}
        runs = threads.submit(_told, partial(reader.runs, asked.pipelines)) if asked.pipelines else None
    return Facts(
        permissions={at: each.result() for at, each in rights.items()},
        locks=locks.result() if locks else None,
        providers={name: each.result() for name, each in providers.items()},
        runs=runs.result() if runs else None,
    )


def read_runs(clients: AzureClients, target: Target, pipelines: tuple[str, ...]) -> tuple[PipelineRun, ...] | Unread:
    """The runs of these pipelines that have not ended."""
    return _told(lambda: _Reader(clients, target).runs(pipelines))


def _told(work: Callable[[], T]) -> T | Unread:
    try:
        return work()
    except AzureFailed as error:
        return Unread("; ".join(each.message for each in error.problems))
    except (AttributeError, KeyError, TypeError):
        return Unread("the answer has another form than Azure's")


def _scope_of(lock_id: str) -> str:
    """What a lock was put on: its id without its own tail."""
    at = lock_id.casefold().rfind(_LOCKS.casefold())
    return lock_id[:at] if at >= 0 else lock_id
