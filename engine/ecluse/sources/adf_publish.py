"""The source that ADF itself writes: the ARM template of branch `adf_publish`, read to a `Factory`."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ecluse.arm.expressions import Evaluator, Raw
from ecluse.arm.resources import Named, named
from ecluse.errors import Code, Notice, Problem, Refused
from ecluse.model.names import counted
from ecluse.plan.plan import Target
from ecluse.sources.deployments import Expanded, expand
from ecluse.sources.files import read_json, without_collector
from ecluse.sources.global_parameters import with_global_parameters_file
from ecluse.sources.linked import left_behind, without_master
from ecluse.sources.loaded import Loaded
from ecluse.sources.locate import MASTER, locate, not_read
from ecluse.sources.objects import gather
from ecluse.sources.parameters import ParameterInputs
from ecluse.sources.template import GIVE_TEMPLATE, Template, heads, template_of
from ecluse.sources.values import resolve


def read(source: Path, target: Target, inputs: ParameterInputs | None = None, factory_file: str = "") -> Loaded:
    """Reads the template at `source` (its file, its folder, or the folder above) as it is meant for `target`.

    Every expression is evaluated; what has no value stands as `Missing`, what is secret as `Secret`. Raises `Refused`
    with all problems that can be told together, each with file and line. A `factory_file` is of no use here.
    """
    with without_collector():
        loaded = _read(locate(source)[1], target, inputs or ParameterInputs())
    if not factory_file:
        return loaded
    unused = Notice(Code.NOTE, "--factory-file is of no use: the source is a template, and has no factory files")
    return replace(loaded, notices=(*loaded.notices, unused))


def _read(path: Path, target: Target, given: ParameterInputs) -> Loaded:
    notices: list[Notice] = []
    if path.is_dir():
        template, notice = without_master(path)
        notices.append(notice)
        path = Path(template.document.path)
    else:
        template = template_of(read_json(path))
    follow = _following(template, target)
    resolved = resolve(
        template.parameters, given, {one.name: to for one, to in follow.items() if one.kind == "parameter"}
    )
    fixed = {one.name: to for one, to in follow.items() if one.kind == "variable"}
    evaluator = Evaluator(
        parameters=resolved.values,
        variables={name: Raw(value) for name, value in template.variables.items()} | fixed,
        subscription=target.subscription,
        resource_group=target.resource_group,
    )
    expanded = expand(template, evaluator, path)
    notices += [*not_read(path, given.paths), *resolved.notices, *expanded.notices]
    if path.name.casefold() == MASTER.casefold():
        notices += left_behind(path, expanded.files)
    _refuse_without_factory(template, expanded)
    factory, more = gather(expanded.parts, target)
    notices += more
    factory, more = with_global_parameters_file(factory, path, template)
    notices += more
    files = f" and {len(expanded.files)} linked ones" if expanded.files else ""
    described = f"ARM template {path}{files} with {counted(len(factory.objects), 'object')}"
    return Loaded(factory, tuple(notices), described, _source_name(template), path.parent)


def _refuse_without_factory(template: Template, expanded: Expanded) -> None:
    """A template of something else; one that deploys to other places only has said so by name."""
    every = [each for part in expanded.parts for each in part.resources]
    if any(each.is_data_factorys for each in every):
        return
    what = f"the template has no resource of a data factory, only {', '.join(sorted({each.type for each in every}))}"
    left = "".join(f"; {notice.message}" for notice in expanded.notices if notice.code is Code.LEFT_OUT)
    raise Refused(Problem(Code.SOURCE_NOT_A_FACTORY, what + left, GIVE_TEMPLATE, template.document.where()))


def _source_name(template: Template) -> str:
    """ADF writes the name of the factory that it published as the default of `factoryName`."""
    parameter = template.parameters.get("factoryname")
    return parameter.default if parameter is not None and isinstance(parameter.default, str) else ""


def _following(template: Template, target: Target) -> Mapping[Named, str]:
    """The parameters and variables that follow the target: the factory's name and its location."""
    return dict([*_name(template, target), *_location(template, target)])


def _name(template: Template, target: Target) -> Iterator[tuple[Named, str]]:
    """ADF calls it factoryName; in templates written by hand it is what all names begin with."""
    known = "factoryname" in template.parameters
    found = {Named("parameter", "factoryname")} if known else heads(template)
    if len(found) == 1:
        yield next(iter(found)), target.factory


def _location(template: Template, target: Target) -> Iterator[tuple[Named, str]]:
    for each in template.resources:
        one = named(each.raw.get("location")) if each.is_factory else None
        if one is not None and target.location:
            yield one, target.location
