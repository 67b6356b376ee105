"""What a run came to: one value that is filled while it happens, and that every report at its end is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ecluse.apply.ports import Outcome
from ecluse.errors import Notice, Problem
from ecluse.plan.plan import Plan
from ecluse.reports.hidden import Hidden


@dataclass(slots=True)
class Account:
    """One run of a command, as far as it has come.

    `plan` is the last one that was made; `problems` are those that ended the run (what failed while the plan was
    carried out stands in the outcome). `hidden` are the secrets that are known; no report shows them. `spelled` calls
    options what whoever reads calls them.
    """

    command: str
    notices: list[Notice] = field(default_factory=list)
    plan: Plan | None = None
    outcome: Outcome | None = None
    problems: list[Problem] = field(default_factory=list)
    cancelled: bool = False
    exit_code: int = 0
    hidden: Hidden = field(default_factory=Hidden)
    spelled: Callable[[str], str] = str
