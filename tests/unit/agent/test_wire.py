"""The wire to a launcher: what may go out, what comes in, and what happens when nobody is there any more."""

import io
import json
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse.agent.wire import NoAnswerError, Wire

NONCE = "abc123"
MARK = f"@@{NONCE} "


class Broken(io.StringIO):
    """A pipe that nobody reads."""

    def write(self, text: str, /) -> int:
        raise BrokenPipeError(text)


def wire(out: io.StringIO, lines: Iterator[str] | None = None, stopped: list[int] | None = None) -> Wire:
    return Wire(NONCE, out, lines or iter(()), lambda: (stopped if stopped is not None else []).append(1))


def events(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix(MARK)) for line in out.getvalue().splitlines() if line.startswith(MARK)]


@given(st.text())
def test_an_event_is_one_line_whatever_it_holds(text: str) -> None:
    out = io.StringIO()
    wire(out).send("issue", message=text, code=text)
    line, rest = out.getvalue().split("\n", 1)
    assert rest == ""
    assert json.loads(line.removeprefix(MARK)) == {"event": "issue", "message": text, "code": text}


@pytest.mark.parametrize("text", [MARK + '{"event":"done"}', "@@", f"@@{NONCE}"])
def test_a_plain_line_is_never_taken_for_an_event(text: str) -> None:
    out = io.StringIO()
    wire(out).say(text)
    assert not out.getvalue().startswith("@@")
    assert events(out) == []


def test_what_is_hidden_leaves_neither_in_a_line_nor_in_a_text_and_a_path_still_leads_somewhere() -> None:
    out = io.StringIO()
    made = wire(out)
    made.hide({"canary-4711"})
    made.say("it is canary-4711")
    made.send("summary", title="of canary-4711", path="job/canary-4711/summary.md")
    assert out.getvalue().count("canary-4711") == 1
    assert events(out)[0]["path"] == "job/canary-4711/summary.md"


def test_a_line_is_as_long_as_a_page_can_show_however_long_a_name_is() -> None:
    out = io.StringIO()
    told = wire(out)
    told.hide(["secret-at-the-end"])
    told.say("x" * 1_000_000)
    told.send("section", title="y" * 9_990 + "secret-at-the-end" + "y" * 1_000_000)
    assert max(map(len, out.getvalue().splitlines())) < 11_000
    assert "(1000000 characters)" in out.getvalue()
    assert "secret" not in out.getvalue()


def test_a_launcher_that_is_gone_stops_nothing_that_writes() -> None:
    made = wire(Broken())
    made.say("still at work")
    made.send("done", exitCode=0)


def test_an_answer_reaches_who_asked_and_a_cancel_stops_once() -> None:
    incoming: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    out, stopped = io.StringIO(), list[int]()
    ended = threading.Event()

    def lines() -> Iterator[str]:
        yield from iter(incoming.get, None)
        ended.set()

    made = wire(out, lines(), stopped)
    made.listen()
    got: list[str] = []
    asking = threading.Thread(target=lambda: got.append(made.ask("assertion", audience="https://a")))
    asking.start()
    while not events(out):
        threading.Event().wait(0.01)
    (event,) = events(out)
    for line in ("no json", "[]", '{"assertion": 99, "value": "x"}', '{"assertion": []}'):
        incoming.put(line)
    incoming.put(json.dumps({"assertion": event["id"], "value": "signed"}))
    asking.join(60)
    assert (got, stopped) == (["signed"], [])
    incoming.put('{"cancel": true}')
    incoming.put('{"cancel": true}')
    incoming.put(None)
    assert ended.wait(60)
    with pytest.raises(NoAnswerError, match="gone"):
        made.ask("assertion", audience="https://a")
    assert stopped == [1]


def test_who_waits_for_an_answer_hears_that_the_launcher_is_gone() -> None:
    go = threading.Event()

    def lines() -> Iterator[str]:
        assert go.wait(60)
        yield from ()

    out = io.StringIO()
    made = wire(out, lines())
    failed: list[str] = []

    def ask() -> None:
        try:
            made.ask("assertion", audience="https://a")
        except NoAnswerError as error:
            failed.append(str(error))

    made.listen()
    asking = threading.Thread(target=ask)
    asking.start()
    while not events(out):
        threading.Event().wait(0.01)
    go.set()
    asking.join(60)
    assert failed == ["the launcher is gone"]


def test_at_rest_a_launcher_that_goes_means_nothing() -> None:
    stopped: list[int] = []
    ended = threading.Event()

    def lines() -> Iterator[str]:
        yield '{"cancel": true}'
        ended.set()

    made = wire(io.StringIO(), lines(), stopped)
    made.rest()
    made.listen()
    assert ended.wait(60)
    assert stopped == []
