"""One command from its words to its exit code: settings, first and last lines, and how every error ends."""

import tomllib
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from ecluse.cli.cancel import interrupting
from ecluse.cli.engine import Engine
from ecluse.cli.world import World
from ecluse.errors import Code, EcluseError, Problem, Refused, Where, refuse_any
from ecluse.model.kinds import KINDS
from ecluse.model.secrets import secret_looking
from ecluse.options import Resolved, Settings, resolve
from ecluse.options.resolve import TOML
from ecluse.reports import report_problems
from ecluse.reports.effective import effective_lines
from ecluse.reports.faces import Face, open_face
from ecluse.reports.harmless import harmless
from ecluse.reports.lines import Line, Tone
from ecluse.reports.problems import notice_lines, refusal_lines

DONE, FAILED, CHANGES, REFUSED, ASTRAY = 0, 1, 2, 3, 4
"""The exit codes (docs/exit-codes.md)."""

_FOLDERS = frozenset({"PWD", "OLDPWD"})  # the shell's words for folders, no passwords
_SHORTEST_SECRET = 6  # blotting out shorter texts would eat the names of objects in the log
_VERDICTS = {FAILED: "Failed", REFUSED: "Refused, nothing was written"}


class DefectWhileApplyingError(Exception):
    """A defect of ours while triggers may have been stopped: nobody knows whether all of them are back."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a command works with once its settings are known."""

    world: World
    engine: Engine
    command: str
    settings: Settings
    face: Face
    errors: Face

    def hide(self, texts: Iterable[str]) -> None:
        """Blot these secrets out of all that is shown from now on."""
        known = {text for text in texts if len(text) >= _SHORTEST_SECRET}
        self.face.hide(known)
        self.errors.hide(known)


Work = Callable[[Session], int]


def run_command(world: World, load: Callable[[], Engine], command: str, typed: Mapping[str, Any], work: Work) -> int:
    """Do the work of a command and give the exit code; whatever goes wrong is told here and nowhere else."""
    with interrupting():
        return _run(world, load, command, typed, work)


def _run(world: World, load: Callable[[], Engine], command: str, typed: Mapping[str, Any], work: Work) -> int:
    resolution = _settings(world, command, typed)
    verbose = _switched_on("verbose", typed, resolution)
    face, errors = (_face(world, stream, typed, resolution) for stream in (world.stdout, world.stderr))
    banner = [*_banner(typed)]
    face.show(banner)
    try:
        known = _needed(resolution)
        face.show([*effective_lines(command, known), *notice_lines(known.notices)])
        return work(Session(world, load(), command, known.settings, face, errors))
    except EcluseError as error:
        face.close()
        errors.show(refusal_lines(error.problems, _VERDICTS[error.exit_code]))
        return error.exit_code
    except KeyboardInterrupt:
        face.close()
        errors.show([Line("Cancelled, nothing was written", Tone.BAD)])
        return FAILED
    except Exception as error:  # noqa: BLE001  # the outermost edge: a defect ends in words, never in silence
        face.close()
        errors.show(defect_lines(error, verbose=verbose))
        return ASTRAY if isinstance(error, DefectWhileApplyingError) else FAILED
    finally:
        face.show(banner)
        face.close()


def _settings(world: World, command: str, typed: Mapping[str, Any]) -> Resolved | Refused:
    try:
        resolved = resolve(command, typed, world.environ, _toml(world.directory))
        refuse_any((*_unknown_kinds(resolved.settings), *report_problems(resolved.settings.report)))
    except Refused as refused:
        return refused
    return resolved


def _needed(resolution: Resolved | Refused) -> Resolved:
    if isinstance(resolution, Refused):
        raise resolution
    return resolution


def _switched_on(name: str, typed: Mapping[str, Any], resolution: Resolved | Refused) -> bool:
    """Whether a flag is on; where the settings are refused, what was typed must do."""
    return bool(getattr(resolution.settings, name) if isinstance(resolution, Resolved) else typed.get(name))


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


def _unknown_kinds(settings: Settings) -> Iterator[Problem]:
    known = ", ".join(kind.word for kind in KINDS.values())
    for word in settings.delete_kinds:
        if word.casefold() not in KINDS:
            yield Problem(Code.OPTION_VALUE, f"{word!r} is no kind", f"Kinds are: {known}.", subject="--delete-kinds")


def _known_secrets(world: World, typed: Mapping[str, Any], resolution: Resolved | Refused) -> set[str]:
    """Secrets that are known before anything is read: variables that look like one, and those `--set` names."""
    if isinstance(resolution, Resolved):
        given = [value for _, value in resolution.settings.set]
    else:
        given = [pair.partition("=")[2] for pair in typed.get("set") or ()]
    named = {value.removeprefix("@env:") for value in given if value.startswith("@env:")}
    values = {value for name, value in world.environ.items() if name in named or _is_secret_name(name)}
    return {value for value in values if len(value) >= _SHORTEST_SECRET}


def _is_secret_name(name: str) -> bool:
    return name not in _FOLDERS and secret_looking(name)


def _banner(typed: Mapping[str, Any]) -> Iterator[Line]:
    """The first and the last line of a run on the sandbox."""
    if typed.get("sandbox"):
        text = f"SANDBOX: a local Azure in {harmless(str(typed['sandbox']))}; Azure itself is not touched"
        yield Line(text, Tone.WARN)


def defect_lines(error: Exception, *, verbose: bool) -> Iterator[Line]:
    """What people are told when Ecluse itself is wrong."""
    shown = error.__cause__ if isinstance(error, DefectWhileApplyingError) and error.__cause__ else error
    text = f"{type(shown).__name__}: {harmless(str(shown))}"
    yield Line(f"{text}  This is a defect of Ecluse, not of your input; please report it.", Tone.BAD)
    if isinstance(error, DefectWhileApplyingError):
        yield Line("Check the triggers with `ecluse triggers list`; some may not be as they should be.", Tone.BAD)
    if not verbose:
        yield Line("  --verbose shows where it happened.")
        return
    for line in "".join(traceback.format_exception(shown)).splitlines():
        yield Line(f"  {harmless(line)}", Tone.DIM)
