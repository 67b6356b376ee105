"""Decide what a deployment may touch. Rules are read in order; the last that matches an object decides.

An object that no rule matches is in scope when there is no rule, or when the first rule is an exclude. Changes since a
commit narrow what the rules let in; they let in nothing that the rules leave out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

from ecluse.errors import Code, Notice
from ecluse.model.graph import graph, reached
from ecluse.model.kinds import FACTORY_WORD
from ecluse.model.names import matcher
from ecluse.model.objects import AdfObject, ObjectRef
from ecluse.select.changes import Changes
from ecluse.select.rules import Rule
from ecluse.select.scope import Decision, Scope

Matched: TypeAlias = Mapping[ObjectRef, ObjectRef | None]
"""What a rule matches, each with the object that needs it where only `++` made it match."""

_NAMED = 5  # objects that a notice names before it only counts


@dataclass(frozen=True, slots=True)
class Selected:
    """The scope, and what there is to say about the rules."""

    scope: Scope
    notices: tuple[Notice, ...] = ()


def select(rules: Sequence[Rule], objects: Iterable[AdfObject], changes: Changes | None = None) -> Selected:
    """The decision for each of the objects (of the source and of the live factory together).

    With `changes` only what changed, what that needs, and what is gone.

    An object that comes twice counts as it comes first.
    """
    known: dict[ObjectRef, AdfObject] = {}
    for each in objects:
        known.setdefault(each.ref, each)
    matched = [_matched(rule, known) for rule in rules]
    otherwise = "no rule matches" if rules else "there are no rules"
    default = Decision(included=not rules or not rules[0].include, otherwise=otherwise)
    decisions = dict.fromkeys(known, default)
    for rule, refs in zip(rules, matched, strict=True):
        decisions.update({ref: Decision(rule.include, str(rule), through) for ref, through in refs.items()})
    notices = (*_unused(rules, matched), *_mixed(rules, matched, decisions))
    if changes is not None:
        decisions = dict(_narrowed(decisions, changes, known))
    return Selected(Scope(MappingProxyType(decisions)), notices)


def _narrowed(
    decisions: Mapping[ObjectRef, Decision], changes: Changes, known: Mapping[ObjectRef, AdfObject]
) -> Iterator[tuple[ObjectRef, Decision]]:
    """Of what the rules let in: what changed, what that needs of the source, and what is gone."""
    changed = [ref for ref in changes.changed if ref in known and decisions[ref].included]
    needed = reached(changed, graph(known.values()))
    for ref, decision in decisions.items():
        file, through = changes.files.get(ref), needed.get(ref)
        if not decision.included:
            yield ref, decision
        elif file:
            yield ref, replace(decision, change=f"changed since {changes.since}: {file}")
        elif ref in changes.gone:
            yield ref, replace(decision, change=f"gone since {changes.since}: {changes.gone[ref]}")
        elif file is not None and through:
            yield ref, replace(decision, change=f"needed by {through}")
        else:
            yield ref, replace(decision, included=False, change=f"not changed since {changes.since}")


def _matched(rule: Rule, known: Mapping[ObjectRef, AdfObject]) -> Matched:
    matches = _predicate(rule)
    direct = [ref for ref, each in known.items() if matches(each)]
    if not rule.closure:
        return dict.fromkeys(direct)
    return {ref: through for ref, through in reached(direct, graph(known.values())).items() if ref in known}


def _predicate(rule: Rule) -> Callable[[AdfObject], bool]:
    whole = matcher(f"{rule.kind}.{rule.name}" if rule.name else rule.kind)
    folder = matcher(rule.folder) if rule.folder is not None else None

    def matches(each: AdfObject) -> bool:
        return (whole(str(each.ref)) and (folder is None or folder(each.folder))) or _as_factory(rule, each)

    return matches


def _as_factory(rule: Rule, each: AdfObject) -> bool:
    """A rule on the factory, whatever its name, means what belongs to no object: the global parameters."""
    return rule.kind.casefold() == FACTORY_WORD and each.ref.kind.word == "globalParameters"


def _unused(rules: Sequence[Rule], matched: Sequence[Matched]) -> Iterator[Notice]:
    for rule, refs in zip(rules, matched, strict=True):
        if not refs and rule.kind.casefold() != FACTORY_WORD:
            yield Notice(Code.FILTER_UNUSED, f"the rule `{rule.text}` matches nothing", rule.origin)


def _mixed(
    rules: Sequence[Rule], matched: Sequence[Matched], decisions: Mapping[ObjectRef, Decision]
) -> Iterator[Notice]:
    """Includes and excludes together mean something else to tools that let the includes alone count."""
    if len({rule.include for rule in rules}) < 2:  # noqa: PLR2004  # both signs
        return
    by_includes = frozenset().union(*(refs.keys() for rule, refs in zip(rules, matched, strict=True) if rule.include))
    differ = sorted(ref for ref, decision in decisions.items() if decision.included != (ref in by_includes))
    if not differ:
        return
    yield Notice(
        Code.FILTER_FORMAT,
        "the filter includes and excludes: the last rule that matches an object decides."
        f" If only the includes counted, as some tools have it, {_difference(differ, by_includes)}",
        rules[0].origin,
    )


def _difference(differ: Sequence[ObjectRef], by_includes: frozenset[ObjectRef]) -> str:
    more = [ref for ref in differ if ref in by_includes]
    less = [ref for ref in differ if ref not in by_includes]
    told = [f"{_listed(refs)} would be {word}" for refs, word in ((more, "in"), (less, "out")) if refs]
    return " and ".join(told)


def _listed(refs: Sequence[ObjectRef]) -> str:
    named = ", ".join(map(str, refs[:_NAMED]))
    return f"{named} and {len(refs) - _NAMED} more" if len(refs) > _NAMED else named
