"""What we publish speaks of the project alone: no machine, no registry, no other product."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Each pattern is spelt so that it does not find itself.
MACHINE = re.compile(r"(?<![\w.])/(?:[w]ork|[r]oot|[t]mp|home/\w+|Users/\w+)(?=/|\b)|C:\\+Users")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|yarnpkg\.com|proxy\.golang")
PRODUCT = re.compile(r"sql[p]layer|azure-[p]layer|azure\.datafactory\.(?:tools|devops)", re.IGNORECASE)
COMING_FROM = re.compile(r"^docs/coming-from-[\w-]+\.md$")


def tracked() -> list[str]:
    listing = subprocess.run(  # git, on our own tree
        ["git", "ls-files", "-z"],  # noqa: S607  # a prerequisite, wherever it is installed
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def lines_with(pattern: re.Pattern[str], *, but: re.Pattern[str] | None = None) -> list[str]:
    found = []
    for name in tracked():
        if but and but.search(name):
            continue
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a test's own UTF-16 file, a picture
        found += [f"{name}:{number}" for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)]
    return found


def test_no_path_of_a_machine_is_written_down() -> None:
    assert lines_with(MACHINE) == []


def test_no_registry_is_named() -> None:
    assert lines_with(REGISTRY) == []


def test_other_products_are_named_only_for_those_who_come_from_them() -> None:
    assert lines_with(PRODUCT, but=COMING_FROM) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE, "see /{}/main/engine".format("work")),
        (MACHINE, 'open("/{}/x")'.format("tmp")),
        (MACHINE, "C:\\{}\\someone".format("Users")),
        (REGISTRY, "https://{}.org/simple".format("pypi")),
        (PRODUCT, "SQL{}".format("Player")),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


def test_a_path_of_an_api_is_no_path_of_a_machine() -> None:
    assert not MACHINE.search("POST /subscriptions/0/resourceGroups/rg/providers/workspaces/work")
