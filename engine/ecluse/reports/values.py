"""What a run came to, as few values that the next step of a pipeline can decide by."""

from collections.abc import Mapping

from ecluse.model.objects import ObjectRef
from ecluse.options.rows import START, STOP
from ecluse.plan.plan import Action, Plan
from ecluse.reports.account import Account

_COUNTED = {"created": Action.CREATE, "updated": Action.UPDATE, "deleted": Action.DELETE, "resent": Action.RESEND}


def values_of(account: Account) -> Mapping[str, str]:
    """The values by name: what a plan would do; of a deployment what it did. Empty before there is a plan."""
    plan, outcome = account.plan, account.outcome
    if plan is None:
        return {}
    done = None if outcome is None else frozenset((*outcome.written, *outcome.deleted))
    values = {name: str(_count(plan, action, done)) for name, action in _COUNTED.items()}
    values["kept"] = str(plan.count(Action.KEEP))
    values["planHasChanges"] = str(plan.has_changes).lower()
    values["triggersRestarted"] = str(_restarted(account))
    values["triggersLeftStopped"] = str(_left_stopped(account, plan))
    return values


def _count(plan: Plan, action: Action, done: frozenset[ObjectRef] | None) -> int:
    return sum(change.action is action and (done is None or change.ref in done) for change in plan.changes)


def _restarted(account: Account) -> int:
    """Those that run again after a stop; where starting is what was asked for, all that were started."""
    if account.outcome is None:
        return 0
    return len(account.outcome.restarted) + (len(account.outcome.started) if account.command == START else 0)


def _left_stopped(account: Account, plan: Plan) -> int:
    """Those that would not start, and those that were to stay off: as the plan has it, or as somebody asked."""
    refused = [each.ref for each in account.outcome.astray if each.wanted == "Started"] if account.outcome else []
    asked = account.outcome.stopped if account.outcome and account.command == STOP else ()
    return len({*refused, *asked, *(fate.ref for fate in plan.triggers if fate.left_stopped)})
