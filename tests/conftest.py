"""For all tests: what the sandbox answered during a run is judged at its end."""

import pytest

from tests.contract.oav.whole_run import WholeRun


def pytest_configure(config: pytest.Config) -> None:
    """Only where the user started pytest: xdist's workers find the folder in their environment."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(WholeRun(), "ecluse-whole-run")
