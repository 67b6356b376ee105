"""Bad input of every sort gets a clear answer: what, where, what to do; exit code 3; and nothing is written."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from ecluse.model.kinds import FACTORY_WORD, KINDS
from tests.ecluse_command import SHARED, Ran, to
from tests.sandbox_process import GROUP, RunningSandbox, running
from tests.stories.in_process import ecluse, refused
from tests.stories.template import pipeline, write

ODD = SHARED / "corpus" / "odd"
CSV = SHARED / "corpus" / "csv"
FILE = "ARMTemplateForFactory.json"
Words = Sequence[Any]


def text_of(template: Path) -> str:
    return (template / FILE if template.is_dir() else template).read_text(encoding="utf-8")


def good(folder: Path, **parameters: Any) -> Path:
    write(folder / "good", pipeline("P"), parameters=parameters)
    return folder / "good"


def bytes_in(folder: Path, content: bytes) -> Words:
    (folder / FILE).write_bytes(content)
    return ("--source", folder)


def edited(folder: Path, old: str, new: str) -> Words:
    """The good template with one text replaced."""
    text = text_of(good(folder))
    assert old in text
    return bytes_in(folder, text.replace(old, new, 1).encode())


def given(folder: Path, type_: str, *words: str) -> Words:
    """A parameter `n` of this type, and words about it."""
    return ("--source", good(folder, n={"type": type_}), *words)


def parameter_file(folder: Path, content: str) -> Words:
    (folder / "p.json").write_text(content, encoding="utf-8")
    return (*given(folder, "int"), "--parameters", folder / "p.json")


def rows(folder: Path, content: str) -> Words:
    (folder / "c.csv").write_text(content, encoding="utf-8", newline="")
    return ("--source", good(folder), "--config", "c.csv")


def json_rows(folder: Path, content: str) -> Words:
    (folder / "c.json").write_text(content, encoding="utf-8")
    return ("--source", good(folder), "--config", "c.json")


HEADER = "type,name,path,value\n"
TABLE: dict[str, tuple[Callable[[Path], Words], str]] = {
    "missing folder": (lambda at: ("--source", at / "none"), "none: no such file or folder"),
    "folder without template": (lambda at: ("--source", at), f"there is no {FILE}"),
    "empty file": (lambda at: bytes_in(at, b""), f"{FILE}:1:1: invalid JSON: nothing stands there"),
    "invalid JSON": (lambda at: edited(at, '"resources": [', '"resources": [\n x'), ":15:2: invalid JSON"),
    "cut off": (lambda at: bytes_in(at, b'{"resources": ['), ":1:16: invalid JSON"),
    "comment": (lambda at: bytes_in(at, b"{\n// x\n}"), ":2:1: invalid JSON: found a comment"),
    "duplicate key": (lambda at: edited(at, '"resources"', '"variables": {},\n"resources"'), 'the key "variables"'),
    "not UTF-8": (lambda at: bytes_in(at, b'{\n"a": "\xe4"}'), f"{FILE}:2: byte 0xe4 at offset 8 is not valid UTF-8"),
    "UTF-16 unmarked": (lambda at: bytes_in(at, "{}".encode("utf-16-le")), "UTF-16 without the byte order mark"),
    "no resources": (lambda at: bytes_in(at, b'{"resources": []}'), "the template has no resources"),
    "resources left out": (lambda at: edited(at, '"resources"', '"other"'), "no list of `resources`"),
    "a parameter file": (lambda at: bytes_in(at, b'{"parameters": {"a": {"value": 1}}}'), "this is a parameter file"),
    "another template": (
        lambda at: bytes_in(at, b'{"resources": [{"type": "Microsoft.Web/sites", "name": "x"}]}'),
        "no resource of a data factory, only Microsoft.Web/sites",
    ),
    "unknown function": (
        lambda at: edited(at, '"activities": [', '"description": "[guess(1)]", "activities": ['),
        "pipeline.P: `properties.description`: the function guess is none that ARM knows, in [guess(1)]",
    ),
    "broken expression": (
        lambda at: edited(at, '"activities": [', '"description": "[concat(\'a\']", "activities": ['),
        "expected ',' at character 12, found the end, in [concat('a']",
    ),
    "int of text": (lambda at: given(at, "int", "--set", "n=a"), "is of type int, and the text of --set n is no int"),
    "array of object": (lambda at: given(at, "array", "--set", "n={}"), "is of type array and can't be object"),
    "unknown type": (lambda at: given(at, "strnig"), "the parameter 'n' has no type that ARM knows"),
    "literal secret": (lambda at: given(at, "securestring", "--set", "n=a"), "--set n=@env:VARIABLE"),
    "variable not set": (lambda at: given(at, "string", "--set", "n=@env:NOT_SET"), "NOT_SET is not set"),
    "unknown parameter": (lambda at: given(at, "int", "--set", "m=1"), "the template has no such parameter"),
    "parameter file broken": (lambda at: parameter_file(at, "{"), "p.json:1:2: invalid JSON"),
    "parameter file of text": (lambda at: parameter_file(at, '{"parameters": {"n": {"value": "a"}}}'), "p.json:1"),
    "rows of 3 and 5": (
        lambda at: rows(at, f"{HEADER}pipeline,P,a\npipeline,P,a,b,c\n"),
        "c.csv:3: the row has 5 columns instead of 4",
    ),
    "no header": (lambda at: rows(at, "pipeline,P,a,b\n"), "c.csv:1: the first row is no header"),
    "open quote": (lambda at: rows(at, f'{HEADER}pipeline,P,a,"b\n'), "c.csv:2: a cell that begins with a quote never"),
    "type that is none": (lambda at: rows(at, f"{HEADER}pipelines,P,a,b\n"), "nearest is pipeline"),
    "name that is none": (lambda at: rows(at, f"{HEADER}pipeline,Q,a,b\n"), "c.csv:2  pipeline.Q: path a: no pipeline"),
    "path that is none": (
        lambda at: rows(at, f"{HEADER}pipeline,P,activities[0].nam,b\n"),
        "nearest existing path is activities[0].name",
    ),
    "a 50 MB configuration": (lambda at: rows(at, HEADER + "#" * 50_000_000), "a configuration of more than"),
    "60,000 rows": (lambda at: rows(at, HEADER + "pipeline,P,a,b\n" * 60_000), "the file goes on after 50,000 rows"),
    "a path of 10,000 steps": (
        lambda at: rows(at, f"{HEADER}pipeline,P,{'a.' * 10_000}a,b\n"),
        "the path has 20001 characters; 4000 are the most",
    ),
    "a cell of 10 MB": (
        lambda at: rows(at, f'{HEADER}pipeline,P,a,"{"x" * 10_000_000}"\n'),
        "a cell is longer than 131072 characters",
    ),
    "NUL in a configuration": (lambda at: rows(at, f"{HEADER}pipeline,P,a\0,b\n"), "c.csv:2: the file holds a NUL"),
    "curly quotes": (lambda at: rows(at, f"{HEADER}pipeline,\u201cP\u201d,a,b\n"), "the name stands in curly quotes"),
    "JSON of 2,000 levels": (
        lambda at: json_rows(at, '{"P": ' + "[" * 2000 + "]" * 2000 + "}"),
        "nested deeper than 150 levels",
    ),
    "JSON that is no configuration": (lambda at: json_rows(at, "[]"), "a configuration in JSON is an object"),
    "JSON of several kinds": (
        lambda at: json_rows(at, '{"P": [{"name": "a", "value": "b", "type": "trigger"}]}'),
        "c.json:1  trigger.P: path a: no trigger has the name P",
    ),
    "no number": (
        lambda at: rows(at, f"{HEADER}pipeline,P,activities[0].typeProperties.waitTimeInSeconds,b\n"),
        "'b' is no number",
    ),
    "filter of no kind": (lambda at: ("--source", good(at), "--filter", "pipelin.P"), "nearest is pipeline"),
    "no such stage": (lambda at: ("--source", good(at), "--stage", "uat"), "there is no config-uat.csv"),
}


@pytest.mark.parametrize("case", TABLE)
def test_bad_input_is_refused_with_place_and_remedy(case: str, tmp_path: Path) -> None:
    words, said = TABLE[case]
    assert said in refused(tmp_path, *words(tmp_path))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_read(encoding: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    words = bytes_in(tmp_path, text_of(good(tmp_path)).encode(encoding))
    ran = ecluse(tmp_path, "plan", *words, *to(sandbox.directory), "--create", "--location", "westeurope")
    assert (ran.code, "1 to create" in ran.text) == (0, True), ran.text


@pytest.mark.skipif(not ODD.is_dir(), reason="no shared data")
@pytest.mark.parametrize("file", sorted(each.name for each in ODD.glob("*")))
def test_files_that_only_look_like_a_factory_are_refused(file: str, tmp_path: Path) -> None:
    assert file in refused(tmp_path, "--source", ODD / file)


@pytest.mark.skipif(not ODD.is_dir(), reason="no shared data")
@pytest.mark.parametrize("file", sorted(each.name for each in ODD.glob("*")))
def test_an_odd_file_is_an_answer_wherever_it_is_put(file: str, tmp_path: Path) -> None:
    """As an object of each kind, as a configuration, as parameters, as a filter: never a defect of ours."""
    for folder in (*(kind.folder for kind in KINDS.values()), FACTORY_WORD):
        put = tmp_path / folder.replace("/", "-") / folder
        put.mkdir(parents=True)
        copyfile(ODD / file, put / file)
        ran = ecluse(tmp_path, "select", "--source", tmp_path / folder.replace("/", "-"))
        told = ran.code == 0 or (ran.code == 3 and " -> " in ran.text)
        assert told, ran.text
    for option in ("--config", "--parameters", "--filter-file"):
        assert file in refused(tmp_path, "--source", good(tmp_path), option, ODD / file)


@pytest.mark.skipif(not CSV.is_dir(), reason="no shared data")
def test_a_real_configuration_with_a_bad_type_is_refused_with_its_line(tmp_path: Path) -> None:
    (bad,) = CSV.glob("*config-badtype.csv")
    said = refused(tmp_path, "--source", good(tmp_path), "--config", bad)
    assert f"{bad.name}:2" in said
    assert "nearest is trigger" in said


# --- what only Azure can tell ----------------------------------------------------------------------------------------


def deploy(sandbox: RunningSandbox, folder: Path, *words: Any, group: str = GROUP) -> Ran:
    """A deployment that must not write: the sandbox's own log says so."""
    sandbox.control("DELETE", "calls")
    target = ("--factory", "adf-test", "--resource-group", group, "--sandbox", sandbox.directory)
    ran = ecluse(folder, "deploy", "--source", good(folder), *target, *words)
    assert [call["path"] for call in sandbox.calls() if call["method"] != "GET"] == []
    return ran


def refused_by_azure(sandbox: RunningSandbox, folder: Path, *words: Any, group: str = GROUP) -> str:
    ran = deploy(sandbox, folder, *words, group=group)
    assert ran.code == 3, ran.text
    assert "Refused, nothing was written" in ran.text
    return ran.text


def test_a_missing_factory_names_the_option_that_makes_it(sandbox: RunningSandbox, tmp_path: Path) -> None:
    assert "add --create (with --location)" in refused_by_azure(sandbox, tmp_path)


def test_a_factory_in_another_group_is_found(tmp_path: Path) -> None:
    with running(tmp_path / "two-groups", groups=(GROUP, "rg-other")) as sandbox:
        assert sandbox.call("PUT", sandbox.factory_path(), {"location": "westeurope"})[0] == 200
        said = refused_by_azure(sandbox, tmp_path, "--create", "--location", "westeurope", group="rg-other")
    assert f"not in resource group rg-other but in {GROUP}" in said


def test_a_missing_group_and_a_wrong_subscription_are_named(sandbox: RunningSandbox, tmp_path: Path) -> None:
    assert "'rg-none' could not be found" in refused_by_azure(sandbox, tmp_path, group="rg-none")
    wrong = "11111111-1111-1111-1111-111111111111"
    assert f"The subscription '{wrong}' could not be found" in refused_by_azure(
        sandbox, tmp_path, "--subscription", wrong
    )


@pytest.mark.parametrize(("status", "remedy"), [(401, "sign in again"), (403, "Data Factory Contributor")])
def test_a_refused_first_read_ends_the_run(status: int, remedy: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    sandbox.faults({"method": "GET", "path": "/factories/adf-test", "action": {"status": status}})
    assert remedy in refused_by_azure(sandbox, tmp_path)


@pytest.mark.parametrize("exists", [True, False])
def test_a_filter_that_leaves_nothing_is_said_and_is_no_error(
    exists: bool,
    sandbox: RunningSandbox,
    tmp_path: Path,  # a pytest parameter
) -> None:
    if exists:
        assert sandbox.call("PUT", sandbox.factory_path(), {"location": "westeurope"})[0] == 200
    ran = deploy(sandbox, tmp_path, "--filter", "+dataset.*", "--create", "--location", "westeurope")
    assert ran.code == 0, ran.text
    assert "the filter leaves nothing of the source to deploy" in ran.text
    assert "Nothing to do" in ran.text


def test_a_problem_of_each_sort_is_told_in_one_go(tmp_path: Path) -> None:
    template = json.loads(text_of(good(tmp_path)))
    template["resources"][0]["properties"] = {"a": "[one()]", "b": "[two()]"}
    said = refused(tmp_path, *bytes_in(tmp_path, json.dumps(template).encode()))
    assert "2 problems" in said
