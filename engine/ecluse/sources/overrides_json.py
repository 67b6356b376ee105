"""Stage configurations as JSON: object name → the changes to it, each `{"name": PATH, "value": …, "action": …}`."""

import json
from collections.abc import Iterator
from pathlib import Path as FilePath

from ecluse.configure.override import Configuration, Override, OverrideAction, read_path
from ecluse.errors import Code, Notice, Problem, Refused, Where
from ecluse.jsontree import ABSENT, Json
from ecluse.sources.files import Document, read_json

_SHAPE = '{"OBJECT": [{"name": "$.properties.…", "value": "…", "action": "update"}]}'
_KEYS = ("name", "value", "action", "type")
_REMEDY = f"write it as {_SHAPE}; action is update, add or remove, and `type` says the kind where several have the name"


def read_overrides_json(path: FilePath) -> Configuration:
    """The rows of a file. Entries that can't be read are `problems`, each with its line; a file that can't, `Refused`.

    A row has no type unless its entry says one: whichever kind has an object of that name is meant.
    """
    document = read_json(path)
    if not isinstance(document.value, dict):
        said = "a configuration in JSON is an object: names of objects, each with a list of changes"
        raise Refused(Problem(Code.CONFIG_FORMAT, said, f"write it as {_SHAPE}", Where(str(path))))
    rows: list[Override] = []
    problems: list[Problem] = []
    for name, entry, where in _entries(document, document.value):
        try:
            rows.append(_override(name, entry, where))
        except ValueError as error:
            problems.append(Problem(Code.CONFIG_FORMAT, str(error), _REMEDY, where, name))
    nothing = () if rows or problems else (Notice(Code.NOTE, "the configuration holds no rows", Where(str(path))),)
    return Configuration(tuple(rows), tuple(problems), nothing)


def _entries(document: Document, tree: dict[str, Json]) -> Iterator[tuple[str, Json, Where]]:
    """Each change with the name of its object and its place; a change on its own counts as a list of one."""
    for name, entries in tree.items():
        if not isinstance(entries, list):
            yield name, entries, document.where(name)
            continue
        for index, entry in enumerate(entries):
            yield name, entry, document.where(name, index)


def _override(name: str, entry: Json, where: Where) -> Override:
    """The row of one change. Raises `ValueError` saying what is wrong."""
    if not isinstance(entry, dict):
        raise ValueError("a change is an object with a name (the path) and a value")  # noqa: TRY004  # collected
    known = {key.casefold(): value for key, value in entry.items()}
    if strange := [key for key in entry if key.casefold() not in _KEYS]:
        raise ValueError(f"a change has no {' and no '.join(strange)}; it has {', '.join(_KEYS)}")
    if len(known) < len(entry):
        raise ValueError("a change has a key twice, in upper and lower case")
    if not name.strip():
        raise ValueError("the name of the object is empty")
    signed = read_path(_text(known, "name"))
    action = _action(_text(known, "action"), signed.action)
    if not signed.path:
        raise ValueError("a change needs a name: the path of what it changes")
    value = known.get("value", "" if action is OverrideAction.REMOVE else ABSENT)
    if value is ABSENT:
        raise ValueError("a change needs a value, unless its action is remove")
    return Override(_text(known, "type"), name.strip(), signed.path, _given(value), where, action, signed.optional)


def _text(entry: dict[str, Json], key: str) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str):
        raise ValueError(f"the {key} of a change is a text")  # noqa: TRY004  # collected with the others
    return value.strip()


def _action(word: str, signed: OverrideAction) -> OverrideAction:
    """The action that is said, or the one of the path's sign. Raises `ValueError` when they contradict each other."""
    if not word:
        return signed
    try:
        action = OverrideAction(word.casefold())
    except ValueError:
        raise ValueError(f"there is no action {word}") from None
    if signed not in (OverrideAction.UPDATE, action):
        raise ValueError(f"the sign of the path says {signed}, and the action says {action}")
    return action


def _given(value: Json) -> str:
    """The value as the text of a cell: scalars take the type of what they replace, what is more says it itself."""
    match value:
        case str():
            return value
        case None:
            return "null:"
        case dict() | list():
            return f"json:{json.dumps(value, ensure_ascii=False)}"
    return json.dumps(value)
