"""The control endpoint under `/_sandbox/`: call log, faults, latency, scenarios, settings, state. Not Azure's, ours."""

from typing import Any

from ecluse_sandbox import faults, latency, scenarios, settings, state, store
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
        case "GET certificate":
            return Answer(200, _certificate(sandbox))
        case "GET latency":
            return Answer(200, sandbox.latency.as_json())
        case "GET scenarios":
            return Answer(200, scenarios.listed())
        case "GET settings":
            return Answer(200, settings.as_json(sandbox.settings))
        case "GET state":
            return Answer(200, sandbox.world.document)
        case _:
            return Answer(200, _changed(sandbox, what, raw))


def _changed(sandbox: Sandbox, what: str, raw: bytes) -> Any:
    """Do what is asked, and give what there is to say about it."""
    match what:
        case "DELETE calls":
            sandbox.calls.entries.clear()
            return []
        case "PUT faults":
            sandbox.faults.replace(faults.parse(parse_json(raw)))
            return {"rules": len(sandbox.faults.rules)}
        case "PUT latency":
            sandbox.latency = latency.parse(parse_json(raw))
            return sandbox.latency.as_json()
        case "PUT scenario":
            chosen = scenarios.from_json(_object(raw))
            scenarios.play(sandbox, chosen)
            return {"name": chosen.row.name, **chosen.values}
        case "PUT settings":
            sandbox.settings = settings.changed(sandbox.settings, _object(raw))
            return settings.as_json(sandbox.settings)
        case "PUT state":
            _put_back(sandbox, store.checked(parse_json(raw)))
            return {"factories": len(sandbox.world.factories)}
        case "POST reset":
            _reset(sandbox)
            return {"reset": True}
        case _:
            raise Refusal(Answer(404, {"error": {"code": "NotFound", "message": f"no control address {what}"}}))


def _certificate(sandbox: Sandbox) -> dict[str, str]:
    """The client's certificate with its key; the same until the server ends."""
    from ecluse_sandbox.certificate import ClientCertificate  # noqa: PLC0415 - cryptography, for this address only

    made = sandbox.proofs.certificate = sandbox.proofs.certificate or ClientCertificate.make()
    return {"pem": made.pem, "thumbprint": made.thumbprint}


def _object(raw: bytes) -> dict[str, Any]:
    body = parse_json(raw)
    if not isinstance(body, dict):
        raise ValueError("the body is a JSON object")  # noqa: TRY004 - one kind of error for bad input
    return body


def _reset(sandbox: Sandbox) -> None:
    """Back to the seed: state, faults, settings, latency and call log."""
    document = sandbox.world.document
    seed = document["seed"]
    _put_back(sandbox, state.seeded(seed["subscription"], seed["groups"], seed["location"], document["tenantId"]))
    sandbox.faults.replace(())
    sandbox.settings = settings.Settings()
    sandbox.latency = latency.Latency()
    sandbox.tokens.demanded = ""
    sandbox.calls.entries.clear()


def _put_back(sandbox: Sandbox, document: dict[str, Any]) -> None:
    """The world is as this document says; what is at work in the background ends."""
    sandbox.tasks.cancel_all()
    sandbox.world.document = document
    sandbox.world.changed()
