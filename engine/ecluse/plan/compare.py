"""Compare one source object with its live twin: by meaning, and knowing what Azure hides."""

from collections.abc import Mapping
from dataclasses import dataclass

from ecluse.jsontree import ABSENT, Deferred, Difference, Json, Missing, Path, VaultSecret, differences, get, identical
from ecluse.model.objects import AdfObject
from ecluse.model.secrets import holds_mask, is_mask, is_secret, is_secure_string, telling_key, without_secret_parts
from ecluse.plan.normalise import normalised


@dataclass(frozen=True, slots=True)
class Comparison:
    """What really differs, and at which paths nobody can tell: a hidden secret, or what only Azure can evaluate.

    Where the source has but the mask of a secret that Azure hides, nothing differs that could be sent. Paths start at
    the body.
    """

    differences: tuple[Difference, ...]
    hidden: tuple[Path, ...]


def compare(source: AdfObject, live: AdfObject) -> Comparison:
    """The differences from `live` (old) to `source` (new)."""
    wanted, there = _apart(source.properties, live.properties)
    new, old = normalised(source.ref.kind, wanted), normalised(live.ref.kind, there)
    found = tuple(differences(old, new, ("properties",)))
    hidden = {each.path for each in found if _hides(each, source)}
    return Comparison(
        differences=tuple(_as_written(each, source, live) for each in found if each.path not in hidden),
        hidden=tuple(sorted((each.path for each in found if each.path in hidden and not _masked(each)), key=str)),
    )


def _apart(one: Mapping[str, Json], other: Mapping[str, Json]) -> tuple[dict[str, Json], dict[str, Json]]:
    """Both without what is the same: no rule makes a difference of it, and mostly that leaves next to nothing."""
    same = {
        key
        for key, value in one.items()
        if isinstance(value, (dict, list)) and key in other and identical(value, other[key])
    }
    left, right = ({key: side[key] for key in side if key not in same} for side in (one, other))
    return left, right


def _as_written(each: Difference, source: AdfObject, live: AdfObject) -> Difference:
    """The difference in the spelling of both sides: the one in which they were compared is nobody's."""
    old, new = get(live.body, each.path), get(source.body, each.path)
    return Difference(each.path, each.old if each.old is ABSENT else old, each.new if each.new is ABSENT else new)


def _hides(each: Difference, source: AdfObject) -> bool:
    """Whether the difference may be none: a secret that Azure does not show, or a value that only Azure knows."""
    if isinstance(each.new, (Missing, VaultSecret)):
        return True  # we don't know the value ourselves
    if isinstance(get(source.body, each.path), Deferred):
        return True  # nor does anyone before Azure evaluates it
    parent = get(source.body, each.path[:-1])
    if is_mask(each.old) and isinstance(each.new, str) and is_secure_string(parent):
        return True  # Azure masks it whatever it is, an expression too
    if not is_secret(each.path, each.new, parent):
        return False
    if is_mask(each.old):
        return True
    if each.old is ABSENT:
        return source.ref.kind.hides_secrets
    return source.ref.kind.word == "linkedService" and _visible(each.path, each.old) == _visible(each.path, each.new)


def _masked(each: Difference) -> bool:
    return isinstance(each.new, str) and holds_mask(each.new)


def _visible(path: Path, value: Json) -> frozenset[str]:
    """What Azure shows of a connection string: it strips the secret parts (recorded: linked service PUT).

    Collaboration branches hold of a `sasUri` only what stands before its query, and it is Azure that filled them.
    """
    text = str(value).partition("?")[0] if telling_key(path).casefold() == "sasuri" else str(value)
    shown = without_secret_parts(text)
    return frozenset(piece.strip().casefold() for piece in shown.split(";") if piece.strip())
