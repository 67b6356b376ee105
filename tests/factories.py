"""Small factories for tests: the shortest way to say what a factory holds."""

from collections.abc import Iterable
from typing import Any

from ecluse.model.objects import AdfObject, Factory, ObjectRef, ref
from ecluse.plan.inputs import PlanInputs, PlanOptions
from ecluse.plan.live import LiveFactory
from ecluse.plan.plan import Target
from ecluse.select.scope import Decision, Scope

TARGET = Target("00000000-0000-0000-0000-000000000000", "rg", "adf-test", "westeurope")


def pointer(kind: str, name: str) -> dict[str, str]:
    """A reference node."""
    return {"referenceName": name, "type": f"{kind}Reference"}


def thing(address: str, properties: dict[str, Any] | None = None, **more: Any) -> AdfObject:
    """`thing("dataset.D1", {...})`."""
    word, _, name = address.partition(".")
    return AdfObject(ref(word, name), {"name": name, "properties": properties or {}, **more})


def at(address: str) -> ObjectRef:
    """`at("dataset.D1")`."""
    word, _, name = address.partition(".")
    return ref(word, name)


def schedule(name: str, *pipelines: str, state: str = "Stopped", **properties: Any) -> AdfObject:
    """A schedule trigger that fires pipelines."""
    fired = [{"pipelineReference": pointer("Pipeline", each), "parameters": {}} for each in pipelines]
    body = {"type": "ScheduleTrigger", "runtimeState": state, "pipelines": fired, **properties}
    body.setdefault("typeProperties", {"recurrence": {"frequency": "Day", "interval": 1}})
    return thing(f"trigger.{name}", body)


def pipeline(name: str, *, runs: Iterable[str] = (), **properties: Any) -> AdfObject:
    """A pipeline that runs other pipelines."""
    activities = [
        {"name": f"run {each}", "type": "ExecutePipeline", "typeProperties": {"pipeline": pointer("Pipeline", each)}}
        for each in runs
    ]
    return thing(f"pipeline.{name}", {"activities": activities, **properties})


def factory(*objects: AdfObject, name: str = "adf-test", resource: dict[str, Any] | None = None) -> Factory:
    """A factory of the objects."""
    return Factory.of(name, objects, resource)


def live(*objects: AdfObject, running: Iterable[str] = (), exists: bool = True, **resource: Any) -> LiveFactory:
    """A live factory; `running` are names of triggers, or addresses of anything else."""
    return LiveFactory(
        exists=exists,
        factory=factory(*objects, resource=resource),
        running=frozenset(at(name) if "." in name else ref("trigger", name) for name in running),
    )


def inputs(
    source: Factory,
    live_factory: LiveFactory,
    *,
    out: Iterable[str] = (),
    wishes: dict[str, bool] | None = None,
    **options: Any,
) -> PlanInputs:
    """Plan inputs; `out` are addresses that a rule excludes; `wishes` trigger name → started."""
    excluded = {at(each) for each in out}
    known = source.objects.keys() | live_factory.factory.objects.keys()
    scope = Scope({each: Decision(each not in excluded, f"-{each}" if each in excluded else "") for each in known})
    return PlanInputs(
        target=TARGET,
        source=source,
        live=live_factory,
        scope=scope,
        options=PlanOptions(**options),
        wishes={ref("trigger", name): started for name, started in (wishes or {}).items()},
    )
