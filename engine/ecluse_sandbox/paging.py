"""Lists: pages of the set size, joined by nextLink."""

import urllib.parse
from typing import Any

from ecluse_sandbox.answers import Answer
from ecluse_sandbox.sandbox import Call

_TOKEN = "$skiptoken"  # noqa: S105 - the name of a query parameter


def page(call: Call, items: list[Any], size: int | None = None) -> Answer:
    """The page that the call asks for; `nextLink` is there only while more follows."""
    size = size or max(1, int(call.sandbox.settings.page_size))
    token = call.query.get(_TOKEN, "0")
    first = int(token) if token.isdecimal() else 0
    body: dict[str, Any] = {"value": items[first : first + size]}
    if first + size < len(items):
        body["nextLink"] = _link(call, first + size)
    return Answer(200, body)


def _link(call: Call, first: int) -> str:
    query = {key: value for key, value in call.query.items() if key != _TOKEN}
    return f"{call.sandbox.url}{call.path}?{urllib.parse.urlencode(query | {_TOKEN: first})}"
