"""Sets up, shows, tests and checks Ecluse: the one script behind the README's commands, `.ci/run` and the pipeline.

    python3 dev.py demo     set up, then promote a sample factory on a local Azure
    python3 dev.py test     set up, then run all tests
    python3 dev.py check    set up, then lint, types and floors, then all tests
    python3 dev.py bench    set up, then measure how fast it is (benchmarks/README.md; --only NAME, --json FILE)
    python3 dev.py lock     pin the dependencies anew (--upgrade: take newer versions)
    python3 dev.py version  write a new version wherever one stands (docs/versions.md)

Needs Python 3.11+ with venv and pip; `test` and `check` need Node 20+ with npm as well. Everything else is installed
into `.venv` from `requirements/dev.txt`, whose hashes pip checks. The standard library is all that this file uses, and
no syntax that an old Python can't read, so that it can say that it is too old.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
STAMP = ".ecluse-setup"
REQUIREMENTS = ROOT / "requirements"
NODE_PROJECTS = (ROOT / "tests" / "contract" / "oav", ROOT / "task")
VERSIONED = {
    "pyproject.toml": r'(?<=\nversion = ")[^"]+',
    "engine/ecluse/__init__.py": r'(?<=__version__ = ")[^"]+',
    "vss-extension.json": r'(?<=\n  "version": ")[^"]+',
    "task/package.json": r'(?<=\n  "version": ")[^"]+',
}
LOCK_HEADER = "# Made by `python3 dev.py lock`: versions and hashes, for Python 3.11+ on Linux, macOS and Windows.\n"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20

SAMPLE = "samples/contoso-sales"
SANDBOX = ".sandbox"
UAT = ("--factory", "adf-contoso-sales-uat", "--resource-group", "rg-contoso-uat", "--sandbox", SANDBOX)
FROM_SAMPLE = ("--source", SAMPLE, *UAT, "--fill-missing-secrets")
GO_LIVE = f"{SAMPLE}/deployment/config-go-live.csv"
DEMO: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "1 of 4  The first release: the factory is created, and two of its three triggers go live",
        ("deploy", *FROM_SAMPLE, "--create", "--location", "westeurope", "--config", GO_LIVE, "--yes"),
    ),
    (
        "2 of 4  The next release is planned: what would change in UAT, and which triggers that concerns",
        ("plan", *FROM_SAMPLE, "--stage", "uat"),
    ),
    (
        "3 of 4  The release: stop what runs, deploy what changed, start exactly what ran before",
        ("deploy", *FROM_SAMPLE, "--stage", "uat", "--yes"),
    ),
    (
        "4 of 4  What runs now",
        ("triggers", "list", *UAT),
    ),
)
DEMO_NEXT = f"""
Done, and no server is left running. The factory lives on in {SANDBOX}/ (the next demo wipes it). What to try next:
  - change a value in {SAMPLE}/deployment/config-uat.csv, then
      ecluse plan {" ".join(FROM_SAMPLE)} --stage uat
  - your own factory: put your adf_publish folder in place of {SAMPLE}; README.md, "Your own factory"
  - {SAMPLE}/README.md has more; `ecluse --help` lists the commands, `ecluse deploy --help` the options
(`ecluse` is {{ecluse}})
"""


class SetupError(Exception):
    """Something that the user has to put right; the text says how."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    parser = argparse.ArgumentParser(description="Set up, show, test and check Ecluse.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("demo", help="set up and promote a sample factory on a local Azure")
    commands.add_parser("test", help="set up and run all tests; whatever follows goes to pytest instead")
    commands.add_parser("check", help="set up, lint, check types and floors, and run all tests")
    commands.add_parser("bench", help="set up and measure; whatever follows goes to the benchmarks", add_help=False)
    lock_parser = commands.add_parser("lock", help="pin the dependencies anew")
    lock_parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    version_parser = commands.add_parser("version", help="write a new version wherever one stands")
    version_parser.add_argument("number", metavar="X.Y.Z", type=version_number)
    given, rest = parser.parse_known_args(argv)
    if rest and given.command not in ("test", "bench"):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    actions: dict[str, Callable[[], int]] = {
        "demo": demo,
        "test": lambda: run_tests(rest),
        "check": check,
        "bench": lambda: bench(rest),
        "lock": lambda: lock(upgrade=given.upgrade),
        "version": lambda: raise_version(given.number),
    }
    try:
        require_python()
        return actions[given.command]()
    except SetupError as error:
        print(f"dev.py: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130


# --- commands ---------------------------------------------------------------------------------------------------------


def demo() -> int:
    """Promote the sample on a fresh local Azure: first release, plan, release, what runs."""
    setup_python()
    wait_for_server()
    shutil.rmtree(ROOT / SANDBOX, ignore_errors=True)
    for title, command in DEMO:
        say(f"\n=== {title}\n$ ecluse {' '.join(command)}\n")
        code = run(str(tool("ecluse")), *command)
        if code:
            say(f"\nThe demo stopped: the command above ended with exit code {code}.")
            return code
    wait_for_server()
    say(DEMO_NEXT.format(ecluse=tool("ecluse").relative_to(ROOT)))
    return 0


def wait_for_server() -> None:
    """Return when no server holds the demo's sandbox: each ends by itself, a moment after its last command."""
    lock_file = ROOT / SANDBOX / "sandbox.lock"
    if lock_file.exists():
        program = "import sys, filelock; filelock.FileLock(sys.argv[1]).acquire(timeout=60)"
        if run(str(PYTHON), "-c", program, str(lock_file)):
            raise SetupError(f"a sandbox still serves {SANDBOX}/ after a minute; stop it (Ctrl+C) and try again.")


def run_tests(arguments: Sequence[str]) -> int:
    """Run all tests, or what `arguments` tell pytest."""
    setup_python()
    setup_node()
    code = run(str(PYTHON), "-m", "pytest", *(arguments or ("-n", "auto")))
    if not code and not arguments:
        say("\nAll tests passed. Next: `python3 dev.py demo` shows what Ecluse does, CONTRIBUTING.md how to change it.")
    return code


def check() -> int:
    """Lint, formatting, types, floors, then the tests; all of them run, whatever fails first."""
    setup_python()
    checks = (
        (str(tool("ruff")), "check", "."),
        (str(tool("ruff")), "format", "--check", "."),
        (str(PYTHON), "-m", "mypy"),
        (str(tool("lint-imports")),),
    )
    failed = []
    for command in checks:
        name = " ".join((Path(command[0]).stem, *command[1:]))
        say(f"\n=== {name}")
        if run(*command):
            failed.append(name)
    say("\n=== pytest")
    if run_tests(()):
        failed.append("pytest")
    if failed:
        say(f"\nFailed: {', '.join(failed)}")
    return 1 if failed else 0


def bench(arguments: Sequence[str]) -> int:
    """Run the benchmarks; 1 when a figure is beyond its aim."""
    setup_python()
    return run(str(PYTHON), "-m", "benchmarks", *arguments)


def lock(*, upgrade: bool) -> int:
    """Write `requirements/*.txt` anew from pyproject.toml and `requirements/*.in`, and the Node locks."""
    setup_python()
    project = ("pyproject.toml", "--extra", "sandbox")
    pin(REQUIREMENTS / "run.txt", *project, upgrade=upgrade)
    dev = (*project, "--extra", "tables", "requirements/dev.in", "-c", "requirements/run.txt")
    pin(REQUIREMENTS / "dev.txt", *dev, upgrade=upgrade)
    pin(REQUIREMENTS / "task.txt", "requirements/task.in", "-c", "requirements/run.txt", upgrade=upgrade)
    for folder in NODE_PROJECTS:
        need(npm(), "update" if upgrade else "install", "--package-lock-only", "--ignore-scripts", cwd=folder)
        strip_addresses(folder / "package-lock.json")
    return 0


def pin(target: Path, *sources: str, upgrade: bool) -> None:
    """Resolve `sources` into `target`; pins that stand there are kept unless `upgrade`."""
    wishes = ["--universal", "--python-version", "3.11", "--generate-hashes"]
    silence = ["--quiet", "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
    name = target.relative_to(ROOT).as_posix()
    newest = ["--upgrade"] if upgrade else []
    need(str(tool("uv")), "pip", "compile", *sources, "-o", name, *wishes, *silence, *newest)
    target.write_text(LOCK_HEADER + target.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")


def version_number(text: str) -> tuple[int, int, int]:
    """The three numbers of a version."""
    found = re.fullmatch(r"(\d{1,3})\.(\d{1,2})\.(\d{1,4})", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no version such as 1.2.3")
    return int(found[1]), int(found[2]), int(found[3])


def task_version(major: int, minor: int, patch: int) -> dict[str, int]:
    """The tasks' own version: `@1` whatever the release, and higher with each, or agents would keep the old one."""
    return {"Major": 1, "Minor": 100 * major + minor, "Patch": patch}


def raise_version(numbers: tuple[int, int, int], root: Path = ROOT) -> int:
    """Write a version into every file that holds one; a section in CHANGELOG.md stays a person's work."""
    text = ".".join(map(str, numbers))
    for name, before in VERSIONED.items():
        replace_once(root / name, before, text)
    lock_file = root / "task" / "package-lock.json"
    replace_once(lock_file, r'(?<=\n  "version": ")[^"]+', text)
    replace_once(lock_file, r'(?<=\n      "version": ")[^"]+', text)
    for manifest in sorted((root / "task").glob("Adf*/Adf*/task.json")):
        block = json.dumps({"version": task_version(*numbers)}, indent=2)[2:-2]
        replace_once(manifest, r'  "version": \{[^}]*\}', block)
    say(f"Everything says {text} now. Write a section `## {text}` in CHANGELOG.md.")
    return 0


def replace_once(path: Path, pattern: str, text: str) -> None:
    """Put `text` in place of the first match, which must be there."""
    before = path.read_text(encoding="utf-8")
    after, count = re.subn(pattern, lambda _: text, before, count=1)
    if not count:
        raise SetupError(f"{path} has no version where one was expected.")
    path.write_text(after, encoding="utf-8", newline="\n")


def strip_addresses(lock_file: Path) -> None:
    """Take what may hold an address out of a Node lock; `npm ci` needs versions and integrity only."""
    tree = json.loads(lock_file.read_text(encoding="utf-8"))
    for package in tree["packages"].values():
        for key in ("resolved", "funding", "deprecated"):
            package.pop(key, None)
    lock_file.write_text(json.dumps(tree, indent=2) + "\n", encoding="utf-8", newline="\n")


# --- set-up -----------------------------------------------------------------------------------------------------------


def setup_python() -> None:
    """Make `.venv` hold what the lock says, and the engine itself; nothing to do when the stamp is current."""
    want = digest(REQUIREMENTS / "dev.txt", ROOT / "pyproject.toml", salt=sys.version)
    if PYTHON.exists() and stamped(VENV, want):
        return
    say("Setting up .venv (once, and again when the requirements change) ...")
    if not usable(PYTHON):
        need(sys.executable, "-m", "venv", "--clear", str(VENV))
    pip = (str(PYTHON), "-m", "pip", "--disable-pip-version-check", "-qq", "install")
    need(*pip, "--require-hashes", "--only-binary", ":all:", "-r", "requirements/dev.txt")
    need(*pip, "--no-deps", "--no-build-isolation", "--no-index", "--editable", ".")
    stamp(VENV, want)


def usable(python: Path) -> bool:
    """Whether `.venv` holds a Python of our own version, with pip; a moved or half-made one does not."""
    probe = "import pip, sys; sys.exit(sys.version_info[:2] != ({}, {}))".format(*sys.version_info[:2])
    return python.exists() and run(str(python), "-c", probe) == 0


def setup_node() -> None:
    """Install what the contract checker and the task are built from; nothing to do where the stamp is current."""
    program = npm()
    for project in NODE_PROJECTS:
        modules = project / "node_modules"
        want = digest(project / "package-lock.json", salt=program)
        if not stamped(modules, want):
            say(f"Setting up {project.relative_to(ROOT)} (npm ci) ...")
            need(program, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error", cwd=project)
            stamp(modules, want)


def require_python() -> None:
    """Refuse a Python that is too old, or that lacks what set-up needs, with words instead of a traceback."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        raise SetupError(f"Python 3.11 or newer is needed, this is {found}; call dev.py with a newer one.")
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise SetupError(
                f"this Python has no module {module}; install Python's venv and pip packages "
                "(on Debian and Ubuntu: apt install python3-venv python3-pip)."
            )


def npm() -> str:
    """The path of npm, with a Node that is new enough."""
    node, program = shutil.which("node"), shutil.which("npm")
    if not node or not program:
        raise SetupError("Node 20 or newer with npm is needed for the contract tests; install it and try again.")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    major = re.match(r"v(\d+)\.", version)
    if major is None or int(major[1]) < OLDEST_NODE:
        raise SetupError(f"Node 20 or newer is needed, this is {version}.")
    return program


def digest(*files: Path, salt: str) -> str:
    """One hash over the files' contents."""
    total = hashlib.sha256(salt.encode())
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


def stamped(folder: Path, want: str) -> bool:
    """Whether `folder` was completely set up for `want`: the stamp is written last."""
    mark = folder / STAMP
    return mark.is_file() and mark.read_text(encoding="utf-8") == want


def stamp(folder: Path, want: str) -> None:
    """Mark `folder` as completely set up."""
    folder.mkdir(exist_ok=True)
    (folder / STAMP).write_text(want, encoding="utf-8")


# --- processes --------------------------------------------------------------------------------------------------------


def tool(name: str) -> Path:
    """A program of `.venv`."""
    return SCRIPTS / (f"{name}.exe" if os.name == "nt" else name)


def run(*command: str, cwd: Path = ROOT) -> int:
    """Run a program to its end; gives its exit code."""
    return subprocess.run(command, cwd=cwd, check=False).returncode


def need(*command: str, cwd: Path = ROOT) -> None:
    """Run a program that must succeed."""
    code = run(*command, cwd=cwd)
    if code:
        raise SetupError(f"`{' '.join(command)}` ended with exit code {code}; what it said stands above.")


def say(text: str) -> None:
    """Print at once, so that the order is kept between us and the programs we run."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
