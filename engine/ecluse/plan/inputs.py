"""All that a plan is made from, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecluse.configure.bench import Applied
from ecluse.errors import Notice
from ecluse.model.objects import Factory, ObjectRef
from ecluse.plan.live import LiveFactory
from ecluse.plan.plan import NOTHING_UNFINISHED, Target, Unfinished
from ecluse.select.scope import Scope


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """The user's choices that a plan depends on; names and values as in `options.OPTIONS`."""

    create: bool = False
    allow_git_linked: bool = False
    trigger_stop: str = "active"  # active | changed | affected | none
    trigger_start: str = "previous"  # previous | source | none
    method: str = "arm"  # arm | rest
    secrets: str = "always"  # always | never
    global_parameters: str = "merge"  # merge | replace | off
    missing_reference: str = "fail"  # fail | warn
    delete_not_in_source: bool = False
    delete_kinds: frozenset[str] = frozenset()
    max_deletes: int = 20


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """Source (configured), live factory, scope, explicit wishes for triggers (True: started), and options.

    `applied` are the configuration rows that made the source what it is, in order, and `renamed` the objects that they
    gave another name (old address → new one): messages name both.
    """

    target: Target
    source: Factory
    live: LiveFactory
    scope: Scope
    options: PlanOptions = PlanOptions()
    wishes: Mapping[ObjectRef, bool] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    unfinished: Unfinished = NOTHING_UNFINISHED
    applied: tuple[Applied, ...] = ()
    renamed: Mapping[ObjectRef, ObjectRef] = field(default_factory=dict)
