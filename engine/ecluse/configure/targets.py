"""The objects of a factory while rows are applied: found by type and name pattern, changed and renamed one by one."""

import difflib
from collections.abc import Iterable, Mapping

from ecluse.configure.row_error import NoObjectError, PathError, UnknownTypeError
from ecluse.model.kinds import FACTORY_WORD, KINDS, Kind
from ecluse.model.names import is_pattern, matcher
from ecluse.model.objects import AdfObject, ObjectRef

_WORDS = tuple(kind.word for kind in KINDS.values() if kind.word != "globalParameters")

_MAX_HINTS = 100  # looking for a near name compares with all names: too slow for thousands of wrong rows


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
    close = difflib.get_close_matches(folded, [each.casefold() for each in known], n=1)
    like = next((each for each in known if close and each.casefold() == close[0]), "")
    raise UnknownTypeError(
        f"there is no type {word}" + (f"; nearest is {like}" if like else ""), f"use one of {', '.join(known)}"
    )


class Targets:
    """A changing index over objects, which themselves stay as they are. It belongs to one run of `configure`."""

    def __init__(self, objects: Iterable[AdfObject]) -> None:
        self._objects: dict[ObjectRef, AdfObject] = {}
        self._names: dict[str, dict[str, ObjectRef]] = {}  # kind → name in lower case → address
        self._hints_left = _MAX_HINTS
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
        names = self._names.get(kind.word, {})
        if pattern.casefold() in names:
            return (names[pattern.casefold()],)
        matches = matcher(pattern) if is_pattern(pattern) else None
        found = tuple(ref for name, ref in names.items() if matches(name)) if matches else ()
        if not found:
            what = "matches" if matches else "has the name"
            reason = f"no {kind.word} {what} {pattern}{self._like(pattern, names)}"
            raise NoObjectError(reason, "correct the name, or remove the row")
        return found

    def _like(self, pattern: str, names: Mapping[str, ObjectRef]) -> str:
        if self._hints_left == 0:
            return ""
        self._hints_left -= 1
        close = difflib.get_close_matches(pattern.casefold(), names, n=1)
        return f"; nearest is {names[close[0]].name}" if close else ""

    def rename(self, ref: ObjectRef, name: str) -> ObjectRef:
        """Give an object another name; the address under which it stands afterwards. Raises `PathError` when taken."""
        new = ObjectRef(ref.kind, name)
        if new != ref and new in self._objects:
            raise PathError(f"there already is a {new}", "choose another name")
        old = self._objects.pop(ref)
        del self._names[ref.kind.word][ref.name.casefold()]
        self.put(AdfObject(new, {**old.body, "name": name}, old.where, old.depends_on))
        return new
