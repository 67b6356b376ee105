"""For all tests: no test depends on how fast it runs, and what the sandbox answered is judged at the run's end."""

import pytest
from hypothesis import settings

from tests.contract.oav.whole_run import WholeRun

settings.register_profile("ecluse", deadline=None)
settings.load_profile("ecluse")


def pytest_configure(config: pytest.Config) -> None:
    """Only where the user started pytest: xdist's workers find the folder in their environment."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(WholeRun(), "ecluse-whole-run")
