"""docs/sandbox.md tells what the code does: refusals with their sources, settings, words of a fault rule."""

import inspect
import re
from pathlib import Path

import pytest

from ecluse_sandbox import faults, refusals, settings
from ecluse_sandbox.answers import Refusal

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")
_SAMPLES = {int: 0, tuple: ("2024-07-01",)}


def rows() -> list[str]:
    """The table of refusals, made from the functions and their docstrings."""
    found = []
    for name, function in inspect.getmembers(refusals, inspect.isfunction):
        if function.__module__ == refusals.__name__ and not name.startswith("_"):
            found.append((inspect.getsourcelines(function)[1], row(function)))
    return [line for _, line in sorted(found)]


def row(function: object) -> str:
    assert callable(function)
    text = " ".join((inspect.getdoc(function) or "").split())
    meaning, source = re.fullmatch(r"(.+?) Source: (.+)\.", text).groups()  # type: ignore[union-attr]  # a miss is the failure
    refusal = function(*(sample(one) for one in inspect.signature(function).parameters.values()))
    assert isinstance(refusal, Refusal)
    error = refusal.answer.body["error"]
    code = error["code"] if isinstance(error, dict) else error
    return f"| {meaning.rstrip('.')} | {refusal.answer.status} | `{code}` | {source} |"


def sample(parameter: inspect.Parameter) -> object:
    if parameter.default is not inspect.Parameter.empty:
        return parameter.default
    kind = parameter.annotation
    return _SAMPLES.get(kind if isinstance(kind, type) else tuple, "x") if kind is not str else "x"


def test_the_table_of_refusals_is_the_one_of_the_code() -> None:
    missing = [line for line in rows() if line not in PAGE]

    assert not missing, "in docs/sandbox.md the table of refusals should hold:\n" + "\n".join(rows())
    told = re.findall(r"^\| .+ \| \d{3} \| `\w+` \| .+ \|$", PAGE, re.MULTILINE)
    assert sorted(told) == sorted(rows())


@pytest.mark.parametrize("name", settings.as_json(settings.Settings()))
def test_every_setting_is_told_with_its_default(name: str) -> None:
    default = settings.as_json(settings.Settings())[name]

    assert re.search(rf"^\| `{name}` \| {default} \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize("word", sorted(faults.RULE_WORDS | faults.ACTION_WORDS))
def test_every_word_of_a_fault_rule_is_told(word: str) -> None:
    assert f"`{word}`" in PAGE
