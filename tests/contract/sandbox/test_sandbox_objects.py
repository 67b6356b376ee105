"""Objects of a factory: kept without loss, checked for references, listed in pages, spelled as recorded."""

from typing import Any

import pytest

from ecluse_sandbox.kinds import COLLECTIONS
from tests.contract.sandbox.sandbox_bodies import error, pipeline, put, refer, with_factory
from tests.sandbox_process import GROUP, RunningSandbox


def test_what_was_sent_comes_back_without_loss(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    properties = {
        "type": "NoSuchKindOfLinkedService",
        "big": 12345678901234567890123,
        "float": 1.0,
        "small": -0.0,
        "nothing": None,
        "empty": [{}, [], ""],
        "Ünïcode": "😀 [[x]",
        "zeta": 1,
        "alpha": {"b": 1, "a": 2},
    }
    services = sandbox.clients().data_factory().linked_services

    services.create_or_update(GROUP, "adf-test", "LS", {"properties": properties})
    _, answer, _ = sandbox.call("GET", f"{factory}/linkedServices/ls")

    assert list(answer["properties"]) == list(properties)
    assert answer["properties"] == properties


def test_ids_and_types_are_in_lower_case_and_names_as_they_were_sent(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)

    answer = put(sandbox, f"{factory}/LINKEDSERVICES/Ls_One", {"properties": {"type": "X"}, "unknown": 1})

    assert answer["id"] == f"{factory}/linkedservices/Ls_One"
    assert answer["type"] == "Microsoft.DataFactory/factories/linkedservices"
    assert set(answer) == {"id", "name", "type", "properties", "etag"}
    assert '"' not in answer["etag"]


@pytest.mark.parametrize("key", [key for key in COLLECTIONS if "/" not in key])
def test_every_collection_creates_reads_lists_and_deletes_if_azure_does(sandbox: RunningSandbox, key: str) -> None:
    path = f"{with_factory(sandbox)}/{key}"
    name = "default" if key in {"globalparameters", "managedvirtualnetworks"} else "One"

    created = put(sandbox, f"{path}/{name}", {"properties": {}})

    assert sandbox.call("GET", f"{path}/{name.upper()}")[1]["id"] == created["id"]
    assert [one["name"] for one in sandbox.call("GET", path)[1]["value"]] == [name]
    if not COLLECTIONS[key].can_go:
        assert sandbox.call("DELETE", f"{path}/{name}")[0] == 405
        return
    assert sandbox.call("DELETE", f"{path}/{name}")[0] == 200
    assert sandbox.call("DELETE", f"{path}/{name}")[0] == 204
    assert sandbox.call("GET", f"{path}/{name}")[0] == 404


def test_a_pipeline_tells_its_last_publish_when_read_and_not_when_written(sandbox: RunningSandbox) -> None:
    path = f"{with_factory(sandbox)}/pipelines/P"

    assert "lastPublishTime" not in put(sandbox, path, pipeline())["properties"]

    assert "lastPublishTime" in sandbox.call("GET", path)[1]["properties"]
    assert "lastPublishTime" in sandbox.call("GET", path.rsplit("/", 1)[0])[1]["value"][0]["properties"]


def test_a_list_comes_in_pages_that_the_real_client_joins(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    sandbox.settings(pageSize=2)
    names = [f"P{number}" for number in range(5)]
    for name in names:
        put(sandbox, f"{factory}/pipelines/{name}", pipeline())

    assert "nextLink" in sandbox.call("GET", f"{factory}/pipelines")[1]
    listed = sandbox.clients().data_factory().pipelines.list_by_factory(GROUP, "adf-test")

    assert [one["name"] for one in listed] == names


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        (refer("LinkedService", "LS_Gone"), "ls_gone"),
        (refer("Pipeline", "Pipeline2"), "Pipeline2"),
        (refer("Dataset", "D"), "D"),
        (refer("DataFlow", "F"), "F"),
        (refer("IntegrationRuntime", "IR"), "IR"),
        (refer("Credential", "C"), "C"),
    ],
)
def test_a_reference_to_nothing_is_refused(sandbox: RunningSandbox, reference: dict[str, Any], shown: str) -> None:
    path = f"{with_factory(sandbox)}/pipelines/P"

    status, refusal = error(sandbox, "PUT", path, pipeline(reference))

    assert status == 400
    assert refusal == {
        "code": "BadRequest",
        "message": f"The document creation or update failed because of invalid reference '{shown}'.",
        "target": path,
        "details": None,
    }
    assert sandbox.call("GET", path)[0] == 404


@pytest.mark.parametrize(
    "reference",
    [
        refer("IntegrationRuntime", "AutoResolveIntegrationRuntime"),
        refer("LinkedService", "@linkedService().name"),
        refer("Pipeline", "P"),
    ],
)
def test_built_in_computed_and_own_names_are_no_missing_references(
    sandbox: RunningSandbox, reference: dict[str, Any]
) -> None:
    put(sandbox, f"{with_factory(sandbox)}/pipelines/P", pipeline(reference))


def test_a_delete_sees_references_as_they_are_after_the_last_write(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    for name in ("D1", "D2"):
        put(sandbox, f"{factory}/datasets/{name}", {"properties": {"type": "X"}})
    put(sandbox, f"{factory}/pipelines/P", pipeline(refer("Dataset", "D1")))
    assert sandbox.call("DELETE", f"{factory}/datasets/D1")[0] == 400

    put(sandbox, f"{factory}/pipelines/P", pipeline(refer("Dataset", "D2")))

    assert sandbox.call("DELETE", f"{factory}/datasets/D2")[0] == 400
    assert sandbox.call("DELETE", f"{factory}/datasets/D1")[0] == 200


def test_what_is_referred_to_stays_until_the_last_referrer_is_gone(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    put(sandbox, f"{factory}/linkedservices/LS", {"properties": {"type": "X"}})
    put(sandbox, f"{factory}/datasets/LS", {"properties": {"linkedServiceName": refer("LinkedService", "ls")}})

    status, refusal = error(sandbox, "DELETE", f"{factory}/linkedservices/LS")

    assert (status, refusal["code"]) == (400, "BadRequest")
    assert refusal["message"] == "The document cannot be deleted since it is referenced by LS."
    assert refusal["target"] == "/Microsoft.DataFactory/factories/adf-test/linkedservices/LS"
    assert sandbox.call("DELETE", f"{factory}/datasets/LS")[0] == 200
    assert sandbox.call("DELETE", f"{factory}/linkedservices/LS")[0] == 200


def test_an_etag_guards_an_update_and_saves_a_read(sandbox: RunningSandbox) -> None:
    path = f"{with_factory(sandbox)}/pipelines/P"
    etag = put(sandbox, path, pipeline())["etag"]

    assert sandbox.call("GET", path, **{"If-None-Match": f'"{etag}"'})[0] == 304
    assert sandbox.call("PUT", path, pipeline(), **{"If-Match": "other"})[0] == 412
    assert sandbox.call("PUT", path, pipeline(), **{"If-Match": etag})[0] == 200


def test_global_parameters_are_one_set_that_a_put_replaces(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    first, second = {"a": {"type": "Int", "value": 1}}, {"b": {"type": "String", "value": "x"}}

    put(sandbox, f"{factory}/globalParameters/default", {"properties": first})
    put(sandbox, f"{factory}/globalParameters/default", {"properties": second})

    assert sandbox.call("GET", f"{factory}/globalParameters/default")[1]["properties"] == second
    assert sandbox.call("GET", factory)[1]["properties"]["globalParameters"] == second
