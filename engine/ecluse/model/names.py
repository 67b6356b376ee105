"""Name patterns as users write them in configurations and filters: `* ? [abc] [!abc]`, without case."""

import re
from collections.abc import Callable
from fnmatch import translate

_WILDCARDS = frozenset("*?[")


def is_pattern(text: str) -> bool:
    """Whether `text` holds a wildcard."""
    return not _WILDCARDS.isdisjoint(text)


def matcher(pattern: str) -> Callable[[str], bool]:
    """A function that says whether a name matches. `[!abc]` is none of these; a bracket that never closes is itself."""
    regex = re.compile(translate(pattern.casefold()))
    return lambda name: regex.match(name.casefold()) is not None
