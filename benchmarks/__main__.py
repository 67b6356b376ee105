"""`python -m benchmarks`: measure, print each row as it comes, and say in the end what is beyond its aim."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import chain, deploys, start, task
from benchmarks.figures import Figure, Table, missed
from benchmarks.scale import FULL, SMALL, Scale

BENCHMARKS: Mapping[str, Callable[[Scale], Iterator[Figure]]] = {
    "chain": chain.chain,
    "growth": chain.growth,
    "folder": chain.files,
    "memory": chain.memory,
    "help": start.start,
    "task": task.task,
    "arm": deploys.arm,
    "rest": deploys.rest,
}


def main(words: Sequence[str]) -> int:
    """Run what was asked for; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ratios that hold on any machine.")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--small", action="store_true", help="little of everything: shows that it runs, not how fast")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    given = parser.parse_args(words)
    machine = {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
    }
    table = Table()
    _say(", ".join(f"{word} {value}" for word, value in machine.items()))
    _say(table.head())
    for name in given.only or BENCHMARKS:
        for figure in BENCHMARKS[name](SMALL if given.small else FULL):
            _say(table.add(figure))
    if given.json:
        given.json.write_text(table.as_json(machine) + "\n", encoding="utf-8")
    if given.small:
        _say("small: the figures say nothing")
        return 0
    beyond = missed(table.figures)
    _say(f"missed: {', '.join(beyond)}" if beyond else "every aim is met")
    return 1 if beyond else 0


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
