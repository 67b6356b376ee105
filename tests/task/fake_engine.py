"""The engine's side of the protocol, for tests of the launcher: it does what the lines below it say."""

import json
import os
import sys
from pathlib import Path
from typing import Any

request: dict[str, Any] = json.loads(sys.stdin.readline())


def tell(event: str, **more: Any) -> None:
    """An event to the launcher."""
    sys.stdout.write(f"@@{request['nonce']} {json.dumps({'event': event, **more})}\n")
    sys.stdout.flush()


def done(result: str = "Succeeded", message: str = "done", code: int = 0) -> None:
    """The last event."""
    tell("done", exitCode=code, result=result, message=message)
    sys.exit(code)


def heard() -> Any:
    """The next line of the launcher; None when it is gone."""
    line = sys.stdin.readline()
    return json.loads(line) if line else None


def note(name: str, value: Any) -> None:
    """Leave something for the test, beside this run's own folder."""
    (Path(request["folder"]).parent / name).write_text(json.dumps(value), encoding="utf-8")


def surroundings() -> dict[str, Any]:
    """What could give a secret away to others on this machine."""
    return {"argv": sys.argv, "flags": sys.orig_argv, "environ": dict(os.environ), "path": sys.path}
