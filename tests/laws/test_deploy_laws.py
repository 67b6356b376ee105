"""The laws that every deployment keeps, over generated factories and the real SDK clients on the sandbox."""

import copy
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecluse.errors import Code, Refused
from ecluse.jsontree import Missing, leaves, replace
from ecluse.model.objects import AdfObject, Factory, ObjectRef
from ecluse.model.secrets import is_secret
from ecluse.plan.live import LiveFactory
from ecluse.plan.make import make
from ecluse.plan.normalise import RULES, matches
from ecluse.plan.plan import Action, Plan
from ecluse.plan.steps import DeployTemplate
from tests.azure_target import AzureTarget, clients, lasting
from tests.factories import inputs, live
from tests.laws.generated import Case, cases, factories
from tests.sandbox_process import running

WRITES = (Action.CREATE, Action.UPDATE, Action.DELETE)
SLOW = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    directory: Path = tmp_path_factory.mktemp("sandbox")
    with running(directory) as sandbox, clients(sandbox) as opened:
        names = (f"adf-law-{number}" for number in itertools.count())
        yield lambda: AzureTarget(opened, next(names))


def writes(plan: Plan) -> list[tuple[str, Action]]:
    return [(str(change.ref), change.action) for change in plan.changes if change.action in WRITES]


@SLOW
@given(case=cases(), method=st.sampled_from(["arm", "rest"]))
def test_after_a_deploy_the_next_plan_changes_nothing_and_what_ran_still_runs(
    azure: Any, case: Case, method: str
) -> None:
    target: AzureTarget = azure()
    wishes = dict.fromkeys(case.running, True)

    outcome = target.deploy(target.plan(case.first, wishes, method=method))
    assert outcome.exit_code == 0, outcome.problems
    assert target.live().running == case.running
    assert writes(target.plan(case.first)) == []

    options: dict[str, Any] = {
        "delete_not_in_source": True,
        "max_deletes": 99,
        "delete_kinds": _all_kinds(),
        "method": method,
    }
    plan = target.plan(case.second, **options)
    outcome = target.deploy(plan)
    assert outcome.exit_code == 0, outcome.problems
    assert target.live().running == case.running & case.second.objects.keys()
    assert writes(target.plan(case.second, delete_not_in_source=True, delete_kinds=_all_kinds())) == []


@SLOW
@given(case=cases())
def test_both_methods_end_in_the_same_state(azure: Any, case: Case) -> None:
    ends = [_end(azure(), case, method) for method in ("arm", "rest")]
    assert ends[0] == ends[1]


def _end(target: AzureTarget, case: Case, method: str) -> tuple[dict[str, Any], frozenset[ObjectRef]]:
    """The live factory after both versions of the case, less what Azure makes up anew for each factory and write."""
    wishes = dict.fromkeys(case.running, True)
    deletes: dict[str, Any] = {"delete_not_in_source": True, "max_deletes": 99}
    for source, options in ((case.first, {}), (case.second, deletes)):
        plan = target.plan(source, wishes, method=method, delete_kinds=_all_kinds(), **options)
        assert any(isinstance(step, DeployTemplate) for step in plan.steps) <= (method == "arm")
        outcome = target.deploy(plan)
        assert outcome.exit_code == 0, outcome.problems
    live = target.live()
    bodies = {str(at): lasting(dict(each.body)) for at, each in live.factory.objects.items()}
    return bodies, live.running


def _all_kinds() -> frozenset[str]:
    return frozenset({"integrationRuntime", "linkedService", "dataset", "pipeline", "trigger"})


@given(case=cases(), stop=st.sampled_from(["active", "changed", "affected"]))
def test_no_stage_changes_its_input(case: Case, stop: str) -> None:
    source, target = case.second, live(*case.first.objects.values(), running=[at.name for at in case.running])
    before = copy.deepcopy((dict(source.objects), dict(target.factory.objects)))
    make(inputs(source, target, trigger_stop=stop))
    assert (dict(source.objects), dict(target.factory.objects)) == before


@given(case=cases())
def test_the_same_inputs_make_the_same_plan(case: Case) -> None:
    target = live(*case.first.objects.values())
    assert make(inputs(case.second, target)) == make(inputs(case.second, target))


@given(factory=factories(), data=st.data())
def test_a_change_of_any_one_leaf_shows_as_an_update_or_a_refusal(factory: Factory, data: st.DataObject) -> None:
    candidates = [(at, path) for at, each in factory.objects.items() for path in _telling_leaves(each)]
    if not candidates:
        return
    at, path = data.draw(st.sampled_from(candidates))
    original = factory.objects[at]
    changed = original.with_body(replace(dict(original.body), path, "changed by the law"))
    source = factory.with_objects({**factory.objects, at: changed}.values())
    target = live(*factory.objects.values())
    assert _told(source, target) in ([(str(at), Action.UPDATE)], [(str(at), Code.FROZEN_FIELD)])


def _told(source: Factory, target: LiveFactory) -> list[tuple[str, Action | Code]]:
    """What the plan says that it writes, or what it refuses."""
    try:
        return [*writes(make(inputs(source, target, missing_reference="warn", global_parameters="replace")))]
    except Refused as refused:
        return [(each.subject, each.code) for each in refused.problems]


def _telling_leaves(each: AdfObject) -> Iterator[tuple[str | int, ...]]:
    """The leaves below `properties` whose change must show: no hidden secret, nothing that only Azure writes."""
    own = [rule.path for rule in RULES if each.ref.kind.word in rule.kinds and rule.effect.name == "READ_ONLY"]
    for path, value in leaves(dict(each.body)):
        parent = path[:-1]
        if (
            path[0] != "properties"
            or len(path) == 1
            or any(matches(rule, path) for rule in own)
            or isinstance(value, Missing)
        ):
            continue
        if not is_secret(path, value, parent) and path[-1] != "value":
            yield path


@given(factory=factories())
def test_no_secret_stands_in_what_is_sent_but_in_secure_parameters(factory: Factory) -> None:
    for step in make(inputs(factory, live())).steps:
        if isinstance(step, DeployTemplate):
            assert "s3cret" not in json.dumps(step.template)
            secure = {name for name, each in step.template["parameters"].items() if each["type"] == "secureString"}
            assert secure == step.parameters.keys()
