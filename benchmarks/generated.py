"""A factory of any size in the shape that ADF publishes: the same bytes for the same number, on every machine."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

Json = Any
TYPE = "Microsoft.DataFactory/factories"
NAME = "adf-bench"
_SCHEMA = "http://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#"
_FOLDERS = ("Sales", "Sales/Daily", "Finance", "Stock/Warehouse", "Masterdata", "Reports")
_TYPES = ("nvarchar", "int", "bigint", "decimal", "datetime2", "bit")
_KINDS = {
    "linkedServices": "linkedService",
    "datasets": "dataset",
    "dataflows": "dataflow",
    "pipelines": "pipeline",
    "triggers": "trigger",
}
_DATABASE = "Server=tcp:sql.example.org;Database=stock"
_SHARES = {"linkedServices": 0.08, "datasets": 0.62, "dataflows": 0.04, "pipelines": 0.16, "triggers": 0.10}


@dataclass(frozen=True, slots=True)
class Generated:
    """A template, and rows of a stage's CSV that all find what they change."""

    template: dict[str, Json]

    @property
    def text(self) -> str:
        """The file as ADF writes it, indented by tabs."""
        return json.dumps(self.template, indent="\t", ensure_ascii=False)

    def files(self) -> Iterator[tuple[str, str]]:
        """The same objects as the collaboration branch holds them: path and text of each file."""
        for resource in self.template["resources"]:
            kind, name = _KINDS[resource["type"].rpartition("/")[2]], _short(resource["name"])
            properties = resource["properties"]
            if kind == "linkedService":
                properties = {
                    **properties,
                    "typeProperties": {**properties["typeProperties"], "connectionString": _DATABASE},
                }
            yield f"{kind}/{name}.json", json.dumps({"name": name, "properties": properties}, indent="\t")

    def rows(self, count: int) -> str:
        """A CSV of `count` rows: values of activities, addresses, times, one row an object as long as there are any."""
        resources = self.template["resources"]
        made = [_row(resources[number % len(resources)], number) for number in range(count)]
        return "\n".join(["type,name,path,value", *made]) + "\n"


def generated(objects: int, seed: int = 1) -> Generated:
    """A factory of about `objects` objects: mostly datasets and pipelines, as in real ones."""
    return Generated(_Maker(objects, Random(seed)).template())  # noqa: S311  # a seeded sample, no secret


def _row(resource: dict[str, Json], number: int) -> str:
    name = _short(resource["name"])
    match resource["type"].rpartition("/")[2]:
        case "linkedServices":
            return f"linkedService,{name},typeProperties.url,https://uat{number}.example.org"
        case "datasets":
            return f"dataset,{name},schema[0].type,nvarchar{number}"
        case "dataflows":
            return f"dataflow,{name},description,Flow {number} of uat"
        case "pipelines":
            return f'pipeline,{name},"activities[""Copy 0""].policy.retry",{number}'
        case _:
            return f"trigger,{name},typeProperties.recurrence.interval,{number + 1}"


def _short(name: str) -> str:
    return name.rpartition("/")[2].removesuffix("')]")


@dataclass(slots=True)
class _Maker:
    objects: int
    random: Random

    def template(self) -> dict[str, Json]:
        names = {word: self._names(word, share) for word, share in _SHARES.items()}
        makers = {
            "linkedServices": self._linked_service,
            "datasets": self._dataset,
            "dataflows": self._dataflow,
            "pipelines": self._pipeline,
            "triggers": self._trigger,
        }
        resources = [
            _resource(word, name, *makers[word](name, at, names))
            for word, every in names.items()
            for at, name in enumerate(every)
        ]
        secrets = {f"{name}_connectionString": {"type": "secureString"} for name in names["linkedServices"]}
        return {
            "$schema": _SCHEMA,
            "contentVersion": "1.0.0.0",
            "parameters": {"factoryName": {"type": "string", "defaultValue": "adf-bench-dev"}, **secrets},
            "variables": {"factoryId": f"[concat('{TYPE}/', parameters('factoryName'))]"},
            "resources": resources,
        }

    def _names(self, word: str, share: float) -> list[str]:
        letters = {"linkedServices": "LS", "datasets": "DS", "dataflows": "DF", "pipelines": "PL", "triggers": "TR"}
        return [f"{letters[word]}_{number:05d}" for number in range(max(1, round(self.objects * share)))]

    def _linked_service(self, name: str, _at: int, _names: dict[str, list[str]]) -> tuple[Json, list[str]]:
        return {
            "annotations": [],
            "type": "AzureSqlDatabase",
            "typeProperties": {
                "connectionString": f"[parameters('{name}_connectionString')]",
                "url": f"https://{name.lower()}.example.org",
            },
        }, []

    def _dataset(self, _name: str, _at: int, names: dict[str, list[str]]) -> tuple[Json, list[str]]:
        service = self.random.choice(names["linkedServices"])
        columns = [
            {"name": f"column_{number}", "type": self.random.choice(_TYPES), "precision": number % 38}
            for number in range(self.random.randint(5, 30))
        ]
        return {
            "linkedServiceName": _pointer("LinkedService", service),
            "parameters": {"table": {"type": "string"}},
            "folder": {"name": self.random.choice(_FOLDERS)},
            "annotations": [],
            "type": "AzureSqlTable",
            "schema": columns,
            "typeProperties": {"schema": "dbo", "table": _expression("@dataset().table")},
        }, [f"linkedServices/{service}"]

    def _dataflow(self, _name: str, _at: int, names: dict[str, list[str]]) -> tuple[Json, list[str]]:
        source, sink = self.random.sample(names["datasets"], 2)
        lines = [f"     column{number} as string," for number in range(40)]
        return {
            "description": "Reads one table and writes another.",
            "type": "MappingDataFlow",
            "typeProperties": {
                "sources": [{"dataset": _pointer("Dataset", source), "name": "source1"}],
                "sinks": [{"dataset": _pointer("Dataset", sink), "name": "sink1"}],
                "transformations": [{"name": "derivedColumn1"}],
                "scriptLines": ["source(output(", *lines, "     ),", "     allowSchemaDrift: true) ~> source1"],
            },
        }, [f"datasets/{source}", f"datasets/{sink}"]

    def _pipeline(self, _name: str, at: int, names: dict[str, list[str]]) -> tuple[Json, list[str]]:
        needed: list[str] = []
        activities: list[Json] = []
        for number in range(self.random.randint(10, 40)):
            activity = self._activity(number, at, names, needed)
            activities.append({**activity, "dependsOn": _after(activities)})
        return {
            "activities": activities,
            "policy": {"elapsedTimeMetric": {}},
            "parameters": {"since": {"type": "string", "defaultValue": "@formatDateTime(utcnow(), 'yyyy-MM-dd')"}},
            "variables": {"rows": {"type": "Integer"}, "status": {"type": "String", "defaultValue": "new"}},
            "folder": {"name": self.random.choice(_FOLDERS)},
            "annotations": ["bench"],
        }, list(dict.fromkeys(needed))

    def _activity(self, number: int, at: int, names: dict[str, list[str]], needed: list[str]) -> dict[str, Json]:
        kind = self.random.random() if number else 0.0
        if kind < 0.5:  # noqa: PLR2004  # half of the activities copy
            source, sink = self.random.sample(names["datasets"], 2)
            needed += [f"datasets/{source}", f"datasets/{sink}"]
            return _copy(number, source, sink)
        if kind < 0.6 and at:  # noqa: PLR2004  # some call a pipeline that stands before
            called = names["pipelines"][self.random.randrange(at)]
            needed.append(f"pipelines/{called}")
            return _call(number, called)
        if kind < 0.8:  # noqa: PLR2004  # some look something up
            source = self.random.choice(names["datasets"])
            needed.append(f"datasets/{source}")
            return _lookup(number, source)
        return _set_variable(number)

    def _trigger(self, _name: str, _at: int, names: dict[str, list[str]]) -> tuple[Json, list[str]]:
        called = self.random.choice(names["pipelines"])
        return {
            "annotations": [],
            "runtimeState": "Stopped",
            "type": "ScheduleTrigger",
            "pipelines": [{"pipelineReference": _pointer("Pipeline", called), "parameters": {"since": "@trigger()"}}],
            "typeProperties": {
                "recurrence": {
                    "frequency": "Day",
                    "interval": 1,
                    "startTime": "2026-01-01T00:00:00Z",
                    "timeZone": "UTC",
                    "schedule": {"minutes": [0], "hours": [self.random.randrange(24)]},
                }
            },
        }, [f"pipelines/{called}"]


def _resource(word: str, name: str, properties: Json, needed: list[str]) -> dict[str, Json]:
    return {
        "name": f"[concat(parameters('factoryName'), '/{name}')]",
        "type": f"{TYPE}/{word}",
        "apiVersion": "2018-06-01",
        "properties": properties,
        "dependsOn": [f"[concat(variables('factoryId'), '/{each}')]" for each in needed],
    }


def _pointer(kind: str, name: str) -> dict[str, Json]:
    return {"referenceName": name, "type": f"{kind}Reference"}


def _expression(text: str) -> dict[str, Json]:
    return {"value": text, "type": "Expression"}


def _after(activities: list[Json]) -> list[Json]:
    return [{"activity": each["name"], "dependencyConditions": ["Succeeded"]} for each in activities[-1:]]


def _policy() -> dict[str, Json]:
    return {
        "timeout": "0.12:00:00",
        "retry": 0,
        "retryIntervalInSeconds": 30,
        "secureOutput": False,
        "secureInput": False,
    }


def _copy(number: int, source: str, sink: str) -> dict[str, Json]:
    return {
        "name": f"Copy {number}",
        "type": "Copy",
        "policy": _policy(),
        "userProperties": [],
        "typeProperties": {
            "source": {
                "type": "AzureSqlSource",
                "sqlReaderQuery": _expression("@concat('SELECT * FROM ', pipeline().parameters.since)"),
                "queryTimeout": "02:00:00",
                "partitionOption": "None",
            },
            "sink": {"type": "AzureSqlSink", "writeBehavior": "insert", "tableOption": "autoCreate"},
            "enableStaging": False,
            "translator": {
                "type": "TabularTranslator",
                "mappings": [
                    {"source": {"name": f"column_{at}", "type": "String"}, "sink": {"name": f"column_{at}"}}
                    for at in range(number % 6)
                ],
            },
        },
        "inputs": [{**_pointer("Dataset", source), "parameters": {"table": "orders"}}],
        "outputs": [{**_pointer("Dataset", sink), "parameters": {"table": _expression("@variables('status')")}}],
    }


def _call(number: int, called: str) -> dict[str, Json]:
    return {
        "name": f"Call {number}",
        "type": "ExecutePipeline",
        "userProperties": [],
        "typeProperties": {
            "pipeline": _pointer("Pipeline", called),
            "waitOnCompletion": True,
            "parameters": {"since": _expression("@pipeline().parameters.since")},
        },
    }


def _lookup(number: int, source: str) -> dict[str, Json]:
    return {
        "name": f"Look up {number}",
        "type": "Lookup",
        "policy": _policy(),
        "userProperties": [],
        "typeProperties": {
            "source": {"type": "AzureSqlSource", "sqlReaderQuery": "SELECT MAX(id) FROM dbo.orders"},
            "dataset": {**_pointer("Dataset", source), "parameters": {"table": "orders"}},
            "firstRowOnly": True,
        },
    }


def _set_variable(number: int) -> dict[str, Json]:
    return {
        "name": f"Set {number}",
        "type": "SetVariable",
        "userProperties": [],
        "typeProperties": {
            "variableName": "status",
            "value": _expression("@string(activity('Copy 0').output)"),
        },
    }


def without(template: dict[str, Json], count: int) -> dict[str, Json]:
    """The template without its last `count` objects that no other one needs; one of each kind stays."""
    left = list(template["resources"])
    for resource in reversed(template["resources"]):
        alone = sum(each["type"] == resource["type"] for each in left) == 1
        own = f"{resource['type'].rpartition('/')[2]}/{_short(resource['name'])}')]"
        if count and not alone and not any(need.endswith(own) for each in left for need in each["dependsOn"]):
            left.remove(resource)
            count -= 1
    return {**template, "resources": left}
