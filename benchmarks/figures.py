"""What a benchmark gives: a ratio of two measures of one run, and whether it is within its aim."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_LARGE = 100  # a ratio from here on is told without decimals


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: `ratio` is `measured` divided by `base`; no `aim` (None) means that it is for information.

    `unit` is what both are measured in; `says` is what the numbers alone leave open.
    """

    name: str
    measured: float
    base: float
    aim: float | None
    says: str = ""
    unit: str = "s"

    @property
    def ratio(self) -> float:
        """How many times the base it is."""
        return self.measured / self.base

    @property
    def verdict(self) -> str:
        """`ok`, `missed`, or "" where there is no aim."""
        return "" if self.aim is None else "ok" if self.ratio <= self.aim else "missed"

    def as_json(self) -> dict[str, Any]:
        """All of it, for programs."""
        told = ("name", "measured", "base", "unit", "ratio", "aim", "verdict", "says")
        return {word: getattr(self, word) for word in told}


@dataclass(slots=True)
class Table:
    """Rows as they come, in columns that are wide enough for most."""

    figures: list[Figure] = field(default_factory=list)

    @staticmethod
    def head() -> str:
        """The line above the rows."""
        return _line("name", "ratio", "aim", "", "measured", "base", "")

    def add(self, figure: Figure) -> str:
        """Keep a row; gives its line."""
        self.figures.append(figure)
        aim = "" if figure.aim is None else f"<= {_number(figure.aim)}"
        sides = (f"{side:.3f} {figure.unit}" for side in (figure.measured, figure.base))
        return _line(figure.name, _number(figure.ratio), aim, figure.verdict, *sides, figure.says)

    def as_json(self, machine: Mapping[str, Any]) -> str:
        """The rows and what they were measured on."""
        return json.dumps({"machine": dict(machine), "figures": [each.as_json() for each in self.figures]}, indent=2)


def _line(*cells: str) -> str:
    widths = (18, 8, 9, 7, 12, 12)
    told = (f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=False))
    return f"{' '.join(told)} {cells[-1]}".rstrip()


def _number(value: float) -> str:
    if 0 < value < 1:
        return f"1/{1 / value:.1f}".removesuffix(".0")
    return f"{value:.0f}" if value >= _LARGE else f"{value:.2f}".rstrip("0").rstrip(".")


def missed(figures: Iterable[Figure]) -> list[str]:
    """The names of those beyond their aim."""
    return [figure.name for figure in figures if figure.verdict == "missed"]
