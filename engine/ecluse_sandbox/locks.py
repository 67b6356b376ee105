"""Management locks on a resource group or a factory: kept in the world, and in the way of writes and deletions.

The shapes are those of Microsoft's pages about management locks; no session was recorded. [U]: that a ReadOnly lock
refuses every POST but those that only ask.
"""

from typing import Any

from ecluse_sandbox import paging, refusals
from ecluse_sandbox.answers import Answer
from ecluse_sandbox.router import Api, Route
from ecluse_sandbox.sandbox import Call
from ecluse_sandbox.state import World

KIND = "Microsoft.Authorization/locks"
API = Api("", ("2015-01-01", "2016-09-01", "2017-04-01", "2020-05-01"))
LEVELS = ("CanNotDelete", "ReadOnly")

_GROUP = "/subscriptions/{subscription}/resourceGroups/{group}"
_FACTORY = f"{_GROUP}/providers/Microsoft.DataFactory/factories/{{factory}}"
_ASKING = ("/querypipelineruns", "/geteventsubscriptionstatus", "/getstatus", "/monitoringdata")


def routes() -> list[Route]:
    """The addresses of locks."""
    return [
        route
        for scope in (_GROUP, _FACTORY)
        for route in (
            Route("GET", f"{scope}/providers/{KIND}", _list, API),
            Route("GET", f"{scope}/providers/{KIND}/{{lock}}", _get, API),
            Route("PUT", f"{scope}/providers/{KIND}/{{lock}}", _put, API),
            Route("DELETE", f"{scope}/providers/{KIND}/{{lock}}", _delete, API),
        )
    ]


def check(world: World, method: str, resource: str) -> None:
    """Raise ScopeLocked where a lock on the resource, or above it, forbids the method."""
    path = resource.lower()
    if method in {"GET", "HEAD"} or f"/providers/{KIND}/".lower() in path or path.endswith(_ASKING):
        return
    for lock in _all(world).values():
        scope = _scope(lock)
        if not f"{path}/".startswith(f"{scope.lower()}/"):
            continue
        if method == "DELETE" or lock["properties"]["level"] == "ReadOnly":
            raise refusals.scope_locked(resource, "delete" if method == "DELETE" else "write", scope)


def _all(world: World) -> dict[str, Any]:
    locks: dict[str, Any] = world.document.setdefault("locks", {})
    return locks


def _scope(lock: dict[str, Any]) -> str:
    return str(lock["id"]).partition(f"/providers/{KIND}/")[0]


def _place(call: Call) -> str:
    """The id of what is locked, as it is spelled."""
    group = call.world.group_id(call["subscription"], call["group"])
    if "factory" not in call.place:
        return group
    return str(call.world.factory(call["subscription"], call["group"], call["factory"])["resource"]["id"])


def _id(call: Call) -> str:
    return f"{_place(call)}/providers/{KIND}/{call['lock']}"


def _list(call: Call) -> Answer:
    """Those on the scope, above it and below it."""
    at = _place(call).lower()
    found = [
        lock
        for lock in _all(call.world).values()
        if f"{at}/".startswith(f"{_scope(lock).lower()}/") or f"{_scope(lock).lower()}/".startswith(f"{at}/")
    ]
    return paging.page(call, found)


def _get(call: Call) -> Answer:
    found = _all(call.world).get(_id(call).lower())
    if found is None:
        raise refusals.resource_not_found(f"{KIND}/{call['lock']}", call["group"])
    return Answer(200, found)


def _put(call: Call) -> Answer:
    level = (call.object().get("properties") or {}).get("level")
    if level not in LEVELS:
        raise refusals.invalid_content(f"Error converting value to type 'LockLevel'. Path 'properties.level': {LEVELS}")
    own = _id(call)
    new = own.lower() not in _all(call.world)
    lock = {"properties": {"level": level}, "id": own, "type": KIND, "name": call["lock"]}
    _all(call.world)[own.lower()] = lock
    call.world.changed()
    return Answer(201 if new else 200, lock)


def _delete(call: Call) -> Answer:
    gone = _all(call.world).pop(_id(call).lower(), None)
    call.world.changed()
    return Answer(200 if gone else 204)
