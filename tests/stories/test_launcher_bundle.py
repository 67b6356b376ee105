"""What the pipeline tasks carry is enough: a whole deployment with nothing else on Python's path."""

import shutil
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.agent_process import first_line, ran
from tests.contract.house.test_locks import pins
from tests.ecluse_command import ROOT
from tests.sandbox_process import RunningSandbox
from tests.stories.two_releases import RAN, runs, second_after_first

_START = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('ecluse.agent', run_name='__main__')"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The engine and the packages of requirements/task.txt, as pure Python; nothing else."""
    folder = tmp_path_factory.mktemp("bundle")
    shutil.copytree(ROOT / "engine" / "ecluse", folder / "ecluse", ignore=shutil.ignore_patterns("__pycache__"))
    for name in pins(ROOT / "requirements" / "task.txt"):
        for file in distribution(name).files or ():
            if ".." not in file.parts and file.suffix not in (".so", ".pyd", ".pyc"):
                (folder / file.parent).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), folder / file)
    return folder


def words(bundle: Path, cache: Path) -> tuple[str, ...]:
    """How the launcher starts the engine: nothing of the machine's Python but its standard library."""
    return ("-I", "-S", "-u", "-X", "utf8", "-X", f"pycache_prefix={cache}", "-c", _START, str(bundle))


def test_the_bundle_plans_deploys_and_switches_triggers(sandbox: RunningSandbox, tmp_path: Path, bundle: Path) -> None:
    second_after_first(sandbox, tmp_path)
    config = tmp_path / "rows.csv"
    config.write_text('type,name,path,value\npipeline,P,"$..waitTimeInSeconds",7\n', encoding="utf-8")
    options = {"source": "two", "config": [str(config)]}
    start = words(bundle, tmp_path / "pyc")
    heard = ran(first_line(sandbox, tmp_path, "deploy", options=options), *start, home=tmp_path)
    assert heard.code == 0, heard
    assert heard.err == ""
    assert runs(sandbox) == RAN
    _, body, _ = sandbox.call("GET", f"{sandbox.factory_path()}/pipelines/P")
    assert body["properties"]["activities"][0]["typeProperties"]["waitTimeInSeconds"] == 7
    line = first_line(sandbox, tmp_path, "triggers stop", inputs={"Triggers": "TR_D*,\nTR_Files"})
    assert ran(line, *start, home=tmp_path).code == 0
    assert runs(sandbox) == set()
    line = first_line(sandbox, tmp_path, "triggers list")
    assert "TR_Daily  Stopped" in ran(line, *start, home=tmp_path).log
