"""AzureDataFactory: the `AzureFactory` that apply needs, over the SDK's clients."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from ecluse.apply.ports import AzureFactory, DeploymentStatus, TriggerState
from ecluse.azure import deployments, triggers
from ecluse.azure.addresses import factory_path, object_path
from ecluse.azure.calls import ONCE, Call
from ecluse.azure.clients import AzureClients
from ecluse.azure.door import Door
from ecluse.azure.reader import read_running
from ecluse.azure.refusals import AzureFailed, masked
from ecluse.errors import Code, Problem, Refused
from ecluse.jsontree import Json, equal
from ecluse.model.objects import ObjectRef
from ecluse.model.secrets import secrets_of
from ecluse.plan.plan import Target
from ecluse.plan.steps import DeployTemplate, StartTrigger, StopTrigger

NOT_FOUND = 404
_MADE_OF = ("location", "tags", "identity", "properties")


class AzureDataFactory(AzureFactory):
    """One factory in Azure. Every method raises `EcluseError`, never an error of the SDK; all are thread-safe.

    `cancelled` says whether somebody asked to stop, or time is up: then whatever waits for Azure is given up, but for a
    start.
    """

    def __init__(self, clients: AzureClients, target: Target, cancelled: Callable[[], bool] = lambda: False) -> None:
        self._door = Door(clients, target, cancelled)
        self._back = Door(clients, target, lambda: False)  # what a start needs, and the end of a deployment

    def trigger(self, ref: ObjectRef) -> TriggerState | None:
        """Its state as Azure says it now; None when there is no such trigger or change data capture."""
        return triggers.state(self._back, ref)

    def running_triggers(self) -> frozenset[ObjectRef]:
        """The triggers that run, as Azure says it now."""
        return read_running(self._door.clients, self._door.target)

    def stop_trigger(self, step: StopTrigger) -> None:
        """Stop it; an event trigger is unsubscribed first (in that order, as Microsoft's own recorded test does)."""
        if step.event:
            triggers.settle_events(self._door, step.ref, on=False)
        triggers.switch(self._door, step.ref, on=False)

    def start_trigger(self, step: StartTrigger) -> None:
        """Start it; an event trigger is subscribed first, also one that runs: it may have lost its subscription."""
        if step.event:
            triggers.settle_events(self._back, step.ref, on=True)
            now = self.trigger(step.ref)
            if now is not None and now.running:
                return
        triggers.switch(self._back, step.ref, on=True)

    def create_factory(self, body: Mapping[str, Json]) -> None:
        """Create the factory. Raises `Refused` when it has come into being since the plan: a PUT would reset it."""
        path, subject = factory_path(self._door.target), f"factory {self._door.target.factory}"
        if self._exists(path, subject):
            message, remedy = "the factory has been created by someone else meanwhile", "Run again: plan against it."
            raise Refused(Problem(Code.AZURE_REFUSED, message, remedy, subject=subject))
        self._write(Call("PUT", path, {key: body[key] for key in _MADE_OF if key in body}, (200, 201), subject=subject))

    def put_object(self, ref: ObjectRef, body: Mapping[str, Json]) -> None:
        """Write one object."""
        try:
            self._write(Call("PUT", object_path(self._door.target, ref), body, subject=str(ref)))
        except AzureFailed as error:
            # Azure echoes what it was sent where it can't encrypt it (azure-behaviours: section 4).
            raise AzureFailed(masked(error.problems, secrets_of(dict(body))), error.faults) from error

    def _write(self, call: Call) -> None:
        """A PUT that is sent again only when what is there now is not what was sent: a time-out says nothing."""
        doubt: AzureFailed | None = None
        for _ in self._door.waits_on_the_way(self._door.clients.patience.write_deadline):
            if doubt and self._holds(call):
                return
            try:
                self._door.adf(replace(call, repeats=ONCE))
            except AzureFailed as error:
                if not error.unsure:
                    raise
                doubt = error
            else:
                return
        if doubt and not self._holds(call):
            raise doubt

    def delete_object(self, ref: ObjectRef) -> None:
        """Delete one object; one that is gone already is no error."""
        path = object_path(self._door.target, ref)
        self._door.adf(Call("DELETE", path, accepts=(200, 202, 204, NOT_FOUND), subject=str(ref)))

    def validate_deployment(self, name: str, step: DeployTemplate) -> None:
        """Let ARM check a deployment. Raises `Refused` with what it found."""
        deployments.validate(self._door, name, step)

    def begin_deployment(self, name: str, step: DeployTemplate) -> None:
        """Send a deployment. Raises `Refused` when ARM took none of it."""
        deployments.begin(self._door, name, step)

    def deployment_status(self, name: str, step: DeployTemplate) -> DeploymentStatus:
        """One look at a deployment. Raises `Refused` when ARM knows no such deployment."""
        return deployments.status(self._door, name, step)

    def deployment_problems(self, name: str, step: DeployTemplate) -> tuple[Problem, ...]:
        """What failed in a deployment, per object."""
        return deployments.problems(self._door, name, step)

    def cancel_deployment(self, name: str) -> None:
        """Ask ARM to stop a deployment; one that is finished is no error."""
        deployments.cancel(self._back, name)

    def running_deployments(self, prefix: str) -> tuple[str, ...]:
        """The names of the deployments that begin so and have not ended yet."""
        return deployments.running(self._door, prefix)

    def _exists(self, path: str, subject: str) -> bool:
        try:
            self._door.adf(Call("GET", path, subject=subject))
        except AzureFailed as error:
            if error.status(NOT_FOUND) and not error.has("ResourceGroupNotFound", "SubscriptionNotFound"):
                return False
            raise
        return True

    def _holds(self, call: Call) -> bool:
        """Whether what a PUT sends is there; a secret never shows, so what holds one is sent again."""
        try:
            live = self._door.adf(Call("GET", call.path, subject=call.subject)).body or {}
        except AzureFailed:  # the first error says more
            return False
        return all(_covers(live.get(key), sent) for key, sent in (call.body or {}).items())


def _covers(live: Json, sent: Json) -> bool:
    """Whether what was sent is part of what is live, to which Azure adds keys of its own."""
    if isinstance(sent, dict) and isinstance(live, dict):
        return all(key in live and equal(live[key], value) for key, value in sent.items())
    return equal(live, sent)
