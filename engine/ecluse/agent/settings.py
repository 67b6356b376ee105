"""The settings of a run for the launcher: inputs and options only, for nothing else may send a deployment anywhere."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ecluse.agent.request import Request
from ecluse.commands.session import unknown_kinds
from ecluse.errors import Code, Notice, Problem, refuse_any
from ecluse.journal import default_folder
from ecluse.options import OPTIONS, Resolved, resolve
from ecluse.options.resolve import TOML
from ecluse.reports import report_problems


def resolved(command: str, request: Request, environ: Mapping[str, str]) -> Resolved:
    """The settings of a command. Raises `Refused` with all that is wrong with them.

    The environment and `ecluse.toml` give nothing here: the inputs say all, and the service connection the rest.
    """
    refuse_any(_no_inputs(request))
    given: dict[str, object] = {name.replace("-", "_"): value for name, value in request.options.items()}
    given |= {"subscription": request.connection.get("subscription"), "journal_folder": str(_journal(request, environ))}
    made = resolve(command, given, {}, {})
    refuse_any((*unknown_kinds(made.settings), *report_problems(made.settings.report)))
    return made


def unread(request: Request) -> Iterator[Notice]:
    """What lies there and is not read."""
    if (request.directory / TOML).is_file():
        yield Notice(Code.NOTE, f"{TOML} is for the command line; the task reads its inputs only", warning=False)


def _no_inputs(request: Request) -> Iterator[Problem]:
    for name in request.options:
        row = OPTIONS.get(name.replace("-", "_"))
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
