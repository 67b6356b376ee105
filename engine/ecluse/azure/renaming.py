"""Other names for everything in a recorded session: the same one each time, and no way back.

What Microsoft has named stays (members, types, states, dates, small numbers); every other text becomes a hash under a
key that is made for one recording and kept nowhere. So what was equal stays equal, and no name, id, secret, host or
expression of the original is left.
"""

import hashlib
import hmac
import re
import urllib.parse
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from ecluse.jsontree import Json
from ecluse.model.secrets import secret_looking

ENDPOINT = "https://management.azure.com"
"""The host of every recorded address, whichever it was."""
_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?")
_SERVICE_TYPE = re.compile(r"Microsoft\.[A-Za-z]+(?:/[A-Za-z]+)*")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9 ]*")
_BUILT_IN = frozenset({"default", "autoresolveintegrationruntime"})
_MAPS = frozenset({"parameters", "variables", "tags", "globalParameters", "headers", "pipelineParameters"})
"""Members whose own members are named by users."""
_SPELLED = frozenset({"location", "code", "provisioningState", "runtimeState"})
"""Members whose value is a word of Azure's, whether the SDK knows it or not."""
_LONG_NUMBER = 100_000
_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What Microsoft has named: members of objects, and values such as types and states."""

    members: frozenset[str]
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Renamer:
    """One recording's names; `names` are those of its resources in any case, casefolded."""

    key: bytes
    words: Vocabulary
    names: frozenset[str] = frozenset()

    def name(self, text: str) -> str:
        """Another name for a resource, a member or a part of an address; Azure compares them in any case."""
        if _GUID.fullmatch(text):
            return self._guid(text.lower())
        return text if text.casefold() in _BUILT_IN or not text else f"n{self._hash(text.casefold())}"

    def address(self, url: str) -> str:
        """Another address: same form, no host, no name; only the api-version stays of its query."""
        parts = urllib.parse.urlsplit(url)
        query = [
            (key, value if key == "api-version" else self._hash(value))
            for key, value in urllib.parse.parse_qsl(parts.query)
        ]
        return f"{ENDPOINT}{self.path(urllib.parse.unquote(parts.path))}?{urllib.parse.urlencode(query)}"

    def path(self, text: str) -> str:
        """A resource's path: types and namespaces stay, the names between them go."""
        made, is_name, is_namespace = [], False, False
        for part in text.strip("/").split("/"):
            made.append(self.name(part) if is_name else part if _plain(part) else self._hash(part))
            if is_namespace:
                is_namespace = is_name = False
            elif not is_name and part.lower() == "providers":
                is_namespace = True
            else:
                is_name = not is_name
        return "/" + "/".join(made)

    def body(self, node: Json) -> Json:
        """A body, or any part of one."""
        return self._tree(node, "", users=False)

    def _tree(self, node: Json, member: str, *, users: bool) -> Json:
        """`users`: the members of this object are named by users."""
        match node:
            case dict():
                inner = _is_globals(node)
                return {
                    self._member(key, users=users): self._tree(
                        value, key, users=not users and (key in _MAPS or (inner and key == "properties"))
                    )
                    for key, value in node.items()
                }
            case list():
                return [self._tree(item, member, users=False) for item in node]
            case str():
                return self._text(member, node)
            case int() if not isinstance(node, bool) and abs(node) >= _LONG_NUMBER:
                return _LONG_NUMBER + int(self._hash(str(node)), 16) % 1_000_000_000
            case _:
                return node

    def _member(self, key: str, *, users: bool) -> str:
        if key.startswith("/"):
            return self.path(key)
        return key if key in self.words.members and not users else self.name(key)

    def _text(self, member: str, text: str) -> str:
        if not text.strip("*") or _DATE.fullmatch(text) or self._is_word(member, text):
            return text
        if member.lower() == "etag":
            return text.replace(text.strip('"'), self._guid(text.strip('"')))
        if member == "nextLink":
            return self.address(text)
        if text.startswith("/subscriptions/"):
            return self.path(text)
        if member in {"name", "referenceName"} or text.casefold() in self.names or _GUID.fullmatch(text):
            return self.name(text)
        return self._expression(text) if text.startswith("@") or "@{" in text else f"x{self._hash(text)}"

    def _is_word(self, member: str, text: str) -> bool:
        if text.casefold() in self.names or secret_looking(member):
            return False
        if text in self.words.values or (member == "type" and _SERVICE_TYPE.fullmatch(text)):
            return member not in {"name", "referenceName", "value", "defaultValue", "description"}
        return member in _SPELLED and _WORD.fullmatch(text) is not None

    def _expression(self, text: str) -> str:
        """Still an expression, of the same sort."""
        inner = f"concat('x{self._hash(text)}')"
        return f"@{inner}" if text.startswith("@") and not text.startswith("@{") else f"@{{{inner}}}"

    def _hash(self, text: str) -> str:
        return hmac.digest(self.key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()[:_LENGTH]

    def _guid(self, text: str) -> str:
        return str(uuid.UUID(bytes=hmac.digest(self.key, text.encode(), hashlib.sha256)[:16], version=4))


def _plain(part: str) -> bool:
    """Whether it can be a type or a namespace."""
    return re.fullmatch(r"[A-Za-z.]+", part) is not None


def _is_globals(node: Mapping[str, Json]) -> bool:
    """The resource of global parameters: its properties are named by users."""
    return str(node.get("type", "")).lower().endswith("/factories/globalparameters")
