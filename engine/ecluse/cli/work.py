"""What the commands do, in the order in which it happens: `plan`, `deploy` and the trigger commands."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from ecluse.app import target_of
from ecluse.apply.ports import Remark
from ecluse.cli.cancel import CancelClock, cancelling
from ecluse.cli.engine import Prepared
from ecluse.cli.session import CHANGES, DONE, FAILED, DefectWhileApplyingError, Session
from ecluse.cli.triggers import chosen, listing_lines, trigger_plan
from ecluse.errors import EcluseError
from ecluse.plan.plan import Plan
from ecluse.plan.steps import DeployTemplate
from ecluse.reports.lines import Line, Tone
from ecluse.reports.plan import plan_lines
from ecluse.reports.problems import notice_lines
from ecluse.reports.summary import summary_lines
from ecluse.reports.triggers import trigger_lines


def plan(session: Session) -> int:
    """Show what `deploy` would do."""
    prepared = _prepare(session)
    with _azure(session) as azure:
        made = _make(session, prepared, azure)
    session.face.show(plan_lines(made, whole=session.face.whole))
    return CHANGES if session.settings.detailed_exitcode and made.has_changes else DONE


def deploy(session: Session) -> int:
    """Make a plan, show it, ask where somebody can answer, and carry it out."""
    prepared = _prepare(session)
    with _azure(session) as azure:
        made = _make(session, prepared, azure)
        session.face.show(plan_lines(made, whole=session.face.whole))
        if not made.steps:
            session.face.show([Line("Nothing to do", Tone.GOOD)])
            return DONE
        if not _agreed(session):
            session.face.show([Line("Cancelled, nothing was written", Tone.BAD)])
            return FAILED
        return _apply(session, azure, made)


def _azure(session: Session) -> AbstractContextManager[Any]:
    def notice(text: str) -> None:
        session.face.watch(Remark(text, warning=True))

    return session.engine.connected(session.settings, session.world.environ, notice)


def _prepare(session: Session) -> Prepared:
    prepared = session.engine.prepare(session.settings, session.world.environ, session.world.directory)
    session.hide(prepared.secrets)
    session.face.show(notice_lines(prepared.notices))
    return prepared


def _make(session: Session, prepared: object, azure: object) -> Plan:
    """The plan; from here on its secrets are known, so that no message of Azure can show them."""
    made = session.engine.make_plan(prepared, azure, session.settings)
    session.hide(secret for step in made.steps if isinstance(step, DeployTemplate) for secret in step.secrets)
    return made


def _agreed(session: Session) -> bool:
    if session.settings.yes or not session.world.can_ask():
        return True
    return session.world.ask(f"Deploy this to {session.settings.factory}?")


def _apply(session: Session, azure: object, made: Plan) -> int:
    clock = CancelClock()
    with cancelling(clock):
        try:
            outcome = session.engine.deploy(made, azure, session.settings, clock, session.face.watch)
        except EcluseError:
            raise
        except Exception as error:
            raise DefectWhileApplyingError from error
        finally:
            session.face.close()
        session.face.show(summary_lines(made, outcome, session.settings.sandbox))
    return outcome.exit_code


def list_triggers(session: Session, patterns: Sequence[str]) -> int:
    """Show the triggers and whether they run."""
    with _azure(session) as azure:
        live = session.engine.read_live(azure, session.settings)
    session.face.show(listing_lines(live, chosen(live, patterns, every=not patterns)))
    return DONE


def switch_triggers(session: Session, verb: str, patterns: Sequence[str], *, every: bool) -> int:
    """Start or stop the chosen triggers that are not in that state yet, and read each back."""
    with _azure(session) as azure:
        live = session.engine.read_live(azure, session.settings)
        made = trigger_plan(verb, live, target_of(session.settings), chosen(live, patterns, every=every))
        session.face.show(trigger_lines(made.triggers))
        if not made.steps:
            session.face.show([Line("Nothing to do", Tone.GOOD)])
            return DONE
        return _apply(session, azure, made)
