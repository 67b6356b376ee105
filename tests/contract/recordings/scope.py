"""What of the recordings the sandbox is held against, and why not the rest: one row per reason."""

import json
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from tests.contract.recordings.recorded import Interaction, Session

FACTORY = "factories and their repositories"
OBJECTS = "objects of a factory"
TRIGGER = "actions on triggers"
RUNTIME = "actions on integration runtimes"
DEPLOYMENT = "deployments with an inline template"

_DF = r"/resourcegroups/[^/]+/providers/microsoft\.datafactory/factories"
_ONE = rf"{_DF}/[^/]+"
_KINDS = (
    "pipelines|datasets|linkedservices|dataflows|triggers|integrationruntimes|credentials|managedvirtualnetworks"
    "|globalparameters|adfcdcs|managedvirtualnetworks/[^/]+/managedprivateendpoints"
)
_DEPLOYMENTS = r"/resourcegroups/[^/]+(?:/providers/microsoft\.resources)?/deployments(?:/.*)?"

IN_SCOPE: Mapping[str, str] = MappingProxyType(
    {
        FACTORY: rf"{_DF}(?:/[^/]+)?|/providers/microsoft\.datafactory/locations/[^/]+/configurefactoryrepo",
        OBJECTS: rf"{_ONE}/(?:{_KINDS})(?:/[^/]+)?",
        TRIGGER: rf"{_ONE}/triggers/[^/]+/(?:start|stop|subscribetoevents|unsubscribefromevents"
        r"|geteventsubscriptionstatus)",
        RUNTIME: rf"{_ONE}/integrationruntimes/[^/]+/(?:getstatus|synccredentials|monitoringdata|removelinks"
        r"|listauthkeys|regenerateauthkey|(?:start|stop)(?:/operation(?:statuses|results)/[^/]+)?)",
        DEPLOYMENT: rf"{_DEPLOYMENTS}|/operationresults/[^/]+",
    }
)
"""The path below the subscription, in lower case, of everything that is compared unless a reason below takes it out."""

REPEATED = "a poll's earlier answers: polls count as one"
ELSEWHERE = "a download from another host"
ARM = "Resource Manager's own: locations, resource groups, registration of providers"
FOREIGN = "calls of another provider"
RUNS = "runs of pipelines and triggers: the sandbox runs nothing"
DATA_PLANE = "a token for the data plane (getDataPlaneAccess)"
LINKED = "a linked template, and the deployment made of it: the sandbox downloads nothing"
WHAT_IF = "what-if"

REASONS: Mapping[str, str] = MappingProxyType(
    {
        ARM: r"/locations|/providers/microsoft\.datafactory(?:/register)?|/resourcegroups/[^/]+",
        FOREIGN: r".*/providers/microsoft\.network/.*",
        RUNS: rf"{_ONE}/(?:.*/createrun|pipelineruns/.*|query\w+runs|triggers/[^/]+/triggerruns/.*)",
        DATA_PLANE: rf"{_ONE}/getdataplaneaccess",
        WHAT_IF: rf"{_DEPLOYMENTS}/whatif",
    }
)

FINAL = frozenset({"Succeeded", "Failed", "Canceled"})


def classed(session: Session) -> list[str]:
    """For every interaction the class of `IN_SCOPE`, or the reason why it is out."""
    reasons = [_of_address(each) for each in session.interactions]
    out = _made_of_a_link(session)
    for number, each in enumerate(session.interactions):
        if reasons[number] == DEPLOYMENT and deployment_of(session, number) in out:
            reasons[number] = LINKED
        if each.below.startswith("/operationresults/"):
            reasons[number] = _of_result(session, reasons, each)
        if reasons[number] in IN_SCOPE and _polled_on(session.interactions[number:]):
            reasons[number] = REPEATED
    return reasons


def _of_address(each: Interaction) -> str:
    if not each.below:
        return ELSEWHERE
    for table in (REASONS, IN_SCOPE):
        for reason, pattern in table.items():
            if re.fullmatch(pattern, each.below):
                return reason
    raise AssertionError(f"{each.place}: {each.method} {each.path} has no row in the table")


def _made_of_a_link(session: Session) -> set[str]:
    numbers = (n for n, each in enumerate(session.interactions) if b'"templateLink"' in each.body)
    return {deployment_of(session, number) for number in numbers}


def _of_result(session: Session, reasons: list[str], each: Interaction) -> str:
    """The result of a long operation is in scope where the call that began it is."""
    for begun, reason in zip(session.interactions, reasons, strict=True):
        if each.path in begun.answer.headers.get("location", ""):
            return reason
    raise AssertionError(f"{each.place}: nobody began this operation")


def deployment_of(session: Session, number: int) -> str:
    """The real name of the deployment that a request addresses; the recorder wrote `mock-deployment` for all.

    The answer names it; where it doesn't, the address of a polled operation does; else it is the last one named.
    """
    for each in reversed(session.interactions[: number + 1]):
        named = set(_named(each))
        if len(named) == 1:
            return named.pop()
    return ""


def _named(each: Interaction) -> Iterable[str]:
    if not re.fullmatch(_DEPLOYMENTS, each.below):
        return ()
    body = each.answer.body
    if isinstance(body, dict) and body.get("type") == "Microsoft.Resources/deployments":
        return (body["name"],)
    told = json.dumps([body, each.answer.headers])
    return re.findall(
        r"/resourcegroups/[^/]+/providers/Microsoft\.Resources/deployments/([^/\"]+)", told, re.IGNORECASE
    )


def _polled_on(rest: tuple[Interaction, ...]) -> bool:
    """Whether the same address is asked again, next, because the operation went on."""
    first, later = rest[0], rest[1:2]
    running = isinstance(first.answer.body, dict) and first.answer.body.get("status") not in {None, *FINAL}
    return first.method == "GET" and running and any(each.path == first.path for each in later)
