"""The packaged extension, an agent, and an engine that a test writes itself."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox_process import sandbox, shared_sandbox
from tests.task import package
from tests.task.agent import Agent, azure_connection

__all__ = ["sandbox", "shared_sandbox"]

FAKE = Path(__file__).parent / "fake_engine.py"

Faked = Callable[[str], Path]


@pytest.fixture(scope="session")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unzipped .vsix."""
    return package.unzipped(package.built(), tmp_path_factory.mktemp("extension"))


@pytest.fixture(scope="session")
def deploy_task(extension: Path) -> Path:
    return extension / "AdfDeploy" / "AdfDeployV1"


@pytest.fixture(scope="session")
def triggers_task(extension: Path) -> Path:
    return extension / "AdfTriggers" / "AdfTriggersV1"


@pytest.fixture
def faked(deploy_task: Path, tmp_path: Path) -> Faked:
    """The packaged launcher with an engine that does what the test's lines of Python say."""

    def make(script: str, task: Path = deploy_task) -> Path:
        folder = tmp_path / "tasks" / task.parent.name
        shutil.copytree(task, folder, ignore=lambda _folder, names: [name for name in names if name == "engine"])
        (folder / "engine").mkdir()
        text = FAKE.read_text(encoding="utf-8") + "\n" + script
        (folder / "engine" / "run_engine.py").write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    """An agent with one connection, to nowhere: no engine of a fake asks it."""
    return Agent(tmp_path / "agent", endpoints=[azure_connection("https://localhost:9")], timers=(0.5, 0.5))
