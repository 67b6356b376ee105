"""Scenarios: situations by name, each a row of settings, of calls that set the scene, and of fault rules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecluse_sandbox import faults, settings
from ecluse_sandbox.sandbox import Sandbox
from ecluse_sandbox.scenario_rows import ROWS, Scenario

SCENARIOS: Mapping[str, Scenario] = {row.name: row for row in ROWS}
PLACE = {"factory": "adf-scenario", "resourceGroup": ""}
"""The parameters of every scenario that sets a scene; the first resource group of the seed unless named."""
_WORD = re.compile(r"\$(\w+)")
_FINE = 300


@dataclass(frozen=True, slots=True)
class Chosen:
    """A scenario with all its parameters."""

    row: Scenario
    values: Mapping[str, Any]


def listed() -> list[dict[str, Any]]:
    """All scenarios, as the control endpoint lists them."""
    return [
        {"number": row.number, "name": row.name, "shows": row.shows, "parameters": dict(known(row))} for row in ROWS
    ]


def known(row: Scenario) -> Mapping[str, Any]:
    """The scenario's parameters with their defaults."""
    return {**row.parameters, **(PLACE if row.calls else {})}


def choose(name: Any, given: Mapping[str, Any]) -> Chosen:
    """The scenario of this name; ValueError says what is unknown, or of the wrong type."""
    row = SCENARIOS.get(name) if isinstance(name, str) else None
    if row is None:
        raise ValueError(f"unknown scenario {name!r}; known: {', '.join(SCENARIOS)}")
    parameters = known(row)
    for key, value in given.items():
        if key not in parameters:
            raise ValueError(f"scenario {name!r} has no parameter {key!r}; known: {', '.join(parameters) or 'none'}")
        if not _fits(value, parameters[key]):
            raise ValueError(f"scenario {name!r}: {key!r} takes a value like {parameters[key]!r}")
    return Chosen(row, {**parameters, **given})


def _fits(value: Any, default: Any) -> bool:
    if isinstance(default, str):
        return isinstance(value, str)
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def parse(text: str) -> Chosen:
    """`NAME` or `NAME,parameter=value,…`, as typed."""
    name, *pairs = text.split(",")
    given: dict[str, Any] = {}
    for pair in pairs:
        key, mark, value = pair.partition("=")
        if not mark:
            raise ValueError(f"{pair!r} should be parameter=value")
        given[key.strip()] = _number(value.strip())
    return choose(name.strip(), given)


def from_json(document: Mapping[str, Any]) -> Chosen:
    """`{"name": …, parameter: value, …}`, as the control endpoint takes it."""
    return choose(document.get("name"), {key: value for key, value in document.items() if key != "name"})


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def play(sandbox: Sandbox, chosen: Chosen, more: tuple[faults.Rule, ...] = ()) -> None:
    """Put the scenario in force: its settings, its scene, and then its rules and `more` and no others.

    What is there already stays as it is. ValueError when the scene can't be set.
    """
    row, values = chosen.row, dict(chosen.values)
    if row.calls:
        values["at"] = _factory_path(sandbox, values)
    rules = faults.parse(_filled(row.rules, values))
    sandbox.settings = settings.changed(sandbox.settings, _filled(row.settings, values))
    for call in _filled(row.calls, values):
        _make(sandbox, call)
    sandbox.faults.replace((*more, *rules))


def _factory_path(sandbox: Sandbox, values: Mapping[str, Any]) -> str:
    seed = sandbox.world.document["seed"]
    group = values["resourceGroup"] or next(iter(seed["groups"]), "")
    if not group:
        raise ValueError("the scenario needs a resource group: name one by `resourceGroup`")
    base = f"/subscriptions/{seed['subscription']}/resourceGroups/{group}"
    return f"{base}/providers/Microsoft.DataFactory/factories/{values['factory']}"


def _make(sandbox: Sandbox, call: Mapping[str, Any]) -> None:
    method, path = call.get("method", "PUT"), call["path"]
    if method == "PUT" and sandbox.inside("GET", path, None).status < _FINE:
        return
    answer = sandbox.inside(method, path, call.get("body"))
    if answer.status >= _FINE:
        raise ValueError(f"the scene can't be set: {method} {path} answers {answer.status} {answer.body}")


def _filled(node: Any, values: Mapping[str, Any]) -> Any:
    """The JSON with `$name` in its texts replaced; a text that is nothing else becomes the value itself."""
    match node:
        case str():
            whole = _WORD.fullmatch(node)
            return values[whole[1]] if whole else _WORD.sub(lambda word: str(values[word[1]]), node)
        case dict():
            return {key: _filled(value, values) for key, value in node.items()}
        case list() | tuple():
            return [_filled(item, values) for item in node]
        case _:
            return node
