"""The time for which triggers stand still, as the journal is told it: before, while, and when it is over."""

from ecluse.apply import triggers
from ecluse.apply.ports import JournalEntry, KeptTrigger
from ecluse.apply.run import Run
from ecluse.errors import Code, EcluseError, Problem, Refused
from ecluse.model.objects import ObjectRef
from ecluse.plan.steps import StartTrigger, StopTrigger


class NotBegun(Refused):
    """The pause could not begin. Nothing was written."""


class Busy(NotBegun):
    """Another deployment of the same factory came first."""


class Outrun(NotBegun):
    """What is live is no longer what the plan was made from."""


def begin(run: Run) -> None:
    """Record what is about to be stopped, see that it is our turn, and stop it.

    Starting and stopping by itself is no pause: there is nothing to come back to. Raises `Busy`, `Outrun`, `Failed`,
    `Cancelled`, or `NotBegun` when no journal can be written.
    """
    stops = run.steps(StopTrigger)
    if not run.plan.only_switches:
        _record(run, stops)
    triggers.stop_all(run, stops)
    written = run.written()
    known = {at: etag for at, etag in run.record.etags.items() if at not in written}
    if known and not run.plan.only_switches:
        run.ports.journal.note(run.name, known)


def _record(run: Run, stops: list[StopTrigger]) -> None:
    """Before anything else: what earlier runs left is ours from here on."""
    kept = {step.ref: KeptTrigger(step.ref, step.event) for step in (*run.plan.unfinished.triggers, *stops)}
    target = run.plan.target
    entry = JournalEntry(target.factory_id, run.name, tuple(kept.values()), plan=run.plan.fingerprint)
    try:
        mine = run.ports.journal.open(entry)
    except EcluseError as error:
        if run.plan.unfinished.runs:
            raise  # something to bring back: this ends as a failure
        raise NotBegun(error.problems) from error
    run.record.open_runs.append(run.name)
    # A run that this one takes over is no rival, however recent its last sign of life.
    rivals = (each for each in run.ports.journal.read().alive if each.entry.run not in run.plan.unfinished.runs)
    first = [each for each in rivals if each.turn < (mine.began, mine.run)]
    if first:
        run.ports.journal.close(run.name)
        raise Busy(busy(target.factory, first[0].entry))
    if run.plan.changes:  # a recovery has none, and minds nobody
        _see_that_nothing_moved(run)


def _see_that_nothing_moved(run: Run) -> None:
    """Another deployment may have stopped its triggers while this plan was made, and started them since."""
    ran = run.plan.found_running
    now = run.ports.azure.running_triggers() if ran else frozenset()
    moved = [at for at in ran if (at in now) is not ran[at]]
    if not moved:
        return
    run.ports.journal.close(run.name)
    names = ", ".join(str(at) for at in moved)
    told = f"started or stopped by somebody else since the plan was made: {names}"
    raise Outrun(Problem(Code.OUTRUN, told, "run again: the plan is made from what is live then"))


def busy(factory: str, other: JournalEntry) -> Problem:
    """Another run is at work on the same factory."""
    who = f" ({other.by})" if other.by else ""
    return Problem(
        Code.BUSY,
        f"another deployment of {factory} is at work: run {other.run}{who}, since {other.began}",
        "wait for it and run again; an exclusive lock on the environment keeps two deployments apart",
    )


def before_the_starts(run: Run) -> None:
    """Everything is written: from here on only what shall run at the end has to come back."""
    stopped = {step.ref for step in run.record.touched}
    starting = {step.ref for step in run.steps(StartTrigger)}
    rewritten = sorted(stopped & run.written() & starting)
    if not stopped or run.plan.only_switches or (not rewritten and stopped <= starting):
        return
    run.record.etags |= zip(rewritten, run.together(lambda at: _etag(run, at), rewritten), strict=True)
    run.ports.journal.note(run.name, {at: run.record.etags[at] for at in rewritten}, keep=starting.__contains__)


def _etag(run: Run, at: ObjectRef) -> str:
    try:
        now = run.ports.azure.trigger(at)
    except EcluseError:
        return ""  # then nobody can tell who wrote it last, and it is ours
    return now.etag if now else ""


def over(run: Run) -> None:
    """Every trigger is as it should be."""
    for each in run.record.open_runs:
        run.ports.journal.close(each)
