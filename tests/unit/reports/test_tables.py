"""The matrix of a configuration, and the forms in which it is written."""

import csv
import importlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from ecluse.configure.effective import Effective
from ecluse.configure.override import Override
from ecluse.errors import Refused, Where
from ecluse.reports.lines import Tone
from ecluse.reports.tables import (
    FORGOTTEN,
    Table,
    as_csv,
    as_excel,
    as_json,
    as_markdown,
    formed,
    matrix,
    matrix_lines,
    write_table,
)


def one(subject: str, path: str, value: str) -> Effective:
    return Effective(subject, path, value, Override("t", "n", path, value, Where("c.csv", 2)))


def sample() -> Table:
    return matrix(
        {
            "uat": [one("pipeline.P", "b", "=1+1"), one("linkedService.L", "url", "a|b\n<c>")],
            "prod": [one("linkedService.L", "url", "")],
        }
    )


def test_a_place_is_a_row_and_a_stage_a_column_and_what_is_forgotten_is_named() -> None:
    assert sample() == Table(
        ("object", "path", "uat", "prod", "not set for"),
        (
            ("linkedService.L", "url", "a|b\\n<c>", "", ""),
            ("pipeline.P", "b", "=1+1", FORGOTTEN, "prod"),
        ),
    )


def test_on_the_console_what_is_forgotten_stands_out() -> None:
    lines = list(matrix_lines(sample()))
    assert [line.text for line in lines if line.tone is Tone.WARN] == [
        "  pipeline.P  b",
        "    prod  (not set)",
        "2 places, 1 of them not set for every stage",
    ]


def test_where_nothing_is_forgotten_that_is_said() -> None:
    lines = list(matrix_lines(matrix({"uat": [one("pipeline.P", "b", "x")]})))
    assert (lines[-1].text, lines[-1].tone) == ("1 place, each set for every stage", Tone.GOOD)


def csv_cells(table: Table) -> list[list[str]]:
    return list(csv.reader(io.StringIO(as_csv(table).decode())))


def test_csv_can_be_read_back() -> None:
    table = Table(("a", "b"), (('x, "y"', "two\r\nlines"), ("-1", "+1.5e3"), ("é", "")))
    assert csv_cells(table) == [list(table.columns), *(list(row) for row in table.rows)]


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "+1+cmd|x!A0", "-2+3", "+pipeline.PL_*", "\t=1", "\r=1", "\uff1d1+1"],
)
def test_no_cell_of_a_csv_is_a_formula_to_a_spreadsheet(cell: str) -> None:
    assert csv_cells(Table(("a",), ((cell,),)))[1] == [f"'{cell}"]


def test_markdown_is_a_table_whatever_the_cells_hold() -> None:
    assert as_markdown(sample()).decode().splitlines() == [
        "| object | path | uat | prod | not set for |",
        "| --- | --- | --- | --- | --- |",
        "| linkedService.L | url | a\\|b\\\\n&lt;c> |  |  |",
        "| pipeline.P | b | =1+1 | (not set) | prod |",
    ]


def test_nothing_in_a_cell_is_markup() -> None:
    table = Table(("*_",), (("***",), ("PL_*_`a`",), ("[a](b) ~~c~~ &lt; $x$",)))
    assert as_markdown(table).decode().splitlines() == [
        "| \\*\\_ |",
        "| --- |",
        "| \\*\\*\\* |",
        "| PL\\_\\*\\_\\`a\\` |",
        "| \\[a\\](b) \\~\\~c\\~\\~ &amp;lt; \\$x\\$ |",
    ]


def test_excel_holds_the_same_cells_and_no_formula() -> None:
    openpyxl: Any = pytest.importorskip("openpyxl")
    pytest.importorskip("pandas")
    sheet = openpyxl.load_workbook(io.BytesIO(as_excel(sample()))).active
    table = sample()
    cells = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    assert cells == [list(table.columns), *(list(row) for row in table.rows)]
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}


def test_excel_without_its_packages_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(Refused, match="Excel needs the package openpyxl, which is not installed") as refused:
        as_excel(sample())
    assert 'pip install "ecluse[tables]"' in refused.value.problems[0].remedy


def test_a_table_that_can_not_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="can't be written"):
        write_table(as_csv(sample()), tmp_path / "none" / "a.csv")
    write_table(formed(sample(), matrix_lines(sample()), "console"), tmp_path / "a.txt")
    assert "(not set)" in (tmp_path / "a.txt").read_text(encoding="utf-8")


def test_json_has_an_object_per_row_and_refuses_what_it_would_lose() -> None:
    assert json.loads(as_json(Table(("a", "b"), (("1", "é"), ("2", ""))))) == [
        {"a": "1", "b": "é"},
        {"a": "2", "b": ""},
    ]
    with pytest.raises(Refused, match="two columns have one name"):
        as_json(matrix({"path": [one("pipeline.P", "b", "x")]}))
