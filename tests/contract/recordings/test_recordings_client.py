"""Our Azure layer understands every recorded answer of the service: no JSON lost, operations end, errors are told."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, cast

import pytest

from ecluse.apply.ports import DeploymentState
from ecluse.azure.addresses import group_of
from ecluse.azure.calls import Call, ask, pages
from ecluse.azure.clients import AzureClients
from ecluse.azure.factory import AzureDataFactory
from ecluse.azure.reader import read_live
from ecluse.azure.refusals import AzureFailed
from ecluse.errors import Code, EcluseError, Refused
from ecluse.model.objects import ref
from ecluse.plan.plan import Target
from ecluse.plan.steps import DeployTemplate, StartTrigger, StopTrigger
from tests.contract.recordings import player, scope
from tests.contract.recordings.recorded import Answer, Interaction, Session, of_the_service, refusals, sessions
from tests.sandbox_process import SUBSCRIPTION

STEP = DeployTemplate(1, (), {}, {})


@dataclass(frozen=True, slots=True)
class Told:
    """What a recorded refusal becomes."""

    code: Code
    message: str
    remedy: str


ERRORS = {
    "InvalidTemplate": Told(
        Code.DEPLOYMENT_FAILED, r"'extra_param' at line '18' .* \(at properties\.template\.", "can't read the template"
    ),
    "ResourceGroupNotFound": Told(Code.GROUP_MISSING, r"'SomeRandomRG' could not be found", "--resource-group"),
    "MissingSubscriptionRegistration": Told(
        Code.AZURE_REFUSED, r"not registered to use namespace 'Microsoft\.DataFactory'", "az provider register"
    ),
}
"""Every code that the recordings hold, and the problem that it becomes; docs/sandbox.md tells how often."""


@pytest.fixture(scope="module")
def recorded() -> list[Session]:
    return sessions()


def answered(each: Interaction) -> Any:
    """What our layer makes of one recorded answer."""
    call = Call(each.method, each.path, json.loads(each.body) if _is_json(each.body) else None, (each.answer.status,))
    with player.clients(lambda _method, _path: each.answer) as azure:
        return ask(azure.data_factory, call).body


def _is_json(raw: bytes) -> bool:
    try:
        return isinstance(json.loads(raw), dict)
    except ValueError:
        return False


def test_no_recorded_answer_loses_anything(recorded: list[Session]) -> None:
    seen = 0
    for each in of_the_service(recorded):
        wanted = None if each.answer.body == "" else each.answer.body  # an empty text says nothing, too
        assert json.dumps(answered(each)) == json.dumps(wanted), each.place
        seen += 1
    assert seen > 0


def test_every_recorded_list_comes_out_item_by_item(recorded: list[Session]) -> None:
    for each in of_the_service(recorded):
        if each.method == "GET" and isinstance(each.answer.body, dict) and "value" in each.answer.body:
            with player.clients(lambda _method, _path, answer=each.answer: answer) as azure:  # type: ignore[misc]  # bound per turn
                items = list(pages(azure.data_factory, Call("GET", each.path)))
            assert json.dumps(items) == json.dumps(each.answer.body["value"]), each.place


def target_of(each: Interaction) -> Target:
    factory = re.search(r"/factories/([^/]+)", each.path)
    return Target(SUBSCRIPTION, group_of(each.path), factory[1] if factory else "adf")


def gets(session: Session) -> dict[str, Answer]:
    """The first recorded answer of every address of a factory that was listed."""
    found: dict[str, Answer] = {}
    for each in session.interactions:
        if each.method == "GET" and "/factories/" in each.path:
            found.setdefault(each.path, each.answer)
    return found


def test_a_recorded_factory_is_read_as_it_was(recorded: list[Session]) -> None:
    read = 0
    for session in recorded:
        answers = gets(session)
        factory = next((path for path in answers if re.search(r"/factories/[^/]+$", path)), None)
        if factory is None:
            continue
        target = target_of(next(each for each in session.interactions if each.path == factory))
        with player.clients(player.ByPath(answers)) as azure:
            live = read_live(azure, target)
        listed = [item for path, answer in answers.items() if path.startswith(factory) for item in _items(answer)]
        assert {item["id"]: item for item in listed} == {
            each.body["id"]: each.body for each in live.factory.objects.values()
        }
        assert live.running == frozenset()
        read += len(listed)
    assert read > 0


def _items(answer: Answer) -> list[dict[str, Any]]:
    value = answer.body.get("value") if isinstance(answer.body, dict) else None
    return value if isinstance(value, list) else []


def test_recorded_starts_stops_and_subscriptions_are_understood(recorded: list[Session]) -> None:
    done: Counter[str] = Counter()
    for session in recorded:
        for each in session.interactions:
            if action := re.search(r"/triggers/([^/]+)/(start|stop)$", each.path):
                order = player.InOrder([player.asked(each, "")])
                with player.clients(order) as azure:
                    live = AzureDataFactory(azure, target_of(each))
                    at = ref("trigger", action[1])
                    if action[2] == "start":
                        live.start_trigger(StartTrigger(at))
                    else:
                        live.stop_trigger(StopTrigger(at))
                assert not order.left
                done[action[2]] += 1
    assert done.keys() == {"start", "stop"}


def test_a_recorded_event_subscription_is_settled(recorded: list[Session]) -> None:
    """In the order of the recordings: status, unsubscribe, subscribe, start, stop."""
    settled = 0
    for session in recorded:
        ours = [
            player.asked(each, "") for each in session.interactions if re.search(r"/triggers/[^/]+/\w+$", each.path)
        ]
        words = {path.rsplit("/", 1)[1]: (method, path, answer) for method, path, answer in reversed(ours)}
        if "subscribeToEvents" not in words:
            continue
        method, path, enabled = words["getEventSubscriptionStatus"]
        order = [
            words["subscribeToEvents"],
            (method, path, enabled),
            ("GET", path.rsplit("/", 1)[0], Answer(200, {}, {"properties": {"runtimeState": "Stopped"}})),
            words["start"],
            words["unsubscribeFromEvents"],
            (method, path, words["unsubscribeFromEvents"][2]),
            words["stop"],
        ]
        play = player.InOrder(order)
        with player.clients(play) as azure:
            live = AzureDataFactory(azure, target_of(session.interactions[1]))
            at = ref("trigger", path.split("/")[-2])
            live.start_trigger(StartTrigger(at, event=True))
            live.stop_trigger(StopTrigger(at, event=True))
        assert not play.left
        settled += 1
    assert settled


def operation(session: Session, number: int) -> list[tuple[str, str, Answer]]:
    """A long operation from the call that began it to its last poll, the resource that a PUT made included."""
    begun = session.interactions[number]
    found = [player.asked(begun, scope.deployment_of(session, number))]
    polled = {begun.answer.headers.get(name, "").rsplit("/", 1)[-1].split("?")[0] for name in _POLLED} - {""}
    for at, each in enumerate(session.interactions[number + 1 :], number + 1):
        last = each.path.rsplit("/", 1)[-1]
        is_made = begun.method == "PUT" and each.path == begun.path and each.method == "GET" and len(found) > 1
        if last not in polled and not is_made:
            break
        found.append(player.asked(each, scope.deployment_of(session, at)))
        if is_made:
            break
    return found


_POLLED = ("azure-asyncoperation", "location")
_LONG = {
    r"/integrationRuntimes/([^/]+)/(start|stop)": 202,
    r"/deployments/mock-deployment": 201,
    r"/deployments/mock-deployment/whatIf": 202,
}


def begun(session: Session) -> Iterator[tuple[int, Interaction]]:
    for number, each in enumerate(session.interactions):
        long = any(re.search(f"{path}$", each.path) for path in _LONG)
        if long and each.method in {"PUT", "POST", "DELETE"} and each.answer.status < 300:
            yield number, each


def test_every_recorded_long_operation_ends(recorded: list[Session]) -> None:
    ended: Counter[str] = Counter()
    for session in recorded:
        for number, each in begun(session):
            steps = operation(session, number)
            if len(steps) < 2:  # the recording does not wait for it
                continue
            play = player.InOrder(steps)
            with player.clients(play) as azure:
                result = _run(azure, each, steps[0][1])
            assert not play.left, each.place
            last = steps[-1][2].body
            assert result is None or json.dumps(result.as_dict()) == json.dumps(last), each.place
            ended[f"{each.method} {each.path.rsplit('/', 1)[-1]}"] += 1
    assert ended.keys() == {
        "POST start",
        "POST stop",
        "PUT mock-deployment",
        "DELETE mock-deployment",
        "POST whatIf",
    }


def _run(azure: AzureClients, each: Interaction, path: str) -> Any:
    group, words = group_of(path), path.split("/")
    if "/integrationRuntimes/" in path:
        runtimes = azure.data_factory.integration_runtimes
        begin = runtimes.begin_start if words[-1] == "start" else runtimes.begin_stop
        return begin(group, words[8], words[10]).result()
    deployments = azure.deployments.deployments
    if words[-1] == "whatIf":
        return deployments.begin_what_if(group, words[-2], cast("IO[bytes]", b"{}")).result()
    if each.method == "DELETE":
        return deployments.begin_delete(group, words[-1]).result()
    return deployments.begin_create_or_update(group, words[-1], {"properties": {"mode": "Incremental"}}).result()


def test_recorded_deployments_are_checked_sent_watched_and_cancelled(recorded: list[Session]) -> None:
    done: Counter[str] = Counter()
    for session in recorded:
        for number, each in enumerate(session.interactions):
            found = re.search(r"/deployments/mock-deployment(?:/(validate|cancel))?$", each.path)
            if found and each.method in {"PUT", "POST"} and each.answer.status < 300:
                name = scope.deployment_of(session, number)
                play = player.InOrder([player.asked(each, name)])
                with player.clients(play) as azure:
                    live = AzureDataFactory(azure, target_of(each))
                    match found[1]:
                        case "validate":
                            live.validate_deployment(name, STEP)
                        case "cancel":
                            live.cancel_deployment(name)
                        case _:
                            live.begin_deployment(name, STEP)
                assert not play.left
                done[found[1] or "send"] += 1
    assert done.keys() == {"validate", "send", "cancel"}


def test_a_recorded_deployment_is_watched_to_its_end(recorded: list[Session]) -> None:
    states: Counter[DeploymentState] = Counter()
    nothing = Answer(200, {"content-type": "application/json"}, {"value": []})
    for session in recorded:
        for number, each in enumerate(session.interactions):
            if each.method == "GET" and each.path.endswith("/deployments/mock-deployment"):
                name = scope.deployment_of(session, number)
                method, path, answer = player.asked(each, name)
                play = player.InOrder([(method, path, answer), ("GET", f"{path}/operations", nothing)])
                with player.clients(_short(play)) as azure:
                    states[AzureDataFactory(azure, target_of(each)).deployment_status(name, STEP).state] += 1
    assert states.keys() == {DeploymentState.SUCCEEDED, DeploymentState.CANCELED, DeploymentState.RUNNING}


def _short(play: player.InOrder) -> player.Choose:
    """The list of operations lives at a shorter address than the deployment."""

    def choose(method: str, path: str) -> Answer:
        long = re.sub(
            r"(?<!Resources)/deployments/(.+/operations)$", r"/providers/Microsoft.Resources/deployments/\1", path
        )
        return play(method, long)

    return choose


def test_every_recorded_refusal_becomes_the_right_problem(recorded: list[Session]) -> None:
    counts = Counter(code for _, code in refusals(recorded))
    assert counts.keys() == ERRORS.keys()
    for each, code in refusals(recorded):
        problem, row = _refused(each), ERRORS[code]
        assert problem.code is row.code, each.place
        assert re.search(rf"^{code}: .*{row.message}", problem.message, re.DOTALL), problem.message
        assert row.remedy in problem.remedy
        assert problem.subject == (
            "deployment d1" if "/deployments/" in each.path else f"factory {target_of(each).factory}"
        )


def _refused(each: Interaction) -> Any:
    with player.clients(lambda _method, _path: each.answer) as azure, pytest.raises(EcluseError) as raised:
        _ask_again(azure, each)
    assert isinstance(raised.value, Refused | AzureFailed)
    (problem,) = raised.value.problems
    return problem


def _ask_again(azure: AzureClients, each: Interaction) -> None:
    if "/deployments/" in each.path:
        AzureDataFactory(azure, target_of(each)).validate_deployment("d1", STEP)
    else:
        ask(azure.data_factory, Call("PUT", each.path, {}, subject=f"factory {target_of(each).factory}"))
