"""Section 2 of the configuration contract: what a CSV holds."""

import codecs
from pathlib import Path

import pytest

from ecluse.configure.configure import Options, configure
from ecluse.configure.override import Configuration, Override, OverrideAction
from ecluse.configure.tokens import Variables
from ecluse.errors import Code, Refused
from ecluse.sources.overrides_csv import read_csv
from tests.factories import factory, pipeline, schedule

HEADER = "type,name,path,value\n"
CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "csv"


def read(folder: Path, text: str | bytes) -> Configuration:
    file = folder / "config-uat.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_csv(file)


def cells(row: Override) -> tuple[str, str, str, str]:
    return (row.type, row.name, row.path, row.value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("pipeline,PL,a.b,x", ("pipeline", "PL", "a.b", "x"), id="plain"),
        pytest.param(
            " pipeline , PL X , a.b , 25", ("pipeline", "PL X", "a.b", "25"), id="type, name, path are trimmed"
        ),
        pytest.param('pipeline,PL,a.b,"x, ""y"""', ("pipeline", "PL", "a.b", 'x, "y"'), id="RFC 4180 quotes"),
        pytest.param(
            'pipeline,PL,a.b, "https://x,y"', ("pipeline", "PL", "a.b", "https://x,y"), id="blank before a quote"
        ),
        pytest.param('pipeline,PL,a.b,"x" ', ("pipeline", "PL", "a.b", "x"), id="blank behind a quote"),
        pytest.param("pipeline,PL,-a.b", ("pipeline", "PL", "a.b", ""), id="a removal without a value"),
        pytest.param('pipeline,PL,"$.a.b","x"', ("pipeline", "PL", "$.a.b", "x"), id="quoted path"),
        pytest.param(
            'pipeline,PL,a.b,"one\ntwo\n# three\n"', ("pipeline", "PL", "a.b", "one\ntwo\n# three\n"), id="lines"
        ),
        pytest.param(
            'pipeline,PL,a.b,{"type": "int32"}', ("pipeline", "PL", "a.b", '{"type": "int32"}'), id="bare JSON"
        ),
        pytest.param(
            'pipeline,PL,a.b,{"minutes": [0],"hours": [7]}',
            ("pipeline", "PL", "a.b", '{"minutes": [0],"hours": [7]}'),
            id="bare JSON with commas",
        ),
        pytest.param(
            "pipeline,PL,a.b,{'a': 1,'b': 2}", ("pipeline", "PL", "a.b", "{'a': 1,'b': 2}"), id="single quotes"
        ),
        pytest.param('pipeline,PL,a.b,["x","y"]', ("pipeline", "PL", "a.b", '["x","y"]'), id="bare list"),
        pytest.param(
            'pipeline,PL,a[+],json:{"a": 1,"b": 2}',
            ("pipeline", "PL", "a[+]", 'json:{"a": 1,"b": 2}'),
            id="bare JSON that says so",
        ),
        pytest.param('pipeline,PL,a["b c"].d,x', ("pipeline", "PL", 'a["b c"].d', "x"), id="quotes inside of a path"),
        pytest.param("pipeline,PL,a.b,", ("pipeline", "PL", "a.b", ""), id="empty value"),
        pytest.param("dataset,D,a,¦", ("dataset", "D", "a", "¦"), id="beyond ASCII"),
    ],
)
def test_a_row_holds_its_four_cells(tmp_path: Path, line: str, expected: tuple[str, ...]) -> None:
    config = read(tmp_path, f"{HEADER}{line}\ntrigger,T,b,1\n")
    assert config.problems == ()
    assert [cells(row) for row in config.overrides] == [expected, ("trigger", "T", "b", "1")]
    assert str(config.overrides[0].origin).endswith("config-uat.csv:2")
    assert config.overrides[1].origin.line == 3 + line.count("\n")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.b", ("a.b", OverrideAction.UPDATE, False)),
        ("+a.b", ("a.b", OverrideAction.ADD, False)),
        ("+$.a.b", ("$.a.b", OverrideAction.ADD, False)),
        ("- a.b", ("a.b", OverrideAction.REMOVE, False)),
        ("a.b?", ("a.b", OverrideAction.UPDATE, True)),
        ("-a[?(@.x==1)]?", ("a[?(@.x==1)]", OverrideAction.REMOVE, True)),
        ("a[?(@.x==1)]", ("a[?(@.x==1)]", OverrideAction.UPDATE, False)),
    ],
)
def test_the_path_says_what_the_row_does(tmp_path: Path, path: str, expected: tuple[object, ...]) -> None:
    (row,) = read(tmp_path, f"{HEADER}pipeline,PL,{path},x").overrides
    assert (row.path, row.action, row.optional) == expected


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_delimiters_line_ends_and_encodings_are_told_from_the_file(
    tmp_path: Path, delimiter: str, ends: str, encoding: str
) -> None:
    lines = ["type|name|path|value", "# comment||", "", "|||", "dataset|Ä|a.b|1,5", 'dataset|B|c|"x|y"', ""]
    text = ends.join(lines).replace("1,5", '"1,5"').replace("|", delimiter)
    config = read(tmp_path, (codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b"") + text.encode(encoding))
    assert [cells(row) for row in config.overrides] == [
        ("dataset", "Ä", "a.b", "1,5"),
        ("dataset", "B", "c", f"x{delimiter}y"),
    ]
    assert [row.origin.line for row in config.overrides] == [5, 6]
    assert len(config.notices) == (delimiter != ",")


def test_comments_and_blank_lines_may_come_before_the_header_and_its_cells_may_be_quoted(tmp_path: Path) -> None:
    config = read(tmp_path, '# ours\n\n"Type", "Name","path","value"\n# a\n  # b\n\npipeline,P,a,1')
    assert [row.origin.line for row in config.overrides] == [7]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("pipeline,PL,a", "the row has 3 columns instead of 4"),
        ("pipeline,PL,a,b,c", "the row has 5 columns instead of 4, and what follows the path is no JSON"),
        (
            "pipeline,PL,a,{not: json, at: all}",
            "the row has 5 columns instead of 4, and what follows the path is no JSON",
        ),
        (",PL,a,b", "the row has no type"),
        ("pipeline,,a,b", "the row has no name"),
        ("pipeline,PL,+,b", "the row has no path"),
        ("pipeline,PL,++a,b", "the path begins with two signs"),
        ("pipeline,PL,+ -a,b", "the path begins with two signs"),
        ('pipeline,PL,a,"b"c', "something stands behind the closing quote of a cell"),
        ('pipeline,PL,a,"' + "x" * 200_000 + '"', "a cell is longer than 131072 characters"),
        ("pipeline,PL,a,[" + "1," * 100_000 + "1]", "a cell is longer than 131072 characters"),
    ],
)
def test_a_row_that_can_not_be_read_is_a_problem_with_its_line_and_the_others_are_read(
    tmp_path: Path, line: str, said: str
) -> None:
    config = read(tmp_path, f"{HEADER}\n{line}\npipeline,P,a,b\n")
    assert [(each.message, each.where and each.where.line, each.code) for each in config.problems] == [
        (said, 3, Code.CONFIG_FORMAT)
    ]
    assert len(config.overrides) == 1


def test_a_quoted_cell_that_never_ends_is_told_at_its_first_line(tmp_path: Path) -> None:
    (problem,) = read(tmp_path, f'{HEADER}pipeline,P,a,"b\nc\nd\n').problems
    assert str(problem).endswith("config-uat.csv:2: a cell that begins with a quote never ends")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "the file is empty"),
        (b"\n# only this\n", "the file is empty"),
        (b"type,name,value,path\n", "the first row is no header: type,name,value,path"),
        (b"type,name,path\n", "the first row is no header: type,name,path"),
        (b"type,name,path,value,value\n", "the first row is no header: type,name,path,value,value"),
        (b"pipeline;a;password;hunter2\n", "the first row is no header: …;…;…;…"),
        (b"pipeline|a|password|hunter2\n", "the first row is no header: …"),
        (b"type,name,path,value\npipeline,\xe4,a,b", "byte 0xe4 at offset 30 is not valid UTF-8"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, text: bytes, said: str) -> None:
    with pytest.raises(Refused, match=f"{said}$"):
        read(tmp_path, text)


def test_a_file_from_a_spreadsheet_is_read_and_its_curly_quotes_are_told(tmp_path: Path) -> None:
    text = "type;name;path;value\r\nlinkedService;LS;a.b;\u201chttps://x\u201d\r\npipeline;\u201ePL\u201c;a;b\r\n"
    config = read(tmp_path, codecs.BOM_UTF8 + text.encode())
    assert [(row.name, row.value) for row in config.overrides] == [("LS", "\u201chttps://x\u201d")]
    assert [str(each).partition("config-uat.csv:")[2] for each in config.problems] == [
        '3: the name stands in curly quotes; only " quotes'
    ]
    assert ["curly quotes" in each.message for each in config.notices] == [False, True]


def test_a_line_that_tells_a_spreadsheet_the_delimiter_is_passed_over(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "\ufeffsep=;\r\ntype;name;path;value\r\npipeline;PL;a;b\r\n").overrides
    assert (cells(row), row.origin.line) == (("pipeline", "PL", "a", "b"), 3)


def test_empty_columns_that_a_spreadsheet_writes_behind_the_header_hold_no_cells(tmp_path: Path) -> None:
    rows = ("a;b;;", 'c;"d;e"; ;', "f;;;", "g;h", "i;j;k;")
    text = "".join(f"pipeline;PL;{row}\r\n" for row in rows)
    config = read(tmp_path, f"type;name;path;value;;\r\n{text}")
    assert [(row.path, row.value) for row in config.overrides] == [("a", "b"), ("c", "d;e"), ("f", ""), ("g", "h")]
    assert [str(each).partition("config-uat.csv:")[2] for each in config.problems] == [
        "6: the row has 6 columns instead of 4, and what follows the path is no JSON"
    ]


@pytest.mark.parametrize(
    "text",
    [
        HEADER.encode() + b"pipeline,PL,a,b\0c\n",
        HEADER.encode() + "pipeline,PL,a,b\n".encode("utf-16-le"),
    ],
)
def test_nul_characters_are_refused_with_their_line(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(Refused, match=r"config-uat\.csv:2: the file holds a NUL character"):
        read(tmp_path, text)


def test_what_is_large_or_broken_has_an_answer_in_bounded_memory(tmp_path: Path) -> None:
    longest = 10 * 1024 * 1024
    (problem,) = read(tmp_path, f'{HEADER}pipeline,PL,a,"{"x" * longest}').problems
    assert "a cell is longer than 131072 characters" in problem.message
    config = read(tmp_path, HEADER + "pipeline,PL,a\n" * 20_000)
    assert len(config.problems) == 20_000
    with pytest.raises(Refused, match=r"config-uat.csv:50002: the file goes on after 50,000 rows"):
        read(tmp_path, HEADER + "pipeline,PL,a\n" * 60_000)
    (row,) = read(tmp_path, f"{HEADER}pipeline,PL,{'a.' * 10_000}a,b\n").overrides
    with pytest.raises(Refused, match="the path has 20001 characters; 4000 are the most"):
        configure(factory(pipeline("PL")), Configuration((row,)), Variables(), Options())


def test_a_configuration_without_rows_is_a_warning(tmp_path: Path) -> None:
    assert [each.message for each in read(tmp_path, HEADER).notices] == ["the configuration holds no rows"]


# --- real files ------------------------------------------------------------------------------------------------------


def test_every_real_configuration_is_read_and_the_broken_type_is_refused_with_its_line() -> None:
    if not CORPUS.is_dir():
        pytest.skip("no shared data")
    read_in = {file.name: read_csv(file) for file in sorted(CORPUS.glob("*.csv"))}
    assert read_in
    assert [str(problem) for each in read_in.values() for problem in each.problems] == []
    assert sum(len(each.overrides) for each in read_in.values()) > 70
    (bad,) = (each for name, each in read_in.items() if "badtype" in name)
    with pytest.raises(Refused, match=r"badtype\.csv:2  ultratrigger\.TR_AlwaysDisabled: .* nearest is trigger"):
        configure(factory(schedule("TR_AlwaysDisabled")), bad, Variables(), Options())
