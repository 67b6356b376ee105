"""Whatever the SDK raises leaves the edge as a problem that a person can act on."""

import inspect
from typing import Any

import pytest
from azure.core import exceptions
from azure.identity import CredentialUnavailableError
from azure.identity._exceptions import AuthenticationRequiredError

from ecluse.azure import refusals
from ecluse.azure.faults import Fault
from ecluse.azure.refusals import AzureFailed, from_answer, from_exception, masked, problem, translated
from ecluse.errors import Code, Problem

ID = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.DataFactory/factories/adf"


class Response:
    """As much of an SDK response as an exception holds."""

    reason = "OK"

    def __init__(self, status: int, text: str) -> None:
        self.status_code = status
        self.headers = {"x-ms-correlation-request-id": "c-1"}
        self._text = text

    def text(self, encoding: str | None = None) -> str:  # noqa: ARG002  # the SDK's form
        return self._text


SDK_EXCEPTIONS = [
    *(
        each
        for _, each in inspect.getmembers(exceptions, inspect.isclass)
        if issubclass(each, Exception) and each.__module__ == exceptions.__name__
    ),
    CredentialUnavailableError,
    AuthenticationRequiredError,
]


@pytest.mark.parametrize("kind", SDK_EXCEPTIONS, ids=lambda kind: kind.__name__)
def test_every_exception_of_the_sdk_is_mapped_by_name(kind: type[Exception]) -> None:
    assert kind.__name__ in refusals.EXCEPTIONS


def test_no_mapped_exception_is_unknown_to_the_sdk() -> None:
    assert set(refusals.EXCEPTIONS) <= {kind.__name__ for kind in SDK_EXCEPTIONS}


@pytest.mark.parametrize(
    ("error", "code", "unsure"),
    [
        (exceptions.ServiceRequestError("no route"), Code.AZURE_UNREACHABLE, True),
        (exceptions.ServiceRequestTimeoutError("slow"), Code.AZURE_UNREACHABLE, True),
        (exceptions.ServiceResponseError("cut"), Code.AZURE_UNREACHABLE, True),
        (exceptions.ServiceResponseTimeoutError("slow"), Code.AZURE_UNREACHABLE, True),
        (exceptions.ClientAuthenticationError("who?"), Code.CREDENTIAL, False),
        (CredentialUnavailableError("none"), Code.CREDENTIAL, False),
    ],
)
def test_an_exception_without_an_answer_says_whether_the_call_may_have_worked(
    error: Exception, code: Code, unsure: bool
) -> None:
    failed = from_exception(error, "trigger.T")
    assert [(each.code, each.subject) for each in failed.problems] == [(code, "trigger.T")]
    assert failed.unsure is unsure
    assert failed.problems[0].remedy


def test_a_failed_operation_with_status_200_is_told_by_its_inner_error() -> None:
    error = '{"code":"DeploymentFailed","message":"m","details":[{"code":"Deep","message":"d"}]}'
    body = f'{{"status":"Failed","error":{error}}}'
    response: Any = Response(200, body)
    failed = from_exception(exceptions.HttpResponseError(response=response))
    assert failed.problems[0].message == "Deep: d [correlation id c-1]"
    assert not failed.unsure


def test_the_object_is_read_from_the_target_whatever_its_case() -> None:
    told = problem(Fault("BadRequest", "no", f"{ID.lower()}/linkedservices/LS_Kv"), subject="other")
    assert told.subject == "linkedService.LS_Kv"


def test_a_target_that_is_no_object_leaves_the_subject() -> None:
    assert problem(Fault("BadRequest", "no", "pipelinerun"), subject="trigger.T").subject == "trigger.T"


def test_an_answer_without_json_is_told_by_its_status() -> None:
    failed = from_answer(502, "<html>Bad Gateway</html>", {})
    assert failed.problems[0].message.startswith("HTTP 502")
    assert failed.unsure


def test_what_default_credential_tried_stands_in_a_problem_each() -> None:
    tried = (
        "DefaultAzureCredential failed to retrieve a token from the included credentials.\n"
        "Attempted credentials:\n\tEnvironmentCredential: EnvironmentCredential authentication unavailable.\n"
        "Visit https://somewhere/troubleshoot to troubleshoot this issue.\n\tAzureCliCredential: not on path\n"
        "To mitigate this issue, please refer to the troubleshooting guidelines here."
    )
    told = from_exception(exceptions.ClientAuthenticationError(tried)).problems
    assert [each.message for each in told] == [
        "DefaultAzureCredential failed to retrieve a token from the included credentials.",
        "tried EnvironmentCredential: EnvironmentCredential authentication unavailable.",
        "tried AzureCliCredential: not on path",
    ]
    assert all("--credential" in each.remedy for each in told)


def test_an_error_of_the_sdk_leaves_the_block_translated() -> None:
    with pytest.raises(AzureFailed, match="no route"), translated("factory adf"):
        raise exceptions.ServiceRequestError("no route")


def test_any_other_error_is_a_defect_and_passes_through() -> None:
    with pytest.raises(ZeroDivisionError), translated():
        raise ZeroDivisionError


def test_the_values_of_secure_parameters_never_stand_in_a_problem() -> None:
    told = Problem(Code.AZURE_REFUSED, 'it said can"ary, spelled can\\"ary', "do")
    (clean,) = masked([told], ['can"ary'])
    assert "ary" not in clean.message
