"""ARM ids to objects and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse.azure.addresses import group_of, object_of, object_path
from ecluse.model.kinds import KINDS
from ecluse.model.objects import ObjectRef, ref
from ecluse.plan.plan import Target

TARGET = Target("0", "rg-test", "adf-test")
names = st.text(st.characters(exclude_categories=["C"], exclude_characters="/\\"), min_size=1)


@given(st.sampled_from(list(KINDS.values())), names)
def test_an_objects_path_leads_back_to_it(kind: object, name: str) -> None:
    assert isinstance(kind, type(KINDS["pipeline"]))
    at = ObjectRef(kind, name.strip() or "x")
    assert object_of(object_path(TARGET, at)) == at


@pytest.mark.parametrize(
    ("resource_id", "found"),
    [
        (
            "/subscriptions/0/resourceGroups/r/providers/Microsoft.DataFactory/factories/f/TRIGGERS/T",
            ref("trigger", "T"),
        ),
        ("/Microsoft.DataFactory/factories/f/linkedservices/LS_KV_", ref("linkedService", "LS_KV_")),
        (
            "/x/Microsoft.DataFactory/factories/f/managedvirtualnetworks/default/managedprivateendpoints/E",
            ref("managedPrivateEndpoint", "E"),
        ),
        ("/x/Microsoft.DataFactory/factories/f/globalParameters/default", ref("globalParameters", "default")),
        ("/x/Microsoft.DataFactory/factories/f", None),
        ("/x/Microsoft.DataFactory/factories/f/unknownthings/X", None),
        ("/x/Microsoft.DataFactory/factories/f/triggers", None),
        ("pipelinerun", None),
        ("", None),
    ],
)
def test_an_id_is_read_in_any_case_and_nothing_else_is_an_object(resource_id: str, found: ObjectRef | None) -> None:
    assert object_of(resource_id) == found


def test_the_group_is_read_from_an_id() -> None:
    assert group_of("/subscriptions/0/resourcegroups/My-Group/providers/x") == "My-Group"
    assert group_of("/subscriptions/0") == ""
