"""A run as a page of Markdown: what changed, what became of triggers, what went wrong, what is left to do.

Names and messages come from elsewhere: each is one line, and none can become a link, markup or an end of a table.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from ecluse.apply.ports import Astray, Outcome
from ecluse.errors import Problem
from ecluse.model.names import counted
from ecluse.model.objects import ObjectRef
from ecluse.model.running import called
from ecluse.plan.plan import Action, Change, Plan, Reason, TriggerFate, by_action
from ecluse.reports.account import Account
from ecluse.reports.ending import message_of
from ecluse.reports.harmless import harmless, short
from ecluse.reports.issues import all_notices
from ecluse.reports.pauses import duration, pause_words
from ecluse.reports.plan import difference_text
from ecluse.reports.triggers import finish_command, start_row
from ecluse.reports.values import values_of

MOST = 100
"""Rows of one list; the log has them all."""

_DIFFERENCES = 5  # of one object
_LONGEST = 500

_SPECIAL = re.compile(r"[\\`*_{}\[\]()#!|~$^]|(?<!\w)[-+]|(?<=\w)[.@:](?=[\w/])|(?<=\d)\.(?=\s|$)")
"""What means something in Markdown; a full stop, an @ or a colon between letters may make a link."""

_HEADINGS = {  # before and after
    Action.CREATE: ("To create", "Created"),
    Action.UPDATE: ("To update", "Updated"),
    Action.DELETE: ("To delete", "Deleted"),
    Action.RESEND: ("To send again", "Sent again"),
}


def text_of(account: Account) -> str:
    """The whole page."""
    return "\n".join(_Page(account).lines()) + "\n"


def plain(text: str) -> str:
    """A text from elsewhere, as text: one line, no markup, no HTML."""
    return _SPECIAL.sub(_escaped, _html(short(harmless(text), _LONGEST)))


def _escaped(found: re.Match[str]) -> str:
    word = found[0]
    return f"&#{ord(word)};" if word in ".@:" else f"\\{word}"


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield ""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _section(heading: str) -> Iterator[str]:
    yield ""
    yield f"### {heading}"
    yield ""


def _list(items: Sequence[str]) -> Iterator[str]:
    yield from (f"- {item}" for item in items[:MOST])
    if len(items) > MOST:
        yield f"- and {len(items) - MOST} more: see the log"


class _Page:
    """One page. Its secrets are blotted out before a text is shortened or spelled for Markdown."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def plain(self, text: str) -> str:
        """A text from elsewhere, without secrets."""
        return plain(self.account.hidden.blot_out(self.account.spelled(text)))

    def lines(self) -> Iterator[str]:
        """The verdict, what needs a hand, what changed, what became of triggers, and the rest."""
        plan, outcome = self.account.plan, self.account.outcome
        yield f"**{self.plain(message_of(self.account))}**"
        if plan is not None:
            yield ""
            names = plan.target.factory, plan.target.resource_group, plan.target.subscription
            factory, group, subscription = map(self.plain, names)
            yield f"Factory **{factory}** in resource group {group}, subscription {subscription}"
            if plan.changes:
                yield from self._counts()
        yield from self._astray()
        yield from self._problems("Problems", (*self.account.problems, *(outcome.problems if outcome else ())))
        if plan is not None:
            if outcome is None:
                yield from self._problems("In the way: a deployment would be refused", plan.obstacles)
            yield from self._changes(plan, outcome)
            yield from self._triggers(plan.triggers, outcome)
        yield from self._notices()
        if outcome is not None:
            yield from _section("Deployment")
            yield from (f"- ARM deployment {self.plain(name)}" for name in outcome.deployments)
            yield f"- {duration(outcome.seconds)}"

    def _counts(self) -> Iterator[str]:
        values = values_of(self.account)
        names = ("created", "updated", "deleted", "resent", "kept", "triggersRestarted", "triggersLeftStopped")
        heads = ("created", "updated", "deleted", "sent again", "kept", "triggers restarted", "triggers left stopped")
        yield from _table(heads, [tuple(values[name] for name in names)])

    def _astray(self) -> Iterator[str]:
        """What needs a hand comes first, with the commands that put it right."""
        if self.account.outcome is None or self.account.plan is None or not self.account.outcome.astray:
            return
        astray, target = self.account.outcome.astray, self.account.plan.target
        yield from _section(f"Triggers not in the state they should be ({len(astray)})")
        yield from _list([self._of_astray(each) for each in astray])
        yield ""
        yield "To put it right:"
        for verb, wanted in (("start", "Started"), ("stop", "Stopped")):
            names = [called(each.ref) for each in astray if each.wanted == wanted]
            if names:
                yield ""
                yield f"    {self.account.hidden.blot_out(finish_command(verb, names, target))}"

    def _of_astray(self, astray: Astray) -> str:
        state = f"should be {astray.wanted}, is {self.plain(astray.actual)}"
        return f"**{self.plain(str(astray.ref))}** {state}: {self.plain(astray.why)}"

    def _problems(self, heading: str, problems: Sequence[Problem]) -> Iterator[str]:
        if not problems:
            return
        yield from _section(f"{heading} ({len(problems)})")
        yield from _list([self._problem(each) for each in problems])

    def _problem(self, problem: Problem) -> str:
        place = ", ".join(self.plain(str(part)) for part in (problem.where, problem.subject) if part)
        told = ": ".join(part for part in (place, self.plain(problem.message)) if part)
        return f"{told} \\[{problem.code}\\]" + (f"<br>→ {self.plain(problem.remedy)}" if problem.remedy else "")

    def _changes(self, plan: Plan, outcome: Outcome | None) -> Iterator[str]:
        groups = by_action(plan.changes)
        done = None if outcome is None else frozenset((*outcome.written, *outcome.deleted))
        for action, (planned, finished) in _HEADINGS.items():
            named = [each for each in groups[action] if done is None or each.ref in done]
            undone = [each for each in groups[action] if done is not None and each.ref not in done]
            if named:
                yield from _section(f"{planned if done is None else finished} ({len(named)})")
                yield from _list([self._change(each) for each in named])
            if undone:
                yield from _section(f"{planned}, and not done ({len(undone)})")
                yield from _list([self.plain(str(each.ref)) for each in undone])
        kept = [each for each in groups[Action.KEEP] if each.reason is not Reason.EQUAL]
        if kept:
            yield from _section(f"Left alone ({len(kept)})")
            yield from _list([self._change(each) for each in kept])

    def _change(self, change: Change) -> str:
        why = "; ".join(part for part in (str(change.reason), change.detail) if part)
        shown = [self.plain(difference_text(each)) for each in change.differences[:_DIFFERENCES]]
        more = len(change.differences) - len(shown)
        lines = [*shown, *([f"and {more} more"] if more else [])]
        return f"**{self.plain(str(change.ref))}** {self.plain(why)}" + "".join(
            f"<br>&nbsp;&nbsp;{line}" for line in lines
        )

    def _triggers(self, fates: Sequence[TriggerFate], outcome: Outcome | None) -> Iterator[str]:
        groups = _planned_switches(fates) if outcome is None else _done_switches(outcome)
        groups["Paused, with the events of that time lost"] = [
            fate.ref for fate in fates if fate.event and fate.stop and fate.start
        ]
        left = [fate.ref for fate in fates if fate.left_stopped]
        pauses = self._pauses(outcome) if outcome else []
        if pauses or left or any(groups.values()):
            yield from _section("Triggers")
        yield from _list(pauses)
        for heading, refs in groups.items():
            yield from _list([f"{heading}: **{self.plain(str(at))}**" for at in refs])
        yield from _list(
            [
                f"Left stopped: **{self.plain(str(at))}** (this row starts it: {self.plain(start_row(at))})"
                for at in left
            ]
        )

    def _pauses(self, outcome: Outcome) -> list[str]:
        gone = frozenset(outcome.deleted)
        return [f"**{self.plain(str(each.ref))}** {self.plain(pause_words(each, gone))}" for each in outcome.pauses]

    def _notices(self) -> Iterator[str]:
        warnings = [each for each in all_notices(self.account) if each.warning]
        if warnings:
            yield from _section(counted(len(warnings), "warning").capitalize())
            yield from _list([self.plain(str(each)) for each in warnings])


def _planned_switches(fates: Sequence[TriggerFate]) -> dict[str, list[ObjectRef]]:
    return {
        "To stop and to start again": [fate.ref for fate in fates if fate.stop and fate.start],
        "To stop for good": [fate.ref for fate in fates if fate.stop and not fate.start],
        "To start": [fate.ref for fate in fates if fate.start and not fate.stop],
    }


def _done_switches(outcome: Outcome) -> dict[str, list[ObjectRef]]:
    """What the pauses leave out."""
    paused = frozenset(each.ref for each in outcome.pauses)
    return {
        "Ran on": [at for at in outcome.restarted if at not in paused],
        "Newly started": list(outcome.started),
    }
