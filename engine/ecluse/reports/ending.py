"""What a run came to, in one line."""

from ecluse.model.names import counted
from ecluse.reports.account import Account
from ecluse.reports.plan import counts_line
from ecluse.reports.summary import verdict

_REFUSED, _ASTRAY = 3, 4  # exit codes (docs/exit-codes.md)


def message_of(account: Account) -> str:
    """What the run came to, in one line."""
    if account.outcome is not None and account.outcome.astray:
        return f"Not finished: {counted(len(account.outcome.astray), 'trigger')} not in the state they should be"
    if account.outcome is not None:
        return verdict(account.outcome).text
    if account.exit_code == _ASTRAY:
        return "Not finished: some triggers may not be as they should be"
    if account.problems:
        words = "Refused, nothing was written" if account.exit_code == _REFUSED else "Failed"
        return f"{words}: {counted(len(account.problems), 'problem')}"
    if account.cancelled:
        return "Cancelled, nothing was written"
    return counts_line(account.plan) if account.plan and account.plan.changes else "Done"
