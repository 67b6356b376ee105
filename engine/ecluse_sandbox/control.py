"""The control endpoint under `/_sandbox/`: call log, faults, settings, reset. Not Azure's, ours."""

from typing import Any

from ecluse_sandbox import faults, settings, state
from ecluse_sandbox.answers import Answer, Refusal
from ecluse_sandbox.sandbox import Sandbox, parse_json


def answer(sandbox: Sandbox, method: str, path: str, raw: bytes) -> Answer:
    """Do what is asked; 400 with a text for bad input, 404 for an unknown address."""
    what = path.split("?", maxsplit=1)[0].removeprefix("/_sandbox/").strip("/")
    try:
        return _answer(sandbox, f"{method} {what}", raw)
    except Refusal as refusal:
        return refusal.answer
    except ValueError as error:
        return Answer(400, {"error": {"code": "BadControl", "message": str(error)}})


def _answer(sandbox: Sandbox, what: str, raw: bytes) -> Answer:
    match what:
        case "GET calls":
            return Answer(200, sandbox.calls.as_json())
        case "DELETE calls":
            sandbox.calls.entries.clear()
            return Answer(200, [])
        case "PUT faults":
            sandbox.faults.replace(faults.parse(parse_json(raw)))
            return Answer(200, {"rules": len(sandbox.faults.rules)})
        case "GET settings":
            return Answer(200, settings.as_json(sandbox.settings))
        case "PUT settings":
            sandbox.settings = settings.changed(sandbox.settings, _object(raw))
            return Answer(200, settings.as_json(sandbox.settings))
        case "POST reset":
            _reset(sandbox)
            return Answer(200, {"reset": True})
        case _:
            return Answer(404, {"error": {"code": "NotFound", "message": f"no control address {what}"}})


def _object(raw: bytes) -> dict[str, Any]:
    body = parse_json(raw)
    if not isinstance(body, dict):
        raise ValueError("the body is a JSON object")  # noqa: TRY004 - one kind of error for bad input
    return body


def _reset(sandbox: Sandbox) -> None:
    """Back to the seed: state, faults, settings and call log."""
    sandbox.tasks.cancel_all()
    document = sandbox.world.document
    seed = document["seed"]
    sandbox.world.document = state.seeded(seed["subscription"], seed["groups"], seed["location"], document["tenantId"])
    sandbox.faults.replace(())
    sandbox.settings = settings.Settings()
    sandbox.calls.entries.clear()
    sandbox.world.changed()
