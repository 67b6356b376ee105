"""What a plan needs of Azure, and what the facts say against it."""

from typing import Any

import pytest

from ecluse.errors import Code, Notice, Problem
from ecluse.model.objects import AdfObject, ObjectRef, ref
from ecluse.plan.needs import JOURNAL, Need, Without, needs
from ecluse.plan.plan import Action, Change, Plan, Reason, Target
from ecluse.plan.preflight import (
    Facts,
    Lock,
    Permission,
    PipelineRun,
    Questions,
    Unread,
    notices,
    pipelines_at_stake,
    problems,
    questions,
)
from ecluse.plan.steps import CreateFactory, DeleteObject, DeployTemplate, PutObject, StartTrigger, Step, StopTrigger

TARGET = Target("s", "rg", "adf")
FACTORY, GROUP = TARGET.factory_id, "/subscriptions/s/resourceGroups/rg"
STORAGE = "/subscriptions/s/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/files"
SHARED = "/subscriptions/s/resourceGroups/x/providers/Microsoft.DataFactory/factories/f/integrationruntimes/ir"
ADF = "Microsoft.DataFactory/factories"
EVENTS = "Microsoft.EventGrid/eventSubscriptions/write"
P, T, E, IR, DS = (
    ref("pipeline", "P"),
    ref("trigger", "T"),
    ref("trigger", "E"),
    ref("integrationRuntime", "IR"),
    ref("dataset", "DS"),
)
EVERYTHING = (Permission(("*",)),)


def event(scope: Any = STORAGE) -> dict[ObjectRef, AdfObject]:
    return {E: AdfObject(E, {"properties": {"type": "BlobEventsTrigger", "typeProperties": {"scope": scope}}})}


def template(*refs: ObjectRef) -> DeployTemplate:
    return DeployTemplate(1, refs, {}, {})


def plan(*steps: Step, exists: bool = True, changes: tuple[Change, ...] = ()) -> Plan:
    return Plan(Target("s", "rg", "adf", exists=exists), changes, (), steps)


def rights(
    made: Plan, source: dict[ObjectRef, AdfObject] | None = None, live: dict[ObjectRef, AdfObject] | None = None
) -> set[tuple[str, str]]:
    """What is needed or the plan is refused: action and scope."""
    return {
        (need.action, need.scope) for need in needs(made, source or {}, live or {}) if need.without is Without.REFUSED
    }


def verdict(made: Plan, facts: Facts, source: dict[ObjectRef, AdfObject] | None = None) -> list[Problem]:
    return list(problems(made, needs(made, source or {}, source or {}), facts))


def remarks(made: Plan, facts: Facts, source: dict[ObjectRef, AdfObject] | None = None) -> list[Notice]:
    return list(notices(made, needs(made, source or {}, source or {}), facts))


def on(factory: Any = EVERYTHING, group: Any = EVERYTHING, **more: Any) -> Facts:
    return Facts(permissions={FACTORY: factory, GROUP: group}, **more)


DEPLOYMENTS = {(f"Microsoft.Resources/deployments/{verb}", GROUP) for verb in ("write", "read", "validate/action")}


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ([PutObject(P, {})], {(f"{ADF}/pipelines/write", FACTORY)}),
        ([template(P, DS)], {(f"{ADF}/pipelines/write", FACTORY), (f"{ADF}/datasets/write", FACTORY), *DEPLOYMENTS}),
        ([DeleteObject(DS)], {(f"{ADF}/datasets/delete", FACTORY)}),
        ([StopTrigger(T)], {(f"{ADF}/triggers/stop/action", FACTORY)}),
        ([StartTrigger(T)], {(f"{ADF}/triggers/start/action", FACTORY)}),
        (
            [StopTrigger(E, event=True)],
            {
                (f"{ADF}/triggers/{verb}/action", FACTORY)
                for verb in ("stop", "unsubscribefromevents", "geteventsubscriptionstatus")
            },
        ),
        (
            [StartTrigger(E, event=True)],
            {
                (EVENTS, STORAGE),
                *(
                    (f"{ADF}/triggers/{verb}/action", FACTORY)
                    for verb in ("start", "subscribetoevents", "geteventsubscriptionstatus")
                ),
            },
        ),
        ([PutObject(E, {})], {(EVENTS, STORAGE), (f"{ADF}/triggers/write", FACTORY)}),
        ([template(E)], {(EVENTS, STORAGE), (f"{ADF}/triggers/write", FACTORY), *DEPLOYMENTS}),
        ([PutObject(ref("managedPrivateEndpoint", "M"), {})],
         {(f"{ADF}/managedVirtualNetworks/managedPrivateEndpoints/write", FACTORY)}),
    ],
)  # fmt: skip
def test_each_step_needs_its_rights_and_no_others(steps: list[Step], wanted: set[tuple[str, str]]) -> None:
    assert rights(plan(*steps), event(), event()) == wanted


@pytest.mark.parametrize(("step", "verb"), [(StopTrigger, "stop"), (StartTrigger, "start")])
def test_a_capture_has_rights_of_its_own_whose_lack_is_told_and_not_refused(
    step: type[StopTrigger | StartTrigger], verb: str
) -> None:
    made = plan(step(ref("adfcdc", "C")))
    asked = {need.action for need in needs(made, {}, {}) if ADF in need.action}
    assert asked == {f"{ADF}/adfcdcs/{verb}/action"}
    facts = on(factory=(Permission((f"{ADF}/read", f"{ADF}/adfcdcs/write")),))
    assert verdict(made, facts) == []
    assert any(f"adfcdcs/{verb}/action" in notice.message for notice in remarks(made, facts))


def test_a_factory_that_is_not_there_is_asked_of_its_group() -> None:
    made = plan(CreateFactory({}), PutObject(P, {}), exists=False)
    assert rights(made) == {(f"{ADF}/write", GROUP), (f"{ADF}/pipelines/write", GROUP)}


def test_what_is_written_is_asked_for_as_it_is_in_the_source_and_all_else_as_it_is_live() -> None:
    other = STORAGE.replace("files", "other")
    assert (EVENTS, other) in rights(plan(PutObject(E, {})), event(other), event())
    assert (EVENTS, STORAGE) in rights(plan(StartTrigger(E, event=True)), event(other), event())


def test_the_journal_wants_deployments_and_only_tells_when_it_has_none() -> None:
    made = plan(StopTrigger(T), PutObject(P, {}))
    lesser = [need.action for need in needs(made, {}, {}) if need.without is Without.NO_REMOTE_JOURNAL]
    assert lesser == list(JOURNAL)
    nothing = (Permission(("Microsoft.DataFactory/*",)),)
    assert verdict(made, on(group=nothing)) == []
    (told,) = remarks(made, on(group=nothing))
    assert (told.code, told.message.startswith("local journal only")) == (Code.PERMISSION_MISSING, True)


def test_a_link_to_a_shared_runtime_without_its_right_is_told_and_not_refused() -> None:
    linked = {IR: AdfObject(IR, {"properties": {"typeProperties": {"linkedInfo": {"resourceId": SHARED}}}})}
    made = plan(PutObject(IR, {}))
    facts = Facts(permissions={FACTORY: EVERYTHING, GROUP: EVERYTHING, SHARED: (Permission(("*/read",)),)})
    assert verdict(made, facts, linked) == []
    (told,) = remarks(made, facts, linked)
    assert SHARED in told.message


@pytest.mark.parametrize(
    ("actions", "not_actions", "allowed"),
    [
        (["*"], [], True),
        (["*/write"], [], True),
        (["Microsoft.DataFactory/*"], [], True),
        (["microsoft.datafactory/FACTORIES/pipelines/WRITE"], [], True),
        (["Microsoft.DataFactory/factories/*/write"], [], True),
        (["*"], ["Microsoft.DataFactory/factories/pipelines/write"], False),
        (["*"], ["*/Write"], False),
        (["*/read"], [], False),
        (["Microsoft.DataFactory/factories/pipelines"], [], False),
        (["Microsoft.DataFactory.factories.pipelines.write"], [], False),
        ([], [], False),
    ],
)
def test_wildcards_and_exceptions_are_read_as_azure_does(
    actions: list[str], not_actions: list[str], allowed: bool
) -> None:
    assert Permission(tuple(actions), tuple(not_actions)).allows(f"{ADF}/pipelines/write") is allowed


def test_what_one_role_takes_out_another_may_give() -> None:
    two = (Permission(("*",), ("Microsoft.DataFactory/*/write",)), Permission((f"{ADF}/pipelines/write",)))
    assert verdict(plan(PutObject(P, {})), on(two)) == []


def test_all_missing_rights_are_told_at_once_with_scope_and_role() -> None:
    reader = (Permission(("*/read",)),)
    made = plan(StopTrigger(T), template(P), DeleteObject(DS), StartTrigger(E, event=True))
    facts = Facts(permissions={FACTORY: reader, GROUP: reader, STORAGE: ()})
    found = verdict(made, facts, event())
    assert {each.code for each in found} == {Code.PERMISSION_MISSING}
    factory, group, storage = sorted(found, key=lambda each: [FACTORY, GROUP, STORAGE].index(each.message.split()[-1]))
    for action in ("triggers/stop/action", "pipelines/write", "datasets/delete", "triggers/start/action"):
        assert f"{ADF}/{action}" in factory.message
    assert "'Data Factory Contributor'" in factory.remedy
    assert "Microsoft.Resources/deployments/write" in group.message
    assert "deployments/read" not in group.message
    assert (EVENTS in storage.message, storage.subject) == (True, "trigger.E")
    assert "'EventGrid EventSubscription Contributor'" in storage.remedy


def test_what_could_not_be_read_is_a_warning_with_its_reason_and_no_refusal() -> None:
    away = Unread("AuthorizationFailed: no")
    made = plan(PutObject(P, {}), DeleteObject(DS), StartTrigger(E, event=True))
    facts = Facts(
        permissions={FACTORY: away, GROUP: away, STORAGE: away},
        locks=away,
        providers={"Microsoft.EventGrid": away},
        runs=away,
    )
    assert verdict(made, facts, event()) == []
    told = remarks(made, facts, event())
    assert len(told) == 6
    assert all(each.code is Code.PREFLIGHT and each.warning and away.reason in each.message for each in told)


@pytest.mark.parametrize("exists", [True, False])
def test_an_answer_that_denies_what_was_just_read_is_not_believed(exists: bool) -> None:
    made = plan(PutObject(P, {}), exists=exists)
    facts = on(factory=(), group=()) if exists else Facts(permissions={GROUP: ()})
    assert verdict(made, facts) == []
    assert Code.PREFLIGHT in {each.code for each in remarks(made, facts)}


def test_a_source_of_events_that_is_no_resource_id_is_a_warning() -> None:
    made = plan(StartTrigger(E, event=True))
    (told,) = remarks(made, on(), event("@concat('x')"))
    assert (told.code, "trigger.E" in told.message) == (Code.PREFLIGHT, True)


@pytest.mark.parametrize("scope", ["/subscriptions/s", GROUP, FACTORY, FACTORY.upper(), f"{FACTORY}/pipelines/P"])
def test_a_read_only_lock_is_in_the_way_of_everything_below_it(scope: str) -> None:
    (found,) = verdict(plan(PutObject(P, {})), on(locks=(Lock("freeze", "ReadOnly", scope),)))
    assert (found.code, "'freeze'" in found.message, scope in found.message) == (Code.LOCKED, True, True)


@pytest.mark.parametrize("step", [StopTrigger(T), StartTrigger(T), DeleteObject(T)])
def test_a_read_only_lock_is_in_the_way_of_stops_and_starts_too(step: Step) -> None:
    assert len(verdict(plan(step), on(locks=(Lock("freeze", "ReadOnly", GROUP),)))) == 1


@pytest.mark.parametrize(
    "scope", [f"{FACTORY}2", f"{GROUP}x", STORAGE, f"{FACTORY}/pipelines/P2", f"{FACTORY}/triggers/P"]
)
def test_a_lock_beside_the_plan_is_in_nobodys_way(scope: str) -> None:
    assert verdict(plan(PutObject(P, {})), on(locks=(Lock("freeze", "ReadOnly", scope),))) == []


def test_a_lock_against_deletions_refuses_exactly_those() -> None:
    lock = Lock("keep", "CanNotDelete", GROUP)
    assert verdict(plan(StopTrigger(T), PutObject(P, {})), on(locks=(lock,))) == []
    (found,) = verdict(plan(PutObject(P, {}), DeleteObject(DS)), on(locks=(lock,)))
    assert "dataset.DS" in found.message
    assert "pipeline.P" not in found.message


def test_event_grid_must_be_registered_where_a_trigger_is_subscribed() -> None:
    made = plan(StartTrigger(E, event=True))
    (found,) = verdict(made, on(providers={"Microsoft.EventGrid": "NotRegistered"}), event())
    assert (found.code, "az provider register" in found.remedy) == (Code.PROVIDER_MISSING, True)
    assert verdict(made, on(providers={"Microsoft.EventGrid": "Registered"}), event()) == []


def test_pipelines_at_work_are_a_warning_that_names_them() -> None:
    runs = tuple(PipelineRun(f"P{number}", "r", "InProgress", "now") for number in range(12))
    (told,) = remarks(plan(PutObject(P, {})), on(runs=runs))
    assert (told.code, "P0 (InProgress since now, run r)" in told.message) == (Code.PIPELINES_RUNNING, True)
    assert "and 2 more" in told.message
    assert remarks(plan(PutObject(P, {})), on(runs=())) == []


def test_only_pipelines_that_are_there_and_change_can_be_at_work() -> None:
    actions = {
        "new": Action.CREATE,
        "same": Action.KEEP,
        "up": Action.UPDATE,
        "again": Action.RESEND,
        "old": Action.DELETE,
    }
    changes = [Change(ref("pipeline", name), action, Reason.EQUAL) for name, action in actions.items()]
    made = plan(changes=(*changes, Change(DS, Action.UPDATE, Reason.DIFFERENT)))
    assert pipelines_at_stake(made) == ("up", "again", "old")


def test_a_plan_without_steps_asks_nothing() -> None:
    change = Change(P, Action.UPDATE, Reason.EQUAL)
    assert questions(plan(changes=(change,)), (), runs=True) == Questions()


def test_what_is_asked_is_what_the_plan_needs() -> None:
    made = plan(StartTrigger(E, event=True), PutObject(P, {}), changes=(Change(P, Action.UPDATE, Reason.DIFFERENT),))
    needed: tuple[Need, ...] = needs(made, event(), event())
    asked = questions(made, needed, runs=True)
    assert set(asked.scopes) == {FACTORY, GROUP, STORAGE}
    assert (asked.locks_of, asked.providers, asked.pipelines) == (FACTORY, ("Microsoft.EventGrid",), ("P",))
    assert questions(made, needed, runs=False).pipelines == ()
