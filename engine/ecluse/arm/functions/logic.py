"""Truth and comparison. Behaviours: Azure docs, logical and comparison functions for ARM templates."""

from collections.abc import Callable
from operator import ge, gt, le, lt

from ecluse.arm.functions import dotnet
from ecluse.arm.functions.function import CallError, Function, Scope, a_bool, kind_of
from ecluse.jsontree import Json, Number, equal


def _and(_scope: Scope, *values: Json) -> bool:
    every = [a_bool(value, "and") for value in values]
    return all(every)


def _or(_scope: Scope, *values: Json) -> bool:
    every = [a_bool(value, "or") for value in values]
    return any(every)


def _not(_scope: Scope, value: Json) -> bool:
    return not a_bool(value, "not")


def _bool(_scope: Scope, value: Json) -> bool:
    if type(value) in (bool, int):
        return bool(value)
    known = {"true": True, "1": True, "false": False, "0": False}
    if not isinstance(value, str) or value.casefold() not in known:
        raise CallError("bool takes 'true', 'false', 1 and 0")
    return known[value.casefold()]


def _true(_scope: Scope) -> bool:
    return True


def _false(_scope: Scope) -> bool:
    return False


def _null(_scope: Scope) -> None:
    return None


def _equals(_scope: Scope, one: Json, other: Json) -> bool:
    return equal(one, other)


def _comparison(name: str, holds: Callable[[Json, Json], bool]) -> Function:
    def compare(_scope: Scope, one: Json, other: Json) -> bool:
        if isinstance(one, str) and isinstance(other, str):
            return _ordered(one, other)
        if any(type(each) not in (int, float, Number) for each in (one, other)):
            raise CallError(f"{name} can't compare {kind_of(one)} with {kind_of(other)}")
        return holds(one, other)

    def _ordered(one: str, other: str) -> bool:
        answer = holds(one, other)
        if answer != holds(dotnet.upper(one), dotnet.upper(other)):
            raise CallError(f"{name} can't say which of two texts comes first where their case decides it")
        return answer

    return Function(name, 2, 2, compare)


def _coalesce(scope: Scope, *values: Callable[[], Json]) -> Json:
    """The first one that is not null; those after it are not evaluated."""
    return next((made for value in values if (made := scope.decided(value())) is not None), None)


def _if(scope: Scope, condition: Callable[[], Json], yes: Callable[[], Json], no: Callable[[], Json]) -> Json:
    """Only the chosen branch is evaluated (Azure docs: if)."""
    return yes() if a_bool(scope.decided(condition()), "if") else no()


ROWS = (
    Function("and", 2, None, _and),
    Function("bool", 1, 1, _bool),
    Function("coalesce", 1, None, _coalesce, lazy=True),
    Function("equals", 2, 2, _equals),
    Function("false", 0, 0, _false),
    _comparison("greater", gt),
    _comparison("greaterOrEquals", ge),
    _comparison("less", lt),
    _comparison("lessOrEquals", le),
    Function("if", 3, 3, _if, lazy=True),
    Function("not", 1, 1, _not),
    Function("null", 0, 0, _null),
    Function("or", 2, None, _or),
    Function("true", 0, 0, _true),
)
