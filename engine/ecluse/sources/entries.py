"""What lies in a folder that others wrote: files, folders, and links that must not lead out of it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ecluse.errors import Code, Problem, Refused, Where


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a folder. `strays` where a link leads out of the source, in a circle, or nowhere."""

    path: Path
    is_folder: bool
    is_file: bool
    strays: bool = False

    @property
    def name(self) -> str:
        """Its name."""
        return self.path.name

    @property
    def is_json(self) -> bool:
        """Whether it is named as a JSON file."""
        return self.name.casefold().endswith(".json")


def entries(folder: Path, root: Path) -> tuple[Entry, ...]:
    """What lies in a folder of the source `root`, by name. Raises `Refused` where the folder can't be read."""
    try:
        with os.scandir(folder) as found:
            return tuple(sorted((_entry(each, root) for each in found), key=lambda each: each.name))
    except OSError as error:
        what = f"the folder can't be read: {error.strerror or error}"
        raise Refused(Problem(Code.SOURCE_UNREADABLE, what, "check the rights", Where(str(folder)))) from None


def _entry(each: os.DirEntry[str], root: Path) -> Entry:
    path = Path(each.path)
    if each.is_symlink() and not _stays_inside(path, root):
        return Entry(path, is_folder=False, is_file=False, strays=True)
    return Entry(path, is_folder=each.is_dir(), is_file=each.is_file())


def _stays_inside(link: Path, root: Path) -> bool:
    """What a link leads to would be deployed: a file of the machine must not be, nor a folder around the source."""
    try:
        return link.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # nowhere, or in a circle (an OSError or a RuntimeError, by Python's version)
        return False


def below(folder: Path, steps: tuple[str, ...], root: Path) -> Iterator[Path]:
    """The folders at a place below, each step compared without case: there may be several in another case.

    Raises `Refused` where a link in their place strays: what it was to hold would look as if it were gone.
    """
    if not steps:
        yield folder
        return
    for each in entries(folder, root):
        if each.name.casefold() != steps[0].casefold():
            continue
        if each.strays:
            raise Refused(astray(each))
        if each.is_folder:
            yield from below(each.path, steps[1:], root)


def astray(each: Entry) -> Problem:
    """What to say of a link that leads out of the source, in a circle, or nowhere."""
    what = "this is a link that leads nowhere, in a circle, or out of the source"
    remedy = "put what is meant itself in its place, or remove the link"
    return Problem(Code.SOURCE_UNREADABLE, what, remedy, Where(str(each.path)))
