"""From the command that the launcher names to the work that is done."""

import re
from collections.abc import Mapping
from functools import partial

from ecluse.agent.request import Request
from ecluse.commands import work
from ecluse.commands.session import Work
from ecluse.errors import Code, Problem, Refused
from ecluse.options.rows import DEPLOY, LIST, PLAN, RECOVER, START, STOP

_NAMES, _ALL = "triggers", "alltriggers"
WORDS = frozenset({_NAMES, _ALL})
"""The inputs, in lower case, that say which triggers are meant: words of a command, no options."""

_PLAIN: Mapping[str, Work] = {PLAN: work.plan, DEPLOY: work.deploy, RECOVER: work.recover}


def work_of(command: str, request: Request) -> Work:
    """The work of a command. Raises `Refused` when it is not clear which triggers are meant."""
    if command in _PLAIN:
        return _PLAIN[command]
    words = {name.casefold(): value for name, value in request.inputs.items()}
    names = tuple(name for part in re.split(r"[,\n]", words.get(_NAMES, "")) if (name := part.strip()))
    if command == LIST:
        return partial(work.list_triggers, patterns=names)
    every = words.get(_ALL, "").strip().casefold() == "true"
    if bool(names) == every:
        remedy = "Name triggers or patterns in `triggers`, or set `allTriggers`; not both."
        raise Refused(Problem(Code.USAGE, "it is not clear which triggers are meant", remedy, subject=_NAMES))
    return partial(work.switch_triggers, verb=_verb(command), patterns=names, every=every)


def _verb(command: str) -> str:
    return {STOP: "stop", START: "start"}[command]
