"""Template parameters as pipelines write them: `-name "value" -other value`, or a line `NAME=VALUE` each."""

import json
import re

from ecluse.options.values import BadValue

_NAME = re.compile(r"[-\u2013]([A-Za-z_][\w.-]*)(?:\s+|$)")  # an editor makes a long dash of the sign now and then
_DASHED = re.compile(r"^\s*[-\u2013]", re.MULTILINE)
_LINE = re.compile(r"[A-Za-z_][\w.-]*[^\S\n]*=.*")
_QUOTED = re.compile(r"\"((?:[^\"\\`]|[\\`].|\"\")*)\"(?=\s|$)|'((?:[^']|'')*)'(?=\s|$)", re.DOTALL)
_ESCAPED = re.compile(r"[\\`](\")|\"(\")")
_BARE = re.compile(r"\S+")
_FORM = 'must be lines NAME=VALUE, or -name "value" for each parameter'


def read_overrides(text: str) -> tuple[str, ...]:
    """`NAME=VALUE` for each parameter, in either form or in both. Raises `BadValue`, without a value in its text.

    A value is quoted, or JSON that begins with a bracket or brace, or reaches to the next blank
    (documented for `overrideParameters` of AzureResourceManagerTemplateDeployment@3).
    """
    if not _DASHED.search(text):
        return tuple(line for line in text.splitlines() if line.strip())
    rest, begins_line = text.strip(), True
    pairs: list[str] = []
    while rest:
        named, line = _NAME.match(rest), _LINE.match(rest)
        if named:
            value, rest = _value(named[1], rest[named.end() :])
            pairs.append(f"{named[1]}={value}")
        elif line and begins_line:
            pairs.append(line[0])
            rest = rest[line.end() :]
        else:
            raise BadValue(f"{_FORM}; what stands behind parameter {len(pairs)} is none")
        begins_line = rest.lstrip(" \t\r").startswith("\n")
        rest = rest.lstrip()
    return tuple(pairs)


def _value(name: str, rest: str) -> tuple[str, str]:
    quoted = _QUOTED.match(rest)
    if quoted:
        plain = _ESCAPED.sub('"', quoted[1]) if quoted[1] is not None else quoted[2].replace("''", "'")
        return plain, rest[quoted.end() :]
    if rest[:1] in ("{", "["):
        try:
            _, end = json.JSONDecoder().raw_decode(rest)
        except ValueError:
            raise BadValue(f"the JSON of parameter {name} can't be read") from None
        return rest[:end], rest[end:]
    bare = _BARE.match(rest)
    if bare is None or _NAME.match(rest) or rest[0] in "\"'":
        raise BadValue(f"{_FORM}; the value of parameter {name} is none (quote it)")
    return bare[0], rest[bare.end() :]
