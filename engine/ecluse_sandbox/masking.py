"""What a secret is, and how it disappears: at the door (stored bodies) and in the call log."""

import base64
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

MASK = "**********"


class Secure(str):
    """A text that came from a secure parameter of a deployment: it never reaches the state, wherever it lands.

    Azure itself knows only the secrets of the types that it knows; hiding more is the sandbox's own caution.
    """

    __slots__ = ()


def secure(value: Any) -> Any:
    """The value with all its texts known as `Secure`."""
    match value:
        case str():
            return Secure(value)
        case dict():
            return {key: secure(one) for key, one in value.items()}
        case list():
            return [secure(one) for one in value]
        case _:
            return value


# Recorded: the key part goes, the rest of the string stays (azure-behaviours section 1).
_SECRET_PARTS = re.compile(
    r"(?i)(?<![A-Za-z0-9])(?:account\s?key|shared\s?access\s?key|shared\s?access\s?signature|password|pwd|"
    r"client\s?secret|access\s?token|api\s?key)\s*=\s*(?!@)(?:\"[^\"]*\"|'[^']*'|[^;]+);?"
)
_SIGNATURE = re.compile(r"(?i)(?<=[?&])sig=[^&;\s]*&?")
_SECRET_NAMES = frozenset({
    "password", "pwd", "accountkey", "accesskey", "accesstoken", "apikey", "apitoken", "clientsecret",
    "serviceprincipalkey", "secretaccesskey", "sastoken", "authkey", "functionkey", "sharedaccesskey",
    "catalogadminpassword", "privatekeycontent", "passphrase", "refreshtoken", "embeddedcert",
    "serviceprincipalembeddedcert", "pfx",
})  # fmt: skip
# Collaboration branches, which Studio fills from what Azure answers, are full of strings that say only this.
_NO_SECRETS = re.compile(
    r"(?i)\s*(?:data source|server|initial catalog|database|integrated security|user\s?id|uid|encrypt|accountname"
    r"|trust\s?server\s?certificate|connect(?:ion)? timeout|defaultendpointsprotocol|endpointsuffix)\s*=[^;]*"
)
_MINTED_PREFIX = "SANDBOX_"


def door(properties: dict[str, Any], *, connection_strings: bool, owner: str = "") -> dict[str, Any]:
    """The properties as Azure would keep them: no secret inside.

    SecureString values become asterisks everywhere. In linked services and credentials also the secret
    parts of plain connection strings go, and an encryptedCredential of the factory `owner` stands for what was dropped.
    """
    hidden = _Hidden(owner)
    cleaned = {
        key: _clean(value, hidden, plain=connection_strings and key == "typeProperties")
        for key, value in properties.items()
    }
    if connection_strings and hidden.found and isinstance(cleaned.get("typeProperties"), dict):
        cleaned["typeProperties"]["encryptedCredential"] = hidden.stand_in()
    return cleaned


class _Hidden:
    """Whether something was hidden on the walk, and the sandbox's own stand-in if it came back."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.found = False
        self.fresh = False
        self.kept = ""

    def stand_in(self) -> str:
        """The credential that came back with masked secrets (as recorded), else a new one."""
        return self.kept if self.kept and not self.fresh else _encrypted_credential(self.owner)


def _clean(node: Any, hidden: _Hidden, *, plain: bool) -> Any:
    match node:
        case {"type": "SecureString", "value": str() as value}:
            hidden.found = True
            hidden.fresh = hidden.fresh or value != MASK
            return node | {"value": MASK}
        case dict():
            return _clean_object(node, hidden, plain=plain)
        case list():
            return [_clean(item, hidden, plain=plain) for item in node]
        case Secure() if not plain and node:
            return MASK
        case str() if plain and not node.startswith("@"):
            stripped = strip_connection_string(node)
            hidden.found = hidden.found or stripped != node
            hidden.fresh = hidden.fresh or stripped != node
            return stripped
        case _:
            return node


def _clean_object(node: dict[str, Any], hidden: _Hidden, *, plain: bool) -> dict[str, Any]:
    kept = {}
    for key, value in node.items():
        if plain and key.lower() == "encryptedcredential" and isinstance(value, str):
            hidden.found = True
            hidden.kept = value if _is_minted(value) else ""
        elif plain and _is_literal(value) and (key.lower() in _SECRET_NAMES or _is_all_secret(value)):
            hidden.found = hidden.fresh = True
        else:
            kept[key] = _clean(value, hidden, plain=plain)
    return kept


def _is_literal(value: Any) -> bool:
    return isinstance(value, str) and value != "" and not value.startswith("@")


def _is_all_secret(value: str) -> bool:
    """A secure text in which no part is known as the secret one: then none of it is shown.

    An expression is none, nor is a connection string of which every part is known as none.
    """
    parts = [part for part in value.split(";") if part.strip()]
    harmless = "@{" in value or (parts != [] and all(map(_NO_SECRETS.fullmatch, parts)))
    return isinstance(value, Secure) and not harmless and strip_connection_string(value) == value


def strip_connection_string(text: str) -> str:
    """A connection string or address without its secret parts."""
    return _SIGNATURE.sub("", _SECRET_PARTS.sub("", text))


def _encrypted_credential(owner: str) -> str:
    """As recorded: base64 of a small JSON that names a credential, and holds none."""
    body = {
        "Version": "2017-11-30",
        "ProtectionMode": "Key",
        "SecretContentType": "Plaintext",
        "CredentialId": f"{_MINTED_PREFIX}{_mark(owner)}_{uuid.uuid4()}",
    }
    return base64.b64encode(json.dumps(body).encode()).decode()


def _mark(owner: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, owner.lower()).hex


def holds_foreign(node: Any, owner: str) -> bool:
    """Whether an encryptedCredential inside was made by the sandbox for another factory than `owner`.

    One that a real Azure made is anybody's guess: nothing in it says which factory can read it.
    """
    match node:
        case dict():
            mine = f"{_MINTED_PREFIX}{_mark(owner)}"
            texts = (value for key, value in node.items() if key.lower() == "encryptedcredential")
            return any(
                isinstance(text, str) and _is_minted(text) and mine not in _decoded(text) for text in texts
            ) or any(holds_foreign(value, owner) for value in node.values())
        case list():
            return any(holds_foreign(item, owner) for item in node)
        case _:
            return False


def _is_minted(text: str) -> bool:
    return _MINTED_PREFIX in _decoded(text)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (ValueError, UnicodeDecodeError):
        return ""


def for_log(body: Any) -> Any:
    """A request body as the call log may show it."""
    match body:
        case {"properties": {"template": dict() as template}}:
            return _masked(_mask_parameters(body, template))
        case _:
            return _masked(body)


def _mask_parameters(body: dict[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """Only a parameter that the template declares, and not as secure, keeps its value in the log."""
    given = body["properties"].get("parameters")
    if not isinstance(given, dict):
        return body
    declared = template.get("parameters")
    types = {
        name.lower(): str(one.get("type", "securestring")).lower()
        for name, one in (declared if isinstance(declared, dict) else {}).items()
        if isinstance(one, dict)
    }
    shown = {
        name: {"value": MASK} if types.get(name.lower(), "secure").startswith("secure") else value
        for name, value in given.items()
    }
    return body | {"properties": body["properties"] | {"parameters": shown}}


def _masked(node: Any) -> Any:
    match node:
        case {"type": "SecureString", "value": _}:
            return node | {"value": MASK}
        case dict():
            return {key: _masked_member(key, value) for key, value in node.items()}
        case list():
            return [_masked(item) for item in node]
        case str():
            return strip_connection_string(node)
        case _:
            return node


def _masked_member(key: str, value: Any) -> Any:
    secret = key.lower() in _SECRET_NAMES or key.lower() == "encryptedcredential"
    return MASK if secret and isinstance(value, str) else _masked(value)
