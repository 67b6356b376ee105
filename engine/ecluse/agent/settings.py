"""The settings of a run for the launcher: inputs and options only, for nothing else may send a deployment anywhere."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ecluse.agent.request import Request
from ecluse.commands.session import unknown_kinds
from ecluse.errors import Code, Notice, Problem, refuse_any
from ecluse.journal import default_folder
from ecluse.options import OPTIONS, Resolved, resolve
from ecluse.options.inputs import from_inputs
from ecluse.options.resolve import TOML
from ecluse.options.rows import DEPLOY
from ecluse.reports import report_problems


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be done, with which settings, and what is worth saying about them."""

    command: str
    known: Resolved
    notices: tuple[Notice, ...]


def chosen(request: Request, environ: Mapping[str, str]) -> Chosen:
    """The command and its settings. Raises `Refused` with all that is wrong with them.

    The environment and `ecluse.toml` give nothing here: the inputs say all, and the service connection the rest.
    """
    refuse_any(_no_inputs(request))
    inputs = from_inputs(request.inputs)
    command = (inputs.command or request.command) if request.command == DEPLOY else request.command
    given: dict[str, object] = {**inputs.options, **{_name(word): value for word, value in request.options.items()}}
    given |= {"subscription": request.connection.get("subscription"), "journal_folder": str(_journal(request, environ))}
    known = resolve(command, given, {}, {})
    refuse_any((*unknown_kinds(known.settings), *report_problems(known.settings.report)))
    return Chosen(command, known, (*inputs.notes, *known.notices, *_unread(request)))


def _name(word: str) -> str:
    return word.replace("-", "_")


def _unread(request: Request) -> Iterator[Notice]:
    if (request.directory / TOML).is_file():
        yield Notice(Code.NOTE, f"{TOML} is for the command line; the task reads its inputs only", warning=False)


def _no_inputs(request: Request) -> Iterator[Problem]:
    for name in request.options:
        row = OPTIONS.get(_name(name))
        if row is None or not row.task:
            yield Problem(Code.USAGE, "is no input of the task", "Leave it out.", subject=name)


def _journal(request: Request, environ: Mapping[str, str]) -> Path:
    """A folder that outlives the job where this account has one, so that the next run on this machine finds it."""
    home = Path(environ["HOME"]) if environ.get("HOME") else None
    lasting = default_folder(environ, home)
    return lasting if lasting and _writable(lasting) else request.folder / "journal"


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
