"""Evaluates the expressions of a template: `[concat(parameters('factoryName'), '/PL_Load')]` to its value.

Secrets stay secrets through every function, what nobody gave a value yet stays missing, and what only Azure can
evaluate stays an expression: `Secret`, `Missing`, `VaultSecret` and `Deferred` of `ecluse.jsontree` go in and come out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from ecluse.arm.calls import Calls, UnknownFunctionError, weight
from ecluse.arm.functions import CallError
from ecluse.arm.grammar import GrammarError, is_escaped, is_expression, parse
from ecluse.errors import Code, Problem, Refused
from ecluse.jsontree import ABSENT, MAX_DEPTH, Deferred, Json, Missing, Path, Secret, spell, walk

MAX_WORK = 2_000_000
"""What parameters and functions may add to one template, in nodes; stops templates that grow without end."""

_SHOWN = 160  # characters of an expression in a message
_FIX_TEMPLATE = "correct the expression in the template"
_FIX_FUNCTION = "put the value itself in place of the expression"
_UNKNOWN = Missing("", secure=False)  # stands for what could not be evaluated, so that it is told once


@dataclass(frozen=True, slots=True)
class Raw:
    """A tree that may hold expressions; `finish` makes a parameter's value of what they come to."""

    tree: Json
    finish: Callable[[Json], Json] = lambda value: value


class Evaluator:
    """Evaluates trees of one template; a parameter or variable is evaluated when it is first used.

    `parameters` and `variables` hold values (taken as they are) and `Raw` ones, by name in lower case.
    """

    def __init__(
        self, *, parameters: Mapping[str, Json], variables: Mapping[str, Json], subscription: str, resource_group: str
    ) -> None:
        self.subscription = subscription
        self.resource_group = resource_group
        self._named = {"parameter": dict(parameters), "variable": dict(variables)}
        self._open: list[tuple[str, str]] = []
        self._values: dict[str, Json] = {}  # what an expression comes to is the same wherever it stands
        self._calls = Calls(self)
        self._problems: list[Problem] = []
        self.spent = 0

    def evaluate(self, tree: Json, path: Path = ()) -> Json:
        """A new tree without expressions and escapes; `path` says in problems where the tree stands.

        Raises `Refused` with the problems of all its places. What is wrong with a parameter or a variable is told
        once, for the first place that uses it.
        """
        self._open.clear()
        self._problems.clear()
        try:
            made = self._tree(tree, path)
        except RecursionError:
            # Each level is bounded by itself; only levels upon levels (a parameter's parameter's …) come here.
            self._report(Code.ARM_EXPRESSION, "parameters and variables refer to one another too deeply", path)
        if self._problems:
            raise Refused(self._problems)
        return made

    def parameter(self, name: str) -> Json:
        """The value of a parameter. Raises `CallError` when the template declares none of this name."""
        return self._value_of("parameter", name)

    def variable(self, name: str) -> Json:
        """The value of a variable. Raises `CallError` when the template declares none of this name."""
        return self._value_of("variable", name)

    def _tree(self, tree: Json, path: Path) -> Json:
        if isinstance(tree, str):
            return self._inserted(tree, path) if tree[:1] == "[" else tree
        if not isinstance(tree, (dict, list)):
            return tree
        if len(path) > MAX_DEPTH:
            self._abort(f"nested deeper than {MAX_DEPTH} levels")
        # Most nodes are plain scalars: they are taken as they are, without a path being made for them.
        if isinstance(tree, list):
            return [self._tree(item, (*path, at)) if _holds(item) else item for at, item in enumerate(tree)]
        made: dict[str, Json] = {}
        for key, value in tree.items():
            name = self._key(key, path) if key[:1] == "[" else key
            made[name] = self._tree(value, (*path, key)) if _holds(value) else value
        if len(made) != len(tree):
            self._report(Code.ARM_EXPRESSION, "two properties come to the same name", path)
        return made

    def _inserted(self, text: str, path: Path) -> Json:
        """What a text comes to, weighed before it becomes part of the tree."""
        value = self._text(text, path)
        if isinstance(value, (dict, list)):
            for below, _ in walk(value):
                self.spend(1)
                if len(path) + len(below) > MAX_DEPTH:
                    self._abort(f"nested deeper than {MAX_DEPTH} levels")
        return value

    def _key(self, text: str, path: Path) -> str:
        """A property's name; ARM evaluates these, too."""
        key = self._text(text, path)
        if not isinstance(key, str) or isinstance(key, Secret):
            self._report(Code.ARM_EXPRESSION, f"{_shown(text)} gives no name of a property", path)
            return text
        if isinstance(key, Deferred):
            what = f"a property's name needs {key.function}, which only Azure can evaluate, in {_shown(text)}"
            self._report(Code.ARM_FUNCTION, what, path, "put the name itself in place of the expression")
            return text
        if isinstance(key, Missing) and key is not _UNKNOWN:
            what = f"the parameter {key.parameter!r} has no value and is part of a property's name"
            self._report(Code.PARAMETER_MISSING, what, path, f"give it one: --set '{key.parameter}=…'")
            return text
        return str(key)

    def _text(self, text: str, path: Path) -> Json:
        if is_escaped(text):
            return text[1:]
        if not is_expression(text):
            return text
        try:
            return self._value(text)
        except (GrammarError, CallError) as error:
            self._report(Code.ARM_EXPRESSION, f"{_shown(str(error))}, in {_shown(text)}", path)
        except UnknownFunctionError as error:
            what = f"the function {_shown(str(error))} is none that ARM knows, in {_shown(text)}"
            self._report(Code.ARM_FUNCTION, what, path, _FIX_FUNCTION)
        return _UNKNOWN

    def _value(self, text: str) -> Json:
        if text in self._values:
            self.spend(weight(self._values[text]))
            return self._values[text]
        value = self._calls.value(parse(text))
        if not isinstance(value, Deferred):  # each `newGuid()` is a value of its own
            self._values[text] = value
        return value

    def _value_of(self, kind: str, name: str) -> Json:
        address = (kind, name.casefold())
        value = self._named[kind].get(address[1], ABSENT)
        if value is ABSENT:
            raise CallError(f"the template has no {kind} {name!r}")
        if not isinstance(value, Raw):
            return value
        if address in self._open:
            chain = " → ".join([*(each for _, each in self._open[self._open.index(address) :]), address[1]])
            raise CallError(f"the {kind} {name!r} refers to itself ({chain})")
        self._open.append(address)
        known = len(self._problems)
        made = self._tree(value.tree, ())
        self._open.pop()
        if len(self._problems) > known:
            made = _UNKNOWN
            self._problems[known:] = [
                replace(each, message=f"{kind} {name!r}: {each.message}") for each in self._problems[known:]
            ]
        else:
            made = self._finished(value, made)
        self._named[kind][address[1]] = made
        return made

    def _finished(self, raw: Raw, value: Json) -> Json:
        try:
            return raw.finish(value)
        except Refused as error:
            self._problems += error.problems
            return _UNKNOWN

    def _report(self, code: Code, what: str, path: Path, remedy: str = _FIX_TEMPLATE) -> None:
        self._problems.append(Problem(code, f"`{spell(path)}`: {what}" if path else what, remedy))

    def spend(self, work: int) -> None:
        """Counts work. Raises `Refused` when it is too much for one template."""
        self.spent += work
        if self.spent > MAX_WORK:
            self._abort("what the template's expressions come to is too big")

    def _abort(self, what: str) -> NoReturn:
        raise Refused([*self._problems, Problem(Code.ARM_EXPRESSION, what, _FIX_TEMPLATE)])


def _holds(value: Json) -> bool:
    """Whether there may be something to evaluate."""
    return value[:1] == "[" if isinstance(value, str) else isinstance(value, (dict, list))


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
