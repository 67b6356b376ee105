"""The sandbox shares no code with the engine; the contracts that say so go red when they are broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the two packages and of the contracts."""
    for package in ("ecluse", "ecluse_sandbox"):
        target = tmp_path / "engine" / package
        shutil.copytree(ROOT / "engine" / package, target, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken(root: Path) -> list[str]:
    """The names of the contracts that do not hold."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    path = {"PYTHONPATH": str(root / "engine")}
    done = subprocess.run(command, cwd=root, env=path, capture_output=True, text=True, check=False, timeout=120)
    assert "Contracts" in done.stdout, done.stdout + done.stderr
    return [line.removesuffix(" BROKEN") for line in done.stdout.splitlines() if line.endswith(" BROKEN")]


def test_an_import_across_the_line_breaks_its_contract_in_both_directions(copy: Path) -> None:
    with (copy / "engine/ecluse/errors.py").open("a") as file:
        file.write("\nimport ecluse_sandbox.state\n")
    with (copy / "engine/ecluse_sandbox/state.py").open("a") as file:
        file.write("\nimport ecluse.errors\n")

    assert {"The engine imports nothing of the sandbox", "The sandbox imports nothing of the engine"} <= set(
        broken(copy)
    )


def test_as_it_stands_neither_contract_is_broken(copy: Path) -> None:
    assert not [name for name in broken(copy) if "sandbox" in name]
