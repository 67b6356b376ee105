"""Every template of the corpus by both methods: no change is left, and both end in the same live factory."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ecluse.azure.clients import AzureClients
from ecluse.errors import Code, Refused
from ecluse.jsontree import ABSENT, Secret, get, leaves, remove
from ecluse.model.objects import AdfObject
from ecluse.plan.plan import Action, Plan
from ecluse.sources import adf_publish
from ecluse.sources.parameters import ParameterInputs, SetValue
from tests.azure_target import AzureTarget, clients, lasting
from tests.ecluse_command import SHARED
from tests.sandbox_process import running

CORPUS = SHARED / "corpus" / "arm"
SETS = sorted(each.name for each in CORPUS.iterdir()) if CORPUS.is_dir() else []

REFUSED: dict[str, set[Code]] = {
    "Azure__Azure-DataFactory__3": {Code.PARAMETER_MISSING},  # a gallery template asks for the name of a linked service
    "bphc-tech__cib-multi-env-provisioning": {Code.REFERENCE_MISSING},  # refers to datasets that nobody has
}
"""The sets that can't be deployed as they are, and what is said of them."""

GIVEN: dict[str, tuple[SetValue, ...]] = {
    "Azure-Samples__modern-data-warehouse-dataops": (
        SetValue("AzureBlobFS_properties_typeProperties_serviceEndpoint", "https://lake.dfs.core.windows.net/"),
        SetValue("KeyVault_properties_typeProperties_baseUrl", "https://vault.vault.azure.net/"),
    ),
}
"""Values for the parameters that have none and are no secrets."""

pytestmark = pytest.mark.skipif(not SETS, reason="no shared data")


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureClients]:
    with running(tmp_path_factory.mktemp("sandbox")) as sandbox, clients(sandbox) as opened:
        yield opened


def real(plan: Plan) -> list[str]:
    writes = (Action.CREATE, Action.UPDATE, Action.DELETE)
    return [f"{change.action} {change.ref}" for change in plan.changes if change.action in writes]


@pytest.mark.parametrize("name", SETS)
def test_both_methods_deploy_it_and_end_alike(name: str, azure: AzureClients) -> None:
    ends = [_end(CORPUS / name, azure, method) for method in ("arm", "rest")]
    assert ends[0] == ends[1]
    assert isinstance(ends[0], dict) or ends[0] == REFUSED.get(name)


def _end(source: Path, azure: AzureClients, method: str) -> dict[str, Any] | set[Code]:
    """What is live after a deployment, or why it is refused."""
    target = AzureTarget(azure, re.sub(r"[^a-z0-9]+", "-", f"{method}-{source.name.casefold()}").strip("-")[:60])
    inputs = ParameterInputs(sets=GIVEN.get(source.name, ()), fill_missing_secrets=True)
    try:
        loaded = adf_publish.read(source, target.target, inputs)
        plan = target.plan(loaded.factory, method=method)
    except Refused as refused:
        return {each.code for each in refused.problems}
    outcome = target.deploy(plan)
    assert outcome.exit_code == 0, outcome.problems
    assert real(target.plan(loaded.factory, method=method)) == []
    live = target.live().factory.objects
    return {str(at): lasting(_shown(each, loaded.factory.objects[at])) for at, each in live.items()}


def _shown(live: AdfObject, source: AdfObject) -> Any:
    """What Azure shows without the secrets: how much of a secret it lets see depends on how it came there."""
    body: Any = dict(live.body)
    if live.ref.kind.word == "managedPrivateEndpoint":
        body = remove(body, ("properties", "resourceId"))  # it holds the factory's name
    for path, value in leaves(dict(source.body)):
        if isinstance(value, Secret) and get(body, path) is not ABSENT:
            body = remove(body, path)
    return body
