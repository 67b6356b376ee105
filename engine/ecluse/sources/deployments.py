"""The templates that a template deploys: those inside of it and those in files, each with the values that it is handed.

ADF's linked templates are such files, and their master is a template that deploys nothing else.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from os.path import normpath
from pathlib import Path

from ecluse.arm.expressions import Evaluator, Raw
from ecluse.arm.resources import Resource, is_wanted, literals
from ecluse.errors import Code, Notice, Problem, Refused, refuse_any
from ecluse.jsontree import Deferred, Json, Missing, Secret
from ecluse.sources.files import read_json
from ecluse.sources.locate import child
from ecluse.sources.template import Template, deployed, inline, is_outer, part_of
from ecluse.sources.values import handed_down

MAX_DEPLOYMENTS = 800
"""How many templates one may deploy, one inside of the other included: as many as ARM takes resources."""

_CORRECT = "correct the deployment"


@dataclass(frozen=True, slots=True)
class Part:
    """Resources that are evaluated together: those of one template."""

    resources: tuple[Resource, ...]
    evaluator: Evaluator


@dataclass(frozen=True, slots=True)
class Expanded:
    """A template with all that it deploys: first its own resources, then part by part in the order of its deployments.

    `files` are those that were read.
    """

    parts: tuple[Part, ...]
    notices: tuple[Notice, ...]
    files: frozenset[Path]


def expand(template: Template, evaluator: Evaluator, file: Path) -> Expanded:
    """The parts of the template in `file`; those that it links are looked for beside it and below.

    What is deployed to another resource group, is not wanted, or holds nothing of a factory is left out by name.
    Raises `Refused` with the problems of all deployments.
    """
    file = _plain(file)
    walk = _Walk(file.parent)
    parts = tuple(walk.parts(template, evaluator, (file,)))
    refuse_any(walk.problems)
    return Expanded(parts, tuple(walk.notices), frozenset(walk.read))


@dataclass(slots=True)
class _Walk:
    """What is known on the way through the deployments. In its methods `around` are the files that are open."""

    root: Path
    problems: list[Problem] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    read: dict[Path, Template] = field(default_factory=dict)
    handed: dict[tuple[Path, str], Resource] = field(default_factory=dict)
    count: int = 0

    def parts(self, template: Template, evaluator: Evaluator, around: tuple[Path, ...]) -> Iterator[Part]:
        """The template's own part, then those of its deployments."""
        yield Part(template.resources, evaluator)
        for index, each in enumerate(template.resources):
            if each.is_deployment and not each.exists and self.count <= MAX_DEPLOYMENTS:
                with self._collecting(each):
                    yield from self._deployment(each, template.nested.get(index), evaluator, around)

    def _deployment(
        self, each: Resource, nested: Template | None, evaluator: Evaluator, around: tuple[Path, ...]
    ) -> Iterator[Part]:
        if nested is None and "templateLink" not in deployed(each):
            self._leave_out(each, "it holds nothing of a data factory")
        elif not is_wanted(each, evaluator):
            self._leave_out(each, "its condition is false")
        elif elsewhere := _elsewhere(each, evaluator):
            self._leave_out(each, elsewhere)
        else:
            self._count()
            if nested is not None and is_outer(each):
                yield from self.parts(nested, evaluator, around)
            else:
                template, around = (nested, around) if nested is not None else self._linked(each, evaluator, around)
                yield from self.parts(template, self._inside(each, template, evaluator, around), around)

    def _count(self) -> None:
        self.count += 1
        if self.count > MAX_DEPLOYMENTS:
            what = f"more than {MAX_DEPLOYMENTS} templates are deployed, one by the other"
            raise Refused(Problem(Code.ARM_RESOURCE, what, "deploy them in parts"))

    def _leave_out(self, each: Resource, why: str) -> None:
        self.notices.append(Notice(Code.LEFT_OUT, f"the deployment {each.name!r} is left out: {why}", each.where))

    def _inside(self, each: Resource, template: Template, evaluator: Evaluator, around: tuple[Path, ...]) -> Evaluator:
        """What the expressions of a template see that is handed its values."""
        given = deployed(each).get("parameters")
        given = evaluator.evaluate({} if given is None else given, ("properties", "parameters"))
        if not isinstance(given, dict):
            raise Refused(Problem(Code.ARM_RESOURCE, "`parameters` of the deployment is no object", _CORRECT))
        if inline(each) is None:
            self._refuse_again(each, around[-1], given)
        handed = handed_down(template.parameters, given, each.name, each.where)
        self.notices += handed.notices
        return Evaluator(
            parameters=handed.values,
            variables={name: Raw(value) for name, value in template.variables.items()},
            subscription=evaluator.subscription,
            resource_group=evaluator.resource_group,
        )

    def _refuse_again(self, each: Resource, file: Path, given: Mapping[str, Json]) -> None:
        """The same file with the same values would give every object twice; with others it is a module."""
        values = json.dumps(given, sort_keys=True)
        other = self.handed.setdefault((file, values), each)
        if other is not each:
            what = f"deploys {file.name} with the same values as {other.name!r} ({other.where})"
            raise Refused(Problem(Code.DUPLICATE_OBJECT, what, "remove one of the two deployments"))

    def _linked(
        self, each: Resource, evaluator: Evaluator, around: tuple[Path, ...]
    ) -> tuple[Template, tuple[Path, ...]]:
        """The template of a file, and the files that are open now."""
        file = _file(each, evaluator, around[-1].parent)
        if not file.is_relative_to(self.root):
            what = f"deploys {file}, which lies outside of the source's folder"
            raise Refused(Problem(Code.SOURCE_MISSING, what, "put the file beside the template"))
        if file in around:
            chain = " → ".join(path.name for path in (*around[around.index(file) :], file))
            what = f"these files deploy each other in a circle: {chain}"
            raise Refused(Problem(Code.REFERENCE_CYCLE, what, "remove one of the deployments"))
        if file not in self.read:
            self.read[file] = part_of(read_json(file))
        return self.read[file], (*around, file)

    @contextmanager
    def _collecting(self, each: Resource) -> Iterator[None]:
        try:
            yield
        except Refused as error:
            subject = f"deployment {each.name}"
            self.problems += [
                replace(one, where=one.where or each.where, subject=one.subject or subject) for one in error.problems
            ]


def _elsewhere(each: Resource, evaluator: Evaluator) -> str:
    """Why a deployment has nothing to do with the target's resource group; "" when it goes there."""
    here = f"/subscriptions/{evaluator.subscription}/resourceGroups/{evaluator.resource_group}"
    places = (("subscriptionId", evaluator.subscription), ("resourceGroup", evaluator.resource_group), ("scope", here))
    for key, wanted in places:
        if each.raw.get(key) is not None:
            try:
                place = evaluator.evaluate(each.raw[key], (key,))
            except Refused:
                place = None
            if not isinstance(place, str) or isinstance(place, (Deferred, Missing, Secret)):
                return f"its {key} can't be known here"
            if place.casefold() != wanted.casefold():
                return f"its {key} is {place}, the target's is {wanted}"
    return ""


def _file(each: Resource, evaluator: Evaluator, folder: Path) -> Path:
    """The file that a deployment links. Of an address only the file counts: the container need not be known."""
    link = deployed(each)["templateLink"]
    text = link.get("relativePath") or link.get("uri") if isinstance(link, dict) else None
    name = _file_name(text, evaluator) if isinstance(text, str) else ""
    if not name:
        what = "links a template, and it can't be known which file that is"
        remedy = "name it in the `uri` or the `relativePath` of the link, in one text that ends in .json"
        raise Refused(Problem(Code.ARM_RESOURCE, what, remedy))
    for path in (folder / name, folder / Path(name).name):
        found = child(_plain(path.parent), path.name)
        if found is not None:
            return found
    what = f"deploys {name}, and there is no such file in {folder}"
    raise Refused(Problem(Code.SOURCE_MISSING, what, "publish again, or put the file there"))


def _plain(path: Path) -> Path:
    """The path without `..`, so that one file has one."""
    return Path(normpath(path))


def _file_name(text: str, evaluator: Evaluator) -> str:
    names = [name for name in map(_path, literals(text)) if name]
    if names:
        return names[-1]
    whole = evaluator.evaluate(text, ("properties", "templateLink"))
    return _path(whole) if type(whole) is str else ""


def _path(text: str) -> str:
    """The path of a .json file in a text: of an address its last part."""
    path = text.partition("?")[0].replace("\\", "/").strip("/")
    if not Path(path).stem or not path.casefold().endswith(".json") or path.casefold() == ".json":
        return ""
    return path.rpartition("/")[2] if "://" in path else path
