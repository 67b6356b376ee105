"""`ecluse sandbox serve`: the sandbox as a process of its own, until somebody stops it."""

import subprocess
import sys

from ecluse.cli.session import DONE, FAILED, Session
from ecluse.reports.lines import Line, Tone


def serve(session: Session) -> int:
    """Run the sandbox in the foreground; Ctrl+C ends it, which is no failure."""
    settings = session.settings
    words = [sys.executable, "-m", "ecluse_sandbox", "serve", str(settings.sandbox)]
    words += ["--subscription", settings.subscription]
    for name, value in (("--resource-group", settings.resource_group), ("--location", settings.location)):
        words += [name, value] if value else []
    session.face.show([Line("The sandbox serves until Ctrl+C; other commands use it with --sandbox DIR")])
    # The words are ours and go to our own program, without a shell.
    with subprocess.Popen(words) as process:  # noqa: S603  # see above
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            return DONE
    if code:
        session.face.show([Line(f"The sandbox ended with code {code}", Tone.BAD)])
    return FAILED if code else DONE
