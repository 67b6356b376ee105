"""The factory resource itself: what a new one is made of, and what people should see of a live one."""

from collections.abc import Iterator, Mapping

from ecluse.jsontree import Json
from ecluse.plan.inputs import PlanInputs


def creates_factory(inputs: PlanInputs) -> bool:
    """Whether the factory is made: not when the filter leaves nothing that would go into it."""
    objects = inputs.source.objects
    return not inputs.live.exists and (not objects or any(at in inputs.scope for at in objects))


def factory_body(inputs: PlanInputs) -> dict[str, Json]:
    """What a new factory is made of: the source's settings where it has them, never its git link."""
    resource = inputs.source.resource
    settings = {
        key: value
        for key, value in resource.get("properties", {}).items()
        if key in ("publicNetworkAccess", "encryption")
    }
    identity = {
        key: value
        for key, value in (resource.get("identity") or {}).items()
        if key in ("type", "userAssignedIdentities")
    }
    return {
        "location": inputs.target.location,
        # A factory made in the portal has a system identity; linked services with managed identity need it.
        "identity": identity or {"type": "SystemAssigned"},
        **({"tags": resource["tags"]} if resource.get("tags") else {}),
        "properties": settings,
    }


def head(inputs: PlanInputs) -> Iterator[str]:
    """Facts about the factory that are shown and never changed."""
    if not inputs.live.exists:
        made = f"it will be created in {inputs.target.location}"
        not_made = "nothing goes into it, so it is not made"
        yield f"the factory does not exist; {made if creates_factory(inputs) else not_made}"
        return
    live, source = inputs.live.factory.resource, inputs.source.resource
    for title, path in (("public network access", "publicNetworkAccess"), ("Purview", "purviewConfiguration")):
        yield _fact(title, _below(live, "properties").get(path), _below(source, "properties").get(path))
    yield _fact("identity", _below(live, "identity").get("type"), _below(source, "identity").get("type"))
    if inputs.live.git:
        yield "git: linked; what is deployed here is not in the repository until someone publishes it"


def _below(resource: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    """The service writes null where nothing is set."""
    return resource.get(key) or {}


def _fact(title: str, live: Json, source: Json) -> str:
    shown = live if isinstance(live, str) else "set" if live else "not set"
    differs = source not in (None, {}) and source != live
    return f"{title}: {shown}" + (" (the source differs; factory settings are never changed)" if differs else "")
