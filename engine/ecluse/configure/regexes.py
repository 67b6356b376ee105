"""Regular expressions that users write in a condition (`=~`), held against texts in bounded time.

Python's `re` goes back and tries again, for `(x+x+)+y` in a number of ways that doubles with each x, and it has no time
limit. So the ways are counted first, for the text at hand; an expression that has too many is refused.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]  # the parser of `re` itself: nothing else reads as it does
from re import _parser  # type: ignore[attr-defined]  # same
from typing import Any

from ecluse.configure.row_error import PathError

MOST_WAYS = 10_000_000
"""How many ways an expression may have through one text: all of them are gone within a second."""


def found_in(pattern: str, text: str) -> bool:
    """Whether the pattern matches somewhere in the text. Raises `PathError` where that could take too long."""
    if _ways_from_anywhere(pattern, len(text)) > MOST_WAYS:
        what = f"the regular expression `{pattern}` may take too long on a text of {len(text)} characters"
        remedy = "begin it with ^, and write fewer of * + ? {…}, none inside of another; or compare with =="
        raise PathError(what, remedy)
    return re.search(pattern, text) is not None


@lru_cache(maxsize=1024)
def _ways_from_anywhere(pattern: str, length: int) -> int:
    try:
        items = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise PathError(f"`{pattern}` is no regular expression ({error})", "correct it") from None
    anchored = len(items) > 0 and items[0] in _STARTS and not items.state.flags & re.MULTILINE
    return _ways(items, length) * (1 if anchored else length + 1)


def _ways(items: Sequence[Any], length: int) -> int:
    """The most ways in which these items, one after the other, can go through a text; more than enough is enough."""
    ways = 1
    for name, argument in items:
        ways = min(ways * _ways_of(name, argument, length), MOST_WAYS + 1)
    return ways


def _ways_of(name: Any, argument: Any, length: int) -> int:
    if name in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, most, body = argument
        ways = _repeated(_ways(body, length), least, min(most, least + length))
        return ways if body.getwidth()[0] else max(ways, least)  # nothing, again and again, takes its time, too
    if name is op.BRANCH:
        return sum(_ways(each, length) for each in argument[1])
    if name is op.GROUPREF_EXISTS:
        return sum(_ways(each, length) for each in argument[1:] if each)
    if name is op.ATOMIC_GROUP:
        return _ways(argument, length)
    return _ways(argument[-1], length) if name in _HOLDERS else 1


def _repeated(ways: int, least: int, most: int) -> int:
    if ways == 1:
        return most - least + 1
    total = 0
    for times in range(least, most + 1):
        total += ways ** min(times, 64)
        if total > MOST_WAYS:
            break
    return total


_STARTS = ((op.AT, op.AT_BEGINNING), (op.AT, op.AT_BEGINNING_STRING))
_HOLDERS = frozenset({op.SUBPATTERN, op.ASSERT, op.ASSERT_NOT})
"""A group and the looks around: what they hold comes last."""
