"""Tokens in a row's value: `$Env:NAME`, `$($Env:NAME)`, `${Env:NAME}`, `#{NAME}#`, `$(NAME)`. Text for text; no code.

The variables are handed in: nothing here looks at an environment. A text that held a secret variable is a `Secret`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from ecluse.configure.row_error import BadTokenError
from ecluse.jsontree import Secret
from ecluse.model.secrets import secret_looking

FORBIDDEN = (
    "SYSTEM_ACCESSTOKEN",
    "ENDPOINT_*",
    "SECRET_*",
    "*_CLIENT_SECRET",
    "*_CLIENT_CERTIFICATE*",
    "*_FEDERATED_TOKEN*",
    "ECLUSE_*",
)
"""Variables that sign in, or steer this program: they never become a part of a factory."""

_TOKEN = re.compile(
    r"`(?P<escaped>\$)"
    r"|\$\(\s*\$env:(?P<sub>\w+)\s*\)"
    r"|\$\{env:(?P<braced>[^{}]+)\}"
    r"|\$env:(?P<plain>\w+)"
    r"|\#\{(?P<hashed>[\w.\- ]+)\}\#"
    r"|\$\((?P<pipeline>[A-Za-z_][\w.\-]*)\)"
    r"|(?P<code>\$\(|\$\{?env:)",
    re.IGNORECASE,
)

_LOOSE = re.compile(r"\$(\w+|\{\w+\})")


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables that a configuration may use: name → text, and the names of those that are secret.

    `ignore_case`: whether `$Env:name` finds `NAME`, as it does on Windows.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: frozenset[str] = frozenset()
    ignore_case: bool = False

    def find(self, name: str) -> str | None:
        """The text of an environment variable, tainted if it is secret; `None` when there is none."""
        known = name if name in self.values else self._without_case(name)
        if known is None:
            return None
        text = self.values[known]
        return Secret(text) if self._is_secret(known) else text

    def find_pipeline(self, name: str) -> str | None:
        """The text of an Azure Pipelines variable: the agent exports `my.name` as `MY_NAME` (Azure Pipelines docs)."""
        exported = _exported(name)
        return next(
            (text for form in (name, exported, exported.upper()) if (text := self.find(form)) is not None), None
        )

    def _without_case(self, name: str) -> str | None:
        if not self.ignore_case:
            return None
        return next((known for known in self.values if known.casefold() == name.casefold()), None)

    def _is_secret(self, name: str) -> bool:
        marked = {_exported(each).casefold() for each in self.secret}
        return _exported(name).casefold() in marked or secret_looking(name)


def _exported(name: str) -> str:
    return re.sub(r"[. ]", "_", name)


def has_token(text: str) -> bool:
    """Whether `expand` would replace something in `text`."""
    return any(found["escaped"] is None for found in _TOKEN.finditer(text))


def is_all_tokens(text: str) -> bool:
    """Whether `text` is made of nothing but tokens, so that it may be shown whatever they hold."""
    return has_token(text) and not _TOKEN.sub(lambda found: found[0] if found["escaped"] else "", text).strip()


def without_value(text: str, variables: Variables) -> tuple[str, ...]:
    """The names in `text` for which there is no variable. Raises `BadTokenError` for what no variable could give."""
    named = [(found, _name(found)) for found in _TOKEN.finditer(text) if not found["escaped"]]
    return tuple(dict.fromkeys(name for found, name in named if _look_up(found, name, variables) is None))


def has_loose_dollar(text: str) -> bool:
    """Whether `text` holds a `$name` or `${name}` that is no token, so that it stays."""
    return _LOOSE.search(_TOKEN.sub(" ", text)) is not None


def expand(text: str, variables: Variables) -> str:
    """`text` with its tokens replaced, once: what a variable holds is never looked at again.

    A backtick before `$` takes it literally. The result is a `Secret` when `text` or a variable is one.
    Raises `BadTokenError`.
    """
    taint = isinstance(text, Secret)

    def replaced(found: re.Match[str]) -> str:
        nonlocal taint
        part = _replacement(found, variables)
        taint = taint or isinstance(part, Secret)
        return part

    expanded = _TOKEN.sub(replaced, text)
    return Secret(expanded) if taint else expanded


def _replacement(found: re.Match[str], variables: Variables) -> str:
    if found["escaped"]:
        return "$"
    name = _name(found)
    text = _look_up(found, name, variables)
    if text is None:
        raise BadTokenError(
            f"there is no variable {name}",
            f"set {name} for this step, a secret one through its `env:`; for a literal dollar sign write `$",
        )
    return text


def _name(found: re.Match[str]) -> str:
    """The variable that a token names. Raises `BadTokenError` for code, and for a variable that never is a value."""
    if found["code"]:
        raise BadTokenError(
            "the value holds `$( … )` or `$Env:` without a plain variable name; code in a value is never run",
            "write $Env:NAME, $($Env:NAME) or $(NAME); for a literal dollar sign write `$",
        )
    name: str = found["hashed"] or found["pipeline"] or found["sub"] or found["braced"] or found["plain"]
    _refuse_sign_in(name)
    return name


def _look_up(found: re.Match[str], name: str, variables: Variables) -> str | None:
    return variables.find_pipeline(name) if found["hashed"] or found["pipeline"] else variables.find(name)


def _refuse_sign_in(name: str) -> None:
    exported = _exported(name).upper()
    if any(fnmatchcase(exported, pattern) for pattern in FORBIDDEN):
        raise BadTokenError(
            f"the variable {name} is for signing in, or for Ecluse itself, and never goes into a factory",
            "use a variable of its own for the value",
        )
