"""Bytes to text to JSON: what is read, what is refused, and where the message points."""

import codecs
import copy
import gc
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse.errors import Code, Refused, Where
from ecluse.jsontree import MAX_DEPTH, to_text
from ecluse.sources.files import parse_json, read_json, read_text


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
def test_text_is_read_in_the_encoding_that_its_bom_names(tmp_path: Path, bom: bytes, encoding: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(bom + '{"ключ": "¦"}'.encode(encoding))
    assert read_json(path).value == {"ключ": "¦"}


def test_bytes_that_are_no_text_are_named_with_their_offset(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b'{\n"a": "\xe4"}')
    with pytest.raises(Refused) as refused:
        read_text(path)
    (problem,) = refused.value.problems
    assert (problem.code, problem.where) == (Code.SOURCE_UNREADABLE, Where(str(path), 2))
    assert "0xe4 at offset 8" in problem.message


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_byte_order_mark_is_named(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes("{}".encode(encoding))
    with pytest.raises(Refused, match="UTF-16"):
        read_text(path)


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        read_text(tmp_path / "none.json")
    assert refused.value.problems[0].code is Code.SOURCE_MISSING


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("", 1, 1, "nothing stands there"),
        (" \n ", 1, 1, "nothing stands there"),
        ('{"a": }', 1, 7, "expecting value"),
        ('{"a": 1,}', 1, 9, "found a comma behind the last item"),
        ('{"a": [1, 2,]}', 1, 13, "found a comma behind the last item"),
        ('{"a": {"b": {"c": [1,\n]}}}', 2, 1, "found a comma behind the last item"),
        ('{"a": {"b": {"c": 1, }}}', 1, 22, "found a comma behind the last item"),
        ('{"a": "x\ny"}', 1, 9, "a line break or another control character"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0", 1, 1, "a pointer of Git LFS"),
        ('{\n  "a": 1\n  "b": 2}', 3, 3, "',' delimiter"),
        ('{\n  "a" 1}', 2, 7, "':' delimiter"),
        ('{"a": 1} x', 1, 10, "more follows"),
        ('{"a": {"b": {"c": Common_LS_x}}}', 1, 19, "expecting value"),
        ('{\n// why\n"a": 1}', 2, 1, "comment (`//`)"),
        ('{"a": {"b": {"c": 1, /* why */ "d": 2}}}', 1, 22, "comment (`/*`)"),
        ('{"a": 1\n# why\n}', 2, 1, "comment (`#`)"),
        ('{\n<<<<<<< HEAD\n"a": 1}', 2, 1, "merge conflict"),
        ("{'a': 1}", 1, 2, "single quotes"),
        ('{"a": "b\nc"}', 1, 9, "control character"),
        ('{"a": NaN}', 1, 7, "NaN"),
        ('{"a": [-Infinity]}', 1, 8, "Infinity"),
        ('{"a": 1e999}', 1, 7, "out of range"),
        ('{"a": ' + "9" * 5000 + "}", 1, 7, "4300 digits"),
        ('{"a": "\\ud800"}', 1, 8, "half of a character"),
        ("[" * 100_000, 1, MAX_DEPTH + 1, "nested deeper"),
        ('{"a": 1', 1, 8, "delimiter"),
    ],
)
def test_invalid_json_is_refused_with_line_and_column(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_json(text, "t.json")
    (problem,) = refused.value.problems
    assert (problem.code, problem.where) == (Code.JSON_INVALID, Where("t.json", line, column))
    assert said in problem.message


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"a": 1,\n "b": 2,\n "a": 3}', 3, 2),
        ('{"x": [{"y": {"z": {"a": 1,\n   "a": 2}}}]}', 2, 4),
    ],
)
def test_a_key_that_occurs_twice_is_refused_where_it_occurs_again(text: str, line: int, column: int) -> None:
    with pytest.raises(Refused) as refused:
        parse_json(text, "t.json")
    (problem,) = refused.value.problems
    assert (problem.code, problem.where) == (Code.JSON_DUPLICATE_KEY, Where("t.json", line, column))
    assert '"a"' in problem.message


def test_a_key_twice_below_the_deepest_level_is_refused_too() -> None:
    deep = "[" * (MAX_DEPTH + 5) + '{"a": 1, "a": 2}' + "]" * (MAX_DEPTH + 5)
    with pytest.raises(Refused, match="nested deeper"):
        parse_json(deep, "t.json")


@pytest.mark.parametrize("levels", [0, 1, 2])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_one_level_too_many_is_refused_where_it_begins_whoever_reads_it(
    opening: str, closing: str, levels: int
) -> None:
    at_most = opening * MAX_DEPTH + "1" + closing * MAX_DEPTH
    assert parse_json(at_most, "t.json", levels).value
    for more in (1, 2, 100, 840):
        with pytest.raises(Refused, match=f"nested deeper than {MAX_DEPTH} levels") as refused:
            parse_json(opening * more + at_most + closing * more, "t.json", levels)
        assert refused.value.problems[0].where == Where("t.json", 1, MAX_DEPTH * len(opening) + 1)


def test_keys_that_differ_in_case_are_two_keys() -> None:
    assert list(parse_json('{"userName": 1, "username": 2}', "t").value) == ["userName", "username"]


@pytest.mark.parametrize("number", ["0", "-1", "202401", "123456789012345678901234567890", "1.0", "0.1", "-2.5"])
def test_numbers_come_out_as_they_went_in(number: str) -> None:
    assert json.dumps(parse_json(f'{{"n": [{number}]}}', "t").value) == f'{{"n": [{number}]}}'


def test_the_document_knows_the_lines_of_its_top_levels() -> None:
    document = parse_json('{\n"a": 1,\n"r": [\n{"n": 1},\n\n{"n":\n2}\n]\n}', "t.json")
    assert document.where("r", 1) == Where("t.json", 6)
    assert document.where("r", 1, "n") == Where("t.json", 6)
    assert document.where("a") == Where("t.json", 2)
    assert document.where("nowhere") == Where("t.json")


def test_the_collector_is_as_it_was() -> None:
    parse_json("{}", "t")
    assert gc.isenabled()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.sampled_from([None, 1, "\t"]))
def test_json_comes_out_as_it_went_in(tree: Any, indent: Any) -> None:
    text = json.dumps(tree, indent=indent)
    assert json.dumps(parse_json(text, "t").value, indent=indent) == text


@given(JSON, st.data())
def test_cut_json_is_read_or_refused(tree: Any, data: st.DataObject) -> None:
    text = json.dumps(tree)
    cut = data.draw(st.integers(0, len(text)))
    try:
        parse_json(text[:cut], "t")
    except Refused as refused:
        places = [problem.where for problem in refused.problems]
        assert all(where and where.line == 1 for where in places)


DIGITS = st.text("0123456789", min_size=1, max_size=30)
NUMBERS = st.builds(
    lambda sign, whole, fraction, power: sign + (whole.lstrip("0") or "0") + fraction + power,
    st.sampled_from(["", "-"]),
    DIGITS,
    st.just("") | DIGITS.map(lambda digits: f".{digits}"),
    st.sampled_from(["", "e5", "E+10", "e-7"]),
).filter(lambda number: number != "-0")  # a whole zero has no sign: it goes out as 0
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["\x00", "a\x00b", "number 0 1.10", '"'])
DOCUMENTS = st.recursive(
    NUMBERS | st.sampled_from(["true", "false", "null"]) | TEXTS.map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]")
        | st.dictionaries(TEXTS | st.sampled_from(["userName", "username"]), inner, max_size=4).map(
            lambda made: "{" + ",".join(f"{json.dumps(key)}:{value}" for key, value in made.items()) + "}"
        )
    ),
)


@given(DOCUMENTS)
def test_what_is_read_goes_out_as_it_came_in(text: str) -> None:
    tree = parse_json(text, "x.json").value

    def spelled(text: str) -> Any:
        return json.loads(
            text,
            parse_int=lambda number: ("#", number),
            parse_float=lambda number: ("#", number),
            object_pairs_hook=lambda pairs: ("{", pairs),
        )

    assert spelled(to_text(tree)) == spelled(text)
    assert spelled(to_text(copy.deepcopy(tree))) == spelled(text)
