import shlex
from dataclasses import replace
from typing import Any

import pytest

from ecluse.configure.configure import configure
from ecluse.configure.override import Configuration, Override
from ecluse.configure.tokens import Variables
from ecluse.errors import Code, Refused, Where
from ecluse.jsontree import Missing, Secret
from ecluse.model.objects import AdfObject
from ecluse.plan.make import make
from ecluse.plan.plan import Action, Plan, Reason
from ecluse.plan.steps import CreateFactory, DeployTemplate, PutObject
from ecluse.select.scope import Decision, Scope
from tests.factories import at, factory, inputs, live, pipeline, pointer, schedule, thing


def action(plan: Plan, address: str) -> Action:
    return next(change.action for change in plan.changes if change.ref == at(address))


def deployed(plan: Plan) -> set[str]:
    return {str(ref) for step in plan.steps if isinstance(step, DeployTemplate) for ref in step.refs}


def test_an_object_that_the_target_lacks_is_created_and_deployed() -> None:
    plan = make(inputs(factory(pipeline("P")), live()))
    assert action(plan, "pipeline.P") is Action.CREATE
    assert deployed(plan) == {"pipeline.P"}


def test_an_unchanged_object_is_kept_and_not_deployed() -> None:
    plan = make(inputs(factory(pipeline("P")), live(pipeline("P"))))
    assert action(plan, "pipeline.P") is Action.KEEP
    assert plan.steps == ()
    assert not plan.has_changes


def test_a_changed_leaf_is_an_update_with_its_path() -> None:
    plan = make(inputs(factory(pipeline("P", description="new")), live(pipeline("P", description="old"))))
    (change,) = plan.changes
    assert change.action is Action.UPDATE
    (difference,) = change.differences
    assert (difference.path, difference.old, difference.new) == (("properties", "description"), "old", "new")


def test_a_difference_shows_both_sides_as_they_are_written() -> None:
    def event(scope: str) -> AdfObject:
        return thing("trigger.E", {"type": "BlobEventsTrigger", "typeProperties": {"scope": scope}})

    plan = make(inputs(factory(event("/Subscriptions/UAT")), live(event("/Subscriptions/DEV"))))
    (difference,) = plan.changes[0].differences
    assert (difference.old, difference.new) == ("/Subscriptions/DEV", "/Subscriptions/UAT")


LINKED = {"type": "AzureSqlDatabase", "typeProperties": {}}

SPELLINGS: dict[str, tuple[AdfObject, AdfObject]] = {
    "publish time": (pipeline("P"), pipeline("P", lastPublishTime="2026-01-01T00:00:00Z")),
    "trigger state": (schedule("T", state="Started"), schedule("T", state="Stopped")),
    "trigger times": (
        schedule("T", typeProperties={"recurrence": {"startTime": "2026-01-01T00:00:00.000Z"}}),
        schedule("T", typeProperties={"recurrence": {"startTime": "2026-01-01T00:00:00Z"}}),
    ),
    "case of a reference": (
        thing("dataset.D", {"linkedServiceName": pointer("LinkedService", "ls_a")}),
        thing("dataset.D", {"linkedServiceName": pointer("LinkedService", "LS_A")}),
    ),
    "encrypted credential": (
        thing("linkedService.L", LINKED),
        thing("linkedService.L", {**LINKED, "typeProperties": {"encryptedCredential": "eyJ"}}),
    ),
    "read-only network values": (
        thing("managedVirtualNetwork.default"),
        thing("managedVirtualNetwork.default", {"vNetId": "1", "alias": "a", "preventDataExfiltration": False}),
    ),
    "type name's case": (
        thing("linkedService.L", LINKED),
        thing("linkedService.L", {**LINKED, "type": "azureSqlDatabase"}),
    ),
}


@pytest.mark.parametrize(("source", "target"), SPELLINGS.values(), ids=SPELLINGS.keys())
def test_azures_spelling_is_no_difference(source: AdfObject, target: AdfObject) -> None:
    base = [pipeline("x"), thing("linkedService.LS_A")]
    plan = make(inputs(factory(source, *base), live(target, *base)))
    assert action(plan, str(source.ref)) is Action.KEEP


NO_SPELLINGS: dict[str, tuple[AdfObject, AdfObject]] = {
    "a date outside of triggers": (
        pipeline("P", description="2026-01-01T00:00:00Z"),
        pipeline("P", description="2026-01-01T00:00:00.000Z"),
    ),
    "case in a text": (pipeline("P", description="A"), pipeline("P", description="a")),
    "local time is not UTC": (
        schedule("T", typeProperties={"recurrence": {"startTime": "2026-01-01T00:00:00"}}),
        schedule("T", typeProperties={"recurrence": {"startTime": "2026-01-01T00:00:00Z"}}),
    ),
    "a number is no text": (pipeline("P", concurrency=1), pipeline("P", concurrency="1")),
    "true is not one": (pipeline("P", concurrency=1), pipeline("P", concurrency=True)),
    "order in a list": (pipeline("P", annotations=["a", "b"]), pipeline("P", annotations=["b", "a"])),
    "someone else's reference": (
        pipeline("P", x={"referenceName": "Note", "type": "NotebookReference"}),
        pipeline("P", x={"referenceName": "note", "type": "NotebookReference"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("source", "target"), NO_SPELLINGS.values(), ids=NO_SPELLINGS.keys())
def test_what_only_looks_like_spelling_is_an_update(source: AdfObject, target: AdfObject) -> None:
    plan = make(inputs(factory(source), live(target)))
    assert action(plan, str(source.ref)) is Action.UPDATE


def secure(value: str) -> dict[str, Any]:
    return {"type": "AzureSql", "typeProperties": {"password": {"type": "SecureString", "value": value}}}


HIDDEN: dict[str, tuple[dict[str, Any], dict[str, Any], Action]] = {
    "a masked secure string": (secure(Secret("s3cret")), secure("**********"), Action.RESEND),
    "an expression in a secure string, which Azure masks, too": (
        secure("@{linkedService().password}"),
        secure("**********"),
        Action.RESEND,
    ),
    "a stripped connection string": (
        {"typeProperties": {"connectionString": Secret("Server=a;Database=b;Password=x")}},
        {"typeProperties": {"connectionString": "Server=a;Database=b", "encryptedCredential": "e"}},
        Action.RESEND,
    ),
    "another server in a stripped connection string": (
        {"typeProperties": {"connectionString": Secret("Server=NEW;Database=b;Password=x")}},
        {"typeProperties": {"connectionString": "Server=a;Database=b", "encryptedCredential": "e"}},
        Action.UPDATE,
    ),
    "a signed address, of which Azure shows no query": (
        {"typeProperties": {"sasUri": Secret("https://a/c?sv=1&sig=x")}},
        {"typeProperties": {"sasUri": "https://a/c", "encryptedCredential": "e"}},
        Action.RESEND,
    ),
    "another address that is signed": (
        {"typeProperties": {"sasUri": Secret("https://NEW/c?sv=1&sig=x")}},
        {"typeProperties": {"sasUri": "https://a/c", "encryptedCredential": "e"}},
        Action.UPDATE,
    ),
    "a secret beside a real change": (
        {**secure(Secret("s3cret")), "description": "new"},
        secure("**********"),
        Action.UPDATE,
    ),
    "a vault secret where a literal stood": (
        {"typeProperties": {"password": {"type": "AzureKeyVaultSecret", "secretName": "n"}}},
        secure("**********"),
        Action.UPDATE,
    ),
    "a mask on both sides": (secure("**********"), secure("**********"), Action.KEEP),
    "a mask of another length": (secure("********"), secure("**********"), Action.KEEP),
    "a mask in a connection string": (
        {"typeProperties": {"connectionString": "Server=a;Password=*****"}},
        {"typeProperties": {"connectionString": "Server=a", "encryptedCredential": "e"}},
        Action.KEEP,
    ),
}


@pytest.mark.parametrize(("source", "target", "expected"), HIDDEN.values(), ids=HIDDEN.keys())
def test_a_hidden_secret_is_sent_again_and_hides_no_real_change(
    source: dict[str, Any], target: dict[str, Any], expected: Action
) -> None:
    plan = make(inputs(factory(thing("linkedService.L", source)), live(thing("linkedService.L", target))))
    assert action(plan, "linkedService.L") is expected
    assert plan.has_changes is (expected is Action.UPDATE)


def test_a_new_secret_where_azure_would_show_the_old_one_is_a_change() -> None:
    before, after = (
        thing("pipeline.P"),
        thing("pipeline.P", {"parameters": {"password": {"defaultValue": Secret("x")}}}),
    )
    assert action(make(inputs(factory(after), live(before))), "pipeline.P") is Action.UPDATE


def test_secrets_never_keeps_what_differs_in_nothing_else() -> None:
    source, target = (
        factory(thing("linkedService.L", secure(Secret("s")))),
        live(thing("linkedService.L", secure("***"))),
    )
    plan = make(inputs(source, target, secrets="never"))
    assert action(plan, "linkedService.L") is Action.KEEP


def test_an_excluded_object_is_neither_deployed_nor_deleted_and_says_its_rule() -> None:
    plan = make(
        inputs(
            factory(pipeline("P"), pipeline("Q")),
            live(pipeline("Gone")),
            out=["pipeline.P", "pipeline.Gone"],
            delete_not_in_source=True,
        )
    )
    assert deployed(plan) == {"pipeline.Q"}
    kept = {str(change.ref): change for change in plan.changes if change.reason is Reason.EXCLUDED}
    assert kept.keys() == {"pipeline.P", "pipeline.Gone"}
    assert "-pipeline.P" in kept["pipeline.P"].detail


def test_a_missing_reference_names_object_path_and_rule() -> None:
    user = thing("dataset.D", {"linkedServiceName": pointer("LinkedService", "L")})
    with pytest.raises(Refused) as refused:
        make(inputs(factory(user, thing("linkedService.L")), live(), out=["linkedService.L"]))
    (problem,) = refused.value.problems
    assert problem.code is Code.REFERENCE_MISSING
    assert problem.subject == "dataset.D"
    assert "linkedServiceName refers to linkedService.L" in problem.message
    assert "--filter +linkedService.L++" in problem.remedy
    assert "-linkedService.L" in problem.message


def test_a_reference_to_an_object_that_a_row_renames_names_that_row_and_the_one_that_is_missing() -> None:
    user = thing("dataset.D", {"linkedServiceName": pointer("LinkedService", "L")})
    rename = Override("linkedService", "L", "$.name", "L2", Where("config-uat.csv", 5))
    done = configure(factory(user, thing("linkedService.L")), Configuration((rename,)), Variables())
    given = replace(inputs(done.factory, live()), applied=done.applied, renamed=done.renamed)
    with pytest.raises(Refused) as refused:
        make(given)
    (problem,) = refused.value.problems
    assert "linkedServiceName refers to linkedService.L, which is neither" in problem.message
    assert problem.remedy == (
        "config-uat.csv:5 renames it to L2 and leaves references as they are; "
        "add the row dataset,D,linkedServiceName.referenceName,L2"
    )


def test_a_reference_to_something_live_is_satisfied() -> None:
    user = thing("dataset.D", {"linkedServiceName": pointer("LinkedService", "l")})
    plan = make(inputs(factory(user), live(thing("linkedService.L"))))
    assert deployed(plan) == {"dataset.D"}


@pytest.mark.parametrize("name", ["AutoResolveIntegrationRuntime", "@pipeline().parameters.ir"])
def test_what_is_built_in_or_an_expression_is_no_missing_reference(name: str) -> None:
    service = thing("linkedService.L", {"connectVia": pointer("IntegrationRuntime", name)})
    assert deployed(make(inputs(factory(service), live()))) == {"linkedService.L"}


def test_missing_references_can_be_warnings() -> None:
    user = thing("dataset.D", {"linkedServiceName": pointer("LinkedService", "L")})
    plan = make(inputs(factory(user), live(), missing_reference="warn"))
    assert any(notice.code is Code.REFERENCE_MISSING for notice in plan.notices)


def test_a_cycle_is_shown() -> None:
    with pytest.raises(Refused, match=r"pipeline.A → pipeline.B → pipeline.A|pipeline.B → pipeline.A → pipeline.B"):
        make(inputs(factory(pipeline("A", runs=["B"]), pipeline("B", runs=["A"])), live()))


def test_a_tumbling_window_that_waits_for_itself_is_no_cycle() -> None:
    own = {"type": "SelfDependencyTumblingWindowTriggerReference", "offset": "-1:00:00"}
    other = {"type": "TumblingWindowTriggerDependencyReference", "referenceTrigger": pointer("Trigger", "W")}
    window = thing("trigger.W", {"type": "TumblingWindowTrigger", "typeProperties": {"dependsOn": [own, other]}})
    assert deployed(make(inputs(factory(window), live()))) == {"trigger.W"}


def test_missing_values_are_listed_at_once_with_what_supplies_them() -> None:
    services = [
        thing(f"linkedService.L{n}", {"typeProperties": {"key": Missing(f"L{n}_key", secure=True)}}) for n in (1, 2)
    ]
    with pytest.raises(Refused) as refused:
        make(inputs(factory(*services), live()))
    first, second = refused.value.problems
    assert "linkedService,L1,typeProperties.key,$Env:VARIABLE" in first.remedy
    assert "--set L2_key=@env:VARIABLE" in second.remedy


def test_a_parameter_that_many_need_is_told_once() -> None:
    services = [thing(f"linkedService.L{n}", {"url": Missing("Url", secure=False)}) for n in (1, 2, 3)]
    with pytest.raises(Refused) as refused:
        make(inputs(factory(*services), live()))
    (problem,) = refused.value.problems
    assert problem.subject == "linkedService.L1"
    assert "which has no value; 2 more places need it" in problem.message


def test_what_a_remedy_says_can_be_pasted() -> None:
    waits = Missing("it's p", secure=False)
    objects = [
        thing("pipeline.P, one", {"parameters": {"it's": {"defaultValue": waits}}}),
        thing("globalParameters.default", {"G P": {"type": "string", "value": Missing("p", secure=False)}}),
    ]
    with pytest.raises(Refused) as refused:
        make(inputs(factory(*objects), live()))
    by_subject = {problem.subject: problem.remedy for problem in refused.value.problems}
    assert """pipeline,"P, one","parameters[""it's""].defaultValue",VALUE""" in by_subject["pipeline.P, one"]
    assert "factory,*,globalParameters['G P'].value,VALUE" in by_subject["globalParameters.default"]
    assert shlex.split(by_subject["pipeline.P, one"].partition("--set ")[2])[0] == "it's p=VALUE,"


def test_an_excluded_object_needs_no_value() -> None:
    service = thing("linkedService.L", {"typeProperties": {"key": Missing("k", secure=True)}})
    assert make(inputs(factory(service), live(), out=["linkedService.L"])).steps == ()


def test_a_missing_factory_is_refused_unless_create_makes_it() -> None:
    with pytest.raises(Refused, match="does not exist"):
        make(inputs(factory(pipeline("P")), live(exists=False)))
    plan = make(inputs(factory(pipeline("P")), live(exists=False), create=True))
    assert isinstance(plan.steps[0], CreateFactory)
    assert plan.has_changes


def test_no_factory_is_made_when_the_filter_leaves_nothing_for_it() -> None:
    source = factory(pipeline("P"), resource={"identity": {"type": Missing("identity_type", secure=False)}})
    plan = make(inputs(source, live(exists=False), create=True, out=["pipeline.P"]))
    assert plan.steps == ()
    assert not plan.has_changes
    assert "nothing goes into it" in plan.head[0]


def test_a_new_factory_takes_its_settings_from_the_source_but_never_its_git_link() -> None:
    resource = {
        "identity": {"type": "SystemAssigned", "principalId": "p"},
        "tags": {"team": "sales"},
        "properties": {"publicNetworkAccess": "Disabled", "repoConfiguration": {"type": "x"}},
    }
    plan = make(inputs(factory(pipeline("P"), resource=resource), live(exists=False), create=True))
    assert plan.steps[0] == CreateFactory(
        {
            "location": "westeurope",
            "identity": {"type": "SystemAssigned"},
            "tags": {"team": "sales"},
            "properties": {"publicNetworkAccess": "Disabled"},
        }
    )


def test_a_new_factory_without_settings_gets_an_identity_of_its_own() -> None:
    step = make(inputs(factory(pipeline("P")), live(exists=False), create=True)).steps[0]
    assert isinstance(step, CreateFactory)
    assert step.body["identity"] == {"type": "SystemAssigned"}


def test_a_parameter_of_the_factory_itself_is_missed_only_when_it_is_created() -> None:
    source = factory(pipeline("P"), resource={"identity": {"type": Missing("identity_type", secure=False)}})
    with pytest.raises(Refused, match="identity_type"):
        make(inputs(source, live(exists=False), create=True))
    assert make(inputs(source, live())).steps


def test_a_factory_linked_to_git_is_refused_unless_allowed() -> None:
    linked = live(properties={"repoConfiguration": {"type": "FactoryVSTSConfiguration", "repositoryName": "r"}})
    with pytest.raises(Refused, match="linked to git"):
        make(inputs(factory(pipeline("P")), linked))
    assert make(inputs(factory(pipeline("P")), linked, allow_git_linked=True)).steps


def parameters(**values: str) -> AdfObject:
    return thing(
        "globalParameters.default", {name: {"type": "string", "value": value} for name, value in values.items()}
    )


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("merge", {"a": "new", "b": "kept"}), ("replace", {"a": "new"}), ("off", None)],
)
def test_global_parameters_go_through_their_own_api(mode: str, expected: dict[str, str] | None) -> None:
    plan = make(inputs(factory(parameters(a="new")), live(parameters(a="old", b="kept")), global_parameters=mode))
    puts = [step for step in plan.steps if isinstance(step, PutObject)]
    values = {name: each["value"] for put in puts for name, each in put.body["properties"].items()}
    assert values == (expected or {})
    assert deployed(plan) == set()


def test_a_global_parameter_that_merging_keeps_is_named() -> None:
    plan = make(inputs(factory(parameters(a="new")), live(parameters(a="old", b="kept"))))
    assert plan.changes[0].detail == "b: not in the source and kept (--global-parameters replace removes)"


def test_each_object_shows_the_rule_that_decided() -> None:
    given = inputs(factory(pipeline("P"), pipeline("Q")), live(), out=["pipeline.Q"])
    rules = {
        at("pipeline.P"): Decision(included=True, rule="+*.P"),
        at("pipeline.Q"): Decision(included=False, rule="-*.Q"),
    }
    details = {str(each.ref): each.detail for each in make(replace(given, scope=Scope(rules))).changes}
    assert details == {"pipeline.P": "included by rule +*.P", "pipeline.Q": "excluded by rule -*.Q"}


def test_an_object_of_the_same_name_and_another_kind_is_another_object() -> None:
    plan = make(inputs(factory(thing("dataset.X")), live(thing("linkedService.X"))))
    assert action(plan, "dataset.X") is Action.CREATE
    assert action(plan, "linkedService.X") is Action.KEEP


def test_by_rest_nothing_goes_out_that_only_azure_writes() -> None:
    objects = [
        pipeline("P", lastPublishTime="2026-11-23T02:00:00Z"),
        thing("linkedService.L", {"typeProperties": {"url": "u", "encryptedCredential": "e", "password": "p"}}),
    ]
    plan = make(inputs(factory(*objects), live(), method="rest"))
    bodies = {step.ref.name: step.body["properties"] for step in plan.steps if isinstance(step, PutObject)}
    assert "lastPublishTime" not in bodies["P"]
    assert bodies["L"]["typeProperties"] == {"url": "u", "password": "p"}
