"""The functions that take a lambda. Behaviours: Azure docs, lambda functions for ARM templates."""

from functools import cmp_to_key

from ecluse.arm.functions.function import (
    CallError,
    Function,
    Lambda,
    Scope,
    a_bool,
    a_text,
    an_array,
    an_object,
    bounded_items,
)
from ecluse.arm.functions.objects import named
from ecluse.jsontree import Json


def _applied(function: str, value: Json, *sizes: int) -> Lambda:
    if not isinstance(value, Lambda):
        raise CallError(f"{function} takes a lambda here")
    if len(value.names) not in sizes:
        takes = " or ".join(map(str, sizes))
        raise CallError(f"{function} takes a lambda of {takes} variable(s), not {len(value.names)}")
    return value


def _with_index(function: str, items: Json, value: Json) -> list[Json]:
    """What the lambda gives for each item; it may ask for the item's index, too."""
    each = _applied(function, value, 1, 2)
    of = an_array(items, function)
    return [each.call(*(item, index)[: len(each.names)]) for index, item in enumerate(of)]


def _filter(_scope: Scope, items: Json, test: Json) -> list[Json]:
    kept = _with_index("filter", items, test)
    return [item for item, keep in zip(items, kept, strict=True) if a_bool(keep, "filter")]


def _map(_scope: Scope, items: Json, change: Json) -> list[Json]:
    return _with_index("map", items, change)


def _map_values(_scope: Scope, of: Json, change: Json) -> dict[str, Json]:
    each = _applied("mapValues", change, 1)
    return {key: each.call(value) for key, value in an_object(of, "mapValues").items()}


def _reduce(_scope: Scope, items: Json, start: Json, step: Json) -> Json:
    each, made = _applied("reduce", step, 2, 3), start
    if isinstance(start, Lambda):
        raise CallError("reduce takes no lambda as its first value")
    for index, item in enumerate(an_array(items, "reduce")):
        made = each.call(*(made, item, index)[: len(each.names)])
    return made


def _sort(_scope: Scope, items: Json, before: Json) -> list[Json]:
    """The lambda says whether its first item comes before its second one."""
    each = _applied("sort", before, 2)

    def order(one: Json, other: Json) -> int:
        if a_bool(each.call(one, other), "sort"):
            return -1
        return 1 if a_bool(each.call(other, one), "sort") else 0

    return sorted(an_array(items, "sort"), key=cmp_to_key(order))


def _group_by(_scope: Scope, items: Json, key: Json) -> dict[str, Json]:
    keys = _with_index("groupBy", items, key)
    groups = named("groupBy", [(each, []) for each in dict.fromkeys(a_text(key, "groupBy") for key in keys)])
    for each, item in zip(keys, items, strict=True):
        groups[each].append(item)
    return groups


def _to_object(_scope: Scope, items: Json, key: Json, value: Json = None) -> dict[str, Json]:
    keys = _with_index("toObject", items, key)
    bounded_items(len(keys), "toObject")
    values = items if value is None else _with_index("toObject", items, value)
    return named("toObject", list(zip(keys, values, strict=True)))


def _lambda(_scope: Scope, *_parts: Json) -> Json:
    raise CallError("a lambda is only an argument, no value")  # the evaluator makes the values of these


ROWS = (
    Function("filter", 2, 2, _filter, carries=True, takes_lambda=True),
    Function("groupBy", 2, 2, _group_by, carries=True, takes_lambda=True),
    Function("lambda", 2, None, _lambda),
    Function("map", 2, 2, _map, carries=True, takes_lambda=True),
    Function("mapValues", 2, 2, _map_values, carries=True, takes_lambda=True),
    Function("reduce", 3, 3, _reduce, carries=True, takes_lambda=True),
    Function("sort", 2, 2, _sort, carries=True, takes_lambda=True),
    Function("toObject", 2, 3, _to_object, carries=True, takes_lambda=True),
)
