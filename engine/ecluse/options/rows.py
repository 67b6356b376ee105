"""What a row of the table of options is: its words, its type, where it may come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

Value: TypeAlias = str | bool | int | Path | tuple[str, ...] | tuple[Path, ...] | tuple[tuple[str, str], ...] | None
"""The value of an option; which of these, its type says."""


class Type(StrEnum):
    """What an option takes."""

    TEXT = "text"
    FLAG = "flag"
    CHOICE = "choice"
    INT = "number"
    PATH = "path"
    TEXTS = "text, repeatable"
    PATHS = "path, repeatable"
    WORDS = "words between commas, repeatable"
    PAIRS = "NAME=VALUE, repeatable"

    @property
    def repeatable(self) -> bool:
        """Whether the option may be given several times."""
        return self in (Type.TEXTS, Type.PATHS, Type.WORDS, Type.PAIRS)


class Origin(StrEnum):
    """Where a value came from; in the order of precedence."""

    COMMAND_LINE = "command line"
    ENVIRONMENT = "environment"
    FILE = "ecluse.toml"
    DEFAULT = "default"


class Group(StrEnum):
    """The sections of `--help` and of docs/options.md, in reading order."""

    TARGET = "Target"
    SOURCE = "Source and configuration"
    SCOPE = "Scope"
    TRIGGERS = "Triggers"
    WAY = "How it is deployed"
    SAFETY = "What stops a run"
    OUTPUT = "Output"
    CONNECTION = "Connection"
    SANDBOX = "Sandbox"


PLAN, DEPLOY, SELECT, SERVE = "plan", "deploy", "select", "sandbox serve"
CONFIG_CHECK, CONFIG_SHOW, CONFIG_MATRIX = "config check", "config show", "config matrix"
LIST, STOP, START = "triggers list", "triggers stop", "triggers start"
RECOVER, FORGET = "triggers recover", "triggers forget"
SHOW, RESET, SEED = "sandbox show", "sandbox reset", "sandbox seed"
COMMANDS = (
    PLAN,
    DEPLOY,
    SELECT,
    CONFIG_CHECK,
    CONFIG_SHOW,
    CONFIG_MATRIX,
    LIST,
    STOP,
    START,
    RECOVER,
    FORGET,
    SERVE,
    SHOW,
    RESET,
    SEED,
)
MAKES_PLAN = frozenset({PLAN, DEPLOY})
CONFIG = frozenset({CONFIG_CHECK, CONFIG_SHOW, CONFIG_MATRIX})
READS_SOURCE = MAKES_PLAN | CONFIG | {SELECT}
JOURNAL = frozenset({RECOVER, FORGET})
TRIGGERS = frozenset({LIST, STOP, START}) | JOURNAL
MEETS_AZURE = MAKES_PLAN | TRIGGERS

ANYWHERE = frozenset({Origin.COMMAND_LINE, Origin.ENVIRONMENT, Origin.FILE})
NOT_FROM_FILE = frozenset({Origin.COMMAND_LINE, Origin.ENVIRONMENT})
NOT_FROM_ENVIRONMENT = frozenset({Origin.COMMAND_LINE, Origin.FILE})
COMMAND_LINE_ONLY = frozenset({Origin.COMMAND_LINE})


@dataclass(frozen=True, slots=True)
class Alias:
    """Another tool's name for an option, with its words for our values."""

    name: str
    synonyms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Option:
    """One option: everything that the command line, the environment, ecluse.toml, the task and the docs need.

    `name` is the field of `Settings`; `task` the input of the pipeline task ("" when the service connection gives it);
    `pattern` and `rule` say which texts are right;
    `peer_default` is what an absent input means to users of the aliases, where that differs from ours.
    """

    name: str
    type: Type
    group: Group
    help: str
    commands: frozenset[str] = MAKES_PLAN
    default: Value = None
    required: frozenset[str] = frozenset()
    choices: tuple[str, ...] = ()
    minimum: int = 0
    pattern: str = ""
    rule: str = ""
    metavar: str = ""
    task: str = ""
    aliases: tuple[Alias, ...] = ()
    origins: frozenset[Origin] = ANYWHERE
    secret: bool = False
    peer_default: str = ""

    @property
    def flag(self) -> str:
        """The option on the command line."""
        return "--" + self.key

    @property
    def key(self) -> str:
        """The key in ecluse.toml."""
        return self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return "ECLUSE_" + self.name.upper()

    def synonym(self, word: str) -> str:
        """The choice that a word means, whatever its case; the word itself when it means none."""
        meanings = {choice.casefold(): choice for choice in self.choices}
        meanings |= {theirs.casefold(): ours for alias in self.aliases for theirs, ours in alias.synonyms.items()}
        return meanings.get(word.casefold(), word)
