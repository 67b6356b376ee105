"""Azure errors turned into problems: every exception of the SDK leaves this edge as an `AzureFailed`.

The tree below hangs under `ecluse.errors.Failed`; who reads before the first write raises `Refused` with its problems.

    AzureFailed      Azure, or the way to it, refused or failed; `faults` hold what it said, for who must decide
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from ecluse.azure.addresses import object_of
from ecluse.azure.faults import Fault, redact, unwrap
from ecluse.azure.remedies import remedy
from ecluse.errors import Code, Failed, Problem
from ecluse.model.secrets import redactor

CORRELATION = "x-ms-correlation-request-id"


class AzureFailed(Failed):
    """Azure refused or failed, after all the retries that are safe."""

    def __init__(self, problems: Iterable[Problem], faults: Iterable[Fault]) -> None:
        super().__init__(problems)
        self.faults = tuple(faults)

    @property
    def unsure(self) -> bool:
        """Whether the work may have been done all the same."""
        return any(fault.unsure for fault in self.faults)

    def has(self, *codes: str) -> bool:
        """Whether Azure named one of these codes."""
        wanted = {code.casefold() for code in codes}
        return any(fault.code.casefold() in wanted for fault in self.faults)

    def status(self, *statuses: int) -> bool:
        """Whether the answer had one of these HTTP statuses."""
        return any(fault.status in statuses for fault in self.faults)

    def says(self, *parts: str) -> bool:
        """Whether a message contains one of these texts, in any case."""
        return any(part.casefold() in fault.message.casefold() for fault in self.faults for part in parts)


@dataclass(frozen=True, slots=True)
class Mapped:
    """How one class of SDK exception is told when no answer of Azure explains it."""

    code: Code
    remedy: str
    sent: bool = True  # False: the request surely never reached Azure


_ODD = Mapped(Code.AZURE_REFUSED, "Run again; if it stays, look for a proxy that changes the traffic.")
_AWAY = Mapped(
    Code.AZURE_UNREACHABLE,
    "Check the network, a proxy (HTTPS_PROXY), --cloud and, for a proxy that opens TLS, --ca-bundle.",
)  # in doubt all the same: azure-core tells a time-out amid an answer like a connection that could not be made
_CUT = Mapped(
    Code.AZURE_UNREACHABLE, "The connection broke in the middle: run again; what is done already is not redone."
)
_SIGN_IN = Mapped(
    Code.CREDENTIAL, "Sign in (az login), or choose how with --credential; check --cloud and --authority.", sent=False
)
_BUG = Mapped(Code.AZURE_REFUSED, "This is a defect of Ecluse: please report it with this message.")

EXCEPTIONS: Mapping[str, Mapped] = MappingProxyType(
    {
        "AzureError": _ODD,
        "ServiceRequestError": _AWAY,
        "ServiceRequestTimeoutError": _AWAY,
        "ServiceResponseError": _CUT,
        "ServiceResponseTimeoutError": _CUT,
        "HttpResponseError": _ODD,
        "DecodeError": _ODD,
        "IncompleteReadError": _CUT,
        "ResourceExistsError": _ODD,
        "ResourceNotFoundError": _ODD,
        "ClientAuthenticationError": _SIGN_IN,
        "CredentialUnavailableError": _SIGN_IN,
        "AuthenticationRequiredError": _SIGN_IN,
        "ResourceModifiedError": _ODD,
        "ResourceNotModifiedError": _ODD,
        "TooManyRedirectsError": _ODD,
        "ODataV4Error": _ODD,
        "StreamConsumedError": _BUG,
        "StreamClosedError": _BUG,
        "ResponseNotReadError": _BUG,
        "SerializationError": _BUG,
        "DeserializationError": _ODD,
    },
)
"""Every class of azure.core.exceptions (and azure-identity's own) by name; a test fails when the SDK gains one."""


def problem(fault: Fault, subject: str = "") -> Problem:
    """A fault as a problem: the object, the code, what Azure said, what to do, the correlation id."""
    code, text = remedy(fault)
    at = object_of(fault.target)
    trail = f" [correlation id {fault.correlation}]" if fault.correlation else ""
    what = f"{fault.code}: {fault.message}" if fault.message else fault.code
    return Problem(code, f"{what}{trail}", text, subject=str(at) if at else subject)


def failed(faults: Iterable[Fault], subject: str = "") -> AzureFailed:
    """The error for faults that Azure told in an answer."""
    known = tuple(faults)
    return AzureFailed((problem(fault, subject) for fault in known), known)


def from_answer(status: int, text: str, headers: Mapping[str, str], subject: str = "") -> AzureFailed:
    """The error for an HTTP answer that is none of those we wanted."""
    return failed(_of_answer(status, text, headers), subject)


def from_exception(error: Exception, subject: str = "") -> AzureFailed:
    """The error for an exception of the SDK; a failed long-running operation comes as one with status 200."""
    response: Any = getattr(error, "response", None)
    row = _AWAY if _unreachable(error) else _row(type(error))
    if response is not None and row.code is not Code.CREDENTIAL:
        return from_answer(response.status_code, response.text(), response.headers, subject)
    faults = _of_answer(response.status_code, response.text(), response.headers) if response is not None else ()
    said = redact(str(getattr(error, "message", "") or error))
    fault = faults[0] if faults and faults[0].message else Fault(type(error).__name__, said, sent=row.sent)
    return AzureFailed([_told(row, fault, each, subject) for each in _attempts(said)], [fault])


def _attempts(said: str) -> list[str]:
    """A failed sign-in as azure-identity tells it: its first line, then one text per credential that was tried."""
    first, attempted, rest = said.partition("\nAttempted credentials:")
    tried = [line.strip() for line in rest.splitlines() if line.startswith("\t")]
    return [first, *(f"tried {each}" for each in tried)] if attempted else [said]


def _told(row: Mapped, fault: Fault, said: str, subject: str) -> Problem:
    """The remedy of a known code beats the one of the exception's class."""
    known = remedy(fault)[1] if remedy(fault)[0] is row.code else row.remedy
    return Problem(row.code, said, known, subject=subject)


@contextmanager
def translated(subject: str = "") -> Iterator[None]:
    """Around calls of the SDK: whatever it raises leaves as `AzureFailed`."""
    from azure.core.exceptions import AzureError, DeserializationError, SerializationError  # noqa: PLC0415  # heavy

    try:
        yield
    except (AzureError, SerializationError, DeserializationError) as error:
        raise from_exception(error, subject) from error


def masked(problems: Iterable[Problem], secrets: Iterable[str]) -> tuple[Problem, ...]:
    """The problems without any of these texts, however Azure spells them."""
    blot_out = redactor(secrets)
    return tuple(replace(each, message=blot_out(each.message)) for each in problems)


def _unreachable(error: BaseException | None) -> bool:
    """Whether the network is the cause; azure-identity tells it as a failed sign-in."""
    while error is not None:
        if type(error).__name__ in {"ServiceRequestError", "ServiceRequestTimeoutError"}:
            return True
        error = error.__cause__
    return False


def _row(kind: type[BaseException]) -> Mapped:
    return next((EXCEPTIONS[each.__name__] for each in kind.__mro__ if each.__name__ in EXCEPTIONS), _ODD)


def _of_answer(status: int, text: str, headers: Mapping[str, str]) -> tuple[Fault, ...]:
    try:
        body = json.loads(text) if text else None
    except ValueError:  # a gateway's HTML, a proxy's page
        body = None
    correlation = headers.get(CORRELATION, "")
    found = unwrap(body) or (Fault(f"HTTP {status}", "an answer that doesn't explain itself"),)
    return tuple(replace(fault, status=status, correlation=correlation) for fault in found)
