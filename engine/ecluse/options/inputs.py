"""From the inputs of a pipeline's step (our names, or those of the task that it replaces) to options.

Pure: the pipeline task hands its inputs in as they were written. What `resolve` then makes of the options is the same
as for the command line.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from ecluse.errors import Code, Notice, Problem, refuse_any
from ecluse.options.foreign import ELSEWHERE, FOREIGN, Foreign, Meaning
from ecluse.options.overrides import read_overrides
from ecluse.options.rows import Option, Type, Value
from ecluse.options.table import OPTIONS
from ecluse.options.values import BadValue, read

_SWITCH = "stopstarttriggers"
"""On: by whichever method. Off: no trigger is stopped or started, whatever methods stand beside it."""
_FLAG = re.compile(r"(?<![\w-])--([a-z][a-z-]*[a-z])")
_COMMAND = re.compile(r"(`?)ecluse triggers (list|stop|start|recover)\1(?! --)")
_CONNECTION = {
    "subscription": "the connection's subscription",
    "cloud": "the connection's cloud",
    "credential": "the connection's sign-in",
    "authority": "the connection's authority",
    "ca_bundle": "the agent's certificates",
}
"""What a step has in place of the options that are no inputs: the service connection, and the agent's own settings."""
_TRIGGERS = frozenset({"trigger_stop", "trigger_start"})


@dataclass(frozen=True, slots=True)
class Inputs:
    """Options by their names, as `resolve` takes them; `command` is what is done instead (`plan`), or ""."""

    options: Mapping[str, str | tuple[str, ...]] = field(repr=False)
    command: str = ""
    notes: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class _Given:
    """An option's value, under the name that the step gave it; `text` as it was written."""

    name: str
    row: Option
    text: str = field(repr=False)
    raw: str | tuple[str, ...] = field(repr=False)
    value: Value = field(repr=False)

    @property
    def is_switch(self) -> bool:
        return self.name.casefold() == _SWITCH

    @property
    def their_name(self) -> bool:
        return self.name.casefold() != self.row.task.casefold()

    @property
    def their_word(self) -> bool:
        """Whether the value is another tool's word for one of our choices."""
        return self.row.type is Type.CHOICE and self.text.casefold() not in self.row.choices


@dataclass(frozen=True, slots=True)
class _Accepted:
    """An input without an option, its value, and what that comes to."""

    row: Foreign
    text: str
    meaning: Meaning


def from_inputs(inputs: Mapping[str, str]) -> Inputs:
    """The options that a step's inputs give, whatever the case of their names; an empty input is none.

    Raises `Refused` with all that is wrong: an unknown name, a value that is none, two that contradict each other.
    """
    given: list[_Given] = []
    accepted: list[_Accepted] = []
    problems: list[Problem] = []
    for name, text in inputs.items():
        if not text.strip() or name.casefold() in ELSEWHERE:
            continue
        match _read(name, text):
            case _Given() as one:
                given.append(one)
            case _Accepted() as one:
                accepted.append(one)
            case Problem() as one:
                problems.append(one)
    notes = [*_explained(accepted), *_empty(given, accepted), *_unlike(given, accepted), *_unasked(given, accepted)]
    silent = dict(_silenced(given, accepted))
    notes += [_note(f"{name} is not read, since {why}") for name, why in silent.items()]
    counted = [each for each in given if each.name not in silent]
    refuse_any([*problems, *_contradictions(counted)])
    command = next((each.meaning.command for each in accepted if each.meaning.command), "")
    return Inputs({each.row.name: each.raw for each in counted}, command, tuple(notes))


def in_inputs(text: str) -> str:
    """A text that names options as the command line does, in the words of a pipeline's step.

    Commands on triggers are those of the task AdfTriggers; a text with another command to be typed stays as it is.
    """
    told = _COMMAND.sub(r"AdfTriggers (command: \2)", text)
    return told if "ecluse " in told else _FLAG.sub(_input_of, told)


def _input_of(found: re.Match[str]) -> str:
    name = found[1].replace("-", "_")
    row = OPTIONS.get(name)
    return row.task if row is not None and row.task else _CONNECTION.get(name, found[0])


def _names() -> Iterator[tuple[str, Option]]:
    """The names of the options that a step may give: the service connection gives the others."""
    for row in OPTIONS.values():
        if row.task:
            yield from ((name, row) for name in (row.task, *(alias.name for alias in row.aliases)))


_OPTIONS = {name.casefold(): row for name, row in _names()}
_SPELLED = {
    name.casefold(): name for name in (*(name for name, _ in _names()), *(row.name for row in FOREIGN.values()))
}


def _read(name: str, text: str) -> _Given | _Accepted | Problem:
    word = name.casefold()
    if word in FOREIGN:
        return _accept(FOREIGN[word], text)
    row = _OPTIONS.get(word)
    if row is None:
        close = get_close_matches(word, _SPELLED, n=1)
        remedy = f"Did you mean {_SPELLED[close[0]]}?" if close else "Leave it out; docs/options.md lists the inputs."
        return Problem(Code.USAGE, "is no input of this task", remedy, subject=name)
    try:
        raw = read_overrides(text) if row.secret else text
        return _Given(name, row, text.strip(), raw, read(row, raw))
    except BadValue as bad:
        if row.type is Type.CHOICE:
            return _no_value(name, text, [*row.choices, *(each for alias in row.aliases for each in alias.synonyms)])
        return Problem(Code.OPTION_VALUE, str(bad), f"{name}: {row.help}", subject=name)


def _accept(row: Foreign, text: str) -> _Accepted | Problem:
    meaning = row.meaning(text)
    if meaning is None:
        return _no_value(row.name, text, list(row.values))
    if meaning.refused:
        shown = f"{text.strip()!r} " if row.values else ""
        return Problem(Code.OPTION_VALUE, f"{shown}can't be followed", meaning.note, subject=row.name)
    return _Accepted(row, text.strip(), meaning)


def _no_value(name: str, text: str, known: Sequence[str]) -> Problem:
    spelled = {each.casefold(): each for each in known}
    close = get_close_matches(text.strip().casefold(), spelled, n=1)
    like = f"Did you mean {spelled[close[0]]}? " if close else ""
    message = f"{text.strip()!r} is no value of it"
    return Problem(Code.OPTION_VALUE, message, f"{like}It takes: {', '.join(spelled.values())}.", subject=name)


def _silenced(given: Sequence[_Given], accepted: Sequence[_Accepted]) -> Iterator[tuple[str, str]]:
    """What another input says not to read, and why: the neighbours of FilteringType, StageType, StopStartTriggers."""
    for one in accepted:
        unread = one.row.neighbours - one.meaning.reads
        yield from ((each.name, f"{one.row.name} is {one.text}") for each in given if each.row.name in unread)
    switch = next((each for each in given if each.is_switch), None)
    beside = [each for each in given if each.row.name in _TRIGGERS and not each.is_switch]
    if switch is None:
        return
    if switch.value == "none":
        yield from ((each.name, f"{switch.name} is {switch.text}") for each in beside if each.their_word)
        return
    methods = [each for each in beside if each.row is switch.row and each.value != "none"]
    if methods:
        yield switch.name, f"{methods[0].name} says it more precisely"


def _contradictions(given: Sequence[_Given]) -> Iterator[Problem]:
    """The same option twice with different values, or triggers that must not be started and shall be."""
    first: dict[str, _Given] = {}
    for each in given:
        before = first.setdefault(each.row.name, each)
        if before.value != each.value:
            yield _contradiction(before, each)
    off = next((each for each in given if each.is_switch and each.value == "none"), None)
    start = first.get("trigger_start")
    if off and start and start.value == "source":
        yield _contradiction(off, start)


def _contradiction(one: _Given, other: _Given) -> Problem:
    shown = "" if one.row.secret else f": {one.text!r} and {other.text!r}"
    remedy = f"Keep one of them; the name here is {other.row.task}."
    return Problem(Code.USAGE, f"{one.name} and {other.name} contradict each other{shown}", remedy, subject=other.name)


def _explained(accepted: Iterable[_Accepted]) -> Iterator[Notice]:
    for each in accepted:
        if each.meaning.note:
            yield _note(f"{each.row.name}: {each.meaning.note}", warning=each.meaning.warning)


def _empty(given: Sequence[_Given], accepted: Iterable[_Accepted]) -> Iterator[Notice]:
    """An input that is chosen and empty: nothing is filtered, or no stage is read, and perhaps that is not meant."""
    named = {each.row.name for each in given}
    for each in accepted:
        if each.meaning.reads and not each.meaning.reads & named:
            missing = ", ".join(OPTIONS[name].task for name in each.meaning.reads)
            yield _note(f"{each.row.name} is {each.text}, and {missing} is empty: there is none", warning=True)


def _unlike(given: Sequence[_Given], accepted: Sequence[_Accepted]) -> Iterator[Notice]:
    """Where a step that was written for another task means something else by leaving an input out."""
    if not accepted and not any(each.their_name or each.their_word for each in given):
        return
    named = {each.row.name for each in given}
    if any(each.is_switch and each.value == "none" for each in given):
        named |= _TRIGGERS
    for row in OPTIONS.values():
        if row.peer_default and row.name not in named:
            ours = str(row.default).lower()
            told = f"{row.aliases[0].name} is not given: here it is {ours} ({row.task}), not {row.peer_default}"
            yield _note(told, warning=True)


def _unasked(given: Sequence[_Given], accepted: Sequence[_Accepted]) -> Iterator[Notice]:
    """What their task would pass over, since the step leaves out the input that says to read it."""
    for row in FOREIGN.values():
        unsaid = row.meaning(row.unsaid) if row.unsaid else None
        if unsaid is None or any(each.row is row for each in accepted):
            continue
        for each in given:
            if each.their_name and each.row.name in row.neighbours - unsaid.reads:
                yield _note(f"{row.name} is not given: here {each.name} is read, not passed over", warning=True)


def _note(text: str, *, warning: bool = False) -> Notice:
    return Notice(Code.NOTE, text, warning=warning)
