"""How long it takes to begin: `ecluse --help` against an interpreter that does nothing."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.figures import Figure
from benchmarks.scale import Scale

HELP_AIM = 8
_HELP = ("-m", "ecluse", "--help")
_HEAVY = ("azure", "pandas", "requests", "msal", "rich")


def start(scale: Scale) -> Iterator[Figure]:
    """Processes of the same interpreter with the same environment, one after the other in turn."""
    environ = compiling()
    loaded = _loaded(environ)
    pairs = [(_seconds(_HELP, environ), _seconds(("-c", "pass"), environ)) for _ in range(scale.starts)]
    heavy = sorted(loaded.intersection(_HEAVY))
    says = f"loads {', '.join(heavy)}, which it must not" if heavy else "loads none of " + ", ".join(_HEAVY)
    best_help, best_pass = (min(each) for each in zip(*pairs, strict=True))
    yield Figure("help", best_help, best_pass, 0 if heavy else HELP_AIM, says)


def compiling() -> dict[str, str]:
    """The environment of a process that keeps what it compiles, as an installation does; the first one pays for it."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _loaded(environ: Mapping[str, str]) -> set[str]:
    """The packages that `ecluse --help` imports."""
    command = [sys.executable, "-X", "importtime", *_HELP]
    said = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stderr
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in said.splitlines()}


def _seconds(words: Sequence[str], environ: Mapping[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, *words], env=environ, capture_output=True, check=True)
    return time.perf_counter() - begun
