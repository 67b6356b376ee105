"""docs/options.md as the table of options says it should be."""

from collections.abc import Iterator

from ecluse.options import OPTIONS, Group, Option, Origin, Type
from ecluse.options.foreign import FOREIGN, Foreign, Meaning

HEAD = """# Options

<!-- This page follows engine/ecluse/options/table.py; UPDATE_GOLDEN=1 with tests/unit/options writes it anew. -->

A value comes from the command line; else from the variable (`ECLUSE_…`; an empty one counts as not set); else from
`ecluse.toml` in the working directory (never from a folder above); else it is the default. At the start of a run every
value is printed with where it came from, secrets masked. An unknown key in `ecluse.toml` is an error.

- **Never from `ecluse.toml`**, which comes with the source and must not send credentials elsewhere: {not_file}.
- **Never from the environment**, where they could be forgotten: {not_environment}.
- A repeatable option takes one value per line in a variable, and a list in `ecluse.toml` (`set` also a table).
- A flag is `true` or `false` in a variable and in `ecluse.toml`; `--no-…` switches it off
  again (`--color` for `no-color`).
- Names in the last column are inputs of other tools' pipeline tasks; the task accepts each of them, with their values.
  **Bold** marks where an absent input means something else there than here.
"""
FOREIGN_HEAD = """
## Inputs of other tools without an option

A step that was written for another task may hold these, too. Names and values count in any case. Two inputs that
contradict each other, an unknown input and an unknown value are refused. `StopStartTriggers: false` silences
`TriggerStopMethod` and `TriggerStartMethod`; with `true`, the method beside it decides.

| input | value | what becomes of it |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    head = HEAD.format(not_file=_without(Origin.FILE), not_environment=_without(Origin.ENVIRONMENT))
    groups = "".join(f"\n## {group}\n\n{''.join(_table(group))}" for group in Group)
    return head + groups + FOREIGN_HEAD + "".join(line for row in FOREIGN.values() for line in _foreign(row))


def _foreign(row: Foreign) -> Iterator[str]:
    for value, meaning in row.values.items():
        yield f"| `{row.name}` | `{value}` | {_becomes(row, meaning)} |\n"
    if row.anything:
        yield f"| `{row.name}` | any | {_becomes(row, row.anything)} |\n"


def _becomes(row: Foreign, meaning: Meaning) -> str:
    if meaning.refused:
        return f"refused: {meaning.note}"
    if row.neighbours:
        read, unread = sorted(meaning.reads), sorted(row.neighbours - meaning.reads)
        parts = (f"{told} {_tasks(names)}" for told, names in (("reads", read), ("does not read", unread)) if names)
        return ", ".join(parts)
    return meaning.note or "the same here"


def _tasks(names: list[str]) -> str:
    return ", ".join(f"`{OPTIONS[name].task}`" for name in names)


def _without(origin: Origin) -> str:
    return ", ".join(f"`{row.flag}`" for row in OPTIONS.values() if origin not in row.origins)


def _table(group: Group) -> Iterator[str]:
    yield "| option | takes | default | what it does | commands | task input | also known as |\n"
    yield "|---|---|---|---|---|---|---|\n"
    for row in OPTIONS.values():
        if row.group is group:
            yield "| " + " | ".join(_cell(cell) for cell in _cells(row)) + " |\n"


def _cells(row: Option) -> tuple[str, ...]:
    required = ", ".join(sorted(row.required))
    commands = ", ".join(sorted(row.commands))
    return (
        f"`{row.flag}`",
        _takes(row),
        f"required by {required}" if row.required else _default(row),
        row.help,
        commands,
        f"`{row.task}`" if row.task else "",
        ", ".join(_aliases(row)),
    )


def _takes(row: Option) -> str:
    if row.type is Type.CHOICE:
        return ", ".join(f"`{each}`" for each in row.choices)
    return f"{row.type}: {row.rule}" if row.rule else str(row.type)


def _default(row: Option) -> str:
    if row.default in ((), "", None):
        return "none"
    if row.name == "report":
        return "`console`"
    return f"`{str(row.default).lower()}`"


def _aliases(row: Option) -> Iterator[str]:
    for alias in row.aliases:
        values = ", ".join(f"{theirs} = {ours}" for theirs, ours in alias.synonyms.items())
        yield f"`{alias.name}`" + (f" ({values})" if values else "")
    if row.peer_default:
        yield f"**absent there: {row.peer_default}**"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
