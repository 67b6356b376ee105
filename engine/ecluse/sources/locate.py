"""Finds the template that a `--source` means, and says what lies beside it and is not read."""

import re
from collections.abc import Iterator
from pathlib import Path

from ecluse.errors import Code, Notice, Problem, Refused, Where

MAIN = "ARMTemplateForFactory.json"
PARAMETERS = "ARMTemplateParametersForFactory.json"
_LINKED = "linkedTemplates"
_MASTER = "ArmTemplate_master.json"
_LEFTOVERS = frozenset({"partialarmtemplates", _LINKED.casefold()})

# What ADF writes for one publish, and one part of linked templates: neither is a factory.
_PARTIAL = re.compile(r"ArmTemplate(_\d+){4,}\.json$", re.IGNORECASE)
_PART = re.compile(r"ArmTemplate_(\d+|master)\.json$", re.IGNORECASE)
_EXPORT = f"give the {MAIN} that ADF publishes beside it"


def locate(source: Path) -> Path:
    """The template file: `source` itself, the main template in it, or in its one sub-folder that has one.

    File names are compared without case. Raises `Refused` when there is none, or more than one.
    """
    if source.is_file():
        _refuse_parts(source)
        return source
    if not source.exists():
        raise Refused(Problem(Code.SOURCE_MISSING, "no such file or folder", "check --source", Where(str(source))))
    found = list(_main_templates(source))
    if not found:
        found = [each for folder in _folders(source) for each in _main_templates(folder)]
    if not found:
        _refuse_nothing(source)
    if len(found) > 1:
        names = ", ".join(str(each.relative_to(source)) for each in found)
        differs = "whose names differ in case only" if len({each.parent for each in found}) == 1 else "in sub-folders"
        what = f"there are {len(found)} main templates {differs}: {names}"
        raise Refused(Problem(Code.SOURCE_NOT_A_FACTORY, what, "give the one you mean as --source", Where(str(source))))
    return found[0]


def not_read(template: Path, named: tuple[Path, ...]) -> Iterator[Notice]:
    """What lies beside the template and is not read; `named` are the parameter files that the user gave."""
    beside = {each.name.casefold(): each for each in _entries(template.parent)}
    parameters = beside.get(PARAMETERS.casefold())
    if (
        parameters
        and template.name.casefold() == MAIN.casefold()
        and not any(_same(parameters, each) for each in named)
    ):
        what = f"{parameters.name} beside the template is not read: it holds development's values"
        yield Notice(Code.NOTE, f"{what}; name it with --parameters to use it", Where(str(template)), warning=False)
    linked = beside.get(_LINKED.casefold())
    if linked and _child(linked, _MASTER):
        what = f"{linked.name}/ beside it holds the same objects and is not read"
        yield Notice(Code.NOTE, f"the main template is read; {what}", Where(str(template)), warning=False)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        what = f"the folder can't be read: {error.strerror or error}"
        raise Refused(Problem(Code.SOURCE_UNREADABLE, what, "check the rights", Where(str(folder)))) from None


def _main_templates(folder: Path) -> Iterator[Path]:
    return (each for each in _entries(folder) if each.name.casefold() == MAIN.casefold() and each.is_file())


def _folders(source: Path) -> Iterator[Path]:
    for each in _entries(source):
        if each.is_dir() and each.name.casefold() not in _LEFTOVERS and not each.name.startswith("."):
            yield each


def _child(folder: Path, name: str) -> Path | None:
    return next((each for each in _entries(folder) if each.name.casefold() == name.casefold()), None)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _refuse_parts(source: Path) -> None:
    where = Where(str(source))
    if _PARTIAL.search(source.name):
        what = "this is a partial template: it holds what one publish changed, not the factory"
        raise Refused(Problem(Code.SOURCE_NOT_A_FACTORY, what, _EXPORT, where))
    if _PART.fullmatch(source.name):
        what = "this is one part of linked templates, which are not supported yet"
        raise Refused(Problem(Code.SOURCE_NOT_A_FACTORY, what, _EXPORT, where))


def _refuse_nothing(source: Path) -> None:
    where = Where(str(source))
    here = {each.name.casefold() for folder in (source, *_folders(source)) for each in _entries(folder)}
    if _LINKED.casefold() in here or _MASTER.casefold() in here:
        what = f"there are linked templates and no main template ({MAIN}); linked ones alone are not supported yet"
        remedy = f"publish again, or export the ARM template in ADF: both write {MAIN}"
    elif {"pipeline", "linkedservice", "dataset"} & here:
        what = f"this looks like a collaboration branch (folders of JSON) and has no {MAIN}"
        remedy = "give the folder that ADF published (branch adf_publish); folders of JSON are not supported yet"
    else:
        what = f"there is no {MAIN}, neither in the folder nor in one below it"
        remedy = "give the folder that ADF published (branch adf_publish), or the template file itself"
    raise Refused(Problem(Code.SOURCE_MISSING, what, remedy, where))
