"""A template's parameters: what is given, what is missing, what may be echoed."""

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


def values(template: Mapping[str, Any], given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The given values by name in lower case, and the echo of all parameters (no secure value in it)."""
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
            raise refusals.invalid_template(
                f"The value for the template parameter '{name}' at line '1' and column '1' is not provided. "
                "Please see https://aka.ms/arm-create-parameter-file for usage details.",
                _path(name), 1, 1,
            )  # fmt: skip
    echo = {name: _echo(one, found.get(name.lower())) for name, one in declared.items()}
    return found, echo


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
    return {"type": name, "value": declaration.get("defaultValue") if value is None else value}


def with_defaults(template: Mapping[str, Any], given: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """All parameters' values; a default may be an expression, of parameters declared before it."""
    found = dict(given)
    growing = Scope(found, scope.variables, scope.subscription, scope.group)
    for name, declaration in (template.get("parameters") or {}).items():
        if name.lower() not in found:
            found[name.lower()] = evaluate_tree(declaration["defaultValue"], growing)
    return found
