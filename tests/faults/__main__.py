"""`python -m tests.faults`: how many troubles were tried, and how many the triggers survived."""

import argparse
import random
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.ecluse_command import ROOT, environment
from tests.faults.cases import Case, cases
from tests.faults.chains import chain
from tests.faults.lab import Lab, demand
from tests.faults.rivals import rivalry
from tests.faults.trial import Verdict, tried
from tests.sandbox_process import running

METHODS = ("arm", "rest")
_BY_SEED = {"chain": chain, "rivals": rivalry}
_SURVIVED, _BROKEN, _MISSED = "survived", "BROKEN", "missed"


def main(words: Sequence[str]) -> int:
    """Try what is asked; 1 when any trouble was not survived."""
    asked = _parser().parse_args(words)
    if asked.work:
        return _work(Path(asked.work).read_text(encoding="utf-8").splitlines())
    chosen = asked.only or _chosen(asked)
    for kind, count in (("chain", asked.chains), ("rivals", asked.rivals)):
        chosen += [f"{kind}|{asked.method or METHODS[each % 2]}|{asked.seed * 1000 + each}" for each in range(count)]
    with ThreadPoolExecutor(asked.jobs) as pool:
        shares = [chosen[job :: asked.jobs] for job in range(asked.jobs)]
        told = [verdict for share in pool.map(_delegated, shares) for verdict in share]
    survived, broken, missed = (told.count(verdict) for verdict in (_SURVIVED, _BROKEN, _MISSED))
    if missed:
        print(f"{missed} met no such request: how often it is asked varies")
    lost = len(chosen) - len(told)
    if lost:
        print(f"{lost} were not tried: their worker ended")
    print(f"faults tried: {survived + broken}, survived: {survived}")
    return 1 if broken or lost else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.faults", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--full", action="store_true", help="every request with every trouble")
    what.add_argument("--sample", type=int, metavar="N", help="N of them, by chance")
    what.add_argument("--only", nargs="+", metavar="ID", help="these")
    what.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=1, help="of the chance (default 1)")
    parser.add_argument("--method", choices=METHODS, help="deploy by this method only")
    parser.add_argument("--chains", type=int, default=0, metavar="N", help="and N chains of accidents")
    parser.add_argument("--rivals", type=int, default=0, metavar="N", help="and N rounds of three deployers at once")
    parser.add_argument("--jobs", type=int, default=4, metavar="N", help="at the same time (4: they wait a lot)")
    return parser


def _chosen(asked: argparse.Namespace) -> list[str]:
    methods = [asked.method] if asked.method else METHODS
    with _lab() as lab:
        every = [case.id for method in methods for case in _cases(replace(lab, method=method))]
    print(f"{len(every)} cases; seed {asked.seed}", flush=True)
    chance = random.Random(asked.seed)  # noqa: S311 - repeatable, not secret
    chance.shuffle(every)
    return every if asked.full else every[: asked.sample]


def _cases(lab: Lab) -> Iterator[Case]:
    """All cases of a deployment that meets no trouble."""
    lab.live()
    code, text = lab.ecluse("deploy", *lab.release)
    demand(code == 0, text)
    calls = lab.azure.control("GET", "calls")
    lab.well(text)
    return cases(lab.method, calls)


@contextmanager
def _lab() -> Iterator[Lab]:
    with (
        tempfile.TemporaryDirectory(prefix="ecluse-faults-") as folder,
        running(Path(folder) / "sandbox") as azure,
    ):
        yield Lab(azure, Path(folder), "arm")


def _delegated(ids: Sequence[str]) -> list[str]:
    """The verdicts of a worker, which has a sandbox of its own."""
    with tempfile.NamedTemporaryFile("w+", suffix=".txt", encoding="utf-8") as file:
        file.write("\n".join(ids))
        file.flush()
        words = [sys.executable, "-m", "tests.faults", "--work", file.name]
        worker = subprocess.run(words, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment(), check=False)
    return worker.stdout.split()


def _work(ids: Sequence[str]) -> int:
    """Each verdict on stdout, what is to be told of it on stderr."""
    with _lab() as lab:
        for each in ids:
            verdict = _verdict(lab, each)
            told = _BROKEN if verdict.broken else _SURVIVED if verdict.struck else _MISSED
            print(told, flush=True)
            if verdict.broken:
                print(f"{_BROKEN} --only '{each}'\n{_indented(verdict.broken)}", file=sys.stderr, flush=True)
    return 0


def _verdict(lab: Lab, each: str) -> Verdict:
    kind, method, seed = each.split("|")[:3]
    if kind in _BY_SEED:
        return _BY_SEED[kind](replace(lab, method=method), int(seed))
    case = Case.of(each)
    return tried(replace(lab, method=case.method), case)


def _indented(text: str) -> str:
    return textwrap.indent(text, "    ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
