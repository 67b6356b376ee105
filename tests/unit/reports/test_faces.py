"""Two faces, one content: a terminal gets colour and a bar, a log gets plain lines with times; never both."""

import io
import threading
from datetime import UTC, datetime

import pytest

from ecluse.apply.ports import ObjectDone, Phase, PhaseBegan, PhaseEnded
from ecluse.reports.faces import PlainFace, is_log, open_face
from ecluse.reports.lines import Line, Tone, title
from ecluse.reports.terminal import TerminalFace


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class ClosedPipe(io.StringIO):
    """A stream whose reader is gone."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError


def plain(stream: io.StringIO) -> PlainFace:
    return PlainFace(stream, now=lambda: datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("stream", "environ", "no_color", "log"),
    [
        (Terminal(), {}, False, False),
        (Terminal(), {"TERM": "xterm"}, False, False),
        (Terminal(), {"NO_COLOR": "1"}, False, True),
        (Terminal(), {"NO_COLOR": ""}, False, False),
        (Terminal(), {"TERM": "dumb"}, False, True),
        (Terminal(), {"TF_BUILD": "True"}, False, True),
        (Terminal(), {"CI": "true"}, False, True),
        (Terminal(), {}, True, True),
        (io.StringIO(), {}, False, True),
    ],
)
def test_plain_lines_go_to_logs_and_to_those_who_wish_them(
    stream: io.StringIO, environ: dict[str, str], no_color: bool, log: bool
) -> None:
    assert is_log(stream, environ, no_color=no_color) is log
    assert isinstance(open_face(stream, environ, no_color=no_color), PlainFace) is log


def test_a_log_has_a_time_on_every_line_and_no_colour() -> None:
    stream = io.StringIO()
    face = plain(stream)
    face.show([title("Plan"), Line("  + pipeline.A", Tone.GOOD)])
    face.watch(ObjectDone(Phase.STOP, "trigger.T", "stopped"))
    assert stream.getvalue() == (
        "2026-05-04T03:02:01Z  == Plan ==\n"
        "2026-05-04T03:02:01Z    + pipeline.A\n"
        "2026-05-04T03:02:01Z    trigger.T  stopped\n"
    )


def test_a_terminal_has_colour_a_bar_and_no_times() -> None:
    stream = Terminal()
    face = TerminalFace(stream, whole=False)
    face.show([Line("  + pipeline.[red]A", Tone.GOOD)])
    for event in (PhaseBegan(Phase.STOP, 2), ObjectDone(Phase.STOP, "trigger.T", "stopped"), PhaseEnded(Phase.STOP)):
        face.watch(event)
    face.close()
    text = stream.getvalue()
    assert "\x1b[" in text
    assert "pipeline.[red]A" in text, "a name is no markup"
    assert "trigger.T" in text
    assert "Z  " not in text


def test_both_faces_tell_the_same() -> None:
    lines = [title("Plan"), Line("  ~ dataset.B  " + "long " * 60), Line("Done", Tone.GOOD)]
    log, terminal = io.StringIO(), Terminal()
    plain(log).show(lines)
    TerminalFace(terminal, whole=True).show(lines)
    for line in lines:
        assert line.text in log.getvalue()
        assert line.text in terminal.getvalue(), "nothing is wrapped or cut"


def test_a_reader_that_goes_away_stops_no_deployment() -> None:
    for face in (plain(ClosedPipe()), TerminalFace(ClosedPipe(), whole=False)):
        face.show([Line("a")])
        face.watch(ObjectDone(Phase.STOP, "trigger.T", "stopped"))
        face.close()


def test_what_is_known_to_be_secret_is_blotted_out_wherever_it_turns_up() -> None:
    log, terminal = io.StringIO(), Terminal()
    for face in (plain(log), TerminalFace(terminal, whole=False)):
        face.hide(["canary-4711"])
        face.show([Line("Azure said: canary-4711 is wrong")])
    assert "canary" not in log.getvalue() + terminal.getvalue()


def test_a_secret_of_several_lines_is_blotted_out_as_lines_spell_it() -> None:
    secret = 'canary "a"\n\u200bcanary "é"'
    log = io.StringIO()
    face = plain(log)
    face.hide([secret])
    face.watch(ObjectDone(Phase.DEPLOY, "linkedService.L", f"echo {secret}"))
    face.show([Line('a traceback tells one line: canary "a"')])
    assert "canary" not in log.getvalue()


def test_lines_of_several_threads_do_not_mix() -> None:
    stream = io.StringIO()
    face = plain(stream)
    threads = [
        threading.Thread(target=face.show, args=([Line(f"{number} first"), Line(f"{number} second")],))
        for number in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [line.partition("  ")[2].split() for line in stream.getvalue().splitlines()]
    assert all(one[0] == two[0] for one, two in zip(told[::2], told[1::2], strict=True))
