import json
from typing import Any

import pytest

from ecluse.errors import Refused
from ecluse.jsontree import Secret, VaultSecret, walk
from ecluse.model.objects import AdfObject
from ecluse.plan.deployments import Room, deployments
from ecluse.plan.lower import escape
from ecluse.plan.steps import DeployTemplate
from tests.factories import pipeline, pointer, thing


def lower(factory: str, objects: list[AdfObject]) -> DeployTemplate:
    """The one deployment of a few objects."""
    (step,) = deployments(factory, objects)
    return step


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
    assert {each["name"]: each["dependsOn"] for each in template["resources"]} == {
        "adf/D": ["Microsoft.DataFactory/factories/adf/linkedServices/LS"],
        "adf/E": [],
        "adf/LS": [],
    }


def test_a_private_endpoint_is_named_below_its_network_and_waits_for_it() -> None:
    objects = [thing("managedPrivateEndpoint.e"), thing("managedVirtualNetwork.default")]
    network, endpoint = lower("adf", objects).template["resources"]
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


def test_one_object_beyond_arms_limits_is_refused_with_the_way_out() -> None:
    with pytest.raises(Refused, match=r"pipeline.Big: the object has 1,\d{3},\d{3} bytes") as refused:
        deployments("adf", [pipeline("Big", description="x" * 1_000_001)])
    assert "--method rest" in refused.value.problems[0].remedy
    many = {f"k{n}": {"type": "SecureString", "value": f"s{n}"} for n in range(241)}
    with pytest.raises(Refused, match=r"linkedService.L: the object has 241 secrets"):
        deployments("adf", [thing("linkedService.L", {"typeProperties": many})])


def chain(count: int, **properties: Any) -> list[AdfObject]:
    """P0 is called by P1 is called by P2 …"""
    calls = [{"name": "c", "typeProperties": {"pipeline": pointer("Pipeline", f"P{n - 1}")}} for n in range(count)]
    return [pipeline(f"P{n}", activities=calls[n : n + 1] if n else [], **properties) for n in reversed(range(count))]


@pytest.mark.parametrize(
    ("objects", "room", "parts"),
    [
        (chain(7), Room(resources=3), [3, 3, 1]),
        (chain(7, description="x" * 1000), Room(bytes=3_000), [2, 2, 2, 1]),
        ([thing(f"linkedService.L{n}", {"password": {"type": "SecureString", "value": str(n)}}) for n in range(5)],
         Room(parameters=2), [2, 2, 1]),
        (chain(7), Room(), [7]),
        ([], Room(), []),
    ],
)  # fmt: skip
def test_beyond_arms_limits_there_are_several_deployments(
    objects: list[AdfObject], room: Room, parts: list[int]
) -> None:
    made = deployments("adf", objects, room)
    assert [len(step.refs) for step in made] == parts
    assert [step.number for step in made] == list(range(1, len(parts) + 1))
    assert sorted(at for step in made for at in step.refs) == sorted(each.ref for each in objects)


def test_each_deployment_depends_only_on_itself_and_on_what_stands_before_it() -> None:
    made = deployments("adf", chain(7), Room(resources=3))
    ids = [[f"Microsoft.DataFactory/factories/adf/pipelines/{at.name}" for at in step.refs] for step in made]
    depends = [[each["dependsOn"] for each in step.template["resources"]] for step in made]
    assert ids[0] == [f"Microsoft.DataFactory/factories/adf/pipelines/P{n}" for n in (0, 1, 2)]
    assert depends[0] == [[], [ids[0][0]], [ids[0][1]]]
    assert depends[1] == [[], [ids[1][0]], [ids[1][1]]]  # P3 calls P2, which stands in the deployment before


def test_a_deployment_carries_its_own_secrets_only() -> None:
    services = [thing(f"linkedService.L{n}", {"password": {"type": "SecureString", "value": str(n)}}) for n in range(3)]
    made = deployments("adf", services, Room(resources=1))
    assert [[dict(each) for each in step.parameters.values()] for step in made] == [
        [{"value": "0"}], [{"value": "1"}], [{"value": "2"}],
    ]  # fmt: skip
    assert all(step.template["parameters"].keys() == step.parameters.keys() for step in made)


def test_the_default_room_stays_within_arms_limits() -> None:
    made = deployments("adf", [pipeline(f"P{n}", description="x" * 9_000) for n in range(801)])
    assert all(len(json.dumps({"t": step.template, "p": step.parameters})) < 4_000_000 for step in made)
    assert all(len(step.refs) < 800 for step in made)
