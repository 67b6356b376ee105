"""Walk, get, replace and compare JSON trees; a tree that comes in is never changed.

JSON stays plain JSON (dict, list, str, int, float, bool, None). Three kinds of `str` carry more than their text:
`Secret` (a value that must never be shown), `Missing` (the place of a value that nobody gave yet) and `Deferred`
(the place of a value that only Azure can evaluate). A `Number` is a float that knows how it was spelled.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Self, TypeAlias

Json: TypeAlias = Any
"""A JSON value. Object bodies are deployed, not owned: an unknown property passes through unharmed."""

Step: TypeAlias = str | int
Path: TypeAlias = tuple[Step, ...]
"""Where a value stands in its tree: keys and indexes from the root."""

MASK = "***"

MAX_DEPTH = 150
"""The deepest JSON that is taken in, in levels, so that recursion over a tree is safe. Real templates stay below 50."""


class Secret(str):
    """A text that must never be shown: its taint travels with it through every tree."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Secret({MASK})"


class Number(float):
    """A number that a float would not give back as it was spelled: `1.10`, `1E3`, more digits than a float holds."""

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str | float) -> Self:
        """Made of its JSON text."""
        made = super().__new__(cls, text)
        made.text = str(text)
        return made


class Missing(str):
    """Stands where a template parameter has no value yet; `parameter` names it. Never sent, never shown as text."""

    __slots__ = ("kind", "parameter", "secure")

    parameter: str
    secure: bool
    kind: str

    def __new__(cls, parameter: str, *, secure: bool, kind: str = "string") -> Self:
        """The place of parameter `parameter`; `secure` when the template declares it so.

        `kind` is what belongs there: string, int, bool, array or object.
        """
        made = super().__new__(cls, "")
        made.parameter = parameter
        made.secure = secure
        made.kind = kind
        return made

    def as_text(self) -> "Missing":
        """The place of a text that is made of the parameter's value."""
        return Missing(self.parameter, secure=self.secure)

    def __repr__(self) -> str:
        return f"Missing({self.parameter})"


class VaultSecret(Secret):
    """A secure parameter given as a Key Vault reference: Azure fetches it, we only pass the reference on."""

    __slots__ = ("reference",)

    reference: Mapping[str, Json]

    def __new__(cls, reference: Mapping[str, Json]) -> Self:
        """`reference` is the `{"keyVault", "secretName"}` of the parameter file."""
        made = super().__new__(cls, "")
        made.reference = reference
        return made


class Deferred(str):
    """Stands where only Azure can evaluate the value: its text is the ARM expression, with `***` for each secret.

    `expression` is the tree of `arm.grammar` in which all that could be evaluated is a value already, and `secrets`
    are those in it. `function` names what Azure is needed for; `known` has the members that are known without it.
    `veiled` is the text without any literal: for a place where a text would be a secret.
    """

    __slots__ = ("expression", "function", "known", "secrets", "veiled")

    expression: Any
    function: str
    known: Mapping[str, Json]
    secrets: tuple[str, ...]
    veiled: str

    def __new__(
        cls,
        text: str,
        *,
        expression: object,
        function: str,
        known: Mapping[str, Json],
        secrets: tuple[str, ...],
        veiled: str,
    ) -> Self:
        """Made by `arm.spelling`."""
        made = super().__new__(cls, text)
        made.expression = expression
        made.function = function
        made.known = known
        made.secrets = secrets
        made.veiled = veiled
        return made

    def __repr__(self) -> str:
        return f"Deferred({self})"


def walk(tree: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Every node with its path, parents before children. Iterative: depth is bounded by memory only."""
    todo: list[tuple[Path, Json]] = [(path, tree)]
    while todo:
        at, node = todo.pop()
        yield at, node
        if isinstance(node, dict):
            todo.extend(((*at, key), value) for key, value in reversed(node.items()))
        elif isinstance(node, list):
            todo.extend(((*at, index), node[index]) for index in range(len(node) - 1, -1, -1))


def size(tree: Json) -> int:
    """How many nodes a tree has."""
    count, todo = 0, [tree]
    while todo:
        node = todo.pop()
        count += 1
        if isinstance(node, (dict, list)):
            todo.extend(node.values() if isinstance(node, dict) else node)
    return count


def goes_deeper(tree: Json, levels: int) -> bool:
    """Whether a tree has objects and arrays in more than so many levels."""
    nodes = [tree]
    for _ in range(levels + 1):
        nodes = [node for node in nodes if isinstance(node, (dict, list))]
        if not nodes:
            return False
        nodes = [each for node in nodes for each in (node.values() if isinstance(node, dict) else node)]
    return True


def leaves(tree: Json) -> Iterator[tuple[Path, Json]]:
    """The scalars and the empty containers, with their paths."""
    return ((path, node) for path, node in walk(tree) if not (isinstance(node, (dict, list)) and node))


class _Absent:
    """The one value that is no JSON: nothing stands there."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


def get(tree: Json, path: Path) -> Json:
    """The node at `path`, or `ABSENT`."""
    node = tree
    for step in path:
        in_object = isinstance(node, dict) and isinstance(step, str) and step in node
        if not in_object and not (isinstance(node, list) and isinstance(step, int) and 0 <= step < len(node)):
            return ABSENT
        node = node[step]
    return node


def replace(tree: Json, path: Path, value: Json) -> Json:
    """A new tree with `value` at `path`; parents that are objects are created. Unchanged branches are shared.

    An index equal to the list's length appends. Raises `KeyError` with the path where a parent is a scalar or
    an index is beyond the list.
    """
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        if not isinstance(tree, list) or not 0 <= step <= len(tree):
            raise KeyError(path)
        child = tree[step] if step < len(tree) else {}
        return [*tree[:step], replace(child, rest, value), *tree[step + 1 :]]
    if not isinstance(tree, dict):
        raise KeyError(path)
    return {**tree, step: replace(tree.get(step, {}), rest, value)}


def remove(tree: Json, path: Path) -> Json:
    """A new tree without the node at `path`. Raises `KeyError` when nothing stands there."""
    if not path or get(tree, path) is ABSENT:
        raise KeyError(path)
    step, rest = path[0], path[1:]
    if rest:
        return replace(tree, (step,), remove(tree[step], rest))
    if isinstance(step, int):
        return [*tree[:step], *tree[step + 1 :]]
    return {key: value for key, value in tree.items() if key != step}


def equal(one: Json, other: Json) -> bool:
    """Equal as JSON: unlike Python, `1` and `True` differ; `1` and `1.0` are the same number."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def identical(one: Json, other: Json) -> bool:
    """Whether two trees are the same in value and in type, which is quicker to see than `equal`; order does not count.

    False says little: `1` and `1.0`, a text and a `Secret` of the same text are not identical.
    """
    kind = type(one)
    if kind is not type(other):
        return False
    if kind is dict:
        if one.keys() != other.keys():
            return False
        pairs = zip(one.values(), map(other.__getitem__, one), strict=True)
    elif kind is list:
        if len(one) != len(other):
            return False
        pairs = zip(one, other, strict=True)
    else:
        return bool(one == other)
    for left, right in pairs:
        kind = type(left)
        if kind is dict or kind is list:
            if not identical(left, right):
                return False
        elif kind is not type(right) or left != right:
            return False
    return True


def rebuild(tree: Json, change: Callable[[Path, Json], Json], path: Path = ()) -> Json:
    """A new tree in which every scalar went through `change(path, value)`."""
    if isinstance(tree, dict):
        return {key: rebuild(value, change, (*path, key)) for key, value in tree.items()}
    if isinstance(tree, list):
        return [rebuild(value, change, (*path, index)) for index, value in enumerate(tree)]
    return change(path, tree)


def to_text(tree: Json) -> str:
    """The JSON text of a tree, in ASCII; each number as it was spelled."""
    text = json.dumps(tree)
    if not any(isinstance(leaf, Number) for _, leaf in leaves(tree)):
        return text
    # The standard encoder writes what `float` says of a number, so texts that occur nowhere else stand in for it.
    mark = next(each for number in count() if (each := f"number {number} ") not in text)
    marked = rebuild(tree, lambda _, leaf: f"{mark}{leaf.text}" if isinstance(leaf, Number) else leaf)
    return re.sub(rf'"{mark}([^"]*)"', r"\1", json.dumps(marked))


def spell(path: Path) -> str:
    """The path as users write it in a configuration: `typeProperties.recurrence.hours[0]`, `$` for the root."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step and all(part.isalnum() or part in "_-" for part in step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]' if "'" in step else f"['{step}']"
    return text or "$"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two trees differ; `ABSENT` on a side means that nothing stands there."""

    path: Path
    old: Json
    new: Json


def differences(old: Json, new: Json, path: Path = ()) -> Iterator[Difference]:
    """Where two trees differ, as deep as both have the same shape. Lists are compared index by index."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old | new:
            yield from differences(old.get(key, ABSENT), new.get(key, ABSENT), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before, after = (side[index] if index < len(side) else ABSENT for side in (old, new))
            yield from differences(before, after, (*path, index))
    elif old is ABSENT or new is ABSENT or not equal(old, new):
        yield Difference(path, old, new)
