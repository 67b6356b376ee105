"""Numbers. Behaviours: Azure docs, numeric functions for ARM templates; they have 64 bits, as in C#."""

import math
import re
from collections.abc import Callable

from ecluse.arm.functions.function import CallError, Function, Scope, an_int, bounded_int, kind_of
from ecluse.jsontree import Json, Number

_MOST_DIGITS = 40  # a longer text is no number that fits
_INT = re.compile(r"\s*[+-]?[0-9]+\s*", re.ASCII)
_FLOAT = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,3})?\s*", re.ASCII | re.IGNORECASE)


def _quotient(one: int, other: int) -> int:
    """Towards zero, as in C#."""
    result = abs(one) // abs(other)
    return result if (one < 0) == (other < 0) else -result


def _rest(one: int, other: int) -> int:
    """With the sign of the first one, as in C#."""
    return one - _quotient(one, other) * other


def _operation(name: str, run: Callable[[int, int], int], *, divides: bool = False) -> Function:
    def calculate(_scope: Scope, one: Json, other: Json) -> int:
        left, right = an_int(one, name), an_int(other, name)
        if divides and right == 0:
            raise CallError(f"{name} can't divide by zero")
        return bounded_int(run(left, right), name)

    return Function(name, 2, 2, calculate)


def _int(_scope: Scope, value: Json) -> int:
    if type(value) is int:
        return value
    if not isinstance(value, str) or len(value) > _MOST_DIGITS or not _INT.fullmatch(value):
        raise CallError("int takes a whole number, or a text that is one")
    return bounded_int(int(value), "int")


def _float(_scope: Scope, value: Json) -> float:
    if type(value) in (int, float, Number):
        return float(value)
    if not isinstance(value, str) or len(value) > _MOST_DIGITS or not _FLOAT.fullmatch(value):
        raise CallError("float takes a number, or a text that is one")
    number = float(value)
    if not math.isfinite(number):
        raise CallError("float gives a number that is too big")
    return number


def _extreme(name: str, pick: Callable[[list[int]], int]) -> Function:
    def choose(_scope: Scope, *values: Json) -> int:
        numbers = [each for value in values for each in (value if isinstance(value, list) else [value])]
        if not numbers or any(type(each) is not int for each in numbers):
            kinds = sorted({kind_of(each) for each in numbers} - {"int"})
            raise CallError(f"{name} takes whole numbers, not {' and '.join(kinds) or 'an empty array'}")
        return pick(numbers)

    return Function(name, 1, None, choose)


ROWS = (
    _operation("add", lambda one, other: one + other),
    _operation("div", _quotient, divides=True),
    Function("float", 1, 1, _float),
    Function("int", 1, 1, _int),
    _extreme("max", max),
    _extreme("min", min),
    _operation("mod", _rest, divides=True),
    _operation("mul", lambda one, other: one * other),
    _operation("sub", lambda one, other: one - other),
)
