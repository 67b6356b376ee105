"""Texts that come from elsewhere, made fit for a line of a log: one line, no control, no commands to an agent."""

import json
import re
import unicodedata

from ecluse.jsontree import ABSENT, MASK, Json, Missing, Path, Secret, spell
from ecluse.model.secrets import is_secret, mask

LONGEST = 80
"""Characters of a value in the plan; the log is no place for whole bodies."""

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


def show_value(path: Path, value: Json) -> str:
    """A value of an object in one short line; secrets are `***`."""
    if value is ABSENT:
        return "(nothing)"
    if isinstance(value, Missing):
        return f"(the value of parameter {harmless(value.parameter)})"
    if isinstance(value, Secret) or is_secret(path, value):
        return MASK
    return short(harmless(json.dumps(_plain(mask(value, path)), ensure_ascii=False, default=str)))


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
