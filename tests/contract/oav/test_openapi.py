"""The sandbox's answers as Microsoft's own validator judges them, by Microsoft's OpenAPI descriptions.

What a whole test run exchanged is judged by `whole_run.py`. Here: that the judge sees what is wrong, that what it lets
pass is what the real service does, and that nothing is recorded that should not be.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ecluse_sandbox.pairs import VARIABLE
from tests.contract.oav import judging
from tests.contract.oav.operations import complaints
from tests.contract.recordings.recorded import Interaction, sessions
from tests.contract.sandbox.sandbox_bodies import deploy, put, resource, schedule, template, with_factory
from tests.sandbox_process import RunningSandbox, running

ROOT = Path(__file__).resolve().parents[3]
KNOWN = json.loads((judging.HERE / "known.json").read_text(encoding="utf-8"))
SQL = {"type": "AzureSqlDatabase", "typeProperties": {"connectionString": "Server=s;Database=d;Password=c4nary"}}
WAIT = {"activities": [{"name": "Wait", "type": "Wait", "typeProperties": {"waitTimeInSeconds": 1}}]}
DAILY = {"recurrence": {"frequency": "Day", "interval": 1, "startTime": "2024-01-01T00:00:00Z"}}

needs_the_judge = pytest.mark.skipif(bool(judging.hindrance()), reason=judging.hindrance())


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What a server recorded while a few ordinary things were done."""
    folder = tmp_path_factory.mktemp("recorded")
    with running(folder, "--record-pairs", str(folder / "pairs")) as azure:
        do_ordinary_things(azure)
    return list(judging.recorded(folder / "pairs"))


def do_ordinary_things(azure: RunningSandbox) -> None:
    factory = with_factory(azure)
    put(azure, f"{factory}/linkedservices/LS_Sql", {"properties": SQL})
    put(azure, f"{factory}/pipelines/PL_Wait", {"properties": WAIT})
    put(azure, f"{factory}/triggers/TR", schedule("PL_Wait", typeProperties=DAILY))
    azure.call("POST", f"{factory}/triggers/TR/start")
    azure.call("PUT", f"{factory}/triggers/TR", schedule("PL_Wait", typeProperties=DAILY))
    for path in ("", "/pipelines", "/pipelines/PL_Wait", "/pipelines/PL_Gone"):
        azure.call("GET", factory + path)
    deploy(azure, template(resource("pipelines", "PL_By_Template")))


def one(pairs: list[dict[str, Any]], method: str, path: str) -> dict[str, Any]:
    return next(pair for pair in pairs if pair["request"]["method"] == method and f"{path}?" in pair["request"]["url"])


@needs_the_judge
def test_ordinary_things_pass(pairs: list[dict[str, Any]]) -> None:
    report = judging.judged(pairs)

    assert report.lines == ()
    assert report.verdicts["ok"] > report.verdicts["known"] > 0
    assert sum(report.verdicts.values()) == report.pairs == len(pairs)


Change = Callable[[dict[str, Any]], dict[str, Any]]


def answering(status: int, body: Any) -> Change:
    return lambda response: response | {"status": status, "body": body}


def without(*keys: str) -> Change:
    return lambda response: response | {"body": {k: v for k, v in response["body"].items() if k not in keys}}


WRONG: tuple[tuple[str, str, Change], ...] = (
    ("POST", "/triggers/TR/start", answering(202, {})),
    ("GET", "/pipelines/PL_Wait", without("properties")),
    ("PUT", "/linkedservices/LS_Sql", without("properties")),
    ("GET", "/pipelines", answering(200, {"value": [{"id": "x", "name": "y", "type": "z"}]})),
    ("GET", "/pipelines", answering(200, {})),
    ("GET", "/pipelines/PL_Gone", answering(404, {"code": "ResourceNotFound", "message": "m"})),
    ("PUT", "/triggers/TR", answering(400, {"error": "no"})),
    ("PUT", "/pipelines/PL_Wait", answering(201, {"properties": {"activities": []}})),
)


def made_wrong(pairs: list[dict[str, Any]], method: str, path: str, change: Change) -> dict[str, Any]:
    right = one(pairs, method, path)
    return right | {"response": change(right["response"])}


@pytest.mark.parametrize(("method", "path", "change"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_answer_is_found_by_our_own_table(
    pairs: list[dict[str, Any]], method: str, path: str, change: Change
) -> None:
    assert list(complaints(one(pairs, method, path))) == []
    assert list(complaints(made_wrong(pairs, method, path, change)))


@needs_the_judge
def test_each_wrong_answer_is_found_by_the_validator(pairs: list[dict[str, Any]]) -> None:
    wrong = [made_wrong(pairs, *row) for row in WRONG]

    assert judging.judged(wrong).verdicts["wrong"] == len(wrong)


@needs_the_judge
def test_an_unknown_address_that_is_answered_and_a_lie_in_an_object_are_found(pairs: list[dict[str, Any]]) -> None:
    right = one(pairs, "GET", "/pipelines/PL_Wait")
    elsewhere = right["request"] | {"url": right["request"]["url"].replace("/pipelines/", "/pipe/lines/")}
    properties = right["response"]["body"]["properties"] | {"runtimeState": "Started"}
    lie = right["response"] | {"body": right["response"]["body"] | {"properties": properties}}

    report = judging.judged([right | {"request": elsewhere}, right | {"response": lie}])

    assert report.verdicts["wrong"] == 2


@needs_the_judge
def test_what_callers_sent_on_their_own_account_is_counted_apart(pairs: list[dict[str, Any]]) -> None:
    sent = one(pairs, "PUT", "/pipelines/PL_Wait")
    odd = {"activities": [], "madeUp": 1}
    body = sent["response"]["body"] | {"properties": odd}
    written = {**sent, "request": sent["request"] | {"body": {"properties": odd}}}
    echoed = {**written, "response": sent["response"] | {"body": body}}

    assert judging.judged([echoed]).rules == {"as its caller sent it: OBJECT_ADDITIONAL_PROPERTIES": 1}
    assert judging.judged([sent | {"response": echoed["response"]}]).lines


@needs_the_judge
def test_each_rule_of_the_allow_list_is_one_that_the_real_service_trips_that_often() -> None:
    report = judging.judged([as_pair(each) for each in in_arm()])

    for row in KNOWN:
        assert report.rules.get(row["rule"], 0) >= row["recorded"], row
    assert [row["rule"] for row in KNOWN if not row["recorded"]] == ["a connection string that is a secret as a whole"]


def in_arm() -> Iterator[Interaction]:
    for session in sessions():
        yield from (each for each in session.interactions if each.host == "management.azure.com")


def as_pair(each: Interaction) -> dict[str, Any]:
    """A recorded interaction in the sandbox's form; a body that is no strict JSON can't be read."""
    try:
        body, unread = json.loads(each.body) if each.body else None, False
    except ValueError:
        body, unread = None, True
    answer = each.answer.body if isinstance(each.answer.body, dict) else None
    return {
        "request": {
            "method": each.method,
            "url": f"{each.path}?{each.query}",
            "headers": {"content-type": "application/json"},
            "body": body,
            "unread": unread,
        },
        "response": {"status": each.answer.status, "headers": each.answer.headers, "body": answer},
    }


def test_recorded_pairs_hold_every_call_and_no_secret(pairs: list[dict[str, Any]]) -> None:
    text = json.dumps(pairs)
    sent = one(pairs, "PUT", "/linkedservices/LS_Sql")

    assert {pair["request"]["url"].split("/")[1] for pair in pairs} > {"subscriptions"}
    assert sent["request"]["body"]["properties"]["typeProperties"] == {"connectionString": "Server=s;Database=d;"}
    assert "c4nary" not in text
    assert "Bearer" not in text
    assert "access_token" not in text


def test_nothing_is_recorded_unless_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)

    with running(tmp_path / "sandbox") as azure:
        with_factory(azure)

    assert not list(tmp_path.rglob("*.jsonl"))


A_RUN = """
import json, os, pathlib
from ecluse_sandbox.pairs import VARIABLE
from tests.contract.sandbox.sandbox_bodies import with_factory, put, schedule
from tests.sandbox_process import running

def test_a_stop(tmp_path):
    with running(tmp_path) as azure:
        trigger = with_factory(azure) + "/triggers/TR"
        put(azure, trigger, schedule())
        azure.faults({"path": "/start", "action": {"status": 202, "body": {}}})
        azure.call("POST", trigger + "/start")
    request = {"method": "POST", "url": trigger + "/stop?api-version=2018-06-01", "headers": {}, "body": None}
    pair = {"request": request, "response": {"status": STATUS, "headers": {}, "body": {}}, "planned": False}
    pathlib.Path(os.environ[VARIABLE], "by-hand.jsonl").write_text(json.dumps(pair))
"""


@needs_the_judge
@pytest.mark.parametrize(("status", "code", "last"), [(200, 0, "1 passed"), (202, 1, "1 failed, 1 passed")])
def test_a_whole_run_fails_in_its_last_line_when_one_answer_was_wrong_unless_a_fault_rule_made_it(
    tmp_path: Path, status: int, code: int, last: str
) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_configure as pytest_configure\n")
    (tmp_path / "test_run.py").write_text(A_RUN.replace("STATUS", str(status)))
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE and "PYTEST" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "1", str(tmp_path)],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "engine")))},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code, done.stdout + done.stderr
    assert last in done.stdout.splitlines()[-1]
    assert ("INVALID_RESPONSE_CODE" in done.stdout) is bool(code)
