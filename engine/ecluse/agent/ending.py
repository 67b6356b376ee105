"""The end of a run, as the launcher hears it: values, issues, the summary, and the one last event."""

from ecluse.agent.wire import Wire
from ecluse.commands.session import ASTRAY, CHANGES, DONE, REFUSED
from ecluse.model.names import counted
from ecluse.reports.account import Account
from ecluse.reports.issues import issues_of
from ecluse.reports.plan import counts_line
from ecluse.reports.summary import verdict
from ecluse.reports.values import values_of

_FAILED, _WITH_ISSUES, _SUCCEEDED = "Failed", "SucceededWithIssues", "Succeeded"


def tell_the_end(wire: Wire, account: Account) -> None:
    """Everything that is left to say; `done` is the last of it."""
    for name, value in values_of(account).items():
        wire.send("output", name=name, value=value, secret=False)
    for issue in issues_of(account):
        place = {"file": issue.where.path, "line": issue.where.line} if issue.where else {}
        severity = "error" if issue.error else "warning"
        wire.send("issue", severity=severity, message=issue.message, code=issue.code, **place)
    wire.send("done", exitCode=account.exit_code, result=_result(account), message=message_of(account))


def _result(account: Account) -> str:
    if account.exit_code not in (DONE, CHANGES):
        return _FAILED
    obstructed = account.plan is not None and account.outcome is None and account.plan.obstacles
    return _WITH_ISSUES if obstructed else _SUCCEEDED


def message_of(account: Account) -> str:
    """What the run came to, in one line."""
    if account.outcome is not None:
        return verdict(account.outcome).text
    if account.exit_code == ASTRAY:
        return "Not finished: some triggers may not be as they should be"
    if account.problems:
        words = "Refused, nothing was written" if account.exit_code == REFUSED else "Failed"
        return f"{words}: {counted(len(account.problems), 'problem')}"
    if account.cancelled:
        return "Cancelled, nothing was written"
    return counts_line(account.plan) if account.plan and account.plan.changes else "Done"
