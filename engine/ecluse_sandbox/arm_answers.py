"""Template functions that ask a service: what nothing in the sandbox knows gets an answer that stands for the real one.

An answer is a text that is always the same for the same question, and has every member that somebody asks for.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Self

from ecluse_sandbox.masking import Secure
from ecluse_sandbox.refusals import not_in_sandbox


class Answer(str):
    """What another service would say; `question` is all that was asked of it."""

    __slots__ = ("question",)

    question: str

    def __new__(cls, question: str) -> Self:
        """The text is made of the question."""
        made = super().__new__(cls, f"sandbox-{hashlib.sha256(question.encode('utf-8', 'replace')).hexdigest()[:16]}")
        made.question = question
        return made

    def member(self, key: Any) -> Self:
        """The answer's member or item: an answer again."""
        return type(self)(f"{self.question}[{json.dumps(key)}]")


class SecretAnswer(Answer, Secure):
    """What a `list…` function gives: keys."""

    __slots__ = ()


def settled(value: Any) -> Any:
    """The value with plain texts in place of answers, once nobody can ask for their members any more."""
    match value:
        case SecretAnswer():
            return Secure(value)
        case Answer():
            return str(value)
        case dict():
            return {key: settled(one) for key, one in value.items()}
        case list():
            return [settled(one) for one in value]
    return value


def listed(name: str, arguments: list[Any]) -> SecretAnswer:
    """`listKeys` and its kin of a resource that lies elsewhere, named by its whole id."""
    return SecretAnswer(_question(name, arguments))


def referred(arguments: list[Any]) -> Answer:
    """`reference` of a resource that lies elsewhere."""
    return Answer(_question("reference", arguments))


def _question(name: str, arguments: list[Any]) -> str:
    whole = len(arguments) > 1 and isinstance(arguments[0], str) and "/providers/" in arguments[0]
    if not whole:
        raise not_in_sandbox(f"'{name}' of a resource that is not named by its id, or without an apiVersion")
    return f"{name.lower()}({json.dumps(arguments)})"


def _guid(arguments: list[Any]) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(arguments)))


def _now(arguments: list[Any]) -> str:
    """In the default format; of the others only a few are told apart."""
    formats = {"d": "%m/%d/%Y", "u": "%Y-%m-%d %H:%M:%SZ", "yyyy-MM-dd": "%Y-%m-%d"}
    return datetime.now(UTC).strftime(formats.get(arguments[0] if arguments else "", "%Y%m%dT%H%M%SZ"))


def _of(name: str) -> Callable[[list[Any]], Answer]:
    return lambda arguments: Answer(f"{name}({json.dumps(arguments)})")


IN_DEFAULTS: Mapping[str, Callable[[list[Any]], str]] = {
    "newguid": lambda _: str(uuid.uuid4()),
    "utcnow": _now,
}
"""Functions that a parameter's default may use, and nothing else (Azure docs: newGuid, utcNow)."""

_ASKED = "deployment environment managementgroup parsecidr cidrsubnet cidrhost pickzones providers tenant"
ANSWERS: Mapping[str, Callable[[list[Any]], str]] = {"guid": _guid, **{name: _of(name) for name in _ASKED.split()}}
"""Functions whose value hangs on the service or on a hash that is not published."""
