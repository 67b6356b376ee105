"""The lines that reports are made of: a text and its tone. Faces decide how a tone looks."""

from dataclasses import dataclass
from enum import Enum, auto


class Tone(Enum):
    """What a line is, not how it looks."""

    PLAIN = auto()
    TITLE = auto()
    DIM = auto()
    GOOD = auto()
    CHANGE = auto()
    WARN = auto()
    BAD = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """One line for people to read."""

    text: str
    tone: Tone = Tone.PLAIN


def title(text: str) -> Line:
    """The heading of a section."""
    return Line(text, Tone.TITLE)
