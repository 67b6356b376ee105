"""States that take a while: a passing state, an end state, and a number of looks in between."""

from typing import Any


def begin(passing: str, end: str, polls: int) -> dict[str, Any]:
    """A state on its way: `passing` for so many looks, then `end`; at `end` at once for 0."""
    return {"status": passing if polls else end, "polls": polls, "end": end}


def look(passage: dict[str, Any]) -> str:
    """The state now; each look at a passing one brings the end nearer."""
    told = str(passage["status"])
    if told != passage["end"]:
        passage["polls"] -= 1
        if passage["polls"] <= 0:
            passage["status"] = passage["end"]
    return told
