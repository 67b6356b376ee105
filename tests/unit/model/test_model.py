import pytest

from ecluse.model.graph import circles, closure, graph, levels
from ecluse.model.kinds import BY_ARM_TYPE, KINDS
from ecluse.model.objects import ref
from ecluse.model.running import depths
from ecluse.model.triggers import trigger_kind
from ecluse.plan.normalise import RULES
from tests.factories import at, pipeline, pointer, schedule, thing


def test_addresses_are_equal_without_case_and_only_within_a_kind() -> None:
    assert ref("dataset", "A") == ref("Dataset", "a")
    assert hash(ref("dataset", "A")) == hash(ref("dataset", "a"))
    assert ref("dataset", "A") != ref("pipeline", "A")
    assert str(ref("TRIGGER", "TR_x")) == "trigger.TR_x"


def test_every_kind_is_found_by_its_arm_type_in_any_case() -> None:
    for kind in KINDS.values():
        assert BY_ARM_TYPE[f"microsoft.datafactory/FACTORIES/{kind.arm_type}".casefold()] is kind


def test_every_normalisation_rule_names_kinds_that_exist() -> None:
    assert {word for rule in RULES for word in rule.kinds} <= {kind.word for kind in KINDS.values()}


def test_references_are_found_at_any_depth_with_their_paths() -> None:
    each = thing("pipeline.P", {"a": [{"b": {"dataset": pointer("Dataset", "D")}}], "c": pointer("Notebook", "N")})
    assert [(str(found.ref), found.path) for found in each.references] == [
        ("dataset.D", ("properties", "a", 0, "b", "dataset"))
    ]


@pytest.mark.parametrize("name", ["@pipeline().parameters.x", "", {"value": "@x", "type": "Expression"}, None])
def test_a_name_that_can_not_be_known_is_no_reference(name: object) -> None:
    assert thing("dataset.D", {"l": {"referenceName": name, "type": "LinkedServiceReference"}}).references == ()


def test_levels_name_an_object_as_it_names_itself_not_as_others_spell_it() -> None:
    own, spelled = ref("linkedService", "keyVault"), ref("linkedService", "KEYVAULT")
    edges = {ref("linkedService", "LS"): frozenset({spelled}), own: frozenset()}
    assert [[at.name for at in level] for level in levels(edges)] == [["keyVault"], ["LS"]]


def test_levels_put_what_is_needed_first() -> None:
    edges = graph([schedule("T", "A"), pipeline("A", runs=["B"]), pipeline("B"), pipeline("C")])
    assert levels(edges) == (
        (at("pipeline.B"), at("pipeline.C")),
        (at("pipeline.A"),),
        (at("trigger.T"),),
    )


def test_a_circle_reads_as_who_needs_whom() -> None:
    runs = {"A": ["B", "E"], "B": ["C"], "C": ["a"], "D": ["C"], "E": []}
    (found,) = circles(graph([pipeline(name, runs=needed) for name, needed in runs.items()]))
    assert [each.name for each in found] == ["A", "B", "C", "A"]


def test_what_stands_in_a_circle_or_needs_it_is_in_no_level() -> None:
    runs = {"A": ["B", "E"], "B": ["A"], "D": ["B"], "E": []}
    assert levels(graph([pipeline(name, runs=needed) for name, needed in runs.items()])) == ((at("pipeline.E"),),)


def test_windows_that_wait_for_each_other_in_a_circle_leave_the_others_their_order() -> None:
    waits = {"A": "B", "B": "A", "C": "D"}
    windows = [thing(f"trigger.{name}", {"waits": pointer("Trigger", other)}) for name, other in waits.items()]
    found = depths({each.ref: each for each in (*windows, thing("trigger.D"))})
    assert {each.name: depth for each, depth in found.items()} == {"A": 0, "B": 0, "C": 1, "D": 0}


def test_the_closure_takes_along_what_is_needed() -> None:
    edges = graph([pipeline("A", runs=["B"]), pipeline("B"), pipeline("C")])
    assert closure([at("pipeline.A")], edges) == {at("pipeline.A"), at("pipeline.B")}


def test_an_unknown_type_of_trigger_is_treated_like_a_schedule() -> None:
    assert not trigger_kind({"properties": {"type": "NewTrigger"}}).event
    assert trigger_kind({"properties": {"type": "bloBEventsTrigger"}}).event
