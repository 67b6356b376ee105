from typing import Any

import pytest

from ecluse.errors import Refused
from ecluse.jsontree import Secret, VaultSecret, walk
from ecluse.plan.lower import escape, lower
from tests.factories import pipeline, pointer, thing


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("[x]", "[[x]"),
        ("[[x]", "[[[x]"),
        ("[concat('a')]", "[[concat('a')]"),
        ("[C],[T]", "[[C],[T]"),
        ("[x", "[x"),
        ("x]", "x]"),
        ("[]", "[[]"),
        ("", ""),
        (" [x]", " [x]"),
    ],
)
def test_only_what_arm_takes_for_an_expression_gets_a_bracket(text: str, sent: str) -> None:
    assert escape(text) == sent


def test_values_and_property_names_are_escaped() -> None:
    each = pipeline("P", variables={"[a]": {"defaultValue": "[b]"}})
    (resource,) = lower("adf", [each]).template["resources"]
    assert resource["properties"]["variables"] == {"[[a]": {"defaultValue": "[[b]"}}


def test_secrets_leave_the_template_as_secure_parameters() -> None:
    vault = {"keyVault": {"id": "/v"}, "secretName": "n"}
    service = thing(
        "linkedService.L",
        {
            "typeProperties": {
                "password": {"type": "SecureString", "value": "literal-1"},
                "tainted": Secret("tainted-2"),
                "fromVault": {"type": "SecureString", "value": VaultSecret(vault)},
                "plain": "visible",
            }
        },
    )
    step = lower("adf", [service])
    texts = {value for _, value in walk(dict(step.template)) if isinstance(value, str)}
    assert not texts & {"literal-1", "tainted-2"}
    assert "visible" in texts
    assert step.template["parameters"] == {f"secret{n}": {"type": "secureString"} for n in (1, 2, 3)}
    assert [dict(each) for each in step.parameters.values()] == [
        {"value": "literal-1"},
        {"value": "tainted-2"},
        {"reference": vault},
    ]


def test_an_empty_secret_is_an_empty_text_and_needs_no_parameter() -> None:
    step = lower("adf", [thing("linkedService.L", {"password": {"type": "SecureString", "value": ""}})])
    assert step.parameters == {}


def test_no_secret_shows_in_the_text_of_a_step() -> None:
    step = lower("adf", [thing("linkedService.L", {"password": {"type": "SecureString", "value": "literal-1"}})])
    assert "literal-1" not in repr(step)


def test_depends_on_names_what_is_sent_along_and_nothing_else() -> None:
    dataset = thing("dataset.D", {"linkedServiceName": pointer("LinkedService", "ls")})
    other = thing("dataset.E", {"linkedServiceName": pointer("LinkedService", "elsewhere")})
    template = lower("adf", [dataset, other, thing("linkedService.LS")]).template
    assert [each["dependsOn"] for each in template["resources"]] == [
        ["Microsoft.DataFactory/factories/adf/linkedServices/LS"],
        [],
        [],
    ]


def test_a_private_endpoint_is_named_below_its_network_and_waits_for_it() -> None:
    objects = [thing("managedPrivateEndpoint.e"), thing("managedVirtualNetwork.default")]
    endpoint, network = lower("adf", objects).template["resources"]
    assert endpoint["name"] == "adf/default/e"
    assert endpoint["type"] == "Microsoft.DataFactory/factories/managedVirtualNetworks/managedPrivateEndpoints"
    assert endpoint["dependsOn"] == ["Microsoft.DataFactory/factories/adf/managedVirtualNetworks/default"]
    assert network["name"] == "adf/default"


@pytest.mark.parametrize(
    ("address", "properties", "sent"),
    [
        ("trigger.T", {"runtimeState": "Started", "type": "ScheduleTrigger"}, {"type": "ScheduleTrigger"}),
        ("pipeline.P", {"lastPublishTime": "2026", "activities": []}, {"activities": []}),
        ("managedVirtualNetwork.default", {"vNetId": "1", "alias": "x"}, {}),
        (
            "linkedService.L",
            {"typeProperties": {"encryptedCredential": "e", "url": "u"}},
            {"typeProperties": {"url": "u"}},
        ),
    ],
)
def test_what_only_azure_writes_is_never_sent_back(
    address: str, properties: dict[str, Any], sent: dict[str, Any]
) -> None:
    (resource,) = lower("adf", [thing(address, properties)]).template["resources"]
    assert resource["properties"] == sent


def test_arms_limits_are_refused_with_the_object() -> None:
    with pytest.raises(Refused, match=r"pipeline.Big: the object has 1,\d{3},\d{3} bytes"):
        lower("adf", [pipeline("Big", description="x" * 1_000_001)])
    with pytest.raises(Refused, match="801 resources"):
        lower("adf", [pipeline(f"P{n}") for n in range(801)])
