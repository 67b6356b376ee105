"""Commands and their options for click, built from the rows of the table; help in groups, errors as Problems."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click

from ecluse.errors import Code, Problem
from ecluse.options import COMMANDS, Group, Option, Origin, Type, options_of
from ecluse.options.resolve import nearest

_WIDEST = 40  # characters of choices that are spelled out beside the option
_COLUMN = 26  # where the explanations begin, the same in all sections
_PAGE = 110


class RowOption(click.Option):
    """A row of the table as an option of click. Its value stays a text: `resolve` reads texts of every origin."""

    def __init__(self, row: Option) -> None:
        self.row = row
        flag = row.type is Type.FLAG
        declared = f"{row.flag}/{_opposite(row)}" if flag and row.origins != {Origin.COMMAND_LINE} else row.flag
        super().__init__(
            [declared, row.name],
            is_flag=flag,
            multiple=row.type.repeatable,
            default=None,
            type=None if flag else str,
            help=row.help,
            metavar=None if flag else _metavar(row),
        )

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """One line of help; the opposite of a flag goes without saying."""
        words = self.row.flag if self.is_flag else f"{self.row.flag} {self.metavar}"
        return words, self.row.help + _hints(self.row, ctx.command.name or "")


def _opposite(row: Option) -> str:
    """What switches a flag off that the environment or ecluse.toml switches on."""
    return "--" + row.key.removeprefix("no-") if row.key.startswith("no-") else f"--no-{row.key}"


def _metavar(row: Option) -> str:
    if row.metavar:
        return row.metavar
    if row.type is Type.CHOICE:
        spelled = "|".join(row.choices)
        return spelled if len(spelled) <= _WIDEST else "WORD"
    return {Type.INT: "NUMBER", Type.PATH: "PATH", Type.PATHS: "PATH"}.get(row.type, "TEXT")


def _hints(row: Option, command: str) -> str:
    default = row.default if isinstance(row.default, (str, int)) and not isinstance(row.default, bool) else ""
    hints = (
        f"one of: {', '.join(row.choices)}" if _metavar(row) == "WORD" else "",
        "required" if any(each.split()[-1] == command for each in row.required) else "",
        "repeatable" if row.type.repeatable else "",
        f"default: {default}" if default != "" else "",
    )
    told = "; ".join(hint for hint in hints if hint)
    return f"  [{told}]" if told else ""


class RowCommand(click.Command):
    """A command whose help shows its options in the table's groups."""

    def __init__(self, name: str, *, examples: Sequence[str], **rest: Any) -> None:
        super().__init__(name.rpartition(" ")[2], context_settings={"max_content_width": _PAGE}, **rest)
        self.examples = examples

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The sections, in the table's order; what is no row (`--all`, `--help`) comes last."""
        params = self.get_params(ctx)
        for group in Group:
            rows = [each for each in params if isinstance(each, RowOption) and each.row.group is group]
            self._section(ctx, formatter, group, rows)
        self._section(ctx, formatter, "Other", [each for each in params if not isinstance(each, RowOption)])

    def _section(self, ctx: click.Context, formatter: click.HelpFormatter, name: str, params: Sequence[Any]) -> None:
        records = [record for each in params if (record := each.get_help_record(ctx)) is not None]
        if records:
            with formatter.section(name):
                formatter.write_dl([(f"{words:<{_COLUMN}}", told) for words, told in records], col_max=_COLUMN + 4)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, and where else a value may come from."""
        del ctx
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"  {example}\n")
        formatter.write_paragraph()
        formatter.write_text(
            "Most options may also come from a variable ECLUSE_NAME or from ecluse.toml in the working directory; "
            "the command line wins, then the variable, then the file."
        )


def row_options(command: str) -> list[click.Parameter]:
    """The options of click for a command, from the rows."""
    return [RowOption(row) for row in options_of(command)]


def usage_problem(error: click.UsageError) -> Problem:
    """A complaint of click as a Problem, with the name that was probably meant. Shows no value: it may be a secret."""
    command = error.ctx.command_path if error.ctx else "ecluse"
    remedy = f"See `{command} --help`."
    match error:
        case click.NoSuchOption():
            known = [name for each in error.ctx.command.params for name in each.opts] if error.ctx else []
            hint = _meant(error.option_name, command, known)
            return Problem(Code.USAGE, f"is no option of `{command}`", hint or remedy, subject=error.option_name)
        case click.BadOptionUsage():
            return Problem(
                Code.USAGE, "needs a value, or was given one that it does not take", remedy, subject=error.option_name
            )
        case click.exceptions.NoSuchCommand():
            return _no_command(error, command)
        case click.MissingParameter() if error.param is not None:
            return Problem(Code.USAGE, "is missing", remedy, subject=error.param.human_readable_name)
        case _:
            # What stands after an equals sign may be a secret that lost its option.
            return Problem(Code.USAGE, re.sub(r"=.*", "=…", error.message, flags=re.DOTALL), remedy)


def _meant(typed: str, command: str, known: Sequence[str]) -> str:
    elsewhere = [each for each in COMMANDS if any(row.flag == typed for row in options_of(each))]
    if elsewhere:
        return f"It belongs to: {', '.join(f'ecluse {each}' for each in elsewhere)}."
    close = get_close_matches(typed, known, n=1)
    row = nearest(typed)
    meant = close[0] if close else row.flag if row else ""
    return f"Did you mean {meant}? See `{command} --help`." if meant else ""


def _no_command(error: click.UsageError, command: str) -> Problem:
    typed = str(getattr(error, "command_name", ""))
    group = error.ctx.command if error.ctx else None
    known = list(group.commands) if isinstance(group, click.Group) else []
    close = get_close_matches(typed, known, n=1)
    hint = f"Did you mean `{command} {close[0]}`?" if close else f"Commands are: {', '.join(known)}."
    return Problem(Code.USAGE, f"is no command of `{command}`", hint, subject=typed)
