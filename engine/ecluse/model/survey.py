"""One look at a body for all stages: where it is more than plain JSON. Most of it is plain, and is left alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ecluse.jsontree import MAX_DEPTH, Json, Path
from ecluse.model.secrets import WRAPPERS, is_secret, is_secure_string, may_hold_secret

_PLAIN = frozenset({int, float, bool, type(None)})  # other types than these are texts that carry more than themselves


@dataclass(frozen=True, slots=True)
class Survey:
    """Where in a tree something stands that a stage looks at closely, in reading order.

    `pointers` are the objects that hold a `referenceName`; `withheld` the secrets, what waits for its value, and what
    only Azure can evaluate; `bracketed` says whether a text or a name begins with a bracket, as ARM's expressions do;
    `deep` whether it goes deeper than `MAX_DEPTH`, below which nobody looked.
    """

    pointers: tuple[tuple[Path, Mapping[str, Json]], ...]
    withheld: tuple[tuple[Path, str], ...]
    bracketed: bool
    deep: bool


def survey(tree: Mapping[str, Json]) -> Survey:
    """The survey of an object."""
    look = _Look()
    look.members(tree, (), telling=False)
    return Survey(tuple(look.pointers), tuple(look.withheld), look.bracketed, look.deep)


@lru_cache(maxsize=65_536)
def _said(name: str) -> Literal["", "points", "wraps", "tells", "bracketed"]:
    """What the name of a property says of its value: mostly nothing."""
    if name.startswith("["):
        return "bracketed"
    if name == "referenceName":
        return "points"
    if name.casefold() in WRAPPERS:
        return "wraps"
    return "tells" if may_hold_secret(name) else ""


class _Look:
    """The walk. It visits millions of leaves, most of them plain texts below plain names: these cost it least.

    `telling`: by the name around it a secret may stand there.
    """

    def __init__(self) -> None:
        self.pointers: list[tuple[Path, Mapping[str, Json]]] = []
        self.withheld: list[tuple[Path, str]] = []
        self.bracketed = False
        self.deep = False

    def members(self, node: Mapping[str, Json], path: Path, *, telling: bool) -> None:
        """Look at all below an object."""
        if len(path) > MAX_DEPTH:
            self.deep = True
            return
        for name, value in node.items():
            said, kind = _said(name), type(value)
            if said:
                self._named(said, path, node)
            below = _tells(said, telling=telling) if said else False
            if kind is str:
                if value[:1] == "[":
                    self.bracketed = True
                if said and (below or is_secure_string(node)):
                    self._text(value, (*path, name), node)
            elif kind is dict:
                self.members(value, (*path, name), telling=below)
            elif kind is list:
                self.items(value, (*path, name), telling=below)
            elif kind not in _PLAIN:
                self.withheld.append(((*path, name), value))

    def items(self, node: list[Json], path: Path, *, telling: bool) -> None:
        """Look at all below an array; an index says nothing itself."""
        if len(path) > MAX_DEPTH:
            self.deep = True
            return
        for index, value in enumerate(node):
            kind = type(value)
            if kind is dict:
                self.members(value, (*path, index), telling=telling)
            elif kind is list:
                self.items(value, (*path, index), telling=telling)
            elif kind is str:
                if value[:1] == "[":
                    self.bracketed = True
                if telling:
                    self._text(value, (*path, index), node)
            elif kind not in _PLAIN:
                self.withheld.append(((*path, index), value))

    def _named(self, said: str, path: Path, node: Mapping[str, Json]) -> None:
        if said == "points":
            self.pointers.append((path, node))
        elif said == "bracketed":
            self.bracketed = True

    def _text(self, value: str, path: Path, parent: Json) -> None:
        if is_secret(path, value, parent):
            self.withheld.append((path, value))


def _tells(said: str, *, telling: bool) -> bool:
    return telling if said == "wraps" else said in ("tells", "bracketed")
