"""Run the command in this process: for stories that are many, and about answers only."""

import io
from pathlib import Path
from typing import Any

from ecluse.cli.main import main
from ecluse.cli.world import World
from tests.ecluse_command import Ran, environment, to


def ecluse(folder: Path, *words: Any, **env: str) -> Ran:
    """The command in this process, as `python -m ecluse` would run it."""
    out, err = io.StringIO(), io.StringIO()
    world = World(environment(**env), folder, io.StringIO(), out, err)
    return Ran(main([*map(str, words)], world), out.getvalue(), err.getvalue())


def refused(folder: Path, *words: Any) -> str:
    """What a deployment with these words is refused with; no sandbox has been started for it."""
    never = folder / "never-made"
    ran = ecluse(folder, "deploy", *words, *to(never), "--create", "--location", "westeurope")
    assert ran.code == 3, ran.text
    assert "Refused, nothing was written" in ran.text
    assert "\n      -> " in ran.text, "a remedy stands below each problem"
    assert not never.exists()
    return ran.text
