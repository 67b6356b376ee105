"""What the commands do, in the order in which it happens: `plan`, `deploy`, `select` and the trigger commands."""

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, TextIO

from ecluse.app import target_of
from ecluse.apply.pause import Busy, Outrun
from ecluse.apply.ports import Remark
from ecluse.commands.cancel import CancelClock, cancelling, interrupting
from ecluse.commands.engine import Prepared
from ecluse.commands.session import CHANGES, DONE, FAILED, DefectWhileApplyingError, Session
from ecluse.commands.tables import give_table
from ecluse.commands.triggers import all_running, chosen, listing_lines, trigger_plan
from ecluse.errors import EcluseError, refuse_any
from ecluse.options.settings import OnMissing
from ecluse.plan.make import deaf_notices
from ecluse.plan.plan import Plan
from ecluse.plan.steps import DeployTemplate
from ecluse.reports.harmless import harmless
from ecluse.reports.lines import Line, Tone
from ecluse.reports.plan import plan_lines
from ecluse.reports.problems import notice_lines, refusal_lines
from ecluse.reports.scope import scope_lines, scope_table
from ecluse.reports.summary import summary_lines
from ecluse.reports.triggers import open_run_lines, trigger_lines

MOST_OUTRUN = 3
"""How often in a row somebody may start and stop triggers between our plan and our first write."""


def plan(session: Session) -> int:
    """Show what `deploy` would do."""
    prepared = _prepare(session)
    with _azure(session) as azure:
        made = _make(session, prepared, azure)
    session.face.show(plan_lines(made, whole=session.face.whole))
    if made.obstacles:
        session.face.show(refusal_lines(made.obstacles, "In the way, a deployment would be refused"))
    return CHANGES if session.settings.detailed_exitcode and made.has_changes else DONE


def select(session: Session, out: TextIO) -> int:
    """Show what of the source is in scope, and by which rule; `out` takes a table without a file.

    Nothing is asked of Azure, and no value is needed.
    """
    prepared = _prepare(session, missing_variable="warn")
    selected = session.engine.select_source(prepared)
    session.face.show(notice_lines(selected.notices))
    give_table(session, scope_table(selected.scope), list(scope_lines(selected.scope)), out)
    return DONE


def deploy(session: Session) -> int:
    """Make a plan, show it, ask where somebody can answer, and carry it out.

    Where another deployment of the factory comes first, pipelines have to end, or somebody starts and stops triggers
    meanwhile, the plan is made anew after that.
    """
    prepared = _prepare(session)
    waited, outrun, clock = False, 0, _clock(session)
    with _azure(session) as azure:
        while True:
            with interrupting():
                session.engine.await_turn(azure, session.settings, lambda text: _remark(session, text))
                made = _make(session, prepared, azure)
                session.face.show(plan_lines(made, whole=session.face.whole))
                if not made.steps and not made.unfinished.runs:
                    session.face.show([Line("Nothing to do", Tone.GOOD)])
                    return DONE
                refuse_any(made.obstacles)
                if not waited and _awaited(session, azure, made):
                    waited = True
                    continue
                if not _agreed(session):
                    session.account.cancelled = True
                    session.face.show([Line("Cancelled, nothing was written", Tone.BAD)])
                    return FAILED
            try:
                return _apply(session, azure, made, clock)
            except Busy as error:
                if session.settings.while_busy == "refuse":
                    raise
                outrun = 0
                _remark(session, f"{error}: the plan is made anew after it")
            except Outrun as error:
                outrun += 1
                if outrun == MOST_OUTRUN:
                    raise
                _remark(session, f"{error.problems[0].message}: the plan is made anew")


def _awaited(session: Session, azure: object, made: Plan) -> bool:
    waited = session.engine.await_runs(made, azure, session.settings, lambda text: _remark(session, text))
    if waited:
        _remark(session, "the pipelines have ended: the plan is made anew")
    return waited


def _agreed(session: Session) -> bool:
    return session.settings.yes or session.agrees(f"Deploy this to {session.settings.factory}?")


def _remark(session: Session, text: str) -> None:
    session.face.watch(Remark(text, warning=True))


def _azure(session: Session) -> AbstractContextManager[Any]:
    return session.engine.connected(
        session.settings, session.environ, lambda text: _remark(session, text), job=session.job
    )


def _prepare(session: Session, missing_variable: OnMissing = "fail") -> Prepared:
    prepared = session.engine.prepare(
        session.settings, session.environ, session.directory, job=session.job, missing_variable=missing_variable
    )
    session.hide(prepared.secrets)
    session.account.notices.extend(prepared.notices)
    session.face.show(notice_lines(prepared.notices))
    return prepared


def _make(session: Session, prepared: object, azure: object) -> Plan:
    """The plan; from here on its secrets are known, so that no message of Azure can show them."""
    made = session.engine.make_plan(prepared, azure, session.settings)
    session.hide(secret for step in made.steps if isinstance(step, DeployTemplate) for secret in step.secrets)
    session.account.plan = made
    return made


def _clock(session: Session) -> CancelClock:
    """The time that the whole command has from now on."""
    return CancelClock(60 * session.settings.deadline or math.inf)


def _apply(session: Session, azure: object, made: Plan, clock: CancelClock) -> int:
    session.account.plan = made
    with cancelling(clock):
        try:
            outcome = session.engine.deploy(made, azure, session.settings, clock, session.face.watch)
        except EcluseError:
            raise
        except Exception as error:
            raise DefectWhileApplyingError from error
        finally:
            session.face.close()
        session.account.outcome = outcome
        session.face.show(summary_lines(made, outcome, session.settings.sandbox, whole=session.face.whole))
    return outcome.exit_code


def recover(session: Session) -> int:
    """Start what unfinished runs have left stopped, and close their journals."""
    with _azure(session) as azure:
        made = session.engine.make_recovery(azure, session.settings)
        session.face.show([*notice_lines(made.notices), *trigger_lines(made.triggers)])
        if not made.unfinished.runs:
            session.face.show([Line("Nothing to do: no run has left anything", Tone.GOOD)])
            return DONE
        return _apply(session, azure, made, _clock(session))


def finish(session: Session) -> int:
    """The same as the last act of a job: not a word when no run has left anything, or another one has taken it over."""
    with _azure(session) as azure:
        try:
            made = session.engine.make_recovery(azure, session.settings)
        except Busy as error:
            _remark(session, f"{error}: it starts what an earlier run has left")
            return DONE
        if not made.unfinished.runs:
            return DONE
        session.face.show([*notice_lines(made.notices), *trigger_lines(made.triggers)])
        return _apply(session, azure, made, _clock(session))


def forget(session: Session, runs: Sequence[str]) -> int:
    """Leave the triggers of unfinished runs as they are, and close their journals."""
    with _azure(session) as azure:
        closed = session.engine.forget(azure, runs, session.settings)
    told = [Line(f"  forgotten: run {harmless(run)}") for run in closed]
    session.face.show(told or [Line("Nothing to do: no run has left anything", Tone.GOOD)])
    return DONE


def list_triggers(session: Session, patterns: Sequence[str]) -> int:
    """Show the triggers and whether they run, and the deployments that have not put theirs back yet."""
    with _azure(session) as azure:
        live = session.engine.read_live(azure, session.settings)
        shown = chosen(live, patterns) if patterns else all_running(live)
        reading = session.engine.read_journal(azure)
    session.face.show(open_run_lines(reading))
    session.face.show(listing_lines(live, shown))
    session.face.show(notice_lines(notice for at, notice in deaf_notices(live) if at in shown))
    return DONE


def switch_triggers(session: Session, verb: str, patterns: Sequence[str], *, every: bool) -> int:
    """Start or stop the chosen triggers that are not in that state yet, and read each back."""
    with _azure(session) as azure:
        live = session.engine.read_live(azure, session.settings)
        made = trigger_plan(verb, live, target_of(session.settings), chosen(live, patterns, every=every))
        session.face.show(trigger_lines(made.triggers))
        code = DONE
        if made.steps:
            code = _apply(session, azure, made, _clock(session))
        else:
            session.face.show([Line("Nothing to do", Tone.GOOD)])
        if code == DONE and verb == "start":
            _close_settled(session, azure)
        return code


def _close_settled(session: Session, azure: object) -> None:
    """A run that could not start its triggers says which command does; where that was it, its journal is over."""
    try:
        closed = session.engine.close_settled(azure, session.settings)
    except EcluseError as error:  # what was asked for is done all the same
        _remark(session, f"the journals of earlier runs stay open, and the next deployment looks again: {error}")
        return
    names = ", ".join(map(harmless, closed))
    session.face.show([Line(f"  all that ran before run {names} runs again")] if closed else [])
