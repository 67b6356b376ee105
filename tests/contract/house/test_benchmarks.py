"""The benchmarks run, and print what they measure. How fast something is, is no test."""

import json
import subprocess
import sys
from pathlib import Path

from tests.ecluse_command import ROOT, environment

PURE = ("chain", "growth", "folder", "memory", "help")


def test_every_benchmark_that_needs_no_azure_runs_and_prints_its_figures(tmp_path: Path) -> None:
    only = [word for name in PURE for word in ("--only", name)]
    written = tmp_path / "figures.json"

    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--small", *only, "--json", str(written)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    figures = json.loads(written.read_text(encoding="utf-8"))["figures"]
    assert [each["name"] for each in figures] == [
        "chain",
        "chain-unchanged",
        "growth",
        "folder",
        "folder-usual",
        "folder-growth",
        "memory",
        "help",
    ]
    assert all(each["measured"] > 0 and each["base"] > 0 for each in figures)
    assert [line.partition(" ")[0] for line in ran.stdout.splitlines()[2:10]] == [each["name"] for each in figures]
    assert "loads none of azure" in ran.stdout
    assert ran.stderr == ""


def test_benchmarks_of_deployments_run_on_a_sandbox(tmp_path: Path) -> None:
    written = tmp_path / "figures.json"

    subprocess.run(
        [sys.executable, "-m", "benchmarks", "--small", "--only", "arm", "--json", str(written)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        check=True,
    )

    found = {each["name"]: each for each in json.loads(written.read_text(encoding="utf-8"))["figures"]}
    assert found.keys() == {"arm", "requests", "arm-few", "delete"}
    assert "0 writes" in found["requests"]["says"]
    assert found["requests"]["measured"] == found["requests"]["base"]
