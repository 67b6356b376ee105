"""Azure's errors, unwrapped: the shapes are those of recorded answers, shortened."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse.azure.faults import Fault, redact, unwrap
from ecluse.azure.remedies import REMEDIES, remedy
from ecluse.errors import Code
from ecluse.jsontree import Json

ID = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.DataFactory/factories/adf"
INVALID = "The document creation or update failed because of invalid reference 'Pipeline2'."
ADF = {"error": {"code": "BadRequest", "message": INVALID, "target": f"{ID}/pipelines/P1", "details": None}}
INNER = Fault("BadRequest", INVALID, f"{ID}/pipelines/P1")
FAILED = "At least one resource deployment operation failed. Please list deployment operations for details."


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (ADF, [INNER]),
        # a failed deployment: the resource's error is JSON in the detail's message
        (
            {
                "code": "DeploymentFailed",
                "message": FAILED,
                "details": [{"code": "BadRequest", "message": json.dumps(ADF)}],
            },
            [INNER],
        ),
        # the same as the body of a failed long-running operation
        (
            {
                "status": "Failed",
                "error": {
                    "code": "DeploymentFailed",
                    "target": "/subscriptions/0/…/deployments/d",
                    "message": FAILED,
                    "details": [
                        {"code": "Conflict", "message": json.dumps({"status": "Failed", "error": ADF["error"]})}
                    ],
                },
            },
            [INNER],
        ),
        # two levels, as with linked templates
        (
            {
                "error": {
                    "code": "A",
                    "message": "a",
                    "details": [{"code": "B", "message": "b", "details": [ADF["error"]]}],
                }
            },
            [INNER],
        ),
        # the gateway, with line breaks, and nothing but code and message
        (
            {"error": {"code": "ResourceGroupNotFound", "message": "Resource group 'foo' could not be found."}},
            [Fault("ResourceGroupNotFound", "Resource group 'foo' could not be found.")],
        ),
        # an operation's statusMessage as text
        (json.dumps(ADF), [INNER]),
        # Data Factory's own pair in a text
        (
            {
                "code": "BadRequest",
                "message": "ErrorCode=InvalidWorkflowTriggerRecurrence, ErrorMessage=The recurrence …",
            },
            [Fault("InvalidWorkflowTriggerRecurrence", "The recurrence …")],
        ),
        # Entra
        (
            {
                "error": "invalid_client",
                "error_description": "AADSTS700024: Client assertion is not within its valid time.",
            },
            [Fault("invalid_client", "AADSTS700024: Client assertion is not within its valid time.")],
        ),
        # a template's violation says where
        (
            {
                "error": {
                    "code": "InvalidTemplate",
                    "message": "Deployment template validation failed",
                    "additionalInfo": [
                        {"type": "TemplateViolation", "info": {"lineNumber": 1, "path": "properties.x"}}
                    ],
                },
            },
            [Fault("InvalidTemplate", "Deployment template validation failed (at properties.x)")],
        ),
        # a message with braces that are no error
        ({"code": "BadRequest", "message": 'use {"a": 1}'}, [Fault("BadRequest", 'use {"a": 1}')]),
        # the same error twice is told once
        ({"code": "X", "message": "x", "details": [ADF["error"], ADF["error"]]}, [INNER]),
        (None, []),
        ({}, []),
        ([], []),
    ],
)
def test_an_error_is_unwrapped_to_what_went_wrong(body: Json, faults: list[Fault]) -> None:
    assert list(unwrap(body)) == faults


def _errors(leaf: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.dictionaries(st.sampled_from(["error", "code", "message", "details", "target", "additionalInfo"]), leaf)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda leaf: st.lists(leaf) | _errors(leaf)))
def test_whatever_azure_answers_is_no_crash(body: Json) -> None:
    assert all(isinstance(fault.code, str) and isinstance(fault.message, str) for fault in unwrap(body))


def test_the_echo_of_a_payload_is_cut_out_of_a_message() -> None:
    text = 'Failed to encrypt sub-resource payload {\r\n  "Id": "/x",\r\n  "Properties": {"password": "hunter2"}\r\n}'
    (fault,) = unwrap({"error": {"code": "BadRequest", "message": text}})
    assert "hunter2" not in fault.message
    assert fault.message.startswith("Failed to encrypt sub-resource payload")


@pytest.mark.parametrize(
    "text",
    [
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=hunter2==;EndpointSuffix=core",
        "Server=x;User ID=sa;Password=hunter2;Encrypt=true",
        '{"password": "hunter2"}',
        "https://a.blob.core/x?sv=1&sig=hunter2&se=2",
        "Authorization: Bearer hunter2",
        "client_secret=hunter2",
    ],
)
def test_what_looks_like_a_secret_is_masked_in_a_message(text: str) -> None:
    assert "hunter2" not in redact(text)
    assert "***" in redact(text)


def test_a_very_long_message_is_cut() -> None:
    assert len(redact("x" * 100_000)) < 3_000


NO_FACTORY = "The Resource 'Microsoft.DataFactory/factories/X' under resource group 'Y' was not found."


@pytest.mark.parametrize(
    ("fault", "code", "part"),
    [
        (Fault("TriggerEnabledCannotUpdate", "Cannot update enabled Trigger"), Code.TRIGGER_ACTIVE, "--trigger-stop"),
        (Fault("BadRequest", INVALID), Code.REFERENCE_MISSING, "filter"),
        (Fault("BadRequest", "Resource cannot be updated during provisioning"), Code.AZURE_REFUSED, "few minutes"),
        (Fault("AuthorizationFailed", "does not have authorization"), Code.AZURE_REFUSED, "Data Factory Contributor"),
        (Fault("ResourceGroupNotFound", "…"), Code.GROUP_MISSING, "--resource-group"),
        (Fault("ResourceNotFound", NO_FACTORY, status=404), Code.FACTORY_MISSING, "--create"),
        (
            Fault("ResourceNotFound", NO_FACTORY.replace("/X'", "/X/triggers/T'"), status=404),
            Code.AZURE_REFUSED,
            "names",
        ),
        (Fault("ExpiredAuthenticationToken", "…", status=401), Code.CREDENTIAL, "Sign in"),
        (Fault("InvalidTemplate", "The number of template resources limit exceeded."), Code.TEMPLATE_LIMIT, "fewer"),
        (Fault("InvalidTemplate", "not defined"), Code.DEPLOYMENT_FAILED, "Resource Manager"),
        (Fault("Odd", "…", status=403), Code.AZURE_REFUSED, "role"),
        (Fault("Odd", "…", status=429), Code.AZURE_REFUSED, "--parallel"),
        (Fault("Odd", "…", status=500), Code.AZURE_REFUSED, "run again"),
        (Fault("Odd", "…", status=400), Code.AZURE_REFUSED, "Correct"),
    ],
)
def test_a_known_error_comes_with_what_to_do(fault: Fault, code: Code, part: str) -> None:
    assert remedy(fault)[0] is code
    assert part in remedy(fault)[1]


def test_no_row_of_remedies_hides_a_later_one() -> None:
    hidden = [
        later
        for number, later in enumerate(REMEDIES)
        for earlier in REMEDIES[:number]
        if earlier.fits(Fault(later.azure_code or "Some", later.part))
    ]
    assert hidden == []


@pytest.mark.parametrize(
    ("fault", "unsure"),
    [
        (Fault("x", "", status=500), True),
        (Fault("x", "", status=504), True),
        (Fault("x", "", status=None), True),
        (Fault("x", "", status=None, sent=False), False),
        (Fault("x", "", status=400), False),
        (Fault("x", "", status=429), False),
    ],
)
def test_only_a_call_that_may_have_worked_is_unsure(fault: Fault, unsure: bool) -> None:
    assert fault.unsure is unsure
