"""Under the task options are called as its inputs are, wherever a message names one; a command to type stays one."""

import pytest

from ecluse.options.inputs import in_inputs


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("let it run (--trigger-stop changed)", "let it run (triggerStop changed)"),
        ("--factory is required; give --set", "dataFactoryName is required; give parameterOverrides"),
        ("Check --subscription and --cloud.", "Check the connection's subscription and the connection's cloud."),
        ("sign in (--credential, --authority)", "sign in (the connection's sign-in, the connection's authority)"),
        ("a proxy that opens TLS, --ca-bundle", "a proxy that opens TLS, the agent's certificates"),
        ("--sandbox is no input of the task", "--sandbox is no input of the task"),
        ("`ecluse triggers list` shows the names.", "AdfTriggers (command: list) shows the names."),
        ('then: ecluse triggers start "TR_Daily"', 'then: AdfTriggers (command: start) "TR_Daily"'),
        ("--parallelise and a--factory and ---", "--parallelise and a--factory and ---"),
        ("run: ecluse triggers recover --factory adf", "run: ecluse triggers recover --factory adf"),
        ("", ""),
    ],
)
def test_a_message_names_inputs(text: str, told: str) -> None:
    assert in_inputs(text) == told
