"""What can be done with a directory while no server holds it: show what stands there, empty it, fill it."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import filelock

from ecluse_sandbox import adf_api, arm_api, deployments_api, folders, recordings, seeding, state, store, tokens
from ecluse_sandbox.app import Application
from ecluse_sandbox.router import Router
from ecluse_sandbox.sandbox import Sandbox

LOCK = "sandbox.lock"
ENDING_SECONDS = 3.0  # a server around one command ends a moment after the command; who types fast waits for it
_TEMPLATE = "ARMTemplateForFactory.json"


class HeldError(Exception):
    """Another server holds the directory."""


@contextlib.contextmanager
def held(directory: Path, *, patience: float = ENDING_SECONDS) -> Iterator[None]:
    """Hold the directory as a server does; HeldError when one does already, and still does after `patience` seconds."""
    directory.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(directory / LOCK)
    try:
        lock.acquire(timeout=patience)
    except filelock.Timeout:
        raise HeldError(f"another server holds {directory}") from None
    try:
        yield
    finally:
        lock.release()


def show(directory: Path) -> Iterator[str]:
    """Lines that tell what stands in the directory; a server may run on it."""
    document = store.peek(directory)
    if document is None:
        yield f"{directory} is empty"
        return
    for subscription in document["subscriptions"].values():
        yield f"subscription {subscription['subscriptionId']}"
        for group in subscription["groups"].values():
            yield f"  resource group {group['name']} ({group['location']})"
    for factory in document["factories"].values():
        yield from _factory_lines(factory)
    for group, deployments in document["deployments"].items():
        states = Counter(record["properties"]["provisioningState"] for record in deployments.values())
        told = ", ".join(f"{count} {word}" for word, count in sorted(states.items()))
        yield f"deployments in {group.rpartition('/')[2]}: {told or 'none'}"


def _factory_lines(factory: Mapping[str, Any]) -> Iterator[str]:
    resource, objects = factory["resource"], factory["objects"]
    yield f"factory {resource['name']} in {factory['group']} ({resource['location']})"
    for collection, records in sorted(objects.items()):
        if records:
            yield f"  {collection}: {len(records)}"
    for record in objects.get("triggers", {}).values():
        properties = record["body"]["properties"]
        yield f"    {record['body']['name']}: {properties['runtimeState']}, {properties.get('type', 'of no type')}"


def reset(directory: Path) -> None:
    """Empty the directory: the next server begins anew."""
    for name in (store.STATE, store.PREVIOUS, store.BROKEN):
        (directory / name).unlink(missing_ok=True)
    store.sweep(directory)


def seed(directory: Path, source: Path, place: seeding.Place, say: Callable[[str], None]) -> None:
    """Fill a factory from a template, or from a recorded read of a real one; ValueError says what is wrong.

    Nothing is kept when something can't be done.
    """
    document = store.load(directory, say)
    if document is None:
        groups = [place.group] if place.group else []
        document = state.seeded(place.subscription, groups, place.location, tokens.TENANT_ID)
    content = _content(source)
    sandbox = Sandbox(state.World(document))
    Application(sandbox, Router([*deployments_api.routes(), *arm_api.routes(), *adf_api.routes()]), "")
    if recordings.is_recording(content):
        recordings.fill(sandbox, content, place)
    else:
        asyncio.run(seeding.from_template(sandbox, content, place))
    store.save(directory, json.dumps(document, separators=(",", ":")))


def _content(source: Path) -> dict[str, Any]:
    """The JSON of a template or a recording; of a folder its one file of that sort, or its objects as a template."""
    path = source
    if source.is_dir():
        found = [source / name for name in (_TEMPLATE, recordings.FILE) if (source / name).is_file()]
        if not found and folders.is_folder(source):
            return folders.template_of(source)
        if not found:
            raise ValueError(f"{source} holds no {_TEMPLATE}, no {recordings.FILE} and no folder of objects")
        path = found[0]
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path} is no template and no recording")  # noqa: TRY004 - one kind of error for bad input
    return content
