"""A template's parameters: what is given, what is missing, what may be echoed."""

import dataclasses
import re
import secrets
from collections.abc import Mapping
from typing import Any

from ecluse_sandbox import refusals
from ecluse_sandbox.arm_expressions import Scope, evaluate_tree
from ecluse_sandbox.masking import Secure, secure

_NAMES = {
    "string": "String",
    "securestring": "SecureString",
    "int": "Int",
    "bool": "Bool",
    "object": "Object",
    "secureobject": "SecureObject",
    "array": "Array",
}
_PYTHON: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "securestring": (str,),
    "int": (int,),
    "bool": (bool,),
    "object": (dict,),
    "secureobject": (dict,),
    "array": (list,),
}


def type_name(kind: str) -> str:
    """The type as answers spell it."""
    return _NAMES.get(kind.lower(), kind)


def camel(name: str) -> str:
    """A name as answers spell it, `NewNSG` as `newNSG` (recorded): a run of capitals is lowered up to the next word."""
    match = re.match(r"[A-Z]+(?![a-z])|[A-Z]", name)
    return name[: match.end()].lower() + name[match.end() :] if match else name


def values(template: Mapping[str, Any], given: Any, text: str = "") -> dict[str, Any]:
    """The given values by name in lower case. `text` is the request, for the place of what is missing."""
    declared = template.get("parameters") or {}
    if not isinstance(declared, dict) or not isinstance(given, dict):
        raise refusals.invalid_content("Error converting value to type 'JObject'. Path 'properties.parameters'")
    _refuse_unknown(declared, given)
    sent = {name.lower(): one for name, one in given.items()}
    found: dict[str, Any] = {}
    for name, declaration in declared.items():
        kind = str(declaration.get("type", "")).lower() if isinstance(declaration, dict) else ""
        if kind not in _NAMES:
            raise refusals.invalid_template(f"The template parameter '{name}' has no valid type", _path(name))
        if name.lower() in sent:
            found[name.lower()] = _value(name, kind, sent[name.lower()], declaration)
        elif "defaultValue" not in declaration:
            line, column = _position(text, name)
            raise refusals.invalid_template(
                f"The value for the template parameter '{name}' at line '{line}' and column '{column}' is not "
                "provided. Please see https://aka.ms/arm-create-parameter-file for usage details.",
                _path(name),
                line,
                column,
            )
    return found


def _position(text: str, name: str) -> tuple[int, int]:
    """Line and column of the brace that opens a parameter's declaration (recorded); 1 and 1 where it isn't found."""
    found = re.search(rf'"{re.escape(name)}"\s*:\s*(?={{)', text)
    if found is None:
        return 1, 1
    before = text[: found.end()]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def echo(template: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any] | None:
    """All parameters with their values, defaults too, but no secure one; None where the template declares none."""
    declared = template.get("parameters")
    if declared is None:
        return None
    return {camel(name): _echo(one, known.get(name.lower())) for name, one in declared.items()}


def _path(name: str) -> str:
    return f"properties.template.parameters.{name}"


def _refuse_unknown(declared: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    known = {name.lower() for name in declared}
    unknown = [name for name in given if name.lower() not in known]
    if unknown:
        raise refusals.invalid_template(
            f"The template parameters '{', '.join(unknown)}' in the parameters file are not valid; they are not "
            "present in the original template and can therefore not be provided at deployment time. The only "
            f"supported parameters for this template are '{', '.join(declared)}'. "
            "Please see https://aka.ms/arm-pass-parameter-values for usage details."
        )


def _value(name: str, kind: str, one: Any, declaration: Mapping[str, Any]) -> Any:
    if isinstance(one, dict) and "reference" in one:
        return _from_vault(name, kind, one["reference"])
    if not isinstance(one, dict) or "value" not in one:
        raise refusals.invalid_template(f"The template parameter '{name}' needs a value", _path(name))
    value = one["value"]
    wrong_bool = isinstance(value, bool) and kind != "bool"
    if wrong_bool or not isinstance(value, _PYTHON[kind]):
        actual = type(value).__name__.capitalize()
        raise refusals.invalid_template(
            f"Template parameter JToken type is not valid. Expected '{_NAMES[kind]}'. Actual '{actual}'. "
            "Please see https://aka.ms/arm-create-parameter-file for usage details.",
            _path(name),
        )
    allowed = declaration.get("allowedValues")
    if isinstance(allowed, list) and value not in allowed:
        listed = ",".join(str(item) for item in allowed)
        raise refusals.invalid_template(
            f"The provided value for the template parameter '{name}' is not valid. The value is not part of the "
            f"allowed value(s): '{listed}'.",
            _path(name),
        )
    return secure(value) if kind.startswith("secure") else value


def _from_vault(name: str, kind: str, reference: Any) -> str:
    """The vault's secret, which only the sandbox knows: opaque, and new each time."""
    vault = reference.get("keyVault") if isinstance(reference, dict) else None
    named = isinstance(vault, dict) and vault.get("id") and reference.get("secretName")
    if not kind.startswith("secure") or not named:
        raise refusals.invalid_template(
            f"The template parameter '{name}' may not take a Key Vault reference: it is for secure parameters, and "
            "names keyVault.id and secretName",
            _path(name),
        )
    return Secure(f"from-key-vault-{secrets.token_hex(8)}")


def _echo(declaration: Mapping[str, Any], value: Any) -> dict[str, Any]:
    name = type_name(str(declaration["type"]))
    if name.startswith("Secure"):
        return {"type": name}
    return {"type": name, "value": value}


def exported(template: Mapping[str, Any]) -> dict[str, Any]:
    """A template as Azure exports it: as it was sent, with the types as answers spell them (recorded)."""
    parts = {part: _with_type_names(template[part]) for part in ("parameters", "outputs") if part in template}
    return dict(template) | parts


def _with_type_names(declared: Any) -> Any:
    if not isinstance(declared, dict):
        return declared
    return {name: one | {"type": type_name(str(one.get("type", "")))} for name, one in declared.items()}


def with_defaults(template: Mapping[str, Any], given: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """All parameters' values; a default may be an expression, of parameters declared before it."""
    found = dict(given)
    growing = dataclasses.replace(scope, parameters=found, in_default=True)
    for name, declaration in (template.get("parameters") or {}).items():
        if name.lower() not in found:
            value = evaluate_tree(declaration["defaultValue"], growing)
            found[name.lower()] = secure(value) if str(declaration["type"]).lower().startswith("secure") else value
    return found
