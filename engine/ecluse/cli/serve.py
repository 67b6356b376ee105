"""`ecluse sandbox …`: the sandbox's own program, as a process of its own."""

import subprocess
import sys
from collections.abc import Iterator

from ecluse.commands.session import DONE, FAILED, Session
from ecluse.reports.lines import Line, Tone


def serve(session: Session) -> int:
    """Run the sandbox in the foreground; Ctrl+C ends it, which is no failure."""
    session.face.show([Line("The sandbox serves until Ctrl+C; other commands use it with --sandbox DIR")])
    return _run(session)


def on_directory(session: Session) -> int:
    """Show, reset or seed a directory."""
    return _run(session)


def _run(session: Session) -> int:
    # The words are ours and go to our own program, without a shell.
    with subprocess.Popen([*_words(session)]) as process:  # noqa: S603  # see above
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            return DONE
    if code:
        session.face.show([Line(f"The sandbox ended with code {code}", Tone.BAD)])
    return FAILED if code else DONE


def _words(session: Session) -> Iterator[str]:
    """The sandbox's program with the options that have a value."""
    settings = session.settings
    yield from (sys.executable, "-m", "ecluse_sandbox", session.command.rpartition(" ")[2], str(settings.sandbox))
    given = {
        "--subscription": settings.subscription,
        "--resource-group": settings.resource_group,
        "--location": settings.location,
        "--factory": settings.factory,
        "--source": settings.source if settings.source.parts else "",
        "--scenario": settings.scenario,
        "--faults": settings.faults,
        "--latency": settings.latency,
    }
    for name, value in given.items():
        if value:
            yield from (name, str(value))
