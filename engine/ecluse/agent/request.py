"""What the launcher asks for: the one line with everything in it, secrets too, checked and made into a value."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ecluse.errors import Code, Problem, Refused
from ecluse.jsontree import Json
from ecluse.options.rows import DEPLOY, LIST, PLAN, RECOVER, START, STOP

PROTOCOL = 1
POST_JOB = "post-job"
COMMANDS = frozenset({PLAN, DEPLOY, LIST, STOP, START, RECOVER, POST_JOB})


class NoRequestError(ValueError):
    """There is no request in what came in; the message says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """One run as the launcher wants it. `inputs` are those of the task, by the names that the user wrote."""

    command: str
    inputs: Mapping[str, str]
    options: Mapping[str, Json]
    directory: Path
    folder: Path
    connection: Mapping[str, Json] = field(repr=False)
    proxy: Mapping[str, Json] | None = field(repr=False)
    ca_file: str
    variables: Mapping[str, str] = field(repr=False)
    secret: frozenset[str]
    run: str
    state: Mapping[str, Json] | None


def read_line(line: str) -> tuple[str, Mapping[str, Json]]:
    """The nonce and the whole object of the first line. Raises `NoRequestError`; its text shows nothing of the line."""
    try:
        tree = json.loads(line)
    except ValueError:
        raise NoRequestError("the first line of the standard input is no JSON") from None
    nonce = tree.get("nonce") if isinstance(tree, dict) else None
    if not isinstance(nonce, str) or not nonce.isalnum():
        raise NoRequestError("the first line of the standard input has no nonce")
    return nonce, tree


def read_request(tree: Mapping[str, Json]) -> Request:
    """The request. Raises `Refused` when it is none that this version understands."""
    if tree.get("protocol") != PROTOCOL:
        told = f"it speaks version {tree.get('protocol')!r} of the protocol, this engine speaks {PROTOCOL}"
        raise Refused(Problem(Code.USAGE, told, "Install the extension anew.", subject="launcher"))
    command = _text(tree, "command")
    if command not in COMMANDS:
        known = ", ".join(sorted(COMMANDS - {POST_JOB}))
        raise Refused(Problem(Code.USAGE, f"{command!r} is no command", f"Commands are: {known}.", subject="command"))
    return Request(
        command=command,
        inputs=_texts(_object(tree, "inputs")),
        options=_object(tree, "options"),
        directory=Path(_text(tree, "workingFolder")),
        folder=Path(_text(tree, "folder")),
        connection=_object(tree, "connection"),
        proxy=_object(tree, "proxy") or None,
        ca_file=_text(tree, "caFile"),
        variables=_texts(_object(tree, "variables")),
        secret=frozenset(map(str, tree.get("secretVariables") or ())),
        run=_text(_object(tree, "run"), "url"),
        state=_object(tree, "state") or None,
    )


def _object(tree: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    value = tree.get(name)
    return value if isinstance(value, dict) else {}


def _text(tree: Mapping[str, Json], name: str) -> str:
    value = tree.get(name)
    return value if isinstance(value, str) else ""


def _texts(tree: Mapping[str, Json]) -> Mapping[str, str]:
    return {name: value for name, value in tree.items() if isinstance(value, str)}
