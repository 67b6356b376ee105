"""What a command works with, and how every run ends: its exit code, and the last words about what went wrong."""

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecluse.app import Job
from ecluse.commands.engine import Engine
from ecluse.errors import Code, EcluseError, Problem
from ecluse.model.kinds import KINDS
from ecluse.model.secrets import secret_looking
from ecluse.options import Settings
from ecluse.reports.account import Account
from ecluse.reports.faces import Face
from ecluse.reports.harmless import harmless
from ecluse.reports.lines import Line, Tone
from ecluse.reports.problems import refusal_lines

DONE, FAILED, CHANGES, REFUSED, ASTRAY = 0, 1, 2, 3, 4
"""The exit codes (docs/exit-codes.md)."""

_FOLDERS = frozenset({"PWD", "OLDPWD"})  # the shell's words for folders, no passwords
_SHORTEST_SECRET = 6  # blotting out shorter texts would eat the names of objects in the log
_REPORT_IT = "This is a defect of Ecluse, not of your input; please report it."
_VERDICTS = {FAILED: "Failed", REFUSED: "Refused, nothing was written"}


class DefectWhileApplyingError(Exception):
    """A defect of ours while triggers may have been stopped: nobody knows whether all of them are back."""


def _yes(_: str) -> bool:
    """Nobody can be asked: what was typed is what is wanted."""
    return True


@dataclass(frozen=True, slots=True)
class Session:
    """What a command works with once its settings are known. `agrees` asks a person, where one sits there."""

    engine: Engine
    settings: Settings
    environ: Mapping[str, str]
    directory: Path
    face: Face
    errors: Face
    account: Account
    agrees: Callable[[str], bool] = _yes
    job: Job | None = None

    @property
    def command(self) -> str:
        """The command's words."""
        return self.account.command

    def hide(self, texts: Iterable[str]) -> None:
        """Blot these secrets out of all that is shown from now on."""
        known = worth_hiding(texts)
        self.account.hidden.add(known)
        self.face.hide(known)
        self.errors.hide(known)


Work = Callable[[Session], int]


def worth_hiding(texts: Iterable[str]) -> set[str]:
    """The texts that are long enough to be blotted out."""
    return {text for text in texts if len(text) >= _SHORTEST_SECRET}


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name holds a secret."""
    return name not in _FOLDERS and secret_looking(name)


def unknown_kinds(settings: Settings) -> Iterator[Problem]:
    """The words of `--delete-kinds` that mean no kind."""
    known = ", ".join(kind.word for kind in KINDS.values())
    for word in settings.delete_kinds:
        if word.casefold() not in KINDS:
            yield Problem(Code.OPTION_VALUE, f"{word!r} is no kind", f"Kinds are: {known}.", subject="--delete-kinds")


def concluded(work: Callable[[], int], face: Face, errors: Face, account: Account, *, verbose: bool) -> None:
    """Do the work; whatever goes wrong is told here and nowhere else. The account has the exit code."""
    try:
        account.exit_code = work()
    except EcluseError as error:
        account.problems.extend(error.problems)
        account.exit_code = error.exit_code
        face.close()
        errors.show(refusal_lines(error.problems, _VERDICTS[error.exit_code]))
    except KeyboardInterrupt:
        account.cancelled, account.exit_code = True, FAILED
        face.close()
        errors.show([Line("Cancelled, nothing was written", Tone.BAD)])
    except Exception as error:  # noqa: BLE001  # the outermost edge: a defect ends in words, never in silence
        account.exit_code = ASTRAY if isinstance(error, DefectWhileApplyingError) else FAILED
        account.problems.append(_defect(error))
        face.close()
        errors.show(defect_lines(error, verbose=verbose))


def write_down(account: Account, reports: Sequence[tuple[str, str]], folder: Path, errors: Face) -> None:
    """Write the reports that are files. One that can't be written is a failure, if nothing worse has happened."""
    if not any(path for _, path in reports):
        return
    from ecluse.reports.files import write_reports  # noqa: PLC0415  # only where they are asked for

    unwritten = [*write_reports(reports, account, folder)]
    if unwritten:
        errors.show(refusal_lines(unwritten, _VERDICTS[FAILED]))
        account.problems.extend(unwritten)
        account.exit_code = account.exit_code if account.exit_code in (REFUSED, ASTRAY) else FAILED


def _defect(error: Exception) -> Problem:
    shown = _shown(error)
    return Problem(Code.DEFECT, f"{type(shown).__name__}: {shown}", _REPORT_IT)


def _shown(error: Exception) -> BaseException:
    return error.__cause__ if isinstance(error, DefectWhileApplyingError) and error.__cause__ else error


def defect_lines(error: Exception, *, verbose: bool) -> Iterator[Line]:
    """What people are told when Ecluse itself is wrong."""
    shown = _shown(error)
    yield Line(f"{type(shown).__name__}: {harmless(str(shown))}  {_REPORT_IT}", Tone.BAD)
    if isinstance(error, DefectWhileApplyingError):
        yield Line("Check the triggers with `ecluse triggers list`; some may not be as they should be.", Tone.BAD)
    if not verbose:
        yield Line("  --verbose shows where it happened.")
        return
    for line in "".join(traceback.format_exception(shown)).splitlines():
        yield Line(f"  {harmless(line)}", Tone.DIM)
