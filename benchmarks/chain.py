"""From the file to the plan, without Azure: as a multiple of `json.loads` of the same bytes."""

import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.generated import NAME, generated
from benchmarks.scale import Scale
from ecluse.app import Prepared, plan_against, prepare
from ecluse.model.objects import Factory
from ecluse.options import Settings
from ecluse.plan.live import LiveFactory
from ecluse.plan.plan import Plan

FILE = "ARMTemplateForFactory.json"
CHAIN_AIM, GROWTH_AIM, MEMORY_AIM, FOLDER_GROWTH_AIM = 6, 12, 12, 6


def chain(scale: Scale) -> Iterator[Figure]:
    """All new, and nothing changed: both with the CSV's rows."""
    with _folder(scale.chain) as folder:
        loads = _loads(folder, scale.tries)
        says = f"{scale.chain} objects, {(folder / FILE).stat().st_size / 1e6:.0f} MB"
        empty = LiveFactory(exists=True, factory=Factory.of(NAME, ()))
        yield Figure("chain", _run(folder, empty, scale.tries), loads, CHAIN_AIM, f"{says}, all new")
        yield Figure("chain-unchanged", _run(folder, _full(folder), scale.tries), loads, CHAIN_AIM, f"{says}, all live")


def growth(scale: Scale) -> Iterator[Figure]:
    """A big factory against a small one."""
    empty = LiveFactory(exists=True, factory=Factory.of(NAME, ()))
    with _folder(scale.chain) as big, _folder(scale.growth) as small:
        measured, base = (_run(folder, empty, scale.tries) for folder in (big, small))
    yield Figure("growth", measured, base, GROWTH_AIM, f"{scale.growth} to {scale.chain} objects")


def files(scale: Scale) -> Iterator[Figure]:
    """The collaboration branch's folder, with as many rows as objects: against reading and parsing the same files."""
    small, big = scale.files
    empty = LiveFactory(exists=True, factory=Factory.of(NAME, ()))
    with _files(small) as few, _files(big) as many:
        measured, base = (_run(folder, empty, scale.tries) for folder in (many, few))
        says = f"{big} files, {big} rows, all new"
        yield Figure("folder", measured, _reads(many, scale.tries), CHAIN_AIM, says)
        usual = _run(many, empty, scale.tries, collector=True), _reads(many, scale.tries, collector=True)
        yield Figure("folder-usual", *usual, CHAIN_AIM, f"{says}, the collector at work")
        yield Figure("folder-growth", measured, base, FOLDER_GROWTH_AIM, f"{small} to {big} files and rows")


def memory(scale: Scale) -> Iterator[Figure]:
    """The most memory that a process ever has, above what the interpreter alone has; Windows doesn't tell."""
    if sys.platform == "win32":
        return
    with _folder(scale.chain) as folder:
        used = _peak("import sys; from benchmarks.chain import once; once(sys.argv[1])", str(folder)) - _peak("pass")
        size = (folder / FILE).stat().st_size / 1e6
    yield Figure("memory", used, size, MEMORY_AIM, "peak above the interpreter's, of the file's size", "MB")


def once(folder: str) -> Plan:
    """The chain, once, all new: what the process does whose memory is measured."""
    return _plan(Path(folder), LiveFactory(exists=True, factory=Factory.of(NAME, ())))


@contextmanager
def _folder(objects: int) -> Iterator[Path]:
    made = generated(objects)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / FILE).write_text(made.text, encoding="utf-8")
        (folder / "config-uat.csv").write_text(made.rows(objects // 2), encoding="utf-8")
        del made
        yield folder


@contextmanager
def _files(objects: int) -> Iterator[Path]:
    made = generated(objects)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, text in made.files():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        (folder / "config-uat.csv").write_text(made.rows(objects), encoding="utf-8")
        del made
        yield folder


def _reads(folder: Path, tries: int, *, collector: bool = False) -> float:
    return _best(
        lambda: [json.loads(path.read_bytes()) for path in folder.glob("*/*.json")], tries, collector=collector
    )


def _settings(folder: Path) -> Settings:
    return Settings(
        source=folder,
        config=(folder / "config-uat.csv",),
        factory=NAME,
        resource_group="rg",
        subscription="00000000-0000-0000-0000-000000000000",
        fill_missing_secrets=True,
    )


def _prepared(folder: Path) -> Prepared:
    return prepare(_settings(folder), {}, folder)


def _plan(folder: Path, live: LiveFactory) -> Plan:
    return plan_against(live, _prepared(folder), _settings(folder))


def _full(folder: Path) -> LiveFactory:
    """The factory as it is once it was deployed, its bodies as they come from the wire."""
    wanted = _prepared(folder).configured.factory
    objects = [each.with_body(json.loads(json.dumps(each.body))) for each in wanted.objects.values()]
    return LiveFactory(exists=True, factory=Factory.of(NAME, objects))


def _run(folder: Path, live: LiveFactory, tries: int, *, collector: bool = False) -> float:
    return _best(lambda: _plan(folder, live), tries, collector=collector)


def _loads(folder: Path, tries: int) -> float:
    data = (folder / FILE).read_bytes()
    return _best(lambda: json.loads(data), tries)


def _best(work: Callable[[], Any], tries: int, *, collector: bool = False) -> float:
    """The best processor time of several runs; the cyclic collector is off unless asked for, and tidies up between."""
    times = []
    if not collector:
        gc.disable()
    for _ in range(tries):
        gc.collect()
        begun = time.process_time()
        made = work()
        times.append(time.process_time() - begun)
        del made
    gc.enable()
    return min(times)


_PEAK = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-c", *sys.argv[1:]], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""  # a process begins with the peak of the one that starts it: so a small one in between
_UNITS: Mapping[str, float] = {"darwin": 1e6}  # Linux counts in units of 1,024 bytes, macOS in bytes


def _peak(program: str, *words: str) -> float:
    """The peak memory of a process in MB."""
    command = [sys.executable, "-c", _PEAK, program, *words]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return int(said) / _UNITS.get(sys.platform, 1e6 / 1024)
