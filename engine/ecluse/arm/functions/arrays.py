"""Arrays, and what works on arrays, texts and objects alike. Behaviours: Azure docs, array functions for templates."""

import json

from ecluse.arm.functions import dotnet
from ecluse.arm.functions.function import (
    CallError,
    Function,
    Scope,
    an_int,
    bounded_items,
    kind_of,
)
from ecluse.arm.functions.text import position
from ecluse.jsontree import Json, equal

_MOST_IN_RANGE = 10_000
_RANGE_END = 2**31 - 1


def fingerprint(value: Json) -> str:
    """A text that equal values have in common: one look instead of a comparison with each."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True)


def _array(_scope: Scope, value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _create_array(_scope: Scope, *values: Json) -> list[Json]:
    return list(values)


def _contains(_scope: Scope, container: Json, sought: Json) -> bool:
    match container:
        case str():
            return dotnet.scalar(sought, "contains") in container  # with case, unlike indexOf (Azure docs: contains)
        case list():
            return any(equal(item, sought) for item in container)
        case dict():
            wanted = dotnet.scalar(sought, "contains").casefold()
            return any(key.casefold() == wanted for key in container)
    raise CallError(f"contains takes an array, an object or a text, not {kind_of(container)}")


def _empty(_scope: Scope, value: Json) -> bool:
    return value is None or not _sized(value, "empty")


def _length(_scope: Scope, value: Json) -> int:
    of = _sized(value, "length")
    return len(dotnet.units(of) if isinstance(of, str) else of)


def _sized(value: Json, function: str) -> str | list[Json] | dict[str, Json]:
    if not isinstance(value, (str, list, dict)):
        raise CallError(f"{function} takes an array, an object or a text, not {kind_of(value)}")
    return value


def _sequence(value: Json, function: str) -> str | list[Json]:
    if not isinstance(value, (str, list)):
        raise CallError(f"{function} takes an array or a text, not {kind_of(value)}")
    return dotnet.units(value) if isinstance(value, str) else value


def _first(_scope: Scope, value: Json) -> Json:
    return _at(_sequence(value, "first"), 0)


def _last(_scope: Scope, value: Json) -> Json:
    return _at(_sequence(value, "last"), -1)


def _at(of: str | list[Json], index: int) -> Json:
    """Nothing of an empty array is null, of an empty text the empty text."""
    return of[index] if of else "" if isinstance(of, str) else None


def _take(_scope: Scope, value: Json, count: Json) -> Json:
    of, number = _sequence(value, "take"), max(0, an_int(count, "take"))
    return dotnet.whole(of[:number]) if isinstance(of, str) else of[:number]


def _skip(_scope: Scope, value: Json, count: Json) -> Json:
    of, number = _sequence(value, "skip"), max(0, an_int(count, "skip"))
    return dotnet.whole(of[number:]) if isinstance(of, str) else of[number:]


def _index_of(_scope: Scope, container: Json, sought: Json) -> int:
    return _found(container, sought, "indexOf", last=False)


def _last_index_of(_scope: Scope, container: Json, sought: Json) -> int:
    return _found(container, sought, "lastIndexOf", last=True)


def _found(container: Json, sought: Json, function: str, *, last: bool) -> int:
    if not isinstance(container, list):
        return position(container, sought, function, last=last)
    at = [index for index, item in enumerate(container) if equal(item, sought)]
    return at[-1 if last else 0] if at else -1


def _range(_scope: Scope, start: Json, count: Json) -> list[Json]:
    begin, number = an_int(start, "range"), an_int(count, "range")
    if not 0 <= number <= _MOST_IN_RANGE or begin + number > _RANGE_END:
        raise CallError(f"range gives at most {_MOST_IN_RANGE} numbers, none beyond {_RANGE_END}")
    return list(range(begin, begin + number))


def _intersection(_scope: Scope, first: Json, *others: Json) -> Json:
    every = (first, *others)
    if all(isinstance(each, dict) for each in every):
        return {
            key: value
            for key, value in first.items()
            if all(key in other and equal(other[key], value) for other in others)
        }
    _all_arrays(every, "intersection")
    common = set.intersection(*({fingerprint(item) for item in each} for each in every))
    return [item for item in _distinct(first) if fingerprint(item) in common]


def _union(_scope: Scope, *every: Json) -> Json:
    if all(isinstance(each, dict) for each in every):
        merged: dict[str, Json] = {}
        for each in every:
            merged = _merged(merged, each)
        return merged
    _all_arrays(every, "union")
    bounded_items(sum(map(len, every)), "union")
    return _distinct([item for each in every for item in each])


def _merged(one: dict[str, Json], other: dict[str, Json]) -> dict[str, Json]:
    """Later ones win; an object in an object is merged, too, an array replaced (Azure docs: union)."""
    spelled = {key.casefold(): key for key in one}
    result = dict(one)
    for key, value in other.items():
        if spelled.setdefault(key.casefold(), key) != key:
            raise CallError("union can't merge properties whose names differ in case only")
        both = isinstance(result.get(key), dict) and isinstance(value, dict)
        result[key] = _merged(result[key], value) if both else value
    return result


def _all_arrays(every: tuple[Json, ...], function: str) -> None:
    if not all(isinstance(each, list) for each in every):
        kinds = " and ".join(sorted({kind_of(each) for each in every}))
        raise CallError(f"{function} takes arrays only or objects only, not {kinds}")


def _distinct(items: list[Json]) -> list[Json]:
    """Each value once, where it stands first."""
    found: dict[str, Json] = {}
    for item in items:
        found.setdefault(fingerprint(item), item)
    return list(found.values())


ROWS = (
    Function("array", 1, 1, _array, carries=True),
    Function("contains", 2, 2, _contains),
    Function("createArray", 0, None, _create_array, carries=True),
    Function("empty", 1, 1, _empty),
    Function("first", 1, 1, _first, carries=True),
    Function("indexOf", 2, 2, _index_of, measures=True),
    Function("intersection", 2, None, _intersection, carries=True),
    Function("last", 1, 1, _last, carries=True),
    Function("lastIndexOf", 2, 2, _last_index_of, measures=True),
    Function("length", 1, 1, _length, measures=True),
    Function("range", 2, 2, _range),
    Function("skip", 2, 2, _skip, carries=True),
    Function("take", 2, 2, _take, carries=True),
    Function("union", 2, None, _union, carries=True),
)
