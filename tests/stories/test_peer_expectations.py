"""What users of another tool expect of a repository that was written for it: a row is an expectation and its answer.

The expectations are those of that tool's own test suite, tried on a repository of ours with the same shapes. A row is
the same here, or it is better and told: `told` is part of the word, `refused` of the refusal.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from ecluse.configure.configure import Configured, Options, configure
from ecluse.configure.override import Configuration
from ecluse.configure.paths import parse_path
from ecluse.configure.tokens import Variables
from ecluse.errors import Refused
from ecluse.jsontree import ABSENT, get
from ecluse.model.objects import Factory
from ecluse.plan.make import make
from ecluse.plan.plan import Action, Plan, Target
from ecluse.select.rules import parse_rules
from ecluse.select.select import select
from ecluse.sources.config_files import find_config, read_config
from ecluse.sources.source import read
from tests.factories import at, factory, inputs, live, pipeline, pointer, schedule, thing

HEADER = "type,name,path,value\n"
TARGET = Target("sub", "rg", "adf-uat", "westeurope")
VARIABLES = {
    "Project": "shop",
    "Environment": "uat",
    "CORES": "6",
    "HOST": "sql",
    "ACCOUNT": "reader",
    "CLUSTER": "c-1",
}


def body(name: str, **properties: Any) -> dict[str, Any]:
    return {"name": name, "properties": properties}


def wait(name: str, seconds: Any = 1) -> dict[str, Any]:
    return {"name": name, "type": "Wait", "typeProperties": {"waitTimeInSeconds": seconds}}


EITHER = {
    "name": "Either",
    "type": "IfCondition",
    "typeProperties": {"ifTrueActivities": [wait("Wait 2", 2), wait("Wait 3", 3)], "ifFalseActivities": [wait("No")]},
}
NOTEBOOK = {
    "name": "Notebook",
    "type": "SynapseNotebook",
    "typeProperties": {
        "notebook": {"referenceName": {"value": "@x", "type": "Expression"}, "type": "NotebookReference"}
    },
    "linkedServiceName": pointer("LinkedService", "LS_Lake"),
}
DAY = {"frequency": "Day", "interval": 1, "startTime": "2024-01-01T05:00:00Z", "schedule": {"minutes": [0]}}
FLOW = [{"dataset": pointer("Dataset", name)} for name in ("DS_In", "DS_In 2", "DS_Out", "DS_Void")]
ENDPOINT = {"privateLinkResourceId": "/subscriptions/dev", "groupId": "dfs", "fqdns": ["dev.example"], "timeout": 5.55}
REPOSITORY: Mapping[str, Any] = MappingProxyType(
    {
        "pipeline/Convert.json": body("Convert", activities=[{"dataflow": pointer("DataFlow", "Convert")}]),
        "pipeline/PL_Many waits.json": body("PL_Many waits", activities=[wait("Wait 1"), EITHER, wait("Wait 4", 4)]),
        "pipeline/PL_Plain.json": body("PL_Plain", activities=[wait("Wait")]),
        "pipeline/PL_Dynamic.json": body(
            "PL_Dynamic",
            activities=[wait("Wait", {"value": "@pipeline().parameters.Seconds", "type": "Expression"})],
            parameters={
                "Seconds": {"type": "int", "defaultValue": 10},
                "Queries": {"type": "array", "defaultValue": [{"Name": "a", "Full": True}]},
            },
            folder={"name": "External"},
        ),
        "pipeline/PL_Notebook.json": body("PL_Notebook", activities=[NOTEBOOK]),
        "pipeline/~PL_Plain.json": body("PL_Plain", activities=[]),
        "pipeline/PL_Old.json!": "no JSON",
        "dataflow/Convert.json": body("Convert", type="MappingDataFlow", typeProperties={"sources": FLOW}),
        "dataset/DS_In.json": body(
            "DS_In", linkedServiceName=pointer("LinkedService", "LS_Lake"), typeProperties={"columnDelimiter": "¦"}
        ),
        "dataset/DS_In 2.json": body("DS_In 2", linkedServiceName=pointer("LinkedService", "LS_Lake"), schema={}),
        "dataset/DS_Out.json": body(
            "DS_Out", linkedServiceName=pointer("LinkedService", "LS_Lake"), folder={"name": "External"}
        ),
        "dataset/DS_Void.json": body(
            "DS_Void", linkedServiceName=pointer("LinkedService", "LS_Lake"), folder={"name": "Odd @ place"}
        ),
        "linkedService/LS_Lake.json": body(
            "LS_Lake", type="AzureBlobFS", typeProperties={"url": "https://dev.example", "encryptedCredential": "e=="}
        ),
        "linkedService/LS_Vault.json": body(
            "LS_Vault", type="AzureKeyVault", typeProperties={"baseUrl": "https://dev"}
        ),
        "linkedService/LS_Bricks.json": body(
            "LS_Bricks", type="AzureDatabricks", typeProperties={"domain": "https://dev", "accessToken": "t"}
        ),
        "linkedService/LS_Sql.json": body(
            "LS_Sql", type="AzureSqlDatabase", typeProperties={"connectionString": "Data Source=dev"}
        ),
        "trigger/TR_Off.json": body("TR_Off", runtimeState="Stopped", typeProperties={"recurrence": {"interval": 1}}),
        "trigger/TR_Day.json": body("TR_Day", runtimeState="Started", typeProperties={"recurrence": DAY}),
        "integrationRuntime/IR_Shared-1.json": body("IR_Shared-1", type="SelfHosted"),
        "credential/credential1.json": body("credential1", type="ManagedIdentity"),
        "managedVirtualNetwork/default.json": {"name": "default"},
        "managedVirtualNetwork/default/managedPrivateEndpoint/MPE.json": {"name": "MPE", "properties": ENDPOINT},
        "factory/adf-dev.json": {
            "name": "adf-dev",
            "location": "westeurope",
            "properties": {
                "globalParameters": {
                    "GP-String": {"type": "string", "value": "text"},
                    "GP-Int": {"type": "int", "value": 2000000},
                    "GP-Bool": {"type": "bool", "value": True},
                },
                "globalConfigurations": {"PipelineBillingEnabled": "true"},
            },
        },
    }
)


@pytest.fixture
def adf(tmp_path: Path) -> Path:
    """The repository, as files."""
    for name, content in REPOSITORY.items():
        file = tmp_path / "adf" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return tmp_path / "adf"


# --- configuration ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """The rows of `config-uat.csv` (or the tree of a JSON), and what comes of them at places `kind.name path`."""

    id: str
    rows: str = ""
    tree: Any = None
    sets: Mapping[str, Any] = field(default_factory=dict)
    refused: str = ""
    told: str = ""
    header: str = HEADER
    stage: str = "uat"
    options: Mapping[str, Any] = field(default_factory=dict)


def change(path: str, value: str = "", action: str = "update") -> dict[str, str]:
    return {"name": path, "value": value, "action": action}


URL, BRICKS, VAULT = (
    "linkedService.LS_Lake typeProperties.url",
    "linkedService.LS_Bricks typeProperties",
    "linkedService.LS_Vault typeProperties.baseUrl",
)
INTERVAL, STATE = "trigger.TR_Off typeProperties.recurrence.interval", "trigger.TR_Off runtimeState"
RECURRENCE = "trigger.TR_Day typeProperties.recurrence"
WAITS, TRUE = (
    "pipeline.PL_Many waits activities",
    "pipeline.PL_Many waits activities[1].typeProperties.ifTrueActivities",
)
FIRST = ("PL_Many waits", "PL_Plain", "PL_Dynamic", "PL_Notebook")
MPE = "managedPrivateEndpoint.MPE"
SHOP = "https://shopuat.example"
BOTH_FORMS = {
    URL: SHOP,
    f"{BRICKS}.existingClusterId": "c-1",
    f"{BRICKS}.domain": "https://uks.example",
    f"{BRICKS}.accessToken": ABSENT,
    VAULT: "https://kv-shop-uat.example",
    f"{RECURRENCE}.schedule.minutes": [0, 15, 30, 45],
}
NOWHERE = "typeProperties:baseUrl: nothing stands there; nearest existing path is typeProperties.baseUrl"

CONFIGURATIONS = (
    Row("a stage without a file fails", stage="FakeStage", refused="there is no config-FakeStage.csv"),
    Row(
        "numbers stay numbers and texts texts",
        "trigger,TR_Off,runtimeState,Started\ntrigger,TR_Off,typeProperties.recurrence.interval,2",
        sets={INTERVAL: 2, STATE: "Started"},
    ),
    Row("a file of a bad format fails", "trigger,TR_Off,runtimeState,Started\ntrigger,,runtimeState,x", refused=":3:"),
    Row("a row of five columns fails", "trigger,TR_Off,run,time,State", refused=":2: the row has 5 columns"),
    Row("an unknown type fails", "ultratrigger,TR_Off,runtimeState,Started", refused=":2  ultratrigger.TR_Off"),
    Row("a file with nothing but its header is a warning", told="the configuration holds no rows"),
    Row(
        "the header may be in any case",
        "trigger,TR_Off,runtimeState,Started",
        header="Type,NAME,path,Value\n",
        sets={STATE: "Started"},
    ),
    Row(
        "an object in single quotes is an object",
        "pipeline,PL_Dynamic,parameters.Seconds,\"{'type': 'int32','defaultValue': 22}\"",
        sets={"pipeline.PL_Dynamic parameters.Seconds": {"type": "int32", "defaultValue": 22}},
    ),
    Row(
        "rows in comment are no rows",
        "# why\n\ntrigger,TR_Off,runtimeState,Started\n#trigger,TR_Off,typeProperties.recurrence.interval,2",
        sets={STATE: "Started", INTERVAL: 1},
    ),
    Row("a wrong path fails", "linkedService,LS_Vault,typeProperties:baseUrl,x", refused=NOWHERE),
    Row(
        "a wrong path may be skipped",
        "linkedService,LS_Vault,typeProperties:baseUrl,x",
        options={"missing_path": "warn"},
        told="the row is skipped",
    ),
    Row(
        "update, add and remove in one file",
        "linkedService,LS_Lake,typeProperties.url,x\nlinkedService,LS_Lake,+typeProperties.tenant,t\n"
        "linkedService,LS_Lake,-typeProperties.encryptedCredential,",
        sets={
            URL: "x",
            "linkedService.LS_Lake typeProperties.tenant": "t",
            "linkedService.LS_Lake typeProperties.encryptedCredential": ABSENT,
        },
    ),
    Row(
        "a wildcard is each object",
        "pipeline,PL*,activities[0].name,abc",
        sets={f"pipeline.{name} activities[0].name": "abc" for name in FIRST} | {f"{WAITS}[1].name": "Either"},
    ),
    Row("a wildcard in JSON", tree={"PL*": change("activities[0].name", "abc")}, sets={f"{WAITS}[0].name": "abc"}),
    Row(
        "after a row has renamed an activity the new name counts",
        'pipeline,PL_Many waits,activities[0].name,"One"\n'
        "pipeline,PL_Many waits,activities[1].typeProperties.ifTrueActivities[0].name,Two\n"
        'pipeline,PL_Many waits,activities["Either"].typeProperties.ifTrueActivities["Two"]'
        ".typeProperties.waitTimeInSeconds,22\n"
        'pipeline,PL_Many waits,activities["Wait 4"].name,Four',
        sets={
            f"{WAITS}[0].name": "One",
            f"{TRUE}[0]": wait("Two", 22),
            f"{TRUE}[1]": wait("Wait 3", 3),
            "pipeline.PL_Many waits activities[1].typeProperties.ifFalseActivities": [wait("No")],
            f"{WAITS}[2].name": "Four",
        },
    ),
    Row(
        "global parameters keep their types",
        "factory,adf-dev,$.properties.globalParameters.'GP-String'.value,new\n"
        "factory,adf-dev,$.properties.globalParameters.'GP-Int'.value,2020\n"
        "factory,adf-dev,$.properties.globalParameters.'GP-Bool'.value,false",
        sets={
            "globalParameters.default GP-String.value": "new",
            "globalParameters.default GP-Int.value": 2020,
            "globalParameters.default GP-Bool.value": False,
        },
    ),
    Row(
        "a new global parameter, value first",
        "factory,adf-dev,+$.properties.globalParameters.New.value,2023\n"
        "factory,adf-dev,+$.properties.globalParameters.New.type,int",
        sets={"globalParameters.default New": {"value": 2023, "type": "int"}},
    ),
    Row(
        "a factory row may have a wildcard",
        "factory,adf-*,globalParameters.'GP-Int'.value,7",
        sets={"globalParameters.default GP-Int.value": 7},
    ),
    Row(
        "a factory in JSON",
        tree={"adf-dev": [change("$.properties.globalParameters.'GP-Int'.value", "7")]},
        sets={"globalParameters.default GP-Int.value": 7},
    ),
    Row(
        "tokens, actions, an array of PowerShell",
        'linkedService,LS_Lake,"$.properties.typeProperties.url","https://$($Env:Project)$($Env:Environment).example"\n'
        'linkedService,LS_Bricks,"+$.properties.typeProperties.existingClusterId","$($Env:CLUSTER)"\n'
        "linkedService,LS_Bricks,$.properties.typeProperties.domain,https://uks.example\n"
        "linkedService,LS_Bricks,-$.properties.typeProperties.accessToken,\n"
        'linkedService,LS_Vault,typeProperties.baseUrl,"https://kv-$($Env:Project)-$($Env:Environment).example"\n'
        'trigger,TR_Day,"$.properties.typeProperties.recurrence.schedule.minutes","@(0,15,30,45)"',
        sets=BOTH_FORMS,
    ),
    Row(
        "the same in JSON",
        tree={
            "LS_Lake": [
                {"name": "$.properties.typeProperties.url", "value": "https://$Env:Project$Env:Environment.example"}
            ],
            "LS_Bricks": [
                change("$.properties.typeProperties.existingClusterId", "$($Env:CLUSTER)", "add"),
                change("$.properties.typeProperties.domain", "https://uks.example"),
                change("$.properties.typeProperties.accessToken", "", "remove"),
            ],
            "LS_Vault": [change("typeProperties.baseUrl", "https://kv-${Env:Project}-$($Env:Environment).example")],
            "TR_Day": [change("$.properties.typeProperties.recurrence.schedule.minutes", "@(0,15,30,45)")],
        },
        sets=BOTH_FORMS,
    ),
    Row(
        "names of keys and actions in JSON may be in any case",
        tree={"LS_Lake": [{"Name": "typeProperties.url", "Value": "x", "Action": "Update"}]},
        sets={URL: "x"},
    ),
    Row(
        "tokens stand unbraced in a text, and for a number",
        "linkedService,LS_Sql,typeProperties.connectionString,"
        "Data Source=$Env:HOST.example;User ID=$Env:ACCOUNT@$Env:HOST\n"
        "trigger,TR_Off,typeProperties.recurrence.interval,$Env:CORES",
        sets={
            "linkedService.LS_Sql typeProperties.connectionString": "Data Source=sql.example;User ID=reader@sql",
            INTERVAL: 6,
        },
    ),
    Row(
        "a variable that is not set fails",
        "linkedService,LS_Lake,typeProperties.url,$Env:NONE",
        refused="no variable NONE",
    ),
    Row("code is not run", "linkedService,LS_Lake,typeProperties.url,$(Get-Date -Format o)", refused="never run"),
    Row(
        "a date is the text that is written, and it is told",
        f"trigger,TR_Day,{RECURRENCE.partition(' ')[2]}.startTime,2020-06-01T23:22:11.000",
        sets={f"{RECURRENCE}.startTime": "2020-06-01T23:22:11.000"},
        told="the date is taken as it is written",
    ),
    Row("an object that is not there fails", "linkedService,LS_Lake_2,a,x", refused="nearest is LS_Lake"),
    Row(
        "an object that is not there fails, in JSON", tree={"LS_Lake_2": change("a", "x")}, refused="nearest is LS_Lake"
    ),
    Row(
        "an object that is not there may be skipped",
        "linkedService,LS_Lake_2,a,x",
        options={"missing_object": "warn"},
        told="the row is skipped",
    ),
    Row(
        "an object that is not there may be skipped, in JSON",
        tree={"LS_Lake_2": change("a", "x")},
        options={"missing_object": "warn"},
        told="the row is skipped",
    ),
    Row(
        "a name in JSON that two kinds have is asked about",
        tree={"Convert": change("folder.name", "x", "add")},
        refused="Convert may be a ",
    ),
    Row(
        "a private endpoint",
        "managedPrivateEndpoint,MPE,groupId,sqlServer\nmanagedPrivateEndpoint,MPE,$.properties.fqdns[0],uat.example\n"
        "managedPrivateEndpoint,MPE,$.properties.timeout,64.2",
        sets={f"{MPE} groupId": "sqlServer", f"{MPE} fqdns": ["uat.example"], f"{MPE} timeout": 64.2},
    ),
    Row("a private endpoint in JSON", tree={"MPE": change("groupId", "blob")}, sets={f"{MPE} groupId": "blob"}),
    Row(
        "a managed virtual network without properties",
        "managedVirtualNetwork,default,+preventDataExfiltration,bool:false",
        sets={"managedVirtualNetwork.default preventDataExfiltration": False},
    ),
    Row(
        "a credential",
        "credential,credential1,+typeProperties.resourceId,/subscriptions/uat",
        sets={"credential.credential1 typeProperties.resourceId": "/subscriptions/uat"},
    ),
    Row("an array of JSON", 'managedPrivateEndpoint,MPE,fqdns,"[""a"",""b""]"', sets={f"{MPE} fqdns": ["a", "b"]}),
    Row("a text is no array", "managedPrivateEndpoint,MPE,fqdns,a", refused="an array stands there"),
    Row("nothing is no number", "managedPrivateEndpoint,MPE,timeout,", refused="the value is empty"),
    Row("nothing is an empty text", "managedPrivateEndpoint,MPE,groupId,", sets={f"{MPE} groupId": ""}),
    Row(
        "an array of objects goes as a whole",
        "pipeline,PL_Dynamic,-parameters.Queries.defaultValue,",
        sets={"pipeline.PL_Dynamic parameters.Queries": {"type": "array"}},
    ),
    Row(
        "what a row does not name stays as it was",
        "dataset,DS_In 2,+description,a",
        sets={
            "dataset.DS_In 2 schema": {},
            "pipeline.PL_Dynamic parameters.Queries.defaultValue": [{"Name": "a", "Full": True}],
            "dataset.DS_In typeProperties.columnDelimiter": "¦",
        },
    ),
)


def applied(row: Row, adf: Path) -> Configured:
    """The repository with the row's configuration."""
    folder = adf / "deployment"
    folder.mkdir()
    if row.tree is not None:
        (folder / "config-uat.json").write_text(json.dumps(row.tree), encoding="utf-8")
    else:
        (folder / "config-uat.csv").write_text(f"{row.header}{row.rows}\n", encoding="utf-8")
    loaded = read(adf, TARGET)
    found = find_config(row.stage, None, [adf], adf.parent)
    rows = Configuration.joined([Configuration(notices=found.notices), *map(read_config, found.files)])
    options = Options(factory_names=(loaded.source_name, TARGET.factory), **row.options)
    return configure(loaded.factory, rows, Variables(VARIABLES), options)


def standing(done: Configured, place: str) -> Any:
    """What stands at `kind.name path`."""
    address = max((str(each) for each in done.factory.objects if place.startswith(f"{each} ")), key=len)
    tree = dict(done.factory.objects[at(address)].body)
    found = parse_path(place.removeprefix(f"{address} ")).find(tree)
    return get(tree, found[0]) if found else ABSENT


@pytest.mark.parametrize("row", CONFIGURATIONS, ids=lambda row: row.id)
def test_a_configuration_does_what_its_writer_expects(row: Row, adf: Path) -> None:
    if row.refused:
        with pytest.raises(Refused) as refused:
            applied(row, adf)
        assert row.refused in str(refused.value)
        return
    done = applied(row, adf)
    for place, expected in row.sets.items():
        found = standing(done, place)
        assert (found, type(found)) == (expected, type(expected)), place
    assert row.told in "\n".join(map(str, done.notices))
    assert row.sets or row.told


def test_a_configuration_changes_no_file(adf: Path) -> None:
    before = {file: file.read_bytes() for file in adf.rglob("*") if file.is_file()}
    applied(next(row for row in CONFIGURATIONS if row.id.startswith("tokens, actions")), adf)
    assert {file: file.read_bytes() for file in before} == before


# --- the source ------------------------------------------------------------------------------------------------------


def source(adf: Path) -> Factory:
    return read(adf, TARGET).factory


def test_each_file_of_json_in_a_folder_is_an_object_and_nothing_else_is(adf: Path) -> None:
    files = [name for name in REPOSITORY if name.endswith(".json") and "/~" not in name]
    # The factory's file gives the factory, and its global parameters as an object.
    assert len(source(adf).objects) == len(files)
    assert REPOSITORY["pipeline/~PL_Plain.json"]["name"] == "PL_Plain"
    assert standing(Configured(source(adf)), "pipeline.PL_Plain activities[0].name") == "Wait"


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="nowhere"):
        read(tmp_path / "nowhere", TARGET)


@pytest.mark.parametrize(
    ("address", "needed"),
    [
        ("dataset.DS_In", 1),
        ("linkedService.LS_Vault", 0),
        ("pipeline.Convert", 1),
        ("dataflow.Convert", 4),
        ("pipeline.PL_Notebook", 1),  # a notebook is no object of the factory
    ],
)
def test_what_an_object_refers_to_is_found(address: str, needed: int, adf: Path) -> None:
    assert len(source(adf).objects[at(address)].needs) == needed


# --- filters ---------------------------------------------------------------------------------------------------------

PLAIN, IN_FOLDER, FOLDER_ODD = "pipeline.PL_Plain", "pipeline.PL_Dynamic", "External"
MATCHES = (
    *((PLAIN, pattern, True) for pattern in ("PIPEline.*", "pip*.*", "*.PL_Plain", "*.PL_Plain@", "*.PL_Plain@*")),
    *((PLAIN, pattern, True) for pattern in ("*.*@", "*.*", "*")),
    *((PLAIN, pattern, False) for pattern in ("dataset.*", "pip*.something*", "*.PL__lain")),
    *((IN_FOLDER, pattern, True) for pattern in ("PIPEline.*", "pip*.*", "*.PL_Dynamic", "*.PL_Dynamic@*", "*.*")),
    *((IN_FOLDER, f"*.PL_Dynamic@{folder}", True) for folder in ("External", "*nal", "Ext*l")),
    *((IN_FOLDER, pattern, True) for pattern in ("pip*.*@*", "pipeline.PL_*@External")),
    *((IN_FOLDER, pattern, False) for pattern in ("dataset.*", "pip*.something*", "*.PL_Dynamic@", "*.*@fold")),
    *((IN_FOLDER, pattern, False) for pattern in ("tri*.*@*", "pipeline.PL_*@")),
    ("dataset.DS_Void", "*.*@Odd @ place", True),
    ("integrationRuntime.IR_Shared-1", "*.IR_Shared*", True),
    ("managedVirtualNetwork.default", "managedVirtualNetwork*.*", True),
    ("managedPrivateEndpoint.MPE", "*managedPrivateEndpoint.*", True),
    ("linkedService.LS_Vault", "linkedService.???V[ab]ult", True),
    ("credential.credential1", "cred*.*", True),
    ("globalParameters.default", "factory.*", True),
)


@pytest.mark.parametrize(("address", "pattern", "expected"), MATCHES)
@pytest.mark.parametrize("sign", ["+", "-", ""])
def test_a_rule_means_the_objects_that_its_writer_expects(
    address: str, pattern: str, sign: str, *, expected: bool, adf: Path
) -> None:
    scope = select(parse_rules([f"{sign}{pattern}"]), source(adf).objects.values()).scope
    assert (at(address) in scope) is (expected if sign != "-" else not expected)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("", len(REPOSITORY) - 2),
        ("*.*@External*", 2),
        ("*.*@Elsewhere", 0),
        ("dataset.DS_In*", 2),
        ("+pipeline.*\r\n-*.IR_Shared*\r\n-*.LS_Sql\r\ntrigger.*\r\n\r\n", 7),
        ("+pipeline.PL_Plain,+trigger.TR_Day", 2),
        ("-*", 0),
    ],
)
def test_a_list_of_rules_takes_as_many_objects_as_its_writer_expects(rules: str, expected: int, adf: Path) -> None:
    scope = select(parse_rules(files=[("filter.txt", rules)]), source(adf).objects.values()).scope
    assert sum(each in scope for each in source(adf).objects) == expected


# --- what a deployment does ------------------------------------------------------------------------------------------

SAME = (pipeline("PL"), schedule("TR_On", "PL", state="Started"), schedule("TR_Off", "PL"))
ON, OFF, GOES = schedule("TR_On", "PL", state="Started"), schedule("TR_Off", "PL"), schedule("TR_Goes", "PL")
CHANGED = pipeline("PL", description="new")
AS_THERE = {"trigger_start": "source"}
"""What a step of that tool has where it names nothing else: all that run are stopped, the source says what starts."""


@dataclass(frozen=True)
class Deployment:
    """What is in the source, what runs in the target, and the names that are written, deleted, stopped and started."""

    id: str
    source: tuple[Any, ...]
    running: tuple[str, ...] = ()
    target: tuple[Any, ...] = (pipeline("PL"), ON, OFF, GOES)
    options: Mapping[str, Any] = field(default_factory=lambda: AS_THERE)
    written: frozenset[str] = frozenset({"PL"})
    deleted: frozenset[str] = frozenset()
    stopped: frozenset[str] = frozenset()
    started: frozenset[str] = frozenset()


def names(*each: str) -> frozenset[str]:
    return frozenset(each)


DEPLOYMENTS = (
    Deployment("a trigger that is on in the source is started", (CHANGED, ON), started=names("TR_On")),
    Deployment("a trigger that is off in the source stays off", (CHANGED, OFF)),
    Deployment(
        "a trigger that is off in the source and on by the configuration is started",
        (CHANGED, OFF),
        options={**AS_THERE, "wishes": {"TR_Off": True}},
        started=names("TR_Off"),
    ),
    Deployment(
        "only those that run are stopped",
        (CHANGED, ON, OFF),
        ("TR_On",),
        stopped=names("TR_On"),
        started=names("TR_On"),
    ),
    Deployment(
        "a trigger that the source does not have is stopped, too, and starts again",  # better: there it stays off
        (CHANGED,),
        ("TR_Goes",),
        stopped=names("TR_Goes"),
        started=names("TR_Goes"),
    ),
    Deployment(
        "a trigger that the source says is off is stopped for good",
        (CHANGED, OFF),
        ("TR_Off",),
        stopped=names("TR_Off"),
    ),
    Deployment(
        "with the previous state kept it starts again",
        (CHANGED, OFF),
        ("TR_Off",),
        options={"trigger_start": "previous"},
        stopped=names("TR_Off"),
        started=names("TR_Off"),
    ),
    Deployment(
        "with deployable ones only, a trigger that does not change is not stopped",
        (CHANGED, ON),
        ("TR_On",),
        options={"trigger_stop": "changed", "trigger_start": "previous"},
    ),
    Deployment(
        "with deployable ones only, a trigger that is deleted is stopped before",
        (CHANGED, ON, OFF),
        ("TR_On", "TR_Goes"),
        options={"trigger_stop": "changed", "trigger_start": "previous", "delete_not_in_source": True},
        deleted=names("TR_Goes"),
        stopped=names("TR_Goes"),
    ),
    Deployment(
        "what the source does not have is deleted when asked",
        (CHANGED, ON, OFF),
        options={"delete_not_in_source": True},
        deleted=names("TR_Goes"),
    ),
    Deployment("and stays when not", (CHANGED, ON, OFF), options={}),
    Deployment(
        "what is excluded is not deleted",
        (CHANGED, ON, OFF),
        options={"delete_not_in_source": True, "out": ["trigger.TR_Goes"]},
    ),
    Deployment(
        "an excluded trigger is neither stopped nor started",
        (CHANGED, ON, OFF),
        ("TR_On",),
        options={**AS_THERE, "out": ["trigger.TR_On"]},
    ),
    Deployment(
        "a trigger that is in the source only and excluded is not deployed",
        (CHANGED, schedule("TR_New", "PL", state="Started")),
        options={**AS_THERE, "out": ["trigger.TR_New"]},
    ),
    Deployment("what has not changed is not deployed", (pipeline("PL"), OFF), written=frozenset()),
)


@pytest.mark.parametrize("row", DEPLOYMENTS, ids=lambda row: row.id)
def test_a_deployment_does_what_its_user_expects(row: Deployment) -> None:
    plan = make(inputs(factory(*row.source), live(*row.target, running=row.running), **row.options))
    assert _names(plan, Action.CREATE, Action.UPDATE) == row.written
    assert _names(plan, Action.DELETE) == row.deleted
    assert {step.ref.name for step in plan.stops()} == row.stopped
    assert {step.ref.name for step in plan.starts()} == row.started


def _names(plan: Plan, *actions: Action) -> set[str]:
    return {change.ref.name for change in plan.changes if change.action in actions}


@pytest.mark.parametrize(("option", "fails"), [("fail", True), ("warn", False)])
def test_a_reference_to_nothing_fails_unless_it_may(option: str, *, fails: bool) -> None:
    dangling = thing("dataset.DS", {"linkedServiceName": pointer("LinkedService", "LS_None")})
    given = inputs(factory(dangling), live(), missing_reference=option)
    if fails:
        with pytest.raises(Refused, match="LS_None"):
            make(given)
    else:
        assert any("LS_None" in str(notice) for notice in make(given).notices)


def test_a_reference_to_what_only_the_target_has_is_none_to_nothing() -> None:
    dataset = thing("dataset.DS", {"linkedServiceName": pointer("LinkedService", "LS")})
    assert _names(make(inputs(factory(dataset), live(thing("linkedService.LS")))), Action.CREATE) == {"DS"}
