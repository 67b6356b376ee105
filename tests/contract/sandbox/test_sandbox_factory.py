"""The factory resource and what stands above it: groups, subscriptions, providers, permissions."""

import pytest

from tests.contract.sandbox.sandbox_bodies import error, pipeline, put, with_factory
from tests.sandbox_process import GROUP, RunningSandbox, running

NOWHERE = "11111111-1111-1111-1111-111111111111"


def test_a_put_keeps_nothing_that_it_does_not_name(sandbox: RunningSandbox) -> None:
    settings = {
        "repoConfiguration": {"type": "FactoryGitHubConfiguration", "accountName": "a"},
        "publicNetworkAccess": "Disabled",
        "purviewConfiguration": {"purviewResourceId": "p"},
    }
    path = with_factory(sandbox, properties=settings, identity={"type": "SystemAssigned"})
    assert settings.items() <= sandbox.call("GET", path)[1]["properties"].items()

    put(sandbox, path, {"location": "westeurope", "properties": {}})

    answer = sandbox.call("GET", path)[1]
    assert not settings.keys() & answer["properties"].keys()
    assert "identity" not in answer


def test_a_patch_keeps_what_it_does_not_name(sandbox: RunningSandbox) -> None:
    path = with_factory(sandbox, properties={"publicNetworkAccess": "Disabled"})

    status, answer, _ = sandbox.call("PATCH", path, {"tags": {"a": "b"}})

    assert (status, answer["tags"]) == (200, {"a": "b"})
    assert answer["properties"]["publicNetworkAccess"] == "Disabled"


def test_a_factory_is_spelled_as_recorded(sandbox: RunningSandbox) -> None:
    path = with_factory(sandbox, "Adf-Upper", identity={"type": "SystemAssigned"})

    answer = sandbox.call("GET", path)[1]

    assert answer["id"].endswith("/factories/adf-upper")
    assert answer["name"] == "Adf-Upper"
    assert answer["eTag"].startswith('"')
    assert set(answer["identity"]) == {"type", "principalId", "tenantId"}
    assert answer["properties"]["provisioningState"] == "Succeeded"
    child = put(sandbox, f"{path}/pipelines/P", pipeline())
    assert "/factories/Adf-Upper/pipelines/P" in child["id"]


def test_a_property_on_the_wrong_level_is_refused(sandbox: RunningSandbox) -> None:
    body = {"location": "westeurope", "publicNetworkAccess": "Disabled"}

    status, refusal = error(sandbox, "PUT", sandbox.factory_path(), body)

    assert (status, refusal["code"]) == (400, "InvalidRequestContent")
    assert "Could not find member 'publicNetworkAccess' on object of type 'ResourceDefinition'" in refusal["message"]


def test_deleting_a_factory_deletes_what_is_in_it(sandbox: RunningSandbox) -> None:
    path = with_factory(sandbox)
    put(sandbox, f"{path}/pipelines/P", pipeline())

    assert sandbox.call("DELETE", path)[0] == 200
    assert sandbox.call("DELETE", path)[0] == 204
    with_factory(sandbox)
    assert sandbox.call("GET", f"{path}/pipelines")[1] == {"value": []}


@pytest.mark.parametrize(
    ("path", "code", "text"),
    [
        (f"/subscriptions/{NOWHERE}", "SubscriptionNotFound", f"The subscription '{NOWHERE}' could not be found."),
        ("{subscription}/resourceGroups/foo", "ResourceGroupNotFound", "Resource group 'foo' could not be found."),
        (
            "{group}/providers/Microsoft.DataFactory/factories/X1X",
            "ResourceNotFound",
            (
                "The Resource 'Microsoft.DataFactory/factories/X1X' under resource group 'rg-test' was not found. "
                "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
            ),
        ),
        ("{group}/providers/Microsoft.DataFactory/factories/X1X/pipelines", "ResourceNotFound", None),
        ("{group}/providers/Microsoft.Resources/deployments/X", "DeploymentNotFound", None),
        ("{group}/providers/Microsoft.DataFactory/nothing", "InvalidResourceType", None),
    ],
)
def test_what_is_not_there_is_refused_as_the_gateway_does(
    sandbox: RunningSandbox, path: str, code: str, text: str | None
) -> None:
    full = path.format(subscription=sandbox.group_path.split("/resourceGroups")[0], group=sandbox.group_path)
    version = "2018-06-01" if "DataFactory" in path else "2022-09-01"

    status, answer, headers = sandbox.call("GET", full, version=version)

    assert (status, answer["error"]["code"]) == (404, code)
    assert text is None or answer["error"]["message"] == text
    assert headers["x-ms-failure-cause"] == "gateway"


@pytest.mark.parametrize(
    ("version", "status", "code"),
    [
        ("", 400, "MissingApiVersionParameter"),
        ("2015-10-01", 404, "InvalidResourceType"),
        ("latest", 400, "InvalidApiVersionParameter"),
    ],
)
def test_an_api_version_is_needed_and_checked(sandbox: RunningSandbox, version: str, status: int, code: str) -> None:
    path = f"{sandbox.factory_path()}?api-version={version}"

    assert sandbox.call("GET", path)[:1] == (status,)
    assert sandbox.call("GET", path)[1]["error"]["code"] == code


def test_a_factory_name_is_taken_by_another_resource_group(sandbox: RunningSandbox) -> None:
    with running(sandbox.directory / "two", groups=(GROUP, "rg-other")) as azure:
        path = with_factory(azure)
        status, refusal = error(azure, "PUT", path.replace(GROUP, "rg-other"), {"location": "westeurope"})

    assert (status, refusal["code"]) == (409, "DataFactoryNameInUse")
    assert "'adf-test' is already in use. Resource names must be globally unique." in refusal["message"]


def test_an_unregistered_provider_is_refused_until_it_is_registered(sandbox: RunningSandbox) -> None:
    provider = sandbox.group_path.split("/resourceGroups")[0] + "/providers/Microsoft.DataFactory"
    sandbox.call("POST", f"{provider}/unregister", version="2016-02-01")

    status, refusal = error(sandbox, "PUT", sandbox.factory_path(), {"location": "westeurope"})
    assert (status, refusal["code"]) == (409, "MissingSubscriptionRegistration")
    assert refusal["details"][0]["target"] == "Microsoft.DataFactory"
    sandbox.call("POST", f"{provider}/register", version="2016-02-01")

    with_factory(sandbox)


def test_the_real_clients_read_groups_providers_and_factories(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    clients = sandbox.clients()
    resources = clients.resources()

    assert resources.resource_groups.get(GROUP)["name"] == GROUP
    assert resources.resource_groups.check_existence(GROUP)
    assert not resources.resource_groups.check_existence("nothing")
    assert resources.providers.get("Microsoft.DataFactory")["registrationState"] == "Registered"
    assert [one["name"] for one in clients.data_factory().factories.list()] == ["adf-test"]
    permissions = f"{sandbox.group_path}/providers/Microsoft.Authorization/permissions"
    assert sandbox.call("GET", permissions, version="2022-04-01")[1]["value"][0]["actions"] == ["*"]
