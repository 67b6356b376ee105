"""Each example of docs/sandbox.md is put in force, and shows what its sentence says."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3

from ecluse_sandbox.faults import Faults, parse
from tests.contract.sandbox.sandbox_bodies import (
    DEPLOYMENTS,
    deploy,
    deployment,
    deployment_path,
    pipeline,
    put,
    resource,
    schedule,
    template,
    with_factory,
)
from tests.sandbox_process import RunningSandbox

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")
FAULTS = PAGE.partition("\n## Faults\n")[2].partition("\n## ")[0]
EXAMPLES = re.findall(r"^([A-Z][^\n]+):\n\n((?:    [^\n]+\n)+)", FAULTS, re.MULTILINE)


def statuses(sandbox: RunningSandbox, times: int, path: str, version: str = "2018-06-01") -> list[int]:
    """The same GET with one token."""
    token = {"Authorization": f"Bearer {sandbox.token()}"}
    return [sandbox.request("GET", f"{path}?api-version={version}", None, token)[0] for _ in range(times)]


def start_fails_once(sandbox: RunningSandbox, factory: str) -> None:
    put(sandbox, f"{factory}/pipelines/P", pipeline())
    put(sandbox, f"{factory}/triggers/TR_Daily", schedule("P"))

    assert [sandbox.call("POST", f"{factory}/triggers/TR_Daily/start")[0] for _ in range(2)] == [500, 200]


def answer_gets_lost(sandbox: RunningSandbox, factory: str) -> None:
    seen = [sandbox.call("PUT", f"{factory}/pipelines/P{number}", pipeline())[0] for number in range(4)]

    assert seen == [200, 200, 504, 200]
    assert sandbox.call("GET", f"{factory}/pipelines/P2")[0] == 200


def asks_for_patience(sandbox: RunningSandbox, factory: str) -> None:
    status, answer, headers = sandbox.call("GET", factory)

    assert (status, answer["error"]["code"], headers["retry-after"]) == (429, "ResourceRequestsThrottled", "2")


def one_resource_is_refused(sandbox: RunningSandbox, factory: str) -> None:
    orders, other = resource("datasets", "DS_Orders", type="X"), resource("datasets", "DS_Other", type="X")
    needs = resource("pipelines", "P", ("datasets/DS_Orders",))

    ended = deploy(sandbox, template(orders, other, needs))

    assert ended["provisioningState"] == "Failed"
    assert [one["id"].rpartition("/")[2] for one in ended["outputResources"]] == ["DS_Other"]
    assert sandbox.call("GET", f"{factory}/pipelines/P")[0] == 404


def every_second_list_is_slow(sandbox: RunningSandbox, factory: str) -> None:
    assert statuses(sandbox, 4, f"{factory}/pipelines") == [200] * 4

    seconds = [call["seconds"] for call in sandbox.calls("GET", "/pipelines?")]
    assert [one >= 0.2 for one in seconds] == [False, True, False, True]


def token_is_too_old(sandbox: RunningSandbox, factory: str) -> None:
    assert factory
    path = deployment_path(sandbox, "none")

    assert statuses(sandbox, 5, path, DEPLOYMENTS) == [404, 404, 404, 401, 401]
    assert statuses(sandbox, 1, path, DEPLOYMENTS) == [404]


def connection_is_cut(sandbox: RunningSandbox, factory: str) -> None:
    assert factory
    body = deployment(template(resource("pipelines", "P")))
    _, _, headers = sandbox.call("PUT", deployment_path(sandbox), body, version=DEPLOYMENTS)
    status = headers["azure-asyncoperation"]

    assert sandbox.call("GET", status)[0] == 200
    with pytest.raises(urllib3.exceptions.ProtocolError):
        sandbox.call("GET", status)
    assert sandbox.call("GET", status)[0] == 200


def somebody_changes_a_pipeline(sandbox: RunningSandbox, factory: str) -> None:
    before = put(sandbox, f"{factory}/pipelines/PL_Load", pipeline())

    read = sandbox.call("GET", f"{factory}/pipelines")[1]["value"][0]
    after = sandbox.call("GET", f"{factory}/pipelines/PL_Load")[1]

    assert read["etag"] == before["etag"] != after["etag"]
    assert after["properties"]["description"] == "changed by hand"
    assert [call["status"] for call in sandbox.calls("OTHER PUT")] == [200]


SHOWN: dict[str, Callable[[RunningSandbox, str], None]] = {
    "The first start": start_fails_once,
    "The third write": answer_gets_lost,
    "The factory asks": asks_for_patience,
    "One resource": one_resource_is_refused,
    "Every second list": every_second_list_is_slow,
    "The token": token_is_too_old,
    "The connection": connection_is_cut,
    "Somebody changes": somebody_changes_a_pipeline,
}


@pytest.mark.parametrize(("sentence", "rules"), EXAMPLES, ids=[sentence for sentence, _ in EXAMPLES])
def test_the_example_does_what_it_says(sandbox: RunningSandbox, sentence: str, rules: str) -> None:
    factory = with_factory(sandbox)
    sandbox.faults(*json.loads(rules))

    (show,) = [one for start, one in SHOWN.items() if sentence.startswith(start)]
    show(sandbox, factory)


def test_all_examples_are_there() -> None:
    assert len(EXAMPLES) == len(SHOWN)


def throttle(**more: Any) -> tuple[Faults, list[float]]:
    """Rules under a clock that the test turns."""
    time = [100.0]
    faults = Faults(clock=lambda: time[0])
    faults.replace(parse([{"path": "/factories/", "action": {"throttleSeconds": 3}, **more}]))
    return faults, time


def waits(faults: Faults) -> str | None:
    rule = faults.hit("GET", "/factories/F")
    return rule.action.answer.headers["Retry-After"] if rule and rule.action.answer else None


def test_whoever_asks_too_early_is_throttled_again_with_a_new_value() -> None:
    faults, time = throttle(nth=2)

    assert waits(faults) is None
    assert waits(faults) == "3"
    time[0] += 1.5
    assert waits(faults) == "2"
    time[0] += 1.5
    assert waits(faults) is None


def test_calls_in_a_throttled_window_use_up_no_strike() -> None:
    faults, time = throttle(times=2)

    seen = []
    for _ in range(3):
        seen.append([waits(faults), waits(faults)])
        time[0] += 3

    assert seen == [["3", "3"], ["3", "3"], [None, None]]
