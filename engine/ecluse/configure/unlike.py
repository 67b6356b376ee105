"""What is said where a row means something else here than it does to tools that run rows as PowerShell.

Each such place is documented in docs/configuration.md; the word in the log is for those who bring their files along.
"""

import re
from collections.abc import Iterator

from ecluse.configure.jsontext import is_container
from ecluse.configure.override import Override, OverrideAction
from ecluse.configure.tokens import has_loose_dollar
from ecluse.configure.values import has_prefix
from ecluse.errors import Code, Notice
from ecluse.jsontree import ABSENT, Json, Missing

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
"""How a spreadsheet writes a whole number where the full stop groups digits."""
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def unlike_row(row: Override) -> Iterator[Notice]:
    """What is to be said about a row whatever it changes."""
    if "[!" in row.name:
        yield _said(row, "`[!abc]` in a name means none of these characters")
    if row.action is OverrideAction.REMOVE:
        return
    if has_loose_dollar(row.value):
        yield _said(
            row, "a `$name` in the value is no token and stays as it is; write `` `$name `` to say that it shall"
        )
    if re.search(r"`(?!\$)", row.value):
        yield _said(row, "a backtick in the value stays as it is, unless a `$` follows it")


def unlike_change(row: Override, old: Json, new: Json) -> Iterator[Notice]:
    """What is to be said about one change; `old` is `ABSENT` where something was added."""
    if row.action is OverrideAction.ADD and old is not ABSENT:
        yield _said(row, "it exists already and is replaced", warning=False)
    if old is ABSENT and isinstance(new, (dict, list)) and not has_prefix(row.value):
        yield _said(row, "the value is JSON, so that is what is added; `str:` in front adds it as a text")
    if old is ABSENT and isinstance(new, str) and is_container(row.value):
        yield _said(row, "the value begins like JSON, but it is no JSON, so it is added as a text; `str:` says so")
    if isinstance(old, int) and isinstance(new, float) and _THOUSANDS.fullmatch(row.value.strip()):
        digits = row.value.strip().replace(".", "")
        yield _said(row, f"`{row.value.strip()}` is the number {new:g}; write {digits} if that is meant")
    both = isinstance(old, str) and isinstance(new, str) and not isinstance(old, Missing)
    if both and _DATE.fullmatch(old) and _DATE.fullmatch(new) and not _UTC.fullmatch(new):
        how = "neither converted to UTC nor rounded to seconds; for UTC write it as yyyy-MM-ddTHH:mm:ssZ"
        yield _said(row, f"the date is taken as it is written, {how}")


def _said(row: Override, text: str, *, warning: bool = True) -> Notice:
    code = Code.CONFIG_VALUE if warning else Code.NOTE
    return Notice(code, f"{row.subject}: path {row.place}: {text}", row.origin, warning=warning)
