"""What was stopped, by whom: recorded before the first stop, in more than one place, and read again by the next run.

A journal is a few small records per run, none of which is ever changed: `open` before the first stop, `note` when our
own writes have changed a trigger's etag (and as a sign of life), `closed` when every trigger is as it should be. Where
they are kept is another module's matter: a `Store`.
"""

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from ecluse.apply.ports import JournalEntry, KeptTrigger, OpenRun, Reading
from ecluse.errors import EcluseError, Refused
from ecluse.jsontree import Json
from ecluse.model.objects import ObjectRef, ref

VERSION = 2
_READABLE = (1, VERSION)  # 1 knew triggers only

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
"""Names of runs are parts of names of files and deployments, so a record with any other is none of ours."""


class Kind(StrEnum):
    """What a record says."""

    OPEN = "open"
    NOTE = "note"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Record:
    """One record of one run. `number` tells the notes of a run apart; `at` is when it was written, in UTC."""

    kind: Kind
    entry: JournalEntry
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What a store holds for one factory.

    `alive` are the runs that surely still live, `dead` those that surely don't; of others only their last sign of life
    is known. `closed` are runs that are over, where a place remembers them, their names folded. `damaged` says what
    could not be read, and where.
    """

    records: tuple[Record, ...] = ()
    alive: frozenset[str] = frozenset()
    dead: frozenset[str] = frozenset()
    damaged: tuple[str, ...] = ()
    closed: frozenset[str] = frozenset()


class Store(Protocol):
    """A place for records. Every method raises `EcluseError`."""

    @property
    def title(self) -> str:
        """The place, in words."""

    def add(self, record: Record) -> None:
        """Keep a record; it is there to stay when this returns."""

    def find(self, factory_id: str) -> Found:
        """All that is kept for a factory."""

    def leave(self) -> None:
        """This process goes: what it keeps open is no longer alive. Raises nothing."""


def to_json(record: Record) -> dict[str, Json]:
    """A record as JSON: names of what is stopped, states and times, nothing of any object's body."""
    entry = record.entry
    return {
        "version": VERSION,
        "kind": str(record.kind),
        "factory": entry.factory_id,
        "run": entry.run,
        "number": record.number,
        "at": record.at.isoformat(timespec="seconds"),
        "began": entry.began,
        "by": entry.by,
        "plan": entry.plan,
        "triggers": [
            {
                "kind": each.ref.kind.word,
                "name": each.ref.name,
                "event": each.event,
                "state": "Started",
                "etag": each.etag,
            }
            for each in entry.triggers
        ],
    }


class NotARecordError(ValueError):
    """This is no record that this version can read; the message says why."""


def from_json(tree: Json) -> Record:
    """The record that a JSON tree holds. Raises `NotARecordError`: half written, foreign, or of a later version."""
    if not isinstance(tree, dict) or "version" not in tree:
        raise NotARecordError("it is no journal of Ecluse")
    if tree["version"] not in _READABLE:
        raise NotARecordError(f"it was written by another version of Ecluse (format {tree['version']!r})")
    try:
        triggers = tuple(KeptTrigger(_ref(each), bool(each["event"]), _text(each, "etag")) for each in tree["triggers"])
        entry = JournalEntry(
            factory_id=_text(tree, "factory"),
            run=_run(tree),
            triggers=triggers,
            began=_text(tree, "began"),
            by=_text(tree, "by"),
            plan=_text(tree, "plan"),
        )
        at = datetime.fromisoformat(_text(tree, "at"))
        return Record(Kind(tree["kind"]), entry, int(tree["number"]), at if at.tzinfo else at.replace(tzinfo=UTC))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise NotARecordError(f"it is damaged ({type(error).__name__}: {error})") from None


def _ref(tree: Mapping[str, Json]) -> ObjectRef:
    found = ref(_text(tree, "kind") if "kind" in tree else "trigger", _text(tree, "name"))
    if found.kind.switch is None:
        raise ValueError(f"{found} is nothing that runs")
    return found


def _run(tree: Mapping[str, Json]) -> str:
    run = _text(tree, "run")
    if not _RUN.fullmatch(run):
        raise ValueError("run is no name of a run")
    return run


def _text(tree: Mapping[str, Json], key: str) -> str:
    if not isinstance(tree[key], str):
        raise TypeError(f"{key} is no text")
    return str(tree[key])


@dataclass(slots=True)
class _Opened:
    """A run of this process whose journal is open."""

    entry: JournalEntry
    number: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def noted(self, etags: Mapping[ObjectRef, str], keep: Callable[[ObjectRef], bool], now: datetime) -> Record:
        """The next note, with these etags beside those that are known already."""
        kept = (each for each in self.entry.triggers if keep(each.ref))
        known = tuple(replace(each, etag=etags.get(each.ref, each.etag)) for each in kept)
        self.entry, self.number = replace(self.entry, triggers=known), self.number + 1
        return Record(Kind.NOTE, self.entry, self.number, now)


def _before_its_stops(entry: JournalEntry) -> JournalEntry:
    """The etags of an `open` record are older than our own stops, so they say nothing about who came later."""
    return replace(entry, triggers=tuple(replace(each, etag="") for each in entry.triggers))


class Journals:
    """The journal of one process over all its stores; implements `apply.ports.Journal`. Thread-safe.

    `lease` is how long, in seconds, a run counts as alive after its last sign of life where nobody knows better;
    a run that takes longer gives signs in time. `now` is a clock that all who share a store have in common.
    """

    def __init__(
        self,
        factory_id: str,
        stores: Sequence[Store],
        *,
        lease: float,
        now: Callable[[], datetime],
        by: str = "",
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._factory_id = factory_id
        self._stores, self._kept = list(stores), list(stores)
        self._lease, self._by, self._notice, self._now = lease, by, notice, now
        self._open: dict[str, _Opened] = {}
        self._told: set[str] = set()
        self._lock = threading.Lock()  # a record is made and kept under it, so that no note comes after the end

    def open(self, entry: JournalEntry) -> JournalEntry:
        """Record before action. Raises `Refused` when no store can keep it."""
        entry = replace(entry, began=entry.began or self._now().isoformat(timespec="seconds"), by=self._by)
        record = Record(Kind.OPEN, entry, 0, self._now())
        failed: list[tuple[Store, EcluseError]] = []
        for store in self._stores:
            try:
                store.add(record)
            except EcluseError as error:
                failed.append((store, error))
        self._kept = [store for store in self._stores if store not in [each for each, _ in failed]]
        if not self._kept:
            raise Refused([problem for _, error in failed for problem in error.problems])
        where = " and ".join(each.title for each in self._kept)
        for store, why in failed:
            self._tell(f"no journal in {store.title}, only in {where}", why)
        # The first note sets all etags: those of now are older than our own stops.
        opened = _Opened(_before_its_stops(entry))
        with self._lock:
            self._open[entry.run] = opened
        threading.Thread(target=self._live, args=(opened,), name="ecluse-journal", daemon=True).start()
        return entry

    def note(
        self, run: str, etags: Mapping[ObjectRef, str], keep: Callable[[ObjectRef], bool] = lambda _: True
    ) -> None:
        """Our own writes have left these etags; what `keep` refuses need not come back. A failure is only told."""
        with self._lock:
            if run in self._open:
                self._add(self._open[run].noted(etags, keep, self._now()), self._kept)

    def close(self, run: str) -> None:
        """Every trigger of the run is as it should be. Where that can't be kept, the next run finds them running."""
        with self._lock:
            opened = self._open.pop(run, None)
            if opened is not None:
                opened.ended.set()
            entry = opened.entry if opened else JournalEntry(self._factory_id, run)
            self._add(Record(Kind.CLOSED, entry, 0, self._now()), self._kept if opened else self._stores)

    def leave(self) -> None:
        """This process goes. What is still open is for the next run, which need not wait for us."""
        with self._lock:
            for each in self._open.values():
                each.ended.set()
            self._open.clear()
            for store in self._stores:
                store.leave()

    def _add(self, record: Record, stores: Iterable[Store]) -> None:
        for store in stores:
            try:
                store.add(record)
            except EcluseError as error:
                self._tell(f"the journal in {store.title} could not be written", error)

    def _tell(self, what: str, error: EcluseError) -> None:
        """Once: a place that refuses us goes on refusing, with another correlation id each time; one line is enough."""
        if what not in self._told:
            self._told.add(what)
            self._notice(f"{what}: {error}")

    def _live(self, opened: "_Opened") -> None:
        """Signs of life as long as the run is open."""
        while not opened.ended.wait(self._lease / 3):
            self.note(opened.entry.run, {})

    def read(self) -> Reading:
        """The open runs of the factory but our own. Raises `Refused` when no store can be read."""
        by_store: list[tuple[Store, Found]] = []
        failed: list[EcluseError] = []
        for store in self._stores:
            try:
                by_store.append((store, store.find(self._factory_id)))
            except EcluseError as error:
                failed.append(error)
                self._tell(f"the journal in {store.title} can't be read", error)
        found = [each for _, each in by_store]
        if not found and failed:
            raise Refused([problem for error in failed for problem in error.problems])
        alive = frozenset(run for each in found for run in each.alive)
        dead = frozenset(run for each in found for run in each.dead)
        over = frozenset(run for each in found for run in each.closed)
        records: list[Record] = []
        for store, each in by_store:
            of_others = [record for record in each.records if record.entry.run not in self._open]
            by_run = {record.entry.run: record for record in of_others}
            ended = {run: record for run, record in by_run.items() if run.casefold() in over and run not in alive}
            records += [record for record in of_others if record.entry.run not in ended]
            # Another machine has ended it; this place has to learn of it before that one forgets.
            for record in ended.values():
                self._add(Record(Kind.CLOSED, record.entry, 0, self._now()), [store])
        runs = sorted(self._runs(records, alive, dead), key=lambda each: (each.entry.began, each.entry.run))
        return Reading(tuple(runs), tuple(text for each in found for text in each.damaged))

    def _runs(self, records: Iterable[Record], alive: frozenset[str], dead: frozenset[str]) -> Iterable[OpenRun]:
        by_run: dict[str, list[Record]] = {}
        for record in records:
            by_run.setdefault(record.entry.run, []).append(record)
        for run, every in by_run.items():
            if any(record.kind is Kind.CLOSED for record in every):
                continue
            last = max(every, key=lambda record: record.number)
            entry = last.entry if last.kind is Kind.NOTE else _before_its_stops(last.entry)
            seen = max(record.at for record in every)
            recent = (self._now() - seen).total_seconds() < self._lease  # so is one from the future: clocks differ
            ours = bool(self._by) and entry.by == self._by and run not in alive
            yield OpenRun(entry, seen, run in alive or (recent and run not in dead), ours)
