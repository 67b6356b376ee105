"""The README's first command, run as a newcomer runs it (less the set-up), against what the README says it prints."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dev
from tests.contract.house.tracked import ROOT


def run(command: tuple[str, ...], folder: Path) -> str:
    """What one command of the demo prints, without its timestamps. It must end with 0."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ECLUSE_")}
    done = subprocess.run(
        [sys.executable, "-m", "ecluse", *command],
        cwd=folder,
        env=environment | {"PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return re.sub(r"^\d{4}-\d\d-\d\dT[\d:.]+Z {2}", "", done.stdout, flags=re.MULTILINE)


def promised() -> list[list[str]]:
    """The runs of lines that the README shows, parted where it cuts."""
    block = re.search(r"```text\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    parts = re.split(r"^ *\[\.\.\.\]\n", block[1], flags=re.MULTILINE)
    return [[line.strip() for line in part.splitlines()] for part in parts if part]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each step of the demo prints, in a folder of its own that has the samples."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(ROOT / "samples", folder / "samples")
    return [run(command, folder) for _, command in dev.DEMO]


def test_the_readme_shows_what_the_release_prints(printed: list[str]) -> None:
    release = [line.strip() for line in printed[2].splitlines()]
    at = 0
    for part in promised():
        found = [start for start in range(at, len(release)) if release[start : start + len(part)] == part]
        assert found, f"the demo does not print (any more, or there): {part}"
        at = found[0] + len(part)


def test_what_ran_before_the_release_runs_after_it_and_nothing_else(printed: list[str]) -> None:
    states = dict(re.findall(r"^\s*(TR_\w+)\s+(Started|Stopped)", printed[3], re.MULTILINE))
    assert states == {"TR_Daily": "Started", "TR_Hourly_Window": "Stopped", "TR_Orders_Arrived": "Started"}


def test_every_step_says_that_it_is_the_sandbox_first_and_last(printed: list[str]) -> None:
    for text in printed:
        lines = text.strip().splitlines()
        assert "SANDBOX" in lines[0]
        assert "SANDBOX" in lines[-1]
