"""The state on disk: written whole, read back with suspicion; a broken file gives way to the one before it."""

import contextlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ecluse_sandbox.state import SCHEMA_VERSION

STATE, PREVIOUS, BROKEN = "state.json", "state.previous.json", "state.broken.json"
_SHAPE: Mapping[str, Any] = {
    "schemaVersion": int,
    "tenantId": str,
    "seed": {"subscription": str, "groups": list, "location": str},
    "etags": int,
    "subscriptions": dict,
    "factories": dict,
    "deployments": dict,
    "opaque": dict,
}
_FACTORY: Mapping[str, Any] = {"id": str, "group": str, "objects": dict, "resource": {"name": str, "properties": dict}}
_DEPLOYMENT: Mapping[str, Any] = {"id": str, "name": str, "properties": {"provisioningState": str}}


def load(directory: Path, say: Callable[[str], None] = lambda _: None) -> dict[str, Any] | None:
    """The last whole document in the directory, or None; deployments that ran are over by now.

    When state.json is broken the one before it takes its place, and `say` is told. ValueError names the file when
    there is none, or when it is of another version.
    """
    path = directory / STATE
    if not path.exists():
        return None
    try:
        document = _read(path)
    except ValueError as error:
        document = _recovered(directory, error)
        say(f"{path} is broken ({error}): kept as {BROKEN}, and the last whole state taken from {PREVIOUS}")
    if document["schemaVersion"] != SCHEMA_VERSION:
        raise ValueError(f"{path} is of another version of the sandbox; use a new directory")
    for deployments in document["deployments"].values():
        for record in deployments.values():
            _end_interrupted(record["properties"])
    return document


def peek(directory: Path) -> dict[str, Any] | None:
    """The document as it is, for who only looks; ValueError names a broken file."""
    path = directory / STATE
    try:
        return _read(path) if path.exists() else None
    except ValueError as error:
        raise ValueError(f"{path} is broken: {error}") from None


def _recovered(directory: Path, broken: ValueError) -> dict[str, Any]:
    path, previous = directory / STATE, directory / PREVIOUS
    try:
        document = _read(previous)
    except (OSError, ValueError):
        remedy = f"Put a whole one in its place, or remove {path} to begin anew."
        raise ValueError(f"{path} is broken: {broken}. {remedy}") from None
    path.replace(directory / BROKEN)
    previous.replace(path)
    return document


def _read(path: Path) -> dict[str, Any]:
    """The document; ValueError says what is wrong with it."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return checked(document)


def checked(document: Any) -> dict[str, Any]:
    """The document, when it has the shape of one; ValueError says what is wrong with it."""
    _check(document, _SHAPE, "")
    for key, factory in document["factories"].items():
        _check(factory, _FACTORY, f"factories.{key}")
    for group, deployments in document["deployments"].items():
        _check(deployments, {}, f"deployments.{group}")
        for key, record in deployments.items():
            _check(record, _DEPLOYMENT, f"deployments.{group}.{key}")
    return dict(document)


def _check(node: Any, shape: Mapping[str, Any], where: str) -> None:
    if not isinstance(node, dict):
        raise ValueError(f"{where or 'the document'} is no JSON object")  # noqa: TRY004 - one kind of error for bad input
    for key, wanted in shape.items():
        at = f"{where}.{key}".lstrip(".")
        if isinstance(wanted, Mapping):
            _check(node.get(key), wanted, at)
        elif not isinstance(node.get(key), wanted):
            raise ValueError(f"{at} is missing, or no {wanted.__name__}")  # noqa: TRY004 - one kind of error for bad input


def _end_interrupted(properties: dict[str, Any]) -> None:
    if properties["provisioningState"] in {"Accepted", "Running"}:
        properties["provisioningState"] = "Failed"
        text = "The sandbox was stopped while this deployment was running."
        properties["error"] = {"code": "DeploymentFailed", "message": text, "details": []}


def save(directory: Path, text: str) -> None:
    """Write the document so that a reader sees the old one or the new one, never a half; the old one is kept."""
    path, previous = directory / STATE, directory / PREVIOUS
    if path.exists():
        temporary = _beside(previous)
        _link(path, temporary)
        temporary.replace(previous)
        temporary.unlink(missing_ok=True)  # a rename onto itself, after a start that wrote nothing, leaves both
    replace(path, text)


def _link(path: Path, other: Path) -> None:
    """A second name for the file, or a copy where the file system has no such thing."""
    try:
        os.link(path, other)
    except OSError:
        shutil.copyfile(path, other)


def replace(path: Path, text: str) -> None:
    """Atomic write: temporary file of our own, fsync, rename; readable by the owner only."""
    temporary = _beside(path)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def sweep(directory: Path) -> None:
    """Remove what a killed server left half-written; only for who holds the directory."""
    for name in (STATE, PREVIOUS, "sandbox.json"):
        for path in directory.glob(f".{name}.*"):
            with contextlib.suppress(OSError):
                path.unlink()


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid.uuid4().hex}")
