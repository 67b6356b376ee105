"""docs/first-contact.md lists every assumption of the sandbox; UPDATE_GOLDEN=1 writes the list anew."""

import os
import re
from pathlib import Path

from ecluse.options.table import OPTIONS
from tests.contract.sandbox.assumptions import BEGIN, END, ENGINE, table

DOCS = Path(__file__).resolve().parents[3] / "docs" / "first-contact.md"


def test_the_page_lists_every_assumption_that_the_code_marks() -> None:
    before, _, rest = DOCS.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page = f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"

    if os.environ.get("UPDATE_GOLDEN"):
        DOCS.write_text(page, encoding="utf-8")

    assert DOCS.read_text(encoding="utf-8") == page


def test_no_mark_is_lost_on_the_way() -> None:
    marks = sum(len(re.findall(r"\[U", path.read_text(encoding="utf-8"))) for path in ENGINE.glob("*.py"))
    legend = 1

    assert table().count("[U") == marks - legend > 0


def test_the_page_names_only_options_that_exist() -> None:
    named = set(re.findall(r"--([a-z][-a-z]+)", DOCS.read_text(encoding="utf-8").partition(BEGIN)[0]))

    assert named - {row.key for row in OPTIONS.values()} == set()
