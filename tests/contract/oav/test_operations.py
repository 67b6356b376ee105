"""Our own table of operations against Microsoft's descriptions, where these are at hand."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from ecluse.azure import versions
from tests.contract.oav import judging
from tests.contract.oav.operations import LISTED, OPERATIONS, Operation

UNDESCRIBED = {"/subscriptions/{}/providers/{}": "providers", "/subscriptions/{}/resourceGroups/{}": "groups"}


def described(row: Operation) -> Mapping[str, Any] | None:
    """The description's operation for a row."""
    for file in sorted(judging.SPECIFICATION.rglob("stable/*/*.json")):
        paths = json.loads(file.read_text(encoding="utf-8-sig")).get("paths", {})
        for path, methods in paths.items():
            if row.method.lower() in methods and plain(path) == plain(row.address):
                found: Mapping[str, Any] = methods[row.method.lower()]
                return found
    return None


def plain(path: str) -> str:
    """A path as comparison needs it: a network is `default` in our calls, a name in the description."""
    return re.sub(r"\{\w*\}", "{}", path).rstrip("/").lower()


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: f"{row.method} {row.address}")
def test_what_we_call_is_described_with_the_statuses_that_we_allow(row: Operation) -> None:
    if not judging.SPECIFICATION.is_dir():
        pytest.skip(judging.NO_DATA)
    operation = described(row)
    if operation is None:
        assert row.address in UNDESCRIBED
        return
    allowed = {int(status) for status in operation["responses"] if status.isdigit()}

    assert set(row.keys) <= allowed
    for status, keys in row.keys.items():
        assert bool(keys) <= ("schema" in operation["responses"][str(status)])
        assert all(key == "value" or key.startswith(LISTED) for key in keys) or "value" not in keys


def test_the_judge_reads_the_versions_that_we_speak() -> None:
    manager = re.search(r'MANAGER = "([\d-]+)"', (judging.HERE / "check.mjs").read_text(encoding="utf-8"))

    assert manager is not None
    assert manager[1] == versions.API_VERSIONS["deployments"]
