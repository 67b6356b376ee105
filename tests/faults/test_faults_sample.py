"""A sample of the matrix, small enough for every run of the tests; `python -m tests.faults --full` is all of it."""

import re
import subprocess
import sys

import pytest

from tests.ecluse_command import ROOT, environment


@pytest.mark.skipif(sys.platform == "win32", reason="a command that meets a signal runs in a fork")
def test_what_ran_runs_again_whatever_happens_to_a_deployment() -> None:
    words = [sys.executable, "-m", "tests.faults", "--sample", "26", "--chains", "4", "--rivals", "1", "--jobs", "4"]
    ran = subprocess.run(words, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = re.fullmatch(r"faults tried: (\d+), survived: (\d+)", ran.stdout.splitlines()[-1])
    assert found is not None, ran.stdout
    assert found[1] == found[2]
    assert int(found[1]) > 20, "a trouble meets its request"
