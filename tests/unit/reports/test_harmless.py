"""Texts from elsewhere can neither break a line nor speak to a build agent."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse.jsontree import ABSENT, Missing, Secret
from ecluse.reports.harmless import harmless, short, show_change, show_path

COMMANDS = ["##vso[", "##[", "##teamcity["]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("TR_Daily", "TR_Daily"),
        ("Grüße 你好", "Grüße 你好"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\x1b[2J", "\\u001b[2J"),
        ("a\u202eb\u2028c", "a\\u202eb\\u2028c"),
        ("\ud800", "\\ud800"),
        ("\x7f\x9b", "\\u007f\\u009b"),
        ("##vso[task.complete result=Succeeded]", "# #vso[task.complete result=Succeeded]"),
        ("x ##VSO[task.setvariable variable=a]b", "x # #VSO[task.setvariable variable=a]b"),
        ("###vso[x]", "## #vso[x]"),
        ("##[error]no", "# #[error]no"),
        ("  ::set-output name=a::b", ": :set-output name=a::b"),
        ("a ## b", "a ## b"),
    ],
)
def test_what_would_control_something_is_spelled_out(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.text() | st.sampled_from(COMMANDS).map(lambda word: f"a{word}b") | st.text("#vso[]\n\x1b: "))
def test_whatever_comes_in_one_quiet_line_comes_out(text: str) -> None:
    shown = harmless(text)
    assert len(shown.splitlines()) <= 1
    assert not {unicodedata.category(each) for each in shown} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert not any(command in shown.lower() for command in COMMANDS)
    assert "\x1b" not in shown
    assert not shown.lstrip().startswith("::")


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("url", "https://a", '"https://a"'),
        ("interval", 15, "15"),
        ("on", True, "true"),
        ("gone", ABSENT, "(nothing)"),
        ("nothing", None, "null"),
        ("password", "hunter2", "***"),
        ("note", Secret("hunter2"), "***"),
        ("password", {"type": "SecureString", "value": "hunter2"}, '{"type": "SecureString", "value": "***"}'),
        ("list", [Secret("hunter2"), 1], '["***", 1]'),
        ("url", Missing("LS_url", secure=False), "(the value of parameter LS_url)"),
        ("body", {"url": Missing("LS_url", secure=False)}, '{"url": "(parameter LS_url)"}'),
    ],
)
def test_a_value_is_one_short_line_without_secrets(key: str, value: object, shown: str) -> None:
    assert show_change(("properties", key), value, ABSENT)[0] == shown


def test_a_long_value_is_cut_and_says_how_long_it_was() -> None:
    assert short("x" * 100) == "x" * 80 + "… (100 characters)"
    assert short("x" * 80) == "x" * 80


def test_paths_are_spelled_as_in_a_configuration() -> None:
    assert show_path(("properties", "typeProperties", "hours", 0)) == "typeProperties.hours[0]"
    assert show_path(("name",)) == "$.name"
    assert show_path(("properties", "a.b")) == "['a.b']"


def test_long_values_are_cut_to_where_they_part() -> None:
    head = "/subscriptions/" + "0" * 100
    old, new = show_change(("properties", "scope"), f"{head}/group-dev/x", f"{head}/group-uat/x")
    assert old.endswith('00000/group-dev/x"')
    assert new.endswith('00000/group-uat/x"')
    assert len(old) < 50
