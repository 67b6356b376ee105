"""An override: one row of a stage's configuration, whatever file format it came in."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from ecluse.errors import Notice, Problem, Where
from ecluse.jsontree import Path, spell
from ecluse.model.kinds import FACTORY_WORD
from ecluse.model.objects import ObjectRef

HEADER = ("type", "name", "path", "value")
"""The columns of a configuration, in their order."""


class OverrideAction(StrEnum):
    """What a row does to its path."""

    UPDATE = "update"
    ADD = "add"
    REMOVE = "remove"


_LONGEST = 300


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


@dataclass(frozen=True, slots=True)
class Override:
    """One row: which objects (`type` word and name pattern), which path, and the text to put there.

    `type` may be empty: then whichever kind has an object of the name is meant. `path` is as the user wrote it, less
    the leading `+` or `-` and the trailing `?`.
    """

    type: str
    name: str
    path: str
    value: str = field(repr=False)  # it may be a secret
    origin: Where
    action: OverrideAction = OverrideAction.UPDATE
    optional: bool = False

    @property
    def subject(self) -> str:
        """What the row addresses, as messages name it."""
        return _cut(f"{self.type}.{self.name}" if self.type else self.name)

    @property
    def place(self) -> str:
        """The path as messages name it: what is wrong with a very long one must still be read behind it."""
        return _cut(self.path)


@dataclass(frozen=True, slots=True)
class SignedPath:
    """A path as users write it, taken apart: what the row does, where, and whether it may find nothing."""

    action: OverrideAction
    path: str
    optional: bool


_SIGNS = {"+": OverrideAction.ADD, "-": OverrideAction.REMOVE}


def read_path(text: str) -> SignedPath:
    """A path with its sign (`+` adds, `-` removes, none updates) and its `?` (the row is optional), if it has them.

    Raises `ValueError` where there are two signs: no path begins with one.
    """
    text = text.strip()
    action = _SIGNS.get(text[:1], OverrideAction.UPDATE)
    bare = text if action is OverrideAction.UPDATE else text[1:].lstrip()
    if bare[:1] in _SIGNS:
        raise ValueError("the path begins with two signs")
    return SignedPath(action, bare.removesuffix("?").strip(), bare.endswith("?"))


def csv_row(type_: str, name: str, path: str, value: str) -> str:
    """The row of a CSV configuration with these cells, ready to be pasted."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow((type_, name, path, value))
    return text.getvalue()


def object_row(at: ObjectRef, path: Path, value: str, sign: str = "") -> str:
    """The row for a place of an object, `path` below its `properties`; global parameters belong to the factory there.

    `sign` is that of the path: + or -.
    """
    if at.kind.word == "globalParameters":
        return csv_row(FACTORY_WORD, "*", f"{sign}{spell((at.kind.word, *path))}", value)
    return csv_row(at.kind.word, at.name, f"{sign}{spell(path)}", value)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What configuration files hold: the rows in order, and what is wrong with the rows that can't be read.

    The problems travel with the rows, so that `configure` raises them together with what it finds itself.
    """

    overrides: tuple[Override, ...] = ()
    problems: tuple[Problem, ...] = ()
    notices: tuple[Notice, ...] = ()

    @classmethod
    def joined(cls, parts: Iterable["Configuration"]) -> "Configuration":
        """Several files as one, in their order: later rows win."""
        every = tuple(parts)
        return cls(
            tuple(row for part in every for row in part.overrides),
            tuple(problem for part in every for problem in part.problems),
            tuple(notice for part in every for notice in part.notices),
        )
