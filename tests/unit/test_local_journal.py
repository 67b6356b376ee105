"""The journal's files on this machine."""

import errno
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ecluse.apply.journal import Found, Kind, Record, to_json
from ecluse.apply.ports import JournalEntry, KeptTrigger
from ecluse.errors import Refused
from ecluse.journal import LocalJournal, default_folder, owner
from ecluse.model.objects import ref

FACTORY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataFactory/factories/f"
ENTRY = JournalEntry(FACTORY, "one", (KeptTrigger(ref("trigger", "[concat('ü')]")),))
OPEN = Record(Kind.OPEN, ENTRY, 0, datetime(2026, 11, 23, 12, tzinfo=UTC))
NOTE = replace(OPEN, kind=Kind.NOTE, number=1)
CLOSED = replace(OPEN, kind=Kind.CLOSED)


def test_what_was_kept_is_found_and_lives_as_long_as_its_process_holds_it(tmp_path: Path) -> None:
    mine, another = LocalJournal(tmp_path / "new" / "folder"), LocalJournal(tmp_path / "new" / "folder")
    mine.add(OPEN)
    mine.add(NOTE)
    found = another.find(FACTORY.upper())
    assert found == Found((OPEN, NOTE), alive=frozenset({"one"}))
    mine.leave()
    assert another.find(FACTORY).dead == {"one"}


def test_what_the_disk_has_not_confirmed_is_not_kept_not_even_by_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ecluse.journal.os.fsync", full)
    journal = LocalJournal(tmp_path)
    with pytest.raises(Refused, match="No space left on device"):
        journal.add(OPEN)
    assert journal.find(FACTORY) == Found()
    assert list(tmp_path.iterdir()) == []


def test_what_reaches_the_disk_and_is_told_as_failed_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_folder: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("ecluse.journal._settle", lost)
    with pytest.raises(Refused, match="Input/output error"):
        LocalJournal(tmp_path).add(OPEN)
    assert list(tmp_path.iterdir()) == []


def test_a_journal_that_can_not_be_opened_is_named_and_hides_no_other(tmp_path: Path) -> None:
    mine = LocalJournal(tmp_path)
    mine.add(OPEN)
    (path,) = tmp_path.glob("*.journal")
    odd = path.with_name(path.name.replace("one", "odd"))
    odd.mkdir()
    found = LocalJournal(tmp_path).find(FACTORY)
    assert (found.records, found.alive) == ((OPEN,), frozenset({"one"}))
    assert [text.startswith(f"{odd}: ") for text in found.damaged] == [True]


@pytest.mark.skipif(sys.platform == "win32", reason="a link needs a right there")
def test_a_journal_that_its_run_has_just_closed_is_nothing_to_talk_of(tmp_path: Path) -> None:
    mine = LocalJournal(tmp_path)
    mine.add(OPEN)
    (path,) = tmp_path.glob("*.journal")
    path.with_name(path.name.replace("one", "gone")).symlink_to(tmp_path / "nowhere")
    assert LocalJournal(tmp_path).find(FACTORY) == Found((OPEN,), alive=frozenset({"one"}))


def test_a_closed_run_leaves_no_file(tmp_path: Path) -> None:
    journal = LocalJournal(tmp_path)
    journal.add(OPEN)
    journal.add(CLOSED)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert LocalJournal(tmp_path / "none").find(FACTORY).records == ()


def test_a_place_that_can_not_be_written_is_a_refusal_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="can't be written") as refused:
        LocalJournal(tmp_path / "file" / "below").add(OPEN)
    assert "--journal-folder" in refused.value.problems[0].remedy


def test_a_note_does_not_bring_a_file_back_that_is_gone(tmp_path: Path) -> None:
    journal = LocalJournal(tmp_path)
    journal.add(OPEN)
    next(tmp_path.glob("*.journal")).unlink()
    with pytest.raises(Refused):
        journal.add(NOTE)
    assert list(tmp_path.glob("*.journal")) == []
    journal.leave()


def test_two_runs_with_long_names_have_a_file_each(tmp_path: Path) -> None:
    journal = LocalJournal(tmp_path)
    for ending in "ab":
        journal.add(replace(OPEN, entry=replace(ENTRY, run="x" * 150 + ending)))
    assert len(list(tmp_path.glob("*.journal"))) == 2
    journal.leave()


def line(record: Record) -> str:
    return json.dumps(to_json(record)) + "\n"


ELSE = "/subscriptions/other/resourceGroups/g/providers/Microsoft.DataFactory/factories/f"
DAMAGE = {
    "an empty file": ("", 0, ""),
    "half a record": (line(OPEN)[:40], 0, ":1: "),
    "a note that was cut": (line(OPEN) + line(NOTE)[:40], 1, ""),
    "a line in the middle that is broken": (line(OPEN) + "{\n" + line(NOTE), 2, ":2: "),
    "bytes of something else": ("\x00\x01\ufffd", 0, ":1: "),
    "brackets without end": ("[" * 100_000, 0, ":1: "),
    "a newer version": (json.dumps(to_json(OPEN) | {"version": 3}) + "\n", 0, "another version of Ecluse (format 3)"),
    "another subscription's factory": (line(replace(OPEN, entry=replace(ENTRY, factory_id=ELSE))), 0, ELSE),
}


@pytest.mark.parametrize(("text", "records", "damaged"), DAMAGE.values(), ids=DAMAGE.keys())
def test_what_can_not_be_read_is_named_and_stays_where_it_is(
    tmp_path: Path, text: str, records: int, damaged: str
) -> None:
    writer = LocalJournal(tmp_path)
    writer.add(OPEN)
    writer.leave()
    (path,) = tmp_path.glob("*.journal")
    path.write_text(text, encoding="utf-8")
    found = LocalJournal(tmp_path).find(FACTORY)
    assert len(found.records) == records
    assert len(found.damaged) == bool(damaged)
    assert damaged in "".join(found.damaged)
    assert path.read_text(encoding="utf-8") == text


def test_the_folder_is_the_accounts_own_and_an_account_without_one_has_none() -> None:
    home = Path("home")
    assert default_folder({}, None) is None
    assert default_folder({}, home) == home / ".local" / "state" / "ecluse" / "journal"
    assert default_folder({"XDG_STATE_HOME": "state"}, home) == Path("state") / "ecluse" / "journal"


def test_the_owner_is_the_address_of_the_pipeline_run() -> None:
    azure = {
        "SYSTEM_COLLECTIONURI": "https://dev.example/contoso/",
        "SYSTEM_TEAMPROJECT": "Sales and more",
        "BUILD_BUILDID": "7",
    }
    github = {"GITHUB_RUN_ID": "7", "GITHUB_SERVER_URL": "https://github.example", "GITHUB_REPOSITORY": "a/b"}
    assert owner(azure) == "https://dev.example/contoso/Sales%20and%20more/_build/results?buildId=7"
    assert owner(github) == "https://github.example/a/b/actions/runs/7"
    assert owner({"RELEASE_RELEASEWEBURL": "https://release"}) == "https://release"
    assert owner({}) == ""
