"""What people are told: pure functions from values to lines, and the faces that show lines. FORMATS: one row each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ecluse.errors import Code, Problem


@dataclass(frozen=True, slots=True)
class Format:
    """A report format: the word of `--report`, and whether it goes to a file."""

    word: str
    help: str
    to_file: bool


_ROWS = (
    Format("console", "What happens, while it happens: live on a terminal, plain lines in a log.", to_file=False),
    Format("markdown", "A page for people: what changed, triggers, problems, what is left to do.", to_file=True),
    Format("json", "The plan and what became of it, for programs (docs/reports.md).", to_file=True),
)

FORMATS: Mapping[str, Format] = MappingProxyType({row.word: row for row in _ROWS})
"""All formats by their word."""

_ANOTHER = re.compile(rf",\s*(?:{'|'.join(FORMATS)})=", re.IGNORECASE)


def report_problems(reports: tuple[tuple[str, str], ...]) -> tuple[Problem, ...]:
    """What is wrong with the reports that are asked for: (format, path) each."""
    return tuple(_problem(*each) for each in reports if _problem_text(*each))


def _problem_text(word: str, path: str) -> str:
    row = FORMATS.get(word)
    if row is None:
        return f"{word!r} is no report format of this version"
    if path and not row.to_file:
        return f"{word} writes to the standard output, not to a file"
    if _ANOTHER.search(path):
        return f"{word}={path} is more than one report: each needs a line, or an option, of its own"
    return "" if path or not row.to_file else f"{word} needs a file: {word}=PATH"


def _problem(word: str, path: str) -> Problem:
    known = ", ".join(f"{row.word}=PATH" if row.to_file else row.word for row in FORMATS.values())
    return Problem(Code.OPTION_VALUE, _problem_text(word, path), f"Formats are: {known}.", subject="--report")
