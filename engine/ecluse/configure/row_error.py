"""Why one row can't be applied. It stays inside `configure`, which makes problems of it and goes on."""

from collections.abc import Callable

from ecluse.errors import Code


class RowError(Exception):
    """One thing that is wrong with a row: reason and remedy, never the text of a secret.

    `hint` gives what may be added to the reason, such as the nearest name; looking for it takes time, so who asks
    for it thousands of times asks for the first ones only.
    """

    code = Code.CONFIG_FORMAT

    def __init__(self, reason: str, remedy: str, hint: Callable[[], str] = str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.hint = hint


class UnknownTypeError(RowError):
    """The type column names no kind."""

    code = Code.CONFIG_TYPE


class NoObjectError(RowError):
    """No object of this type and name."""

    code = Code.CONFIG_NO_OBJECT


class AmbiguousError(RowError):
    """Objects of several kinds have this name, and the row says no type."""

    code = Code.CONFIG_AMBIGUOUS


class PathError(RowError):
    """The path can't be read, or can't be used here."""

    code = Code.CONFIG_PATH


class NoPathError(PathError):
    """Nothing stands at the path."""


class BadValueError(RowError):
    """The text can't stand where it is to stand."""

    code = Code.CONFIG_VALUE


class BadTokenError(RowError):
    """A token that can't be replaced."""

    code = Code.CONFIG_TOKEN
