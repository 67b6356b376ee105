"""The whole deployment in the order in which it happens. Read this first.

    source → configure → select → plan → apply

`prepare` needs no Azure: all that can be wrong with the input is told before anyone signs in. `make_plan` reads
the live factory and compares; `deploy` carries the plan out. Nothing here prints or exits.
"""

import secrets
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from ecluse.apply.executor import apply
from ecluse.apply.journal import Journals, Store
from ecluse.apply.pause import Busy, busy
from ecluse.apply.ports import Clock, Outcome, Reading, Watch
from ecluse.apply.recovery import NOTHING_LEFT, Left, left_by, recovery_plan, settled, too_old
from ecluse.apply.run import Ports
from ecluse.azure.clients import AzureClients, open_azure
from ecluse.azure.connection import Connection, connect
from ecluse.azure.door import Door
from ecluse.azure.factory import AzureDataFactory
from ecluse.azure.history import HistoryJournal
from ecluse.azure.preflight import read_facts, read_runs
from ecluse.azure.reader import read_live as read_factory
from ecluse.azure.sandbox import sandbox
from ecluse.configure.configure import Configured, configure
from ecluse.configure.configure import Options as ConfigureOptions
from ecluse.configure.override import Configuration
from ecluse.configure.tokens import Variables
from ecluse.errors import Code, Notice, Problem, Refused, Where, refuse_any
from ecluse.journal import LocalJournal, default_folder, owner
from ecluse.model.kinds import FACTORY_WORD, KINDS
from ecluse.model.names import counted
from ecluse.options import Settings
from ecluse.options.settings import SANDBOX_LOCATION, OnMissing
from ecluse.plan import preflight
from ecluse.plan.inputs import PlanInputs, PlanOptions
from ecluse.plan.lacking import filled
from ecluse.plan.live import LiveFactory
from ecluse.plan.make import make
from ecluse.plan.needs import needs
from ecluse.plan.plan import Plan, Target
from ecluse.select.changes import Changes
from ecluse.select.rules import FILTER_OPTION, Rule, parse_rules
from ecluse.select.select import Selected, select
from ecluse.sources.changes import read_changes
from ecluse.sources.config_files import ConfigFiles, find_config, read_config, unused_stages
from ecluse.sources.files import read_text, without_collector
from ecluse.sources.loaded import Loaded
from ecluse.sources.parameters import read_inputs
from ecluse.sources.source import read as read_source

_ANY_FACTORY = "the-factory"
"""The name in templates of a factory that need not be known: commands without Azure look at objects only."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The source as the stage wants it, and the rules: all that needs no Azure."""

    target: Target
    configured: Configured
    rules: tuple[Rule, ...]
    notices: tuple[Notice, ...]
    changes: Changes | None = None

    @property
    def secrets(self) -> Iterator[str]:
        """Every secret of the source, whether it is sent or not: Azure may echo what is live, too."""
        return (each for made in self.configured.factory.objects.values() for each in made.secrets)


@dataclass(frozen=True, slots=True)
class Job:
    """What the job of a pipeline hands over, where the command line looks around itself.

    `secret` names the variables that are secret, `run` is the address of the pipeline's run.
    """

    connection: Connection
    secret: frozenset[str] = frozenset()
    run: str = ""


@without_collector()
def prepare(
    settings: Settings,
    environ: Mapping[str, str],
    working_dir: Path,
    *,
    job: Job | None = None,
    missing_variable: OnMissing = "fail",
) -> Prepared:
    """Read source, configuration and rules. Raises `Refused` with what is wrong with them.

    A `job` names the variables that are secret, and what it was told is in no process list. `missing_variable`: whether
    a row whose variable is not set is an error, or is told and leaves what stands there.
    """
    rules = _rules(settings, working_dir)
    loaded = load_source(settings, environ, working_dir, private=job is not None)
    secret = job.secret if job else frozenset()
    done = configured(loaded, settings, environ, working_dir, secret=secret, missing_variable=missing_variable)
    if settings.fill_missing_secrets:
        done = _filled(done)
    changes, told = _changes(loaded, done, settings, environ, working_dir)
    notices = (*loaded.notices, *told, *done.notices, *_waiting(done), *_without_rules(settings, rules))
    return Prepared(target_of(settings), done, rules, notices, changes)


def _waiting(done: Configured) -> Iterator[Notice]:
    """The word about rows that lack a variable: what stands in their place is the source's own."""
    if done.waiting:
        names = ", ".join(dict.fromkeys(name for _, name in done.waiting))
        rows = counted(len({row for row, _ in done.waiting}), "configuration row")
        yield Notice(
            Code.CONFIG_TOKEN, f"{rows} not applied, since these variables are not set: {names}", warning=False
        )


def load_source(settings: Settings, environ: Mapping[str, str], working_dir: Path, *, private: bool = False) -> Loaded:
    """The source as it is meant for the target, or for any where none is named; its first notice says what it is.

    `private`: the settings were told where no process list shows them. Raises `Refused`.
    """
    parameters = read_inputs(
        [working_dir / path for path in settings.parameters],
        settings.set,
        environ,
        folder=working_dir,
        fill_missing_secrets=settings.fill_missing_secrets,
        private=private,
    )
    target = target_of(settings)
    target = replace(target, factory=target.factory or _ANY_FACTORY)
    named = working_dir / settings.source
    loaded = read_source(named, target, parameters, settings.factory_file)
    around = (folder for folder in loaded.folder.parents if folder.is_relative_to(named))
    described = Notice(Code.NOTE, f"source: {loaded.described}", warning=not loaded.factory.objects)
    return replace(loaded, notices=(described, *loaded.notices), places=(loaded.folder, *around))


def configured(
    loaded: Loaded,
    settings: Settings,
    environ: Mapping[str, str],
    working_dir: Path,
    *,
    secret: frozenset[str] = frozenset(),
    missing_variable: OnMissing = "fail",
) -> Configured:
    """The source as the stage wants it. Raises `Refused` with all that is wrong with the configuration."""
    configuration = _configuration(settings, working_dir, loaded.places)
    named = [row.name for row in configuration.overrides if row.type.casefold() == FACTORY_WORD]
    return configure(
        loaded.factory,
        configuration,
        Variables(environ, secret, ignore_case=sys.platform == "win32"),
        ConfigureOptions(
            missing_object=settings.missing_object,
            missing_path=settings.missing_path,
            missing_variable=missing_variable,
            # Without a target, any factory that rows name may be it.
            factory_names=(loaded.source_name, *([settings.factory] if settings.factory else named)),
        ),
    )


def target_of(settings: Settings) -> Target:
    """The factory that the settings name."""
    return Target(settings.subscription, settings.resource_group, settings.factory, settings.location)


def _filled(done: Configured) -> Configured:
    """With a placeholder for each secret that the source lacks and no row gives."""
    factory, notices = filled(done.factory)
    return replace(done, factory=factory, notices=(*done.notices, *notices))


def _rules(settings: Settings, working_dir: Path) -> tuple[Rule, ...]:
    file = settings.filter_file
    files = [] if file is None else [(str(file), read_text(working_dir / file))]
    return parse_rules(settings.filter, files)


def _without_rules(settings: Settings, rules: Sequence[Rule]) -> Iterator[Notice]:
    if not rules and (settings.filter or settings.filter_file):
        where = Where(str(settings.filter_file or FILTER_OPTION))
        yield Notice(Code.FILTER_UNUSED, "the filter holds no rule, so everything is in scope", where)


def _changes(
    loaded: Loaded, done: Configured, settings: Settings, environ: Mapping[str, str], working_dir: Path
) -> tuple[Changes | None, tuple[Notice, ...]]:
    """What changed since the commit that the settings name, by the names that the stage gives to objects."""
    if not settings.changed_since:
        return None, ()
    files = [file for found in _config_files(settings, working_dir, loaded.places) for file in found.files]
    changes, told = read_changes(loaded, settings.changed_since, files, environ)
    return changes.under(done.renamed), told


def _configuration(settings: Settings, working_dir: Path, places: Sequence[Path]) -> Configuration:
    if not settings.stage and not settings.config:
        return Configuration(notices=unused_stages(settings.config_folder, places, working_dir))
    parts: list[Configuration] = []
    for found in _config_files(settings, working_dir, places):
        parts += [Configuration(notices=found.notices), *map(read_config, found.files)]
    return Configuration.joined(parts)


def _config_files(settings: Settings, working_dir: Path, places: Sequence[Path]) -> Iterator[ConfigFiles]:
    """`--stage` finds its files; `--config` names more, which win."""
    for stage in (*([settings.stage] if settings.stage else []), *map(str, settings.config)):
        yield find_config(stage, settings.config_folder, places, working_dir)


@dataclass(frozen=True, slots=True)
class Azure:
    """One Azure for the time of one command, and the journal of what deployments have stopped there."""

    clients: AzureClients
    journals: Journals


@contextmanager
def connected(
    settings: Settings, environ: Mapping[str, str], notice: Callable[[str], None], *, job: Job | None = None
) -> Iterator[Azure]:
    """Azure, or a sandbox, for the time of one command; `notice` is told of pauses and the like.

    A `job` says how to connect; without one the settings do.

    Raises `Refused` when a sandbox can't be used.
    """
    with _clients(settings, environ, notice, job) as clients:
        by = job.run if job and job.run else owner(environ)
        journals = _journals(clients, settings, environ, notice, by)
        try:
            yield Azure(clients, journals)
        finally:
            journals.leave()


def _journals(
    clients: AzureClients, settings: Settings, environ: Mapping[str, str], notice: Callable[[str], None], by: str
) -> Journals:
    """On this machine, and in the history that outlives it. A sandbox's own are gone with it."""
    target = target_of(settings)
    folder = settings.journal_folder
    if folder is None:
        folder = settings.sandbox / "journal" if settings.sandbox else default_folder(environ, _home())
    local: list[Store] = [LocalJournal(folder)] if folder else []
    stores = [*local, HistoryJournal(Door(clients, target, lambda: False))]
    return Journals(
        target.factory_id, stores, lease=clients.patience.lease, by=by, notice=notice, now=clients.clock.now
    )


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # an account without one
        return None


@contextmanager
def _clients(
    settings: Settings, environ: Mapping[str, str], notice: Callable[[str], None], job: Job | None
) -> Iterator[AzureClients]:
    with ExitStack() as stack:
        connection = (job and job.connection) or (
            stack.enter_context(_sandbox(settings, settings.sandbox)) if settings.sandbox else _cloud(settings)
        )
        opened = partial(open_azure, connection, notice=notice, environ=environ, parallel=settings.parallel)
        if settings.record is None:
            yield stack.enter_context(opened())
            return
        from ecluse.azure.recording import Recorder  # noqa: PLC0415  # loads the SDK, for --record only

        recorder = Recorder()
        try:
            yield stack.enter_context(opened(recorder=recorder))
        finally:  # what a refused plan has read says the most
            notice(f"recorded {len(recorder.reads)} answers, under other names, in {recorder.write(settings.record)}")


def _sandbox(settings: Settings, directory: Path) -> AbstractContextManager[Connection]:
    return sandbox(
        directory,
        resource_group=settings.resource_group,
        subscription=settings.subscription,
        location=settings.location or SANDBOX_LOCATION,
    )


def _cloud(settings: Settings) -> Connection:
    return connect(
        settings.subscription,
        cloud=settings.cloud,
        credential=settings.credential,
        authority=settings.authority,
        ca_bundle=settings.ca_bundle,
    )


def read_live(azure: Azure, settings: Settings) -> LiveFactory:
    """The live factory. Raises `Refused` when anything of it can't be read."""
    return read_factory(azure.clients, target_of(settings), parallel=settings.parallel)


def read_journal(azure: Azure) -> Reading:
    """The runs of the factory whose journal is open. Raises `Refused` when no journal can be read."""
    return azure.journals.read()


def await_turn(azure: Azure, settings: Settings, notice: Callable[[str], None]) -> None:
    """Wait while another deployment of the factory is at work. Raises `Busy` where nobody wants to, or too long."""
    timer = azure.clients.timer
    end = timer.now() + 60 * settings.busy_minutes
    told = False
    while others := azure.journals.read().alive:
        problem = busy(settings.factory, others[0].entry)
        if settings.while_busy == "refuse" or timer.now() >= end:
            raise Busy(problem)
        if not told:
            notice(f"{problem.message}: waiting up to {settings.busy_minutes} min")
        told = True
        timer.sleep(azure.clients.patience.longest_wait)


@without_collector()
def make_plan(prepared: Prepared, azure: Azure, settings: Settings) -> Plan:
    """Read the live factory and plan against it. Raises `Refused` with all that stands against the plan."""
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(azure.journals.read)
        live = read_live(azure, settings)
        journal = reading.result()
    open_ = [each for each in journal.dead if not settled(each, live)]
    refuse_any(too_old(open_, _same_place(settings), azure.clients.clock.now(), settings.journal_max_age))
    left = left_by(journal.dead, live)
    left = replace(left, notices=(*_journal_notices(journal), *left.notices))
    return _checked(plan_against(live, prepared, settings, left), prepared, live, azure, settings)


def _checked(made: Plan, prepared: Prepared, live: LiveFactory, azure: Azure, settings: Settings) -> Plan:
    """The plan with what its preflight found in its way; nothing is asked for a plan without steps.

    Raises `Refused` when it can be carried out by nobody, with what the preflight found beside that.
    """
    needed = needs(made, prepared.configured.factory.objects, live.factory.objects)
    asked = preflight.questions(made, needed, runs=settings.wait_for_runs != "off")
    facts = read_facts(azure.clients, made.target, asked, parallel=settings.parallel)
    found = tuple(preflight.problems(made, needed, facts))
    refuse_any((*made.obstacles, *found) if made.obstacles else ())
    told = preflight.notices(made, needed, facts)
    return replace(made, notices=(*made.notices, *told), obstacles=found)


def await_runs(plan: Plan, azure: Azure, settings: Settings, notice: Callable[[str], None]) -> bool:
    """Wait while pipelines of the plan are at work, where the settings say how long; True: so the plan is old.

    Raises `Refused` when they still are after that.
    """
    pipelines = preflight.pipelines_at_stake(plan) if settings.wait_for_runs.isdigit() else ()
    runs = read_runs(azure.clients, plan.target, pipelines) if pipelines else ()
    if not isinstance(runs, tuple) or not runs:  # what can't be read was said with the plan
        return False
    timer, minutes = azure.clients.timer, int(settings.wait_for_runs)
    end = timer.now() + 60 * minutes
    notice(f"{preflight.runs_told(runs)}: waiting up to {minutes} min")
    while (left := end - timer.now()) > 0:
        timer.sleep(min(azure.clients.patience.longest_wait, left))
        now = read_runs(azure.clients, plan.target, pipelines)
        if not now:
            return True
        runs = now if isinstance(now, tuple) else runs
    raise Refused(preflight.still_at_work(runs, minutes))


def _same_place(settings: Settings) -> str:
    """The words of a command that works on the same factory, with the same journals."""
    names = ("factory", "resource_group", "subscription", "sandbox", "journal_folder")
    given = [(f"--{name.replace('_', '-')}", getattr(settings, name)) for name in names]
    return shlex.join(word for name, value in given if value for word in (name, str(value)))


def select_source(prepared: Prepared) -> Selected:
    """What a plan would have in scope of the source alone: what only the target has is not known here."""
    return select(prepared.rules, prepared.configured.factory.objects.values(), prepared.changes)


def plan_against(live: LiveFactory, prepared: Prepared, settings: Settings, left: Left = NOTHING_LEFT) -> Plan:
    """Select, and compare with a live factory that was read. Raises `Refused` with all that stands against the plan."""
    source = prepared.configured.factory
    selected = select(prepared.rules, (*source.objects.values(), *live.factory.objects.values()), prepared.changes)
    empty = _nothing_left(prepared, selected)
    return make(
        PlanInputs(
            target=replace(prepared.target, exists=live.exists),
            source=source,
            live=live,
            scope=selected.scope,
            options=_plan_options(settings),
            wishes=prepared.configured.wishes,
            applied=prepared.configured.applied,
            renamed=prepared.configured.renamed,
            notices=(*left.notices, *selected.notices, *empty),
            unfinished=left.unfinished,
        )
    )


def _nothing_left(prepared: Prepared, selected: Selected) -> tuple[Notice, ...]:
    """The warning that the rules leave nothing: that nothing has changed since a commit is no matter of theirs."""
    meant = prepared.changes.changed if prepared.changes else prepared.configured.factory.objects
    if not prepared.rules or not meant or any(at in selected.scope for at in meant):
        return ()
    what = f"the filter leaves nothing {'that changed' if prepared.changes else 'of the source'} to deploy"
    return (Notice(Code.FILTER_UNUSED, what),)


def _journal_notices(journal: Reading) -> Iterator[Notice]:
    for each in journal.alive:
        run = f"run {each.entry.run}, since {each.entry.began}"
        told = f"another deployment is at work: {run}; it may change what is planned here"
        yield Notice(Code.BUSY, told)
    yield from _damage(journal)


def _damage(journal: Reading) -> Iterator[Notice]:
    for text in journal.damaged:
        told = f"a journal can't be read, so what its run stopped is not known: {text}"
        yield Notice(Code.JOURNAL, told)


def make_recovery(azure: Azure, settings: Settings) -> Plan:
    """The plan that starts what unfinished runs have left stopped, however old they are.

    Raises `Busy` while a run is at work: it puts its own triggers right.
    """
    journal = azure.journals.read()
    at_work = [each for each in journal.alive if not each.ours]
    if at_work:
        raise Busy(busy(settings.factory, at_work[0].entry))
    live = read_live(azure, settings)
    made = recovery_plan(left_by(journal.runs, live), live, target_of(settings))
    return replace(made, notices=(*_damage(journal), *made.notices))


def close_settled(azure: Azure, settings: Settings) -> tuple[str, ...]:
    """Close the journals of runs that have ended and of which nothing is left to do, and give their names."""
    ended = [each for each in azure.journals.read().runs if not each.alive or each.ours]
    if not ended:
        return ()
    live = read_live(azure, settings)
    closed = tuple(each.entry.run for each in ended if settled(each, live))
    for run in closed:
        azure.journals.close(run)
    return closed


def forget(azure: Azure, runs: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """Close the journals of these runs (of all dead ones without names) and give their names.

    Raises `Refused` for a name that no open journal has, `Busy` for one at work: killed later, it would leave nothing.
    """
    known = {each.entry.run: each for each in azure.journals.read().runs}
    refuse_any(
        Problem(Code.USAGE, f"no open journal is of run {run}", f"open are: {', '.join(known) or 'none'}")
        for run in runs
        if run not in known
    )
    at_work = [known[run] for run in runs if known[run].alive and not known[run].ours]
    if at_work:
        raise Busy(busy(settings.factory, at_work[0].entry))
    closed = tuple(runs) or tuple(run for run, each in known.items() if not each.alive)
    for run in closed:
        azure.journals.close(run)
    return closed


def _plan_options(settings: Settings) -> PlanOptions:
    """The settings that a plan depends on, by the same names."""
    values = {each.name: getattr(settings, each.name) for each in fields(PlanOptions)}
    kinds = frozenset(KINDS[word.casefold()].word for word in settings.delete_kinds)
    return PlanOptions(**{**values, "delete_kinds": kinds})


def deploy(plan: Plan, azure: Azure, settings: Settings, clock: Clock, watch: Watch) -> Outcome:
    """Carry the plan out. Raises `Refused` when Azure refuses before the first write, `Busy`: another run is first."""
    ports = Ports(
        azure=AzureDataFactory(azure.clients, plan.target, clock.cancelled),
        journal=azure.journals,
        clock=clock,
        watch=watch,
        poll_seconds=azure.clients.patience.polling_interval,
    )
    return apply(plan, ports, name=_run_name(azure.clients.clock.now()), parallel=settings.parallel)


def _run_name(now: datetime) -> str:
    """Unique for each run, and readable in the list of deployments: `20261123-161205-9f3a`."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
