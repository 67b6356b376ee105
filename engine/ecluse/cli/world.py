"""The world around a command: environment, folder, streams. Tests make their own."""

import io
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TextIO

from ecluse.reports.agent import on_agent


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
        """This process, whose paths stay as the user gave them.

        A character that the stream can't spell is written as an escape, not an error; a stream that was closed
        before we began is an empty one.
        """
        for stream in (sys.stdout, sys.stderr):
            getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
        streams = (stream or io.StringIO() for stream in (sys.stdin, sys.stdout, sys.stderr))
        return cls(dict(os.environ), Path(), *streams)

    def can_ask(self) -> bool:
        """Whether a person sits there: both ends are a terminal, and no build agent runs us."""
        return self.stdin.isatty() and self.stderr.isatty() and not on_agent(self.environ)

    def ask(self, question: str) -> bool:
        """Ask on the terminal; only `y` or `yes` is a yes, the end of the input is a no."""
        self.stderr.write(f"{question} [y/N] ")
        self.stderr.flush()
        answer = self.stdin.readline()
        if not answer.endswith("\n"):
            self.stderr.write("\n")
        return answer.strip().casefold() in ("y", "yes")
