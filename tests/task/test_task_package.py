"""The built .vsix: what is in it is on a list, small, licensed, and says nothing of the machine that built it."""

import ast
import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.house.test_text import MACHINE, REGISTRY
from tests.contract.house.tracked import ROOT
from tests.task import package

MEGABYTE = 1_000_000
TASK_FILE = re.compile(r"(task\.json|icon\.png|main\.js|post\.js|launcher\.js|LICENSE\.txt|NOTICES\.txt)")
ENGINE_FILE = re.compile(r"engine/(run_engine\.py|[\w./-]+\.(py|pem|typed)|[\w.-]+\.dist-info/[\w./-]+)")
EXTENSION_FILE = re.compile(
    r"extension\.vsomanifest|extension\.vsixmanifest|\[Content_Types\]\.xml|README\.md|LICENSE\.txt|images/[\w-]+\.png"
)
UNWANTED = re.compile(
    r"(^|/)(tests?|samples|benchmarks|ecluse_sandbox|cli)/|\.pyc$|\.map$|direct_url\.json|RECORD$|(^|/)\.|\.(so|pyd|dll|exe)$"
)
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AccountKey=[A-Za-z0-9+/]{20}|\bghp_[A-Za-z0-9]{30}|\bAKIA[A-Z0-9]{16}\b"
    r"|[?&]sig=[A-Za-z0-9%]{20}"
)
ABSOLUTE = re.compile(r"/mnt/|/workspace/|[A-Z]:\\\\(?!Program Files)[A-Za-z]")


@pytest.fixture(scope="session")
def vsix() -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(package.built()) as archive:
        yield archive


def names(vsix: zipfile.ZipFile) -> list[str]:
    return [name for name in vsix.namelist() if not name.endswith("/")]


def test_every_file_is_on_the_list(vsix: zipfile.ZipFile) -> None:
    strange = []
    for name in names(vsix):
        inner = re.fullmatch(r"(AdfDeploy|AdfTriggers)/\1V1/(.+)", name)
        allowed = bool(inner and (TASK_FILE.fullmatch(inner[2]) or ENGINE_FILE.fullmatch(inner[2])))
        if not allowed and not EXTENSION_FILE.fullmatch(name):
            strange.append(name)
    assert strange == []


def test_nothing_of_what_only_builders_need_is_in_it(vsix: zipfile.ZipFile) -> None:
    assert [name for name in names(vsix) if UNWANTED.search(name)] == []


def test_no_terminal_package_and_no_sign_in_package_is_in_it(vsix: zipfile.ZipFile) -> None:
    tops = {name.split("/")[3] for name in names(vsix) if "/engine/" in name}
    assert tops.isdisjoint({"click", "rich", "cryptography", "msal", "pandas", "pygments", "ecluse_sandbox"})
    assert not [name for name in names(vsix) if "/azure/identity/" in name]


def test_both_tasks_and_the_whole_are_small(vsix: zipfile.ZipFile) -> None:
    for task in ("AdfDeploy", "AdfTriggers"):
        assert sum(each.compress_size for each in vsix.infolist() if each.filename.startswith(task)) < 3 * MEGABYTE
    assert package.built().stat().st_size < 10 * MEGABYTE


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY, SECRET, ABSOLUTE])
def test_no_text_tells_of_a_machine_a_registry_or_a_secret(vsix: zipfile.ZipFile, pattern: re.Pattern[str]) -> None:
    found = []
    for name in names(vsix):
        if name.endswith(".png"):
            continue
        text = vsix.read(name).decode("utf-8")
        ours = "/engine/ecluse/" in name or "/engine/" not in name
        if (ours or pattern in {SECRET, ABSOLUTE}) and not name.endswith("NOTICES.txt"):
            found += [f"{name}: {match[0]}" for match in pattern.finditer(text)]
    assert found == []


def test_every_distribution_has_its_licence(vsix: zipfile.ZipFile) -> None:
    infos = {match[0] for name in names(vsix) if (match := re.match(r".*/[\w.-]+\.dist-info/", name))}
    assert len(infos) >= 2 * 13
    licence = re.compile(r"(licenses/.+|licen[cs]e[^/]*|copying[^/]*)$", re.IGNORECASE)
    assert [info for info in infos if not any(n.startswith(info) and licence.search(n) for n in names(vsix))] == []


def test_every_package_in_the_launcher_has_its_licence_told(vsix: zipfile.ZipFile) -> None:
    notices = vsix.read("AdfDeploy/AdfDeployV1/NOTICES.txt").decode()
    told = re.findall(r"^=== (\S+) ", notices, re.MULTILINE)
    assert {"azure-pipelines-task-lib", "semver", "minimatch"} <= set(told)
    assert notices.count("Permission") >= 4


def test_the_engine_is_the_one_of_this_repository_without_the_command_line(vsix: zipfile.ZipFile) -> None:
    packed = {n.split("/engine/")[1] for n in names(vsix) if n.startswith("AdfDeploy/") and "/engine/ecluse/" in n}
    source = ROOT / "engine"
    there = {file.relative_to(source).as_posix() for file in (source / "ecluse").rglob("*.py")}
    terminal = {name for name in there if name.startswith("ecluse/cli/")}
    terminal |= {"ecluse/__main__.py", "ecluse/reports/terminal.py"}
    assert packed == there - terminal | {"ecluse/py.typed"}


NOT_IN_THE_TASK = {"azure.identity", "ecluse.reports.terminal"}
"""Imported by the engine only where the command line runs it."""


def test_every_import_of_the_engine_is_met_in_the_bundle(extension: Path) -> None:
    engine = extension / "AdfDeploy" / "AdfDeployV1" / "engine"
    wanted = set()
    for file in (engine / "ecluse").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                wanted |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                wanted.add(node.module)
    probe = (
        "import importlib, sys; sys.path.insert(0, sys.argv[1])\n"
        "for name in sys.argv[2:]:\n"
        "    try: importlib.import_module(name)\n"
        "    except ModuleNotFoundError as error: print(name, error.name)"
    )
    command = [sys.executable, "-I", "-S", "-c", probe, str(engine), *sorted(wanted)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    missing = {line.split()[0] for line in ran.stdout.splitlines()}
    assert {name for name in missing if not any(f"{name}.".startswith(f"{each}.") for each in NOT_IN_THE_TASK)} == set()


def test_the_build_prints_the_hash_of_everything_that_is_in_the_tasks(vsix: zipfile.ZipFile) -> None:
    lines = (line.partition("  ") for line in package.printed().splitlines())
    printed = {name: digest for digest, _, name in lines}
    inside = {n: hashlib.sha256(vsix.read(n)).hexdigest() for n in names(vsix) if n.startswith("Adf")}
    assert inside.items() <= printed.items()


def test_the_engine_is_committed_once_only() -> None:
    assert list((package.TASK).glob("Adf*/**/*.py")) == []
    assert Path(package.TASK / "run_engine.py").is_file()
