"""What the documents say is what the code does."""

import re
import tomllib
from pathlib import Path

import pytest

import dev
import ecluse
from ecluse import errors
from ecluse.commands import session
from ecluse.configure.configure import MOST_CHANGES, MOST_ROWS
from ecluse.configure.jsonpath import MAX_STEPS
from ecluse.configure.paths import MAX_LENGTH
from ecluse.configure.tokens import FORBIDDEN, Variables, expand
from ecluse.configure.values import PREFIXES
from ecluse.model.kinds import KINDS
from ecluse.options.foreign import FOREIGN
from ecluse.options.rows import COMMANDS
from ecluse.options.table import OPTIONS
from tests.contract.house.tracked import ROOT, lines

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "samples").rglob("*.md")])


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def dev_commands(name: str) -> list[str]:
    """The dev.py commands that a file calls, in order."""
    lines = [line for line in text(name).splitlines() if not line.lstrip().startswith("#")]
    return re.findall(r"dev\.py (\w+)", "\n".join(lines))


def test_one_version_everywhere() -> None:
    newest = re.search(r"^## (\S+)", text("CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert {tomllib.loads(text("pyproject.toml"))["project"]["version"], newest[1]} == {ecluse.__version__}


def test_every_error_is_explained_and_nothing_else() -> None:
    explained = re.findall(r"^\| `([a-z-]+)` \|", text("docs/errors.md"), re.MULTILINE)
    assert sorted(explained) == sorted(errors.Code)


def test_every_exit_code_is_explained() -> None:
    explained = {int(code) for code in re.findall(r"^\| (\d) \|", text("docs/exit-codes.md"), re.MULTILINE)}
    raised = {kind.exit_code for kind in errors.EcluseError.__subclasses__()}
    ends = {session.DONE, session.FAILED, session.CHANGES, session.REFUSED, session.ASTRAY}
    assert explained == ends
    assert raised <= ends


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_document_names_only_commands_that_exist(document: Path) -> None:
    called = set(re.findall(r"\bdev\.py (\w+)", document.read_text(encoding="utf-8")))
    assert called <= {"demo", "test", "check", "lock", "bench", "version"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_document_links_only_to_what_exists(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_ci_and_the_pipeline_run_the_same_commands() -> None:
    assert dev_commands(".ci/run") == dev_commands("azure-pipelines.yml") == ["demo", "check"]


def test_the_readme_starts_with_the_two_commands() -> None:
    assert dev_commands("README.md")[:2] == ["demo", "test"]


def test_the_demo_uses_files_that_exist() -> None:
    words = [word for _, command in dev.DEMO for word in command if word.startswith("samples/")]
    assert words
    assert all((ROOT / word).exists() for word in words)


MOVING, *_ = (path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("coming-from-*.md"))
USER_PAGES = [
    "README.md",
    "samples/contoso-sales/README.md",
    "samples/contoso-sales-folder/README.md",
    "samples/coming-from/README.md",
    MOVING,
    "docs/configuration.md",
    "docs/filters.md",
    "docs/errors.md",
    "docs/exit-codes.md",
    "docs/triggers.md",
]
BUILT_IN = {"--help", "--version", "--all"}  # of the command line itself, or of one command


@pytest.mark.parametrize("page", USER_PAGES)
def test_a_page_names_only_options_that_exist(page: str) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text(page)))
    assert named - {option.flag for option in OPTIONS.values()} - BUILT_IN == set()


@pytest.mark.parametrize("page", USER_PAGES)
def test_a_page_names_only_commands_that_exist(page: str) -> None:
    called = re.findall(r"(?:^ {4}|`)ecluse ((?:triggers |sandbox |config )?[a-z]+)", text(page), re.MULTILINE)
    assert {command for command in called if command not in {"triggers", "sandbox", "config"}} <= set(COMMANDS)


def test_the_page_of_the_configuration_names_the_types_prefixes_and_variables_that_there_are() -> None:
    page = text("docs/configuration.md")
    (objects,) = re.findall(r"^\| (`pipeline`.*?) \|", page, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", objects)) == {kind.word for kind in KINDS.values()} - {"globalParameters"}
    assert re.findall(r"^\| `(\w+):` \|", page, re.MULTILINE) == list(PREFIXES)
    assert all(f"`{pattern}`" in page for pattern in FORBIDDEN)
    for number in (MOST_ROWS, MOST_CHANGES, MAX_STEPS, MAX_LENGTH):
        assert re.search(rf"(?<![\d,]){number:,}(?![\d,])", page), number
    tokens = re.search(r"## Tokens\n\n(.*?)\n\n", page, re.DOTALL)
    assert tokens is not None
    named = re.findall(r"`([^`]+)`", "".join(line.split("|")[1] for line in tokens[1].splitlines()[2:]))
    assert len(named) == 5
    assert {expand(token, Variables({"NAME": "x"})) for token in named} == {"x"}


def test_the_page_for_those_who_move_has_every_input_that_is_understood_and_every_word_of_them() -> None:
    page = text(MOVING)
    aliases = [alias for option in OPTIONS.values() for alias in option.aliases]
    inputs = {alias.name for alias in aliases} | {row.name for row in FOREIGN.values()}
    lines = [line for line in page.splitlines() if line.startswith("| `")]
    rows = {name: line for line in lines for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert inputs - set(rows) == set()
    for alias in aliases:
        for word, meant in alias.synonyms.items():
            assert re.search(rf"\b{word}\b", rows[alias.name]), (alias.name, word)
            assert re.search(rf"\b{meant}\b", rows[alias.name]), (alias.name, meant)


def test_the_page_for_those_who_move_tells_each_default_that_differs() -> None:
    section = re.search(r"defaults that differ\n(.*?)\n## ", text(MOVING), re.DOTALL)
    assert section is not None
    for option in OPTIONS.values():
        if option.peer_default:
            assert re.search(rf"^\| `{option.aliases[0].name}` .*`{option.flag}[ `]", section[1], re.MULTILINE), (
                option.name
            )


def test_the_demo_uses_options_that_exist() -> None:
    words = {word for _, command in dev.DEMO for word in command if word.startswith("--")}
    assert words <= {option.flag for option in OPTIONS.values()}


def test_every_exception_from_the_checks_has_its_reason() -> None:
    lines = text("pyproject.toml").splitlines()
    ignores = [line for line in lines if re.match(r'\s+"[A-Z]+\d*",', line)]
    assert ignores
    assert [line for line in ignores if not re.search(r"# \w+", line)] == []


def test_every_exception_in_the_code_has_its_reason() -> None:
    bare = re.compile(r"#\s*(noqa|type: ignore)(:\s*[A-Z0-9, ]+|\[[\w, -]+\])?\s*$")
    assert [f"{name}:{number}" for name, number, line in lines() if name.endswith(".py") and bare.search(line)] == []
