"""Schedules that Azure would not start once they are written: told before anything is stopped for them.

Azure looks at a schedule's times when it is started, not when it is written (azure-behaviours: section 3, bad start
time; finops-toolkit#2157).
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from ecluse.configure.override import csv_row
from ecluse.errors import Code, Notice, Problem
from ecluse.jsontree import Json
from ecluse.model.objects import AdfObject, ObjectRef
from ecluse.plan.inputs import PlanInputs
from ecluse.plan.plan import TriggerFate

_UTC = "utc"
_WITHOUT_ZONE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?")
_PATH = "typeProperties.recurrence.startTime"

Sent = Mapping[ObjectRef, AdfObject]


def problems(inputs: PlanInputs, decided: Iterable[TriggerFate], sent: Sent) -> Iterator[Problem]:
    """Schedules in UTC that are to start, and whose start time names no zone."""
    for each, zone, told in _without_zone(inputs, decided, sent):
        if zone == _UTC:
            yield Problem(
                Code.TRIGGER_START,
                f"it is to be started, and Azure starts no schedule in UTC {told}",
                _remedy(each),
                where=each.where,
                subject=str(each.ref),
            )


def notices(inputs: PlanInputs, decided: Iterable[TriggerFate], sent: Sent) -> Iterator[Notice]:
    """The same of those that name no time zone either: that Azure takes them for UTC is not said anywhere."""
    for each, zone, told in _without_zone(inputs, decided, sent):
        if not zone:
            message = f"{each.ref} is to be started, has no timeZone, and Azure may start none {told}; {_remedy(each)}"
            yield Notice(Code.TRIGGER_START, message, each.where)


def _without_zone(
    inputs: PlanInputs, decided: Iterable[TriggerFate], sent: Sent
) -> Iterator[tuple[AdfObject, str, str]]:
    """What is written, then started, and begins at a time without zone; with its time zone."""
    for fate in decided:
        if not fate.start or fate.ref not in sent:
            continue
        start, zone = _begin(sent[fate.ref])
        if _WITHOUT_ZONE.fullmatch(start) and not _runs_so(fate.ref, inputs):
            yield sent[fate.ref], zone, f"whose start time has no zone ({start})"


def _runs_so(at: ObjectRef, inputs: PlanInputs) -> bool:
    """Whether one without zone runs already: Azure has taken it."""
    live = inputs.live
    return at in live.running and _WITHOUT_ZONE.fullmatch(_begin(live.factory.objects[at])[0]) is not None


def _begin(each: AdfObject) -> tuple[str, str]:
    """Start time and time zone of a schedule, "" where there is none; of other triggers both are."""
    typed = each.properties.get("typeProperties")
    recurrence = typed.get("recurrence") if isinstance(typed, dict) else None
    if each.ref.kind.word != "trigger" or not isinstance(recurrence, dict):
        return "", ""
    return _text(recurrence.get("startTime")), _text(recurrence.get("timeZone")).casefold()


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _remedy(each: AdfObject) -> str:
    row = csv_row("trigger", each.ref.name, _PATH, f"{_begin(each)[0]}Z")
    return f"write it as UTC, in the source or with the config row {row}"
