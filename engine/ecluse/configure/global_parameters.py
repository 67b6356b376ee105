"""Global parameters: one merged object, addressed through `factory` rows, each value typed by the `type` beside it.

Users write value and type in either order, so a value waits as a text (`Untyped`) until all rows are applied.
"""

from dataclasses import dataclass
from typing import Self

from ecluse.configure.override import Override
from ecluse.configure.row_error import RowError
from ecluse.configure.taint import tainted, warnings
from ecluse.configure.values import Given, by_parameter_type, inferred, typed
from ecluse.errors import Code, Notice
from ecluse.jsontree import ABSENT, Json, Path, replace
from ecluse.model.objects import AdfObject, ref

ADDRESS = ref("globalParameters", "default")
KEY = "globalParameters"
IN_FACTORY: Path = ("properties", KEY)
"""Where the set stands in the view of the factory that rows see."""


class Untyped(str):
    """A value whose type isn't known yet; it remembers its row and what it replaced."""

    __slots__ = ("given", "old", "row")

    row: Override
    given: Given
    old: Json

    def __new__(cls, row: Override, given: Given, old: Json) -> Self:
        """`old` is what stood there before the rows, `ABSENT` for nothing."""
        made = super().__new__(cls, "")
        made.row, made.given = row, given
        made.old = old.old if isinstance(old, Untyped) else old
        return made


def is_parameter(path: Path) -> bool:
    """Whether a path of the factory view is a global parameter as a whole.

    Azure needs its `type` and its `value` (REST API, GlobalParameterSpecification).
    """
    return len(path) == len(IN_FACTORY) + 1 and path[:-1] == IN_FACTORY


def is_value(path: Path) -> bool:
    """Whether a path of the factory view is the `value` of a global parameter."""
    return is_parameter(path[:-1]) and path[-1] == "value"


@dataclass(frozen=True, slots=True)
class Settled:
    """The global parameters with every value typed, and what there is to say."""

    object: AdfObject
    errors: tuple[tuple[Override, RowError], ...] = ()
    notices: tuple[Notice, ...] = ()


def settle(parameters: AdfObject) -> Settled:
    """Type the values that wait, by the types as they stand now."""
    errors: list[tuple[Override, RowError]] = []
    notices: list[Notice] = []
    body = dict(parameters.body)
    for name, node, value in _waiting(parameters):
        path = ("properties", name)
        try:
            made, said = _typed(name, node, value)
        except RowError as error:
            errors.append((value.row, error))
            continue
        body = replace(body, path, {**made, "value": tainted(made["value"], (*path, "value"), body, value.old)})
        notices += (*said, *warnings(value.row, None, body, (*path, "value")))
    return Settled(parameters.with_body(body), tuple(errors), tuple(notices))


def _waiting(parameters: AdfObject) -> list[tuple[str, dict[str, Json], Untyped]]:
    return [
        (name, node, node["value"])
        for name, node in parameters.properties.items()
        if isinstance(node, dict) and isinstance(node.get("value"), Untyped)
    ]


def _typed(name: str, node: dict[str, Json], value: Untyped) -> tuple[dict[str, Json], tuple[Notice, ...]]:
    kind = node.get("type")
    if isinstance(kind, str):
        return {**node, "value": by_parameter_type(value.given, kind)}, ()
    if value.old is not ABSENT:
        return {**node, "value": typed(value.given, value.old)}, ()
    kind, made = inferred(value.given)
    said = (
        f"global parameter {name} has no type; its value looks like {kind}, so that is what it becomes"
        f" (a row `factory,*,+globalParameters.{name}.type,{kind}` says it)"
    )
    return {**node, "type": kind, "value": made}, (Notice(Code.CONFIG_VALUE, said, value.row.origin),)
