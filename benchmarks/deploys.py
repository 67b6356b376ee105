"""Deployments on a slow local Azure, as fractions of one call after the other."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.azure import SlowAzure, slow_azure
from benchmarks.chain import FILE
from benchmarks.figures import Figure
from benchmarks.generated import NAME, Generated, generated, without
from benchmarks.scale import Scale

NEW_AIM, CHANGED_AIM = 1 / 20, 1 / 100
_MANY = "32"
_OTHER = "adf-one-by-one"
_AGAIN = ("--secrets", "never", "--yes")


def arm(scale: Scale) -> Iterator[Figure]:
    """A new factory by ARM deployments; then nothing, a little, and less of it."""
    made = generated(scale.deployed)
    with _scene(scale, made) as (azure, source, one_by_one):
        new = azure.ecluse(*_deploy(source), "--create", "--location", "westeurope")
        yield Figure("arm", new, one_by_one, NEW_AIM, f"{scale.deployed} new objects")
        yield _requests(azure, source)
        changes = source / "few.csv"
        changes.write_text(made.rows(scale.changed), encoding="utf-8")
        few = azure.ecluse(*_deploy(source), "--config", str(changes))
        yield Figure("arm-few", few, one_by_one, CHANGED_AIM, f"{scale.changed} changed of {scale.deployed}")
        smaller = without(made.template, scale.deleted)
        (source / FILE).write_text(json.dumps(smaller), encoding="utf-8")
        words = ("--delete-not-in-source", "--max-deletes", str(scale.deleted), "--config", str(changes))
        gone = azure.ecluse(*_deploy(source), *words)
        share = one_by_one * scale.deleted / scale.deployed
        yield Figure("delete", gone, share, None, f"{scale.deleted} deleted of {scale.deployed}; base: as many calls")


def rest(scale: Scale) -> Iterator[Figure]:
    """The same new factory object by object, with as many calls at once as by default, and with more."""
    made = generated(scale.deployed)
    for name, words in (("rest", ()), ("rest-parallel", ("--parallel", _MANY))):
        with _scene(scale, made) as (azure, source, one_by_one):
            new = azure.ecluse(*_deploy(source), *words, "--method", "rest", "--create", "--location", "westeurope")
        says = f"{scale.deployed} new objects, {' '.join(words) or '--parallel 8, the default: 1/8 is the limit'}"
        yield Figure(name, new, one_by_one, NEW_AIM if words else None, says)


@contextmanager
def _scene(scale: Scale, made: Generated) -> Iterator[tuple[SlowAzure, Path, float]]:
    """The server, the source's folder, and the seconds that one PUT after the other would take."""
    with tempfile.TemporaryDirectory() as name, slow_azure(Path(name) / "azure", scale.latency) as azure:
        source = Path(name) / "source"
        source.mkdir()
        (source / FILE).write_text(made.text, encoding="utf-8")
        one = azure.seconds_a_put(_OTHER, scale.puts)
        azure.ecluse("triggers", "list", "--factory", _OTHER)  # whatever has to be compiled is compiled
        yield azure, source, one * scale.deployed


def _deploy(source: Path) -> tuple[str, ...]:
    """Secrets are sent once: the objects that hold one would be sent again each time, which is no change."""
    return ("deploy", "--source", str(source), "--factory", NAME, "--fill-missing-secrets", *_AGAIN)


def _requests(azure: SlowAzure, source: Path) -> Figure:
    """What a deployment without change asks: the factory once, and the pages of its lists."""
    before = len(azure.calls())
    azure.ecluse(*_deploy(source))
    asked: list[dict[str, Any]] = azure.calls()[before:]
    counts = Counter(each["class"] for each in asked)
    says = f"{counts['list']} pages of lists, {counts['read']} other reads, {counts['write']} writes"
    return Figure("requests", len(asked), counts["list"] + 1, 1, f"no change: {says}", "calls")
