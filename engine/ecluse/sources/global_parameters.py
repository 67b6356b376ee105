"""The third way in which global parameters come: a file of their own beside a template that holds none."""

from pathlib import Path

from ecluse.errors import Code, Notice, Problem, Refused, Where
from ecluse.model.objects import AdfObject, Factory
from ecluse.sources.files import Document, read_json
from ecluse.sources.locate import is_linked
from ecluse.sources.objects import GLOBAL
from ecluse.sources.template import Template

_FOLDER = "globalparameters"
_ENDING = "_globalparameters.json"


def with_global_parameters_file(factory: Factory, path: Path, template: Template) -> tuple[Factory, tuple[Notice, ...]]:
    """The factory with the global parameters of `globalParameters/<factory>_GlobalParameters.json`.

    ADF writes that file whenever it publishes; what the template holds goes before, since it can be parameterised.
    It lies beside the template, or beside the folder of linked ones. The file holds values, no expressions. Several
    files: the one of the factory that the template was made of.
    """
    if GLOBAL in factory.objects:
        return factory, ()
    files = _files(path.parent) or (_files(path.parent.parent) if is_linked(path.parent) else [])
    made_of = template.parameters.get("factoryname")
    own = f"{made_of.default}{_ENDING}".casefold() if made_of else ""
    chosen = [each for each in files if each.name.casefold() == own] or files
    if len(chosen) > 1:
        names = ", ".join(each.name for each in chosen)
        what = (
            f"several files hold global parameters ({names}); none is read, since it can't be known which one is meant"
        )
        return factory, (Notice(Code.NOTE, what, Where(str(path))),)
    return _with(factory, read_json(chosen[0])) if chosen else (factory, ())


def _files(folder: Path) -> list[Path]:
    found = [each for each in folder.iterdir() if each.name.casefold() == _FOLDER and each.is_dir()]
    return sorted(file for each in found for file in each.iterdir() if file.name.casefold().endswith(_ENDING))


def _with(factory: Factory, document: Document) -> tuple[Factory, tuple[Notice, ...]]:
    where = Where(document.path)
    if not isinstance(document.value, dict) or not all(isinstance(each, dict) for each in document.value.values()):
        what = 'this file holds no global parameters: {"NAME": {"type": …, "value": …}}'
        raise Refused(Problem(Code.SOURCE_NOT_A_FACTORY, what, "correct the file, or remove it", where))
    if not document.value:
        return factory, ()
    made = AdfObject(GLOBAL, {"name": GLOBAL.name, "properties": document.value}, where)
    what = f"the template holds no global parameters; the {len(document.value)} of this file are taken"
    return factory.with_objects([*factory.objects.values(), made]), (Notice(Code.NOTE, what, where, warning=False),)
