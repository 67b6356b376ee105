"""What is wrong with rows, gathered while they are applied: one problem per row and reason, however many objects."""

from collections.abc import Collection, Iterable, Iterator
from typing import Literal, Protocol

from ecluse.configure.bench import Applied
from ecluse.configure.override import Override
from ecluse.configure.row_error import NoObjectError, NoPathError, RowError
from ecluse.errors import Code, Notice, Problem
from ecluse.model.names import counted

OnMissing = Literal["fail", "warn"]

_MOST_HINTS = 100  # looking for what is nearest compares with all there is: too slow for thousands of wrong rows


class Tolerance(Protocol):
    """Whether a row that finds nothing is an error or a warning."""

    @property
    def missing_object(self) -> OnMissing:
        """No object has its type and name."""

    @property
    def missing_path(self) -> OnMissing:
        """Nothing stands at its path."""


class Findings:
    """Problems, and notices for what the options or the row tolerate."""

    def __init__(self, tolerance: Tolerance) -> None:
        self.problems: list[Problem] = []
        self.notices: list[Notice] = []
        self._tolerance = tolerance
        self._hints_left = _MOST_HINTS

    def add(self, row: Override, errors: Iterable[tuple[str, RowError]]) -> None:
        """What went wrong with one row, for each of the objects that it addresses."""
        alike: dict[tuple[type[RowError], str], list[tuple[str, RowError]]] = {}
        for subject, error in errors:
            alike.setdefault((type(error), error.reason), []).append((subject, error))
        for same in alike.values():
            subject, error = same[0]
            others = f" (and so for {counted(len(same) - 1, 'more object')})" if len(same) > 1 else ""
            told = f"path {row.place}: {error.reason}{self._hint(error)}{others}"
            notice = self._tolerated(row, error, f"{subject}: {told}; the row is skipped")
            if notice is None:
                self.problems.append(Problem(error.code, told, error.remedy, row.origin, subject))
            else:
                self.notices.append(notice)

    def _hint(self, error: RowError) -> str:
        self._hints_left -= 1
        return error.hint() if self._hints_left >= 0 else ""

    def _tolerated(self, row: Override, error: RowError, told: str) -> Notice | None:
        """The notice that stands in for an error where the row, or the options, let a row find nothing."""
        if not isinstance(error, (NoObjectError, NoPathError)):
            return None
        if row.optional:
            return Notice(error.code, f"{told} (it is optional)", row.origin, warning=False)
        missing_object = isinstance(error, NoObjectError)
        on_missing = self._tolerance.missing_object if missing_object else self._tolerance.missing_path
        return Notice(error.code, told, row.origin) if on_missing == "warn" else None


def winners(applied: Collection[Applied]) -> Iterator[Notice]:
    """Where a later row took the place of an earlier one: once for two rows, however many objects."""
    last: dict[tuple[object, ...], Override] = {}
    won: dict[tuple[Override, Override], list[str]] = {}
    for each in applied:
        earlier = last.get(each.key)
        if earlier is not None and earlier is not each.override:
            subject = str(each.ref or f"factory.{each.override.name}")
            won.setdefault((each.override, earlier), []).append(subject)
        last[each.key] = each.override
    for (row, earlier), subjects in won.items():
        others = f" (and so for {counted(len(subjects) - 1, 'more object')})" if len(subjects) > 1 else ""
        said = f"{subjects[0]}: path {row.place}: this row wins over {earlier.origin}{others}"
        yield Notice(Code.NOTE, said, row.origin, warning=False)
