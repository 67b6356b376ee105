"""Objects. Behaviours: Azure docs, object functions for ARM templates."""

from ecluse.arm.functions import dotnet
from ecluse.arm.functions.function import CallError, Function, Scope, a_text, an_object, kind_of
from ecluse.arm.functions.jsontext import parsed
from ecluse.jsontree import Json, Secret


def _create_object(_scope: Scope, *values: Json) -> dict[str, Json]:
    if len(values) % 2:
        raise CallError("createObject takes pairs of a name and a value")
    return named("createObject", zip(values[::2], values[1::2], strict=True))


def named(function: str, pairs: "zip[tuple[Json, Json]] | list[tuple[Json, Json]]") -> dict[str, Json]:
    """An object of names and values. Raises `CallError` for a name that is none, a secret, or there twice."""
    made: dict[str, Json] = {}
    spelled: set[str] = set()
    for key, value in pairs:
        if isinstance(key, Secret):
            raise CallError(f"{function} can't make a property's name of a secret")
        if a_text(key, function).casefold() in spelled:
            raise CallError(f"{function} makes two properties of one name")
        spelled.add(key.casefold())
        made[key] = value
    return made


def _items(_scope: Scope, value: Json) -> list[Json]:
    """In the order of their names (Azure docs: items)."""
    of = an_object(value, "items")
    return [{"key": key, "value": of[key]} for key in sorted(of, key=dotnet.upper)]


def _json(_scope: Scope, text: Json) -> Json:
    return parsed(a_text(text, "json"), "json")


def _try_get(_scope: Scope, container: Json, key: Json) -> Json:
    match container, key:
        case None, _:
            return None
        case dict(), str():
            wanted = key.casefold()
            return container.get(key, next((container[one] for one in container if one.casefold() == wanted), None))
        case list(), int() if type(key) is int:
            return container[key] if 0 <= key < len(container) else None
    raise CallError(f"tryGet can't look for {kind_of(key)} in {kind_of(container)}")


ROWS = (
    Function("createObject", 0, None, _create_object, carries=True),
    Function("items", 1, 1, _items, carries=True),
    Function("json", 1, 1, _json),
    Function("tryGet", 2, 2, _try_get, carries=True),
)
