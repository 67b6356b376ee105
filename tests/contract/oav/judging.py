"""Asks Microsoft's validator about pairs, and puts its report into words."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SPECIFICATION = HERE.parents[3] / "shared" / "azure-spec" / "specification"
NO_DATA = "no shared data: Microsoft's OpenAPI descriptions are expected in ../shared/azure-spec"
NO_CHECKER = "no checker: `python3 dev.py test` sets it up (Node 20 or newer)"
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Report:
    """What check.mjs says: counts of pairs, by verdict and by rule, and a line per finding."""

    pairs: int
    kinds: int
    planned: int
    verdicts: Mapping[str, int]
    rules: Mapping[str, int]
    lines: tuple[str, ...]

    def told(self) -> Iterator[str]:
        """The report for people: totals, each rule with its count, then what is wrong."""
        counts = ", ".join(f"{name}: {count}" for name, count in self.verdicts.items())
        yield f"pairs: {self.pairs} ({self.kinds} kinds, {self.planned} by fault rules), {counts}"
        for rule, count in sorted(self.rules.items(), key=lambda item: -item[1]):
            yield f"  {count:6} {rule}"
        yield from (f"  wrong: {line}" for line in self.lines[:_SHOWN])
        if len(self.lines) > _SHOWN:
            yield f"  … and {len(self.lines) - _SHOWN} more"


def hindrance() -> str:
    """Why nothing can be judged here; empty when it can."""
    if not SPECIFICATION.is_dir():
        return NO_DATA
    return "" if shutil.which("node") and (HERE / "node_modules").is_dir() else NO_CHECKER


def judged(source: Path | Iterable[Mapping[str, Any]]) -> Report:
    """The report about a folder of recorded pairs, or about these pairs."""
    folder = (str(source),) if isinstance(source, Path) else ()
    lines = "" if isinstance(source, Path) else "\n".join(map(json.dumps, source))
    done = subprocess.run(
        [shutil.which("node") or "node", str(HERE / "check.mjs"), str(SPECIFICATION), *folder],
        input=lines,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return Report(**found | {"lines": tuple(found["lines"])})


def recorded(folder: Path) -> Iterator[dict[str, Any]]:
    """The pairs of a folder that servers were told to record to."""
    for file in sorted(folder.glob("*.jsonl")):
        with file.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
