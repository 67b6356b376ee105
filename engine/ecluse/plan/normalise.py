"""RULES: what is Azure's spelling and no difference. One row each, with its kind, its path and its reason.

A rule never applies to every string: it names where it holds, or real changes would hide behind it.
Sources are the sections of the project's notes on recorded sessions of the service, and, for what ADF's export to ARM
templates adds, pairs of a collaboration branch and the template that was published of it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from functools import cache

from ecluse.jsontree import Json, Path, Secret
from ecluse.model.kinds import BY_REFERENCE, Kind

ANY_DEPTH = "**"
ANY = "*"


class Effect(StrEnum):
    """What a rule does where it holds."""

    READ_ONLY = "Azure writes it: neither compared nor sent"
    MADE_WITH = "sent, but not compared: it counts only when the object is made"
    DATE = "compared as a point in time"
    DATE_UTC = "compared as a point in time, which is UTC where no zone is said"
    CASE = "compared without case"
    KEYWORDS = "a connection string, compared without the case of its keywords and its last semicolon"
    EMPTY = "the same as none when nothing is in it"
    HOLLOW = "its empty members are the same as none, and so is it without any others"


@dataclass(frozen=True, slots=True)
class Rule:
    """`kinds` are kind words; `path` is below the body, with `*` for one step and `**` for any number.

    `in_reference`: only where it stands in a reference to an object of ours; other products have the same words.
    """

    kinds: tuple[str, ...]
    path: tuple[str, ...]
    effect: Effect
    reason: str
    in_reference: bool = False


def _rule(kinds: str, path: str, effect: Effect, reason: str, *, in_reference: bool = False) -> Rule:
    return Rule(tuple(kinds.split()), tuple(path.split(".")), effect, reason, in_reference)


_REFERRING = "pipeline dataset dataflow linkedService trigger integrationRuntime adfcdc"
_ADDED = "ADF's export to a template adds it, empty"
_LEFT = "a field that was left empty in Data Factory Studio; the export leaves it out"

RULES: tuple[Rule, ...] = (
    _rule("pipeline", "properties.lastPublishTime", Effect.READ_ONLY, "set by the service at each publish"),
    _rule("trigger", "properties.runtimeState", Effect.READ_ONLY, "a state, not a definition; start and stop set it"),
    _rule("adfcdc", "properties.status", Effect.READ_ONLY, "a state, not a definition; start and stop set it"),
    _rule("integrationRuntime", "properties.state", Effect.READ_ONLY, "the state of its nodes"),
    _rule(
        "managedVirtualNetwork",
        "properties.*",
        Effect.READ_ONLY,
        "made with no properties, which the service then gives it, and never updated (azure-behaviours: section 4)",
    ),
    _rule("managedPrivateEndpoint", "properties.provisioningState", Effect.READ_ONLY, "a state"),
    _rule("managedPrivateEndpoint", "properties.connectionState", Effect.READ_ONLY, "the approval's state"),
    _rule("managedPrivateEndpoint", "properties.isReserved", Effect.READ_ONLY, "given by the service"),
    _rule("managedPrivateEndpoint", "properties.error", Effect.READ_ONLY, "why provisioning failed"),
    _rule("managedPrivateEndpoint", "properties.linkId", Effect.READ_ONLY, "given by the service"),
    _rule("managedPrivateEndpoint", "properties.ipAddress", Effect.READ_ONLY, "given by the service"),
    _rule("managedPrivateEndpoint", "properties.resourceId", Effect.READ_ONLY, "the endpoint's own id"),
    _rule(
        "managedPrivateEndpoint",
        "properties.fqdns",
        Effect.MADE_WITH,
        "the service fills them in, and nobody can change them",
    ),
    _rule(
        "linkedService integrationRuntime credential",
        "properties.typeProperties.**.encryptedCredential",
        Effect.READ_ONLY,
        "a secret that only the factory that made it can read",
    ),
    _rule("trigger", "properties.typeProperties.startTime", Effect.DATE_UTC, "tumbling windows know no time zones"),
    _rule("trigger", "properties.typeProperties.endTime", Effect.DATE_UTC, "tumbling windows know no time zones"),
    _rule("trigger", "properties.typeProperties.frequency", Effect.CASE, "a word of Azure's"),
    _rule("trigger", "properties.typeProperties.recurrence.frequency", Effect.CASE, "a word of Azure's"),
    _rule("trigger", "properties.typeProperties.recurrence.startTime", Effect.DATE, "the service respells times"),
    _rule("trigger", "properties.typeProperties.recurrence.endTime", Effect.DATE, "the service respells times"),
    _rule(
        _REFERRING,
        "properties.**.referenceName",
        Effect.CASE,
        "Azure resolves references without case",
        in_reference=True,
    ),
    _rule("managedPrivateEndpoint", "properties.privateLinkResourceId", Effect.CASE, "ARM ids have no case"),
    _rule("managedPrivateEndpoint", "properties.groupId", Effect.CASE, "a word of the resource that it names"),
    _rule("integrationRuntime", "properties.typeProperties.linkedInfo.resourceId", Effect.CASE, "ARM ids have no case"),
    _rule(
        "integrationRuntime",
        "properties.typeProperties.linkedInfo.authorizationType",
        Effect.CASE,
        "written RBAC and Rbac",
    ),
    _rule("trigger", "properties.typeProperties.scope", Effect.CASE, "ARM ids have no case"),
    _rule(
        "linkedService dataset dataflow trigger integrationRuntime credential",
        "properties.type",
        Effect.CASE,
        "type names have no case",
    ),
    _rule(
        "linkedService",
        "properties.typeProperties.connectionString",
        Effect.KEYWORDS,
        "keywords have no case: the collaboration branch has them in lower case, and the export as they were typed",
    ),
    _rule(_REFERRING, "properties.**.parameters", Effect.EMPTY, _ADDED, in_reference=True),
    _rule("trigger", "properties.pipelines.*.parameters", Effect.EMPTY, _ADDED),
    _rule("trigger", "properties.pipeline.parameters", Effect.EMPTY, _ADDED),
    _rule("pipeline", "properties.activities.**.typeProperties.parameters", Effect.EMPTY, _ADDED),
    _rule("pipeline", "properties.activities.**.typeProperties.headers", Effect.EMPTY, _ADDED),
    _rule("pipeline", "properties.activities.**.typeProperties.staging", Effect.EMPTY, _ADDED),
    _rule("pipeline", "properties.activities.**.datasetParameters", Effect.HOLLOW, _ADDED, in_reference=True),
    _rule("pipeline", "properties.policy", Effect.HOLLOW, _ADDED),
    _rule("dataset integrationRuntime", "properties.typeProperties", Effect.EMPTY, _ADDED),
    _rule("dataset", "properties.schema", Effect.EMPTY, _ADDED),
    _rule("dataflow", "properties.typeProperties.sources.*.typeProperties", Effect.EMPTY, _ADDED),
    _rule("linkedService", "properties.typeProperties.tenant", Effect.EMPTY, _LEFT),
    _rule("linkedService", "properties.typeProperties.servicePrincipalId", Effect.EMPTY, _LEFT),
)


@cache
def _rules_of(kind: Kind) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if kind.word in rule.kinds)


def matches(pattern: tuple[str, ...], path: Path) -> bool:
    """Whether a rule's path covers a node's path. List indexes count as steps."""
    if not pattern:
        return not path
    head, rest = pattern[0], pattern[1:]
    if head == ANY_DEPTH:
        return any(matches(rest, path[skip:]) for skip in range(len(path) + 1))
    return bool(path) and head in (ANY, path[0]) and matches(rest, path[1:])


def normalised(kind: Kind, properties: Mapping[str, Json]) -> Json:
    """The part of an object's `properties` that is compared, in one spelling."""
    return _respell(properties, ("properties",), _rules_of(kind))


def sendable(kind: Kind, body: Mapping[str, Json]) -> Json:
    """The `properties` to send: without what only Azure writes."""
    read_only = tuple(rule for rule in _rules_of(kind) if rule.effect is Effect.READ_ONLY)
    return _respell(body.get("properties", {}), ("properties",), read_only)


def _respell(node: Json, path: Path, rules: tuple[Rule, ...]) -> Json:
    alive = _alive(rules, path) if isinstance(node, (dict, list)) else ()
    if not alive:
        return node
    if isinstance(node, dict):
        return dict(_members(node, path, alive))
    return [_respell(value, (*path, index), alive) for index, value in enumerate(node)]


def _members(node: Mapping[str, Json], path: Path, rules: tuple[Rule, ...]) -> Iterable[tuple[str, Json]]:
    refers = "referenceName" in node and node.get("type") in BY_REFERENCE
    names = {rule.path[-1] for rule in rules if refers or not rule.in_reference}
    for key, value in node.items():
        named = ANY in names or key in names
        if not named and not isinstance(value, (dict, list)):
            yield key, value
            continue
        here = (*path, key)
        effects = _effects(here, rules, refers=refers) if named else _NONE
        if not effects.isdisjoint(_LEFT_OUT):
            continue
        spelled = _spelled(value, effects) if isinstance(value, str) else _respell(value, here, rules)
        if Effect.HOLLOW in effects and isinstance(spelled, dict):
            spelled = {name: member for name, member in spelled.items() if not _is_empty(member)}
        if effects.isdisjoint(_NOTHING) or not _is_empty(spelled):
            yield key, spelled


def _is_empty(node: Json) -> bool:
    return type(node) in (str, dict) and not node  # a text that waits for its value is none that is empty


def _effects(path: Path, rules: tuple[Rule, ...], *, refers: bool) -> frozenset[Effect]:
    """What is done with the node at `path`, whose parent refers to an object of ours or not."""
    return frozenset(
        rule.effect
        for rule in rules
        if rule.path[-1] in (path[-1], ANY) and (refers or not rule.in_reference) and matches(rule.path, path)
    )


def _alive(rules: tuple[Rule, ...], path: Path) -> tuple[Rule, ...]:
    """The rules that can still match at or below `path`: most of a big body needs no look."""
    return tuple(rule for rule in rules if _reaches(rule.path, path))


def _reaches(pattern: tuple[str, ...], path: Path) -> bool:
    for want, step in zip(pattern, path, strict=False):
        if want == ANY_DEPTH:
            return True
        if want not in (ANY, step):
            return False
    return len(path) <= len(pattern)


def _spelled(text: str, effects: Iterable[Effect]) -> str:
    """A text in the one spelling; what only stands for a text keeps its own."""
    for effect in effects:
        spell = _SPELLINGS.get(effect)
        if spell and type(text) in (str, Secret):
            return type(text)(spell(text))
    return text


def _date(text: str) -> str:
    """A time without zone is local to the trigger's time zone: it must not equal one in UTC."""
    return _time(text, None)


def _date_utc(text: str) -> str:
    return _time(text, UTC)


def _time(text: str, zone: tzinfo | None) -> str:
    """A time in one spelling; a text that is no time (an expression, a typo) stays as it is."""
    try:
        time = datetime.fromisoformat(text)
        time = time if time.tzinfo else time.replace(tzinfo=zone)
        return (time.astimezone(UTC) if time.tzinfo else time).isoformat()
    except (ValueError, OverflowError):  # the first and the last day that there is have no such time in UTC
        return text


_KEYWORD = re.compile(r"""'[^']*'|"[^"]*"|\{[^{}]*\}|(?:^|(?<=;))\s*(\w[\w .]*)=""")
"""What is quoted, in which a keyword is none, or a keyword with its equals sign."""


def _keywords(text: str) -> str:
    return _KEYWORD.sub(lambda found: f"{found[1].strip().casefold()}=" if found[1] else found[0], text).rstrip("; ")


_NONE: frozenset[Effect] = frozenset()
_LEFT_OUT = frozenset({Effect.READ_ONLY, Effect.MADE_WITH})
_NOTHING = frozenset({Effect.EMPTY, Effect.HOLLOW})

_SPELLINGS: Mapping[Effect, Callable[[str], str]] = {
    Effect.DATE: _date,
    Effect.DATE_UTC: _date_utc,
    Effect.CASE: str.casefold,
    Effect.KEYWORDS: _keywords,
}
