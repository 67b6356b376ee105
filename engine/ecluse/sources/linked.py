"""Linked templates as ADF writes them: a master and its numbered parts; what to do where the master is not there."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ecluse.arm.parameters import Parameter
from ecluse.arm.resources import DEPLOYMENT
from ecluse.errors import Code, Notice, Problem, Where, refuse_any
from ecluse.jsontree import ABSENT, Json, equal
from ecluse.sources.files import Document, read_json
from ecluse.sources.locate import MASTER, numbered
from ecluse.sources.template import Template, part_of, template_of


def without_master(folder: Path) -> tuple[Template, Notice]:
    """A master for the parts in a folder: it deploys all of them and hands down each parameter under its own name.

    Raises `Refused` when two parts declare one parameter differently: then nobody knows what each should get.
    """
    parts = {path: part_of(read_json(path)) for path in numbered(folder)}
    refuse_any(_contradictions(parts))
    parameters = {each.name: _declaration(each) for part in parts.values() for each in part.parameters.values()}
    resources = [_deployment(path, part) for path, part in parts.items()]
    document = Document(str(folder / MASTER), {"parameters": parameters, "resources": resources})
    what = f"there is no {MASTER} that says what belongs together: all {len(parts)} parts are taken"
    return template_of(document), Notice(Code.NOTE, what, Where(str(folder)))


def _contradictions(parts: Mapping[Path, Template]) -> Iterator[Problem]:
    first: dict[str, tuple[Path, Parameter]] = {}
    for path, part in parts.items():
        for key, each in part.parameters.items():
            other, known = first.setdefault(key, (path, each))
            if (each.type, each.default is ABSENT) != (known.type, known.default is ABSENT) or not (
                each.default is ABSENT or equal(each.default, known.default)
            ):
                what = f"the parameter {each.name!r} is declared differently in {other.name}, and no {MASTER} is there"
                remedy = f"publish again with the {MASTER}, or make the declarations equal"
                yield Problem(Code.PARAMETER_TYPE, what, remedy, each.where)


def _declaration(each: Parameter) -> Json:
    return {"type": each.type, **each.limits}


def _deployment(path: Path, part: Template) -> Json:
    return {
        "type": DEPLOYMENT,
        "name": path.stem,
        "properties": {
            "templateLink": {"relativePath": path.name},
            "parameters": {
                each.name: {"value": f"[parameters('{each.name.replace(chr(39), chr(39) * 2)}')]"}
                for each in part.parameters.values()
            },
        },
    }


def left_behind(master: Path, read: Iterable[Path]) -> Iterator[Notice]:
    """Parts that lie beside a master which does not deploy them: Azure would not either."""
    known = {path.name.casefold() for path in read}
    for path in numbered(master.parent):
        if path.name.casefold() not in known:
            what = f"{path.name} lies beside {master.name}, which does not deploy it: not read"
            yield Notice(Code.LEFT_OUT, what, Where(str(path)))
