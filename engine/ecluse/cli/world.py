"""The world around a command: environment, folder, streams. Tests make their own."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TextIO

_CI = ("CI", "TF_BUILD", "GITHUB_ACTIONS")


@dataclass(frozen=True, slots=True)
class World:
    """Where a command runs; the environment is read once, at the start."""

    environ: Mapping[str, str]
    directory: Path
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO

    @classmethod
    def real(cls) -> Self:
        """This process. A character that the stream can't spell is written as an escape, not an error."""
        for stream in (sys.stdout, sys.stderr):
            getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
        return cls(dict(os.environ), Path.cwd(), sys.stdin, sys.stdout, sys.stderr)

    def can_ask(self) -> bool:
        """Whether a person sits there: both ends are a terminal, and no build agent runs us."""
        agent = any(self.environ.get(name) for name in _CI)
        return self.stdin.isatty() and self.stderr.isatty() and not agent

    def ask(self, question: str) -> bool:
        """Ask on the terminal; only `y` or `yes` is a yes, the end of the input is a no."""
        self.stderr.write(f"{question} [y/N] ")
        self.stderr.flush()
        return self.stdin.readline().strip().casefold() in ("y", "yes")
