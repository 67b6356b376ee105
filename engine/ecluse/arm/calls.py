"""Calls of functions: arity, arguments, and what becomes of those that are missing, secret or only Azure's to know."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import MappingProxyType
from typing import Protocol

from ecluse.arm import access
from ecluse.arm.functions import FUNCTIONS, CallError, Function, Lambda, service
from ecluse.arm.functions.function import Template
from ecluse.arm.grammar import Call, Index, Literal, Member, Node
from ecluse.arm.marks import TEXT_WEIGHT, Marks, marks
from ecluse.arm.spelling import deferred, node_of
from ecluse.jsontree import Deferred, Json, Missing, Path, Secret, rebuild

_LAMBDA_WORK = 8  # nodes that one call of a lambda counts for
_NO_LAMBDA: Mapping[str, Json] = MappingProxyType({})


class UnknownFunctionError(ValueError):
    """The table has no such function; the message is its name."""


class Host(Template, Protocol):
    """The template that an expression stands in, and what its evaluation may cost."""

    def spend(self, work: int) -> None:
        """Counts work. Raises `Refused` when it is too much for one template."""


class _UndecidedError(Exception):
    """No value yet to go on with: it is missing, or Azure's to evaluate."""

    def __init__(self, value: Missing | Deferred) -> None:
        super().__init__()
        self.value = value


class Calls:
    """Evaluates the tree of one expression after the other; it is the `Scope` of the functions."""

    def __init__(self, template: Host) -> None:
        self._template = template
        self._around = _NO_LAMBDA  # the variables of the lambdas around, by name in lower case

    @property
    def subscription(self) -> str:
        """The id of the subscription that is deployed to."""
        return self._template.subscription

    @property
    def resource_group(self) -> str:
        """The name of the resource group that is deployed to."""
        return self._template.resource_group

    def parameter(self, name: str) -> Json:
        """A parameter's value; what it is made of sees no lambda's variables."""
        with self._within(_NO_LAMBDA):
            return self._template.parameter(name)

    def variable(self, name: str) -> Json:
        """A variable's value; what it is made of sees no lambda's variables."""
        with self._within(_NO_LAMBDA):
            return self._template.variable(name)

    def lambda_variable(self, name: str) -> Json:
        """The value of a variable of the lambda around. Raises `CallError` when there is none."""
        if name.casefold() not in self._around:
            raise CallError(f"there is no lambda with a variable {name!r} around this")
        return self._around[name.casefold()]

    def value(self, node: Node) -> Json:
        """What the expression comes to. Raises `CallError`, `UnknownFunctionError`, and `Refused` from `spend`."""
        try:
            made = self._node(node)
        except _UndecidedError as undecided:
            return undecided.value
        if isinstance(made, Lambda):
            raise CallError("a lambda is only an argument, no value")
        return made

    def decided(self, value: Json) -> Json:
        """The value, where something is decided by it; the whole call waits when it is missing or Azure's to say."""
        if isinstance(value, (Missing, Deferred)):
            raise _UndecidedError(value)
        return value

    def _node(self, node: Node) -> Json:
        match node:
            case Literal(value):
                return value
            case Call():
                return self._call(node)
            case Member(of, name):
                return access.member(self._node(of), name)
            case Index(of, index):
                return access.item(self._node(of), self._node(index))

    def _call(self, call: Call) -> Json:
        row = FUNCTIONS.get(call.name.casefold())
        name, least, most = (row.name, row.least, row.most) if row else _of_service(call.name)
        count = len(call.arguments)
        if count < least or (most is not None and count > most):
            raise CallError(f"{name} does not take {count} argument(s)")
        if row is None:
            return self._served(call)
        if row.name == "lambda":
            return self._lambda(call)
        if row.lazy:
            return self._lazy(call, row)
        return self._applied(call, row, [self._node(argument) for argument in call.arguments])

    def _applied(self, call: Call, row: Function, arguments: list[Json]) -> Json:
        found = self._looked_at(arguments)
        if found.missing is not None:
            return found.missing.as_text()
        if found.vault:
            access.refuse_vault()
        if not row.takes_lambda and any(isinstance(value, Lambda) for value in arguments):
            raise CallError(f"{row.name} takes no lambda")
        if found.deferred is not None:
            return self._deferred(call.name, arguments, found.deferred.function)
        try:
            result = row.run(self, *arguments)
        except _UndecidedError as undecided:
            if isinstance(undecided.value, Missing):
                return undecided.value.as_text()
            return self._deferred(call.name, arguments, undecided.value.function)
        self._template.spend(weight(result))
        return _tainted(row, arguments, result) if found.secret else result

    def _served(self, call: Call) -> Json:
        """A call that only Azure can evaluate."""
        arguments = [self._node(argument) for argument in call.arguments]
        found = self._looked_at(arguments)
        if found.missing is not None:
            return found.missing.as_text()
        if found.vault:
            access.refuse_vault()
        in_default = call.name.casefold() in service.IN_DEFAULTS
        if any(isinstance(each, Lambda) or (in_default and type(each) is not str) for each in arguments):
            raise CallError(f"{call.name} does not take such an argument")
        return self._deferred(call.name, arguments, call.name, service.known(call.name, self))

    def _deferred(
        self, name: str, arguments: list[Json], function: str, known: Mapping[str, Json] = _NO_LAMBDA
    ) -> Deferred:
        made = deferred(Call(name, tuple(map(node_of, arguments))), function, known)
        self._template.spend(len(made) >> TEXT_WEIGHT)
        return made

    def _lazy(self, call: Call, row: Function) -> Json:
        try:
            return row.run(self, *(partial(self._node, argument) for argument in call.arguments))
        except _UndecidedError as undecided:
            if isinstance(undecided.value, Missing):
                return undecided.value.as_text()
        # Azure will say which of them it needs, so all of them have to go along.
        return self._applied(call, row, [self._node(argument) for argument in call.arguments])

    def _lambda(self, call: Call) -> Lambda:
        *declared, body = call.arguments
        names = tuple(each.value for each in declared if isinstance(each, Literal) and isinstance(each.value, str))
        if len(names) != len(declared) or len({name.casefold() for name in names}) != len(names):
            raise CallError("lambda takes names in single quotes, each once, and an expression")
        around = self._around

        def body_with(*values: Json) -> Json:
            given = {name.casefold(): value for name, value in zip(names, values, strict=True)}
            with self._within({**around, **given}):
                return self._node(body)

        def run(*values: Json) -> Json:
            self._template.spend(_LAMBDA_WORK)
            made = body_with(*values)
            if isinstance(made, Lambda):
                raise CallError("a lambda gives no lambda")
            found = self._looked_at([made])
            if found.vault:
                access.refuse_vault()
            for undecided in (found.missing, found.deferred):
                if undecided is not None:
                    raise _UndecidedError(undecided)
            return made

        def node() -> Node:
            standing = [deferred(Call("lambdaVariables", (Literal(name),)), "lambdaVariables") for name in names]
            made = body_with(*standing)
            missing = self._looked_at([made]).missing
            if missing is not None:
                raise _UndecidedError(missing)
            return Call(call.name, (*map(Literal, names), node_of(made)))

        return Lambda(names, run, node)

    @contextmanager
    def _within(self, variables: Mapping[str, Json]) -> Iterator[None]:
        before, self._around = self._around, variables
        try:
            yield
        finally:
            self._around = before

    def _looked_at(self, values: list[Json]) -> Marks:
        found = marks(values)
        self._template.spend(found.work)
        return found


def _of_service(name: str) -> tuple[str, int, int | None]:
    row = service.of(name)
    if row is None:
        raise UnknownFunctionError(name)
    return row


def weight(value: Json) -> int:
    """What a value counts for as work."""
    return len(value) >> TEXT_WEIGHT if isinstance(value, str) else len(value) if isinstance(value, (dict, list)) else 0


def _tainted(row: Function, arguments: list[Json], result: Json) -> Json:
    """What a row makes of arguments that hold a secret; see `Function`."""
    if row.carries:
        cut = type(result) is str and any(isinstance(value, Secret) for value in arguments)
        return Secret(result) if cut else result

    def taint(_path: Path, leaf: Json) -> Json:
        if isinstance(leaf, (int, float)) and not isinstance(leaf, bool) and not row.measures:
            raise CallError(f"{row.name} would make a number of a secret, and nobody could hide it")
        return Secret(leaf) if type(leaf) is str else leaf

    return rebuild(result, taint)
