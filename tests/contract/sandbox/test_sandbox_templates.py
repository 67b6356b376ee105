"""What Resource Manager refuses before anything is written: the table of azure-behaviours section 6."""

from typing import Any

import pytest

from tests.contract.sandbox.sandbox_bodies import (
    DEPLOYMENTS,
    deployment,
    deployment_path,
    error,
    resource,
    template,
    with_factory,
)
from tests.sandbox_process import RunningSandbox

P = resource("pipelines", "P")
FACTORY = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-test/providers/"
FACTORY += "Microsoft.DataFactory/factories/adf-test"


def many(count: int) -> list[dict[str, Any]]:
    return [resource("pipelines", f"P{number}") for number in range(count)]


def declared(**parameters: Any) -> dict[str, Any]:
    body = template(P)
    return body | {"parameters": body["parameters"] | parameters}


def calling(expression: str) -> dict[str, Any]:
    return template(resource("pipelines", "P", value=expression))


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "too many resources": (
        template(*many(801)),
        {},
        "The number of template resources limit exceeded. Limit: '800' and actual: '801'",
    ),
    "too many parameters": (
        declared(**{f"p{number}": {"type": "string", "defaultValue": ""} for number in range(256)}),
        {},
        "The number of template parameters limit exceeded. Limit: '256' and actual: '257'",
    ),
    "unknown dependsOn": (
        template(resource("pipelines", "P", ("pipelines/Gone",))),
        {},
        "The resource 'microsoft.datafactory/factories/adf-test/pipelines/gone' is not defined in the template. Please",
    ),
    "cycle": (
        template(resource("pipelines", "A", ("pipelines/B",)), resource("pipelines", "B", ("pipelines/A",))),
        {},
        f"Circular dependency detected on resource: '{FACTORY}/pipelines/A'.",
    ),
    "parameter without value": (
        declared(x={"type": "string"}),
        {},
        "The value for the template parameter 'x' at line '1' and column '",
    ),
    "unknown parameter": (
        template(P),
        {"A": 1, "B": 2},
        "The only supported parameters for this template are 'factoryName'.",
    ),
    "wrong type": (
        declared(x={"type": "int"}),
        {"x": "1"},
        "Template parameter JToken type is not valid. Expected 'Int'. Actual 'Str'.",
    ),
    "unknown function": (calling("[nobodys()]"), {}, "The template function 'nobodys' is not valid."),
    "unknown function in a default": (
        declared(x={"type": "string", "defaultValue": "[nobodys().id]"}),
        {},
        "The template function 'nobodys' is not valid.",
    ),
    "function of a default elsewhere": (
        calling("[newGuid()]"),
        {},
        "The template function 'newGuid' is not expected at this location.",
    ),
    "variable in a default": (
        declared(x={"type": "string", "defaultValue": "[variables('factoryId')]"}),
        {},
        "may not give a parameter's default",
    ),
    "broken expression": (calling("[concat('a',]"), {}, "Unable to parse language expression"),
    "unknown variable": (calling("[variables('x')]"), {}, "The template variable 'x' is not found."),
    "unknown parameter name": (calling("[parameters('x')]"), {}, "The template parameter 'x' is not found."),
    "defined twice": (template(P, P), {}, "is defined multiple times in a template."),
    "segment lengths": (
        template({"type": "Microsoft.DataFactory/factories/pipelines", "name": "P", "apiVersion": "2018-06-01"}),
        {},
        "have incorrect segment lengths.",
    ),
    "no resources": ({"$schema": "x", "contentVersion": "1.0.0.0"}, {}, "Required property 'resources' not found"),
}


@pytest.mark.parametrize("case", REFUSED, ids=str)
@pytest.mark.parametrize("verb", ["", "/validate"])
def test_a_bad_template_is_refused_with_invalid_template(sandbox: RunningSandbox, case: str, verb: str) -> None:
    body, parameters, text = REFUSED[case]
    method = "POST" if verb else "PUT"

    status, refusal = error(
        sandbox, method, deployment_path(sandbox) + verb, deployment(body, **parameters), version=DEPLOYMENTS
    )

    assert (status, refusal["code"]) == (400, "InvalidTemplate")
    assert refusal["message"].startswith("Deployment template validation failed: '")
    assert text in refusal["message"]
    assert refusal["additionalInfo"][0]["type"] == "TemplateViolation"
    assert sandbox.call("GET", deployment_path(sandbox), version=DEPLOYMENTS)[0] == 404


def test_a_linked_template_can_not_be_downloaded(sandbox: RunningSandbox) -> None:
    body = {"properties": {"mode": "Incremental", "templateLink": {"uri": "https://localhost/t.json"}}}

    status, refusal = error(sandbox, "PUT", deployment_path(sandbox), body, version=DEPLOYMENTS)

    assert (status, refusal["code"]) == (400, "InvalidContentLink")


def test_more_than_4_mb_is_too_much(sandbox: RunningSandbox) -> None:
    body = template(resource("pipelines", "P", text="x" * (4 * 1024 * 1024)))

    status, refusal = error(sandbox, "PUT", deployment_path(sandbox), deployment(body), version=DEPLOYMENTS)

    assert (status, refusal["code"]) == (413, "RequestContentTooLarge")
    assert refusal["message"] == "The request content size exceeds the maximum size of 4 MB."


@pytest.mark.parametrize("name", ["n" * 65, "a,b"])
def test_a_deployment_has_a_short_plain_name(sandbox: RunningSandbox, name: str) -> None:
    body = deployment(template(P))

    assert error(sandbox, "PUT", deployment_path(sandbox, name), body, version=DEPLOYMENTS)[0] == 400


@pytest.mark.parametrize(
    "need",
    [
        "[resourceId('Microsoft.DataFactory/factories/pipelines', parameters('factoryName'), 'P')]",
        "[concat(variables('factoryId'), '/pipelines/P')]",
        "adf-test/P",
        "Microsoft.DataFactory/factories/PIPELINES/adf-test/p",
    ],
)
def test_depends_on_may_name_a_resource_in_several_ways(sandbox: RunningSandbox, need: str) -> None:
    with_factory(sandbox)
    other = resource("pipelines", "Q") | {"dependsOn": [need]}
    path = deployment_path(sandbox) + "/validate"

    assert sandbox.call("POST", path, deployment(template(P, other)), version=DEPLOYMENTS)[0] == 200
