"""The effective values of a run and where each came from; secrets masked."""

from collections.abc import Iterator
from pathlib import Path

from ecluse.jsontree import MASK
from ecluse.options import Option, Origin, Resolved, Type, options_of
from ecluse.reports.harmless import harmless, short
from ecluse.reports.lines import Line, Tone, title

_LONGEST = 300
_REFERENCES = ("@env:", "@file:")
"""A `--set` that begins so names where the secret is; it holds none."""


def effective_lines(command: str, resolved: Resolved, *, as_inputs: bool = False) -> Iterator[Line]:
    """One line per option of the command that has a value; those without are named together.

    `as_inputs`: by the names of a pipeline task's inputs, and only those that it has.
    """
    yield title("Inputs" if as_inputs else "Options")
    asked = [row for row in options_of(command) if row.task or not as_inputs]
    rows = [(row, getattr(resolved.settings, row.name)) for row in asked]
    for row, value in rows:
        if value not in ((), "", None):
            origin = resolved.origins[row.name]
            name, told = (row.task, _told(row, origin, "input")) if as_inputs else (row.key, _told(row, origin))
            text = f"  {name:<22} {short(_shown(row, value), _LONGEST)}  ({told})"
            yield Line(text, Tone.DIM if origin is Origin.DEFAULT and not _differs(row) else Tone.PLAIN)
    unset = [row.task if as_inputs else row.key for row, value in rows if value in ((), "", None)]
    if unset:
        yield Line(f"  not set: {', '.join(unset)}", Tone.DIM)


def _told(row: Option, origin: Origin, typed: str = str(Origin.COMMAND_LINE)) -> str:
    if origin is Origin.COMMAND_LINE:
        return typed
    if origin is Origin.ENVIRONMENT:
        return f"{origin} {row.variable}"
    if origin is Origin.DEFAULT and _differs(row):
        return f"{origin}; unlike {row.aliases[0].name}, whose default is {row.peer_default}"
    return str(origin)


def _differs(row: Option) -> bool:
    return bool(row.peer_default)


def _shown(row: Option, value: object) -> str:
    if row.type is Type.PAIRS and isinstance(value, tuple):
        return ", ".join(_pair(row, name, each) for name, each in value)
    if isinstance(value, tuple):
        return ", ".join(harmless(str(each)) for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    return harmless(value.as_posix() if isinstance(value, Path) else str(value))


def _pair(row: Option, name: str, value: str) -> str:
    if row.secret and not value.startswith(_REFERENCES):
        value = MASK
    return harmless(f"{name}={value}" if value else name)
