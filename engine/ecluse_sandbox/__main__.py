"""`python -m ecluse_sandbox serve DIR`."""

import argparse
import json
import os
import sys
import uuid
from pathlib import Path

from ecluse_sandbox import faults, latency, scenarios
from ecluse_sandbox.pairs import VARIABLE
from ecluse_sandbox.settings import Settings

_LOOPBACK = ("127.0.0.1", "::1")


def main(words: list[str] | None = None) -> int:
    """Run the command; gives the exit code (2: wrong words, 5: the directory is in use)."""
    parser = _parser()
    given = parser.parse_args(words)
    if given.host not in _LOOPBACK:
        parser.error(f"the sandbox binds loopback only: --host {' or '.join(_LOOPBACK)}")
    try:
        rules = faults.parse(json.loads(given.faults.read_text(encoding="utf-8"))) if given.faults else ()
    except (OSError, ValueError) as error:
        parser.error(f"--faults {given.faults}: {error}")
    try:
        pace = latency.typed(given.latency) if given.latency else latency.Latency()
    except (OSError, ValueError) as error:
        parser.error(f"--latency {given.latency}: {error}")
    try:
        scenario = scenarios.parse(given.scenario) if given.scenario else None
    except ValueError as error:
        parser.error(f"--scenario {given.scenario}: {error}")
    from ecluse_sandbox.server import Options, serve  # noqa: PLC0415 - cryptography and uvicorn only when serving

    settings = Settings(page_size=given.page_size, event_polls=given.event_polls)
    try:
        return serve(
            Options(
                directory=given.directory,
                host=given.host,
                port=given.port,
                subscription=given.subscription,
                groups=tuple(given.resource_group),
                location=given.location,
                until_idle=given.until_idle,
                settings=settings,
                rules=rules,
                scenario=scenario,
                latency=pace,
                pairs=given.record_pairs,
            )
        )
    except (OSError, ValueError) as error:
        print(f"sandbox: {error}", file=sys.stderr)  # noqa: T201 - the command's own output
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ecluse_sandbox", description="A local Azure on loopback.")
    serve = parser.add_subparsers(required=True).add_parser("serve", help="serve until stopped")
    serve.add_argument("directory", type=Path, metavar="DIR", help="where the state lives")
    serve.add_argument("--host", default=_LOOPBACK[0])
    serve.add_argument("--port", type=int, default=0, help="0: any free port")
    serve.add_argument("--subscription", default=str(uuid.UUID(int=0)), metavar="ID")
    serve.add_argument("--resource-group", action="append", default=[], metavar="NAME")
    serve.add_argument("--location", default="westeurope")
    serve.add_argument("--until-idle", action="store_true", help="end when no client holds DIR/clients/*.lock")
    serve.add_argument("--page-size", type=int, default=Settings().page_size)
    serve.add_argument("--event-polls", type=int, default=Settings().event_polls)
    serve.add_argument("--faults", type=Path, metavar="FILE", help="fault rules, see docs/sandbox.md")
    serve.add_argument("--latency", metavar="FILE|SPEC", help="such as read=0.1,write=0.3/4; see docs/sandbox.md")
    serve.add_argument("--scenario", metavar="NAME[,PARAMETER=VALUE]…", help="a situation, see docs/sandbox.md")
    recording = Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None
    serve.add_argument(
        "--record-pairs", type=Path, metavar="DIR", default=recording, help="for tests, see docs/sandbox.md"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
