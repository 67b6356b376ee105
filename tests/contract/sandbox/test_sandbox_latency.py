"""The latency model: which class a call is of, how many are served at once, and that it is off unless asked for."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ecluse_sandbox import latency
from tests.contract.sandbox.sandbox_bodies import (
    DEPLOYMENTS,
    deploy,
    deployment,
    deployment_path,
    final,
    pipeline,
    refer,
    resource,
    template,
    with_factory,
)
from tests.sandbox_process import RunningSandbox, running, start

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")
GROUP = "/subscriptions/s/resourceGroups/g"
FACTORY = f"{GROUP}/providers/Microsoft.DataFactory/factories/f"
OK = 200
DEPLOYMENT = f"{GROUP}/providers/Microsoft.Resources/deployments/d"


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/subscriptions", "list"),
        ("GET", "/subscriptions/s", "read"),
        ("GET", f"{GROUP}?api-version=2022-09-01", "read"),
        ("HEAD", DEPLOYMENT, "read"),
        ("GET", FACTORY, "read"),
        ("GET", f"{FACTORY}/pipelines?api-version=2018-06-01", "list"),
        ("GET", f"{FACTORY}/managedVirtualNetworks/default/managedPrivateEndpoints", "list"),
        ("GET", f"{FACTORY}/pipelines/p", "read"),
        ("PUT", f"{FACTORY}/pipelines/p", "write"),
        ("DELETE", f"{FACTORY}/pipelines/p", "write"),
        ("POST", f"{FACTORY}/triggers/t/start", "write"),
        ("POST", f"{FACTORY}/triggers/t/getEventSubscriptionStatus?api-version=2018-06-01", "poll"),
        ("GET", f"{FACTORY}/adfcdcs/c/status", "poll"),
        ("POST", f"{FACTORY}/integrationRuntimes/i/getStatus", "poll"),
        ("GET", f"{FACTORY}/integrationRuntimes/i/start/operationstatuses/1", "poll"),
        ("PUT", DEPLOYMENT, "write"),
        ("GET", f"{DEPLOYMENT}/operations", "list"),
        ("GET", f"{GROUP}/deployments/d/operations", "list"),
        ("GET", f"{DEPLOYMENT}/operationStatuses/1?api-version=2024-07-01", "poll"),
        ("POST", "/tenant/oauth2/v2.0/token", ""),
        ("GET", "/_sandbox/calls", ""),
    ],
)
def test_every_call_is_of_a_class(method: str, path: str, kind: str) -> None:
    assert latency.kind_of(method, path) == kind


@pytest.mark.parametrize(("limit", "most"), [(0, 6), (1, 1), (3, 3)])
def test_no_more_are_in_service_than_the_limit_and_all_get_their_turn(limit: int, most: int) -> None:
    seen: list[int] = []

    async def call(model: latency.Latency) -> None:
        async with model.served("read") as at_once:
            seen.append(at_once)
            await asyncio.sleep(0)

    async def everybody() -> None:
        model = latency.parse({"read": {"atOnce": limit}})
        await asyncio.gather(*(call(model) for _ in range(6)))

    asyncio.run(everybody())

    assert len(seen) == 6
    assert max(seen) == most


def test_a_call_that_is_given_up_makes_room_for_the_next() -> None:
    async def story() -> int:
        model = latency.parse({"read": {"atOnce": 1, "delaySeconds": 60}})

        async def call() -> None:
            async with model.served("read"):
                raise AssertionError("it was given up before")

        first = asyncio.create_task(call())
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        model.paces = {}
        async with model.served("read") as at_once:
            return at_once

    assert asyncio.run(story()) == 1


def puts(azure: RunningSandbox, count: int) -> None:
    """PUTs of so many pipelines, all at once."""
    token = {"Authorization": f"Bearer {azure.token()}"}

    def write(number: int) -> int:
        path = f"{azure.factory_path()}/pipelines/P{number}?api-version=2018-06-01"
        return azure.request("PUT", path, pipeline(), token)[0]

    with ThreadPoolExecutor(count) as pool:
        assert list(pool.map(write, range(count))) == [200] * count


def test_the_log_shows_how_many_were_in_service(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    sandbox.control("PUT", "latency", {"write": {"delaySeconds": 0.02, "atOnce": 2}})

    puts(sandbox, 12)

    writes = sandbox.calls("PUT", "/pipelines/")
    assert {call["class"] for call in writes} == {"write"}
    assert max(call["atOnce"] for call in writes) <= 2


def test_a_class_without_a_pace_is_not_held_up_by_another(sandbox: RunningSandbox) -> None:
    factory = with_factory(sandbox)
    sandbox.control("PUT", "latency", {"step": {"delaySeconds": 60, "atOnce": 1}})
    body = deployment(template(resource("pipelines", "P")))
    sandbox.call("PUT", deployment_path(sandbox), body, version=DEPLOYMENTS)

    assert sandbox.call("GET", factory)[0] == 200

    assert sandbox.calls("DEPLOY") == []


def test_steps_are_limited_over_all_deployments(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    sandbox.control("PUT", "latency", {"step": {"delaySeconds": 0.01, "atOnce": 1}})
    for number in range(4):
        body = deployment(template(*(resource("datasets", f"D{number}{at}", type="X") for at in range(3))))
        sandbox.call("PUT", deployment_path(sandbox, f"d{number}"), body, version=DEPLOYMENTS)

    ended = [final(sandbox, f"d{number}")["provisioningState"] for number in range(4)]

    assert ended == ["Succeeded"] * 4
    assert [call["atOnce"] for call in sandbox.calls("DEPLOY")] == [1] * 12


def written(azure: RunningSandbox) -> list[str]:
    """What deployments wrote, in order."""
    return [call["path"].rpartition("/")[2] for call in azure.calls("DEPLOY") if call["status"] == OK]


def test_a_deployment_writes_at_once_what_does_not_depend_on_each_other(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    sandbox.control("PUT", "latency", {"step": {"delaySeconds": 0.1}})
    datasets = [resource("datasets", f"D{number}", type="X") for number in range(3)]
    needs = tuple(f"datasets/D{number}" for number in range(3))

    deploy(sandbox, template(*datasets, resource("pipelines", "P", needs)))

    assert written(sandbox)[-1] == "P"
    assert [call["atOnce"] for call in sandbox.calls("DEPLOY")] == [1, 2, 3, 1]


def test_without_a_pace_they_go_in_turn(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    datasets = [resource("datasets", f"D{number}", type="X") for number in range(3)]

    sandbox.faults({"method": "DEPLOY", "path": "D2", "action": {"delaySeconds": 0.1}})

    deploy(sandbox, template(datasets[0], resource("pipelines", "P", ("datasets/D0",)), *datasets[1:]))

    assert written(sandbox) == ["D2", "D1", "D0", "P"]
    assert [call["atOnce"] for call in sandbox.calls("DEPLOY")] == [1] * 4


def test_a_failure_blocks_only_what_needs_it(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    sandbox.control("PUT", "latency", {"step": {"delaySeconds": 0.01}})
    broken = resource("datasets", "D", type="X", linkedServiceName=refer("LinkedService", "NONE"))
    below = resource("pipelines", "P", ("datasets/D",))
    further = resource("pipelines", "R", ("pipelines/P",))

    done = deploy(sandbox, template(broken, below, further, resource("pipelines", "Q")))

    assert len(done["error"]["details"]) == 1
    assert written(sandbox) == ["Q"]


def test_cancel_stops_what_has_not_begun(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    sandbox.control("PUT", "latency", {"step": {"delaySeconds": 0.3, "atOnce": 1}})
    path = deployment_path(sandbox)
    body = deployment(template(*(resource("datasets", f"D{number}", type="X") for number in range(4))))
    sandbox.call("PUT", path, body, version=DEPLOYMENTS)
    while not sandbox.calls("DEPLOY"):
        pass

    assert sandbox.call("POST", f"{path}/cancel", version=DEPLOYMENTS)[0] == 204

    assert final(sandbox)["provisioningState"] == "Canceled"
    assert 0 < len(written(sandbox)) < 4


def test_a_nested_deployment_leaves_the_places_to_its_resources(sandbox: RunningSandbox) -> None:
    with_factory(sandbox)
    sandbox.control("PUT", "latency", {"step": {"delaySeconds": 0.01, "atOnce": 1}})
    inner = template(resource("pipelines", "P"))
    nested = {
        "type": "Microsoft.Resources/deployments",
        "name": "inner",
        "apiVersion": DEPLOYMENTS,
        "properties": {"mode": "Incremental", "template": inner, "expressionEvaluationOptions": {"scope": "inner"}},
    }

    done = deploy(sandbox, template(nested))

    assert done["provisioningState"] == "Succeeded"
    assert written(sandbox) == ["P", "inner"]


def test_it_is_off_unless_asked_for_and_after_a_reset(sandbox: RunningSandbox) -> None:
    assert sandbox.control("GET", "latency") == {}
    sandbox.control("PUT", "latency", {"read": {"delaySeconds": 0.01}})
    assert sandbox.control("GET", "latency") == {"read": {"delaySeconds": 0.01, "atOnce": 0}}

    sandbox.control("POST", "reset")

    assert sandbox.control("GET", "latency") == {}


def test_the_command_line_takes_a_spec_or_a_file(tmp_path: Path) -> None:
    (example,) = re.findall(r'^    (\{"read": .+\})$', PAGE, re.MULTILINE)
    file = tmp_path / "latency.json"
    file.write_text(example)

    assert latency.typed(str(file)).as_json() == latency.typed("read=0.1,write=0.3/4").as_json()
    with running(tmp_path / "state", "--latency", "poll=0.01/2") as azure:
        assert azure.control("GET", "latency") == {"poll": {"delaySeconds": 0.01, "atOnce": 2}}


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ("fast=1", "unknown class fast; known: read, write, list, step, poll"),
        ("read=slow", "'read=slow' should be CLASS=SECONDS or CLASS=SECONDS/AT_ONCE"),
        ("read=-1", "read: delaySeconds is a number from 0 up"),
        ("read=nan", "read: delaySeconds is a number from 0 up"),
        ("read=1/-1", "read: atOnce is a whole number from 0 up"),
    ],
)
def test_a_wrong_spec_is_explained(wrong: str, text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        latency.typed(wrong)


@pytest.mark.parametrize("wrong", [[], {"read": 1}, {"read": {"delay": 1}}, {"read": {"atOnce": 1.5}}])
def test_a_wrong_document_is_explained(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"object|whole number"):
        latency.parse(json.loads(json.dumps(wrong)))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    process = start(tmp_path, "--latency", str(tmp_path / "none.json"))
    _, err = process.communicate(timeout=60)

    assert process.returncode == 2
    assert b"--latency" in err
