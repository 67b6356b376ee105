"""Base64, data URIs and URIs. Behaviours: Azure docs, string functions for ARM templates."""

import base64
import binascii
import re
from urllib.parse import quote, unquote, urljoin, urlsplit

from ecluse.arm.functions.function import CallError, Function, Scope, a_text, bounded_text
from ecluse.arm.functions.jsontext import parsed
from ecluse.jsontree import Json

_PORTS = {"http": 80, "https": 443}
_PLAIN = re.compile(r"[A-Za-z0-9\-._~:/?#@!$&'()*+,;=]*")
"""Characters of an address that .NET spells as they are; others it escapes here and unescapes there."""

_DATA_URI = re.compile(r"data:[^,]*,", re.IGNORECASE)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode(errors="surrogatepass")).decode()


def _decoded(text: str, function: str) -> str:
    try:
        return base64.b64decode(re.sub(r"\s", "", text), validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        raise CallError(f"{function} can't read its text as base64") from None


def _base64(_scope: Scope, text: Json) -> str:
    return _encoded(a_text(text, "base64"))


def _base64_to_string(_scope: Scope, text: Json) -> str:
    return _decoded(a_text(text, "base64ToString"), "base64ToString")


def _base64_to_json(_scope: Scope, text: Json) -> Json:
    return parsed(_decoded(a_text(text, "base64ToJson"), "base64ToJson"), "base64ToJson")


def _data_uri(_scope: Scope, text: Json) -> str:
    return f"data:text/plain;charset=utf8;base64,{_encoded(a_text(text, 'dataUri'))}"


def _data_uri_to_string(_scope: Scope, text: Json) -> str:
    of = a_text(text, "dataUriToString")
    head = _DATA_URI.match(of)
    if head is None:
        raise CallError("dataUriToString takes a text that begins with data:")
    rest = of[head.end() :]
    return _decoded(rest, "dataUriToString") if head[0].casefold().endswith(";base64,") else unquote(rest)


def _uri(_scope: Scope, base: Json, relative: Json) -> str:
    start, end = a_text(base, "uri"), a_text(relative, "uri")
    bounded_text(len(start) + len(end), "uri")
    if not _PLAIN.fullmatch(start + end):
        raise CallError("uri takes addresses without spaces, escapes (%20) and other letters than ASCII's only")
    try:
        made = urlsplit(urljoin(start, end))
        absolute, port = urlsplit(start), made.port
    except ValueError:
        raise CallError("uri can't read its texts as addresses") from None
    if absolute.scheme.casefold() not in _PORTS or not absolute.netloc or "@" in made.netloc or not made.hostname:
        raise CallError("uri takes a first text that begins with https:// or http:// and a host")
    host = made.hostname if port in (None, _PORTS.get(made.scheme)) else f"{made.hostname}:{port}"
    return made._replace(netloc=host, path=made.path or "/").geturl()


def _uri_component(_scope: Scope, text: Json) -> str:
    of = a_text(text, "uriComponent")
    return quote(of.encode(errors="surrogatepass"), safe="")


def _uri_component_to_string(_scope: Scope, text: Json) -> str:
    return unquote(a_text(text, "uriComponentToString"))


ROWS = (
    Function("base64", 1, 1, _base64),
    Function("base64ToJson", 1, 1, _base64_to_json),
    Function("base64ToString", 1, 1, _base64_to_string),
    Function("dataUri", 1, 1, _data_uri),
    Function("dataUriToString", 1, 1, _data_uri_to_string),
    Function("uri", 2, 2, _uri),
    Function("uriComponent", 1, 1, _uri_component),
    Function("uriComponentToString", 1, 1, _uri_component_to_string),
)
