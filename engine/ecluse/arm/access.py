"""Member and index access on values, with the care that missing and secret ones need."""

from typing import NoReturn

from ecluse.arm.functions import CallError, kind_of
from ecluse.jsontree import Json, Missing, VaultSecret


def member(of: Json, name: str) -> Json:
    """`of.name`; ARM compares property names without case, an exact one is preferred. Raises `CallError`."""
    if isinstance(of, Missing):
        return of.as_text()
    if isinstance(of, VaultSecret):
        refuse_vault()
    if not isinstance(of, dict):
        raise CallError(f"{kind_of(of)} has no member {name!r}")
    found = name if name in of else next((key for key in of if key.casefold() == name.casefold()), None)
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
    if isinstance(index, str):
        return member(of, index)
    if not isinstance(of, list) or type(index) is not int:
        raise CallError(f"{kind_of(of)} can't be indexed by {kind_of(index)}")
    if not 0 <= index < len(of):
        raise CallError(f"the array has no item {index}")
    return of[index]


def refuse_vault() -> NoReturn:
    """A vault's secret is Azure's to fetch (Azure docs: Key Vault with template parameters). Raises `CallError`."""
    raise CallError("a Key Vault reference can only be used as a whole value: Azure fetches it, Ecluse never sees it")
