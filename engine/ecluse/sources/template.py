"""A JSON document as an ARM template of a factory: its sections, or a refusal that says what the file is instead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ecluse.arm.parameters import Parameter, declared
from ecluse.arm.resources import DEPLOYMENT, Named, Resource, head, named, resources_of
from ecluse.errors import Code, Problem, Refused
from ecluse.jsontree import Json
from ecluse.model.kinds import PROVIDER
from ecluse.sources.files import Document

GIVE_TEMPLATE = "give the ARM template of a factory: the ARMTemplateForFactory.json that ADF publishes"
_DATA_FACTORY = PROVIDER.partition("/")[0].casefold() + "/"


@dataclass(frozen=True, slots=True)
class Template:
    """The sections of a template. Names of parameters and variables are in lower case; nothing is evaluated yet.

    `nested` are the templates of a factory that stand inside of it, by the index of the deployment among `resources`.
    """

    document: Document
    parameters: Mapping[str, Parameter]
    variables: Mapping[str, Json]
    resources: tuple[Resource, ...]
    nested: Mapping[int, "Template"]


def template_of(document: Document) -> Template:
    """The template in a document. Raises `Refused` with the problems of all its parts, and when it is no template."""
    listed = document.value.get("resources") if isinstance(document.value, dict) else None
    if not isinstance(listed, (list, dict)) or not listed:
        raise Refused(_what_else(document))
    return part_of(document)


def part_of(document: Document) -> Template:
    """The same for a template that another one deploys: it need not hold any resource."""
    if not isinstance(document.value, dict):
        raise Refused(_what_else(document))
    problems: list[Problem] = []
    parameters: Mapping[str, Parameter] = {}
    try:
        parameters = declared(document.value.get("parameters", {}), lambda name: document.where("parameters", name))
    except Refused as error:
        problems += [replace(each, where=each.where or document.where("parameters")) for each in error.problems]
    listed = document.value.get("resources")
    resources, more = resources_of(listed, lambda path: document.where("resources", *path))
    problems += more
    variables = document.value.get("variables", {})
    if not isinstance(variables, dict) or any(name.casefold() == "copy" for name in variables):
        what = "`variables` is no object, or uses `copy`, which Ecluse does not support"
        problems.append(Problem(Code.ARM_RESOURCE, what, "write the variables out", document.where("variables")))
        variables = {}
    nested = dict(_nested(document, resources, problems))
    if problems:
        raise Refused(problems)
    lowered = {name.casefold(): value for name, value in variables.items()}
    return Template(document, parameters, lowered, resources, nested)


def _nested(
    document: Document, resources: tuple[Resource, ...], problems: list[Problem]
) -> Iterator[tuple[int, Template]]:
    """The templates inside; one that has nothing to do with a factory need not be one that can be read."""
    for index, each in enumerate(resources):
        inside = inline(each)
        if inside is not None and concerns_a_factory(inside.get("resources")):
            try:
                yield index, part_of(Document(document.path, inside, line=each.where.line))
            except Refused as error:
                problems += error.problems


def inline(each: Resource) -> Mapping[str, Json] | None:
    """The template that stands in a deployment, unread."""
    inside = deployed(each).get("template") if each.is_deployment else None
    return inside if isinstance(inside, dict) else None


def deployed(each: Resource) -> Mapping[str, Json]:
    """The properties of a deployment."""
    properties = each.raw.get("properties")
    return properties if isinstance(properties, dict) else {}


def is_outer(each: Resource) -> bool:
    """Whether a nested template sees the parameters and variables of the one around it, which is ARM's default."""
    options = deployed(each).get("expressionEvaluationOptions")
    scope = options.get("scope") if isinstance(options, dict) else None
    return str(scope or "outer").casefold() != "inner"


def concerns_a_factory(listed: Json) -> bool:
    """Whether resources, unread, are a data factory's, or deploy a file, in which nobody has looked yet."""
    for raw in listed.values() if isinstance(listed, dict) else listed if isinstance(listed, list) else ():
        type_ = raw.get("type") if isinstance(raw, dict) else None
        type_ = type_.casefold() if isinstance(type_, str) else ""
        if type_.startswith(_DATA_FACTORY):
            return True
        properties = raw.get("properties") if type_ == DEPLOYMENT else None
        if isinstance(properties, dict) and (
            "templateLink" in properties
            or (isinstance(inside := properties.get("template"), dict) and concerns_a_factory(inside.get("resources")))
        ):
            return True
    return False


def heads(template: Template) -> frozenset[Named]:
    """The parameters and variables that name the factory: what the names of its resources begin with.

    A nested template's parameter is what the template around it gives; a variable that is another name for a
    parameter is that parameter.
    """
    found = set()
    for index, each in enumerate(template.resources):
        if each.is_data_factorys:
            found.add(_settled(head(each), template))
        elif index in template.nested:
            inner = heads(template.nested[index])
            around = inner if is_outer(each) else (_given(one, each) for one in inner)
            found |= {_settled(one, template) for one in around}
    return frozenset(one for one in found if one is not None)


def _settled(one: Named | None, template: Template) -> Named | None:
    behind = named(template.variables.get(one.name)) if one is not None and one.kind == "variable" else None
    return behind if behind is not None and behind.kind == "parameter" else one


def _given(one: Named, each: Resource) -> Named | None:
    values = deployed(each).get("parameters")
    bodies = values.items() if isinstance(values, dict) and one.kind == "parameter" else ()
    body = next((body for name, body in bodies if name.casefold() == one.name), None)
    return named(body.get("value")) if isinstance(body, dict) else None


def _what_else(document: Document) -> Problem:
    value, where = document.value, document.where()
    listed = value.get("resources") if isinstance(value, dict) else None
    if isinstance(listed, (list, dict)):
        what = "the template has no resources"
    elif isinstance(value, dict) and "properties" in value and "name" in value:
        what = "this is one object of a collaboration branch, not an ARM template"
    elif isinstance(value, dict) and _holds_values(value.get("parameters")):
        what = "this is a parameter file, not an ARM template: it has no `resources`"
    else:
        what = "this is no ARM template: it has no list of `resources`"
    return Problem(Code.SOURCE_NOT_A_FACTORY, what, GIVE_TEMPLATE, where)


def _holds_values(parameters: Json) -> bool:
    """Whether this gives parameters values, which a template only declares."""
    each = parameters.values() if isinstance(parameters, dict) else ()
    return any(isinstance(body, dict) and ("value" in body or "reference" in body) for body in each)
