"""The command line: words typed → commands."""

import sys


def run() -> None:
    """The `ecluse` command: does what was typed and ends the process with the exit code."""
    from ecluse.cli.main import main  # noqa: PLC0415  # same
    from ecluse.cli.world import World  # noqa: PLC0415  # same
    from ecluse.commands.cancel import stop_listening  # noqa: PLC0415  # nothing is loaded before somebody types

    code = main(sys.argv[1:], World.real())
    stop_listening()
    sys.exit(code)
