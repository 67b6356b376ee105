"""Told to fail: rules that say which call gets which trouble, before or after its effect."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecluse_sandbox.answers import Answer

DEPLOYMENT_STEP = "DEPLOY"
"""The method by which a rule (and the call log) names the write of one resource by a deployment."""

RULE_WORDS = {"method", "path", "nth", "every", "times", "when", "action", "name"}
ACTION_WORDS = {"status", "body", "headers", "delaySeconds", "cut", "expireToken"}


@dataclass(frozen=True, slots=True)
class Action:
    """What happens: wait, forget all tokens, cut the connection, or this answer; in that order."""

    answer: Answer | None = None
    delay: float = 0
    cut: bool = False
    expire_token: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; without `nth` and `every` it applies to each matching call, at most `times` times."""

    method: str
    path: re.Pattern[str]
    action: Action
    nth: int = 0
    every: int = 0
    times: int = 0
    after: bool = False

    def matches(self, method: str, path: str) -> bool:
        """Whether a call is one this rule counts."""
        return self.method in {"*", method} and self.path.search(path) is not None

    def fires(self, count: int, fired: int) -> bool:
        """Whether the count-th matching call (from 1) is hit."""
        if self.times and fired >= self.times:
            return False
        if self.nth:
            return count == self.nth
        return not self.every or count % self.every == 0


@dataclass(slots=True)
class Faults:
    """The rules in force, and how often each has matched and fired."""

    rules: tuple[Rule, ...] = ()
    _seen: dict[int, int] = field(default_factory=dict)
    _fired: dict[int, int] = field(default_factory=dict)

    def replace(self, rules: tuple[Rule, ...]) -> None:
        """New rules, counting from nothing."""
        self.rules = rules
        self._seen = {}
        self._fired = {}

    def hit(self, method: str, path: str) -> Rule | None:
        """Count a call, and give the first rule that strikes it."""
        struck = None
        for index, rule in enumerate(self.rules):
            if not rule.matches(method, path):
                continue
            self._seen[index] = self._seen.get(index, 0) + 1
            if struck is None and rule.fires(self._seen[index], self._fired.get(index, 0)):
                self._fired[index] = self._fired.get(index, 0) + 1
                struck = rule
        return struck


def parse(document: Any) -> tuple[Rule, ...]:
    """Rules from JSON; ValueError says which rule is wrong, and how."""
    if not isinstance(document, list):
        raise ValueError("fault rules are a JSON list of objects")  # noqa: TRY004 - one kind of error for bad input
    return tuple(_rule(one, f"rule {number}") for number, one in enumerate(document, 1))


def _rule(one: Any, where: str) -> Rule:
    _check_words(one, RULE_WORDS, where)
    when = one.get("when", "before")
    if when not in {"before", "after"}:
        raise ValueError(f"{where}: `when` is before or after, not {when!r}")
    try:
        pattern = re.compile(str(one.get("path", "")), re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"{where}: `path` is no regular expression: {error}") from error
    counts = {key: _count(one.get(key, 0), f"{where}: `{key}`") for key in ("nth", "every", "times")}
    action = _action(one.get("action"), where)
    return Rule(str(one.get("method", "*")).upper(), pattern, action, after=when == "after", **counts)


def _action(one: Any, where: str) -> Action:
    _check_words(one, ACTION_WORDS, f"{where}: `action`")
    delay = one.get("delaySeconds", 0)
    if not isinstance(delay, int | float) or delay < 0:
        raise ValueError(f"{where}: `delaySeconds` is a number from 0 up")
    answer = None
    if "status" in one:
        status = _count(one["status"], f"{where}: `status`")
        answer = Answer(status, one.get("body"), _headers(one.get("headers", {}), where), planned=True)
    return Action(answer, delay, bool(one.get("cut")), bool(one.get("expireToken")))


def _headers(headers: Any, where: str) -> Mapping[str, str]:
    if not isinstance(headers, dict):
        raise ValueError(f"{where}: `headers` is an object")  # noqa: TRY004 - one kind of error for bad input
    return {str(key): str(value) for key, value in headers.items()}


def _check_words(one: Any, words: set[str], where: str) -> None:
    if not isinstance(one, dict):
        raise ValueError(f"{where} is no JSON object")  # noqa: TRY004 - one kind of error for bad input
    unknown = sorted(set(one) - words)
    if unknown:
        raise ValueError(f"{where}: unknown {', '.join(unknown)}; known: {', '.join(sorted(words))}")


def _count(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{where} is a whole number from 0 up")
    return value
