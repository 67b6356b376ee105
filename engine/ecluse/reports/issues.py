"""What is worth a line of its own beside the log: the errors and warnings of a run, each with its place in a file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecluse.apply.ports import Astray
from ecluse.errors import Code, Notice, Problem, Where
from ecluse.reports.account import Account
from ecluse.reports.harmless import harmless, short

MOST = 10
"""Of each severity: as many as a build agent keeps of one step."""

_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Issue:
    """One error or warning, in one line."""

    error: bool
    message: str
    code: str
    where: Where | None = None


def issues_of(account: Account) -> tuple[Issue, ...]:
    """The errors, then the warnings; of each the first ten, the tenth telling of the rest when there are more."""
    return (*_first(dict.fromkeys(_errors(account))), *_first(dict.fromkeys(_warnings(account))))


def _first(issues: Iterable[Issue]) -> Iterator[Issue]:
    every = list(issues)
    shown = every if len(every) <= MOST else every[: MOST - 1]
    yield from shown
    if len(every) > len(shown):
        kind = "errors" if every[0].error else "warnings"
        yield Issue(every[0].error, f"and {len(every) - len(shown)} more {kind}: see the log", str(Code.NOTE))


def _errors(account: Account) -> Iterator[Issue]:
    yield from (_of_problem(each, error=True) for each in account.problems)
    if account.outcome:
        yield from map(_of_astray, account.outcome.astray)
        yield from (_of_problem(each, error=True) for each in account.outcome.problems)


def _warnings(account: Account) -> Iterator[Issue]:
    if account.plan and not account.outcome and not account.problems:
        yield from (_of_problem(each, error=False) for each in account.plan.obstacles)
    yield from (_of_notice(each) for each in all_notices(account) if each.warning)


def all_notices(account: Account) -> tuple[Notice, ...]:
    """What was noticed on the way, each once."""
    return tuple(dict.fromkeys((*account.notices, *(account.plan.notices if account.plan else ()))))


def _of_problem(problem: Problem, *, error: bool) -> Issue:
    told = f"{problem.subject}: {problem.message}" if problem.subject else problem.message
    remedy = f" -> {problem.remedy}" if problem.remedy else ""
    where, begun = _placed(problem.where)
    return Issue(error, begun + _line(told) + _line(remedy), str(problem.code), where)


def _of_notice(notice: Notice) -> Issue:
    where, begun = _placed(notice.where)
    return Issue(error=False, message=begun + _line(notice.message), code=str(notice.code), where=where)


def _placed(where: Where | None) -> tuple[Where | None, str]:
    """The file to open, or what a message begins with where the place is in the text of an option: that is no file."""
    return (None, f"{where}: ") if where is not None and where.path.startswith("--") else (where, "")


def _of_astray(astray: Astray) -> Issue:
    told = f"{astray.ref} should be {astray.wanted}, is {astray.actual}: {astray.why}"
    return Issue(error=True, message=_line(told), code=str(Code.TRIGGER_STATE))


def _line(text: str) -> str:
    return short(harmless(text), _LONGEST)
