"""The source that ADF itself writes: the ARM template of branch `adf_publish`, read to a `Factory`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ecluse.arm.expressions import Evaluator, Raw
from ecluse.arm.resources import factory_parameters, whole_parameter
from ecluse.errors import Notice
from ecluse.jsontree import Json
from ecluse.model.objects import Factory
from ecluse.plan.plan import Target
from ecluse.sources.files import read_json, without_collector
from ecluse.sources.global_parameters import with_global_parameters_file
from ecluse.sources.locate import locate, not_read
from ecluse.sources.objects import gather
from ecluse.sources.parameters import ParameterInputs
from ecluse.sources.template import Template, template_of
from ecluse.sources.values import resolve


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a source gave: the factory under the target's name, what the user should know, and what was read.

    `source_name` is the name that the factory has where it was developed, "" when the template does not say;
    `folder` is where the template lies.
    """

    factory: Factory
    notices: tuple[Notice, ...]
    described: str
    source_name: str = ""
    folder: Path = Path()


def read(source: Path, target: Target, inputs: ParameterInputs | None = None) -> Loaded:
    """Reads the template at `source` (its file, its folder, or the folder above) as it is meant for `target`.

    Every expression is evaluated; what has no value stands as `Missing`, what is secret as `Secret`. Raises `Refused`
    with all problems that can be told together, each with file and line.
    """
    with without_collector():
        return _read(locate(source), target, inputs or ParameterInputs())


def _read(path: Path, target: Target, given: ParameterInputs) -> Loaded:
    template = template_of(read_json(path))
    resolved = resolve(template.parameters, given, _following(template, target))
    evaluator = Evaluator(
        parameters=resolved.values,
        variables={name: Raw(value) for name, value in template.variables.items()},
        subscription=target.subscription,
        resource_group=target.resource_group,
    )
    factory, notices = gather(template.resources, evaluator, target)
    factory, more = with_global_parameters_file(factory, path, template)
    described = f"ARM template {path} with {len(factory.objects)} objects"
    said = (*not_read(path, given.paths), *resolved.notices, *notices, *more)
    return Loaded(factory, said, described, _source_name(template), path.parent)


def _source_name(template: Template) -> str:
    """ADF writes the name of the factory that it published as the default of `factoryName`."""
    parameter = template.parameters.get("factoryname")
    return parameter.default if parameter is not None and isinstance(parameter.default, str) else ""


def _following(template: Template, target: Target) -> Mapping[str, Json]:
    """The parameters that follow the target, by name in lower case: the factory's name and its location."""
    return dict([*_name_parameter(template, target), *_location_parameter(template, target)])


def _name_parameter(template: Template, target: Target) -> Iterator[tuple[str, Json]]:
    """ADF calls it factoryName; in templates written by hand it is what all names begin with."""
    heads = {"factoryname"} & template.parameters.keys() or factory_parameters(template.resources)
    if len(heads) == 1:
        yield next(iter(heads)), target.factory


def _location_parameter(template: Template, target: Target) -> Iterator[tuple[str, Json]]:
    for each in template.resources:
        name = whole_parameter(each.raw.get("location")) if each.is_factory else None
        if name and target.location:
            yield name.casefold(), target.location
