"""Names: which Azure takes, patterns as users write them (`* ? [abc] [!abc]`, without case), and how many there are."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import translate

_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Naming:
    """Which names Azure takes for a kind of objects, and `rule`, how a remedy says it."""

    pattern: re.Pattern[str]
    rule: str

    def takes(self, name: str) -> bool:
        """Whether Azure takes the name."""
        return self.pattern.fullmatch(name) is not None


# Data Factory REST: pattern and length of resource names. Of runtimes it leaves out the underscore, which people use.
OBJECTS = Naming(
    re.compile(r"[A-Za-z0-9_][^<>*#.%&:\\+?/]{0,259}"),
    r"begin with a letter a-z, a digit or _, and use none of < > * # . % & : \ + ? / and at most 260 characters",
)
RUNTIMES = Naming(
    re.compile(r"(?=.{3,63}\Z)[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*"),
    "use 3 to 63 letters a-z, digits, _ and single dashes, none at an end",
)
NETWORKS = Naming(
    re.compile(r"[_A-Za-z0-9](?:[-_A-Za-z0-9]{0,125}[_A-Za-z0-9])?"),
    "use at most 127 letters a-z, digits, _ and dashes, none at an end",
)


def is_pattern(text: str) -> bool:
    """Whether `text` holds a wildcard."""
    return not _WILDCARDS.isdisjoint(text)


def matcher(pattern: str) -> Callable[[str], bool]:
    """A function that says whether a name matches. `[!abc]` is none of these; a bracket that never closes is itself."""
    matches = folded_matcher(pattern)
    return lambda name: matches(name.casefold()) is not None


def folded_matcher(pattern: str) -> Callable[[str], object]:
    """The same for names that are in lower case already."""
    return re.compile(translate(pattern.casefold())).match


def counted(number: int, one: str, many: str = "") -> str:
    """`1 trigger`, `3 triggers`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
