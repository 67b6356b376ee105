"""A JSON document as an ARM template of a factory: its sections, or a refusal that says what the file is instead."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ecluse.arm.parameters import Parameter, declared
from ecluse.arm.resources import DEPLOYMENT, Resource, resource
from ecluse.errors import Code, Problem, Refused, Where
from ecluse.jsontree import Json
from ecluse.sources.files import Document

_GIVE_TEMPLATE = "give the ARM template of a factory: the ARMTemplateForFactory.json that ADF publishes"


@dataclass(frozen=True, slots=True)
class Template:
    """The sections of a template. Names of parameters and variables are in lower case; nothing is evaluated yet."""

    document: Document
    parameters: Mapping[str, Parameter]
    variables: Mapping[str, Json]
    resources: tuple[Resource, ...]


def template_of(document: Document) -> Template:
    """The template in a document. Raises `Refused` with the problems of all its parts."""
    where = Where(document.path)
    listed = _resource_list(document)
    problems: list[Problem] = []
    resources: list[Resource] = []
    parameters: Mapping[str, Parameter] = {}
    try:
        parameters = declared(document.value.get("parameters", {}), lambda name: document.where("parameters", name))
    except Refused as error:
        problems += [replace(each, where=each.where or document.where("parameters")) for each in error.problems]
    for index, raw in enumerate(listed):
        try:
            resources.append(resource(raw, document.where("resources", index)))
        except Refused as error:
            problems += error.problems
    variables = document.value.get("variables", {})
    if not isinstance(variables, dict) or any(name.casefold() == "copy" for name in variables):
        what = "`variables` is no object, or uses `copy`, which Ecluse does not support"
        problems.append(Problem(Code.ARM_RESOURCE, what, "write the variables out", document.where("variables")))
        variables = {}
    problems += [] if problems else _what_else(tuple(resources), where)
    if problems:
        raise Refused(problems)
    lowered = {name.casefold(): value for name, value in variables.items()}
    return Template(document, parameters, lowered, tuple(resources))


def _resource_list(document: Document) -> list[Json]:
    value, where = document.value, Where(document.path)
    listed = value.get("resources") if isinstance(value, dict) else None
    if isinstance(listed, list) and listed:
        return listed
    if isinstance(listed, dict):
        what = "the template names its resources by symbols (languageVersion 2.0), which is not supported yet"
    elif isinstance(listed, list):
        what = "the template has no resources"
    elif isinstance(value, dict) and "properties" in value and "name" in value:
        what = "this is one object of a collaboration branch, not an ARM template"
    elif isinstance(value, dict) and _holds_values(value.get("parameters")):
        what = "this is a parameter file, not an ARM template: it has no `resources`"
    else:
        what = "this is no ARM template: it has no list of `resources`"
    raise Refused(Problem(Code.SOURCE_NOT_A_FACTORY, what, _GIVE_TEMPLATE, where))


def _holds_values(parameters: Json) -> bool:
    """Whether this gives parameters values, which a template only declares."""
    each = parameters.values() if isinstance(parameters, dict) else ()
    return any(isinstance(body, dict) and ("value" in body or "reference" in body) for body in each)


def _what_else(resources: tuple[Resource, ...], where: Where) -> list[Problem]:
    """What a template without a factory holds, and nested templates, which would be lost."""
    nested = [each for each in resources if each.type.casefold() == DEPLOYMENT]
    if nested:
        what = f"the template deploys {len(nested)} other template(s) ({nested[0].name} …), which is not supported yet"
        return [Problem(Code.ARM_RESOURCE, what, _GIVE_TEMPLATE, nested[0].where)]
    if not any(each.is_data_factorys for each in resources):
        types = ", ".join(sorted({each.type for each in resources}))
        what = f"the template has no resource of a data factory, only {types}"
        return [Problem(Code.SOURCE_NOT_A_FACTORY, what, _GIVE_TEMPLATE, where)]
    return []
