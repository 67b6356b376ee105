"""The commands: their words, their help, and what each calls. Options come from the table, never from here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

import click

from ecluse import __version__
from ecluse.cli.parser import RowCommand, row_options, usage_problem
from ecluse.cli.world import World
from ecluse.errors import Problem
from ecluse.options.rows import (
    CONFIG_CHECK,
    CONFIG_MATRIX,
    CONFIG_SHOW,
    DEPLOY,
    FORGET,
    LIST,
    PLAN,
    RECOVER,
    RESET,
    SEED,
    SELECT,
    SERVE,
    SHOW,
    START,
    STOP,
)

if TYPE_CHECKING:
    from ecluse.commands.engine import Engine
    from ecluse.commands.session import Session, Work

FAILED, USAGE = 1, 3
_TARGET = "--factory adf-uat --resource-group rg-uat --subscription ID"
_TRY = "--source samples/contoso-sales --factory adf-uat --resource-group rg-uat --sandbox .rehearsal"


def real_engine() -> "Engine":
    """`ecluse.app`, loaded when a command needs it."""
    from ecluse import app  # noqa: PLC0415  # loads the whole engine, which `--help` must not

    return app


@dataclass(frozen=True, slots=True)
class Call:
    """What a command is called with besides its words."""

    world: World
    load: Callable[[], "Engine"]


def main(words: Sequence[str], world: World, load: Callable[[], "Engine"] = real_engine) -> int:
    """Do what the words say and give the exit code. A wrong word is 3, in the form of every other problem."""
    try:
        code = program().main(
            list(words), "ecluse", standalone_mode=False, windows_expand_args=False, obj=Call(world, load)
        )
    except click.exceptions.NoArgsIsHelpError as error:
        world.stderr.write(f"{error.ctx.get_help() if error.ctx else ''}\n")
        return USAGE
    except click.UsageError as error:
        return _refuse(world, words, usage_problem(error))
    except click.Abort:  # Ctrl+C before the command began
        return FAILED
    return int(code or 0)


def _refuse(world: World, words: Sequence[str], problem: Problem) -> int:
    from ecluse.reports.faces import open_face  # noqa: PLC0415  # `--help` needs none of it
    from ecluse.reports.lines import Line  # noqa: PLC0415  # same
    from ecluse.reports.problems import refusal_lines  # noqa: PLC0415  # same

    face = open_face(world.stderr, world.environ, no_color="--no-color" in words)
    sandbox = any(word == "--sandbox" or word.startswith("--sandbox=") for word in words)
    banner = [Line("SANDBOX: nothing was begun")] if sandbox else []
    face.show([*banner, *refusal_lines([problem], "Refused, nothing was written"), *banner])
    return USAGE


def _run(context: click.Context, command: str, typed: dict[str, Any], work: "Work") -> int:
    from ecluse.cli.session import run_command  # noqa: PLC0415  # `--help` needs none of it

    call: Call = context.obj
    return run_command(call.world, call.load, command, typed, work)


def _run_table(
    context: click.Context, command: str, typed: dict[str, Any], work: "Callable[[Session, TextIO], int]"
) -> int:
    from ecluse.cli.session import run_table  # noqa: PLC0415  # `--help` needs none of it

    call: Call = context.obj
    return run_table(call.world, call.load, command, typed, work)


def program() -> click.Group:
    """The `ecluse` command with all its subcommands."""
    group = click.Group(
        "ecluse",
        help="Promote an Azure Data Factory from one environment to the next: plan, stop the active triggers, "
        "deploy what changed, start exactly those triggers again.",
        epilog="Exit codes: 0 done, 1 failed or cancelled, 2 changes (plan --detailed-exitcode), 3 refused before "
        "the first write, 4 a trigger is not as it should be.",
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},  # every command below takes it over
    )
    click.version_option(__version__, prog_name="ecluse", message="%(prog)s %(version)s")(group)
    for command in (_plan(), _deploy(), _select(), _config(), _triggers(), _sandbox()):
        group.add_command(command)
    return group


def _plan() -> click.Command:
    @click.pass_context
    def callback(context: click.Context, /, **typed: Any) -> int:
        from ecluse.commands.work import plan  # noqa: PLC0415  # `--help` needs none of it

        return _run(context, PLAN, typed, plan)

    return RowCommand(
        PLAN,
        help="Show what a deployment would do, and why. Writes nothing.",
        callback=callback,
        params=row_options(PLAN),
        examples=(
            f"ecluse plan {_TRY} --create --fill-missing-secrets",
            f"ecluse plan --source adf_publish --stage uat {_TARGET}",
            "ecluse plan … --filter '+pipeline.PL_Sales*' --detailed-exitcode",
        ),
    )


def _deploy() -> click.Command:
    @click.pass_context
    def callback(context: click.Context, /, **typed: Any) -> int:
        from ecluse.commands.work import deploy  # noqa: PLC0415  # `--help` needs none of it

        return _run(context, DEPLOY, typed, deploy)

    return RowCommand(
        DEPLOY,
        help="Make a plan, show it, and carry it out. Asks on a terminal before the first write.",
        callback=callback,
        params=row_options(DEPLOY),
        examples=(
            f"ecluse deploy {_TRY} --create --fill-missing-secrets",
            f"ecluse deploy --source adf_publish --stage uat {_TARGET}",
            "ecluse deploy … --set 'LS_Sql_password=@env:SQL_PASSWORD' --trigger-stop changed",
        ),
    )


def _select() -> click.Command:
    @click.pass_context
    def callback(context: click.Context, /, **typed: Any) -> int:
        from ecluse.commands.work import select  # noqa: PLC0415  # `--help` needs none of it

        return _run_table(context, SELECT, typed, select)

    return RowCommand(
        SELECT,
        help="Show which objects of the source the filter lets in, and by which rule. Asks nothing of Azure.",
        callback=callback,
        params=row_options(SELECT),
        examples=(
            "ecluse select --source samples/contoso-sales --filter '+pipeline.PL_*++' --filter '-*.*@Sandbox*'",
            "ecluse select --source adf_publish --stage uat --filter-file rules.txt",
            "ecluse select --source adf --changed-since origin/main --format json",
        ),
    )


def _config() -> click.Group:
    group = click.Group("config", help="Check and compare the configurations of stages, offline.", no_args_is_help=True)
    for command in (_check(), _show(), _matrix()):
        group.add_command(command)
    return group


def _check() -> click.Command:
    @click.pass_context
    def callback(context: click.Context, /, **typed: Any) -> int:
        from ecluse.commands.config import check  # noqa: PLC0415  # `--help` needs none of it

        return _run(context, CONFIG_CHECK, typed, check)

    return RowCommand(
        CONFIG_CHECK,
        help="Apply every config-STAGE.csv and .json to the source, as a plan would, and tell all that is wrong.",
        callback=callback,
        params=row_options(CONFIG_CHECK),
        examples=(
            "ecluse config check --source samples/contoso-sales",
            "ecluse config check --source adf_publish --stage uat --missing-variable fail",
        ),
    )


def _show() -> click.Command:
    @click.pass_context
    def callback(context: click.Context, /, **typed: Any) -> int:
        from ecluse.commands.config import show  # noqa: PLC0415  # `--help` needs none of it

        return _run(context, CONFIG_SHOW, typed, show)

    return RowCommand(
        CONFIG_SHOW,
        help="Show the overrides that count for a stage, each with the row that it comes from.",
        callback=callback,
        params=row_options(CONFIG_SHOW),
        examples=("ecluse config show --source samples/contoso-sales --stage uat",),
    )


def _matrix() -> click.Command:
    @click.pass_context
    def callback(context: click.Context, /, **typed: Any) -> int:
        from ecluse.commands.config import show_matrix  # noqa: PLC0415  # `--help` needs none of it

        return _run_table(context, CONFIG_MATRIX, typed, show_matrix)

    return RowCommand(
        CONFIG_MATRIX,
        help="Show what each stage sets where, and what one sets and another leaves out.",
        callback=callback,
        params=row_options(CONFIG_MATRIX),
        examples=(
            "ecluse config matrix --source samples/contoso-sales",
            "ecluse config matrix --source samples/contoso-sales --format excel --output matrix.xlsx",
        ),
    )


def _triggers() -> click.Group:
    group = click.Group("triggers", help="List, start, stop or recover triggers.", no_args_is_help=True)
    for command in (_list(), _switch(STOP), _switch(START), _recover(), _forget()):
        group.add_command(command)
    return group


def _names() -> click.Argument:
    return click.Argument(["names"], nargs=-1, metavar="[NAMES]...")


def _list() -> click.Command:
    @click.pass_context
    def callback(context: click.Context, /, names: tuple[str, ...], **typed: Any) -> int:
        from ecluse.commands.work import list_triggers  # noqa: PLC0415  # `--help` needs none of it

        return _run(context, LIST, typed, lambda session: list_triggers(session, names))

    return RowCommand(
        LIST,
        help="Show the triggers (all, or those with these NAMES or patterns) and whether they run.",
        callback=callback,
        params=[_names(), *row_options(LIST)],
        examples=(f"ecluse triggers list {_TARGET}", f"ecluse triggers list 'TR_Sales*' {_TARGET}"),
    )


def _switch(command: str) -> click.Command:
    verb = command.rpartition(" ")[2]

    @click.pass_context
    def callback(context: click.Context, /, names: tuple[str, ...], every: bool, **typed: Any) -> int:
        from ecluse.commands.work import switch_triggers  # noqa: PLC0415  # `--help` needs none of it

        if bool(names) == every:
            raise click.UsageError("Give names or patterns of triggers, or --all; not both.", context)
        return _run(context, command, typed, lambda session: switch_triggers(session, verb, names, every=every))

    every = click.Option(["--all", "every"], is_flag=True, help=f"{verb.capitalize()} every trigger of the factory.")
    return RowCommand(
        command,
        help=f"{verb.capitalize()} triggers by NAMES or patterns (* ? [abc]), or --all, and read each one back.",
        callback=callback,
        params=[_names(), every, *row_options(command)],
        examples=(
            f"ecluse {command} TR_Daily TR_Hourly {_TARGET}",
            f"ecluse {command} 'TR_Sales*' {_TARGET}",
            f"ecluse {command} --all {_TARGET}",
        ),
    )


def _recover() -> click.Command:
    @click.pass_context
    def callback(context: click.Context, /, **typed: Any) -> int:
        from ecluse.commands.work import recover  # noqa: PLC0415  # `--help` needs none of it

        return _run(context, RECOVER, typed, recover)

    return RowCommand(
        RECOVER,
        help="Start the triggers that a run which did not finish has left stopped. May be repeated.",
        callback=callback,
        params=row_options(RECOVER),
        examples=(f"ecluse triggers recover {_TARGET}",),
    )


def _forget() -> click.Command:
    @click.pass_context
    def callback(context: click.Context, /, runs: tuple[str, ...], **typed: Any) -> int:
        from ecluse.commands.work import forget  # noqa: PLC0415  # `--help` needs none of it

        return _run(context, FORGET, typed, lambda session: forget(session, runs))

    return RowCommand(
        FORGET,
        help="Leave the triggers as they are, and no longer remember what these RUNS (all without names) stopped.",
        callback=callback,
        params=[click.Argument(["runs"], nargs=-1, metavar="[RUNS]..."), *row_options(FORGET)],
        examples=(f"ecluse triggers forget 20261123-161205-9f3a {_TARGET}",),
    )


def _sandbox() -> click.Group:
    group = click.Group("sandbox", help="A local Azure for trying out and rehearsing.", no_args_is_help=True)
    for command, told, example in _SANDBOX:
        group.add_command(_on_directory(command, told, f"ecluse {command} .sandbox{example}"))
    return group


_SANDBOX = (
    (
        SERVE,
        "Serve a local Azure whose state lasts in DIR, until Ctrl+C. Commands with --sandbox DIR use it.",
        " --resource-group rg-uat",
    ),
    (SHOW, "Tell what stands in DIR: factories, objects, triggers and their state, deployments.", ""),
    (RESET, "Empty DIR. No server may run on it.", ""),
    (
        SEED,
        "Fill a factory in DIR from a template, or from what `plan --record` has read. No server may run on it.",
        " --source samples/contoso-sales --factory adf-uat --resource-group rg-uat",
    ),
)


def _on_directory(command: str, told: str, example: str) -> click.Command:
    @click.pass_context
    def callback(context: click.Context, /, directory: str, **typed: Any) -> int:
        from ecluse.cli.serve import on_directory, serve  # noqa: PLC0415  # `--help` needs none of it

        # The folder is this command's argument; its settings call it the sandbox, as everywhere.
        return _run(context, command, {**typed, "sandbox": directory}, serve if command == SERVE else on_directory)

    directory = click.Argument(["directory"], metavar="DIR")
    return RowCommand(
        command, help=told, callback=callback, params=[directory, *row_options(command)], examples=(example,)
    )
