"""Reports that are files: FORMATS says which there are, WRITERS how each is written."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from ecluse.errors import Code, Problem, Where
from ecluse.reports import FORMATS, json_report, markdown
from ecluse.reports.account import Account

WRITERS: Mapping[str, Callable[[Account], str]] = MappingProxyType(
    {"markdown": markdown.text_of, "json": json_report.text_of}
)
"""The text of a report by its format."""


def write_reports(reports: Iterable[tuple[str, str]], account: Account, folder: Path) -> Iterator[Problem]:
    """Write those that are files (format, path relative to `folder`); gives what could not be written."""
    for word, path in reports:
        if FORMATS[word].to_file:
            try:
                write_report(word, folder / path, account)
            except OSError as error:
                why = f"the report can't be written: {error.strerror or error}"
                yield Problem(Code.REPORT, why, "Give --report a path that can be written.", Where(path))


def write_report(word: str, path: Path, account: Account) -> None:
    """Write one report; a folder that is not there is made. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(WRITERS[word](account), encoding="utf-8", newline="\n")
