"""The workbench of one `configure`: the factory while rows are applied to it, and what is learnt on the way."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ecluse.configure.edits import Edit, edits, put
from ecluse.configure.global_parameters import ADDRESS, IN_FACTORY, KEY, Untyped, is_parameter, is_value, settle
from ecluse.configure.override import Override, OverrideAction
from ecluse.configure.paths import looks
from ecluse.configure.row_error import BadValueError, NoObjectError, PathError, RowError
from ecluse.configure.taint import tainted, warnings
from ecluse.configure.targets import Targets, kind_of
from ecluse.configure.tokens import Variables, expand, without_value
from ecluse.configure.unlike import unlike_change
from ecluse.configure.values import Given, has_prefix, typed
from ecluse.errors import Notice
from ecluse.jsontree import ABSENT, Json, Path, size, spell
from ecluse.model.kinds import Kind
from ecluse.model.names import matcher
from ecluse.model.objects import AdfObject, Factory, ObjectRef

LONGEST_NAME = 300
"""The longest name pattern. Reading one takes a time that grows with its square."""

_NAME: Path = ("name",)
_RUNTIME_STATE: Path = ("properties", "runtimeState")
_STATES = {"started": "Started", "stopped": "Stopped"}


@dataclass(frozen=True, slots=True)
class Applied:
    """One change by one row: `path` starts at the object's body, or for `ref` None at the factory resource."""

    override: Override
    ref: ObjectRef | None
    path: Path

    @property
    def key(self) -> tuple[object, ...]:
        """The place that was changed."""
        return (self.ref, self.path)


class Bench:
    """Changes to one factory, which itself stays as it is. `factory()` gives the new one.

    `without_variables`: a token may lack its variable; what stands at the place stays then, and `waiting` has the row.
    """

    def __init__(
        self, factory: Factory, variables: Variables, names: Collection[str], *, without_variables: bool = False
    ) -> None:
        self.applied: list[Applied] = []
        self.waiting: dict[tuple[Override, str], None] = {}
        self.notices: list[Notice] = []
        self.wishes: dict[ObjectRef, bool] = {}
        self.renamed: dict[ObjectRef, ObjectRef] = {}
        self._name = factory.name
        self._resource = dict(factory.resource)
        self._targets = Targets(factory.objects.values())
        self._variables = variables
        self._names = sorted(name for name in names if name)
        self._without_variables = without_variables
        self._sizes: dict[ObjectRef | None, int] = {}

    def factory(self) -> Factory:
        """The factory as it is now."""
        return Factory.of(self._name, self._targets.all(), self._resource)

    def find(self, row: Override) -> tuple[ObjectRef | None, ...]:
        """What a row addresses; `None` is the factory itself. Raises a `RowError`."""
        if len(row.name) > LONGEST_NAME:
            reason = f"the name has {len(row.name):,} characters; {LONGEST_NAME} are the most"
            raise NoObjectError(reason, "shorten it with a wildcard: Azure's names have at most 260 characters")
        if not row.type:
            return self._targets.find_in_any_kind(row.name, self._names)
        kind = kind_of(row.type)
        if kind is not None:
            return self._targets.find(kind, row.name)
        if any(map(matcher(row.name), self._names)):
            return (None,)
        known = " or ".join(self._names) or "*"
        raise NoObjectError(f"the factory is not named {row.name}", f"write {known}, or `*` for whichever it is")

    def compared(self, row: Override) -> int:
        """How many names a row's name is held against; none where it is no pattern."""
        return self._targets.compared(row.type, row.name)

    def searched(self, row: Override, targets: Collection[ObjectRef | None]) -> int:
        """How many values the row's path looks at; none where it goes straight to its place."""
        times = looks(row.path)
        return times * sum(map(self._size, targets)) if times else 0

    def _size(self, target: ObjectRef | None) -> int:
        """How many values a thing holds; that rows change it, too, makes no great difference."""
        if target not in self._sizes:
            self._sizes[target] = size(self._view() if target is None else self._object(target).body)
        return self._sizes[target]

    def apply(self, row: Override, target: ObjectRef | None) -> None:
        """Apply a row to one of the things it addresses. Raises a `RowError`; then nothing of it is applied."""
        if target is None:
            self._apply_to_factory(row)
        else:
            self._apply_to_object(row, self._object(target))

    def settle(self) -> Iterator[tuple[Override, RowError]]:
        """Give the global parameters their types, now that all rows are applied; what can't be typed."""
        parameters = self._targets.get(ADDRESS)
        if parameters is None:
            return
        settled = settle(parameters)
        self._targets.put(settled.object)
        self.notices.extend(settled.notices)
        yield from settled.errors

    def _object(self, target: ObjectRef) -> AdfObject:
        found = self._targets.get(target)
        if found is None:  # an earlier target of the same row took its place
            raise NoObjectError(f"there is no {target} any more", "address it by the name it has by then")
        return found

    def _apply_to_object(self, row: Override, each: AdfObject) -> None:
        tree = _with_state(each) if row.action is OverrideAction.UPDATE else dict(each.body)
        changes = edits(tree, row, lambda path, old: self._value(row, tree, path, old))
        changes = tuple(_checked(each.ref.kind, change) for change in changes)
        name = next((change.new for change in changes if change.path == _NAME), None)
        address = each.ref if name is None else self._rename(each.ref, name)
        body = dict(each.body)
        for change in changes:
            body = change.apply(body)
            self._note(row, address, change, body)
        self._targets.put(AdfObject(address, body, each.where, each.depends_on))
        self._wish(address, changes)

    def _apply_to_factory(self, row: Override) -> None:
        tree = self._view()
        for change in edits(tree, row, lambda path, old: self._factory_value(row, tree, path, old)):
            if change.path[:1] == _NAME:
                raise PathError("the factory's name is no part of its configuration", "use the option --factory")
            if change.path[:2] == IN_FACTORY:
                self._apply_to_parameters(row, change)
            else:
                self._resource = change.apply(self._resource)
                self._note(row, None, change, self._resource)

    def _view(self) -> dict[str, Json]:
        """The factory as one tree, the way rows address it: its resource with the global parameters inside."""
        parameters = self._targets.get(ADDRESS)
        if parameters is None:
            return self._resource
        properties = {**self._resource.get("properties", {}), KEY: dict(parameters.properties)}
        return {**self._resource, "properties": properties}

    def _apply_to_parameters(self, row: Override, change: Edit) -> None:
        inner = Edit(("properties", *change.path[2:]), change.old, change.new)
        if len(inner.path) == 1 and not isinstance(inner.new, dict):
            inner = Edit(inner.path, inner.old, {})  # the set itself is removed: it is empty then
        there = self._targets.get(ADDRESS) or AdfObject(ADDRESS, {"name": ADDRESS.name, "properties": {}}, row.origin)
        body = inner.apply(dict(there.body))
        self._targets.put(there.with_body(body))
        self._note(row, ADDRESS, inner, body)

    def _value(self, row: Override, tree: Json, path: Path, old: Json) -> Json:
        if self._waits(row):
            return "" if old is ABSENT else old
        return tainted(typed(self._given(row), old), path, tree, old)

    def _factory_value(self, row: Override, tree: Json, path: Path, old: Json) -> Json:
        if is_value(path) and not has_prefix(row.value) and not self._waits(row):
            return Untyped(row, self._given(row), old)
        value = self._value(row, tree, path, old)
        if is_parameter(path) and not isinstance(value, dict) and not self._waits(row):
            raise BadValueError(
                "a global parameter is an object with type and value", f"set its value: {spell((*path[1:], 'value'))}"
            )
        return value

    def _waits(self, row: Override) -> bool:
        """Whether a variable of the row is missing and may be."""
        names = without_value(row.value, self._variables) if self._without_variables else ()
        self.waiting |= dict.fromkeys((row, name) for name in names)
        return bool(names)

    def _given(self, row: Override) -> Given:
        return Given(row.value, lambda text: expand(text, self._variables))

    def _note(self, row: Override, address: ObjectRef | None, change: Edit, body: Json) -> None:
        self.applied.append(Applied(row, address, change.path))
        if change.new is not ABSENT:
            old = ABSENT if isinstance(change.old, Untyped) else change.old
            self.notices.extend(unlike_change(row, old, change.new))
            self.notices.extend(warnings(row, address.kind if address else None, body, change.path))

    def _wish(self, address: ObjectRef, changes: tuple[Edit, ...]) -> None:
        """Remember what a row says about a trigger running; the last one counts."""
        states = [change.new for change in changes if _is_state(address.kind, change.path)]
        if states and states[-1] is ABSENT:
            self.wishes.pop(address, None)
        elif states:
            self.wishes[address] = states[-1] == "Started"

    def _rename(self, old: ObjectRef, name: str) -> ObjectRef:
        new = self._targets.rename(old, name)
        if old in self.wishes:
            self.wishes[new] = self.wishes.pop(old)
        first = next((known for known, now in self.renamed.items() if now == old), old)
        self.renamed[first] = new
        return new


def _is_state(kind: Kind, path: Path) -> bool:
    return kind.word == "trigger" and path == _RUNTIME_STATE


def _with_state(each: AdfObject) -> dict[str, Json]:
    """A trigger always has a state in Azure, so a row may set it where the source leaves it out."""
    body = dict(each.body)
    return (
        body
        if each.ref.kind.word != "trigger" or "runtimeState" in each.properties
        else put(body, _RUNTIME_STATE, "Stopped")
    )


def _checked(kind: Kind, change: Edit) -> Edit:
    """The change, if it makes sense for what it changes. Raises a `RowError`."""
    if change.path == _NAME and not (isinstance(change.new, str) and change.new.strip()):
        raise PathError("an object needs a name", "write the new name as the value")
    if change.path == _NAME and not kind.naming.takes(change.new):
        raise PathError("Azure takes no such name", kind.naming.rule)
    if not _is_state(kind, change.path) or change.new is ABSENT:
        return change
    state = _STATES.get(change.new.strip().casefold()) if isinstance(change.new, str) else None
    if state is None:
        raise BadValueError("a trigger's runtimeState is Started or Stopped", "write one of the two")
    return Edit(change.path, change.old, state)
