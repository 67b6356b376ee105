"""Who refers to whom: every `{"referenceName": …, "type": "…Reference"}` inside an object."""

from collections.abc import Iterator, Mapping
from typing import Any

from ecluse_sandbox import refusals
from ecluse_sandbox.kinds import BY_REFERENCE, COLLECTIONS, Collection

_BY_NAME_ONLY = {"datasetreference", "pipelinereference"}
_BUILT_IN = {("integrationruntimes", "autoresolveintegrationruntime")}
_EVERYWHERE = "globalparameters"
NOTED = "refersTo"
"""Where a record keeps what it refers to, until the object is written anew."""


def references(node: Any) -> Iterator[tuple[Collection, str]]:
    """Each collection and name that the JSON refers to; names that are expressions are left out."""
    match node:
        case dict():
            found = _reference(node)
            if found:
                yield found
            for value in node.values():
                yield from references(value)
        case list():
            for item in node:
                yield from references(item)


def _reference(node: Mapping[str, Any]) -> tuple[Collection, str] | None:
    name, word = node.get("referenceName"), node.get("type")
    if not isinstance(name, str) or not isinstance(word, str) or name.startswith("@"):
        return None
    collection = BY_REFERENCE.get(word.lower())
    return (collection, name) if collection else None


def check_targets(factory: Mapping[str, Any], itself: tuple[str, str], properties: Any, target: str) -> None:
    """Raise the refusal of a PUT whose first missing reference is found; an object may name itself.

    A dataset or a pipeline can't be named by an expression: that is a reference to '' (DOC#18339).
    """
    if _by_expression(properties):
        raise refusals.invalid_reference("", target)
    for collection, name in references(properties):
        key = (collection.key, name.lower())
        if key in _BUILT_IN or key == itself or exists(factory, *key):
            continue
        # L#52 shows a linked service's name in lower case, T#57 'Pipeline2' as it was written.
        shown = name.lower() if collection.key == "linkedservices" else name
        raise refusals.invalid_reference(shown, target)


def _by_expression(node: Any) -> bool:
    match node:
        case {"referenceName": str() | dict() as name, "type": str() as word} if word.lower() in _BY_NAME_ONLY:
            if isinstance(name, dict) or name.startswith("@"):
                return True
            return any(map(_by_expression, node.values()))
        case dict():
            return any(map(_by_expression, node.values()))
        case list():
            return any(map(_by_expression, node))
        case _:
            return False


def exists(factory: Mapping[str, Any], collection: str, name: str) -> bool:
    """Whether the factory has the object; both words in lower case."""
    return name in factory["objects"].get(collection, {})


def referrer(factory: Mapping[str, Any], collection: str, name: str) -> str | None:
    """The name of one other object that refers to this one, or None."""
    wanted = [collection, name.lower()]
    for other in COLLECTIONS:
        for key, record in factory["objects"].get(other, {}).items():
            if [other, key] == wanted or other == _EVERYWHERE:
                continue
            if wanted in _noted(record):
                return str(record["body"]["name"])
    return None


def _noted(record: dict[str, Any]) -> list[list[str]]:
    """Collections and names that an object refers to; noted with it, or each delete would read the whole factory."""
    if NOTED not in record:
        found = references(record["body"]["properties"])
        record[NOTED] = [list(each) for each in dict.fromkeys((row.key, at.lower()) for row, at in found)]
    noted: list[list[str]] = record[NOTED]
    return noted
