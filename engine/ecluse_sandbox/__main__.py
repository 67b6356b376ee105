"""`python -m ecluse_sandbox serve|show|reset|seed DIR`."""

import argparse
import json
import os
import sys
import uuid
from pathlib import Path

from ecluse_sandbox import faults, latency, scenarios, workbench
from ecluse_sandbox.pairs import VARIABLE
from ecluse_sandbox.seeding import Place
from ecluse_sandbox.settings import Settings
from ecluse_sandbox.workbench import HeldError

_LOOPBACK = ("127.0.0.1", "::1")


def main(words: list[str] | None = None) -> int:
    """Run the command; gives the exit code (1: it can't be done, 2: wrong words, 5: the directory is in use)."""
    parser = _parser()
    given = parser.parse_args(words)
    try:
        return int(given.run(parser, given))
    except (OSError, ValueError) as error:
        _say(str(error))
        return 1
    except ModuleNotFoundError as error:
        _say(f"its server is not installed ({error}): install the extra `sandbox`")
        return 1
    except HeldError as error:
        _say(str(error))
        return 5


def _say(text: str) -> None:
    print(f"sandbox: {text}", file=sys.stderr)  # noqa: T201 - the command's own output


def _show(_: argparse.ArgumentParser, given: argparse.Namespace) -> int:
    for line in workbench.show(given.directory):
        print(line)  # noqa: T201 - the command's own output
    return 0


def _reset(_: argparse.ArgumentParser, given: argparse.Namespace) -> int:
    with workbench.held(given.directory):
        workbench.reset(given.directory)
    return 0


def _seed(_: argparse.ArgumentParser, given: argparse.Namespace) -> int:
    place = Place(given.subscription, next(iter(given.resource_group), ""), given.factory, given.location)
    with workbench.held(given.directory):
        workbench.seed(given.directory, given.source, place, _say)
    return _show(_, given)


def _serve(parser: argparse.ArgumentParser, given: argparse.Namespace) -> int:
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
    serve(
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
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ecluse_sandbox", description="A local Azure on loopback.")
    commands = parser.add_subparsers(required=True)
    _place(commands.add_parser("show", help="tell what stands in DIR")).set_defaults(run=_show)
    _place(commands.add_parser("reset", help="empty DIR")).set_defaults(run=_reset)
    seed = _place(commands.add_parser("seed", help="fill a factory"))
    seed.set_defaults(run=_seed)
    seed.add_argument("--source", type=Path, required=True, metavar="PATH", help="a template, or a recorded read")
    seed.add_argument("--factory", default="", metavar="NAME")
    serve = _place(commands.add_parser("serve", help="serve until stopped"))
    serve.set_defaults(run=_serve)
    _serving(serve)
    return parser


def _place(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("directory", type=Path, metavar="DIR", help="where the state lives")
    parser.add_argument("--subscription", default=str(uuid.UUID(int=0)), metavar="ID")
    parser.add_argument("--resource-group", action="append", default=[], metavar="NAME")
    parser.add_argument("--location", default="westeurope")
    return parser


def _serving(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--host", default=_LOOPBACK[0])
    serve.add_argument("--port", type=int, default=0, help="0: any free port")
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


if __name__ == "__main__":
    sys.exit(main())
