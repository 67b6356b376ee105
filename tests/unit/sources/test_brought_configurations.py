"""Configurations that people bring along, on the factory that they were written for: the same result, or a clear no."""

from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from ecluse.configure.configure import Configured, Options, configure
from ecluse.configure.paths import parse_path
from ecluse.configure.tokens import Variables
from ecluse.errors import Code, Refused
from ecluse.jsontree import ABSENT, get
from ecluse.plan.plan import Target
from ecluse.sources.config_files import read_config
from ecluse.sources.source import read

COLLAB = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "collab"
BIG, VNET = "Azure-*__azure.*.tools__3", "Azure-*__azure.*.tools__4"
"""Folders of the collection, by pattern."""

VARIABLES = {
    "DatabricksClusterId": "0820-210125-test000",
    "Region": "uks",
    "ProjectName": "adft",
    "Environment": "uat",
    "NUMBER_OF_PROCESSORS": "6",
    "SYSTEM_STAGEDISPLAYNAME": "dev",
    "USERDOMAIN": "domain",
    "USERNAME": "me",
    "env": "uat",
}


def folder(name: str) -> Path:
    """The one folder with a name like this."""
    found = next(COLLAB.glob(name), None)
    if found is None:
        pytest.skip("no shared data")
    return found


def applied(name: str, file: str, **options: Any) -> Configured:
    """The factory with one of its own configurations."""
    loaded = read(folder(name), Target("sub", "rg", "xyz"))
    rows = read_config(folder(name) / "deployment" / file)
    names = (loaded.source_name, "xyz")
    return configure(loaded.factory, rows, Variables(VARIABLES), Options(factory_names=names, **options))


def standing(done: Configured, place: str) -> Any:
    """What stands at `kind.name|path`; the name may be a pattern."""
    address, _, path = place.partition("|")
    body = next(dict(each.body) for ref_, each in done.factory.objects.items() if fnmatch(str(ref_), address))
    found = parse_path(path).find(body)
    return get(body, found[0]) if found else ABSENT


INTERVAL = "trigger.TR_AlwaysDisabled|typeProperties.recurrence.interval"
STATE = "trigger.TR_AlwaysDisabled|runtimeState"
VAULT = "linkedService.LS_AzureKeyVault|typeProperties.baseUrl"
BRICKS = "linkedService.LS_AzureDatabricks|typeProperties"
BLOB = "linkedService.BlobSampleData|typeProperties"
WAITS = "pipeline.Multiple Waits|activities"
START = "trigger.TR_RunEveryDay|typeProperties.recurrence.startTime"
TRUE = f"{WAITS}[1].typeProperties.ifTrueActivities"
C100 = {
    "linkedService.LS_DataLakeStore|typeProperties.url": "https://datalakeadftuat.dfs.core.windows.net/",
    f"{BRICKS}.existingClusterId": "0820-210125-test000",
    f"{BRICKS}.domain": "https://uks.azuredatabricks.net",
    f"{BRICKS}.encryptedCredential": ABSENT,
    VAULT: "https://keyvault-adft-uat.vault.azure.net/",
}


@pytest.mark.parametrize(
    ("name", "file", "expected"),
    [
        (
            BIG,
            "config-uat.csv",
            {INTERVAL: 2, STATE: "Started", "dataset.CADOutput1|typeProperties.columnDelimiter": "¦"},
        ),
        (BIG, "config-c001.csv", {INTERVAL: 2, STATE: "Started"}),
        (BIG, "config-commented.csv", {INTERVAL: 1, STATE: "Started"}),
        (
            BIG,
            "config-c002.csv",
            {"pipeline.PL_Wait_Dynamic|parameters.WaitInSec": {"type": "int32", "defaultValue": 22}},
        ),
        (BIG, "config-c002a.csv", {"pipeline.PL_Wait_Dynamic|parameters.WaitInSec": {"type": "int32"}}),
        (
            BIG,
            "config-c003-variables.csv",
            {
                STATE: "Started",
                INTERVAL: 6,
                VAULT: "https://kv-devStage.vault.azure.net/",
                "linkedService.LS_AzureSqlDb*|typeProperties.connectionString": (
                    "Integrated Security=False;Encrypt=True;Connection Timeout=30;"
                    "Data Source=domain.database.windows.net;Initial Catalog=AdventureWorks2014;User ID=me@domain"
                ),
            },
        ),
        (
            BIG,
            "config-c005-extra-action.csv",
            {
                f"{BLOB}.encryptedCredential": ABSENT,
                f"{BLOB}.accountKey": "orefoifakerjgi40passwordrjegjorejgorjeogjoreg==",
            },
        ),
        (
            BIG,
            "config-c100.csv",
            {**C100, START: "2020-06-01T23:22:11.000"},
        ),
        (
            BIG,
            "config-c100.json",
            {**C100, START: "2020-06-01T23:22:11.000Z"},
        ),
        (
            BIG,
            "config-array.csv",
            {
                f"{WAITS}[0].name": "Wait Number 1",
                f"{TRUE}[0].name": "Wait Number 2",
                f"{TRUE}[0].typeProperties.waitTimeInSeconds": 22,
                f"{TRUE}[1].name": "Wait Number 3",
                f"{TRUE}[1].typeProperties.waitTimeInSeconds": 33,
                f"{WAITS}[2].name": "Wait Number 4",
            },
        ),
        (
            BIG,
            "config-multiple.csv",
            {"pipeline.PL_Wait5sec|activities[0].name": "abc", "pipeline.PL_StoredProc|activities[0].name": "abc"},
        ),
        (BIG, "config-multiple.json", {"pipeline.PL_Wait5sec|activities[0].name": "abc"}),
        (
            BIG,
            "config-globalparam1.csv",
            {
                "globalParameters.default|'GP-String'.value": "This text has been replaced",
                "globalParameters.default|'GP-Int'.value": 2020,
                "globalParameters.default|'GP-Bool'.value": False,
            },
        ),
        (BIG, "config-trigger-Enabled.csv", {STATE: "Started"}),
        (BIG, "config-trigger-Disabled.csv", {STATE: "Stopped"}),
        (VNET, "config-endpoint.csv", {"managedPrivateEndpoint.MPE_*_srv2|groupId": "sqlServer2"}),
        (
            VNET,
            "config-endpoint2.json",
            {"managedPrivateEndpoint.MPE_*_srv2|privateLinkResourceId": "pe-dlscdwhuat-dfs-adf-datavault-uat"},
        ),
    ],
    ids=lambda each: each if isinstance(each, str) and each.startswith("config") else "",
)
def test_what_comes_of_it(name: str, file: str, expected: dict[str, Any]) -> None:
    done = applied(name, file)
    for place, value in expected.items():
        found = standing(done, place)
        assert (found, isinstance(found, bool)) == (value, isinstance(value, bool)), place


URL = "path $.properties.typeProperties.url"
REFUSED = {
    "config-badformat.csv": [
        ":3: the row has no name",
        ":4: the row has 5 columns instead of 4, and what follows the path is no JSON",
        ":5: the row has 3 columns instead of 4",
        ":6: the row has 3 columns instead of 4",
    ],
    "config-badtype.csv": [
        ":4  ultratrigger.TR_AlwaysDisabled: path runtimeState: there is no type ultratrigger; nearest is trigger"
    ],
    "config-missing.csv": [
        (
            f":2  linkedService.LS_DataLakeStore_Unknown: {URL}: "
            "no linkedService has the name LS_DataLakeStore_Unknown; nearest is LS_DataLakeStore"
        ),
    ],
    "config-missing.json": [
        (
            f":3  LS_DataLakeStore_Unknown: {URL}: no object has the name LS_DataLakeStore_Unknown; "
            "nearest is LS_DataLakeStore"
        ),
    ],
    "config-c004-wrongpath.csv": [
        (
            ":2  linkedService.LS_AzureKeyVault: path typeProperties:baseUrl: nothing stands there; "
            "nearest existing path is typeProperties.baseUrl"
        ),
    ],
}


@pytest.mark.parametrize("file", REFUSED)
def test_what_is_wrong_is_said_with_line_object_and_remedy(file: str) -> None:
    with pytest.raises(Refused) as refused:
        applied(BIG, file)
    assert [str(each).partition(file)[2] for each in refused.value.problems] == REFUSED[file]
    assert all(each.remedy for each in refused.value.problems)


@pytest.mark.parametrize(
    ("file", "options"),
    [
        ("config-missing.csv", {"missing_object": "warn"}),
        ("config-missing.json", {"missing_object": "warn"}),
        ("config-c004-wrongpath.csv", {"missing_path": "warn"}),
    ],
)
def test_what_may_be_missing_is_a_warning(file: str, options: dict[str, Any]) -> None:
    done = applied(BIG, file, **options)
    assert [each.warning for each in done.notices] == [True, True]
    assert "the row is skipped" in str(done.notices[0])


def test_a_variable_that_is_not_set_is_an_error_and_not_an_empty_text() -> None:
    with pytest.raises(Refused) as refused:
        applied(BIG, "config-issue49.csv")
    assert Code.CONFIG_PATH in {each.code for each in refused.value.problems}
