"""What Azure would refuse or lose when something is written: refused by the plan, or no difference at all."""

from dataclasses import replace
from typing import Any

import pytest

from ecluse.configure.bench import Applied
from ecluse.configure.override import Override
from ecluse.errors import Code, Problem, Where
from ecluse.jsontree import Json, Missing, Path, Secret, leaves
from ecluse.model.objects import AdfObject, ObjectRef
from ecluse.plan.inputs import PlanInputs
from ecluse.plan.lacking import filled
from ecluse.plan.make import make
from ecluse.plan.normalise import sendable
from ecluse.plan.plan import Action, Plan
from ecluse.plan.steps import DeployTemplate, PutObject
from tests.factories import at, factory, inputs, live, pipeline, pointer, schedule, thing

NETWORK = thing("managedVirtualNetwork.default")


def given(source: AdfObject, target: AdfObject | None, **more: Any) -> PlanInputs:
    """Inputs whose source has the one object and whose target the other, or lacks it."""
    there = [target] if target else []
    return inputs(factory(source, NETWORK), live(*there, NETWORK, **more))


def action(plan: Plan, each: AdfObject) -> Action:
    return next(change.action for change in plan.changes if change.ref == each.ref)


def refusals(given: PlanInputs) -> tuple[Problem, ...]:
    return make(given).obstacles


def sent(plan: Plan, each: AdfObject) -> Json:
    """The properties with which the plan sends the object."""
    every = (
        resource for step in plan.steps if isinstance(step, DeployTemplate) for resource in step.template["resources"]
    )
    return next(resource["properties"] for resource in every if resource["name"].endswith(f"/{each.ref.name}"))


def window(start: str = "2026-01-01T00:00:00Z", **more: Any) -> AdfObject:
    typed = {"startTime": start, "frequency": "Hour", "interval": 1, **more}
    return thing("trigger.W", {"type": "TumblingWindowTrigger", "typeProperties": typed})


def endpoint(resource: str = "/subscriptions/s/stor", group: str = "blob", name: str = "E", **more: Any) -> AdfObject:
    return thing(f"managedPrivateEndpoint.{name}", {"privateLinkResourceId": resource, "groupId": group, **more})


def runtime(kind: str = "SelfHosted", **typed: Any) -> AdfObject:
    return thing("integrationRuntime.IR1", {"type": kind, **({"typeProperties": typed} if typed else {})})


def linked(resource: str = "/subscriptions/s/shared", **more: Any) -> AdfObject:
    return runtime(linkedInfo={"resourceId": resource, "authorizationType": "RBAC", **more})


IDENTITY: dict[str, Any] = {"identity": {"type": "SystemAssigned"}}
SHARED_AS_JSON = '"{""resourceId"": ""/subscriptions/s/shared"", ""authorizationType"": ""RBAC""}"'

FROZEN: dict[str, tuple[AdfObject, AdfObject, str]] = {
    "a later start of a window": (
        window("2026-02-01T00:00:00Z"),
        window(),
        "trigger,W,typeProperties.startTime,2026-01-01T00:00:00Z",
    ),
    "an earlier start of a window": (
        window(),
        window("2026-02-01T00:00:00Z"),
        "trigger,W,typeProperties.startTime,2026-02-01T00:00:00Z",
    ),
    "frequency of a window": (window(frequency="Minute"), window(), "trigger,W,typeProperties.frequency,Hour"),
    "interval of a window": (window(interval=2), window(), "trigger,W,typeProperties.interval,1"),
    "a window that becomes a schedule": (schedule("W"), window(), "trigger,W,type,TumblingWindowTrigger"),
    "a schedule that becomes a window": (window(), schedule("W"), "trigger,W,type,ScheduleTrigger"),
    "type of a runtime": (runtime("SelfHosted"), runtime("Managed"), "integrationRuntime,IR1,type,Managed"),
    "a self-hosted runtime that would be linked": (
        linked(),
        runtime(),
        "integrationRuntime,IR1,-typeProperties,",
    ),
    "a runtime with other properties that would be linked": (
        linked(),
        runtime(x=1),
        "integrationRuntime,IR1,-typeProperties.linkedInfo,",
    ),
    "a linked runtime that would be self-hosted": (
        runtime(x=1),
        runtime(x=1, linkedInfo={"resourceId": "/subscriptions/s/shared", "authorizationType": "RBAC"}),
        f"integrationRuntime,IR1,+typeProperties.linkedInfo,{SHARED_AS_JSON}",
    ),
    "a runtime that would be linked to another": (
        linked("/subscriptions/s/other"),
        linked(),
        "integrationRuntime,IR1,typeProperties.linkedInfo.resourceId,/subscriptions/s/shared",
    ),
    "resource of an endpoint": (
        endpoint("/new"),
        endpoint("/old"),
        "managedPrivateEndpoint,E,privateLinkResourceId,/old",
    ),
    "part of an endpoint's resource": (endpoint(group="dfs"), endpoint(), "managedPrivateEndpoint,E,groupId,blob"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "target", "row"), FROZEN.values(), ids=FROZEN.keys())
def test_what_azure_lets_nobody_change_is_refused_with_the_row_that_keeps_it(
    source: AdfObject, target: AdfObject, row: str
) -> None:
    (problem,) = refusals(given(source, target, **IDENTITY))
    assert problem.code is Code.FROZEN_FIELD
    assert f"config row {row}" in problem.remedy


def test_a_frozen_type_names_both_and_what_a_new_object_costs() -> None:
    (problem,) = refusals(given(runtime("SelfHosted"), runtime("Managed")))
    assert "it is Managed in the target and it is SelfHosted in the source" in problem.message
    assert "nodes and links of the old one are lost" in problem.remedy
    (problem,) = refusals(given(endpoint("/new"), endpoint("/old")))
    assert "has to be approved anew" in problem.remedy


def test_an_object_that_is_new_or_excluded_has_no_frozen_fields() -> None:
    for each in (window(), runtime(), endpoint()):
        assert action(make(given(each, None)), each) is Action.CREATE
    kept = make(inputs(factory(window(interval=2)), live(window()), out=["trigger.W"]))
    assert action(kept, window()) is Action.KEEP


def applied(path: Path, line: int, address: str = "trigger.W") -> Applied:
    row = Override("trigger", "W", "x", "y", Where("config-uat.csv", line))
    return Applied(row, at(address), path)


START: Path = ("properties", "typeProperties", "startTime")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((applied(START, 3), applied(START, 7)), "config-uat.csv:7"),
        ((applied(("properties", "typeProperties"), 4),), "config-uat.csv:4"),
        ((applied((*START[:2], "interval"), 5), applied(START, 6, "trigger.Other")), "ARMTemplate.json"),
    ],
    ids=["the last of two rows", "a row around it", "no row"],
)
def test_a_frozen_value_is_placed_where_it_was_written(rows: tuple[Applied, ...], expected: str) -> None:
    source = AdfObject(at("trigger.W"), window("2026-02-01T00:00:00Z").body, Where("ARMTemplate.json"))
    known = given(source, window())
    placed = PlanInputs(known.target, known.source, known.live, known.scope, known.options, applied=rows)
    (problem,) = refusals(placed)
    assert str(problem.where) == expected


EQUAL: dict[str, tuple[AdfObject, AdfObject]] = {
    "fractions of a window's start": (window("2026-01-01T00:00:00.000Z"), window()),
    "a window's start in another zone": (window("2026-01-01T02:00:00+02:00"), window()),
    "a window's start without zone is UTC": (window("2026-01-01T00:00:00"), window()),
    "case of a window's frequency": (window(frequency="hour"), window()),
    "an endpoint's case": (endpoint("/Subscriptions/S/Stor", "Blob"), endpoint()),
    "what Azure says of an endpoint": (
        endpoint(fqdns=["dev.blob.core.windows.net"]),
        endpoint(
            fqdns=["uat.blob.core.windows.net"],
            provisioningState="Succeeded",
            connectionState={"status": "Approved"},
            isReserved=False,
            resourceId="/vnet",
        ),
    ),
    "a link's case": (linked("/SUBSCRIPTIONS/s/shared"), linked(authorizationType="Rbac")),
    "a network's own values": (
        thing("managedVirtualNetwork.default", {"preventDataExfiltration": True, "note": "x"}),
        thing("managedVirtualNetwork.default", {"vNetId": "1", "alias": "a", "preventDataExfiltration": False}),
    ),
}


@pytest.mark.parametrize(("source", "target"), EQUAL.values(), ids=EQUAL.keys())
def test_what_only_azure_spells_is_neither_refused_nor_sent(source: AdfObject, target: AdfObject) -> None:
    plan = make(inputs(factory(source), live(target, *([NETWORK] if target.ref != NETWORK.ref else []), **IDENTITY)))
    assert action(plan, source) is Action.KEEP
    assert plan.steps == ()


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (window(maxConcurrency=2), window(maxConcurrency=1)),
        (
            runtime("Managed", computeProperties={"location": "x"}),
            runtime("Managed", computeProperties={"location": "y"}),
        ),
        (linked(credential=pointer("Credential", "C")), linked()),
    ],
    ids=["a window's concurrency", "a managed runtime's place", "the credential of a link"],
)
def test_other_fields_may_change(source: AdfObject, target: AdfObject) -> None:
    credential = thing("credential.C")
    plan = make(inputs(factory(source, credential), live(target, credential, **IDENTITY)))
    assert action(plan, source) is Action.UPDATE


def test_a_time_at_the_edge_of_time_is_compared_as_it_is_written() -> None:
    edge = "0001-01-01T00:00:00+14:00"
    plan = make(given(window(edge, maxConcurrency=2), window(edge, maxConcurrency=1)))
    assert action(plan, window()) is Action.UPDATE


def test_a_network_is_made_without_properties() -> None:
    source = thing("managedVirtualNetwork.default", {"vNetId": "1", "alias": "a", "preventDataExfiltration": False})
    assert sent(make(inputs(factory(source), live())), source) == {}


def test_a_new_endpoint_is_sent_with_its_names_and_without_states() -> None:
    source = endpoint(fqdns=["x"], provisioningState="Succeeded", connectionState={}, resourceId="/vnet")
    expected = {"privateLinkResourceId": "/subscriptions/s/stor", "groupId": "blob", "fqdns": ["x"]}
    assert sent(make(given(source, None)), source) == expected


def test_a_second_endpoint_to_a_resource_is_refused_by_the_first_ones_name() -> None:
    second = endpoint("/SUBSCRIPTIONS/s/stor", name="Second")
    (problem,) = refusals(given(second, endpoint()))
    assert (problem.code, problem.subject) == (Code.UPDATE_GUARD, "managedPrivateEndpoint.Second")
    assert "managedPrivateEndpoint.E leads to the same resource already" in problem.message
    (problem,) = refusals(inputs(factory(endpoint(), second, NETWORK), live(NETWORK)))
    assert problem.code is Code.UPDATE_GUARD


def test_a_second_endpoint_is_refused_even_if_the_first_one_goes() -> None:
    gone = inputs(
        factory(endpoint(name="Second"), NETWORK),
        live(endpoint(), NETWORK),
        delete_not_in_source=True,
        delete_kinds=frozenset({"managedPrivateEndpoint"}),
    )
    assert Code.UPDATE_GUARD in {problem.code for problem in refusals(gone)}


@pytest.mark.parametrize("other", [endpoint("/other", name="X"), endpoint(group="dfs", name="X")])
def test_endpoints_to_different_places_live_together(other: AdfObject) -> None:
    assert action(make(given(other, endpoint())), other) is Action.CREATE


NO_IDENTITY: dict[str, dict[str, Any]] = {
    "none": {},
    "null": {"identity": None},
    "one of a user's only": {"identity": {"type": "UserAssigned"}},
}


@pytest.mark.parametrize("resource", NO_IDENTITY.values(), ids=NO_IDENTITY.keys())
def test_a_linked_runtime_needs_an_identity_of_the_live_factory(resource: dict[str, Any]) -> None:
    (problem,) = refusals(given(linked(), None, **resource))
    assert (problem.code, problem.subject) == (Code.UPDATE_GUARD, "integrationRuntime.IR1")
    assert "no system-assigned identity" in problem.message


LINKS: dict[str, tuple[AdfObject, dict[str, Any]]] = {
    "with the factory's identity": (linked(), IDENTITY),
    "with both kinds of identity": (linked(), {"identity": {"type": "SystemAssigned,UserAssigned"}}),
    "with a credential": (linked(credential=pointer("Credential", "C")), {}),
    "by key": (runtime(linkedInfo={"authorizationType": "Key", "key": {"type": "SecureString", "value": "k"}}), {}),
    "not at all": (runtime(), {}),
}


@pytest.mark.parametrize(("source", "resource"), LINKS.values(), ids=LINKS.keys())
def test_a_runtime_is_linked_where_something_signs_it_in(source: AdfObject, resource: dict[str, Any]) -> None:
    plan = make(inputs(factory(source), live(thing("credential.C"), **resource)))
    assert action(plan, source) is Action.CREATE


@pytest.mark.parametrize(("identity", "refused"), [(None, False), ({"type": "UserAssigned"}, True)])
def test_a_linked_runtime_in_a_factory_that_is_made_needs_the_identity_of_its_source(
    identity: dict[str, str] | None, *, refused: bool
) -> None:
    source = factory(linked(), resource={"identity": identity} if identity else None)
    new = inputs(source, live(exists=False), create=True)
    if refused:
        assert [problem.code for problem in refusals(new)] == [Code.UPDATE_GUARD]
    else:
        assert action(make(new), linked()) is Action.CREATE


def secure(value: str) -> dict[str, str]:
    return {"type": "SecureString", "value": value}


def service(**typed: Any) -> AdfObject:
    return thing("linkedService.L", {"type": "AzureSqlDatabase", "typeProperties": typed})


STRING = "Server=a;Database=b"
MASK = "**********"
NEEDS: dict[str, tuple[AdfObject, str]] = {
    "a connection string": (
        service(connectionString=STRING, encryptedCredential="e"),
        "linkedService,L,typeProperties.connectionString,$Env:VARIABLE",
    ),
    "a user without password": (
        service(connectionString=STRING, userName="u", encryptedCredential="e"),
        'linkedService,L,+typeProperties.password,"{""type"":""SecureString"",""value"":""$Env:VARIABLE""}"',
    ),
    "only the mask of a password": (
        service(userName="u", password={"type": "SecureString", "value": "**********"}, encryptedCredential="e"),
        "linkedService,L,typeProperties.password.value,$Env:VARIABLE",
    ),
    "a credential that is a parameter": (
        service(encryptedCredential=Missing("L_encryptedCredential", secure=True)),
        "linkedService,L,+typeProperties.password,",
    ),
    "a credential that was given to a parameter": (
        service(servicePrincipalId="p", encryptedCredential=Secret("e")),
        "linkedService,L,+typeProperties.servicePrincipalKey,",
    ),
    "an address without its signature": (
        service(sasUri="https://x.blob.core.windows.net/", encryptedCredential="e"),
        "linkedService,L,typeProperties.sasUri,$Env:VARIABLE",
    ),
    "a credential inside": (service(x={"encryptedCredential": "e"}), "linkedService,L,+typeProperties.password,"),
}


@pytest.mark.parametrize(("source", "row"), NEEDS.values(), ids=NEEDS.keys())
@pytest.mark.parametrize("target", [None, service(other=1)], ids=["new", "changed"])
def test_a_secret_that_only_another_factory_can_read_has_to_be_given(
    source: AdfObject, row: str, target: AdfObject | None
) -> None:
    (problem,) = refusals(given(source, target))
    assert problem.code is Code.SECRET_MISSING
    assert "needs a secret" in problem.message
    assert row in problem.remedy


GIVEN: dict[str, AdfObject] = {
    "the string has it": service(connectionString=Secret(f"{STRING};Password=x"), encryptedCredential="e"),
    "in a secure string": service(password={"type": "SecureString", "value": Secret("x")}, encryptedCredential="e"),
    "a signed address": service(sasUri="https://x/?sv=1&sig=abc", encryptedCredential="e"),
    "an address that a row gave": service(sasUri=Secret("https://x/short"), encryptedCredential="e"),
    "an address that is an expression": service(sasUri="https://@{linkedService().x}/", encryptedCredential="e"),
    "in a vault": service(
        password={"type": "AzureKeyVaultSecret", "secretName": "s", "store": pointer("LinkedService", "KV")},
        encryptedCredential="e",
    ),
    "by whoever uses it": service(
        password={"type": "SecureString", "value": "@linkedService().password"}, encryptedCredential="e"
    ),
    "with a credential object": service(credential=pointer("Credential", "C"), encryptedCredential="e"),
    "with the factory's identity": service(authenticationType="SystemAssignedManagedIdentity", encryptedCredential="e"),
    "nothing was ever encrypted": service(connectionString=STRING),
    "an empty one": service(connectionString=STRING, encryptedCredential=None),
}


@pytest.mark.parametrize("source", GIVEN.values(), ids=GIVEN.keys())
def test_a_secret_that_something_else_gives_is_sent_and_the_encrypted_one_never(source: AdfObject) -> None:
    others = (thing("linkedService.KV"), thing("credential.C"))
    plan = make(inputs(factory(source, *others), live(*others)))
    assert "encryptedCredential" not in sent(plan, source)["typeProperties"]


def test_an_encrypted_credential_is_no_reason_to_send_or_to_refuse_what_is_equal() -> None:
    source, target = (service(connectionString=STRING, encryptedCredential=text) for text in ("dev", "uat"))
    plan = make(given(source, target))
    assert action(plan, source) is Action.KEEP
    assert plan.steps == ()


def test_what_is_out_of_scope_needs_no_secret() -> None:
    source = service(connectionString=STRING, encryptedCredential="e")
    assert make(inputs(factory(source), live(), out=["linkedService.L"])).steps == ()


MASKS: dict[str, tuple[AdfObject, str, str]] = {
    "a secure string": (
        service(password=secure(MASK)),
        "linkedService,L,typeProperties.password.value,$Env:VARIABLE",
        "linkedService,L,-typeProperties.password,",
    ),
    "in lower case, of another length": (
        service(password={"type": "secureString", "value": "********"}),
        "linkedService,L,typeProperties.password.value,$Env:VARIABLE",
        "linkedService,L,-typeProperties.password,",
    ),
    "a plain text": (
        service(password=MASK),
        "linkedService,L,typeProperties.password,$Env:VARIABLE",
        "linkedService,L,-typeProperties.password,",
    ),
    "a part of a connection string": (
        service(connectionString="Server=a;Password=********;Database=b"),
        "linkedService,L,typeProperties.connectionString,$Env:VARIABLE",
        "linkedService,L,-typeProperties.connectionString,",
    ),
    "a quoted part": (
        service(connectionString='Server=a;Password="***"'),
        "linkedService,L,typeProperties.connectionString,$Env:VARIABLE",
        "linkedService,L,-typeProperties.connectionString,",
    ),
    "what a tool left of a repository's history": (
        service(connectionString="AccountName=a;AccountKey=***REMOVED***;EndpointSuffix=core.windows.net"),
        "linkedService,L,typeProperties.connectionString,$Env:VARIABLE",
        "linkedService,L,-typeProperties.connectionString,",
    ),
    "a signed address": (
        service(sasUri="https://x.blob.core.windows.net/c?sv=2020&sig=*****&se=2030"),
        "linkedService,L,typeProperties.sasUri,$Env:VARIABLE",
        "linkedService,L,-typeProperties.sasUri,",
    ),
    "an activity's": (
        thing("pipeline.P", {"activities": [{"typeProperties": {"p": secure(MASK)}}]}),
        "pipeline,P,activities[0].typeProperties.p.value,$Env:VARIABLE",
        "pipeline,P,-activities[0].typeProperties.p,",
    ),
    "a runtime's": (
        runtime("Managed", ssisProperties={"catalogAdminPassword": secure(MASK)}),
        "integrationRuntime,IR1,typeProperties.ssisProperties.catalogAdminPassword.value,$Env:VARIABLE",
        "integrationRuntime,IR1,-typeProperties.ssisProperties.catalogAdminPassword,",
    ),
    "a global parameter's": (
        thing("globalParameters.default", {"key": secure(MASK)}),
        "factory,*,globalParameters.key.value,$Env:VARIABLE",
        "factory,*,-globalParameters.key,",
    ),
}


@pytest.mark.parametrize(("source", "row", "without"), MASKS.values(), ids=MASKS.keys())
@pytest.mark.parametrize("method", ["arm", "rest"])
def test_the_mask_of_a_secret_is_never_sent_as_the_secret(
    source: AdfObject, row: str, without: str, method: str
) -> None:
    (problem,) = refusals(inputs(factory(source), live(), method=method))
    assert (problem.code, problem.subject) == (Code.SECRET_MISSING, str(source.ref))
    assert "holds only the asterisks" in problem.message
    assert row in problem.remedy
    assert without in problem.remedy


def test_each_mask_is_told_with_the_place_that_brought_it() -> None:
    masked = secure(Secret(MASK))
    source = service(password=masked, token=masked, encryptedCredential="e")
    row = Override("linkedService", "L", "typeProperties.token.value", "$Env:TOKEN", origin=Where("config.csv", 7))
    applied = (Applied(row, source.ref, ("properties", "typeProperties", "token", "value")),)
    found = refusals(replace(inputs(factory(source), live()), applied=applied))
    assert [(problem.message.split()[4], problem.where) for problem in found] == [
        ("typeProperties.password.value", None),
        ("typeProperties.token.value", Where("config.csv", 7)),
    ]


NO_MASKS: dict[str, AdfObject] = {
    "a pattern": service(password="**"),
    "a text that everybody sees": pipeline("P", parameters={"token": {"type": "String", "defaultValue": MASK}}),
    "asterisks inside of a secret": service(password={"type": "SecureString", "value": "a****"}),
    "a place that says nothing of secrets": service(fileFilter=MASK, description="Password=***"),
}


@pytest.mark.parametrize("source", NO_MASKS.values(), ids=NO_MASKS.keys())
def test_asterisks_that_stand_for_no_secret_are_sent(source: AdfObject) -> None:
    assert make(inputs(factory(source), live())).has_changes


# --- Placeholders, for rehearsals ------------------------------------------------------------


FILLED: dict[str, tuple[dict[str, Json], dict[str, Json]]] = {
    "a connection string": ({"connectionString": STRING}, {"connectionString": "placeholder-L_connectionString"}),
    "a user": ({"userName": "u"}, {"userName": "u", "password": secure("placeholder-L_password")}),
    "a lake": ({"url": "https://l"}, {"url": "https://l", "accountKey": secure("placeholder-L_accountKey")}),
    "a signed address": ({"sasUri": "https://s"}, {"sasUri": "placeholder-L_sasUri"}),
    "a cluster": ({"domain": "https://d"}, {"domain": "https://d", "accessToken": secure("placeholder-L_accessToken")}),
    "a mask": ({"password": secure(MASK)}, {"password": secure("placeholder-L_password")}),
    "two masks": (
        {"password": secure(MASK), "connectionString": "AccountKey=***"},
        {"password": secure("placeholder-L_password"), "connectionString": "placeholder-L_connectionString"},
    ),
}


@pytest.mark.parametrize(("typed", "expected"), FILLED.values(), ids=FILLED.keys())
def test_a_placeholder_stands_where_the_published_template_has_its_parameter(
    typed: dict[str, Json], expected: dict[str, Json]
) -> None:
    source = thing("linkedService.L", {"type": "AzureBlobFS", "typeProperties": {**typed, "encryptedCredential": "e"}})
    made, (notice,) = filled(factory(source, pipeline("P")))
    plan = make(inputs(made, live(), method="rest"))
    (put, _) = [step for step in plan.steps if isinstance(step, PutObject)]
    assert put.body["properties"]["typeProperties"] == expected
    texts = [value for _, value in leaves(put.body) if str(value).startswith("placeholder-")]
    assert all(isinstance(text, Secret) for text in texts)
    assert notice.message.startswith("placeholders stand for ")
    assert "L_" in notice.message


def test_what_lacks_nothing_is_left_as_it_is() -> None:
    given = factory(service(password=secure(Secret("s3cret")), encryptedCredential="e"), pipeline("P"))
    assert filled(given) == (given, ())


@pytest.mark.parametrize("word", ["linkedService", "integrationRuntime", "credential"])
def test_an_encrypted_credential_is_never_sent_however_deep_it_stands(word: str) -> None:
    each = thing(
        f"{word}.X", {"typeProperties": {"encryptedCredential": "e", "a": [{"encryptedCredential": "e", "b": 1}]}}
    )
    assert sendable(each.ref.kind, each.body) == {"typeProperties": {"a": [{"b": 1}]}}


# --- Names -----------------------------------------------------------------------------------


NOT_TAKEN = ["a/b", "100% of it", "#1", "a.b", "-a", " a", "ü", "a" * 261]


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_a_name_that_azure_does_not_take_is_refused_before_a_trigger_stops(name: str) -> None:
    made = thing("pipeline.x")
    (problem,) = refusals(inputs(factory(replace(made, ref=ObjectRef(made.ref.kind, name))), live()))
    assert (problem.code, problem.subject) == (Code.UPDATE_GUARD, f"pipeline.{name}")
    assert "use none of" in problem.remedy


KINDS_OWN = [
    "managedPrivateEndpoint.a b",
    "managedPrivateEndpoint.-a",
    "integrationRuntime.IR",
    "integrationRuntime.a--b",
]


@pytest.mark.parametrize("address", [*KINDS_OWN, "integrationRuntime.a b", f"integrationRuntime.{'a' * 64}"])
def test_a_name_that_azure_does_not_take_for_this_kind_is_refused(address: str) -> None:
    (problem,) = refusals(inputs(factory(thing(address), NETWORK), live(NETWORK)))
    assert (problem.code, problem.subject) == (Code.UPDATE_GUARD, address)
    assert "dashes" in problem.remedy


@pytest.mark.parametrize(
    "address", ["managedPrivateEndpoint.a", "managedPrivateEndpoint._a-B_", "integrationRuntime.I_R-1"]
)
def test_a_name_that_azure_takes_for_this_kind_is_not_refused(address: str) -> None:
    assert make(inputs(factory(thing(address), NETWORK), live(NETWORK))).has_changes


@pytest.mark.parametrize("name", ["a b", "it's", "x]", "a[b", 'q"q', "Zürich (1)", "_", "9", "a" * 260])
def test_a_name_that_azure_takes_is_not_refused(name: str) -> None:
    made = thing("pipeline.x")
    assert make(inputs(factory(replace(made, ref=ObjectRef(made.ref.kind, name))), live())).has_changes


def test_what_is_there_has_a_name_that_azure_took() -> None:
    old, new = (thing("pipeline.ü", {"description": text}) for text in ("old", "new"))
    assert make(inputs(factory(new), live(old))).has_changes
