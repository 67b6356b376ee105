"""Names: which Azure takes, patterns as users write them (`* ? [abc] [!abc]`, without case), and how many there are."""

import re
from collections.abc import Callable
from fnmatch import translate

_WILDCARDS = frozenset("*?[")
_TAKEN = re.compile(r"[A-Za-z0-9_][^<>*#.%&:\\+?/]{0,259}")

NAMING = r"begin with a letter a-z, a digit or _, and use none of < > * # . % & : \ + ? / and at most 260 characters"
"""What Azure asks of a name, as a remedy says it."""


def is_taken(name: str) -> bool:
    """Whether Azure takes this name for an object (Data Factory REST: pattern and length of resource names)."""
    return _TAKEN.fullmatch(name) is not None


def is_pattern(text: str) -> bool:
    """Whether `text` holds a wildcard."""
    return not _WILDCARDS.isdisjoint(text)


def matcher(pattern: str) -> Callable[[str], bool]:
    """A function that says whether a name matches. `[!abc]` is none of these; a bracket that never closes is itself."""
    regex = re.compile(translate(pattern.casefold()))
    return lambda name: regex.match(name.casefold()) is not None


def counted(number: int, one: str, many: str = "") -> str:
    """`1 trigger`, `3 triggers`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
