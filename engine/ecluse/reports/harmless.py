"""Texts that come from elsewhere, made fit for a line of a log: one line, no control, no commands to an agent."""

import json
import re
import unicodedata

from ecluse.jsontree import ABSENT, MASK, Json, Missing, Path, Secret, spell
from ecluse.model.secrets import is_secret, mask

LONGEST = 80
"""Characters of a value in the plan; the log is no place for whole bodies."""

_CONTEXT = 20
"""Characters that are shown of what two long values have in common, before they part."""

_AGENT_COMMAND = re.compile(r"##(?=[A-Za-z0-9._-]*\[)")
"""Build agents obey `##vso[…]` and the like anywhere in a line that a program prints."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode's categories of control, format (also the ones that turn the reading order), surrogates, separators."""


def harmless(text: str) -> str:
    """`text` in one line: what can't be seen or would control something is spelled out."""
    seen = "".join(_spelled(each) if unicodedata.category(each) in _UNSEEN else each for each in text)
    seen = _AGENT_COMMAND.sub("# #", seen)
    # GitHub's agent obeys a line that begins with `::`.
    return ": :" + seen.lstrip()[2:] if seen.lstrip().startswith("::") else seen


def _spelled(character: str) -> str:
    # JSON's spelling is known to everybody; it has none for a lone surrogate that differs.
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"


def short(text: str, longest: int = LONGEST) -> str:
    """`text` cut to `longest` characters, saying how long it was."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def show_change(path: Path, old: Json, new: Json) -> tuple[str, str]:
    """Both sides of a difference, each in one short line that shows where they part; secrets are `***`."""
    one, other = _line(path, old), _line(path, new)
    if max(len(one), len(other)) <= LONGEST:
        return one, other
    alike = next((at for at, (mine, theirs) in enumerate(zip(one, other, strict=False)) if mine != theirs), 0)
    skipped = max(0, alike - _CONTEXT)
    head = "…" if skipped else ""
    return head + short(one[skipped:]), head + short(other[skipped:])


def _line(path: Path, value: Json) -> str:
    """A value of an object in one line; secrets are `***`."""
    if value is ABSENT:
        return "(nothing)"
    if isinstance(value, Missing):
        return f"(the value of parameter {harmless(value.parameter)})"
    if isinstance(value, Secret) or is_secret(path, value):
        return MASK
    return harmless(json.dumps(_plain(mask(value, path)), ensure_ascii=False, default=str))


def _plain(value: Json) -> Json:
    """A tree without places that wait for a value."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return f"(parameter {value.parameter})" if isinstance(value, Missing) else value


def show_path(path: Path) -> str:
    """The path as a configuration row would spell it: relative to `properties`, otherwise from `$`."""
    if path[:1] == ("properties",):
        return harmless(spell(path[1:]))
    spelled = spell(path)
    return harmless(spelled if spelled == "$" else f"$.{spelled}")
