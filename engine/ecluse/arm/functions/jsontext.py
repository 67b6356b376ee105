"""JSON as text and back, as Azure writes and reads it in `string`, `json` and their kin."""

import json
import math
import re

from ecluse.arm.functions.function import BIGGEST, SMALLEST, CallError, Lambda
from ecluse.jsontree import MAX_DEPTH, Json, walk

_SINGLE = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|\'((?:[^\'\\]|\\.)*)(?:\'|\\?\Z)', re.DOTALL)
"""A text in double or single quotes, or one that never ends: what begins is read once, whatever it is."""


def compact(tree: Json, function: str) -> str:
    """The tree as JSON without spaces. Raises `CallError`."""
    if any(isinstance(node, Lambda) for _, node in walk(tree)):
        raise CallError(f"{function} takes no lambda here")
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False)


def parsed(text: str, function: str) -> Json:
    """The value of a JSON text; it may stand in single quotes, too (Azure docs: base64ToJson). Raises `CallError`."""
    for attempt in (text, _SINGLE.sub(_doubled, text)):
        try:
            tree = json.loads(attempt, parse_int=_int, parse_constant=_no_number)
        except (ValueError, RecursionError):
            continue
        for path, node in walk(tree):
            if len(path) > MAX_DEPTH:
                raise CallError(f"{function} reads nothing that is nested deeper than {MAX_DEPTH} levels")
            if isinstance(node, float) and not math.isfinite(node):
                break
        else:
            return tree
    raise CallError(f"{function} can't read its text as JSON")


def _int(text: str) -> int:
    number = int(text)
    if not SMALLEST <= number <= BIGGEST:
        raise ValueError(text)
    return number


def _no_number(text: str) -> float:
    raise ValueError(text)


def _doubled(found: re.Match[str]) -> str:
    """A text in single quotes in double ones."""
    return found[0] if found[1] is None else '"' + found[1].replace("\\'", "'").replace('"', '\\"') + '"'
