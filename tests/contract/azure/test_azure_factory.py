"""Objects, the factory itself and deployments, through the engine's port against a sandbox."""

import time

import pytest

from ecluse.apply.ports import DeploymentState, DeploymentStatus
from ecluse.azure.factory import AzureDataFactory
from ecluse.errors import Code, EcluseError, Refused
from ecluse.model.objects import ref
from ecluse.plan.steps import DeployTemplate
from tests.contract.azure.azure_bodies import deployment, runs
from tests.contract.azure.azure_states import is_on
from tests.sandbox_process import RunningSandbox

GLOBALS = ref("globalParameters", "default")
EMPTY: dict[str, object] = {"activities": []}


def final(azure: AzureDataFactory, name: str, step: DeployTemplate) -> DeploymentStatus:
    """The deployment's last status; a test that hangs here is stopped by its patience."""
    for _ in range(600):
        status = azure.deployment_status(name, step)
        if status.state is not DeploymentState.RUNNING:
            return status
        time.sleep(0.02)
    raise AssertionError(f"deployment {name} did not end")


def puts(sandbox: RunningSandbox, contains: str) -> int:
    return len(sandbox.calls("PUT", contains))


def test_a_factory_that_came_into_being_meanwhile_is_not_written_over(
    live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    with pytest.raises(Refused, match="meanwhile"):
        live.create_factory({"location": "westeurope", "properties": {}})
    assert puts(sandbox, "") == 0


def test_a_put_that_landed_in_spite_of_its_answer_is_good(live: AzureDataFactory, sandbox: RunningSandbox) -> None:
    sandbox.faults({"method": "PUT", "path": "/globalParameters/", "when": "after", "action": {"cut": True}})
    live.put_object(GLOBALS, {"properties": {"a": {"type": "String", "value": "x"}}})


@pytest.mark.parametrize("trouble", [{"cut": True}, {"status": 503, "body": {"error": {"code": "X", "message": "x"}}}])
def test_a_put_is_read_back_before_it_is_sent_again(
    live: AzureDataFactory, sandbox: RunningSandbox, trouble: dict[str, object]
) -> None:
    body = {"properties": {"a": {"type": "String", "value": "x"}}}
    sandbox.faults({"method": "PUT", "path": "/globalParameters/", "when": "after", "nth": 1, "action": trouble})
    live.put_object(GLOBALS, body)
    assert puts(sandbox, "/globalParameters/") == 1
    sandbox.faults({"method": "PUT", "path": "/globalParameters/", "nth": 1, "action": trouble})
    live.put_object(GLOBALS, {"properties": {"a": {"type": "String", "value": "y"}}})
    assert puts(sandbox, "/globalParameters/") == 3, "one that had not landed is sent again"


def test_a_put_that_did_not_land_is_an_error(live: AzureDataFactory, sandbox: RunningSandbox) -> None:
    sandbox.faults({"method": "PUT", "path": "/globalParameters/", "action": {"cut": True}})
    with pytest.raises(EcluseError) as error:
        live.put_object(GLOBALS, {"properties": {"a": {"type": "String", "value": "x"}}})
    assert error.value.problems[0].code is Code.AZURE_UNREACHABLE


def test_deleting_what_is_gone_is_no_error(live: AzureDataFactory) -> None:
    live.delete_object(ref("trigger", "T"))
    live.delete_object(ref("trigger", "T"))
    assert is_on(live, ref("trigger", "T")) is None


def test_deleting_what_is_needed_names_the_object(live: AzureDataFactory) -> None:
    with pytest.raises(EcluseError, match="referenced by") as error:
        live.delete_object(ref("pipeline", "P"))
    assert error.value.problems[0].subject == "pipeline.P"


def test_a_deployment_is_validated_sent_and_watched(live: AzureDataFactory, sandbox: RunningSandbox) -> None:
    step = deployment(("A", EMPTY), ("B", EMPTY))
    live.validate_deployment("d", step)
    assert puts(sandbox, "/deployments/") == 0
    live.begin_deployment("d", step)
    status = final(live, "d", step)
    assert status.state is DeploymentState.SUCCEEDED
    assert set(status.written) == {ref("pipeline", "A"), ref("pipeline", "B")}
    assert live.deployment_problems("d", step) == ()
    live.cancel_deployment("d")  # finished: no error


def test_a_deployment_goes_out_incremental_and_without_debug(live: AzureDataFactory, sandbox: RunningSandbox) -> None:
    step = deployment(("A", EMPTY))
    live.begin_deployment("d", step)
    (call,) = sandbox.calls("PUT", "/deployments/d")
    assert call["body"] == {"properties": {"mode": "Incremental", "template": step.template, "parameters": {}}}
    assert "api-version=2024-07-01" in call["path"]


def test_a_template_that_arm_refuses_is_refused_with_its_words(live: AzureDataFactory) -> None:
    step = deployment(("A", EMPTY), ("A", EMPTY))
    for send in (live.validate_deployment, live.begin_deployment):
        with pytest.raises(Refused, match="InvalidTemplate"):
            send("d", step)


def test_a_failed_deployment_tells_which_object_and_why(live: AzureDataFactory) -> None:
    step = deployment(("Good", EMPTY), ("Bad", runs("Nowhere")))
    live.begin_deployment("d", step)
    status = final(live, "d", step)
    assert status.state is DeploymentState.FAILED
    assert status.written == (ref("pipeline", "Good"),)
    (problem,) = live.deployment_problems("d", step)
    assert problem.subject == "pipeline.Bad"
    assert problem.code is Code.REFERENCE_MISSING
    assert "Nowhere" in problem.message
    assert "correlation id" in problem.message


def test_a_secret_that_azure_echoes_never_stands_in_a_problem(live: AzureDataFactory, sandbox: RunningSandbox) -> None:
    step = deployment(("A", EMPTY), secret="canary-4711")
    echo = {"error": {"code": "InvalidTemplate", "message": "the value 'canary-4711' is not valid"}}
    sandbox.faults({"path": "/deployments/", "action": {"status": 400, "body": echo}})
    for send in (live.validate_deployment, live.begin_deployment):
        with pytest.raises(Refused) as error:
            send("d", step)
        assert "canary" not in str(error.value)
        assert "***" in str(error.value)


def test_a_running_deployment_is_cancelled(live: AzureDataFactory, sandbox: RunningSandbox) -> None:
    sandbox.settings(stepDelaySeconds=0.3)
    step = deployment(*((f"A{number}", EMPTY) for number in range(20)))
    live.begin_deployment("d", step)
    assert live.deployment_status("d", step).state is DeploymentState.RUNNING
    live.cancel_deployment("d")
    status = final(live, "d", step)
    assert status.state is DeploymentState.CANCELED
    assert len(status.written) < 20


@pytest.mark.parametrize("trouble", [{"cut": True}, {"status": 504}])
def test_a_deployment_that_arrived_in_spite_of_its_answer_is_not_sent_again(
    trouble: dict[str, object], live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    sandbox.faults({"method": "PUT", "path": "/deployments/", "when": "after", "times": 1, "action": trouble})
    step = deployment(("A", EMPTY))
    live.begin_deployment("d", step)
    assert final(live, "d", step).state is DeploymentState.SUCCEEDED
    assert puts(sandbox, "/deployments/d") == 1


def test_a_deployment_that_did_not_arrive_is_sent_again(live: AzureDataFactory, sandbox: RunningSandbox) -> None:
    sandbox.faults({"method": "PUT", "path": "/deployments/", "times": 1, "action": {"cut": True}})
    step = deployment(("A", EMPTY))
    live.begin_deployment("d", step)
    assert final(live, "d", step).state is DeploymentState.SUCCEEDED
    assert puts(sandbox, "/deployments/d") == 2


def test_a_deployment_that_is_not_found_at_first_is_looked_for_a_while(
    live: AzureDataFactory, sandbox: RunningSandbox
) -> None:
    step = deployment(("A", EMPTY))
    live.begin_deployment("d", step)
    error = {"error": {"code": "DeploymentNotFound", "message": "Deployment 'd' could not be found."}}
    sandbox.faults({"method": "GET", "path": r"/deployments/d\?", "times": 3, "action": {"status": 404, "body": error}})
    assert final(live, "d", step).state is DeploymentState.SUCCEEDED


def test_a_deployment_that_never_was_is_refused(live: AzureDataFactory) -> None:
    with pytest.raises(Refused, match="DeploymentNotFound"):
        live.deployment_status("never", deployment(("A", EMPTY)))
    live.cancel_deployment("never")


def test_neither_a_secret_nor_a_token_goes_into_a_log(live: AzureDataFactory, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    step = deployment(("A", EMPTY), secret="canary-4711")
    live.begin_deployment("d", step)
    assert final(live, "d", step).state is DeploymentState.SUCCEEDED
    assert "canary" not in caplog.text
    assert "Bearer" not in caplog.text


def test_a_provider_is_never_registered_unasked(live: AzureDataFactory, sandbox: RunningSandbox) -> None:
    text = "The subscription is not registered to use namespace 'Microsoft.DataFactory'."
    body = {"error": {"code": "MissingSubscriptionRegistration", "message": text}}
    sandbox.faults({"method": "PUT", "path": "/globalParameters/", "action": {"status": 409, "body": body}})
    with pytest.raises(EcluseError) as error:
        live.put_object(GLOBALS, {"properties": {}})
    assert "az provider register" in error.value.problems[0].remedy
    assert sandbox.calls("POST") == []
