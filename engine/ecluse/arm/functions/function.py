"""What a function of ARM's template language is to Ecluse: one row, its limits, and the arguments that it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ecluse.jsontree import Json

MAX_TEXT = 4_194_304
"""The longest text that a function may give, in characters: a whole template is at most 4 MB."""

MAX_ITEMS = 1_000_000
"""The longest array that a function may give."""

SMALLEST, BIGGEST = -(2**63), 2**63 - 1
"""ARM's integers have 64 bits (Azure docs: data types in templates)."""


class Template(Protocol):
    """What is known around an expression."""

    @property
    def subscription(self) -> str:
        """The id of the subscription that is deployed to."""

    @property
    def resource_group(self) -> str:
        """The name of the resource group that is deployed to."""

    def parameter(self, name: str) -> Json:
        """A parameter's value."""

    def variable(self, name: str) -> Json:
        """A variable's value."""


class Scope(Template, Protocol):
    """What a function may know besides its arguments."""

    def lambda_variable(self, name: str) -> Json:
        """The value of a variable of the lambda around."""

    def decided(self, value: Json) -> Json:
        """The value, where something is decided by it: the call waits when it is not there yet."""


class CallError(ValueError):
    """A function can't do with its arguments; the message says why, without their values."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function: ARM's spelling, the least and the most arguments (None: any number), and what it does.

    A `lazy` row's `run` gets functions that evaluate the arguments, so that what is not needed is not evaluated.
    What becomes of a secret: a row that `carries` hands on the parts of its arguments, each with its own taint; what
    any other row makes of a secret is one. A number can't be one, so it is refused, except of a row that `measures`.
    """

    name: str
    least: int
    most: int | None
    run: Callable[..., Json]
    carries: bool = False
    measures: bool = False
    takes_lambda: bool = False
    lazy: bool = False


@dataclass(frozen=True, slots=True)
class Lambda:
    """The value of `lambda('x', …)`: no JSON, only an argument. `call` takes a value for each of its variables.

    `node` gives the call of `lambda` as far as it can be evaluated without them.
    """

    names: tuple[str, ...]
    call: Callable[..., Json]
    node: Callable[[], Json]


def kind_of(value: Json) -> str:
    """ARM's word for the type of a value."""
    names = {bool: "bool", int: "int", float: "float", dict: "object", list: "array", Lambda: "lambda"}
    return "null" if value is None else next((word for type_, word in names.items() if type(value) is type_), "string")


def a_text(value: Json, function: str) -> str:
    """The argument, which has to be a text. Raises `CallError`."""
    if not isinstance(value, str):
        raise CallError(f"{function} takes a text here, not {kind_of(value)}")
    return value


def an_int(value: Json, function: str) -> int:
    """The argument, which has to be a whole number. Raises `CallError`."""
    if type(value) is not int:
        raise CallError(f"{function} takes a whole number here, not {kind_of(value)}")
    return value


def a_bool(value: Json, function: str) -> bool:
    """The argument, which has to be true or false. Raises `CallError`."""
    if type(value) is not bool:
        raise CallError(f"{function} takes true() or false() here, not {kind_of(value)}")
    return value


def an_array(value: Json, function: str) -> list[Json]:
    """The argument, which has to be an array. Raises `CallError`."""
    if not isinstance(value, list):
        raise CallError(f"{function} takes an array here, not {kind_of(value)}")
    return value


def an_object(value: Json, function: str) -> dict[str, Json]:
    """The argument, which has to be an object. Raises `CallError`."""
    if not isinstance(value, dict):
        raise CallError(f"{function} takes an object here, not {kind_of(value)}")
    return value


def bounded_int(value: int, function: str) -> int:
    """The number, unless it is beyond 64 bits. Raises `CallError`."""
    if not SMALLEST <= value <= BIGGEST:
        raise CallError(f"{function} gives a number beyond 64 bits")
    return value


def bounded_text(length: int, function: str) -> None:
    """Raises `CallError` when a text of this length is too long; asked before it is made."""
    if length > MAX_TEXT:
        raise CallError(f"{function} gives more than {MAX_TEXT} characters")


def bounded_items(count: int, function: str) -> None:
    """Raises `CallError` when an array of this length is too long; asked before it is made."""
    if count > MAX_ITEMS:
        raise CallError(f"{function} gives more than {MAX_ITEMS} items")


def joined(parts: list[str], function: str) -> str:
    """The parts as one text. Raises `CallError` when it would be too long."""
    bounded_text(sum(map(len, parts)), function)
    return "".join(parts)
