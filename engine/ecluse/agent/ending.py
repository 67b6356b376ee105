"""The end of a run, as the launcher hears it: values, issues, the summary, and the one last event."""

from pathlib import Path

from ecluse.agent.request import POST_JOB
from ecluse.agent.wire import Wire
from ecluse.commands.session import CHANGES, DONE
from ecluse.options.inputs import in_inputs
from ecluse.options.rows import DEPLOY, PLAN
from ecluse.reports.account import Account
from ecluse.reports.ending import message_of
from ecluse.reports.harmless import harmless
from ecluse.reports.issues import issues_of
from ecluse.reports.values import values_of

_FAILED, _WITH_ISSUES, _SUCCEEDED = "Failed", "SucceededWithIssues", "Succeeded"


def tell_the_end(wire: Wire, account: Account, folder: Path | None) -> None:
    """Everything that is left to say; `done` is the last of it. Reports are written to the folder of the run."""
    for name, value in values_of(account).items():
        wire.send("output", name=name, value=value, secret=False)
    if folder is not None and (account.plan or account.problems):
        _report(wire, account, folder)
    for issue in issues_of(account):
        place = {"file": issue.where.path, "line": issue.where.line} if issue.where else {}
        severity = "error" if issue.error else "warning"
        wire.send("issue", severity=severity, message=in_inputs(issue.message), code=issue.code, **place)
    wire.send("done", exitCode=account.exit_code, result=_result(account), message=message_of(account))


def _report(wire: Wire, account: Account, folder: Path) -> None:
    from ecluse.reports.files import write_report  # noqa: PLC0415  # the first request need not wait for it

    page, data = folder / "summary.md", folder / "report.json"
    try:
        write_report("markdown", page, account)
        write_report("json", data, account)
    except OSError as error:
        wire.say(f"the summary can't be written: {error.strerror or error}")
        return
    wire.send("summary", path=str(page), title=_title(account))
    wire.send("attachment", type="ecluse-plan", name="plan", path=str(data))
    wire.send("output", name="reportPath", value=str(page), secret=False)


def _title(account: Account) -> str:
    """The heading of the summary on the pipeline's page; no colon, for an agent on Windows allows none there."""
    words = {PLAN: "plan", DEPLOY: "deployment", POST_JOB: "triggers"}.get(account.command, account.command)
    factory = f" of {harmless(account.plan.target.factory)}" if account.plan else ""
    return f"Data Factory {words}{factory}"


def _result(account: Account) -> str:
    """A good end may want a look: a plan that can't be deployed, triggers that the end of the job brought back."""
    if account.exit_code not in (DONE, CHANGES):
        return _FAILED
    obstructed = account.plan is not None and account.outcome is None and account.plan.obstacles
    brought_back = account.command == POST_JOB and account.outcome is not None
    return _WITH_ISSUES if obstructed or brought_back else _SUCCEEDED
