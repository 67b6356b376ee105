"""The lock files pin everything, by hash, and hold no address: they work behind any mirror."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.contract.house.tracked import ROOT

PINNED = [ROOT / "requirements" / name for name in ("run.txt", "dev.txt", "task.txt")]
NODE_LOCKS = [ROOT / "tests" / "contract" / "oav" / "package-lock.json", ROOT / "task" / "package-lock.json"]
LOCKS = [*PINNED, *NODE_LOCKS]
ADDRESS = re.compile(
    r"://|\bresolved\b|--(extra-)?index-url|--find-links|--trusted-host|\bfile:|\bgit\+|(^|[\s\"])/\w", re.MULTILINE
)
NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")


def pins(lock: Path) -> dict[str, str]:
    """Package -> version, as a lock file pins it."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


def direct() -> tuple[set[str], set[str]]:
    """The packages that we ask for by name: at run time (with the sandbox), besides in development (with tables)."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run = [*project["dependencies"], *project["optional-dependencies"]["sandbox"]]
    lines = (ROOT / "requirements" / "dev.in").read_text(encoding="utf-8").splitlines()
    dev = [line for line in lines if line and not line.startswith("#")]
    return names(run), names([*dev, *project["optional-dependencies"]["tables"]])


def names(requirements: list[str]) -> set[str]:
    return {found[0] for line in requirements if (found := NAME.match(line))}


def asked_of_npm(lock: Path) -> set[str]:
    """The Node packages that a project asks for by name."""
    project = json.loads(lock.read_text(encoding="utf-8"))["packages"][""]
    return {name for kind in ("dependencies", "devDependencies") for name in project.get(kind, {})}


def lock_id(lock: Path) -> str:
    return lock.name


@pytest.mark.parametrize("lock", LOCKS, ids=lock_id)
def test_a_lock_holds_no_address(lock: Path) -> None:
    found = [line for line in lock.read_text(encoding="utf-8").splitlines() if ADDRESS.search(line)]
    assert found == []


@pytest.mark.parametrize("lock", PINNED, ids=lock_id)
def test_every_pin_carries_hashes(lock: Path) -> None:
    blocks = re.split(r"^(?=[a-z0-9])", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    # One package may be pinned twice, for different versions of Python.
    assert {block.partition("==")[0] for block in blocks} == pins(lock).keys() > set()
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("lock", NODE_LOCKS, ids=lambda lock: str(lock.parent.name))
def test_every_node_package_carries_its_integrity(lock: Path) -> None:
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_what_runs_is_what_was_tested() -> None:
    run, dev, task = map(pins, PINNED)
    assert task.items() <= run.items() <= dev.items()


def test_the_task_carries_all_that_runs_but_what_is_for_a_terminal_or_native() -> None:
    asked = names((ROOT / "requirements" / "task.in").read_text(encoding="utf-8").splitlines())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert asked == names(project["dependencies"]) - {"click", "rich", "azure-identity"}
    assert {"cryptography", "cffi", "msal", "pygments", "pandas"} & pins(PINNED[2]).keys() == set()


def test_what_we_ask_for_is_pinned() -> None:
    run, dev = direct()
    assert run <= pins(PINNED[0]).keys()
    assert dev <= pins(PINNED[1]).keys()


def test_every_dependency_is_explained_and_nothing_else() -> None:
    run, dev = direct()
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| ([a-z][a-z0-9-]*)", page, re.MULTILINE)) - {"package"}
    node = {name for lock in NODE_LOCKS for name in asked_of_npm(lock)}
    assert rows == run | dev | node - {"@types/node"}
