"""Reading the live factory from a sandbox, as raw JSON; and every way in which it can't be read."""

from dataclasses import replace
from typing import Any

import pytest

from ecluse.azure.clients import AzureClients, open_azure
from ecluse.azure.connection import Connection
from ecluse.azure.factory import AzureDataFactory
from ecluse.azure.reader import read_live
from ecluse.errors import Code, Problem, Refused
from ecluse.model.objects import ref
from ecluse.plan.plan import Target
from ecluse.plan.steps import StartTrigger
from tests.contract.azure.azure_bodies import blob_events, put, schedule
from tests.sandbox_process import RunningSandbox

pytestmark = pytest.mark.usefixtures("live")


def refused(clients: AzureClients, target: Target) -> Problem:
    with pytest.raises(Refused) as error:
        read_live(clients, target)
    return error.value.problems[0]


def test_every_page_of_a_list_is_read(sandbox: RunningSandbox, clients: AzureClients, target: Target) -> None:
    sandbox.settings(pageSize=2)
    for number in range(4):
        put(sandbox, f"pipelines/P{number}", {"activities": []})
    found = read_live(clients, target).factory.objects
    assert {at.name for at in found if at.kind.word == "pipeline"} == {"P", "P0", "P1", "P2", "P3"}
    assert len(sandbox.calls("GET", "/pipelines?")) == 3


def test_bodies_are_as_azure_answers_them_also_of_types_that_nobody_knows(
    sandbox: RunningSandbox, clients: AzureClients, target: Target
) -> None:
    odd: dict[str, Any] = {
        "type": "NeverHeardOf",
        "typeProperties": {"n": 1.0, "deep": [None, {}, "é"]},
        "annotations": [],
    }
    put(sandbox, "linkedservices/LS", odd)
    _, answered, _ = sandbox.call("GET", f"{sandbox.factory_path()}/linkedservices/LS")
    assert read_live(clients, target).factory.objects[ref("linkedService", "LS")].body == answered


def test_the_triggers_that_run_are_known_with_their_etags(
    live: AzureDataFactory, sandbox: RunningSandbox, clients: AzureClients, target: Target
) -> None:
    put(sandbox, "triggers/T2", schedule("P"))
    live.start_trigger(StartTrigger(ref("trigger", "T2")))
    found = read_live(clients, target)
    assert found.running == {ref("trigger", "T2")}
    assert found.etags[ref("trigger", "T")]


def test_global_parameters_are_an_object_and_no_part_of_the_factory_resource(
    live: AzureDataFactory, clients: AzureClients, target: Target
) -> None:
    at = ref("globalParameters", "default")
    live.put_object(at, {"properties": {"env": {"type": "String", "value": "uat"}}})
    found = read_live(clients, target).factory
    assert found.objects[at].properties == {"env": {"type": "String", "value": "uat"}}
    assert "globalParameters" not in found.resource["properties"]
    assert found.resource["location"] == "westeurope"


def test_a_change_data_capture_comes_with_its_status(
    sandbox: RunningSandbox, clients: AzureClients, target: Target
) -> None:
    sandbox.settings(capturePolls=0)
    put(sandbox, "adfcdcs/C", {"description": "d"})
    assert read_live(clients, target).factory.objects[ref("adfcdc", "C")].properties["status"] == "Stopped"
    assert sandbox.call("POST", f"{sandbox.factory_path()}/adfcdcs/C/start")[0] == 200
    read = read_live(clients, target)
    assert read.factory.objects[ref("adfcdc", "C")].properties["status"] == "Running"
    assert ref("adfcdc", "C") in read.running


def test_an_event_trigger_that_runs_without_its_subscription_is_named_until_it_is_started_again(
    sandbox: RunningSandbox, live: AzureDataFactory, clients: AzureClients, target: Target
) -> None:
    event = StartTrigger(ref("trigger", "E"), event=True)
    put(sandbox, "triggers/E", blob_events("P"))
    assert read_live(clients, target).deaf == {}, "one that does not run need not hear"
    live.start_trigger(event)
    assert read_live(clients, target).deaf == {}
    assert sandbox.call("POST", f"{sandbox.factory_path()}/triggers/E/unsubscribeFromEvents")[0] in (200, 202)
    deaf = read_live(clients, target).deaf
    assert deaf.keys() == {event.ref}
    assert "not Enabled" in deaf[event.ref]
    live.start_trigger(event)
    assert read_live(clients, target).deaf == {}


def test_a_subscription_that_may_not_be_read_is_said_and_does_not_end_the_reading(
    sandbox: RunningSandbox, live: AzureDataFactory, clients: AzureClients, target: Target
) -> None:
    put(sandbox, "triggers/E", blob_events("P"))
    live.start_trigger(StartTrigger(ref("trigger", "E"), event=True))
    refusal = {"error": {"code": "AuthorizationFailed", "message": "no right"}}
    sandbox.faults(
        {"method": "POST", "path": "/getEventSubscriptionStatus", "action": {"status": 403, "body": refusal}}
    )
    assert "can't be read" in read_live(clients, target).deaf[ref("trigger", "E")]


def test_a_capture_on_its_way_is_looked_at_until_it_has_arrived(
    sandbox: RunningSandbox, clients: AzureClients, target: Target
) -> None:
    sandbox.settings(capturePolls=3)
    put(sandbox, "adfcdcs/C", {"description": "d"})
    sandbox.call("POST", f"{sandbox.factory_path()}/adfcdcs/C/start")
    assert ref("adfcdc", "C") in read_live(clients, target).running
    sandbox.call("POST", f"{sandbox.factory_path()}/adfcdcs/C/stop")
    assert ref("adfcdc", "C") not in read_live(clients, target).running


def test_private_endpoints_are_asked_for_only_below_a_network(
    sandbox: RunningSandbox, clients: AzureClients, target: Target
) -> None:
    read_live(clients, target)
    assert sandbox.calls(contains="managedPrivateEndpoints") == []
    put(sandbox, "managedVirtualNetworks/default", {})
    put(
        sandbox,
        "managedVirtualNetworks/default/managedPrivateEndpoints/E",
        {"groupId": "blob", "privateLinkResourceId": "/subscriptions/0/x"},
    )
    assert ref("managedPrivateEndpoint", "E") in read_live(clients, target).factory.objects


def test_a_factory_that_is_not_there_yet_is_no_error(clients: AzureClients, target: Target) -> None:
    found = read_live(clients, replace(target, factory="adf-new"))
    assert not found.exists
    assert not found.factory.objects


def test_a_factory_in_another_group_is_refused_with_that_group(clients: AzureClients, target: Target) -> None:
    problem = refused(clients, replace(target, resource_group="rg-other"))
    assert problem.code is Code.FACTORY_MISSING
    assert "rg-test" in problem.message
    assert "--resource-group rg-test" in problem.remedy


def test_a_missing_group_is_told_from_a_missing_factory(clients: AzureClients, target: Target) -> None:
    assert refused(clients, replace(target, resource_group="rg-none")).code is Code.GROUP_MISSING


def test_a_wrong_subscription_is_refused_with_its_option(connection: Connection, target: Target) -> None:
    other = "99999999-0000-0000-0000-000000000000"
    with open_azure(replace(connection, subscription=other)) as clients:
        problem = refused(clients, replace(target, subscription=other))
    assert "SubscriptionNotFound" in problem.message
    assert "--subscription" in problem.remedy


@pytest.mark.parametrize(("status", "code"), [(401, Code.CREDENTIAL), (403, Code.AZURE_REFUSED)])
def test_a_first_read_that_is_refused_ends_the_run(
    status: int, code: Code, sandbox: RunningSandbox, clients: AzureClients, target: Target
) -> None:
    error = {
        "error": {"code": "AuthorizationFailed" if status == 403 else "InvalidAuthenticationToken", "message": "no"}
    }
    sandbox.faults({"path": "/factories/", "action": {"status": status, "body": error}})
    problem = refused(clients, target)
    assert problem.code is code
    assert problem.remedy


def test_one_kind_that_can_not_be_read_is_enough_for_no_plan(
    sandbox: RunningSandbox, clients: AzureClients, target: Target
) -> None:
    sandbox.faults({"method": "GET", "path": "/datasets", "action": {"status": 500}})
    assert refused(clients, target).subject == "dataset"


def test_a_passing_failure_while_reading_is_not_seen(
    sandbox: RunningSandbox, clients: AzureClients, target: Target, notices: list[str]
) -> None:
    slow = {
        "status": 429,
        "headers": {"Retry-After": "1"},
        "body": {"error": {"code": "TooManyRequests", "message": "x"}},
    }
    sandbox.faults(
        {"method": "GET", "path": "/pipelines", "times": 1, "action": slow},
        {"method": "GET", "path": "/datasets", "times": 2, "action": {"status": 503}},
        {"method": "GET", "path": "/triggers", "times": 1, "action": {"cut": True}},
    )
    assert ref("trigger", "T") in read_live(clients, target).factory.objects
    assert notices == ["Azure throttles: waiting 1 s, then 4 calls at once"]


def test_who_may_not_look_around_can_still_create_and_that_is_said(
    sandbox: RunningSandbox, clients: AzureClients, target: Target
) -> None:
    no = {"error": {"code": "AuthorizationFailed", "message": "no"}}
    sandbox.faults(
        {"path": r"/subscriptions/[^/]+/providers/Microsoft\.DataFactory", "action": {"status": 403, "body": no}}
    )
    found = read_live(clients, replace(target, factory="adf-new"))
    assert not found.exists
    assert "AuthorizationFailed: no" in found.unseen
