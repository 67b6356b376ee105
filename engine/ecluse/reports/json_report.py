"""A run as JSON, for programs: docs/reports.md tells the keys. No secret is in it: values are shown as in the log."""

import json
from collections.abc import Mapping

from ecluse.apply.ports import Outcome, Pause
from ecluse.errors import Notice, Problem, Where
from ecluse.jsontree import Json, rebuild
from ecluse.model.objects import ObjectRef
from ecluse.plan.plan import Change, Plan, TriggerFate
from ecluse.reports.account import Account
from ecluse.reports.ending import message_of
from ecluse.reports.issues import all_notices
from ecluse.reports.pauses import moment
from ecluse.reports.plan import difference_sides
from ecluse.reports.values import values_of

VERSION = 1


def text_of(account: Account) -> str:
    """The document. It may grow by keys; `version` is raised when one changes its meaning."""
    clean = rebuild(as_json(account), lambda _, leaf: account.hidden.blot_out(leaf) if isinstance(leaf, str) else leaf)
    return json.dumps(clean, indent=2) + "\n"


def as_json(account: Account) -> dict[str, Json]:
    """The document as a tree."""
    plan, outcome = account.plan, account.outcome
    return {
        "version": VERSION,
        "command": account.command,
        "exitCode": account.exit_code,
        "message": message_of(account),
        "values": dict(values_of(account)),
        "target": None if plan is None else _target(plan),
        "changes": [] if plan is None else [_change(each) for each in plan.changes],
        "triggers": [] if plan is None else [_trigger(each) for each in plan.triggers],
        "obstacles": [] if plan is None else [_problem(each) for each in plan.obstacles],
        "outcome": None if outcome is None else _outcome(outcome),
        "problems": [_problem(each) for each in (*account.problems, *(outcome.problems if outcome else ()))],
        "notices": [_notice(each) for each in all_notices(account)],
    }


def _target(plan: Plan) -> dict[str, Json]:
    target = plan.target
    return {
        "subscription": target.subscription,
        "resourceGroup": target.resource_group,
        "factory": target.factory,
        "exists": target.exists,
    }


def _change(change: Change) -> dict[str, Json]:
    return {
        **_named(change.ref),
        "action": str(change.action),
        "reason": str(change.reason),
        "detail": change.detail,
        **_where(change.where),
        "differences": [
            dict(zip(("path", "old", "new"), difference_sides(each), strict=True)) for each in change.differences
        ],
    }


def _trigger(fate: TriggerFate) -> dict[str, Json]:
    return {
        **_named(fate.ref),
        "active": fate.active,
        "stop": fate.stop,
        "start": fate.start,
        "event": fate.event,
        "leftStopped": fate.left_stopped,
        "why": fate.why,
    }


def _outcome(outcome: Outcome) -> dict[str, Json]:
    return {
        **{
            name: [str(at) for at in getattr(outcome, name)]
            for name in ("written", "deleted", "stopped", "restarted", "started")
        },
        "pauses": [_pause(each) for each in outcome.pauses],
        "astray": [
            {**_named(each.ref), "wanted": each.wanted, "actual": each.actual, "why": each.why}
            for each in outcome.astray
        ],
        "deployments": list(outcome.deployments),
        "cancelled": outcome.cancelled,
        "seconds": round(outcome.seconds, 3),
    }


def _pause(pause: Pause) -> dict[str, Json]:
    return {
        **_named(pause.ref),
        "stopped": moment(pause.stopped),
        "restarted": None if pause.restarted is None else moment(pause.restarted),
        "seconds": None if pause.seconds is None else round(pause.seconds, 3),
        "earlierRun": pause.earlier,
    }


def _named(ref: ObjectRef) -> dict[str, Json]:
    """A trigger and a change data capture may have one name."""
    return {"kind": ref.kind.word, "name": ref.name}


def _problem(problem: Problem) -> dict[str, Json]:
    told = {"code": str(problem.code), "message": problem.message, "remedy": problem.remedy, "subject": problem.subject}
    return {**told, **_where(problem.where)}


def _notice(notice: Notice) -> dict[str, Json]:
    told = {"code": str(notice.code), "message": notice.message, "warning": notice.warning}
    return {**told, **_where(notice.where)}


def _where(where: Where | None) -> Mapping[str, Json]:
    return {} if where is None else {"file": where.path, "line": where.line}
