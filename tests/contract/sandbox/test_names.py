"""Which names the plan lets through: never one that Azure, as the sandbox plays it, refuses when the triggers stand."""

import pytest

from ecluse.model.kinds import KINDS, Kind
from ecluse_sandbox.kinds import COLLECTIONS

_TAKES = {key.lower(): row.name for key, row in COLLECTIONS.items()}
_EDGES = ("", *"a1_-. é/#*", "é", "ab", "abc", "IR", "a-", "-ab", "a--b", "a-b", "a_b", "a b", "abc ", "abc\n", "aéb")
_NAMES = (*_EDGES, *(f"a{each}c" for each in "<>*#.%&:\\+?/@'\"$~\n"), *("x" * n for n in (63, 64, 127, 128, 260, 261)))


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.word)
def test_a_name_that_the_plan_lets_through_is_one_that_azure_takes(kind: Kind) -> None:
    taken = [name for name in _NAMES if kind.naming.takes(name)]
    assert taken
    assert [name for name in taken if not _TAKES[kind.arm_type.lower()].fullmatch(name)] == []


def test_a_runtime_has_a_name_of_three_to_63_characters() -> None:
    takes = KINDS["integrationruntime"].naming.takes
    assert [takes("x" * n) for n in (2, 3, 63, 64)] == [False, True, True, False]
