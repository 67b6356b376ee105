"""What the user gives for a template's parameters: `--parameters` files and `--set`, read but not yet resolved."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ecluse.errors import Code, Problem, Refused, Where
from ecluse.jsontree import ABSENT, Json
from ecluse.sources.files import Document, read_json, read_text

_FILE_SHAPE = 'a parameter file is {"parameters": {"NAME": {"value": …}}}'


class From(StrEnum):
    """Where the text of a `--set` came from."""

    LITERAL = "the command line"
    INPUT = "an input"
    ENVIRONMENT = "an environment variable"
    FILE = "a file"


@dataclass(frozen=True, slots=True)
class FileValue:
    """One parameter of a parameter file: a value, or a Key Vault reference."""

    name: str
    where: Where
    value: Json = field(default=ABSENT, repr=False)
    reference: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class SetValue:
    """One `--set`: the text, and where it came from. `source` is the variable's name or the file's path."""

    name: str
    text: str
    origin: From = From.LITERAL
    source: str = ""

    def __repr__(self) -> str:
        return f"SetValue({self.name!r}, from {self})"

    def __str__(self) -> str:
        return f"--set {self.name}" + (f" ({self.origin} {self.source})" if self.source else "")


@dataclass(frozen=True, slots=True)
class ParameterInputs:
    """All that was given, later ones first in rank: `sets` over `files`, in each the last one of a name.

    `fill_missing_secrets` puts a placeholder where a secure parameter has no value (rehearsals on the sandbox).
    """

    files: tuple[FileValue, ...] = ()
    sets: tuple[SetValue, ...] = ()
    fill_missing_secrets: bool = False
    paths: tuple[Path, ...] = ()  # the files that were named


def read_inputs(
    files: Iterable[Path] = (),
    sets: Iterable[tuple[str, str]] = (),
    environ: Mapping[str, str] | None = None,
    *,
    folder: Path = Path(),
    fill_missing_secrets: bool = False,
    private: bool = False,
) -> ParameterInputs:
    """Reads parameter files and resolves `@env:VARIABLE` and `@file:PATH` of `--set` (name, text) pairs.

    `private`: the texts are inputs, which no process list shows. A `@file:` is relative to `folder`; one line break at
    its end is not part of the value. Raises `Refused` with all problems.
    """
    paths = tuple(files)
    problems: list[Problem] = []
    values: list[FileValue] = []
    given: list[SetValue] = []
    for path in paths:
        try:
            values += _file_values(read_json(path))
        except Refused as error:
            problems += error.problems
    for name, text in sets:
        try:
            given.append(_set_value(name, text, environ or {}, folder, From.INPUT if private else From.LITERAL))
        except Refused as error:
            problems += error.problems
    if problems:
        raise Refused(problems)
    return ParameterInputs(tuple(values), tuple(given), fill_missing_secrets, paths)


def _file_values(document: Document) -> list[FileValue]:
    section = document.value.get("parameters") if isinstance(document.value, dict) else None
    if not isinstance(section, dict):
        what = "this is no parameter file: it has no object `parameters`"
        raise Refused(Problem(Code.SOURCE_NOT_A_FACTORY, what, _FILE_SHAPE, Where(document.path)))
    if isinstance(document.value.get("resources"), (list, dict)):
        what = "this is a template, not a parameter file"
        raise Refused(Problem(Code.SOURCE_NOT_A_FACTORY, what, "give it as --source", Where(document.path)))
    found: list[FileValue] = []
    problems: list[Problem] = []
    for name, body in section.items():
        where = document.where("parameters", name)
        made = _file_value(name, body, where)
        if made is None:
            what = f"the parameter {name!r} has neither a `value` nor a Key Vault `reference`"
            problems.append(Problem(Code.PARAMETER_TYPE, what, _FILE_SHAPE, where))
        else:
            found.append(made)
    if problems:
        raise Refused(problems)
    return found


def _file_value(name: str, body: Json, where: Where) -> FileValue | None:
    if not isinstance(body, dict):
        return None
    if "value" in body:
        return FileValue(name, where, value=body["value"])
    reference = body.get("reference")
    is_vault = isinstance(reference, dict) and "keyVault" in reference and "secretName" in reference
    return FileValue(name, where, reference=reference) if is_vault else None


def _set_value(name: str, text: str, environ: Mapping[str, str], folder: Path, plain: From) -> SetValue:
    scheme = re.match(r"@(env|file):(.+)", text, re.DOTALL)
    if scheme is None:
        return SetValue(name, text, plain)
    source = scheme[2]
    if scheme[1] == "file":
        return SetValue(name, re.sub(r"\r?\n\Z", "", read_text(folder / source)), From.FILE, source)
    if source not in environ:
        what = f"--set {name}: the environment variable {source} is not set"
        remedy = f"set {source}; a pipeline's secret variable has to be mapped in the step's `env:`"
        raise Refused(Problem(Code.OPTION_VALUE, what, remedy))
    return SetValue(name, environ[source], From.ENVIRONMENT, source)
