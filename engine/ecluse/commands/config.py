"""`ecluse config`: what configurations say, and whether it can be done, without Azure."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from ecluse.app import configured, load_source
from ecluse.commands.session import DONE, Session
from ecluse.commands.tables import give_table
from ecluse.configure.configure import Configured
from ecluse.configure.effective import Effective, effective
from ecluse.errors import Code, Problem, Refused, refuse_any
from ecluse.options import Settings
from ecluse.reports.configuration import checked_lines, effective_lines
from ecluse.reports.lines import Line, Tone
from ecluse.reports.problems import notice_lines
from ecluse.reports.tables import matrix, matrix_lines
from ecluse.sources.config_files import stage_files, stages
from ecluse.sources.loaded import Loaded


def check(session: Session) -> int:
    """Apply each configuration as a plan would, and tell all that is wrong with any of them."""
    loaded = _loaded(session)
    problems: dict[Problem, None] = {}
    for stage, settings in _every(session, loaded):
        found = _checked(session, loaded, stage, settings)
        for file in _rivals(session, loaded, settings) if found else ():
            apart = replace(settings, stage="", config=(file, *settings.config))
            found += _checked(session, loaded, str(file), apart)
        problems |= dict.fromkeys(found)
    refuse_any(problems)
    session.face.show([Line("Every configuration can be applied", Tone.GOOD)])
    return DONE


def _checked(session: Session, loaded: Loaded, stage: str, settings: Settings) -> tuple[Problem, ...]:
    """Apply one configuration and tell what came of it; its problems are for the end."""
    lenient = session.settings.missing_variable
    try:
        done = configured(loaded, settings, session.environ, session.directory, missing_variable=lenient)
    except Refused as refused:
        session.face.show(checked_lines(stage, None))
        return refused.problems
    _hide(session, done)
    session.face.show([*checked_lines(stage, done), *notice_lines(done.notices)])
    return ()


def _rivals(session: Session, loaded: Loaded, settings: Settings) -> tuple[Path, ...]:
    """The files of a stage that has more than one: which is meant must be said, and each may have faults of its own."""
    if not settings.stage:
        return ()
    files = stage_files(settings.stage, settings.config_folder, loaded.places, session.directory)
    return files if len(files) > 1 else ()


def show(session: Session) -> int:
    """The overrides that count for one stage, each with the row that it comes from."""
    settings = session.settings
    if not settings.stage and not settings.config:
        raise Refused(Problem(Code.USAGE, "is required by config show", "Give --stage or --config.", subject="--stage"))
    session.face.show(effective_lines(_effective(session, _loaded(session), settings)))
    return DONE


def show_matrix(session: Session, out: TextIO) -> int:
    """What each stage sets where, and what one sets and another leaves out; `out` takes a table without a file."""
    loaded = _loaded(session)
    stages_: dict[str, tuple[Effective, ...]] = {}
    problems: dict[Problem, None] = {}
    for stage, given in _every(session, loaded):
        try:
            stages_[stage] = _effective(session, loaded, given)
        except Refused as refused:
            problems |= dict.fromkeys(refused.problems)
    refuse_any(problems)
    table = matrix(stages_)
    give_table(session, table, list(matrix_lines(table)), out)
    return DONE


def _loaded(session: Session) -> Loaded:
    loaded = load_source(session.settings, session.environ, session.directory)
    session.face.show(notice_lines(loaded.notices))
    return loaded


def _every(session: Session, loaded: Loaded) -> Sequence[tuple[str, Settings]]:
    """The stage and files that the settings name, or else every stage there is. Raises `Refused` when there is none."""
    settings = session.settings
    if settings.stage or settings.config:
        return [(", ".join(filter(None, (settings.stage, *map(str, settings.config)))), settings)]
    found = stages(settings.config_folder, loaded.places, session.directory)
    if not found:
        where = settings.config_folder or "deployment, in the source and in the working directory"
        remedy = "write a config-STAGE.csv, or name its folder with --config-folder"
        raise Refused(Problem(Code.CONFIG_MISSING, f"there is no configuration in {where}", remedy))
    return [(stage, replace(settings, stage=stage)) for stage in found]


def _effective(session: Session, loaded: Loaded, settings: Settings) -> tuple[Effective, ...]:
    """What a stage sets. No variable is looked at, so that tokens are shown as they are written."""
    done = configured(loaded, settings, {}, session.directory, missing_variable="warn")
    _hide(session, done)
    session.face.show(notice_lines(done.notices))
    return effective(done)


def _hide(session: Session, done: Configured) -> None:
    session.hide(secret for each in done.factory.objects.values() for secret in each.secrets)
