"""The objects of a factory while rows are applied: found by type and name pattern, changed and renamed one by one."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping

from ecluse.configure.row_error import AmbiguousError, NoObjectError, PathError, UnknownTypeError
from ecluse.model.kinds import FACTORY_WORD, KINDS, Kind
from ecluse.model.names import folded_matcher, is_pattern
from ecluse.model.objects import AdfObject, ObjectRef

_KINDS = tuple(kind for kind in KINDS.values() if kind.word != "globalParameters")
_WORDS = tuple(kind.word for kind in _KINDS)


def kind_of(word: str) -> Kind | None:
    """The kind that the type column names, `None` for the factory. Raises `UnknownTypeError` with the nearest word."""
    folded = word.casefold()
    if folded == FACTORY_WORD:
        return None
    kind = KINDS.get(folded)
    if kind is not None and kind.word in _WORDS:
        return kind
    if folded.startswith("globalparam"):
        example = "`factory`, with a path such as globalParameters.NAME.value"
        raise UnknownTypeError(
            f"there is no type {word}; global parameters belong to the type factory", f"use {example}"
        )
    known = [*_WORDS, FACTORY_WORD]
    innermost = re.split(r"[\\/]", folded)[-1]  # a path of folders means the objects in the last one
    close = difflib.get_close_matches(innermost, [each.casefold() for each in known], n=1)
    like = next((each for each in known if close and each.casefold() == close[0]), "")
    raise UnknownTypeError(
        f"there is no type {word}" + (f"; nearest is {like}" if like else ""), f"use one of {', '.join(known)}"
    )


class Targets:
    """A changing index over objects, which themselves stay as they are. It belongs to one run of `configure`."""

    def __init__(self, objects: Iterable[AdfObject]) -> None:
        self._objects: dict[ObjectRef, AdfObject] = {}
        self._names: dict[str, dict[str, ObjectRef]] = {}  # kind → name in lower case → address
        for each in objects:
            self.put(each)

    def all(self) -> Iterable[AdfObject]:
        """The objects as they are now."""
        return self._objects.values()

    def get(self, ref: ObjectRef) -> AdfObject | None:
        """One object as it is now."""
        return self._objects.get(ref)

    def put(self, each: AdfObject) -> None:
        """Add an object, or give it its new body."""
        self._objects[each.ref] = each
        self._names.setdefault(each.ref.kind.word, {})[each.ref.name.casefold()] = each.ref

    def find(self, kind: Kind, pattern: str) -> tuple[ObjectRef, ...]:
        """The objects of a kind that a name pattern means. Raises `NoObjectError` with the nearest name."""
        found = self._means(kind, pattern)
        if not found:
            what = "matches" if is_pattern(pattern) else "has the name"
            names = self._names.get(kind.word, {})
            remedy = "correct the name, or remove the row"
            raise NoObjectError(f"no {kind.word} {what} {pattern}", remedy, lambda: _nearest(pattern, names))
        return found

    def _means(self, kind: Kind, pattern: str) -> tuple[ObjectRef, ...]:
        names = self._names.get(kind.word, {})
        if pattern.casefold() in names:
            return (names[pattern.casefold()],)
        if not is_pattern(pattern):
            return ()
        return tuple(names[name] for name in filter(folded_matcher(pattern), names))

    def compared(self, word: str, pattern: str) -> int:
        """How many names a pattern is held against, of the kind with this word or, without one, of every kind."""
        names = (len(names) for kind, names in self._names.items() if word.casefold() in ("", kind.casefold()))
        return sum(names) if is_pattern(pattern) else 0

    def find_in_any_kind(self, pattern: str, factories: Collection[str]) -> tuple[ObjectRef | None, ...]:
        """The objects of the one kind that a name pattern means, or `None` for the factory of one of these names.

        A pattern never means the factory. Raises `NoObjectError`, and `AmbiguousError` where several kinds fit.
        """
        found: dict[str, tuple[ObjectRef | None, ...]] = {
            kind.word: refs for kind in _KINDS if (refs := self._means(kind, pattern))
        }
        if pattern.casefold() in map(str.casefold, factories):
            found[FACTORY_WORD] = (None,)
        if len(found) > 1:
            reason = f"{pattern} may be a {' or a '.join(found)}"
            raise AmbiguousError(reason, f'say which: `"type": "{next(iter(found))}"` beside `"name"`')
        if not found:
            every = {name: ref for names in self._names.values() for name, ref in names.items()}
            what = "matches" if is_pattern(pattern) else "has the name"
            remedy = "correct the name, or remove the entry"
            raise NoObjectError(f"no object {what} {pattern}", remedy, lambda: _nearest(pattern, every))
        return next(iter(found.values()))

    def rename(self, ref: ObjectRef, name: str) -> ObjectRef:
        """Give an object another name; the address under which it stands afterwards. Raises `PathError` when taken."""
        new = ObjectRef(ref.kind, name)
        if new != ref and new in self._objects:
            raise PathError(f"there already is a {new}", "choose another name")
        old = self._objects.pop(ref)
        del self._names[ref.kind.word][ref.name.casefold()]
        self.put(AdfObject(new, {**old.body, "name": name}, old.where, old.depends_on))
        return new


def _nearest(pattern: str, names: Mapping[str, ObjectRef]) -> str:
    close = difflib.get_close_matches(pattern.casefold(), names, n=1)
    return f"; nearest is {names[close[0]].name}" if close else ""
