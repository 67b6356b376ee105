"""Run the real command as a process, as a user would: in a folder, against a sandbox directory."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sandbox_process import GROUP

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  ", re.MULTILINE)
_PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Ran:
    """What a command came to: exit code, and both streams as printed."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Everything that was printed, without timestamps."""
        return _STAMP.sub("", self.out + self.err)


def environment(**more: str) -> dict[str, str]:
    """The environment of a build agent without anything of ours or of Azure's in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ECLUSE_", "AZURE_"))}
    return {**kept, "PYTHONPATH": str(ROOT / "engine"), **more}


def command(*words: Any) -> list[str]:
    """The words of a process that runs ecluse."""
    return [sys.executable, "-m", "ecluse", *map(str, words)]


def ecluse(*words: Any, cwd: Path = ROOT, **env: str) -> Ran:
    """Run ecluse and wait."""
    ran = subprocess.run(
        command(*words),
        cwd=cwd,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def to(sandbox: Path, factory: str = "adf-test", group: str = GROUP) -> tuple[Any, ...]:
    """The words that name a factory on a sandbox directory."""
    return ("--factory", factory, "--resource-group", group, "--sandbox", sandbox)
