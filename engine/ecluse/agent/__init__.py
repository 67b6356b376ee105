"""The engine of the pipeline tasks: a launcher starts it, tells it everything in one line, and hears what happens.

docs/decisions/009-launcher-and-engine.md is the contract between the two.
"""

import os
import sys


def run() -> None:
    """Do what the launcher asks, and end the process with the exit code."""
    from ecluse.agent.main import main  # noqa: PLC0415  # nothing is loaded by whoever only imports the package
    from ecluse.agent.wire import lines_of  # noqa: PLC0415  # same
    from ecluse.commands.cancel import stop_listening  # noqa: PLC0415  # same

    code = main(lines_of(0), sys.stdout, sys.stderr, os.environ)
    stop_listening()
    sys.exit(code)
