"""The face towards a launcher: sections and progress are events, everything else is plain lines of the log."""

from collections.abc import Iterable

from ecluse.agent.wire import Wire
from ecluse.apply.ports import Event, ObjectDone, ObjectFailed
from ecluse.options.inputs import in_inputs
from ecluse.plan.plan import Plan
from ecluse.plan.steps import DeployTemplate
from ecluse.reports.account import Account
from ecluse.reports.events import event_lines
from ecluse.reports.harmless import harmless
from ecluse.reports.lines import Line, Tone

_ALMOST = 99  # the rest is for the end, which alone knows that everything is done


class WireFace:
    """Lines without time or colour: the agent has a clock, and the launcher knows what its commands look like."""

    whole = True

    def __init__(self, wire: Wire, account: Account) -> None:
        self._wire, self._account = wire, account
        self._done, self._percent = 0, 0

    def show(self, lines: Iterable[Line]) -> None:
        """Each line; a title begins a section."""
        for line in lines:
            if line.tone is Tone.TITLE:
                self._wire.send("section", title=line.text)
            else:
                self._wire.say(in_inputs(line.text))

    def watch(self, event: Event) -> None:
        """The event's lines, and how far the plan is."""
        self.show(event_lines(event))
        if isinstance(event, (ObjectDone, ObjectFailed)) and self._account.plan is not None:
            self._done += 1
            percent = min(_ALMOST, 100 * self._done // max(1, _objects(self._account.plan)))
            if percent > self._percent:
                self._percent = percent
                self._wire.send("progress", percent=percent, title=f"{event.phase}: {harmless(event.subject)}")

    def hide(self, secrets: Iterable[str]) -> None:
        """Blot these texts out from now on."""
        self._wire.hide(secrets)

    def close(self) -> None:
        """Nothing to put back."""


def _objects(plan: Plan) -> int:
    """How many objects the steps of a plan are about."""
    return sum(len(step.refs) if isinstance(step, DeployTemplate) else 1 for step in plan.steps)
