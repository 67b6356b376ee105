"""What is written about the tasks is what their manifests say."""

from tests.task import docs_page


def test_the_page_of_the_tasks_has_every_input_as_the_manifests_have_it() -> None:
    page = docs_page.PAGE.read_text(encoding="utf-8")
    assert docs_page.written(page) == page, "python -m tests.task.docs_page writes it anew"
