"""What ADF's export to templates writes otherwise than its collaboration branch is no change; what is next to it is."""

from typing import Any

import pytest

from ecluse.jsontree import Json, Missing, Secret, spell
from ecluse.plan.compare import compare
from tests.factories import pointer, thing


def _activity(typed: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"activities": [{"name": "A", "type": "X", "typeProperties": typed, **more}]}


def _in_a_branch(typed: dict[str, Any]) -> dict[str, Any]:
    return _activity({"cases": [{"value": "1", "activities": _activity(typed)["activities"]}]})


def _text(text: Json) -> dict[str, Any]:
    return {"type": "SqlServer", "typeProperties": {"connectionString": text}}


DATASET, FLOW = pointer("Dataset", "D"), pointer("DataFlow", "F")
FIRED = {"pipelineReference": pointer("Pipeline", "P")}

SAME: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "the parameters of a reference": (
        "pipeline",
        _activity({"dataset": DATASET}, inputs=[DATASET]),
        _activity({"dataset": {**DATASET, "parameters": {}}}, inputs=[{**DATASET, "parameters": {}}]),
    ),
    "the parameters of a dataset's linked service": (
        "dataset",
        {"linkedServiceName": pointer("LinkedService", "L")},
        {"linkedServiceName": {**pointer("LinkedService", "L"), "parameters": {}}},
    ),
    "the parameters that a pipeline is run with": (
        "pipeline",
        _activity({"pipeline": pointer("Pipeline", "P")}),
        _activity({"pipeline": pointer("Pipeline", "P"), "parameters": {}}),
    ),
    "the parameters that a trigger gives": (
        "trigger",
        {"pipelines": [FIRED]},
        {"pipelines": [{**FIRED, "parameters": {}}]},
    ),
    "the parameters that a window gives": ("trigger", {"pipeline": FIRED}, {"pipeline": {**FIRED, "parameters": {}}}),
    "the parameters of a data flow's datasets": (
        "pipeline",
        _activity({"dataflow": FLOW}),
        _activity({"dataflow": {**FLOW, "parameters": {}, "datasetParameters": {"in": {}, "out": {}}}, "staging": {}}),
    ),
    "headers": ("pipeline", _in_a_branch({"url": "u"}), _in_a_branch({"url": "u", "headers": {}})),
    "the policy of a pipeline": (
        "pipeline",
        {"activities": []},
        {"activities": [], "policy": {"elapsedTimeMetric": {}, "cancelAfter": {}}},
    ),
    "the properties of a dataset": ("dataset", {}, {"typeProperties": {}, "schema": {}}),
    "the properties of a runtime": ("integrationRuntime", {}, {"typeProperties": {}}),
    "the properties of a data flow's source": (
        "dataflow",
        {"typeProperties": {"sources": [{"name": "in"}]}},
        {"typeProperties": {"sources": [{"name": "in", "typeProperties": {}}]}},
    ),
    "fields that were left empty": (
        "linkedService",
        {"typeProperties": {"tenant": "", "servicePrincipalId": ""}},
        {"typeProperties": {}},
    ),
    "the case of keywords": (
        "linkedService",
        _text("integrated security=False;data source=S;user id=U"),
        _text("Integrated Security=False; Data Source =S;User ID=U;"),
    ),
}


@pytest.mark.parametrize(("kind", "folder", "template"), SAME.values(), ids=SAME.keys())
def test_what_the_export_writes_otherwise_is_no_change(
    kind: str, folder: dict[str, Any], template: dict[str, Any]
) -> None:
    one, other = thing(f"{kind}.X", folder), thing(f"{kind}.X", template)
    assert compare(one, other).differences == ()
    assert compare(other, one).differences == ()


OTHERS: dict[str, tuple[str, dict[str, Any], dict[str, Any], str]] = {
    "a parameter that is given": (
        "pipeline",
        _activity({"dataset": DATASET}),
        _activity({"dataset": {**DATASET, "parameters": {"p": {}}}}),
        "activities[0].typeProperties.dataset.parameters",
    ),
    "a parameter of a data flow's dataset": (
        "pipeline",
        _activity({"dataflow": FLOW}),
        _activity({"dataflow": {**FLOW, "datasetParameters": {"in": {"p": ""}}}}),
        "activities[0].typeProperties.dataflow.datasetParameters",
    ),
    "an empty header": (
        "pipeline",
        _activity({"headers": {"X": "x"}}),
        _activity({"headers": {"X": ""}}),
        "activities[0].typeProperties.headers.X",
    ),
    "a limit in the policy": (
        "pipeline",
        {},
        {"policy": {"elapsedTimeMetric": {"duration": "1"}, "cancelAfter": {}}},
        "policy",
    ),
    "parameters in the body of a request": (
        "pipeline",
        _activity({"body": {}}),
        _activity({"body": {"parameters": {}, "type": "X"}}),
        "activities[0].typeProperties.body.parameters activities[0].typeProperties.body.type",
    ),
    "the parameters of another product's reference": (
        "pipeline",
        _activity({"notebook": pointer("Notebook", "N")}),
        _activity({"notebook": {**pointer("Notebook", "N"), "parameters": {}}}),
        "activities[0].typeProperties.notebook.parameters",
    ),
    "an empty text of another property": (
        "linkedService",
        {"typeProperties": {}},
        {"typeProperties": {"clusterNamePrefix": ""}},
        "typeProperties.clusterNamePrefix",
    ),
    "the case of a value": ("linkedService", _text("a=b;c=D"), _text("a=b;c=d"), "typeProperties.connectionString"),
    "the case of what is quoted": (
        "linkedService",
        _text("a='x;Key=1'"),
        _text("a='x;key=1'"),
        "typeProperties.connectionString",
    ),
    "the case of an expression": (
        "linkedService",
        _text("server=@{linkedService().Server};a=b"),
        _text("server=@{linkedService().server};a=b"),
        "typeProperties.connectionString",
    ),
    "the case of an address": (
        "linkedService",
        _text("mongodb://User@host/?ssl=true"),
        _text("mongodb://user@host/?ssl=true"),
        "typeProperties.connectionString",
    ),
}


@pytest.mark.parametrize(("kind", "one", "other", "paths"), OTHERS.values(), ids=OTHERS.keys())
def test_what_stands_beside_is_a_change(kind: str, one: dict[str, Any], other: dict[str, Any], paths: str) -> None:
    found = compare(thing(f"{kind}.X", one), thing(f"{kind}.X", other)).differences
    assert " ".join(spell(each.path[1:]) for each in found) == paths


def test_a_secret_stays_one_in_the_spelling_in_which_it_is_compared() -> None:
    source = thing("linkedService.X", _text(Secret("Integrated Security=True;Data Source=s")))
    nothing = thing("linkedService.X", {"type": "SqlServer", "typeProperties": {}})
    assert compare(source, nothing).hidden == (("properties", "typeProperties", "connectionString"),)


def test_what_waits_for_its_value_is_not_the_same_as_none() -> None:
    source = thing("linkedService.X", {"typeProperties": {"tenant": Missing("tenant", secure=False)}})
    there = thing("linkedService.X", {"typeProperties": {}})
    assert compare(source, there).hidden == (("properties", "typeProperties", "tenant"),)
