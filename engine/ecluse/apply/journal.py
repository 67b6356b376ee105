"""A journal for one process: it knows what was stopped as long as the run lives."""

from dataclasses import dataclass, field

from ecluse.apply.ports import JournalEntry


@dataclass(slots=True)
class MemoryJournal:
    """Open entries by run. A journal that outlives the process is another implementation of the same port."""

    entries: dict[str, JournalEntry] = field(default_factory=dict)

    def open(self, entry: JournalEntry) -> None:
        """Record before action."""
        self.entries[entry.run] = entry

    def close(self, run: str) -> None:
        """Forget the run; one that stopped nothing has no entry."""
        self.entries.pop(run, None)
