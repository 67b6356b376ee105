"""From what was given to what the template sees: each declared parameter's value, typed, tainted or missing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from shlex import quote

from ecluse.arm.expressions import Raw
from ecluse.arm.grammar import is_escaped
from ecluse.arm.parameters import TYPES, Parameter
from ecluse.errors import Code, Notice, Problem, Refused, Where
from ecluse.jsontree import ABSENT, Json, Missing, Secret, VaultSecret, equal
from ecluse.model.secrets import is_mask, placeholder, placeholders_told, secret_looking
from ecluse.sources.files import parse_json
from ecluse.sources.parameters import FileValue, From, ParameterInputs, SetValue


@dataclass(frozen=True, slots=True)
class Resolved:
    """The values by name in lower case (`Raw` where a default has to be evaluated), and what the user should know."""

    values: Mapping[str, Json]
    notices: tuple[Notice, ...] = ()


def resolve(declared: Mapping[str, Parameter], inputs: ParameterInputs, follow: Mapping[str, str]) -> Resolved:
    """Each declared parameter's value: `follow` (from the target) over `--set` over files over the default.

    `follow` holds values by name in lower case. A parameter without a value is `Missing`, which is no problem until
    something that is deployed needs it. Raises `Refused` with all problems.
    """
    problems = [*_unknown_sets(declared, inputs), *_contradictions(declared, inputs, follow)]
    notices = _unknown_in_files(declared, inputs)
    sets = {each.name.casefold(): each for each in inputs.sets}
    files = {each.name.casefold(): each for each in inputs.files}
    values: dict[str, Json] = {}
    for key, parameter in declared.items():
        try:
            values[key] = (
                follow[key]
                if key in follow
                else _value(parameter, sets.get(key), files.get(key), notices, fill=inputs.fill_missing_secrets)
            )
        except Refused as error:
            problems += error.problems
    if problems:
        raise Refused(problems)
    return Resolved(values, (*notices, *_masks(declared, inputs), *_filled(declared, values, inputs)))


def _masks(declared: Mapping[str, Parameter], inputs: ParameterInputs) -> Iterator[Notice]:
    """What was given and is no value: whoever copied it was shown no more."""
    given: list[tuple[str, Json, Where | None]] = [(each.name, each.value, each.where) for each in inputs.files]
    given += [(each.name, each.text, None) for each in inputs.sets]
    for name, value, where in given:
        parameter = declared.get(name.casefold())
        if parameter and value and _is_nothing(parameter, value):
            what = f"the value of {name!r} is only the asterisks that people are shown in place of a secret"
            yield Notice(Code.NOTE, f"{what}: it counts as none", where)


def _filled(declared: Mapping[str, Parameter], values: Mapping[str, Json], inputs: ParameterInputs) -> Iterator[Notice]:
    secure = {key: each for key, each in declared.items() if each.secure and inputs.fill_missing_secrets}
    names = [
        each.name
        for key, each in secure.items()
        if values[key] == placeholder(each.name) or (isinstance(values[key], Raw) and _is_nothing(each, each.default))
    ]
    return placeholders_told(names)


def handed_down(declared: Mapping[str, Parameter], given: Mapping[str, Json], by: str, where: Where) -> Resolved:
    """Each parameter's value in a template that the deployment `by` deploys, from the evaluated `given` of that.

    Raises `Refused` for parameters that have neither a value nor a default, and for values that are not allowed.
    """
    problems: list[Problem] = []
    values: dict[str, Json] = {}
    bodies = {name.casefold(): body for name, body in given.items()}
    for key, parameter in declared.items():
        try:
            values[key] = _handed(parameter, bodies.get(key), by, where)
        except Refused as error:
            problems += error.problems
    if problems:
        raise Refused(problems)
    unknown = [name for name in given if name.casefold() not in declared]
    what = f"the deployment {by!r} hands down the parameter {{!r}}, which its template does not declare: ignored"
    return Resolved(values, tuple(Notice(Code.PARAMETER_UNKNOWN, what.format(name), where) for name in unknown))


def _handed(parameter: Parameter, body: Json, by: str, where: Where) -> Json:
    if isinstance(body, dict) and isinstance(body.get("reference"), dict):
        return _from_vault(parameter, FileValue(parameter.name, where, reference=body["reference"]))
    if isinstance(body, dict) and "value" in body:
        return parameter.accept(body["value"], f"the deployment {by!r} ({where})")
    if parameter.default is not ABSENT:
        return Raw(parameter.default, lambda value: parameter.accept(value, "its default"))
    if parameter.nullable:
        return None
    what = f"the deployment {by!r} hands down no value for the parameter {parameter.name!r}, which has no default"
    raise Refused(Problem(Code.PARAMETER_MISSING, what, "hand it down, or give it a default", parameter.where))


def _value(
    parameter: Parameter, given: SetValue | None, filed: FileValue | None, notices: list[Notice], *, fill: bool
) -> Json:
    if given is not None and not _is_nothing(parameter, given.text):
        return parameter.accept(_typed(parameter, given), str(given))
    if filed is not None and filed.reference is not None:
        return _from_vault(parameter, filed)
    is_default = filed is None or equal(filed.value, parameter.default)
    if filed is not None and not is_default and not _is_nothing(parameter, filed.value):
        if isinstance(filed.value, str) and is_escaped(filed.value):
            what = f"the value of {filed.name!r} begins with [[ and is taken as it stands: values are no expressions"
            notices.append(Notice(Code.NOTE, what, filed.where))
        return parameter.accept(filed.value, str(filed.where))
    if parameter.default is ABSENT:
        return _absent(parameter, fill=fill)
    return Raw(parameter.default, lambda value: _default(parameter, value, fill=fill))


def _default(parameter: Parameter, value: Json, *, fill: bool) -> Json:
    if _is_nothing(parameter, value) and not isinstance(value, (Missing, VaultSecret)):
        return _absent(parameter, fill=fill)
    return parameter.accept(value, "its default")


def _is_nothing(parameter: Parameter, value: Json) -> bool:
    """ADF writes "" for every secret that it doesn't export, and shows asterisks in its place."""
    return parameter.type == "securestring" and isinstance(value, str) and (value == "" or is_mask(value))


def _absent(parameter: Parameter, *, fill: bool) -> Json:
    if parameter.nullable:
        return None
    if fill and parameter.secure:
        return placeholder(parameter.name)
    return Missing(parameter.name, secure=parameter.secure, kind=TYPES[parameter.type])


def _typed(parameter: Parameter, given: SetValue) -> Json:
    """The text of a `--set` as a value of the parameter's type."""
    wanted = TYPES[parameter.type]
    if parameter.secure and given.origin is From.LITERAL:
        what = f"--set {given.name}: a secret must not stand on the command line, where logs and process lists show it"
        remedy = f"put it in a variable and write --set {quote(f'{given.name}=@env:VARIABLE')}, or @file:PATH"
        raise Refused(Problem(Code.PARAMETER_LITERAL_SECRET, what, remedy))
    if wanted == "string":
        tainted = given.origin is not From.LITERAL and (secret_looking(given.source) or secret_looking(given.name))
        return Secret(given.text) if tainted else given.text
    if wanted == "int" and re.fullmatch(r"\s*[+-]?[0-9]{1,19}\s*", given.text):
        return int(given.text)
    if wanted == "bool" and given.text.strip().casefold() in ("true", "false"):
        return given.text.strip().casefold() == "true"
    if wanted in ("array", "object"):
        return parse_json(given.text, str(given)).value
    what = f"the parameter {parameter.name!r} is of type {wanted}, and the text of {given} is no {wanted}"
    remedy = "write true or false" if wanted == "bool" else "write a whole number"
    raise Refused(Problem(Code.PARAMETER_TYPE, what, remedy, parameter.where))


def _from_vault(parameter: Parameter, filed: FileValue) -> Json:
    if parameter.type != "securestring":
        what = (
            f"the parameter {parameter.name!r} is of type {parameter.type}; a Key Vault reference gives a secureString"
        )
        raise Refused(Problem(Code.PARAMETER_TYPE, what, "give it a value, or declare it as secureString", filed.where))
    return VaultSecret(filed.reference or {})


def _unknown_sets(declared: Mapping[str, Parameter], inputs: ParameterInputs) -> list[Problem]:
    return [
        Problem(
            Code.PARAMETER_UNKNOWN, f"--set {each.name}: the template has no such parameter", _near(each.name, declared)
        )
        for each in inputs.sets
        if each.name.casefold() not in declared
    ]


def _unknown_in_files(declared: Mapping[str, Parameter], inputs: ParameterInputs) -> list[Notice]:
    return [
        Notice(Code.PARAMETER_UNKNOWN, f"the template has no parameter {each.name!r}: ignored", each.where)
        for each in inputs.files
        if each.name.casefold() not in declared
    ]


def _contradictions(
    declared: Mapping[str, Parameter], inputs: ParameterInputs, follow: Mapping[str, str]
) -> list[Problem]:
    """A `--set` that wants another factory or place than the target's."""
    return [
        Problem(
            Code.OPTION_VALUE,
            f"--set {each.name} contradicts the target: {declared[each.name.casefold()].name!r} follows it",
            "leave it out; --factory and --location say where the factory is",
        )
        for each in inputs.sets
        if (wanted := follow.get(each.name.casefold())) is not None
        and each.text.casefold() != wanted.casefold()
        and each.name.casefold() in declared
    ]


def _near(name: str, declared: Mapping[str, Parameter]) -> str:
    near = get_close_matches(name.casefold(), list(declared), n=1)
    if near:
        return f"did you mean {declared[near[0]].name!r}?"
    return (
        "the template declares: " + ", ".join(each.name for each in declared.values()) if declared else "leave it out"
    )
