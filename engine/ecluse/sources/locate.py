"""Finds what a `--source` means, a template or a collaboration branch, and says what lies beside it unread."""

import re
from collections.abc import Iterator
from enum import Enum
from operator import attrgetter
from pathlib import Path

from ecluse.errors import Code, Notice, Problem, Refused, Where
from ecluse.model.kinds import FACTORY_WORD
from ecluse.sources.entries import entries
from ecluse.sources.files import what_is
from ecluse.sources.layout import is_home

MAIN = "ARMTemplateForFactory.json"
PARAMETERS = "ARMTemplateParametersForFactory.json"
MASTER = "ArmTemplate_master.json"
_MASTER_PARAMETERS = "ArmTemplateParameters_master.json"
_LINKED = "linkedTemplates"
_NO_SOURCES = frozenset({"partialarmtemplates", _LINKED.casefold(), "node_modules"})

_SYNAPSE = "templateforworkspace.json"  # what a workspace of Azure Synapse Analytics publishes

# What ADF writes for one publish, and one part of linked templates: neither is a factory.
_PARTIAL = re.compile(r"ArmTemplate(_\d+){4,}\.json$", re.IGNORECASE)
_PART = re.compile(r"ArmTemplate_(\d+)\.json", re.IGNORECASE)
_NAMED = 5  # files that are named as what may be meant
_LEVELS = 3  # that are looked at below a source
_MOST_FOLDERS = 5_000  # that are looked at: a source is no whole disk
_GIVE = (
    "give the folder that ADF published (branch adf_publish), the template file itself, or the collaboration branch's "
    "folder that holds pipeline/, dataset/ …"
)
_EXPORT = f"give the {MAIN} that ADF publishes beside it"


class Form(Enum):
    """What a source is: an ARM template (one file, or linked ones), or a folder of objects."""

    TEMPLATE = "template"
    FOLDER = "folder"


def locate(source: Path) -> tuple[Form, Path]:
    """What `source` is and where: itself, or the nearest folder below it that is one, up to three levels down.

    Folders of JSON come before a template beside them, which can be named itself; a main template before linked ones.
    Of these the master is the place, and their folder where they have no master. File names are compared without case.
    Raises `Refused` when there is none, or more than one equally near.
    """
    there = what_is(source)
    if there == "file":
        _refuse_parts(source)
        return Form.TEMPLATE, source
    if there != "folder":
        what = f"{'neither a' if there else 'no such'} file {'nor a' if there else 'or'} folder"
        raise Refused(Problem(Code.SOURCE_MISSING, what, "check --source", Where(str(source))))
    level = [source]
    for _ in range(_LEVELS + 1):
        found = [place for folder in level for place in _places(folder, source)]
        if found:
            return _only(found, source)
        level = [each for folder in level for each in _folders(folder, source)]
        if len(level) > _MOST_FOLDERS:
            what = f"there is no factory in it, and more than {_MOST_FOLDERS:,} folders that might hold one"
            raise Refused(Problem(Code.SOURCE_MISSING, what, _GIVE, Where(str(source))))
    if any(is_home(each.name) and each.is_folder for each in entries(source, source)):
        return Form.FOLDER, source  # a factory without objects
    raise Refused(_nothing(source))


def _places(folder: Path, source: Path) -> list[tuple[Form, Path]]:
    """What the folder itself is: several where templates differ in the case of their names."""
    here = [each.path for each in entries(folder, source) if each.is_folder]
    if any(is_home(each.name) and _holds_json(each) for each in here):
        return [(Form.FOLDER, folder)]
    templates = [*_main_templates(folder)] or _linked(folder)
    if templates or not any(map(_is_factory_folder, here)):
        return [(Form.TEMPLATE, each) for each in templates]
    return [(Form.FOLDER, folder)]


def _only(found: list[tuple[Form, Path]], source: Path) -> tuple[Form, Path]:
    if len(found) > 1:
        places = [place for _, place in found]
        names = ", ".join(str(place.relative_to(source)) for place in places[:_NAMED])
        more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
        one_folder = places[0].is_file() and len({each.parent for each in places}) == 1
        differs = "main templates whose names differ in case only" if one_folder else "factories in sub-folders"
        what = f"there are {len(found)} {differs}: {names}{more}"
        raise Refused(Problem(Code.SOURCE_NOT_A_FACTORY, what, "give the one you mean as --source", Where(str(source))))
    return found[0]


def _is_factory_folder(folder: Path) -> bool:
    """Whether it has a factory's file; a publish branch has a folder `factory`, too."""
    return folder.name.casefold() == FACTORY_WORD and any(
        each.suffix.casefold() == ".json" and "armtemplate" not in each.name.casefold() for each in _entries(folder)
    )


def _holds_json(folder: Path) -> bool:
    """Whether a folder of a kind is one: one that only bears the name may be anything."""
    return any(each.suffix.casefold() == ".json" for each in _entries(folder))


def _linked(folder: Path) -> list[Path]:
    """The master of linked templates in a folder, or else in its `linkedTemplates`; the folder of parts without one."""
    inside = child(folder, _LINKED)
    for each in (folder, *([inside] if inside and inside.is_dir() else [])):
        master = child(each, MASTER)
        if master or numbered(each):
            return [master or each]
    return []


def is_linked(folder: Path) -> bool:
    """Whether this is the folder in which ADF puts linked templates."""
    return folder.name.casefold() == _LINKED.casefold()


def numbered(folder: Path) -> tuple[Path, ...]:
    """The parts of linked templates in a folder, `ArmTemplate_N.json`, in the order of their numbers."""
    found = ((_PART.fullmatch(each.name), each) for each in _entries(folder))
    return tuple(each for _, each in sorted((int(match[1]), each) for match, each in found if match))


def not_read(template: Path, named: tuple[Path, ...]) -> Iterator[Notice]:
    """What lies beside the template and is not read; `named` are the parameter files that the user gave."""
    beside = {each.name.casefold(): each for each in _entries(template.parent)}
    names = {MAIN.casefold(): PARAMETERS, MASTER.casefold(): _MASTER_PARAMETERS}
    parameters = beside.get(names.get(template.name.casefold(), "").casefold())
    if parameters and not any(_same(parameters, each) for each in named):
        what = f"{parameters.name} beside the template is not read: it holds development's values"
        yield Notice(Code.NOTE, f"{what}; name it with --parameters to use it", Where(str(template)), warning=False)
    linked = beside.get(_LINKED.casefold())
    if linked and child(linked, MASTER):
        what = f"{linked.name}/ beside it is not read (give that folder as --source to do so)"
        yield Notice(Code.NOTE, f"the main template is read; {what}", Where(str(template)), warning=False)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir(), key=attrgetter("name"))
    except OSError as error:
        what = f"the folder can't be read: {error.strerror or error}"
        raise Refused(Problem(Code.SOURCE_UNREADABLE, what, "check the rights", Where(str(folder)))) from None


def _main_templates(folder: Path) -> Iterator[Path]:
    return (each for each in _entries(folder) if each.name.casefold() == MAIN.casefold() and each.is_file())


def _folders(folder: Path, source: Path) -> Iterator[Path]:
    """The folders in which a factory may lie: none that a link leads to outside of the source, and no tool's own."""
    for each in entries(folder, source):
        if each.is_folder and each.name.casefold() not in _NO_SOURCES and not each.name.startswith("."):
            yield each.path


def child(folder: Path, name: str) -> Path | None:
    """What lies in a folder under this name, compared without case."""
    return next((each for each in _entries(folder) if each.name.casefold() == name.casefold()), None)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _refuse_parts(source: Path) -> None:
    where = Where(str(source))
    if _PARTIAL.search(source.name):
        what = "this is a partial template: it holds what one publish changed, not the factory"
        raise Refused(Problem(Code.SOURCE_NOT_A_FACTORY, what, _EXPORT, where))
    if _PART.fullmatch(source.name):
        what = "this is one part of linked templates, not the factory"
        remedy = f"give the folder that it lies in, or its {MASTER}"
        raise Refused(Problem(Code.SOURCE_NOT_A_FACTORY, what, remedy, where))


def _nothing(source: Path) -> Problem:
    here = {each.name.casefold() for folder in (source, *_folders(source, source)) for each in _entries(folder)}
    others = sorted(name for name in here if name.endswith("template.json") or "templatefor" in name)
    beside = f"; there is {', '.join(others[:_NAMED])}" if others else ""
    beside += " (of a workspace of Azure Synapse Analytics, which is no data factory)" if _SYNAPSE in here else ""
    what = (
        f"there is no {MAIN}, no {MASTER}, and no folder of JSON such as pipeline/, neither in the folder nor in those "
        f"up to {_LEVELS} levels below it{beside}"
    )
    return Problem(Code.SOURCE_MISSING, what, _GIVE, Where(str(source)))
