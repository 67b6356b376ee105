"""Wrong words are problems like all others; help mentions every option and loads nothing heavy."""

import os
import re
import subprocess
import sys

import pytest

from ecluse import __version__
from ecluse.options import COMMANDS, options_of
from tests.unit.cli.fake_engine import ran


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("plan", "--sorce", "x"), ("--sorce: is no option of `ecluse plan`", "Did you mean --source?")),
        (("plan", "--DataFactoryName", "x"), ("--DataFactoryName: is no option", "Did you mean --factory?")),
        (("plan", "--yes"), ("--yes: is no option of `ecluse plan`", "It belongs to: ecluse deploy.")),
        (("plan", "--qwxz"), ("--qwxz: is no option", "See `ecluse plan --help`.")),
        (("deply",), ("deply: is no command of `ecluse`", "Did you mean `ecluse deploy`?")),
        (("xyzzy",), ("xyzzy: is no command", "Commands are: ")),
        (("triggers", "lst"), ("lst: is no command of `ecluse triggers`", "Did you mean `ecluse triggers list`?")),
        (("plan", "--source"), ("--source: needs a value",)),
        (("plan", "--create=true"), ("--create: needs a value, or was given one that it does not take",)),
        (("plan", "p=canary-4711"), ("unexpected extra argument (p=…",)),
        (("sandbox", "serve"), ("DIR: is missing",)),
        (("triggers", "stop"), ("Give names or patterns of triggers, or --all; not both.",)),
        (("triggers", "start", "--all", "TR_X"), ("Give names or patterns",)),
    ],
)
def test_wrong_words_are_refused_with_3_and_the_words_that_were_meant(
    words: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    made = ran(*words)
    assert made.code == 3
    assert "Refused, nothing was written: 1 problem" in made.err
    for part in parts:
        assert part in made.err
    assert "canary" not in made.err
    assert made.engine.calls == []


@pytest.mark.parametrize("words", [(), ("triggers",), ("sandbox",)])
def test_no_words_at_all_show_the_help_and_are_wrong_usage(words: tuple[str, ...]) -> None:
    made = ran(*words)
    assert made.code == 3
    assert "Usage: ecluse" in made.err


def test_wrong_words_for_the_sandbox_say_sandbox_first_and_last() -> None:
    lines = ran("plan", "--sandbox", "d", "--sorce", "x").err.splitlines()
    assert "SANDBOX" in lines[0]
    assert "SANDBOX" in lines[-1]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_has_each_of_its_options_its_group_and_examples(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(*command.split(), "--help").code == 0
    shown = capsys.readouterr().out
    for row in options_of(command):
        assert re.search(rf"^  {row.flag}\b", shown, re.MULTILINE), row.flag
        assert f"{row.group}:" in shown
    assert "Examples:" in shown
    assert f"ecluse {command} " in shown


def test_the_help_of_the_whole_names_the_commands_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    ran("--help")
    shown = " ".join(capsys.readouterr().out.split())
    for word in ("plan", "deploy", "triggers", "sandbox", "Exit codes: 0 done"):
        assert word in shown


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("--version").code == 0
    assert capsys.readouterr().out == f"ecluse {__version__}\n"


@pytest.mark.parametrize("words", [("--help",), ("plan", "--help"), ("--version",), ("plan", "--sorce")])
def test_help_and_usage_load_nothing_heavy(words: tuple[str, ...]) -> None:
    program = (
        "import sys; from ecluse.cli.main import main; from ecluse.cli.world import World; "
        "main(sys.argv[1:], World.real()); "
        "print('LOADED', sorted({name.partition('.')[0] for name in sys.modules} & {'azure', 'rich', 'requests'}))"
    )
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=False, env=environ
    )
    assert done.stdout.endswith("LOADED []\n"), done.stdout + done.stderr


def test_python_m_ecluse_is_the_command_and_gives_its_exit_code() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ecluse", "plan", "--sorce"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "Did you mean --source?" in done.stderr
