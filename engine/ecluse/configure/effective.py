"""What a configuration comes to: per place of each object the row that won, with its value as it may be shown."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ecluse.configure.bench import Applied
from ecluse.configure.configure import Configured
from ecluse.configure.global_parameters import ADDRESS, IN_FACTORY
from ecluse.configure.jsontext import is_container, parse_json
from ecluse.configure.override import Override, OverrideAction
from ecluse.configure.paths import written
from ecluse.configure.tokens import is_all_tokens
from ecluse.configure.values import without_prefix
from ecluse.jsontree import ABSENT, MASK, Json, Path, Secret, get, rebuild
from ecluse.model.kinds import FACTORY_WORD
from ecluse.model.objects import ObjectRef
from ecluse.model.secrets import is_secret

REMOVED = "(removed)"
"""The value of a place that a row removes."""


@dataclass(frozen=True, slots=True)
class Effective:
    """One place, and the row that counts for it; `over` are the rows whose place it took, first to last.

    `subject` is the object by the name that it has in the source, `path` is written as in a row. `value` is the text
    of the row: tokens stand as they are written, secrets are `***`.
    """

    subject: str
    path: str
    value: str
    row: Override
    over: tuple[Override, ...] = ()


@dataclass(slots=True)
class _Places:
    """The places of one object that rows have changed, each with its rows; what a later row took away is gone."""

    rows: dict[Path, list[Applied]] = field(default_factory=dict)
    around: set[Path] = field(default_factory=set)

    def add(self, each: Applied) -> None:
        earlier = self.rows.pop(each.path, [])
        if each.path in self.around:  # what is inside went with it
            self.rows = {path: rows for path, rows in self.rows.items() if path[: len(each.path)] != each.path}
        self.rows[each.path] = [*earlier, each]
        self.around.update(each.path[:end] for end in range(len(each.path)))


def effective(done: Configured) -> tuple[Effective, ...]:
    """The overrides that count after all rows, in the order of objects and paths."""
    places: dict[ObjectRef | None, _Places] = {}
    for each in done.applied:
        now = done.renamed.get(each.ref, each.ref) if each.ref else None
        places.setdefault(now, _Places()).add(each)
    first = {now: before for before, now in done.renamed.items()}
    found = (
        _effective(rows, first.get(ref, ref) if ref else None, path, _tree(done, ref))
        for ref, kept in places.items()
        for path, rows in kept.rows.items()
    )
    return tuple(sorted(found, key=lambda each: (each.subject.casefold(), each.path.casefold())))


def _tree(done: Configured, ref: ObjectRef | None) -> Mapping[str, Json]:
    there = done.factory.objects.get(ref) if ref else None
    return there.body if there else done.factory.resource


def _effective(rows: list[Applied], ref: ObjectRef | None, path: Path, tree: Mapping[str, Json]) -> Effective:
    row = rows[-1].override
    over = tuple(dict.fromkeys(each.override for each in rows[:-1] if each.override is not row))
    of_factory = ref is None or ref == ADDRESS
    spelled = written((*IN_FACTORY, *path[1:]) if ref == ADDRESS else path)
    subject = FACTORY_WORD if of_factory else str(ref)
    return Effective(subject, spelled, _shown(row, path, tree), row, over)


def _shown(row: Override, path: Path, tree: Mapping[str, Json]) -> str:
    """The text of a row as it may be shown; a secret that is nothing but tokens shows these."""
    if row.action is OverrideAction.REMOVE:
        return REMOVED
    bare = without_prefix(row.value)
    given = parse_json(bare) if is_container(bare) and not row.value.startswith("str:") else bare
    if given is ABSENT:
        given = bare

    def veiled(below: Path, leaf: Json) -> Json:
        parent = get(given, below[:-1]) if below else get(tree, path[:-1])
        secret = isinstance(get(tree, path + below), Secret) or is_secret(path + below, leaf, parent)
        return MASK if secret and isinstance(leaf, str) and leaf and not is_all_tokens(leaf) else leaf

    masked = rebuild(given, veiled)
    if masked == given:
        return row.value
    return masked if isinstance(masked, str) else json.dumps(masked, ensure_ascii=False)
