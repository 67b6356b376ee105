"""The whole deployment in the order in which it happens. Read this first.

    source → configure → select → plan → apply

`prepare` needs no Azure: all that can be wrong with the input is told before anyone signs in. `make_plan` reads
the live factory and compares; `deploy` carries the plan out. Nothing here prints or exits.
"""

import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ecluse.apply.executor import apply
from ecluse.apply.journal import MemoryJournal
from ecluse.apply.ports import Clock, Outcome, Watch
from ecluse.apply.run import Ports
from ecluse.azure.clients import AzureClients, open_azure
from ecluse.azure.connection import Connection, connect
from ecluse.azure.factory import AzureDataFactory
from ecluse.azure.reader import read_live as read_factory
from ecluse.azure.sandbox import sandbox
from ecluse.configure.configure import Configured, configure
from ecluse.configure.configure import Options as ConfigureOptions
from ecluse.configure.override import Configuration
from ecluse.configure.tokens import Variables
from ecluse.errors import Code, Notice
from ecluse.model.kinds import KINDS
from ecluse.options import Settings
from ecluse.options.settings import SANDBOX_LOCATION
from ecluse.plan.inputs import PlanInputs, PlanOptions
from ecluse.plan.live import LiveFactory
from ecluse.plan.make import make
from ecluse.plan.plan import Plan, Target
from ecluse.select.rules import Rule, parse_rules
from ecluse.select.select import select
from ecluse.sources import adf_publish
from ecluse.sources.files import read_text, without_collector
from ecluse.sources.overrides_csv import find_config, read_csv, unused_stages
from ecluse.sources.parameters import read_inputs


@dataclass(frozen=True, slots=True)
class Prepared:
    """The source as the stage wants it, and the rules: all that needs no Azure."""

    target: Target
    configured: Configured
    rules: tuple[Rule, ...]
    notices: tuple[Notice, ...]

    @property
    def secrets(self) -> Iterator[str]:
        """Every secret of the source, whether it is sent or not: Azure may echo what is live, too."""
        return (each for made in self.configured.factory.objects.values() for each in made.secrets)


@without_collector()
def prepare(settings: Settings, environ: Mapping[str, str], working_dir: Path) -> Prepared:
    """Read source, configuration and rules. Raises `Refused` with what is wrong with them."""
    target = target_of(settings)
    rules = _rules(settings, working_dir)
    parameters = read_inputs(
        [working_dir / path for path in settings.parameters],
        settings.set,
        environ,
        folder=working_dir,
        fill_missing_secrets=settings.fill_missing_secrets,
    )
    loaded = adf_publish.read(working_dir / settings.source, target, parameters)
    configured = configure(
        loaded.factory,
        _configuration(settings, working_dir, loaded.folder),
        Variables(environ, ignore_case=sys.platform == "win32"),
        ConfigureOptions(
            missing_object=settings.missing_object,
            missing_path=settings.missing_path,
            factory_names=(target.factory, loaded.source_name),
        ),
    )
    described = Notice(Code.NOTE, f"source: {loaded.described}", warning=not loaded.factory.objects)
    return Prepared(target, configured, rules, (described, *loaded.notices, *configured.notices))


def target_of(settings: Settings) -> Target:
    """The factory that the settings name."""
    return Target(settings.subscription, settings.resource_group, settings.factory, settings.location)


def _rules(settings: Settings, working_dir: Path) -> tuple[Rule, ...]:
    file = settings.filter_file
    files = [] if file is None else [(str(file), read_text(working_dir / file))]
    return parse_rules(settings.filter, files)


def _configuration(settings: Settings, working_dir: Path, source: Path) -> Configuration:
    """`--stage` finds its files; `--config` names more, which win."""
    folder = working_dir / settings.config_folder if settings.config_folder else None
    if not settings.stage and not settings.config:
        return Configuration(notices=unused_stages(folder, source, working_dir))
    parts = []
    for stage in (*([settings.stage] if settings.stage else []), *map(str, settings.config)):
        found = find_config(stage, folder, source, working_dir)
        parts += [Configuration(notices=found.notices), *map(read_csv, found.files)]
    return Configuration.joined(parts)


@contextmanager
def connected(settings: Settings, environ: Mapping[str, str], notice: Callable[[str], None]) -> Iterator[AzureClients]:
    """Azure, or a sandbox, for the time of one command; `notice` is told of pauses and the like.

    Raises `Refused` when a sandbox can't be used.
    """
    with ExitStack() as stack:
        connection = stack.enter_context(_sandbox(settings, settings.sandbox)) if settings.sandbox else _cloud(settings)
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


def read_live(azure: AzureClients, settings: Settings) -> LiveFactory:
    """The live factory. Raises `Refused` when anything of it can't be read."""
    return read_factory(azure, target_of(settings), parallel=settings.parallel)


@without_collector()
def make_plan(prepared: Prepared, azure: AzureClients, settings: Settings) -> Plan:
    """Read the live factory and plan against it. Raises `Refused` with all that stands against the plan."""
    return plan_against(read_live(azure, settings), prepared, settings)


def plan_against(live: LiveFactory, prepared: Prepared, settings: Settings) -> Plan:
    """Select, and compare with a live factory that was read. Raises `Refused` with all that stands against the plan."""
    source = prepared.configured.factory
    selected = select(prepared.rules, (*source.objects.values(), *live.factory.objects.values()))
    nothing = prepared.rules and not any(at in selected.scope for at in source.objects)
    empty = (Notice(Code.FILTER_UNUSED, "the filter leaves nothing of the source to deploy"),) if nothing else ()
    return make(
        PlanInputs(
            target=replace(prepared.target, exists=live.exists),
            source=source,
            live=live,
            scope=selected.scope,
            options=_plan_options(settings),
            wishes=prepared.configured.wishes,
            applied=prepared.configured.applied,
            notices=(*selected.notices, *empty),
        )
    )


def _plan_options(settings: Settings) -> PlanOptions:
    """The settings that a plan depends on, by the same names."""
    values = {each.name: getattr(settings, each.name) for each in fields(PlanOptions)}
    kinds = frozenset(KINDS[word.casefold()].word for word in settings.delete_kinds)
    return PlanOptions(**{**values, "delete_kinds": kinds})


def deploy(plan: Plan, azure: AzureClients, settings: Settings, clock: Clock, watch: Watch) -> Outcome:
    """Carry the plan out. Raises `Refused` when Azure refuses before the first write."""
    ports = Ports(
        azure=AzureDataFactory(azure, plan.target, clock.cancelled),
        journal=MemoryJournal(),
        clock=clock,
        watch=watch,
        poll_seconds=azure.patience.polling_interval,
    )
    return apply(plan, ports, name=_run_name(), parallel=settings.parallel)


def _run_name() -> str:
    """Unique for each run, and readable in the list of deployments: `20261123-161205-9f3a`."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
