"""The one predicate what a secret is."""

import base64
import html
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from ecluse.jsontree import Missing, Secret, VaultSecret
from ecluse.model.secrets import (
    carries_secret,
    is_secret,
    mask,
    redact,
    secret_looking,
    secrets_of,
    taint,
    without_secret_parts,
)

EXPRESSION = {"value": "x", "type": "Expression"}
SECURE = {"type": "SecureString", "value": "x"}


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "SQL_PASSWORD",
        "sqlPassword",
        "password2",
        "accountKey",
        "AccountKey",
        "secretAccessKey",
        "clientSecret",
        "servicePrincipalKey",
        "apiKey",
        "sasToken",
        "sasUri",
        "accessToken",
        "DatabricksToken",
        "x-functions-key",
        "Authorization",
        "pwd",
    ],
)
def test_a_name_that_ends_in_a_secret_looks_secret(name: str) -> None:
    assert secret_looking(name)


@pytest.mark.parametrize(
    "name",
    [
        "secretName",
        "secretVersion",
        "SecretVersion_TenantId",
        "passwordSecretName",
        "accessKeyId",
        "tokenEndpoint",
        "continuationToken",
        "key",
        "partitionKey",
        "primaryKey",
        "authenticationType",
        "authorizationType",
        "encryptedCredential",
        "userName",
        "url",
    ],
)
def test_a_name_that_mentions_a_secret_does_not(name: str) -> None:
    assert not secret_looking(name)


@pytest.mark.parametrize(
    ("path", "value", "parent"),
    [
        (("a",), Secret("x"), None),
        (("a",), VaultSecret({}), None),
        (("a",), Missing("p", secure=True), None),
        (("a", "value"), "x", SECURE),
        (("a", "defaultValue"), "x", {"type": "securestring", "defaultValue": "x"}),
        (("typeProperties", "password"), "x", None),
        (("parameters", "password", "defaultValue"), "x", {"type": "string"}),
        (("headers", "Authorization"), "Bearer x", None),
        (("connectionString",), "Server=a;Password=b", None),
        (("connectionString",), "AccountName=a;AccountKey=b==", None),
        (("url",), "https://x/?sv=1&sig=abc", None),
        (("url",), "https://etl:hunter2@x.example/", None),
        (("connectionString",), "mongodb+srv://etl:hunter2@x.example/db?retryWrites=true", None),
        (("connectionString",), "redis://:hunter2@x.example:6379", None),
    ],
)
def test_a_secret_is_known_by_taint_node_key_or_text(path: tuple[str, ...], value: Any, parent: Any) -> None:
    assert is_secret(path, value, parent)


@pytest.mark.parametrize(
    ("path", "value", "parent"),
    [
        (("password",), "", None),
        (("password",), 5, None),
        (("password",), None, None),
        (("password",), "@linkedService().password", None),
        (("password",), "@{linkedService().password}", None),
        (("password", "value"), "x", EXPRESSION),
        (("password", "secretName"), "x", {"type": "AzureKeyVaultSecret"}),
        (("password", "type"), "SecureString", SECURE),
        (("connectionString",), "Server=a;User ID=b;Password=;", None),
        (("connectionString",), "Server=a;Password=@{linkedService().p}", None),
        (("encryptedCredential",), "abc", None),
        (("url",), "https://x.example:8443/users/me@x.example", None),
        (("url",), "https://etl@x.example/", None),
        (("url",), "https://x.example:80@{linkedService().path}", None),
        (("connectionString",), "mongodb://etl:@{linkedService().password}@x.example/", None),
        (("query",), "select Password=1", None),
        (("a",), Missing("p", secure=False), None),
    ],
)
def test_what_is_only_about_a_secret_is_none(path: tuple[str, ...], value: Any, parent: Any) -> None:
    assert not is_secret(path, value, parent)


def test_a_masked_tree_shows_no_secret_and_is_a_copy() -> None:
    tree = {"password": "hunter2", "list": [Secret("hunter3"), 1], "n": {"type": "SecureString", "value": "hunter4"}}
    assert mask(tree) == {"password": "***", "list": ["***", 1], "n": {"type": "SecureString", "value": "***"}}
    assert tree["password"] == "hunter2"
    assert sorted(secrets_of(tree)) == ["hunter2", "hunter3", "hunter4"]


def test_a_tainted_tree_is_equal_and_stays_secret_at_any_path() -> None:
    tree = {"password": "hunter2", "url": "x"}
    tainted = taint(tree)
    assert tainted == tree
    assert is_secret(("elsewhere",), tainted["password"])
    assert not is_secret(("elsewhere",), tainted["url"])


MULTILINE = '-----BEGIN KEY-----\ncanary+line/one"é\ncanary+line/two\n-----END KEY-----'


@pytest.mark.parametrize(
    "spelled",
    [
        str,
        json.dumps,
        lambda text: json.dumps(json.dumps(text)),
        lambda text: quote(text, safe=""),
        quote_plus,
        lambda text: re.sub("%..", lambda found: found[0].lower(), quote(text, safe="")),
        html.escape,
        lambda text: base64.b64encode(text.encode()).decode(),
    ],
)
@pytest.mark.parametrize("secret", [MULTILINE, "canary+li/ne"])
def test_redaction_knows_the_spellings_in_which_a_secret_comes_back(spelled: Callable[[str], str], secret: str) -> None:
    clean = redact(f"Azure said <{spelled(secret)}>", [secret])
    assert spelled(secret) not in clean
    assert "canary" not in clean


def test_redaction_finds_single_lines_of_a_secret_and_one_that_is_cut_off() -> None:
    assert "canary" not in redact('here: canary+line/one"é, no more', [MULTILINE])
    assert redact("a long text canary+li… and more", ["canary+line"]) == "a long text ***… and more"
    assert redact("nothing secret… here", ["canary+line"]) == "nothing secret… here"
    assert redact("bytes \udcff that are no text", ["\udcff that"]) == "bytes *** are no text"


def test_redaction_takes_the_longest_first_and_knows_other_spellings() -> None:
    text = 'a hunter2long b hunter2 c q\\"q%zz d q%22q%25zz'
    assert redact(text, ["hunter2", "hunter2long", 'q"q%zz', "", "a"]) == "a *** b *** c *** d ***"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Server=a;Password=b;User ID=c", "Server=a;User ID=c"),
        ('Server=a;Password="b;c";User ID=d', "Server=a;User ID=d"),
        ("AccountName=a;AccountKey=b&c==;EndpointSuffix=d", "AccountName=a;EndpointSuffix=d"),
        ("pwd = x; Server=a", " Server=a"),
        ("Server=a", "Server=a"),
        ("mongodb://etl:hunter2@x.example/db", "mongodb://@x.example/db"),
    ],
)
def test_a_connection_string_without_its_secrets(text: str, kept: str) -> None:
    assert without_secret_parts(text) == kept
    assert not carries_secret(without_secret_parts(text))
