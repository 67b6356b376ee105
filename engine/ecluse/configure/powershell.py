"""PowerShell's way to write an array of scalars, `@(0,15,30)`, which occurs in users' files. Read, never run."""

import re

from ecluse.configure.jsontext import parse_number
from ecluse.jsontree import ABSENT, Json

_ITEM = re.compile(
    r"""\s*(?: '(?P<single>(?:[^']|'')*)' | "(?P<double>(?:[^"]|"")*)" | (?P<bare>[^\s,'"()@]+) )\s*(?:,|$)""",
    re.VERBOSE,
)
_WORDS = {"true": True, "false": False, "null": None}


def parse_array(text: str) -> list[Json] | None:
    """The scalars of `@(…)`; `None` when the text is anything else."""
    if not (text.startswith("@(") and text.endswith(")")):
        return None
    inner = text[2:-1].rstrip()
    items: list[Json] = []
    at = 0
    while at < len(inner):
        found = _ITEM.match(inner, at)
        item = _scalar(found) if found else ABSENT
        if found is None or item is ABSENT:
            return None
        items.append(item)
        at = found.end()
    return items


def _scalar(found: re.Match[str]) -> Json:
    """One item, or `ABSENT` for a bare word, which PowerShell would run as a command."""
    if found["single"] is not None:
        return found["single"].replace("''", "'")
    if found["double"] is not None:
        return found["double"].replace('""', '"')
    word = found["bare"].removeprefix("$").casefold()
    return _WORDS[word] if word in _WORDS else parse_number(found["bare"])
