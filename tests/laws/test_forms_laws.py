"""One factory, whichever form its source has: what is deployed from one form is no change in the other."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecluse.jsontree import Json
from ecluse.model.objects import Factory
from ecluse.plan.compare import compare
from ecluse.plan.normalise import normalised
from ecluse.plan.plan import Action, Plan
from ecluse.sources.parameters import read_inputs
from ecluse.sources.source import read
from tests.azure_target import AzureTarget, clients, lasting
from tests.factories import TARGET
from tests.laws.generated import factories
from tests.laws.written import as_folder, as_template
from tests.sandbox_process import running

# A template without resources is none.
FACTORIES = factories().filter(lambda made: any(each.properties for each in made.objects.values()))


def both(factory: Factory) -> tuple[Factory, Factory]:
    """The factory, written as a folder and as a template, and read again."""
    with tempfile.TemporaryDirectory() as name:
        folder = read(as_folder(factory, Path(name, "folder")), TARGET)
        path, values = as_template(factory, Path(name, "template"))
        template = read(path, TARGET, read_inputs([values]))
    assert "folders of JSON" in folder.described
    assert "ARM template" in template.described
    return folder.factory, template.factory


@settings(max_examples=50)
@given(factory=FACTORIES)
def test_a_folder_and_its_template_are_one_factory(factory: Factory) -> None:
    folder, template = both(factory)
    assert sorted(map(str, folder.objects)) == sorted(map(str, template.objects))
    for at, each in folder.objects.items():
        other = template.objects[at]
        assert (compare(each, other).differences, compare(other, each).differences) == ((), ())
        assert each.needs == other.needs


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], AzureTarget]]:
    """Makes factories that are not there yet."""
    with running(tmp_path_factory.mktemp("sandbox")) as sandbox, clients(sandbox) as opened:
        names = (f"adf-form-{number}" for number in itertools.count())
        yield lambda: AzureTarget(opened, next(names))


def changes(plan: Plan) -> list[str]:
    return [f"{each.action} {each.ref}" for each in plan.changes if each.action not in (Action.KEEP, Action.RESEND)]


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(factory=FACTORIES, methods=st.permutations(["arm", "rest"]))
def test_deploying_one_form_leaves_nothing_to_do_for_the_other(
    new: Callable[[], AzureTarget], factory: Factory, methods: list[str]
) -> None:
    forms = both(factory)
    ends = [_end(new(), first, then, how) for first, then, how in zip(forms, reversed(forms), methods, strict=True)]
    assert ends[0] == ends[1]


def _end(target: AzureTarget, first: Factory, then: Factory, method: str) -> dict[str, Json]:
    """What is live after one form was deployed and the other found nothing to do."""
    outcome = target.deploy(target.plan(first, method=method))
    assert outcome.exit_code == 0, outcome.problems
    assert changes(target.plan(then, method=method, delete_not_in_source=True)) == []
    live = target.live().factory.objects
    return {str(at): lasting(normalised(at.kind, each.properties)) for at, each in live.items()}
