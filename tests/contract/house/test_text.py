"""What we publish speaks of the project alone: no machine, no registry, no other product."""

import re

import pytest

from tests.contract.house.tracked import ROOT, lines

# Each pattern is spelt so that it does not find itself.
MACHINE = re.compile(r"(?<![\w.])/(?:[w]ork|[r]oot|[t]mp|home/(?!somebody\b)\w+|Users/\w+)(?=/|\b)|C:\\+Users")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|yarnpkg\.com|proxy\.golang")
PRODUCT = re.compile(r"sql[p]layer|azure-[p]layer|azure\.datafactory\.(?:tools|devops)", re.IGNORECASE)
COMING_FROM = re.compile(r"^docs/coming-from-[\w-]+\.md$")
LINK = re.compile(r"\]\((?:\.\./)*docs/coming-from-[\w-]+\.md\)")
"""A link to such a page: its address names the product, the sentence does not."""


def lines_with(pattern: re.Pattern[str], *, but: re.Pattern[str] | None = None) -> list[str]:
    """Where the pattern is found outside of links, in files whose name `but` does not match."""
    return [
        f"{name}:{number}"
        for name, number, line in lines()
        if pattern.search(LINK.sub("", line)) and not (but and but.search(name))
    ]


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


def test_every_sample_that_is_named_exists() -> None:
    named = re.compile(r"samples/[\w./-]*\w")
    found = [
        f"{name}:{number} {word}"
        for name, number, line in lines()
        if name.startswith(("engine/", "docs/", "samples/", "README", "dev.py"))
        for word in named.findall(line)
        if not (ROOT / word).exists()
    ]
    assert found == []
