"""Factories that others published: their folder and their template are one model, and end in the same live factory."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ecluse.azure.clients import AzureClients
from ecluse.jsontree import spell
from ecluse.model.objects import Factory
from ecluse.plan.compare import compare
from ecluse.plan.lacking import filled
from ecluse.plan.plan import Action, Plan
from ecluse.sources import adf_publish, folder
from ecluse.sources.parameters import From, ParameterInputs, SetValue
from tests.azure_target import AzureTarget, clients
from tests.ecluse_command import SHARED
from tests.factories import TARGET
from tests.sandbox_process import running

CORPUS = SHARED / "corpus"

_MASK = "the folder has asterisks for a secret that its connection string makes needless; the export leaves it out"
_NO_STRING = "a SecureString of asterisks in the folder; the export makes a parameter of the whole, which is a text"
_DEFAULT = "the export writes out the service's default"
_LEAST = "the folder has 5 seconds, and 30 are the least that Azure's description of pipelines allows"
_DANGLING = "the folder refers to a linked service that is not there; the export leaves it out"
_EDITED = "the folder was edited after the last publish"
_IN_ACTIVITY_8 = "pipeline.04-Infant activities[8].typeProperties."


def _at(kind: str, end: str) -> Path:
    (found,) = (CORPUS / kind).glob(f"*{end}")
    return found


@dataclass(frozen=True)
class Pair:
    """A folder and a template of one factory, by the ends of their names.

    `differing` are the paths at which they do, each with its reason;
    `undeployable` are objects that no Azure takes as they stand in the folder; `given` are linked services whose
    connection string people give to the template.
    """

    folder: str
    template: str
    differing: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    undeployable: frozenset[str] = frozenset()
    given: tuple[str, ...] = ()

    def forms(self) -> tuple[Factory, Factory]:
        """The factory read from both, with the same placeholders for what neither says."""
        read, _ = filled(folder.read(_at("collab", self.folder), TARGET).factory)
        inputs = ParameterInputs(sets=tuple(map(self._given, self.given)), fill_missing_secrets=True)
        template = adf_publish.read(_at("arm", self.template), TARGET, inputs).factory
        return read, template

    def _given(self, name: str) -> SetValue:
        path = _at("collab", self.folder) / "linkedService" / f"{name}.json"
        text = json.loads(path.read_text(encoding="utf-8"))["properties"]["typeProperties"]["connectionString"]
        return SetValue(f"{name}_connectionString", text, From.ENVIRONMENT, "TEXT")


_WITH_5_SECONDS = (
    "cases[0].activities[0]",
    "cases[1].activities[0]",
    "cases[1].activities[2]",
    "cases[2].activities[0]",
    "defaultActivities[0]",
)

PAIRS: Mapping[str, Pair] = {
    "simple": Pair(
        "examples__3",
        "tools__2",
        given=("LS_SQL_Stackoverflow",),  # the export makes a secret of it, though its password is a key vault's
    ),
    "breakpoint7": Pair("breakpoint7__AzureDataFactoryGH", "breakpoint7__AzureDataFactoryGH"),
    "hmcts": Pair(
        "hmcts__vh-reports",
        "hmcts__vh-reports__3",
        {
            "linkedService.vhreporting_blob": {
                "typeProperties.connectionString": _NO_STRING,
                "typeProperties.servicePrincipalKey": _MASK,
            }
        },
    ),
    "lnewportmsft": Pair(
        "lnewportmsft__adf-ln-dev-datafactory",
        "lnewportmsft__adf-ln-dev-datafactory",
        {"pipeline.InitialLoadDATtoSQL": {"activities[0].typeProperties.storeSettings.recursive": _DEFAULT}},
    ),
    "procfwk": Pair(
        "mrpaulandrew__procfwk",
        "mrpaulandrew__procfwk",
        {
            "linkedService.FrameworkFunctions": {"typeProperties.authentication": _DEFAULT},
            "pipeline.04-Infant": {
                f"activities[8].typeProperties.{place}.policy.retryIntervalInSeconds": _LEAST
                for place in _WITH_5_SECONDS
            },
        },
    ),
    "sudarshan710": Pair(
        "sudarshan710__cs5-adf-publish",
        "sudarshan710__cs5-adf-publish",
        {
            "dataflow.dataflow1": {f"typeProperties.scriptLines[{line}]": _EDITED for line in range(10, 14)},
            "pipeline.pipeline1": {"activities[2].typeProperties.baseParameters": _EDITED, "parameters": _EDITED},
        },
    ),
    "tonee84": Pair(
        "tonee84__adf-cicd",
        "tonee84__adf-cicd",
        {
            "adfcdc.adfcdc1": {
                f"{side}ConnectionsInfo[0].Connection.linkedService": _DANGLING for side in ("Source", "Target")
            }
        },
        undeployable=frozenset({"adfcdc.adfcdc1"}),
    ),
    "willsql4food": Pair("willsql4food__ADF-Toolkit", "willsql4food__ADF-Toolkit"),
}
"""The pairs that were taken at the same state."""

OLDER: Mapping[str, tuple[Pair, int, set[str]]] = {
    "procfwk": (
        Pair("mrpaulandrew__procfwk", "mrpaulandrew__procfwk__2"),
        0,
        {"dataset.GetSetMetadata", "linkedService.Keys", "linkedService.SupportDatabase"},
    ),
    "marc-jellinek": (
        Pair(
            "marc-jellinek__AzureDataFactoryDemo_GenericSqlSink",
            "marc-jellinek__AzureDataFactoryDemo_GenericSqlSink__3",
        ),
        4,
        {
            "dataflow.azureBlobSingleCsvToAzureSqlDatabaseTableDataFlow",
            "dataflow.azureSqlDatabaseTableToAzureBlobSingleCsvDataFlow",
            "dataset.azureBlobSingleCsvFileNameDataset",
            "dataset.azureBlobSingleCsvNoFileNameDataset",
            "dataset.azureBlobSingleJsonFileNameDataset",
            "dataset.azureSqlDatabaseTableDataset",
            "pipeline.Azure Blob Single Csv to Azure Sql Database Table Copy Pipeline",
            "pipeline.Azure Blob Single Csv to Azure Sql Database Table Data Flow Pipeline",
            "pipeline.Azure Sql Database Table to Azure Blob Single Csv Copy Pipeline",
            "pipeline.Azure Sql Database Table to Azure Blob Single Csv Data Flow Pipeline",
        },
    ),
    "CF.Cumulus": (
        Pair("CloudFormations__CF.Cumulus__2", "CloudFormations__CF.Cumulus__3"),
        26,
        {
            "dataset.Ingest_DS_Files_Binary",
            "dataset.Ingest_DS_Files_Parquet",
            "linkedService.Common_LS_cumulusdatabase",
            "linkedService.Common_LS_cumulusfunctions",
            "linkedService.Ingest_LS_SQLDB_SQLAuth",
            "linkedService.Ingest_LS_SQLServer_SQLAuth",
            "linkedService.Ingest_LS_SQLServer_WinAuth",
            "pipeline.Ingest_PL_D365",
            "pipeline.Ingest_PL_MSSQL",
            "pipeline.Ingest_PL_Merge",
            "pipeline.Ingest_PL_Oracle",
            "pipeline.Transform_PL_Managed",
            "pipeline.Transform_PL_Unmanaged",
            "trigger.FunctionalTestingTrigger",
        },
    ),
}
"""Pairs of different dates: how many objects are equal, and which of those that both hold people edited in between."""

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no shared data")


def differing(one: Factory, other: Factory) -> dict[str, set[str]]:
    """Where the objects that both hold differ, or nobody could tell, whichever of the two is the source."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for named in one.objects.keys() & other.objects.keys():
        first, second = one.objects[named], other.objects[named]
        for comparison in (compare(first, second), compare(second, first)):
            paths = (*(each.path for each in comparison.differences), *comparison.hidden)
            found[str(first.ref)].update(spell(path[1:]) for path in paths)
    return {address: paths for address, paths in found.items() if paths}


@pytest.mark.parametrize("name", PAIRS)
def test_a_folder_and_its_template_are_one_model_but_for_what_is_listed(name: str) -> None:
    read, template = PAIRS[name].forms()
    assert sorted(map(str, read.objects)) == sorted(map(str, template.objects))
    assert differing(read, template) == {address: {*paths} for address, paths in PAIRS[name].differing.items()}
    needing = {str(each.ref) for each in read.objects.values() if each.needs != template.objects[each.ref].needs}
    assert needing == PAIRS[name].undeployable
    assert template.resource == {}, "the export leaves the factory itself out"


@pytest.mark.parametrize("name", OLDER)
def test_what_pairs_of_different_dates_share_is_equal_but_for_what_was_edited(name: str) -> None:
    pair, equal, edited = OLDER[name]
    read, template = pair.forms()
    assert {*differing(read, template)} == edited
    assert len(read.objects.keys() & template.objects.keys()) == equal + len(edited)


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureClients]:
    with running(tmp_path_factory.mktemp("sandbox")) as sandbox, clients(sandbox) as opened:
        yield opened


def written(plan: Plan) -> set[str]:
    """What the plan would change: not what is only sent again since Azure hides its secret."""
    idle = (Action.KEEP, Action.RESEND)
    assert all(each.action in (*idle, Action.UPDATE) for each in plan.changes), "nothing comes and nothing goes"
    return {str(each.ref) for each in plan.changes if each.action not in idle}


@pytest.mark.parametrize("back", [False, True], ids=["folder first", "template first"])
@pytest.mark.parametrize("name", PAIRS)
def test_where_one_form_was_deployed_the_other_changes_only_what_is_listed(
    name: str, azure: AzureClients, back: bool
) -> None:
    pair = PAIRS[name]
    forms = [
        form.with_objects(each for each in form.objects.values() if str(each.ref) not in pair.undeployable)
        for form in pair.forms()
    ]
    first, then = reversed(forms) if back else forms
    target = AzureTarget(azure, f"{name.lower()}-{'template' if back else 'folder'}")
    outcome = target.deploy(target.plan(first))
    assert outcome.exit_code == 0, outcome.problems
    plan = target.plan(then, delete_not_in_source=True)
    assert written(plan) == pair.differing.keys() - pair.undeployable
