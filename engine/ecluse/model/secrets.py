"""What a secret is: the one predicate that plan, lowering, reports and logs use, and what follows from it.

A secret is a tainted text (`Secret`), the value of a `SecureString` node, a text at a secret-looking key, or a
connection string that carries a password or key. A reference to a secret (`secretName`), an expression
(`@pipeline().parameters.password`) and `encryptedCredential` (which only its own factory can read) are none.
"""

import base64
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import quote, quote_plus

from ecluse.errors import Code, Notice
from ecluse.jsontree import MASK, Deferred, Json, Missing, Path, Secret

WRAPPERS = frozenset({"value", "defaultvalue"})
"""Keys that say nothing themselves: the key around them names the thing (`parameters.password.defaultValue`)."""

_LOOKS_SECRET = re.compile(
    r"(password|passwd|passphrase|pwd|secret|(?<!continuation)(?<!page)(?<!skip)token"
    r"|(account|access|api|auth|authorization|function|functions|host|master|private|shared|sharedaccess|storage"
    r"|subscription|encryption|serviceprincipal|sas|symmetric|service|signing|ssh)key"
    r"|sas(uri|url)|sharedaccesssignature|serviceprincipalcredential|embeddedcert|privatekeycontent|^authorization)"
    r"(value|text|string)?\d*$",
)
"""Matched against a name in lower case without its separators; a name that only *mentions* a secret
(`secretName`, `passwordSecretVersion`, `accessKeyId`, `tokenEndpoint`) ends in something else."""

_SECRET_PART = re.compile(
    r"\b(?:(?:account\s?key|shared\s?access\s?key|access\s?key|secret\s?access\s?key|(?:user\s?)?password|pwd"
    r"|client\s?secret|access\s?token|api\s?key|auth\s?key|shared\s?access\s?signature)"
    r"\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|\{[^}]*\}|[^;\s][^;]*)"
    r"|(?:sig|code)\s*=\s*(?P<signature>[^;&\s]+))"
    r"|(?<=://)[^/?#@:\s]*:(?P<userinfo>[^/?#@\s]+)(?=@(?!\{))",
    re.IGNORECASE,
)
"""One `key=value` of a connection string or of a signed address, or the `user:password` before an address's host
(`mongodb://…`); an empty value is none."""

_MASK = re.compile(r"\*{3,}(REMOVED\*{3,})?")

_CARRIER = re.compile(r"connectionstring|ur[il]$", re.IGNORECASE)
"""Keys whose text may carry a secret among other things."""

_EXPRESSION = re.compile(r"\s*@(\{|[A-Za-z_]\w*\()")
_MIN_REDACTED = 3  # blotting out shorter texts would eat the log and protect nothing
_MIN_LINE = 8  # a shorter line of a longer secret is a brace or a word


@lru_cache(maxsize=4096)
def secret_looking(name: str) -> bool:
    """Whether a key, variable or parameter of this name holds a secret: `sqlPassword`, `SQL_PASSWORD`, `accountKey`."""
    return _LOOKS_SECRET.search(re.sub(r"[^0-9a-z]", "", name.casefold())) is not None


def is_secret(path: Path, value: Json, parent: Json = None) -> bool:
    """Whether the scalar `value`, which stands at `path` in the object `parent`, must never be shown."""
    if isinstance(value, Missing):
        return value.secure
    if isinstance(value, Secret):
        return True
    if isinstance(value, Deferred):
        return False  # it shows an expression, in which the secrets are masked
    if not isinstance(value, str) or not value or _is_expression(value, parent):
        return False
    key = telling_key(path)
    if is_secure_string(parent) and _last(path) in WRAPPERS:
        return True
    return secret_looking(key) or (_CARRIER.search(key) is not None and carries_secret(value))


def is_mask(value: Json) -> bool:
    """Whether it hides a secret: Azure answers `**********` for a SecureString (recorded: linked service GET).

    Tools that take secrets out of a repository's history write `***REMOVED***` (git-filter-repo).
    """
    return isinstance(value, str) and _MASK.fullmatch(value.strip()) is not None


def holds_mask(text: str) -> bool:
    """Whether it is a mask, or a connection string or an address in which a mask stands for the secret."""
    return is_mask(text) or any(is_mask(value.strip("\"'{}")) for value in _secret_values(text))


def placeholder(name: str) -> Secret:
    """What stands in a rehearsal for the secret of this name."""
    return Secret(f"placeholder-{name}")


def placeholders_told(names: Sequence[str]) -> Iterator[Notice]:
    """What a real deployment needs from somewhere else."""
    if names:
        what = f"placeholders stand for {len(names)} secret(s) without value: {', '.join(names)}"
        yield Notice(Code.NOTE, what, warning=False)


def may_hold_secret(name: str) -> bool:
    """Whether a secret may stand below a key of this name; where none may, only a `SecureString` holds one."""
    return secret_looking(name) or _CARRIER.search(name) is not None


def is_secure_string(node: Json) -> bool:
    """Whether a node is `{"type": "SecureString", …}`."""
    return _type(node) == "securestring"


def carries_secret(text: str) -> bool:
    """Whether a connection string or an address holds a secret: `…;AccountKey=…`, `…?sig=…`, `…://user:password@…`."""
    return any(not _EXPRESSION.match(value) for value in _secret_values(text))


def _secret_values(text: str) -> Iterator[str]:
    return (found["value"] or found["signature"] or found["userinfo"] for found in _SECRET_PART.finditer(text))


def without_secret_parts(text: str) -> str:
    """A connection string without its secret `key=value` parts, as Azure shows it in an answer."""
    return re.sub(r";(\s*;)+", ";", _SECRET_PART.sub("", text)).strip(";")


def _is_expression(value: str, parent: Json) -> bool:
    return _type(parent) == "expression" or _EXPRESSION.match(value) is not None


def _type(parent: Json) -> str:
    kind = parent.get("type") if isinstance(parent, dict) else None
    return kind.casefold() if isinstance(kind, str) else ""


def _last(path: Path) -> str:
    return path[-1].casefold() if path and isinstance(path[-1], str) else ""


def telling_key(path: Path) -> str:
    """The innermost key that says what stands there; an index or a wrapper says nothing."""
    keys = (step for step in reversed(path) if isinstance(step, str) and step.casefold() not in WRAPPERS)
    return next(keys, "")


Change: TypeAlias = Callable[[str], Json]


def change_secrets(tree: Json, change: Change, path: Path = (), parent: Json = None) -> Json:
    """A copy of `tree`, which stands at `path` in `parent`, with every secret put through `change`."""
    return _changed(tree, lambda at, leaf, inside: change(leaf) if is_secret(at, leaf, inside) else leaf, path, parent)


def _changed(tree: Json, change: Callable[[Path, Json, Json], Json], path: Path, parent: Json) -> Json:
    if isinstance(tree, dict):
        return {key: _changed(value, change, (*path, key), tree) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_changed(value, change, (*path, index), tree) for index, value in enumerate(tree)]
    return change(path, tree, parent)


def mask(tree: Json, path: Path = (), parent: Json = None) -> Json:
    """A copy of `tree` that may be shown: every secret is `***`. A place that waits for its value stays as it is."""
    return _changed(tree, _masked, path, parent)


def _masked(path: Path, leaf: Json, parent: Json) -> Json:
    if isinstance(leaf, Deferred):
        # Where any text would be a secret, so may be those in the expression.
        hides = secret_looking(telling_key(path)) or (is_secure_string(parent) and _last(path) in WRAPPERS)
        return leaf.veiled if hides else leaf
    return MASK if is_secret(path, leaf, parent) and not isinstance(leaf, Missing) else leaf


def taint(tree: Json, path: Path = (), parent: Json = None) -> Json:
    """A copy of `tree` in which every secret is a `Secret`, so that it is known as one wherever it goes."""
    return change_secrets(tree, _tainted, path, parent)


def _tainted(value: str) -> str:
    return value if isinstance(value, (Missing, Secret)) else Secret(value)


def secrets_of(tree: Json) -> Iterator[str]:
    """The texts of all secrets in a tree, also in its expressions: what `redact` has to blot out."""
    found: list[str] = []

    def gather(path: Path, leaf: Json, parent: Json) -> None:
        if isinstance(leaf, Deferred):
            found.extend(leaf.secrets)
        elif is_secret(path, leaf, parent):
            found.append(leaf)

    _changed(tree, gather, (), None)
    return (each for each in found if each)


def redactor(secrets: Iterable[str]) -> Callable[[str], str]:
    """What puts `***` in place of every secret in a text, also where it stands escaped, encoded or cut off by `…`."""
    forms = {form for secret in secrets for form in _forms(str(secret)) if len(form) >= _MIN_REDACTED}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    if not longest_first:
        return str
    known = re.compile("|".join(map(re.escape, longest_first)))

    def blot_out(text: str) -> str:
        *cut, last = known.sub(MASK, text).split("…")
        return "…".join((*(_without_beginning(part, longest_first) for part in cut), last))

    return blot_out


def redact(text: str, secrets: Iterable[str]) -> str:
    """`text` with `***` in place of every secret; see `redactor`."""
    return redactor(secrets)(text)


def _without_beginning(text: str, forms: Iterable[str]) -> str:
    """A text that was cut, without what it shows of a secret at its end."""
    shown = (size for form in forms for size in range(len(form) - 1, _MIN_REDACTED, -1) if text.endswith(form[:size]))
    longest = max(shown, default=0)
    return text[: len(text) - longest] + MASK if longest else text


def _forms(secret: str) -> Iterator[str]:
    """The spellings in which a secret comes back: of its lines, too, where it has several (a key file, a PEM)."""
    lines = [line.strip() for line in secret.splitlines()]
    for part in (secret, *(line for line in lines[1:] and lines if len(line) >= _MIN_LINE)):
        yield part
        for escaped in (json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1]):
            yield from (escaped, json.dumps(escaped)[1:-1])
        raw = part.encode(errors="surrogatepass")  # a variable may hold bytes that are no text
        for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
            yield from (quoted, re.sub("%..", lambda found: found[0].lower(), quoted))
        yield from (html.escape(part), base64.b64encode(raw).decode())
