"""Told to fail: rules that say which call gets which trouble, before or after its effect."""

import dataclasses
import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ecluse_sandbox import on_request, refusals
from ecluse_sandbox.answers import Answer

DEPLOYMENT_STEP = "DEPLOY"
"""The method by which a rule (and the call log) names the write of one resource by a deployment."""

RULE_WORDS = {"method", "path", "nth", "every", "times", "when", "action", "name"}
ACTION_WORDS = {
    *("status", "body", "text", "headers", "delaySeconds", "cut", "broken", "dripSeconds"),
    *("expireToken", "demandClaims", "throttleSeconds", "someoneElse", "refusal"),
}
OTHER_WORDS = {"method", "path", "body"}
_GROUP = re.compile(r"\\([1-9])")


@dataclass(frozen=True, slots=True)
class OtherCall:
    """A call that somebody else makes at this moment; his token is always good."""

    method: str
    path: str
    body: Any = None


@dataclass(frozen=True, slots=True)
class Action:
    """What happens: wait, forget all tokens, somebody else's call, cut the connection, or this answer; in that order.

    `throttle` is a window in seconds in which no matching call gets through; `claims` are those that a token needs from
    now on; `broken` and `drip` spoil the answer, whatever it is.
    """

    answer: Answer | None = None
    delay: float = 0
    cut: bool = False
    expire_token: bool = False
    throttle: int = 0
    other: OtherCall | None = None
    claims: str = ""
    broken: bool = False
    drip: float = 0


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

    def match(self, method: str, path: str) -> re.Match[str] | None:
        """What the pattern found in a call that this rule counts, or None."""
        return self.path.search(path) if self.method in {"*", method} else None

    def fires(self, count: int, fired: int) -> bool:
        """Whether the count-th matching call (from 1) is hit."""
        if self.times and fired >= self.times:
            return False
        if self.nth:
            return count == self.nth
        return not self.every or count % self.every == 0


@dataclass(slots=True)
class _Tally:
    """How often a rule has matched and fired, and until when its throttle holds."""

    seen: int = 0
    fired: int = 0
    until: float = -math.inf


@dataclass(slots=True)
class Faults:
    """The rules in force, and what they have counted; `clock` in seconds."""

    rules: tuple[Rule, ...] = ()
    clock: Callable[[], float] = time.monotonic
    _tallies: list[_Tally] = field(default_factory=list)

    def replace(self, rules: tuple[Rule, ...]) -> None:
        """New rules, counting from nothing."""
        self.rules = rules
        self._tallies = [_Tally() for _ in rules]

    def hit(self, method: str, path: str) -> Rule | None:
        """Count a call, and give the first rule that strikes it, with its action made for this very call."""
        struck = None
        for rule, tally in zip(self.rules, self._tallies, strict=True):
            found = rule.match(method, path)
            if found is not None:
                struck = self._struck(rule, tally, found, free=struck is None) or struck
        return struck

    def _struck(self, rule: Rule, tally: _Tally, found: re.Match[str], *, free: bool) -> Rule | None:
        """The rule when it strikes; `free`: no other one has struck this call yet."""
        if free and self.clock() < tally.until:
            return self._throttled(rule, tally)  # who asks too early gets a new value (azure-behaviours 7)
        tally.seen += 1
        if not free or not rule.fires(tally.seen, tally.fired):
            return None
        tally.fired += 1
        if rule.action.throttle:
            tally.until = self.clock() + rule.action.throttle
            return self._throttled(rule, tally)
        return dataclasses.replace(rule, action=_for_this_call(rule.action, found))

    def _throttled(self, rule: Rule, tally: _Tally) -> Rule:
        left = max(1, math.ceil(tally.until - self.clock()))
        answer = dataclasses.replace(refusals.throttled(left).answer, planned=True)
        return dataclasses.replace(rule, action=dataclasses.replace(rule.action, answer=answer), after=False)


def _for_this_call(action: Action, found: re.Match[str]) -> Action:
    answer, other = action.answer, action.other
    if answer is not None:
        answer = dataclasses.replace(answer, body=_expanded(answer.body, found))
    if other is not None:
        other = OtherCall(other.method, str(_expanded(other.path, found)), _expanded(other.body, found))
    return dataclasses.replace(action, answer=answer, other=other)


def _expanded(node: Any, found: re.Match[str]) -> Any:
    r"""The JSON with `\1` in its texts replaced by the first group of the path's pattern, and so on."""
    match node:
        case str():
            return _GROUP.sub(lambda digit: _group(found, digit), node)
        case dict():
            return {key: _expanded(value, found) for key, value in node.items()}
        case list():
            return [_expanded(item, found) for item in node]
        case _:
            return node


def _group(found: re.Match[str], digit: re.Match[str]) -> str:
    number = int(digit[1])
    return found[number] or "" if number <= found.re.groups else digit[0]


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
    delay, drip = (_seconds(one.get(key, 0), f"{where}: `{key}`") for key in ("delaySeconds", "dripSeconds"))
    answer = dataclasses.replace(on_request.answer(one["refusal"]), planned=True) if "refusal" in one else None
    if "status" in one:
        status = _count(one["status"], f"{where}: `status`")
        if not 200 <= status <= 599:  # noqa: PLR2004 - what HTTP calls a final status
            raise ValueError(f"{where}: `status` is from 200 to 599")
        text, headers = str(one.get("text", "")), _headers(one.get("headers", {}), where)
        answer = Answer(status, one.get("body"), headers, planned=True, text=text)
    throttle = _count(one.get("throttleSeconds", 0), f"{where}: `throttleSeconds`")
    other = _other(one["someoneElse"], f"{where}: `someoneElse`") if "someoneElse" in one else None
    cut, broken, expire = (bool(one.get(key)) for key in ("cut", "broken", "expireToken"))
    return Action(answer, delay, cut, expire, throttle, other, str(one.get("demandClaims", "")), broken, drip)


def _other(one: Any, where: str) -> OtherCall:
    _check_words(one, OTHER_WORDS, where)
    method, path = one.get("method", "PUT"), one.get("path")
    if not isinstance(method, str) or not isinstance(path, str):
        raise ValueError(f"{where} needs a `path`, and perhaps a `method` and a `body`")  # noqa: TRY004 - one kind of error for bad input
    return OtherCall(method.upper(), path, one.get("body"))


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


def _seconds(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{where} is a number from 0 up")
    return value


def _count(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{where} is a whole number from 0 up")
    return value
