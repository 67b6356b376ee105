"""Filter rules: `+pipeline.PL_*`, `-*.LS_Dev`, `trigger.*`, `*.*@Sales/*`, `+pipeline.PL_X++`.

A rule is a sign (none = include), a kind and a name with wildcards, and perhaps a folder after `@` or, at the end,
`++` for "and all that it needs". Rules stand one per line or between commas; `#` begins a comment. The pattern is held
against the whole address `kind.name`, so that a wildcard may stand for the full stop, too: `*LS_Dev*`.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecluse.errors import Code, Problem, Where, refuse_any
from ecluse.model.kinds import FACTORY_WORD, KINDS
from ecluse.model.names import is_pattern

FILTER_OPTION = "--filter"
_CLOSURE = "++"
_COMMENT = re.compile(r"(^|\s)#.*")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, its patterns as written; `text` is what reports show. Without a full stop `name` is ""."""

    text: str
    include: bool
    kind: str
    name: str
    folder: str | None = None  # None: whatever folder
    closure: bool = False
    origin: Where | None = None

    def __str__(self) -> str:
        return f"{self.text} ({self.origin})" if self.origin else self.text


def parse_rules(texts: Iterable[str] = (), files: Iterable[tuple[str, str]] = ()) -> tuple[Rule, ...]:
    """The rules of `files` (path and text of each), then those of the inline `texts`, in order.

    Raises `Refused` with all rules that can't be read.
    """
    rules: list[Rule] = []
    problems: list[Problem] = []
    for piece, origin in _pieces(texts, files):
        parsed = _rule(piece, origin)
        if isinstance(parsed, Rule):
            rules.append(parsed)
        else:
            problems.append(parsed)
    refuse_any(problems)
    return tuple(rules)


def _pieces(texts: Iterable[str], files: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Where]]:
    """Each rule's text with its place: file and line, or the option and the rule's number in it."""
    for path, text in files:
        for line, content in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
            yield from ((piece, Where(path, line)) for piece in _split(content))
    inline = (piece for text in texts for line in text.splitlines() for piece in _split(line))
    yield from ((piece, Where(FILTER_OPTION, number)) for number, piece in enumerate(inline, 1))


def _split(line: str) -> Iterator[str]:
    return (piece.strip() for piece in _COMMENT.sub("", line).split(",") if piece.strip())


def _rule(text: str, origin: Where) -> Rule | Problem:
    include = not text.startswith("-")
    body = text[1:].strip() if text[0] in "+-" else text
    closure = body.endswith(_CLOSURE)
    body = body.removesuffix(_CLOSURE).strip()
    pattern, at, folder = (part.strip() for part in body.partition("@"))
    kind, dot, name = (part.strip() for part in pattern.partition("."))
    problem = _wrong(kind, name, dotted=bool(dot), closure=closure and not include)
    if problem:
        return Problem(Code.FILTER_FORMAT, f"the rule `{text}` {problem}", _remedy(), origin)
    return Rule(text, include, kind, name, folder if at else None, closure, origin)


def _wrong(kind: str, name: str, *, dotted: bool, closure: bool) -> str:
    """What is wrong with a rule; "" when it is right."""
    if not kind or not (name if dotted else is_pattern(kind)):
        return "is not `kind.name`"
    if closure:
        return "excludes, and `++` (with all that it needs) only goes with an include"
    if not is_pattern(kind) and kind.casefold() not in map(str.casefold, _words()):
        close = difflib.get_close_matches(kind.casefold(), [word.casefold() for word in _words()], n=1)
        like = next((word for word in _words() if close and word.casefold() == close[0]), "")
        return f"names no kind that there is: {kind}" + (f"; nearest is {like}" if like else "")
    return ""


def _words() -> list[str]:
    return [*(kind.word for kind in KINDS.values()), FACTORY_WORD]


def _remedy() -> str:
    return f"write +kind.name, -kind.name or kind.name@folder; kinds are {', '.join(_words())}, or *"
