"""What can go wrong, told so that a person can act: a code, what happened, where, and what to do.

The tree, and the exit code that each error ends with (docs/exit-codes.md; 4, a trigger that is not in the state it
should be, is no error of one call but the outcome of a run):

    EcluseError
    ├── Refused          3  nothing was written: bad input, a guard, wrong usage
    ├── Failed           1  something was begun and failed; every trigger is as it should be
    └── Cancelled        1  the user or the agent asked to stop
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Code(StrEnum):
    """Every problem that Ecluse reports; the value is what logs show and `docs/errors.md` explains."""

    USAGE = "usage"
    OPTION_VALUE = "option-value"
    SOURCE_MISSING = "source-missing"
    SOURCE_UNREADABLE = "source-unreadable"
    SOURCE_NOT_A_FACTORY = "source-not-a-factory"
    JSON_INVALID = "json-invalid"
    JSON_DUPLICATE_KEY = "json-duplicate-key"
    ARM_EXPRESSION = "arm-expression"
    ARM_FUNCTION = "arm-function"
    ARM_RESOURCE = "arm-resource"
    OBJECT_INVALID = "object-invalid"
    DUPLICATE_OBJECT = "duplicate-object"
    PARAMETER_MISSING = "parameter-missing"
    PARAMETER_TYPE = "parameter-type"
    PARAMETER_UNKNOWN = "parameter-unknown"
    PARAMETER_LITERAL_SECRET = "parameter-literal-secret"  # noqa: S105  # a code, not a secret
    CONFIG_MISSING = "config-missing"
    CONFIG_AMBIGUOUS = "config-ambiguous"
    CONFIG_FORMAT = "config-format"
    CONFIG_TYPE = "config-type"
    CONFIG_NO_OBJECT = "config-no-object"
    CONFIG_PATH = "config-path"
    CONFIG_VALUE = "config-value"
    CONFIG_TOKEN = "config-token"  # noqa: S105  # a code, not a secret
    FILTER_FORMAT = "filter-format"
    FILTER_UNUSED = "filter-unused"
    CHANGED_SINCE = "changed-since"
    REFERENCE_MISSING = "reference-missing"
    REFERENCE_CYCLE = "reference-cycle"
    FACTORY_MISSING = "factory-missing"
    FACTORY_GIT_LINKED = "factory-git-linked"
    GROUP_MISSING = "resource-group-missing"
    TRIGGER_ACTIVE = "trigger-active"
    TRIGGER_START = "trigger-start"
    TRIGGER_STOP = "trigger-stop"
    TRIGGER_STATE = "trigger-state"
    FROZEN_FIELD = "frozen-field"
    UPDATE_GUARD = "update-guard"
    SECRET_MISSING = "secret-missing"  # noqa: S105  # a code, not a secret
    CAPTURE_STATE = "capture-state"
    DELETE_GUARD = "delete-guard"
    TEMPLATE_LIMIT = "template-limit"
    METHOD = "method"
    PERMISSION_MISSING = "permission-missing"
    LOCKED = "locked"
    PROVIDER_MISSING = "provider-not-registered"
    PIPELINES_RUNNING = "pipelines-running"
    PREFLIGHT = "preflight"
    AZURE_REFUSED = "azure-refused"
    AZURE_UNREACHABLE = "azure-unreachable"
    CREDENTIAL = "credential"
    BUSY = "busy"
    OUTRUN = "outrun"
    EVENTS = "events"
    JOURNAL = "journal"
    UNFINISHED = "unfinished-run"
    DEPLOYMENT_FAILED = "deployment-failed"
    CANCELLED = "cancelled"
    SANDBOX = "sandbox"
    REPORT = "report"
    DEFECT = "defect"
    LEFT_OUT = "left-out"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a file that a person can open: `path:line:column`, as far as it is known."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what, where, and how to put it right."""

    code: Code
    message: str
    remedy: str
    where: Where | None = None
    subject: str = ""  # the object's address, `trigger.TR_Daily`, where the problem has one

    def __str__(self) -> str:
        place = "  ".join(str(part) for part in (self.where, self.subject) if part)
        return f"{place}: {self.message}" if place else self.message


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the user should know and that stops nothing."""

    code: Code
    message: str
    where: Where | None = None
    warning: bool = True

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class EcluseError(Exception):
    """One or many problems, raised together; `exit_code` is what the command ends with."""

    exit_code: ClassVar[int] = 1

    def __init__(self, problems: Iterable[Problem] | Problem) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Refused(EcluseError):  # noqa: N818  # a refusal is no accident
    """Refused before the first write: bad input, a guard, wrong usage."""

    exit_code = 3


class Failed(EcluseError):  # noqa: N818  # the outcome's name
    """Begun and failed; every trigger is as it should be."""

    exit_code = 1


class Cancelled(EcluseError):  # noqa: N818  # the outcome's name
    """Stopped on request; every trigger is as it should be."""

    exit_code = 1


def refuse_any(problems: Iterable[Problem]) -> None:
    """Raise `Refused` with all the problems, if there are any."""
    found = tuple(problems)
    if found:
        raise Refused(found)
