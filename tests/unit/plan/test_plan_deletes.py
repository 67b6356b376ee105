"""What is deleted, in which order, and what is refused before anything is."""

import shlex
from collections.abc import Iterable
from typing import Any

import pytest

from ecluse.errors import Code, Problem, Refused
from ecluse.model.objects import AdfObject
from ecluse.plan import deletes
from ecluse.plan.changes import changes
from ecluse.plan.inputs import PlanInputs
from ecluse.plan.live import LiveFactory
from ecluse.plan.make import make
from ecluse.plan.plan import Action, Plan
from ecluse.plan.steps import DeleteObject, StartTrigger, StopTrigger
from tests.factories import at, factory, inputs, live, pipeline, pointer, schedule, thing


def removal(source: Iterable[AdfObject], target: LiveFactory, *, kinds: Iterable[str] = (), **more: Any) -> PlanInputs:
    """Inputs that delete what the source does not have."""
    return inputs(factory(*source), target, **{"delete_not_in_source": True, "delete_kinds": frozenset(kinds), **more})


def deleted(plan: Plan) -> list[str]:
    return [str(step.ref) for step in plan.steps if isinstance(step, DeleteObject)]


def levels(given: PlanInputs) -> list[set[str]]:
    return [set(map(str, level)) for level in deletes.in_levels(given, changes(given))]


def action(plan: Plan, address: str) -> Action:
    return next(change.action for change in plan.changes if change.ref == at(address))


def detail(plan: Plan, address: str) -> str:
    return next(change.detail for change in plan.changes if change.ref == at(address))


def refusals(given: PlanInputs) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as refused:
        make(given)
    return refused.value.problems


def service(name: str, *, via: str = "", **properties: Any) -> AdfObject:
    more = {"connectVia": pointer("IntegrationRuntime", via)} if via else {}
    return thing(f"linkedService.{name}", {"type": "HttpServer", **more, **properties})


def dataset(name: str, linked_service: str) -> AdfObject:
    return thing(f"dataset.{name}", {"type": "Json", "linkedServiceName": pointer("LinkedService", linked_service)})


def copies(name: str, *datasets: str) -> AdfObject:
    uses = [{"name": f"use {each}", "type": "Copy", "inputs": [pointer("Dataset", each)]} for each in datasets]
    return pipeline(name, activities=uses)


KEPT = (pipeline("Kept"), service("Kept"), dataset("Kept", "Kept"), schedule("Kept"), thing("dataflow.Kept"))


def test_nothing_is_deleted_unless_asked() -> None:
    assert make(inputs(factory(pipeline("P")), live(pipeline("P"), pipeline("Q")))).count(Action.DELETE) == 0


def test_what_is_out_of_scope_is_not_deleted() -> None:
    plan = make(removal([pipeline("P")], live(pipeline("P"), pipeline("Q")), out=["pipeline.Q"]))
    assert deleted(plan) == []


def test_deletes_go_from_the_needing_to_the_needed_and_as_early_as_they_can() -> None:
    old = (
        schedule("T", "P"),
        copies("P", "D1", "D2"),
        dataset("D1", "L"),
        dataset("D2", "L"),
        service("L"),
        pipeline("Alone"),
    )
    given = removal(KEPT, live(*KEPT, *old))
    assert levels(given) == [
        {"trigger.T", "pipeline.Alone"},
        {"pipeline.P"},
        {"dataset.D1", "dataset.D2"},
        {"linkedService.L"},
    ]
    assert deleted(make(given))[-1] == "linkedService.L"


def test_an_order_of_thirteen_levels_and_hundreds_of_objects_is_kept() -> None:
    chains = [
        pipeline(f"L{level}_{n}", runs=[f"l{level + 1}_{n}"] if level < 12 else ())
        for level in range(13)
        for n in range(40)
    ]
    given = removal([pipeline("Kept")], live(pipeline("Kept"), *chains), max_deletes=520)
    assert [len(level) for level in deletes.in_levels(given, changes(given))] == [40] * 13
    assert levels(given)[0] == {f"pipeline.L0_{n}" for n in range(40)}


def test_an_object_that_an_excluded_one_needs_is_refused_by_both_names_and_the_rule() -> None:
    target = live(pipeline("A", runs=["B"]), pipeline("B"), pipeline("P"))
    (problem,) = refusals(removal([pipeline("P")], target, out=["pipeline.A"]))
    assert problem.subject == "pipeline.B"
    assert "pipeline.B would be deleted, but pipeline.A needs it and stays" in problem.message
    assert "-pipeline.A" in problem.message
    assert "--filter -pipeline.B" in problem.remedy


def kept_by(*holders: AdfObject) -> tuple[LiveFactory, list[AdfObject]]:
    return live(*holders, *KEPT, service("Old")), [*KEPT]


HOLDERS: dict[str, AdfObject] = {
    "a kind that is deleted by name only": thing(
        "integrationRuntime.Holder", {"type": "Managed", "typeProperties": {"x": pointer("LinkedService", "Old")}}
    ),
    "one that no switch can delete": thing("managedVirtualNetwork.default", {"x": pointer("LinkedService", "old")}),
}  # fmt: skip


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS.keys())
def test_an_object_that_one_needs_which_is_kept_for_its_kind_is_refused(holder: AdfObject) -> None:
    target, source = kept_by(holder)
    (problem,) = refusals(removal(source, target))
    assert f"linkedService.Old would be deleted, but {holder.ref} needs it" in problem.message


def test_an_unchanged_object_holds_what_it_refers_to() -> None:
    holder = dataset("Holder", "Old")
    (problem,) = refusals(removal([*KEPT, holder], live(*KEPT, holder, service("Old"))))
    assert "but dataset.Holder needs it" in problem.message


def test_an_updated_object_holds_what_it_refers_to_then_and_no_longer_what_it_did() -> None:
    target = live(*KEPT, dataset("D", "Old"), service("Old"), service("New"))
    plan = make(removal([*KEPT, dataset("D", "New"), service("New")], target))
    assert deleted(plan) == ["linkedService.Old"]
    (problem,) = refusals(removal([*KEPT, dataset("D", "New")], target))
    assert (problem.code, problem.subject) == (Code.DELETE_GUARD, "linkedService.New")


def test_what_an_excluded_object_would_refer_to_in_the_source_holds_nothing() -> None:
    target = live(*KEPT, dataset("D", "Old"), service("Old"))
    (problem,) = refusals(removal([*KEPT, dataset("D", "Kept")], target, out=["dataset.D"]))
    assert "but dataset.D needs it" in problem.message


def test_a_reference_that_the_source_drops_no_longer_keeps_an_object() -> None:
    target = live(pipeline("A", runs=["B"]), pipeline("B"))
    assert deleted(make(removal([pipeline("A")], target))) == ["pipeline.B"]


def test_many_holders_are_one_problem_that_counts_them() -> None:
    holders = [dataset(f"D{n}", "Old") for n in range(7)]
    (problem,) = refusals(removal([*KEPT, *holders], live(*KEPT, *holders, service("Old"))))
    assert "dataset.D0, dataset.D1, dataset.D2 and 4 more need it and stay" in problem.message


def test_live_objects_that_refer_to_each_other_in_a_circle_are_refused_by_name() -> None:
    old = [pipeline("A", runs=["B"]), pipeline("B", runs=["C"]), pipeline("C", runs=["A"]), pipeline("D", runs=["A"])]
    (problem,) = refusals(removal(KEPT, live(*KEPT, *old)))
    assert problem.code is Code.DELETE_GUARD
    assert "pipeline.A → pipeline.B → pipeline.C → pipeline.A" in problem.message
    assert "--filter -pipeline.A --filter -pipeline.B --filter -pipeline.C" in problem.remedy


def test_a_circle_over_kinds_is_found_and_every_separate_circle_is_told() -> None:
    flow = thing("dataflow.F", {"x": pointer("Dataset", "F")})
    data = thing("dataset.F", {"x": pointer("DataFlow", "f")})
    old = [flow, data, pipeline("A", runs=["B"]), pipeline("B", runs=["A"]), pipeline("Self", runs=["Self"])]
    problems = refusals(removal(KEPT, live(*KEPT, *old)))
    told = {problem.message.rpartition(": ")[2] for problem in problems}
    assert told == {"dataflow.F → dataset.F → dataflow.F", "pipeline.A → pipeline.B → pipeline.A"}


def test_thousands_of_circles_are_told_in_one_go() -> None:
    old = [pipeline(f"P{n}", runs=[f"P{n ^ 1}"]) for n in range(4000)]
    problems = refusals(removal(KEPT, live(*KEPT, *old), max_deletes=4000))
    assert len(problems) == 2000


def test_a_kind_is_not_emptied_by_accident() -> None:
    (problem,) = refusals(removal([pipeline("P")], live(thing("dataset.A"), thing("dataset.B"))))
    assert "all 2 live objects of kind dataset" in problem.message
    assert "--delete-kinds dataset" in problem.remedy


def test_a_kind_is_emptied_when_it_is_named() -> None:
    plan = make(removal([pipeline("P")], live(thing("dataset.A"), thing("dataset.B")), kinds=["dataset"]))
    assert deleted(plan) == ["dataset.A", "dataset.B"]


def test_a_source_of_nothing_empties_no_factory_of_thousands() -> None:
    target = live(*(pipeline(f"P{n}") for n in range(2500)), *(thing(f"dataset.D{n}") for n in range(2500)))
    problems = refusals(removal([], target))
    assert len(problems) == 3
    assert "5000 objects would be deleted, more than --max-deletes 20" in problems[0].message


def test_more_deletes_than_allowed_are_refused() -> None:
    target = live(pipeline("P"), *(pipeline(f"Old{n}") for n in range(4)))
    (problem,) = refusals(removal([pipeline("P")], target, max_deletes=3))
    assert "more than --max-deletes 3" in problem.message
    assert make(removal([pipeline("P")], target, max_deletes=4)).count(Action.DELETE) == 4


BY_NAME = {
    "integrationRuntime": thing("integrationRuntime.I-1", {"type": "SelfHosted"}),
    "managedPrivateEndpoint": thing("managedPrivateEndpoint.E", {"privateLinkResourceId": "/x", "groupId": "blob"}),
    "credential": thing("credential.C", {"type": "ManagedIdentity"}),
    "globalParameters": thing("globalParameters.default", {"env": {"type": "string", "value": "x"}}),
}
NETWORK = thing("managedVirtualNetwork.default")


@pytest.mark.parametrize("kind", BY_NAME)
def test_some_kinds_are_deleted_only_when_they_are_named(kind: str) -> None:
    each = BY_NAME[kind]
    kept = make(removal([*KEPT, NETWORK], live(*KEPT, NETWORK, each), kinds=["pipeline"]))
    assert action(kept, str(each.ref)) is Action.KEEP
    assert f"--delete-kinds {kind}" in detail(kept, str(each.ref))
    assert deleted(make(removal([*KEPT, NETWORK], live(*KEPT, NETWORK, each), kinds=[kind]))) == [str(each.ref)]


def test_a_network_that_is_named_is_refused_since_azure_can_delete_none() -> None:
    (problem,) = refusals(removal(KEPT, live(*KEPT, NETWORK), kinds=["managedVirtualNetwork"]))
    assert (problem.code, problem.subject) == (Code.DELETE_GUARD, "managedVirtualNetwork.default")
    assert "Azure can't delete one" in problem.message


@pytest.mark.parametrize("source", [(*KEPT, NETWORK), KEPT], ids=["it is in the source", "its kind is not named"])
def test_a_network_that_nobody_wants_gone_stays(source: tuple[AdfObject, ...]) -> None:
    kinds = ["managedVirtualNetwork"] if NETWORK in source else []
    assert (
        action(make(removal(source, live(*KEPT, NETWORK), kinds=kinds)), "managedVirtualNetwork.default") is Action.KEEP
    )


def test_the_runtime_that_every_factory_has_is_never_deleted() -> None:
    own = thing("integrationRuntime.autoresolveintegrationruntime", {"type": "Managed"})
    plan = make(removal(KEPT, live(*KEPT, own), kinds=["integrationRuntime"]))
    assert action(plan, "integrationRuntime.AutoResolveIntegrationRuntime") is Action.KEEP
    assert "Data Factory's own" in detail(plan, "integrationRuntime.AutoResolveIntegrationRuntime")


EVENT = {"type": "BlobEventsTrigger", "runtimeState": "Started", "typeProperties": {"scope": "/s", "events": []}}


def test_a_trigger_that_goes_is_stopped_first_and_never_started() -> None:
    old = (schedule("Old", "Kept", state="Started"), thing("trigger.Files", EVENT))
    plan = make(removal(KEPT, live(*KEPT, *old, running=["Old", "Files"])))
    kinds = [(type(step), str(step.ref)) for step in plan.steps if isinstance(step, (StopTrigger, DeleteObject))]
    assert sorted(kinds[:2], key=str) == [(StopTrigger, "trigger.Files"), (StopTrigger, "trigger.Old")]
    assert sorted(kinds[2:], key=str) == [(DeleteObject, "trigger.Files"), (DeleteObject, "trigger.Old")]
    assert [step.event for step in plan.stops() if step.ref == at("trigger.Files")] == [True]
    assert not any(isinstance(step, StartTrigger) for step in plan.steps)


def test_same_names_of_different_kinds_are_different_objects() -> None:
    target = live(*KEPT, copies("Orders", "Orders"), dataset("Orders", "Orders"), service("Orders"))
    assert deleted(make(removal(KEPT, target))) == ["pipeline.Orders", "dataset.Orders", "linkedService.Orders"]
    holder = copies("Orders", "Orders")
    (problem,) = refusals(
        removal([*KEPT, holder], live(*KEPT, holder, dataset("Orders", "Kept")), missing_reference="warn")
    )
    assert "dataset.Orders would be deleted, but pipeline.Orders needs it" in problem.message


def test_a_name_in_another_case_is_the_same_object() -> None:
    assert deleted(make(removal([*KEPT, pipeline("ORDERS")], live(*KEPT, pipeline("orders"))))) == []


@pytest.mark.parametrize("name", ["a b", "A-B_c", "it's", 'say "x"', "$(x)", "(a), [b]", "é 漢", "-x", "a;b|c!@{}=~^`"])
def test_a_name_of_any_allowed_character_can_be_deleted_and_its_refusal_pasted(name: str) -> None:
    assert deleted(make(removal(KEPT, live(*KEPT, service(name))))) == [f"linkedService.{name}"]
    holder = dataset("Holder", name)
    (problem,) = refusals(removal([*KEPT, holder], live(*KEPT, holder, service(name))))
    pasted = shlex.split(problem.remedy.partition("--filter ")[2])[0]
    assert pasted.startswith(f"-linkedService.{name}")


def test_the_order_is_the_same_whatever_the_order_of_the_live_objects() -> None:
    old: list[AdfObject] = [copies("P", "D"), dataset("D", "L"), service("L")]
    one, other = (removal(KEPT, live(*KEPT, *some)) for some in (old, old[::-1]))
    assert deleted(make(one)) == deleted(make(other)) == ["pipeline.P", "dataset.D", "linkedService.L"]


def test_the_steps_know_what_may_go_at_the_same_time() -> None:
    old = (copies("P", "D1", "D2"), dataset("D1", "L"), dataset("D2", "L"), service("L"))
    plan = make(removal(KEPT, live(*KEPT, *old)))
    steps = {str(step.ref): step.level for step in plan.steps if isinstance(step, DeleteObject)}
    assert steps == {"pipeline.P": 0, "dataset.D1": 1, "dataset.D2": 1, "linkedService.L": 2}
