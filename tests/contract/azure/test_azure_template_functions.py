"""Our table of template functions is Microsoft's: each name with its case and arity, evaluated or left to Azure."""

import json

import pytest

from ecluse.arm.functions import FUNCTIONS
from ecluse.arm.functions.service import SERVICE
from tests.ecluse_command import SHARED

METADATA = SHARED / "azure-spec" / "arm-ExpressionMetadata.json"


@pytest.mark.skipif(not METADATA.is_file(), reason="no shared data")
def test_every_function_of_microsofts_table_is_known_with_its_arity() -> None:
    theirs = {
        each["name"]: (each["minimumArguments"], each["maximumArguments"])
        for each in json.loads(METADATA.read_text(encoding="utf-8"))["functionSignatures"]
    }
    ours = {row.name: (row.least, row.most) for row in FUNCTIONS.values()}
    azures = {name: (least, most) for name, least, most in SERVICE.values()}
    assert not ours.keys() & azures.keys()
    assert {**ours, **azures} == theirs
