"""What is written about the tasks is what their manifests say."""

import re

from tests.contract.house.tracked import ROOT
from tests.task import docs_page

MARKETPLACE = (ROOT / "task" / "README.md").read_text(encoding="utf-8")


def test_the_page_of_the_tasks_has_every_input_as_the_manifests_have_it() -> None:
    page = docs_page.PAGE.read_text(encoding="utf-8")
    assert docs_page.written(page) == page, "python -m tests.task.docs_page writes it anew"


def test_the_marketplace_page_names_inputs_and_outputs_that_there_are() -> None:
    known = {row["name"] for task in docs_page.TASKS for row in docs_page.manifest(task)["inputs"]}
    steps = re.findall(r"```yaml\n(.*?)```", MARKETPLACE, re.DOTALL)
    named = {name for step in steps for name in re.findall(r"^    (\w+):", step, re.MULTILINE)} - {"WAREHOUSE"}
    assert named
    assert named <= known
    outputs = MARKETPLACE.partition("Outputs for later steps")[2].partition("\n\n")[0]
    told = set(re.findall(r"`(\w+)`", outputs)) - {"name"}
    assert told == {row["name"] for row in docs_page.manifest("AdfDeploy")["outputVariables"]}


def test_the_marketplace_page_shows_pictures_that_are_in_the_extension() -> None:
    pictures = re.findall(r"!\[[^]]+\]\((images/[\w-]+\.png)\)", MARKETPLACE)
    assert pictures
    assert [name for name in pictures if not (ROOT / "task" / name).is_file()] == []


def test_the_marketplace_page_links_to_nothing_that_is_not_in_the_extension() -> None:
    links = re.findall(r"(?<!!)\[[^]]+\]\(([^)]+)\)", MARKETPLACE)
    assert [link for link in links if not link.startswith("https://")] == []
