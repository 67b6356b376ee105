"""Finds what a `--source` means, a template or a collaboration branch, and says what lies beside it unread."""

import re
from collections.abc import Iterator
from enum import Enum
from operator import attrgetter
from pathlib import Path

from ecluse.errors import Code, Notice, Problem, Refused, Where
from ecluse.model.kinds import FACTORY_WORD
from ecluse.sources.layout import is_home

MAIN = "ARMTemplateForFactory.json"
PARAMETERS = "ARMTemplateParametersForFactory.json"
MASTER = "ArmTemplate_master.json"
_MASTER_PARAMETERS = "ArmTemplateParameters_master.json"
_LINKED = "linkedTemplates"
_LEFTOVERS = frozenset({"partialarmtemplates", _LINKED.casefold()})

# What ADF writes for one publish, and one part of linked templates: neither is a factory.
_PARTIAL = re.compile(r"ArmTemplate(_\d+){4,}\.json$", re.IGNORECASE)
_PART = re.compile(r"ArmTemplate_(\d+)\.json", re.IGNORECASE)
_NAMED = 5  # files that are named as what may be meant
_EXPORT = f"give the {MAIN} that ADF publishes beside it"


class Form(Enum):
    """What a source is: an ARM template (one file, or linked ones), or a folder of objects."""

    TEMPLATE = "template"
    FOLDER = "folder"


def form_of(place: Path) -> Form:
    """The form of what `locate` has found."""
    return Form.FOLDER if place.is_dir() and not numbered(place) else Form.TEMPLATE


def locate(source: Path) -> Path:
    """The template, or the folder of a collaboration branch: `source` itself, or its one sub-folder that is one.

    Where there is no main template, the master of linked templates; and their folder where they have no master.
    File names are compared without case. Raises `Refused` when there is none, or more than one.
    """
    if source.is_file():
        _refuse_parts(source)
        return source
    if not source.exists():
        raise Refused(Problem(Code.SOURCE_MISSING, "no such file or folder", "check --source", Where(str(source))))
    return _only(next(filter(None, _places(source)), []), source)


def _places(source: Path) -> Iterator[list[Path]]:
    """What may be meant, what wins first: folders may hold thousands of files, so none is read without need."""
    yield list(_main_templates(source))
    yield list(_linked(source))
    yield [source] if _is_collaboration(source) else []
    folders = list(_folders(source))
    yield [each for folder in folders for each in _main_templates(folder)]
    yield [each for folder in folders for each in _linked(folder)]
    yield [each for each in folders if _is_collaboration(each) and _holds_objects(each)]


def _only(found: list[Path], source: Path) -> Path:
    if not found:
        raise Refused(_nothing(source))
    if len(found) > 1:
        names = ", ".join(str(each.relative_to(source)) for each in found)
        one_folder = found[0].is_file() and len({each.parent for each in found}) == 1
        differs = "whose names differ in case only" if one_folder else "in sub-folders"
        things = "factories (folders of JSON)" if found[0].is_dir() else "main templates"
        what = f"there are {len(found)} {things} {differs}: {names}"
        raise Refused(Problem(Code.SOURCE_NOT_A_FACTORY, what, "give the one you mean as --source", Where(str(source))))
    return found[0]


def _is_collaboration(folder: Path) -> bool:
    """Whether it has the folder of a kind, or a factory's file; a publish branch has a folder `factory`, too."""
    return any(each.is_dir() and (is_home(each.name) or _is_factory_folder(each)) for each in _entries(folder))


def _is_factory_folder(folder: Path) -> bool:
    return folder.name.casefold() == FACTORY_WORD and any(
        each.suffix.casefold() == ".json" and "armtemplate" not in each.name.casefold() for each in _entries(folder)
    )


def _holds_objects(folder: Path) -> bool:
    """Whether a folder of a kind holds JSON: one that only bears the name may be anything."""
    homes = (each for each in _entries(folder) if each.is_dir() and (is_home(each.name) or _is_factory_folder(each)))
    return any(each.suffix.casefold() == ".json" for home in homes for each in _entries(home))


def _linked(folder: Path) -> Iterator[Path]:
    """The master of linked templates in a folder or in its `linkedTemplates`; the folder with parts without one."""
    inside = child(folder, _LINKED)
    for each in (folder, *([inside] if inside and inside.is_dir() else [])):
        master = child(each, MASTER)
        if master or numbered(each):
            yield master or each


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


def _folders(source: Path) -> Iterator[Path]:
    for each in _entries(source):
        if each.is_dir() and each.name.casefold() not in _LEFTOVERS and not each.name.startswith("."):
            yield each


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
    here = {each.name.casefold() for folder in (source, *_folders(source)) for each in _entries(folder)}
    others = sorted(name for name in here if name.endswith("template.json") or "templatefor" in name)
    beside = f"; there is {', '.join(others[:_NAMED])}" if others else ""
    what = (
        f"there is no {MAIN}, no {MASTER}, and no folder of JSON such as pipeline/, neither in the folder nor in one "
        f"below it{beside}"
    )
    remedy = (
        "give the folder that ADF published (branch adf_publish), the template file itself, or the collaboration "
        "branch's folder that holds pipeline/, dataset/ …"
    )
    return Problem(Code.SOURCE_MISSING, what, remedy, Where(str(source)))
