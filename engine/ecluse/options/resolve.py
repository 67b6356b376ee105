"""From everything that was given to `Settings`, with the origin of each value; all that is wrong is said at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ecluse.errors import Code, Notice, Problem, Where, refuse_any
from ecluse.options.rows import Option, Origin, Value
from ecluse.options.settings import SANDBOX_LOCATION, SANDBOX_SUBSCRIPTION, Settings
from ecluse.options.table import OPTIONS, words
from ecluse.options.values import BadValue, read

TOML = "ecluse.toml"
_PREFIX = "ECLUSE_"


@dataclass(frozen=True, slots=True)
class Given:
    """A value for an option as somebody gave it, and where."""

    row: Option
    origin: Origin
    raw: object

    @property
    def place(self) -> str:
        """How people find it: the option, the variable or the key."""
        match self.origin:
            case Origin.ENVIRONMENT:
                return self.row.variable
            case Origin.FILE:
                return f"{TOML}: {self.row.key}"
            case Origin.COMMAND_LINE | Origin.DEFAULT:
                return self.row.flag


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings, and where each came from."""

    settings: Settings
    origins: Mapping[str, Origin]
    notices: tuple[Notice, ...] = ()


def resolve(
    command: str, cli: Mapping[str, object], environ: Mapping[str, str], toml: Mapping[str, Any] | None = None
) -> Resolved:
    """The settings of one run of `command`. Raises `Refused` with every problem at once.

    `cli` holds what was typed, by the options' names (None: not typed); `environ` is the whole environment;
    `toml` is the content of ecluse.toml. Precedence: command line, environment, file, default.
    """
    problems: list[Problem] = list(_unknown(toml or {}))
    best: dict[str, tuple[Value, Origin]] = {}
    for given in _givens(cli, environ, toml or {}):
        try:
            _refuse_origin(given)
            value = read(given.row, given.raw)
        except BadValue as bad:
            problems.append(_bad(given, bad))
        else:
            best.setdefault(given.row.name, (value, given.origin))
    values, origins = _with_defaults(best)
    problems += [*_missing(command, values, origins, problems), *_together(command, values)]
    refuse_any(problems)
    settled = Settings(**_stage_file(values, origins))
    return Resolved(settled, origins, tuple(_strangers(environ)))


def _givens(cli: Mapping[str, object], environ: Mapping[str, str], toml: Mapping[str, Any]) -> Iterator[Given]:
    """What was given, per option in the order of precedence. An empty variable is none: pipelines make such."""
    for row in OPTIONS.values():
        typed = cli.get(row.name)
        if typed is not None and typed != ():
            yield Given(row, Origin.COMMAND_LINE, typed)
        if environ.get(row.variable, "").strip():
            yield Given(row, Origin.ENVIRONMENT, environ[row.variable])
        for key in dict.fromkeys((row.key, row.name)):
            if key in toml:
                yield Given(row, Origin.FILE, toml[key])


def _refuse_origin(given: Given) -> None:
    if given.origin not in given.row.origins:
        allowed = ", ".join(origin for origin in Origin if origin in given.row.origins)
        raise BadValue(f"can't come from here, only from: {allowed}")


def _bad(given: Given, bad: BadValue) -> Problem:
    where = Where(TOML) if given.origin is Origin.FILE else None
    subject = given.row.key if where else given.place
    code = Code.OPTION_VALUE if given.origin in given.row.origins else Code.USAGE
    return Problem(code, str(bad), f"{given.row.flag}: {given.row.help}", where, subject)


def _unknown(toml: Mapping[str, Any]) -> Iterator[Problem]:
    known = {name for row in OPTIONS.values() for name in (row.key, row.name)}
    for key in toml:
        if key not in known:
            remedy = _did_you_mean(key) or "Remove it; docs/options.md lists the keys."
            yield Problem(Code.USAGE, "is no option", remedy, Where(TOML), key)


def _did_you_mean(word: str) -> str:
    row = nearest(word)
    return f"Did you mean {row.key}?" if row else ""


def nearest(word: str) -> Option | None:
    """The option whose name, task input or alias is closest to a word, if any is close."""
    named = words()
    bare = word.lstrip("-").casefold().replace("_", "-")
    close = get_close_matches(bare, named, n=1)
    return named[close[0]] if close else None


def _strangers(environ: Mapping[str, str]) -> Iterator[Notice]:
    """Variables that look like ours and are not: a misspelt one must not pass in silence."""
    known = {row.variable for row in OPTIONS.values()}
    for variable in sorted(environ):
        near = get_close_matches(variable, known, n=1, cutoff=0.8) if variable.startswith(_PREFIX) else []
        if near and variable not in known:
            yield Notice(Code.USAGE, f"the variable {variable} is no option and is not read; did you mean {near[0]}?")


def _with_defaults(best: Mapping[str, tuple[Value, Origin]]) -> tuple[dict[str, Value], dict[str, Origin]]:
    values = {name: best[name][0] if name in best else row.default for name, row in OPTIONS.items()}
    origins = {name: best[name][1] if name in best else Origin.DEFAULT for name in OPTIONS}
    if values["sandbox"]:
        values["subscription"] = values["subscription"] or SANDBOX_SUBSCRIPTION
        if values["create"]:
            values["location"] = values["location"] or SANDBOX_LOCATION
    return values, origins


def _missing(
    command: str, values: Mapping[str, Value], origins: Mapping[str, Origin], problems: list[Problem]
) -> Iterator[Problem]:
    """What the command can't do without; a value that was given badly is told already."""
    told = {problem.subject for problem in problems}
    for row in OPTIONS.values():
        given_badly = {row.flag, row.variable, row.key} & told
        absent = origins[row.name] is Origin.DEFAULT and values[row.name] == row.default
        if command in row.required and absent and not given_badly:
            remedy = f"Give {row.flag} {row.metavar or 'PATH'}, or {row.variable}, or {row.key} in {TOML}."
            yield Problem(Code.USAGE, f"is required by {command}", remedy, subject=row.flag)


def _together(command: str, values: Mapping[str, Value]) -> Iterator[Problem]:
    """What can't stand together, or needs something else."""
    if values["fill_missing_secrets"] and not values["sandbox"]:
        message = "puts placeholders instead of secrets, which only the sandbox may see"
        yield Problem(Code.USAGE, message, "Add --sandbox DIR, or give the secrets.", subject="--fill-missing-secrets")
    if values["create"] and not values["location"] and command in OPTIONS["create"].commands:
        remedy = "Add --location REGION, such as westeurope."
        yield Problem(Code.USAGE, "needs to know where the factory shall be", remedy, subject="--create")


def _stage_file(values: dict[str, Value], origins: dict[str, Origin]) -> dict[str, Any]:
    """A stage that names a file is the first configuration file, and as little a default as the stage was."""
    stage, configs = values["stage"], values["config"]
    if isinstance(stage, str) and isinstance(configs, tuple) and re.search(r"\.(csv|json)$", stage, re.IGNORECASE):
        if origins["config"] is Origin.DEFAULT:
            origins["config"] = origins["stage"]
        return {**values, "stage": "", "config": (Path(stage), *configs)}
    return dict(values)
