"""Under the task options are called as its inputs are, wherever a message names one; a command to type stays one."""

import pytest

from ecluse.options.inputs import in_inputs


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("let it run (--trigger-stop changed)", "let it run (triggerStop changed)"),
        ("--factory is required; give --set", "dataFactoryName is required; give parameterOverrides"),
        ("--credential is no input of the task", "--credential is no input of the task"),
        ("--parallelise and a--factory and ---", "--parallelise and a--factory and ---"),
        ("run: ecluse triggers recover --factory adf", "run: ecluse triggers recover --factory adf"),
        ("", ""),
    ],
)
def test_a_message_names_inputs(text: str, told: str) -> None:
    assert in_inputs(text) == told
