"""The grammar of ARM's template expressions: text to tree. Knows no function and no value."""

import re
from dataclasses import dataclass
from typing import NamedTuple, NoReturn, TypeAlias

from ecluse.jsontree import Json

MAX_LENGTH = 24_576
"""The longest expression that ARM accepts, in characters (Azure docs: template limits)."""

MAX_NESTING = 50
"""How deep calls and indexes may nest in one expression; real ones stay below 10."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text in single quotes, or an integer; in what is left after evaluation any value."""

    value: Json


@dataclass(frozen=True, slots=True)
class Call:
    """`name(argument, …)`; the name as it was written."""

    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Member:
    """`of.name`."""

    of: "Node"
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """`of[index]`."""

    of: "Node"
    index: "Node"


Node: TypeAlias = Literal | Call | Member | Index


class GrammarError(ValueError):
    """The text is no expression; the message says why and where."""


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<number>-?[0-9]{1,18}(?![\w.]))
      | (?P<name>[A-Za-z_][\w]*)
      | (?P<mark>[(),.\[\]])
    )""",
    re.VERBOSE | re.ASCII,
)


def is_expression(text: str) -> bool:
    """Whether ARM would evaluate this text: `[…]`, but not `[[…]`, whose first bracket only escapes the second."""
    return text.startswith("[") and text.endswith("]") and not text.startswith("[[")


def is_escaped(text: str) -> bool:
    """Whether this text is a literal with one bracket too many: `[[…]` means `[…]`."""
    return text.startswith("[[") and text.endswith("]")


def parse(text: str) -> Node:
    """The tree of an expression, given with its brackets. Raises `GrammarError`."""
    if len(text) > MAX_LENGTH:
        raise GrammarError(f"longer than {MAX_LENGTH} characters, which is all that ARM accepts")
    parser = _Parser(_tokens(text[1:-1]))
    tree = parser.expression(0)
    parser.take("")
    return tree


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            rest = text[at:].lstrip()
            raise GrammarError(f"can't read {rest[:20]!r} at character {len(text) - len(rest) + 2}")
        found.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 2))
        at = match.end()
    return [*found, _Token("end", "", len(text) + 2)]


class _Parser:
    """Recursive descent, one token ahead."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self, mark: str) -> None:
        """Step over a mark ("" for the end)."""
        if self.next.text != mark or self.next.kind not in ("mark", "end"):
            self.fail(f"expected {mark!r}" if mark else "expected the end")
        self.at += 1

    def fail(self, what: str) -> NoReturn:
        found = repr(self.next.text[:20]) if self.next.text else "the end"
        raise GrammarError(f"{what} at character {self.next.at}, found {found}")

    def expression(self, depth: int) -> Node:
        if depth > MAX_NESTING:
            self.fail(f"nested deeper than {MAX_NESTING} levels")
        node = self.primary(depth)
        accesses = 0
        while self.next.text in (".", "[") and self.next.kind == "mark":
            accesses += 1
            if accesses > MAX_NESTING:
                self.fail(f"more than {MAX_NESTING} accesses in a row")
            node = self.access(node, depth)
        return node

    def primary(self, depth: int) -> Node:
        token = self.next
        if token.kind not in ("text", "number", "name"):
            self.fail("expected a function, a text in single quotes or a number")
        self.at += 1
        if token.kind == "text":
            return Literal(token.text[1:-1].replace("''", "'"))
        return Literal(int(token.text)) if token.kind == "number" else Call(token.text, self.arguments(depth))

    def arguments(self, depth: int) -> tuple[Node, ...]:
        self.take("(")
        found: list[Node] = []
        while self.next.text != ")" or self.next.kind != "mark":
            if found:
                self.take(",")
            found.append(self.expression(depth + 1))
        self.take(")")
        return tuple(found)

    def access(self, node: Node, depth: int) -> Node:
        if self.next.text == ".":
            self.at += 1
            name = self.next
            if name.kind != "name":
                self.fail("expected the name of a member")
            self.at += 1
            return Member(node, name.text)
        self.take("[")
        index = self.expression(depth + 1)
        self.take("]")
        return Index(node, index)
