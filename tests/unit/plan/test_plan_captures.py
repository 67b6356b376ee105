"""A change data capture that runs, or of which nobody knows, is neither updated nor deleted."""

import pytest

from ecluse.errors import Code, Refused
from ecluse.model.objects import AdfObject
from ecluse.plan.make import make
from tests.factories import factory, inputs, live, pipeline, thing


def capture(description: str, status: str | None = None) -> AdfObject:
    return thing("adfcdc.C", {"description": description} | ({} if status is None else {"status": status}))


@pytest.mark.parametrize("status", ["Running", "Starting", "Started", None])
@pytest.mark.parametrize("gone", [True, False])
def test_one_that_does_not_stand_still_is_not_touched(status: str | None, gone: bool) -> None:
    source = factory(pipeline("P")) if gone else factory(capture("new"))
    with pytest.raises(Refused) as error:
        make(inputs(source, live(capture("old", status), pipeline("P")), delete_not_in_source=True, max_deletes=9))
    (problem,) = [each for each in error.value.problems if each.code is Code.CAPTURE_RUNS]
    assert ("deleted" if gone else "updated") in problem.message
    assert "-adfcdc.C" in problem.remedy


def test_one_that_stands_is_updated_and_one_that_does_not_differ_may_run() -> None:
    assert make(inputs(factory(capture("new", "Running")), live(capture("old", "Stopped")))).has_changes
    assert not make(inputs(factory(capture("same", "Stopped")), live(capture("same", "Running")))).has_changes


def test_a_new_one_is_created_without_a_status() -> None:
    (step,) = make(inputs(factory(capture("new", "Running")), live())).steps
    assert "Running" not in repr(step)
