"""The page about the architecture says what the contracts keep."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_shows_the_floors_that_are_kept() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    floors = project["tool"]["importlinter"]["contracts"][0]["layers"]
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert "\n".join(f"    {floor}" for floor in floors) in page


def test_every_package_of_the_engine_stands_on_a_floor() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    floors = project["tool"]["importlinter"]["contracts"][0]["layers"]
    known = {name.strip() for floor in floors for name in floor.split("|")} | {"__main__", "__init__"}
    engine = ROOT / "engine" / "ecluse"
    found = {path.stem for path in engine.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert found == known
