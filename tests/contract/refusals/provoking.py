"""Ways to bring the sandbox to a refusal: each gives the HTTP status and the whole body."""

from collections.abc import Callable
from typing import Any, TypeAlias

from tests.contract.sandbox.sandbox_bodies import (
    DEPLOYMENTS,
    deployment,
    deployment_path,
    final,
    pipeline,
    put,
    refer,
    resource,
    schedule,
    template,
    tumbling,
    with_factory,
)
from tests.sandbox_process import RunningSandbox

Refused: TypeAlias = tuple[int, Any]
Provoke: TypeAlias = Callable[[RunningSandbox], Refused]
PIPELINE = resource("pipelines", "P")
ENDPOINT = {"privateLinkResourceId": "/subscriptions/s/x/stor", "groupId": "blob"}


def put_object(path: str, body: dict[str, Any], *, first: tuple[tuple[str, dict[str, Any]], ...] = ()) -> Provoke:
    """A PUT below a fresh factory, after others that must succeed."""
    return on_object("PUT", path, body, first=first)


def on_object(
    method: str, path: str, body: Any = None, *, first: tuple[tuple[str, dict[str, Any]], ...] = ()
) -> Provoke:
    """Any call below a fresh factory, after PUTs that must succeed."""

    def provoke(sandbox: RunningSandbox) -> Refused:
        factory = with_factory(sandbox)
        for where, what in first:
            put(sandbox, f"{factory}/{where}", what)
        return sandbox.call(method, f"{factory}/{path}", body)[:2]

    return provoke


def started(method: str) -> Provoke:
    """PUT or DELETE of a trigger that runs."""

    def provoke(sandbox: RunningSandbox) -> Refused:
        factory = with_factory(sandbox)
        put(sandbox, f"{factory}/pipelines/P", pipeline())
        put(sandbox, f"{factory}/triggers/T", schedule("P"))
        sandbox.call("POST", f"{factory}/triggers/T/start")
        return sandbox.call(method, f"{factory}/triggers/T", schedule("P") if method == "PUT" else None)[:2]

    return provoke


def provisioning(action: str) -> Provoke:
    """An action on an event trigger while Event Grid is at work."""

    def provoke(sandbox: RunningSandbox) -> Refused:
        trigger = f"{with_factory(sandbox)}/triggers/T"
        sandbox.settings(eventPolls=3)
        put(sandbox, trigger, schedule(kind="BlobEventsTrigger"))
        sandbox.call("POST", f"{trigger}/subscribeToEvents")
        return sandbox.call("POST", f"{trigger}/{action}")[:2]

    return provoke


def start_of(trigger: dict[str, Any]) -> Provoke:
    """The start of a trigger on a pipeline that is there."""
    return on_object("POST", "triggers/T/start", first=(("pipelines/P", pipeline()), ("triggers/T", trigger)))


def recurring(**recurrence: Any) -> dict[str, Any]:
    """A schedule trigger with this recurrence."""
    return schedule("P", typeProperties={"recurrence": {"frequency": "Day", "interval": 1} | recurrence})


def changed_window(start: str) -> Provoke:
    """A tumbling window with another start time."""
    return put_object("triggers/T", tumbling(start), first=(("triggers/T", tumbling("2024-01-01T00:00:00Z")),))


def referenced(sandbox: RunningSandbox) -> Refused:
    """DELETE of a linked service that a data set uses."""
    factory = with_factory(sandbox)
    put(sandbox, f"{factory}/linkedservices/LS_KV_", {"properties": {"type": "X"}})
    used = {"type": "X", "linkedServiceName": refer("LinkedService", "LS_KV_")}
    put(sandbox, f"{factory}/datasets/DS", {"properties": used})
    return sandbox.call("DELETE", f"{factory}/linkedservices/LS_KV_")[:2]


def second_endpoint(sandbox: RunningSandbox) -> Refused:
    """A second private endpoint to one data source."""
    network = f"{with_factory(sandbox)}/managedVirtualNetworks/default"
    put(sandbox, network, {"properties": {}})
    put(sandbox, f"{network}/managedPrivateEndpoints/E", {"properties": ENDPOINT})
    return sandbox.call("PUT", f"{network}/managedPrivateEndpoints/X", {"properties": ENDPOINT})[:2]


def other_endpoint(sandbox: RunningSandbox) -> Refused:
    """A private endpoint that would lead to another data source."""
    network = f"{with_factory(sandbox)}/managedVirtualNetworks/default"
    put(sandbox, network, {"properties": {}})
    put(sandbox, f"{network}/managedPrivateEndpoints/E", {"properties": ENDPOINT})
    return sandbox.call("PUT", f"{network}/managedPrivateEndpoints/E", {"properties": ENDPOINT | {"groupId": "dfs"}})[
        :2
    ]


def foreign_credential(sandbox: RunningSandbox) -> Refused:
    """A linked service as another factory shows it: its secret is one that only that factory can read."""
    typed = {"connectionString": "Server=a;Password=b"}
    made = put(
        sandbox, f"{with_factory(sandbox)}/linkedservices/X", {"properties": {"type": "X", "typeProperties": typed}}
    )
    other = with_factory(sandbox, "adf-other")
    return sandbox.call("PUT", f"{other}/linkedservices/X", {"properties": made["properties"]})[:2]


def get(path: str, version: str = "2018-06-01") -> Provoke:
    """A GET below the subscription; `{group}` and `{subscription}` stand for the sandbox's own."""

    def provoke(sandbox: RunningSandbox) -> Refused:
        subscription = sandbox.group_path.split("/resourceGroups")[0]
        return sandbox.call("GET", path.format(group=sandbox.group_path, subscription=subscription), None, version)[:2]

    return provoke


def name_taken(sandbox: RunningSandbox) -> Refused:
    """A factory whose name another group has."""
    with_factory(sandbox)
    other = sandbox.factory_path().replace("/rg-test/", "/rg-other/")
    return sandbox.call("PUT", other, {"location": "westeurope"})[:2]


def wrong_level(sandbox: RunningSandbox) -> Refused:
    """A factory PUT with a property beside `properties`."""
    body = {"location": "westeurope", "publicNetworkAccess": "Disabled"}
    return sandbox.call("PUT", sandbox.factory_path(), body)[:2]


def unregistered(sandbox: RunningSandbox) -> Refused:
    """A factory in a subscription that lacks the provider."""
    provider = sandbox.group_path.split("/resourceGroups")[0] + "/providers/Microsoft.DataFactory"
    sandbox.call("POST", f"{provider}/unregister", version="2016-02-01")
    return sandbox.call("PUT", sandbox.factory_path(), {"location": "westeurope"})[:2]


def late(sandbox: RunningSandbox) -> Refused:
    """A call with a token past its lifetime."""
    sandbox.settings(tokenLifetimeSeconds=0)
    late = {"Authorization": f"Bearer {sandbox.token()}"}
    return sandbox.request("GET", f"{sandbox.group_path}?api-version=2022-09-01", None, late)[:2]


def deployed(body: dict[str, Any], **parameters: Any) -> Provoke:
    """The PUT of a deployment."""

    def provoke(sandbox: RunningSandbox) -> Refused:
        return sandbox.call("PUT", deployment_path(sandbox), deployment(body, **parameters), DEPLOYMENTS)[:2]

    return provoke


def linked(sandbox: RunningSandbox) -> Refused:
    """A deployment whose template lies elsewhere."""
    body = {"properties": {"mode": "Incremental", "templateLink": {"uri": "https://x.invalid/ArmTemplate_0.json"}}}
    return sandbox.call("PUT", deployment_path(sandbox), body, DEPLOYMENTS)[:2]


def still_running(sandbox: RunningSandbox) -> Refused:
    """A second PUT of a deployment that runs."""
    with_factory(sandbox)
    sandbox.settings(stepDelaySeconds=60)
    path, body = deployment_path(sandbox), deployment(template(PIPELINE))
    sandbox.call("PUT", path, body, DEPLOYMENTS)
    refused = sandbox.call("PUT", path, body, DEPLOYMENTS)[:2]
    sandbox.control("POST", "reset")
    return refused


def failed(sandbox: RunningSandbox) -> Refused:
    """The status body of a deployment one of whose resources was refused."""
    with_factory(sandbox)
    bad = resource("pipelines", "Pipeline1", activities=[{"name": "a", "uses": refer("Pipeline", "Pipeline2")}])
    _, _, headers = sandbox.call("PUT", deployment_path(sandbox), deployment(template(bad)), DEPLOYMENTS)
    final(sandbox)
    return sandbox.call("GET", headers["azure-asyncoperation"].removeprefix(sandbox.url))[:2]


def failed_resource(sandbox: RunningSandbox) -> Refused:
    """The first detail of a deployment whose resource ended badly by itself."""
    with_factory(sandbox)
    sandbox.faults({"method": "DEPLOY", "action": {"refusal": "ResourceDeploymentFailure"}})
    sandbox.call("PUT", deployment_path(sandbox), deployment(template(PIPELINE)), DEPLOYMENTS)
    return 200, {"error": final(sandbox)["error"]["details"][0]}


def asked(name: str) -> Provoke:
    """A refusal that the sandbox plays on request only."""

    def provoke(sandbox: RunningSandbox) -> Refused:
        sandbox.faults({"path": "^/subscriptions/", "action": {"refusal": name}})
        return sandbox.call("PUT", sandbox.factory_path(), {"location": "westeurope"})[:2]

    return provoke


def asked_of_entra(name: str) -> Provoke:
    """A refusal of the token endpoint on request."""

    def provoke(sandbox: RunningSandbox) -> Refused:
        sandbox.faults({"path": "/oauth2/", "action": {"refusal": name}})
        return sandbox.request("POST", f"/{sandbox.info['tenantId']}/oauth2/v2.0/token", b"grant_type=x")[:2]

    return provoke


def played(scenario: str, method: str, path: str, body: Any = None) -> Provoke:
    """A call below a fresh factory while a scenario plays."""

    def provoke(sandbox: RunningSandbox) -> Refused:
        factory = with_factory(sandbox)
        sandbox.control("PUT", "scenario", {"name": scenario})
        return sandbox.call(method, factory + path, body)[:2]

    return provoke
