"""The values that a run works with, one typed field per option."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

TriggerStop = Literal["active", "changed", "affected", "none"]
TriggerStart = Literal["previous", "source", "none"]
Method = Literal["arm", "rest"]
SecretPolicy = Literal["always", "never"]
GlobalParameters = Literal["merge", "replace", "off"]
OnMissing = Literal["fail", "warn"]
TableFormat = Literal["console", "csv", "markdown", "excel", "json"]
WhileBusy = Literal["wait", "refuse"]
Cloud = Literal["public", "china", "usgovernment"]
Credential = Literal[
    "default",
    "environment",
    "azure-cli",
    "azure-powershell",
    "managed-identity",
    "workload-identity",
    "azure-pipelines",
    "client-secret",
]

SANDBOX_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
SANDBOX_LOCATION = "westeurope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All options of a run. Paths are as given, relative to the working directory.

    A command that doesn't take an option has its default here. `filter` holds the texts as given (a text may hold
    several rules); `set` holds (name, value) with `@env:` and `@file:` not yet resolved; `report` holds (format, path).
    """

    source: Path = Path()
    factory_file: str = ""
    factory: str = ""
    resource_group: str = ""
    location: str = ""
    subscription: str = ""
    create: bool = False
    stage: str = ""
    config: tuple[Path, ...] = ()
    config_folder: Path | None = None
    filter: tuple[str, ...] = ()
    filter_file: Path | None = None
    changed_since: str = ""
    parameters: tuple[Path, ...] = ()
    set: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    delete_not_in_source: bool = False
    delete_kinds: tuple[str, ...] = ()
    max_deletes: int = 20
    trigger_stop: TriggerStop = "active"
    trigger_start: TriggerStart = "previous"
    method: Method = "arm"
    parallel: int = 8
    secrets: SecretPolicy = "always"
    global_parameters: GlobalParameters = "merge"
    missing_object: OnMissing = "fail"
    missing_path: OnMissing = "fail"
    missing_reference: OnMissing = "fail"
    missing_variable: OnMissing = "warn"
    allow_git_linked: bool = False
    while_busy: WhileBusy = "wait"
    busy_minutes: int = 30
    wait_for_runs: str = "warn"
    deadline: int = 120
    journal_max_age: int = 24
    journal_folder: Path | None = None
    report: tuple[tuple[str, str], ...] = (("console", ""),)
    format: TableFormat = "console"
    output: Path | None = None
    detailed_exitcode: bool = False
    record: Path | None = None
    yes: bool = False
    verbose: bool = False
    no_color: bool = False
    cloud: Cloud = "public"
    credential: Credential = "default"
    authority: str = ""
    ca_bundle: Path | None = None
    sandbox: Path | None = None
    fill_missing_secrets: bool = False
    scenario: str = ""
    faults: Path | None = None
    latency: str = ""
