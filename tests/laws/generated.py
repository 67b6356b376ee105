"""Hypothesis strategies: whole factories whose references hold, and changed versions of them."""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from ecluse.jsontree import Secret
from ecluse.model.objects import AdfObject, Factory, ObjectRef, ref
from tests.factories import pointer, thing

# What ARM could take for an expression, what JSON escapes, what other languages spell differently.
TEXTS = st.sampled_from(
    [
        "",
        "plain",
        "[x]",
        "[[x]",
        "[concat('a')]",
        "[open",
        "close]",
        "é ü 漢",
        'a"b\\c',
        "@pipeline().RunId",
        "\u0001",
        "1",
    ]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False, width=32)
SCALARS = TEXTS | NUMBERS | st.booleans() | st.none()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc[d]"), inner, max_size=2),
    max_leaves=5,
)


@dataclass(frozen=True)
class Case:
    """A factory, the triggers that shall run in it, and a later version of the same factory."""

    first: Factory
    running: frozenset[ObjectRef]
    second: Factory


@st.composite
def factories(draw: st.DrawFn) -> Factory:
    """A factory with up to 15 objects; every reference points at an object of the factory."""

    def some(most: int) -> range:
        return range(draw(st.integers(0, most)))

    def one_of(names: list[str], kind: str) -> dict[str, str]:
        return pointer(kind, draw(st.sampled_from(names).flatmap(_respelled)))

    objects: list[AdfObject] = []

    def add(address: str, properties: dict[str, Any]) -> str:
        objects.append(thing(address, {**properties, "annotations": draw(st.lists(JSON, max_size=1))}))
        return objects[-1].ref.name

    runtimes = [add(f"integrationRuntime.IR-{n}", {"type": "SelfHosted"}) for n in some(1)]
    services = [add(f"linkedService.LS_{n}", _service(draw, runtimes)) for n in some(3)]
    datasets = [
        add(f"dataset.DS {n}", {"type": "Json", "linkedServiceName": one_of(services, "LinkedService")})
        for n in (some(2) if services else ())
    ]
    pipelines: list[str] = []
    for n in some(4):
        uses = [{"name": "copy", "type": "Copy", "inputs": [one_of(datasets, "Dataset")]}] if datasets else []
        runs = one_of(pipelines, "Pipeline") if bool(pipelines) and draw(st.booleans()) else None
        call = [{"name": "run", "type": "ExecutePipeline", "typeProperties": {"pipeline": runs}}] if runs else []
        note = {"description": draw(TEXTS), "x": draw(JSON)}
        pipelines.append(add(f"pipeline.PL_{n}", {"activities": [*uses, *call], **note}))
    if pipelines:
        for n in some(4):
            add(f"trigger.TR_{n}", _trigger(draw, one_of(pipelines, "Pipeline")))
    if draw(st.booleans()):
        values = draw(st.dictionaries(st.sampled_from(["env", "gp 1", "Größe"]), TEXTS, max_size=2))
        add_parameters = {name: {"type": "string", "value": value} for name, value in values.items()}
        objects.append(thing("globalParameters.default", add_parameters))
    return Factory.of("generated", draw(st.permutations(objects)))


def _respelled(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from([name, name.upper()])


def _service(draw: st.DrawFn, runtimes: list[str]) -> dict[str, Any]:
    via = {"connectVia": pointer("IntegrationRuntime", draw(st.sampled_from(runtimes)))} if runtimes else {}
    secret = Secret("s3cret-" + draw(st.text("abc123", min_size=3, max_size=6)))
    typed = draw(
        st.sampled_from(
            [
                {"url": "https://example.invalid"},
                {"password": {"type": "SecureString", "value": secret}},
                {"connectionString": Secret(f"Server=tcp:sql;Database=[db];Password={secret}")},
            ]
        )
    )
    return {"type": "AzureSqlDatabase", "typeProperties": typed, **via}


def _trigger(draw: st.DrawFn, pipeline: dict[str, str]) -> dict[str, Any]:
    fired = {"pipelineReference": pipeline, "parameters": {}}
    start = draw(st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"]))
    return draw(
        st.sampled_from(
            [
                {
                    "type": "ScheduleTrigger",
                    "pipelines": [fired],
                    "typeProperties": {"recurrence": {"frequency": "Day", "interval": 1, "startTime": start}},
                },
                {
                    "type": "TumblingWindowTrigger",
                    "pipeline": fired,
                    "typeProperties": {"frequency": "Hour", "interval": 1, "startTime": start, "maxConcurrency": 1},
                },
                {
                    "type": "BlobEventsTrigger",
                    "pipelines": [fired],
                    "typeProperties": {
                        "scope": "/subscriptions/x/storage",
                        "events": ["Microsoft.Storage.BlobCreated"],
                    },
                },
            ]
        )
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A factory, some running triggers, and the same factory with objects changed, added and left out."""
    first = draw(factories())
    triggers = [at for at in first.objects if at.kind.word == "trigger"]
    running = draw(st.frozensets(st.sampled_from(triggers))) if triggers else frozenset()
    return Case(first, running, draw(changed(first)))


@st.composite
def changed(draw: st.DrawFn, first: Factory) -> Factory:
    """Some objects get another description, some that nobody needs go, one comes."""
    objects = {at: _described(draw, each) for at, each in first.objects.items()}
    needed = {at for each in objects.values() for at in each.needs}
    for at in sorted(objects.keys() - needed):
        if at.kind.word != "globalParameters" and draw(st.integers(0, 4)) == 0:
            del objects[at]
    if draw(st.booleans()):
        new = thing("pipeline.NEW", {"activities": [], "description": draw(TEXTS)})
        objects[new.ref] = new
    return replace(first, objects=objects)


def _described(draw: st.DrawFn, each: AdfObject) -> AdfObject:
    if each.ref == ref("globalParameters", "default") or draw(st.integers(0, 2)) > 0:
        return each
    return each.with_body({**each.body, "properties": {**each.properties, "description": draw(TEXTS)}})
