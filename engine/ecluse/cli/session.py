"""One command as it was typed, from its words to its exit code: settings, first and last lines."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from ecluse.cli.world import World
from ecluse.commands.cancel import interrupting
from ecluse.commands.engine import Engine
from ecluse.commands.session import Session, Work, concluded, is_secret_name, unknown_kinds, worth_hiding, write_down
from ecluse.errors import Code, Problem, Refused, Where, refuse_any
from ecluse.options import Resolved, resolve
from ecluse.options.resolve import TOML
from ecluse.reports import report_problems
from ecluse.reports.account import Account
from ecluse.reports.effective import effective_lines
from ecluse.reports.faces import Face, open_face
from ecluse.reports.harmless import harmless
from ecluse.reports.lines import Line, Tone
from ecluse.reports.problems import notice_lines


def run_command(world: World, load: Callable[[], Engine], command: str, typed: Mapping[str, Any], work: Work) -> int:
    """Do the work of a command and give the exit code; whatever goes wrong is told here and nowhere else."""
    with interrupting():
        return _run(world, load, command, typed, _settings(world, command, typed), work=work)


def run_table(
    world: World,
    load: Callable[[], Engine],
    command: str,
    typed: Mapping[str, Any],
    work: Callable[[Session, TextIO], int],
) -> int:
    """The same for what gives a table. Where a program is to read it, all else goes where it does not mix with it."""
    with interrupting():
        resolution = _settings(world, command, typed)
        form, output = (_chosen(name, typed, resolution) for name in ("format", "output"))
        aside = world if output or form in (None, "console") else replace(world, stdout=world.stderr)
        return _run(aside, load, command, typed, resolution, work=lambda session: work(session, world.stdout))


def _run(
    world: World,
    load: Callable[[], Engine],
    command: str,
    typed: Mapping[str, Any],
    resolution: Resolved | Refused,
    *,
    work: Work,
) -> int:
    verbose = _switched_on("verbose", typed, resolution)
    face, errors = (_face(world, stream, typed, resolution) for stream in (world.stdout, world.stderr))
    account = Account(command)
    account.hidden.add(_known_secrets(world, typed, resolution))
    banner = [*_banner(typed)]
    face.show(banner)

    def do() -> int:
        known = _needed(resolution)
        face.show([*effective_lines(command, known), *notice_lines(known.notices)])
        account.notices.extend(known.notices)
        session = Session(load(), known.settings, world.environ, world.directory, face, errors, account)
        return work(replace(session, agrees=world.ask) if world.can_ask() else session)

    try:
        concluded(do, face, errors, account, verbose=verbose)
        if isinstance(resolution, Resolved):
            write_down(account, resolution.settings.report, world.directory, errors)
        return account.exit_code
    finally:
        face.show(banner)
        face.close()


def _settings(world: World, command: str, typed: Mapping[str, Any]) -> Resolved | Refused:
    try:
        resolved = resolve(command, typed, world.environ, _toml(world.directory))
        refuse_any((*unknown_kinds(resolved.settings), *report_problems(resolved.settings.report)))
    except Refused as refused:
        return refused
    return resolved


def _needed(resolution: Resolved | Refused) -> Resolved:
    if isinstance(resolution, Refused):
        raise resolution
    return resolution


def _chosen(name: str, typed: Mapping[str, Any], resolution: Resolved | Refused) -> Any:
    """The value of an option; where the settings are refused, what was typed must do."""
    return getattr(resolution.settings, name) if isinstance(resolution, Resolved) else typed.get(name)


def _switched_on(name: str, typed: Mapping[str, Any], resolution: Resolved | Refused) -> bool:
    return bool(_chosen(name, typed, resolution))


def _face(world: World, stream: TextIO, typed: Mapping[str, Any], resolution: Resolved | Refused) -> Face:
    plain, verbose = (_switched_on(name, typed, resolution) for name in ("no_color", "verbose"))
    face = open_face(stream, world.environ, no_color=plain, verbose=verbose)
    face.hide(_known_secrets(world, typed, resolution))
    return face


def _toml(directory: Path) -> Mapping[str, Any]:
    """The content of ecluse.toml in the working directory, {} without one. Never looked for higher up."""
    path = directory / TOML
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        remedy = "Write KEY = VALUE lines; docs/options.md lists the keys."
        raise Refused(Problem(Code.OPTION_VALUE, f"can't be read: {error}", remedy, Where(TOML))) from error


def _known_secrets(world: World, typed: Mapping[str, Any], resolution: Resolved | Refused) -> set[str]:
    """Secrets that are known before anything is read: variables that look like one, and those `--set` names."""
    if isinstance(resolution, Resolved):
        given = [value for _, value in resolution.settings.set]
    else:
        given = [pair.partition("=")[2] for pair in typed.get("set") or ()]
    named = {value.removeprefix("@env:") for value in given if value.startswith("@env:")}
    return worth_hiding(value for name, value in world.environ.items() if name in named or is_secret_name(name))


def _banner(typed: Mapping[str, Any]) -> Iterator[Line]:
    """The first and the last line of a run on the sandbox."""
    if typed.get("sandbox"):
        text = f"SANDBOX: a local Azure in {harmless(str(typed['sandbox']))}; Azure itself is not touched"
        yield Line(text, Tone.WARN)
