"""The layout of a collaboration branch: a folder of JSON files for each kind, and what else lies there."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from ecluse.errors import Code, Notice, Problem, Where
from ecluse.model.kinds import FACTORY_WORD, KINDS, Kind
from ecluse.sources.entries import Entry, astray, below, entries

_BACKUP = "~"
_CONFIGURATION = "deployment"
_COMPANIONS = frozenset({"publish_config.json", "arm-template-parameters-definition.json"})
"""Files of ADF's own beside the folders: where it publishes to, and what it makes a parameter."""

_HOMES = {(*kind.folder.casefold().split("/"),): kind for kind in KINDS.values()}
_TOP = frozenset(home[0] for home in _HOMES) | {FACTORY_WORD}
_TEMPLATES = frozenset({"armtemplateforfactory.json", "armtemplate_master.json"})
_SYNAPSE = frozenset({"sqlscript", "kqlscript", "sparkjobdefinition", "sparkconfiguration", "linkconnection"})
"""Folders that a Synapse workspace has in git, besides those that a data factory has, too."""

_NAMED = 10  # things that a message names one by one


@dataclass(slots=True)
class Layout:
    """What lies in a folder, sorted by what is done with it."""

    objects: list[tuple[Kind, Path]] = field(default_factory=list)
    factories: list[Path] = field(default_factory=list)
    backups: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def is_home(name: str) -> bool:
    """Whether a folder of this name is one of a kind of objects."""
    return name.casefold() in _TOP - {FACTORY_WORD, "globalparameters"}


def home_of(path: PurePath) -> Kind | str | None:
    """Whose folder a file stands in, by its path below the source: a kind's, or FACTORY_WORD's.

    None where it is in neither, or would not be loaded from there.
    """
    if path.suffix.casefold() != ".json" or path.name.startswith(_BACKUP):
        return None
    home = (*(part.casefold() for part in path.parent.parts),)
    return FACTORY_WORD if home == (FACTORY_WORD,) else _HOMES.get(home)


def layout(root: Path) -> Layout:
    """The layout of the folder `root`: kinds in their order, files by name. Folders are known in any case.

    Data Factory Studio keeps no folders below a kind's folder: the folders that it shows are `properties.folder` of
    the objects. Raises `Refused` where a folder can't be read.
    """
    found = Layout()
    for each in entries(root, root):
        name = each.name.casefold()
        if not each.is_folder and name not in _COMPANIONS and not name.startswith("."):
            found.files.append(each.path)
        elif each.is_folder and name not in _TOP and name != _CONFIGURATION and not name.startswith("."):
            found.folders.append(each.path)
    for home, kind in _HOMES.items():
        for folder in below(root, home, root):
            found.objects += [(kind, path) for path in _json_files(folder, home, root, found)]
    for folder in below(root, (FACTORY_WORD,), root):
        found.factories += _json_files(folder, (FACTORY_WORD,), root, found)
    return found


def _json_files(folder: Path, home: tuple[str, ...], root: Path, found: Layout) -> Iterator[Path]:
    inner = {other[len(home)] for other in _HOMES if len(other) > len(home) and other[: len(home)] == home}
    for each in entries(folder, root):
        if each.is_json and not each.is_file:
            found.problems.append(_no_file(each))
        elif each.is_folder:
            if each.name.casefold() not in inner and not each.name.startswith("."):
                found.folders.append(each.path)
        elif not each.is_json:
            if not each.name.startswith("."):
                found.files.append(each.path)
        elif each.name.startswith(_BACKUP):
            found.backups.append(each.path)
        else:
            yield each.path


def _no_file(each: Entry) -> Problem:
    if each.strays:
        return astray(each)
    where = Where(str(each.path))
    what = f"this is a {'folder' if each.is_folder else 'special file'} that is named like a file"
    return Problem(Code.SOURCE_UNREADABLE, what, "rename it, or remove it", where)


def left_out(found: Layout, root: Path) -> Iterator[Notice]:
    """What is not loaded, each sort named once."""
    where = Where(str(root))
    if found.backups:
        what = f"backup copies (their names begin with {_BACKUP}) are not loaded: {_listed(found.backups, root)}"
        yield Notice(Code.LEFT_OUT, what, where)
    templates = [path for path in found.files if path.parent == root and path.name.casefold() in _TEMPLATES]
    if templates:
        what = f"the folders of JSON are read; {_listed(templates, root)} beside them is not"
        yield Notice(Code.LEFT_OUT, f"{what} (give that file as --source to do so)", where)
    misplaced = [path for path in found.files if path.parent == root and path.name.casefold() in _TOP]
    if misplaced:
        what = f"{_listed(misplaced, root)}: objects are looked for in a folder of this name, and this is none"
        yield Notice(Code.LEFT_OUT, what, where)
    synapse = [path for path in found.folders if path.parent == root and path.name.casefold() in _SYNAPSE]
    if synapse:
        what = (
            f"{_listed(synapse, root)}: this looks like a workspace of Azure Synapse Analytics, not like a data factory"
        )
        yield Notice(Code.LEFT_OUT, f"{what}; only what both have is loaded (pipelines, datasets …)", where)
    near = {path: kind for path in found.folders if path.parent == root and (kind := _near(path.name))}
    for path, kind in near.items():
        what = f"the folder {path.name} is not loaded: objects of this kind are looked for in {kind}/"
        yield Notice(Code.LEFT_OUT, what, where)
    inside = [path for path in found.folders if path.parent != root]
    if inside:
        what = f"folders below a kind's are not loaded (Data Factory Studio writes none): {_listed(inside, root)}"
        yield Notice(Code.LEFT_OUT, what, where)
    told = {*near, *inside, *templates, *misplaced, *synapse}
    others = [path for path in (*found.folders, *found.files) if path not in told]
    if others:
        what = f"no objects of a factory, not loaded: {_listed(others, root)}"
        yield Notice(Code.LEFT_OUT, what, where, warning=False)


def _near(name: str) -> str:
    homes = {home[0]: kind.folder.partition("/")[0] for home, kind in _HOMES.items()}
    close = difflib.get_close_matches(name.casefold(), homes, n=1, cutoff=0.85)
    return homes[close[0]] if close else ""


def _listed(paths: list[Path], root: Path) -> str:
    names = [path.relative_to(root).as_posix() for path in paths]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
