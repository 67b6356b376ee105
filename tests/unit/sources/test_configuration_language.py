"""The configuration language, sentence by sentence: each row is named by section and sentence of its contract.

A row is what users write (rows of a CSV, or whole files) and what comes of it: values at places, or a refusal, or a
word in the log.
"""

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ecluse.configure.configure import Configured, Options, configure
from ecluse.configure.override import Configuration
from ecluse.configure.paths import parse_path
from ecluse.configure.tokens import Variables
from ecluse.errors import Refused
from ecluse.jsontree import ABSENT, Missing, Secret, get
from ecluse.model.kinds import KINDS
from ecluse.model.objects import Factory
from ecluse.sources.config_files import find_config, read_config
from tests.factories import at, factory, thing

HEADER = "type,name,path,value\n"
HERE = "deployment/config-uat.csv"
VARIABLES = {
    "URL": "https://x",
    "N": "7",
    "MY_NAME": "agent",
    "HIDDEN": "hunter2",
    "DB_PASSWORD": "hunter3",
    "SYSTEM_ACCESSTOKEN": "t",
}
GONE = ABSENT


def sample() -> Factory:
    """A factory with something for every sentence; its pipeline has activities in activities."""
    wait = {"name": "Wait 1", "type": "Wait", "typeProperties": {"waitTimeInSeconds": 1}}
    inner = {"name": "Wait 2", "type": "Wait", "typeProperties": {"waitTimeInSeconds": 2}}
    either = {"name": "If", "type": "IfCondition", "typeProperties": {"ifTrueActivities": [inner]}}
    things = [
        thing(
            f"{kind.word}.{kind.fixed_name or 'X_' + kind.word}",
            {"description": "dev", "typeProperties": {"url": "dev"}},
        )
        for kind in KINDS.values()
        if kind.word != "globalParameters"
    ]
    return factory(
        *things,
        thing("linkedService.LS_A", {"typeProperties": {"url": "dev", "n": 1, "f": 1.5, "b": False, "z": None}}),
        thing("linkedService.LS_B", {"typeProperties": {"url": "dev"}}),
        thing("linkedService.LS_Key", {"typeProperties": {"key": {"type": "SecureString", "value": "old"}}}),
        thing("linkedService.LS_Arm", {"typeProperties": {"url": Missing("LS_Arm_url", secure=False)}}),
        thing(
            "pipeline.PL",
            {
                "activities": [wait, either],
                "parameters": {"a.b": {"defaultValue": "x"}, "obj": {"type": "string"}},
                "annotations": ["one"],
                "folder": {"name": "F"},
                "expression": {"value": "@x", "type": "Expression"},
            },
        ),
        thing(
            "trigger.TR",
            {
                "runtimeState": "Stopped",
                "typeProperties": {"start": "2020-01-01T00:00:00Z", "schedule": {"hours": [5]}},
            },
        ),
        thing("globalParameters.default", {"GP-Int": {"type": "int", "value": 1}}),
        name="adf-dev",
        resource={"properties": {"publicNetworkAccess": "Enabled"}},
    )


@dataclass(frozen=True)
class Row:
    """What is written (`rows` of the stage's CSV, or `files`), and what comes of it.

    `sets` maps `kind.name path` to what stands there afterwards (the path as a row spells it); `refused` and `says`
    are parts of the message, one per line. `windows`: names of variables may be in any case.
    """

    id: str
    rows: str = ""
    sets: Mapping[str, Any] = field(default_factory=dict)
    refused: str = ""
    says: str = ""
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    stages: tuple[str, ...] = ("uat",)
    source: str = "adf"
    folder: str = ""
    windows: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


LAKE = "linkedService.LS_A typeProperties.url"


def lake(value: str, name: str = "LS_A") -> str:
    """A whole CSV that sets one address."""
    return f"{HEADER}linkedService,{name},typeProperties.url,{value}\n"


def js(tree: Any) -> Mapping[str, str]:
    """The stage as JSON."""
    return {"deployment/config-uat.json": json.dumps(tree)}


SECTION_1 = (
    Row(
        "1.1 --config-folder",
        files={"conf/config-uat.csv": lake("a"), HERE: lake("b")},
        folder="conf",
        sets={LAKE: "a"},
    ),
    Row("1.2 beside the source", files={"adf/deployment/config-uat.csv": lake("a")}, sets={LAKE: "a"}),
    Row(
        "1.2 beside a template, and deployment on another branch",
        files={"adf_publish/T.json": "{}", "adf_publish/deployment/config-uat.csv": lake("a")},
        source="adf_publish/T.json",
        sets={LAKE: "a"},
    ),
    Row("1.2 in the working directory", files={HERE: lake("a")}, sets={LAKE: "a"}),
    Row(
        "1.3 the log says which was read",
        files={HERE: lake("a")},
        says="configuration of stage uat: deployment/config-uat.csv",
    ),
    Row(
        "1.4 both present",
        files={HERE: lake("a"), "adf/deployment/config-uat.csv": lake("b")},
        refused="is there twice",
    ),
    Row(
        "1.5 letters of a stage",
        files={"deployment/config-u.a-T_1.csv": lake("a")},
        stages=("u.a-T_1",),
        sets={LAKE: "a"},
    ),
    Row("1.5 no other letters", files={HERE: lake("a")}, stages=("../uat",), refused="'../uat' is no stage name"),
    Row("1.6 a path of a CSV", files={"x/y.csv": lake("a")}, stages=("x/y.csv",), sets={LAKE: "a"}),
    Row("1.6 a path of a JSON", files={"x.JSON": '{"LS_A": []}'}, stages=("x.JSON",), says="holds no rows"),
    Row("1.7 any case", files={"Deployment/CONFIG-UAT.CSV": lake("a")}, sets={LAKE: "a"}),
    Row(
        "1.8 only case differs",
        files={HERE: lake("a"), "deployment/Config-UAT.csv": lake("b")},
        refused="differ only in case",
    ),
    Row(
        "1.9 a stage without file",
        files={"deployment/config-prod.csv": lake("a")},
        refused="there is no config-uat.csv",
    ),
    Row(
        "1.10 common first",
        files={HERE: lake("a"), "deployment/config-common.csv": lake("c", "LS_[AB]")},
        sets={LAKE: "a", "linkedService.LS_B typeProperties.url": "c"},
    ),
    Row(
        "1.11 later ones win",
        files={HERE: lake("a"), "b.csv": lake("b"), "c.csv": lake("c")},
        stages=("uat", "b.csv", "c.csv"),
        sets={LAKE: "c"},
    ),
    Row(
        "1.12 the report says which row won",
        files={HERE: lake("a"), "b.csv": lake("b")},
        stages=("uat", "b.csv"),
        says="b.csv:2: linkedService.LS_A: path typeProperties.url: this row wins over deployment/config-uat.csv:2",
    ),
)

SECTION_2 = (
    Row("2.1 the header is exact", files={HERE: "type,name,value,path\n"}, refused="the first row is no header"),
    Row(
        "2.2 comments and blank lines",
        "# one\n\n  # two,,,\n,,,\nlinkedService,LS_A,typeProperties.url,a",
        sets={LAKE: "a"},
    ),
    Row("2.3 UTF-8 with byte order mark", files={HERE: codecs.BOM_UTF8 + lake("ä").encode()}, sets={LAKE: "ä"}),
    Row("2.3 UTF-8 without", files={HERE: lake("¦").encode()}, sets={LAKE: "¦"}),
    Row("2.3 UTF-16 by its mark", files={HERE: lake("ä").encode("utf-16")}, sets={LAKE: "ä"}),
    Row("2.3 UTF-16 big-endian", files={HERE: codecs.BOM_UTF16_BE + lake("ä").encode("utf-16-be")}, sets={LAKE: "ä"}),
    Row("2.4 semicolons", files={HERE: lake("a").replace(",", ";")}, sets={LAKE: "a"}),
    Row("2.4 tabs", files={HERE: lake("a").replace(",", "\t")}, sets={LAKE: "a"}),
    Row("2.5 quotes", 'linkedService,LS_A,typeProperties.url,"a,""b"""', sets={LAKE: 'a,"b"'}),
    Row("2.5 several lines", 'linkedService,LS_A,typeProperties.url,"a\n# b\n"', sets={LAKE: "a\n# b\n"}),
    Row(
        "2.6 a blank before a quote",
        'linkedService, LS_A, typeProperties.url, "https://x,y"',
        sets={LAKE: "https://x,y"},
    ),
    Row("2.7 type, name and path are trimmed", "linkedService , LS_A , typeProperties.url ,a", sets={LAKE: "a"}),
    Row(
        "2.8 bare JSON",
        'pipeline,PL,parameters.obj,{"type": "int32"}',
        sets={"pipeline.PL parameters.obj": {"type": "int32"}},
    ),
    Row(
        "2.8 bare JSON with commas",
        'trigger,TR,typeProperties.schedule,{"minutes": [0],"hours": [7]}',
        sets={"trigger.TR typeProperties.schedule": {"minutes": [0], "hours": [7]}},
    ),
    Row(
        "2.9 too many columns",
        "linkedService,LS_A,typeProperties.url,a,b",
        refused="config-uat.csv:2: the row has 5 columns",
    ),
    Row(
        "2.9 too few columns",
        "linkedService,LS_A,typeProperties.url",
        refused="config-uat.csv:2: the row has 3 columns",
    ),
    *(
        Row(
            f"2.10 type {kind.word}",
            f"{kind.word.upper()},{kind.fixed_name or 'X_' + kind.word},description,uat",
            sets={f"{kind.word}.{kind.fixed_name or 'X_' + kind.word} description": "uat"},
        )
        for kind in KINDS.values()
        if kind.word != "globalParameters"
    ),
    Row(
        "2.10 type factory", "FACTORY,*,publicNetworkAccess,Disabled", sets={"factory publicNetworkAccess": "Disabled"}
    ),
    Row(
        "2.11 an unknown type",
        "linkedservices,LS_A,a,b",
        refused="there is no type linkedservices; nearest is linkedService",
    ),
    Row("2.11 global parameters", "globalParameters,X,a,b", refused="global parameters belong to the type factory"),
    *(
        Row(
            f"2.12 name {pattern}",
            f"linkedService,{pattern},typeProperties.url,a",
            sets={LAKE: a, "linkedService.LS_B typeProperties.url": b},
        )
        for pattern, a, b in (
            ("LS_A", "a", "dev"),
            ("ls_a", "a", "dev"),
            ("LS_?", "a", "a"),
            ("*_A", "a", "dev"),
            ("LS_[AC]", "a", "dev"),
            ("ls_[!AKX]", "dev", "a"),
        )
    ),
    Row("2.13 no match", "linkedService,LS_X,a,b", refused="no linkedService has the name LS_X"),
    Row(
        "2.13 no match, a warning",
        "linkedService,LS_X,a,b",
        options={"missing_object": "warn"},
        says="no linkedService has",
    ),
    Row(
        "2.14 all errors",
        "ultratrigger,A,b,c\nlinkedService,LS_A,nope,c\nlinkedService,LS_A",
        refused="config-uat.csv:2  ultratrigger.A\nconfig-uat.csv:3  linkedService.LS_A\nconfig-uat.csv:4: the row",
    ),
    Row(
        "2.15 what an error says",
        "linkedService,LS_A,typeProperties.urll,a",
        refused="config-uat.csv:2  linkedService.LS_A: path typeProperties.urll: nothing stands there; "
        "nearest existing path is typeProperties.url",
    ),
)

WAITS = "pipeline.PL activities[0].typeProperties.waitTimeInSeconds"
DEEP = "pipeline.PL activities[1].typeProperties.ifTrueActivities[0]"
SECTION_3 = (
    *(
        Row(f"3.1 {path}", f"linkedService,LS_A,{path},a", sets={LAKE: "a"})
        for path in ("typeProperties.url", "$.properties.typeProperties.url", "properties.typeProperties.url")
    ),
    Row("3.2 the root", "linkedService,LS_A,$.name,LS_Z", sets={"linkedService.LS_Z typeProperties.url": "dev"}),
    Row("3.2 the folder", "pipeline,PL,$.properties.folder.name,G", sets={"pipeline.PL folder.name": "G"}),
    Row("3.3 + adds, with parents", "linkedService,LS_A,+a.b.c,x", sets={"linkedService.LS_A a": {"b": {"c": "x"}}}),
    Row("3.3 - removes", "linkedService,LS_A,-typeProperties.url,", sets={LAKE: GONE}),
    Row("3.3 - needs no value", "linkedService,LS_A,-typeProperties.url", sets={LAKE: GONE}),
    Row("3.3 else it updates", "linkedService,LS_A,typeProperties.url,x", sets={LAKE: "x"}),
    Row("3.4 a missing path", "linkedService,LS_A,a.b,x", refused="nothing stands there"),
    Row(
        "3.4 a missing path, a warning",
        "linkedService,LS_A,a.b,x",
        options={"missing_path": "warn"},
        says="the row is skipped",
    ),
    Row("3.4 ? makes it optional", "linkedService,LS_A,a.b?,x", says="the row is skipped (it is optional)"),
    Row(
        "3.5 + on what exists",
        "linkedService,LS_A,+typeProperties.url,x",
        sets={LAKE: "x"},
        says="it exists already and is replaced",
    ),
    Row("3.5 - on what is missing", "linkedService,LS_A,-typeProperties.nope,", refused="nothing stands there"),
    Row(
        "3.6 a new name counts for later rows",
        "linkedService,LS_A,$.name,LS_Z\nlinkedService,LS_Z,typeProperties.url,z",
        sets={"linkedService.LS_Z typeProperties.url": "z"},
    ),
    Row(
        "3.6 the old name is gone",
        "linkedService,LS_A,$.name,LS_Z\nlinkedService,LS_A,typeProperties.url,z",
        refused="has the name LS_A",
    ),
    *(
        Row(f"3.7 factory {name}", f"factory,{name},publicNetworkAccess,x", sets={"factory publicNetworkAccess": "x"})
        for name in ("adf-dev", "ADF-uat", "*")
    ),
    Row("3.7 another factory", "factory,adf-other,publicNetworkAccess,x", refused="the factory is not named adf-other"),
    Row(
        "3.8 global parameters",
        "factory,*,globalParameters.'GP-Int'.value,2",
        sets={"globalParameters.default GP-Int.value": 2},
    ),
    Row(
        "3.9 value before type",
        "factory,*,+globalParameters.new.value,2\nfactory,*,+globalParameters.new.type,int",
        sets={"globalParameters.default new": {"value": 2, "type": "int"}},
    ),
    Row(
        "3.9 type before value",
        "factory,*,+globalParameters.new.type,int\nfactory,*,+globalParameters.new.value,2",
        sets={"globalParameters.default new": {"value": 2, "type": "int"}},
    ),
    Row(
        "3.9 no type",
        "factory,*,+globalParameters.new.value,2",
        sets={"globalParameters.default new": {"value": 2, "type": "int"}},
        says="global parameter new has no type; its value looks like int",
    ),
    Row(
        "3.9 no type, and it looks like a boolean",
        "factory,*,+globalParameters.new.value,TRUE",
        sets={"globalParameters.default new": {"value": True, "type": "bool"}},
        says="its value looks like bool",
    ),
    *(
        Row(f"3.10 {path}", f"pipeline,PL,{path},9", sets={WAITS: 9})
        for path in (
            "activities[0].typeProperties.waitTimeInSeconds",
            "activities['Wait 1'].typeProperties.waitTimeInSeconds",
            '"activities[""Wait 1""].typeProperties.waitTimeInSeconds"',
            "activities.'Wait 1'.typeProperties.waitTimeInSeconds",
        )
    ),
    Row(
        "3.10 a.'key.with.dots'",
        "pipeline,PL,parameters.'a.b'.defaultValue,9",
        sets={"pipeline.PL parameters['a.b'].defaultValue": "9"},
    ),
    Row(
        "3.10 ['dotted.key']",
        "pipeline,PL,parameters['a.b'].defaultValue,9",
        sets={"pipeline.PL parameters['a.b'].defaultValue": "9"},
    ),
    Row("3.10 [+] appends", "pipeline,PL,annotations[+],two", sets={"pipeline.PL annotations": ["one", "two"]}),
    Row(
        "3.11 rows in file order",
        "pipeline,PL,activities[1].typeProperties.ifTrueActivities[0].name,Later\n"
        'pipeline,PL,"activities[""If""].typeProperties.ifTrueActivities[""Later""].typeProperties.waitTimeInSeconds",22',
        sets={f"{DEEP}.name": "Later", f"{DEEP}.typeProperties.waitTimeInSeconds": 22},
    ),
    *(
        Row(
            f"3.12 {path}",
            f"pipeline,PL,{path},9",
            sets={WAITS: first, f"{DEEP}.typeProperties.waitTimeInSeconds": second},
        )
        for path, first, second in (
            ("$..waitTimeInSeconds", 9, 9),
            ("activities[*].typeProperties.waitTimeInSeconds", 9, 2),
            ("$..[?(@.name=='Wait 2')].typeProperties.waitTimeInSeconds", 1, 9),
        )
    ),
    Row("3.12 matching none", "pipeline,PL,$..nope,9", refused="nothing stands there"),
    Row(
        "3.13 a value of a template parameter",
        "linkedService,LS_Arm,typeProperties.url,a",
        sets={"linkedService.LS_Arm typeProperties.url": "a"},
    ),
)


def value(id_: str, place: str, text: str, expected: Any = None, refused: str = "") -> Row:
    """A row of section 4: the text of a value, and what it becomes at a place of LS_A."""
    kind, _, rest = place.rpartition(" ")
    cell = '"' + text.replace('"', '""') + '"'
    row = f"{(kind or 'linkedService.LS_A').replace('.', ',', 1)},{rest},{cell}"
    sets = {} if refused else {f"{kind or 'linkedService.LS_A'} {rest.removeprefix('+')}": expected}
    return Row(f"4 {id_}", row, sets, refused)


N, F, B, Z, URL = (f"typeProperties.{each}" for each in ("n", "f", "b", "z", "url"))
HOURS, START = "trigger.TR typeProperties.schedule.hours", "trigger.TR typeProperties.start"
SECTION_4 = (
    value("text: as it is", URL, " 7 ", " 7 "),
    value("text: dates are never shifted", START, "2020-06-01T23:22:11.000", "2020-06-01T23:22:11.000"),
    value("number", N, "30", 30),
    value("number: a float", F, "2.5", 2.5),
    value("number: not a number", N, "thirty", refused="'thirty' is no number, and a number stands there"),
    value("boolean", B, "TRUE", expected=True),
    value("boolean: otherwise", B, "yes", refused="'yes' is no boolean"),
    value("object", "pipeline.PL parameters.obj", '{"a":1}', {"a": 1}),
    value(
        "object: single quotes",
        "pipeline.PL parameters.obj",
        "{'type': 'int32','defaultValue': 22}",
        {"type": "int32", "defaultValue": 22},
    ),
    value(
        "object: otherwise",
        "pipeline.PL parameters.obj",
        "x",
        refused="an object stands there, and the text is no JSON object",
    ),
    value("object: an expression takes a text", "pipeline.PL expression", "@y", {"value": "@y", "type": "Expression"}),
    value("array", HOURS, "[1,2]", [1, 2]),
    value("array: in single quotes", HOURS, "'[8]'", [8]),
    value("array: PowerShell's", HOURS, "@(0,15,30)", [0, 15, 30]),
    value("array: a bare scalar", HOURS, "8", refused="an array stands there, and the text is no array\nas [8]"),
    value("array: a bare text", HOURS, "a b", refused='an array stands there, and the text is no array\nas ["a b"]'),
    value("null: JSON", Z, '{"a": 1}', {"a": 1}),
    value("null: else the text", Z, "x", "x"),
    value("added: a text", "+new", "5", "5"),
    value("added: JSON", "+new", "[1]", [1]),
    value("added: what does not parse", "+new", "[x", "[x"),
    value("prefix json:", URL, 'json:{"a": 1}', {"a": 1}),
    value("prefix str:", N, "str:5", "5"),
    value("prefix int:", URL, "int:5", 5),
    value("prefix bool:", URL, "bool:true", expected=True),
    value("prefix null:", URL, "null:", None),
    value("empty: a text", URL, "", ""),
    value("empty: anything else", N, "", refused="the value is empty and a number stands there"),
    value("token $Env:NAME", URL, "a$Env:URL/b", "ahttps://x/b"),
    value("token $($Env:NAME)", URL, "$($Env:N)7", "77"),
    value("token ${Env:NAME}", URL, "${Env:N}7", "77"),
    value("token #{NAME}#", URL, "#{my.name}#", "agent"),
    value("token $(NAME)", URL, "$(my.name)", "agent"),
    Row("4 token: another case", "linkedService,LS_A,typeProperties.url,$Env:url", refused="there is no variable url"),
    Row(
        "4 token: another case, on Windows",
        "linkedService,LS_A,typeProperties.url,$Env:url",
        windows=True,
        sets={LAKE: "https://x"},
    ),
    value("token: several", URL, "$Env:N-$Env:N", "7-7"),
    value("token: for a number", N, "$Env:N", 7),
    value("token: unknown", URL, "a$Env:NOPE", refused="there is no variable NOPE"),
    value("token: unknown, over a number", N, "$Env:NOPE", refused="there is no variable NOPE"),
    value("a backtick escapes", URL, "`$Env:N", "$Env:N"),
    value("code is refused", URL, "$(Get-Date -Format o)", refused="code in a value is never run"),
    value("code is refused, with calls", URL, "$([Environment]::MachineName)", refused="code in a value is never run"),
    *(
        value(f"never {name}", URL, f"$Env:{name}", refused="never goes into a factory")
        for name in (
            "SYSTEM_ACCESSTOKEN",
            "ENDPOINT_X",
            "SECRET_X",
            "ARM_CLIENT_SECRET",
            "X_CLIENT_CERTIFICATE_PATH",
            "X_FEDERATED_TOKEN_FILE",
            "ECLUSE_SOURCE",
        )
    ),
    value("tainted by its variable", URL, "$Env:HIDDEN", Secret("hunter2")),
    value("tainted by its variable's name", URL, "$Env:DB_PASSWORD", Secret("hunter3")),
    value("tainted by its path", "+typeProperties.password", "x", Secret("x")),
    value("tainted in a SecureString", "linkedService.LS_Key typeProperties.key.value", "x", Secret("x")),
    *(
        Row(
            f"4 a secret in clear: {where}",
            f"{kind},{name},{path},$Env:HIDDEN",
            says=f"config-uat.csv:2: {kind}.{name}: path {path.removeprefix('+')}: a secret goes where Azure shows it",
        )
        for where, kind, name, path in (
            ("a description", "pipeline", "PL", "+description"),
            ("annotations", "pipeline", "PL", "annotations[0]"),
            ("a pipeline's default", "pipeline", "PL", "parameters['a.b'].defaultValue"),
            ("a global parameter", "factory", "adf-dev", "+globalParameters.new.value"),
        )
    ),
)

URL_CHANGE = {"name": "$.properties.typeProperties.url", "value": "a"}
SECTION_5 = (
    Row("5.1 the form", files=js({"LS_A": [URL_CHANGE]}), sets={LAKE: "a"}),
    Row("5.1 action update", files=js({"LS_A": [{**URL_CHANGE, "action": "update"}]}), sets={LAKE: "a"}),
    Row(
        "5.1 action add",
        files=js({"LS_A": [{"name": "new", "value": "a", "action": "add"}]}),
        sets={"linkedService.LS_A new": "a"},
    ),
    Row("5.1 action remove", files=js({"LS_A": [{**URL_CHANGE, "action": "remove"}]}), sets={LAKE: GONE}),
    Row(
        "5.2 wildcards",
        files=js({"LS_?": [URL_CHANGE]}),
        sets={LAKE: "a", "linkedService.LS_B typeProperties.url": "a"},
    ),
    Row("5.3 several kinds share the name", files=js({"X_*": [URL_CHANGE]}), refused="X_* may be a "),
    Row(
        "5.3 type resolves it",
        files=js({"X_*": [{**URL_CHANGE, "type": "dataset"}]}),
        sets={"dataset.X_dataset typeProperties.url": "a"},
    ),
    Row("5.3 nothing has the name", files=js({"LS_X": [URL_CHANGE]}), refused="no object has the name LS_X"),
    Row(
        "5.4 values have types",
        files=js({"LS_A": [{"name": "typeProperties.n", "value": 3}]}),
        sets={"linkedService.LS_A typeProperties.n": 3},
    ),
    Row(
        "5.4 and lines",
        files=js({"LS_A": [{"name": "nope", "value": 3}]}),
        refused="config-uat.json:1  linkedService.LS_A: path nope",
    ),
)

ROWS = (*SECTION_1, *SECTION_2, *SECTION_3, *SECTION_4, *SECTION_5)


def run(row: Row, folder: Path) -> Configured:
    """Find, read and apply what the row has written."""
    for name, content in (row.files or {HERE: f"{HEADER}{row.rows}\n"}).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "adf").mkdir(exist_ok=True)
    parts = []
    for stage in row.stages:
        found = find_config(stage, folder / row.folder if row.folder else None, [Path(row.source)], folder)
        parts += [Configuration(notices=found.notices), *map(read_config, found.files)]
    options = Options(factory_names=("adf-uat",), **row.options)
    variables = Variables(VARIABLES, secret=frozenset({"HIDDEN"}), ignore_case=row.windows)
    return configure(sample(), Configuration.joined(parts), variables, options)


def standing(done: Configured, place: str) -> Any:
    """What stands at `kind.name path`, or at `factory path`."""
    address, _, path = place.partition(" ")
    body = done.factory.resource if address == "factory" else done.factory.objects[at(address)].body
    found = parse_path(path).find(dict(body))
    return get(dict(body), found[0]) if found else GONE


def told(text: str, folder: Path) -> str:
    """A message, with paths as they are written on any system."""
    return text.replace("\\", "/").replace(f"{folder.as_posix()}/", "")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_each_sentence_holds(row: Row, tmp_path: Path) -> None:
    if row.id.startswith("1.8") and (tmp_path.parent / tmp_path.name.upper()).exists():
        pytest.skip("this file system ignores case")
    if row.refused:
        with pytest.raises(Refused) as refused:
            run(row, tmp_path)
        assert all(problem.remedy for problem in refused.value.problems)
        said = told("\n".join(f"{each} -> {each.remedy}" for each in refused.value.problems), tmp_path)
        assert [part for part in row.refused.splitlines() if part not in said] == []
        return
    done = run(row, tmp_path)
    for place, expected in row.sets.items():
        found = standing(done, place)
        # The type, too: 1 is not True, and a text not a secret one.
        assert (found, type(found)) == (expected, type(expected)), place
    assert row.says in told("\n".join(map(str, done.notices)), tmp_path)


def test_each_row_has_a_name_of_its_own() -> None:
    names = [row.id for row in ROWS]
    assert len(set(names)) == len(names)
    assert all(row.sets or row.refused or row.says for row in ROWS)
