"""The journal of one process over several places: what it keeps, believes, and does when a place fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ecluse.apply.journal import Found, Journals, Kind, NotARecordError, Record, from_json, to_json
from ecluse.apply.ports import JournalEntry, KeptTrigger
from ecluse.errors import Code, EcluseError, Failed, Problem, Refused
from ecluse.model.objects import ref

FACTORY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataFactory/factories/f"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
T, U = ref("trigger", "T"), ref("trigger", "U")
ENTRY = JournalEntry(FACTORY, "one", (KeptTrigger(T, etag="old"), KeptTrigger(U, event=True, etag="old")))


def broken() -> EcluseError:
    return Failed(Problem(Code.JOURNAL, "no room", "make some"))


@dataclass
class Memory:
    """A `Store` that fails where a test says so."""

    title: str = "memory"
    records: list[Record] = field(default_factory=list)
    fails: frozenset[str] = frozenset()
    dead: frozenset[str] = frozenset()
    alive: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()

    def add(self, record: Record) -> None:
        if str(record.kind) in self.fails:
            raise broken()
        self.records.append(record)

    def find(self, factory_id: str) -> Found:
        assert factory_id == FACTORY
        if "find" in self.fails:
            raise broken()
        return Found(tuple(self.records), alive=self.alive, dead=self.dead, closed=self.closed)

    def leave(self) -> None:
        self.dead = self.dead | {record.entry.run for record in self.records}


Made = Callable[..., Journals]


@pytest.fixture
def journals() -> Iterator[Made]:
    """Makes the journal of one process; all of them go at the end."""
    made: list[Journals] = []

    def make(*stores: Memory, by: str = "", told: list[str] | None = None, at: datetime = NOON) -> Journals:
        heard: list[str] = [] if told is None else told
        made.append(Journals(FACTORY, stores, lease=600, by=by, notice=heard.append, now=lambda: at))
        return made[-1]

    yield make
    for each in made:
        each.leave()


def later(**more: float) -> datetime:
    return NOON + timedelta(**more)


def test_a_record_survives_json() -> None:
    entry = JournalEntry(FACTORY, "one", ENTRY.triggers, began="2026-11-23T12:00:00+00:00", by="https://run", plan="p")
    record = Record(Kind.NOTE, entry, 3, NOON)
    assert from_json(to_json(record)) == record


GOOD = to_json(Record(Kind.OPEN, ENTRY, 0, NOON))
BAD: dict[str, Any] = {
    "nothing": None,
    "a list": [],
    "a text": "journal",
    "something else's JSON": {"kind": "open"},
    "a newer version": GOOD | {"version": 3},
    "a thing that never runs": GOOD | {"triggers": [{"kind": "pipeline", "name": "P", "event": False, "etag": ""}]},
    "a kind of later": GOOD | {"triggers": [{"kind": "robot", "name": "R", "event": False, "etag": ""}]},
    "a record of later": GOOD | {"kind": "paused"},
    "no triggers": {name: value for name, value in GOOD.items() if name != "triggers"},
    "triggers as text": GOOD | {"triggers": "T"},
    "a trigger without a name": GOOD | {"triggers": [{"event": False, "etag": ""}]},
    "a trigger that is a text": GOOD | {"triggers": ["T"]},
    "a number without end": GOOD | {"number": float("inf")},
    "no time": GOOD | {"at": "yesterday"},
    "a run that leaves the folder": GOOD | {"run": "../../one"},
    "a run with half a character": GOOD | {"run": "\ud800"},
}


@pytest.mark.parametrize("tree", BAD.values(), ids=BAD.keys())
def test_what_is_no_record_of_ours_is_said_and_not_believed(tree: Any) -> None:
    with pytest.raises(
        NotARecordError, match=r"^it (is no journal of Ecluse|is damaged|was written by another version)"
    ):
        from_json(tree)


def test_what_an_earlier_version_kept_is_read_as_triggers() -> None:
    old = GOOD | {"version": 1, "triggers": [{"name": "T", "event": False, "state": "Started", "etag": "e"}]}
    assert from_json(old).entry.triggers == (KeptTrigger(ref("trigger", "T"), etag="e"),)


def test_a_change_data_capture_is_kept_as_one() -> None:
    kept = (KeptTrigger(ref("adfcdc", "C"), etag="e"), KeptTrigger(ref("trigger", "C"), event=True))
    record = Record(Kind.OPEN, replace(ENTRY, triggers=kept), 0, NOON)
    assert from_json(to_json(record)) == record


def test_where_one_place_fails_the_other_keeps_it_and_that_is_said_once(journals: Made) -> None:
    told: list[str] = []
    good, bad = Memory("the folder"), Memory("the history", fails=frozenset({"open", "find"}))
    journal = journals(good, bad, told=told)
    journal.open(ENTRY)
    journal.read()
    journal.read()
    journal.close("one")
    assert [record.kind for record in good.records] == [Kind.OPEN, Kind.CLOSED]
    assert bad.records == []
    assert told == [
        "no journal in the history, only in the folder: no room",
        "the journal in the history can't be read: no room",
    ]


def test_a_place_that_refuses_in_other_words_each_time_is_told_once(journals: Made) -> None:
    class Refusing(Memory):
        def find(self, factory_id: str) -> Found:
            assert factory_id == FACTORY
            self.records.append(Record(Kind.OPEN, ENTRY, 0, NOON))
            raise Failed(Problem(Code.JOURNAL, f"no [correlation id {len(self.records)}]", "sign in"))

    told: list[str] = []
    journal = journals(Memory("the folder"), Refusing("the history"), told=told)
    journal.read()
    journal.read()
    assert told == ["the journal in the history can't be read: no [correlation id 1]"]


def test_a_run_that_another_machine_has_ended_is_over_here_too(journals: Made) -> None:
    folder, history = Memory("the folder"), Memory("the history", closed=frozenset({"one"}))
    folder.records.append(Record(Kind.OPEN, replace(ENTRY, run="One"), 0, NOON))
    assert journals(folder, history).read().runs == ()
    assert [record.kind for record in folder.records] == [Kind.OPEN, Kind.CLOSED], "before the history forgets it"
    assert history.records == []


def test_a_run_that_lives_is_at_work_whatever_another_machine_has_made_of_it(journals: Made) -> None:
    folder, history = Memory("the folder", alive=frozenset({"one"})), Memory("the history", closed=frozenset({"one"}))
    folder.records.append(Record(Kind.OPEN, ENTRY, 0, NOON))
    (run,) = journals(folder, history).read().alive
    assert run.entry.run == "one"
    assert [record.kind for record in folder.records] == [Kind.OPEN]


@pytest.mark.parametrize("stores", [0, 1, 2])
def test_where_no_place_keeps_or_shows_it_that_is_a_refusal(journals: Made, stores: int) -> None:
    fails = frozenset({"open", "find"})
    journal = journals(*(Memory(fails=fails) for _ in range(stores)))
    with pytest.raises(Refused):
        journal.open(ENTRY)
    if stores:
        with pytest.raises(Refused):
            journal.read()


def test_the_etags_of_before_our_own_stops_say_nothing(journals: Made) -> None:
    store = Memory()
    journals(store).open(ENTRY)
    (found,) = journals(store).read().runs
    assert [each.etag for each in found.entry.triggers] == ["", ""]


def test_a_note_adds_what_is_known_and_leaves_out_what_need_not_come_back(journals: Made) -> None:
    store = Memory()
    journal = journals(store)
    journal.open(ENTRY)
    journal.note("one", {T: "after"})
    journal.note("one", {}, keep=lambda at: at == T)
    (found,) = journals(store).read().runs
    assert found.entry.triggers == (KeptTrigger(T, etag="after"),)
    assert [record.number for record in store.records] == [0, 1, 2]


def test_nothing_is_noted_after_the_end(journals: Made) -> None:
    store = Memory()
    journal = journals(store)
    journal.open(ENTRY)
    journal.close("one")
    journal.note("one", {T: "late"})
    assert [record.kind for record in store.records] == [Kind.OPEN, Kind.CLOSED]
    assert journals(store).read().runs == ()


def test_a_run_of_another_process_is_closed_everywhere_even_where_our_own_is_not_kept(journals: Made) -> None:
    local, history = Memory(), Memory(fails=frozenset({"open"}))
    journal = journals(local, history)
    journal.open(ENTRY)
    journal.close("another")
    journal.close("one")
    assert [record.entry.run for record in history.records] == ["another"]


LIFE: dict[str, tuple[dict[str, Any], datetime, bool]] = {
    "a sign of life within the lease": ({}, later(seconds=599), True),
    "none for longer than the lease": ({}, later(seconds=600), False),
    "its process is gone, as this machine knows": ({"dead": frozenset({"one"})}, later(seconds=1), False),
    "its process lives, as this machine knows": ({"alive": frozenset({"one"})}, later(days=3), True),
    "its record is from the future: the clocks differ": ({}, later(hours=-5), True),
}


@pytest.mark.parametrize(("knows", "now", "alive"), LIFE.values(), ids=LIFE.keys())
def test_whether_a_run_lives(journals: Made, knows: dict[str, Any], now: datetime, alive: bool) -> None:
    store = Memory(records=[Record(Kind.OPEN, ENTRY, 0, NOON)], **knows)
    (found,) = journals(store, at=now).read().runs
    assert found.alive is alive


def test_a_note_is_a_sign_of_life(journals: Made) -> None:
    notes = [Record(Kind.OPEN, ENTRY, 0, NOON), Record(Kind.NOTE, ENTRY, 1, later(seconds=500))]
    (found,) = journals(Memory(records=notes), at=later(seconds=1000)).read().alive
    assert found.seen == later(seconds=500)


@pytest.mark.parametrize(
    ("by", "alive", "ours"), [("https://run", (), True), ("https://run", ("one",), False), ("", (), False)]
)
def test_only_what_nothing_but_its_age_keeps_alive_is_ours(
    journals: Made, by: str, alive: tuple[str, ...], ours: bool
) -> None:
    entry = JournalEntry(FACTORY, "one", by=by)
    store = Memory(records=[Record(Kind.OPEN, entry, 0, NOON)], alive=frozenset(alive))
    (found,) = journals(store, by=by).read().runs
    assert (found.alive, found.ours) == (True, ours)


def test_the_run_that_began_first_comes_first_and_our_own_is_not_among_them(journals: Made) -> None:
    at = {"b": "2026-11-23T10:00:00+00:00", "a": "2026-11-23T11:00:00+00:00", "c": "2026-11-23T10:00:00+00:00"}
    store = Memory(
        records=[Record(Kind.OPEN, JournalEntry(FACTORY, run, began=began), 0, NOON) for run, began in at.items()]
    )
    journal = journals(store)
    journal.open(ENTRY)
    assert [each.entry.run for each in journal.read().runs] == ["b", "c", "a"]
