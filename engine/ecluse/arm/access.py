"""Member and index access on values, with the care that missing, secret and deferred ones need."""

from collections.abc import Mapping
from typing import NoReturn

from ecluse.arm.functions import CallError, kind_of
from ecluse.arm.grammar import Index, Member
from ecluse.arm.marks import marks
from ecluse.arm.spelling import deferred, node_of
from ecluse.jsontree import Deferred, Json, Missing, VaultSecret


def member(of: Json, name: str) -> Json:
    """`of.name`; ARM compares property names without case, an exact one is preferred. Raises `CallError`."""
    if isinstance(of, Missing):
        return of.as_text()
    if isinstance(of, VaultSecret):
        refuse_vault()
    if isinstance(of, Deferred):
        known = _named(of.known, name)
        return deferred(Member(of.expression, name), of.function) if known is None else of.known[known]
    if not isinstance(of, dict):
        raise CallError(f"{kind_of(of)} has no member {name!r}")
    found = _named(of, name)
    if found is None:
        raise CallError(f"the object has no member {name!r}")
    return of[found]


def item(of: Json, index: Json) -> Json:
    """`of[index]`: of an array by number, of an object by name. Raises `CallError`."""
    missing = next((value for value in (of, index) if isinstance(value, Missing)), None)
    if missing is not None:
        return missing.as_text()
    if isinstance(index, VaultSecret):
        refuse_vault()
    if isinstance(index, Deferred) or (isinstance(of, Deferred) and type(index) is int):
        return _later(of, index)
    if isinstance(of, Deferred) and isinstance(index, str):
        known = _named(of.known, index)
        return _later(of, index) if known is None else of.known[known]
    if isinstance(index, str):
        return member(of, index)
    if not isinstance(of, list) or type(index) is not int:
        raise CallError(f"{kind_of(of)} can't be indexed by {kind_of(index)}")
    if not 0 <= index < len(of):
        raise CallError(f"the array has no item {index}")
    return of[index]


def _later(of: Json, index: Json) -> Json:
    """`of[index]` where Azure has to say one of them."""
    if not isinstance(of, (Deferred, dict, list)):
        raise CallError(f"{kind_of(of)} can't be indexed")
    found = marks((of, index))
    if found.missing is not None:
        return found.missing.as_text()
    if found.vault or found.deferred is None:
        refuse_vault()
    return deferred(Index(node_of(of), node_of(index)), found.deferred.function)


def _named(of: Mapping[str, Json], name: str) -> str | None:
    return name if name in of else next((key for key in of if key.casefold() == name.casefold()), None)


def refuse_vault() -> NoReturn:
    """A vault's secret is Azure's to fetch (Azure docs: Key Vault with template parameters). Raises `CallError`."""
    raise CallError("a Key Vault reference can only be used as a whole value: Azure fetches it, Ecluse never sees it")
