"""Which handler answers which address; addresses match as Resource Manager's do, without regard to case."""

import re
import unicodedata
import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass

from ecluse_sandbox import refusals
from ecluse_sandbox.answers import Refusal
from ecluse_sandbox.sandbox import Handler

_LONGEST_PATH = 4096
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-[a-z]+)?")


@dataclass(frozen=True, slots=True)
class Api:
    """A provider's versions; `namespace` is empty for Resource Manager itself."""

    namespace: str
    versions: tuple[str, ...]

    def check(self, version: str | None) -> None:
        """Raise Azure's refusal unless the api-version is one of this API."""
        if not version:
            raise refusals.missing_api_version()
        if version.lower() in self.versions:
            return
        if self.namespace and _VERSION.fullmatch(version.lower()):
            raise refusals.invalid_resource_type(self.namespace, version)
        raise refusals.invalid_api_version(version[:100], self.versions)


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a pattern such as `/subscriptions/{subscription}`; `api` None: no version, no token."""

    method: str
    pattern: str
    handler: Handler
    api: Api | None = None

    def place(self, segments: list[str]) -> dict[str, str] | None:
        """The named segments, or None where the pattern does not match."""
        parts = self.pattern.strip("/").split("/")
        if len(parts) != len(segments):
            return None
        place = {}
        for part, segment in zip(parts, segments, strict=True):
            if part.startswith("{"):
                place[part[1:-1]] = segment
            elif part.lower() != segment.lower():
                return None
        return place


class Router:
    """All routes, looked up by the number of segments first."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_length: dict[int, list[Route]] = {}
        for route in routes:
            self._by_length.setdefault(route.pattern.strip("/").count("/") + 1, []).append(route)

    def find(self, method: str, segments: list[str], version: str) -> tuple[Route, dict[str, str]]:
        """The route and its named segments; raises Azure's refusal where there is none."""
        known = False
        for route in self._by_length.get(len(segments), []):
            place = route.place(segments)
            if place is None:
                continue
            if route.method == method:
                return route, place
            known = True
        if known:
            raise refusals.method_not_allowed(method)
        raise _unknown(segments, version)


def _unknown(segments: list[str], version: str) -> Refusal:
    lowered = [segment.lower() for segment in segments]
    if "providers" in lowered[:-1]:
        namespace = segments[lowered.index("providers") + 1][:100]
        return refusals.invalid_resource_type(namespace, version[:100])
    return refusals.resource_not_found("/".join(segments)[:200], "")


def split(raw_path: bytes) -> list[str]:
    """The decoded segments of a request's path; raises a refusal for path tricks."""
    text = raw_path.split(b"?")[0].decode("latin-1")
    if len(text) > _LONGEST_PATH:
        raise refusals.bad_address()
    segments = [urllib.parse.unquote(part) for part in text.strip("/").split("/")]
    for segment in segments:
        if segment in {"", ".", ".."} or any(mark in segment for mark in "/\\\0"):
            raise refusals.bad_address()
        if "\ufffd" in segment or not all(map(_is_shown, segment)):
            raise refusals.bad_address()
    return segments


def _is_shown(character: str) -> bool:
    """Names hold spaces of every sort: triggers of real repositories have no-break ones."""
    return character.isprintable() or unicodedata.category(character) == "Zs"
