"""The knobs of a running sandbox: how slow, how paged, how long-lived."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Settings:
    """Seconds and counts; set by `PUT /_sandbox/settings` in camelCase."""

    page_size: int = 50
    """Items per list page; the service shows about 50 (L#23)."""
    token_lifetime_seconds: float = 3599
    oidc_lifetime_seconds: float = 600
    """How long a token of Azure Pipelines proves something."""
    secret_expired: int = 0
    """1: the client's secret has come to its end."""
    event_polls: int = 1
    """Status polls that answer Provisioning or Deprovisioning before the end state; 0: at once."""
    endpoint_polls: int = 1
    """Reads of a managed private endpoint that answer Provisioning."""
    runtime_polls: int = 1
    """Polls of an integration runtime's start or stop that answer InProgress."""
    capture_polls: int = 1
    """Status polls of a change data capture that answer Starting or Stopping."""
    run_polls: int = 1
    """Queries of a pipeline's run that answer InProgress."""
    deployment_polls: int = 0
    """Polls of a finished deployment that still answer Running."""
    step_delay_seconds: float = 0
    """Pause before each resource that a deployment writes."""
    deployment_retry_after: int = 0
    """Retry-After of a deployment's answers in seconds; 0: none, as recorded."""


_WORDS = {field.name: field for field in dataclasses.fields(Settings)}


def camel(name: str) -> str:
    """`page_size` → `pageSize`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def as_json(settings: Settings) -> dict[str, Any]:
    """All settings by their camelCase names."""
    return {camel(name): getattr(settings, name) for name in _WORDS}


def changed(settings: Settings, wanted: Mapping[str, Any]) -> Settings:
    """The settings with the named ones changed; ValueError names what is unknown or no number ≥ 0."""
    names = {camel(name): name for name in _WORDS}
    updates: dict[str, Any] = {}
    for key, value in wanted.items():
        if key not in names:
            raise ValueError(f"unknown setting {key!r}; known: {', '.join(sorted(names))}")
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise ValueError(f"setting {key!r} takes a number from 0 up")
        updates[names[key]] = value
    return dataclasses.replace(settings, **updates)
