"""What the user gives for a template's parameters, and what the template sees of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ecluse.arm.expressions import Raw
from ecluse.arm.parameters import Parameter, declared
from ecluse.errors import Code, Refused, Where
from ecluse.jsontree import ABSENT, Missing, Secret, VaultSecret
from ecluse.sources.parameters import ParameterInputs, read_inputs
from ecluse.sources.values import Resolved, resolve

VAULT = {"keyVault": {"id": "/subscriptions/x/vaults/kv"}, "secretName": "sql"}


def parameter_file(folder: Path, values: Mapping[str, Any], name: str = "p.json") -> Path:
    path = folder / name
    path.write_text(json.dumps({"parameters": {key: {"value": value} for key, value in values.items()}}, indent=1))
    return path


def see(type_: str, inputs: ParameterInputs, default: Any = ABSENT, **limits: Any) -> Any:
    """What a template with one parameter `x` sees."""
    value = seen(type_, inputs, default, **limits).values["x"]
    return value.finish(value.tree) if isinstance(value, Raw) else value


def seen(type_: str, inputs: ParameterInputs, default: Any = ABSENT, **limits: Any) -> Resolved:
    return resolve({"x": Parameter("X", type_, default, limits)}, inputs, {})


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("string", "7", "7"),
        ("string", "", ""),
        ("string", "[parameters('y')]", "[parameters('y')]"),
        ("string", "@pipeline().x", "@pipeline().x"),
        ("int", " -7 ", -7),
        ("bool", "TRUE", True),
        ("array", '["a", 1]', ["a", 1]),
        ("object", '{"a": {}}', {"a": {}}),
    ],
)
def test_a_set_is_typed_by_what_the_template_declares(type_: str, text: str, value: Any) -> None:
    result = see(type_, read_inputs(sets=[("x", text)]))
    assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize(
    ("type_", "text", "code"),
    [
        ("int", "seven", Code.PARAMETER_TYPE),
        ("int", "1.5", Code.PARAMETER_TYPE),
        ("bool", "yes", Code.PARAMETER_TYPE),
        ("array", "[1", Code.JSON_INVALID),
        ("array", '{"a": 1}', Code.PARAMETER_TYPE),
        ("object", "[]", Code.PARAMETER_TYPE),
        ("securestring", "hunter2", Code.PARAMETER_LITERAL_SECRET),
        ("secureobject", '{"a": "hunter2"}', Code.PARAMETER_LITERAL_SECRET),
    ],
)
def test_a_set_of_the_wrong_type_is_refused(type_: str, text: str, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        see(type_, read_inputs(sets=[("x", text)]))
    (problem,) = refused.value.problems
    assert problem.code is code
    assert "hunter2" not in str(refused.value)
    assert problem.remedy


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("string", 1),
        ("string", None),
        ("string", ["a"]),
        ("int", "1"),
        ("int", True),
        ("int", 1.0),
        ("bool", 0),
        ("array", {}),
        ("object", []),
        ("securestring", 5),
        ("secureobject", "text"),
        ("secureobject", {"a": {"pin": 1234}}),
    ],
)
def test_a_file_value_of_the_wrong_type_is_refused(tmp_path: Path, type_: str, value: Any) -> None:
    with pytest.raises(Refused) as refused:
        see(type_, read_inputs([parameter_file(tmp_path, {"x": value})]))
    (problem,) = refused.value.problems
    assert problem.code is Code.PARAMETER_TYPE
    assert "p.json:3" in problem.message


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        ("abc", {"maxLength": 2}),
        ("abc", {"minLength": 4}),
        (5, {"maxValue": 4}),
        (5, {"minValue": 6}),
        ("abc", {"allowedValues": ["abd"]}),
        (["a", "b"], {"allowedValues": ["a"]}),
    ],
)
def test_a_value_beyond_the_templates_limits_is_refused(tmp_path: Path, value: Any, limits: dict[str, Any]) -> None:
    type_ = {str: "string", int: "int", list: "array"}[type(value)]
    with pytest.raises(Refused):
        see(type_, read_inputs([parameter_file(tmp_path, {"x": value})]), **limits)


def test_set_wins_over_later_files_over_earlier_files_over_the_default(tmp_path: Path) -> None:
    files = [parameter_file(tmp_path, {"X": "one"}, "1.json"), parameter_file(tmp_path, {"x": "two"}, "2.json")]
    assert see("string", read_inputs(), "default") == "default"
    assert see("string", read_inputs(files[:1]), "default") == "one"
    assert see("string", read_inputs(files), "default") == "two"
    assert see("string", read_inputs(files, [("x", "a"), ("X", "b")]), "default") == "b"


@pytest.mark.parametrize(("type_", "secure"), [("string", False), ("securestring", True), ("array", False)])
def test_a_parameter_without_a_value_is_missing_and_says_its_name(type_: str, secure: bool) -> None:
    value = see(type_, read_inputs())
    assert isinstance(value, Missing)
    assert (value.parameter, value.secure) == ("X", secure)


@pytest.mark.parametrize("default", [ABSENT, ""])
def test_an_empty_secret_is_no_value(tmp_path: Path, default: Any) -> None:
    inputs = read_inputs([parameter_file(tmp_path, {"x": ""})], [("x", "@env:EMPTY")], {"EMPTY": ""})
    assert isinstance(see("securestring", inputs, default), Missing)
    assert see("securestring", inputs, "kept") == "kept"
    assert see("string", inputs, "other") == ""


@pytest.mark.parametrize("mask", ["**********", "***REMOVED***"])
def test_the_mask_of_a_secret_is_no_value_and_that_is_said(tmp_path: Path, mask: str) -> None:
    inputs = read_inputs([parameter_file(tmp_path, {"x": mask})], [("X", "@env:MASK")], {"MASK": mask})
    assert isinstance(see("securestring", inputs, mask), Missing)
    assert see("securestring", inputs, "kept") == "kept"
    assert see("string", inputs, "other") == mask
    told = seen("securestring", inputs).notices
    assert [(notice.warning, notice.where and notice.where.line) for notice in told] == [(True, 3), (True, None)]
    assert all("it counts as none" in notice.message for notice in told)


def test_missing_secrets_are_filled_on_request_and_nothing_else_is() -> None:
    inputs = read_inputs(fill_missing_secrets=True)
    filled = see("securestring", inputs)
    assert isinstance(filled, Secret)
    assert filled == "placeholder-X"
    assert see("securestring", inputs, "") == "placeholder-X"
    assert isinstance(see("string", inputs), Missing)


def test_what_a_placeholder_stands_for_is_said() -> None:
    section = {
        "a": {"type": "securestring"},
        "b": {"type": "securestring", "defaultValue": ""},
        "given": {"type": "securestring", "defaultValue": "kept"},
        "plain": {"type": "string"},
    }
    known = declared(section, Where)
    (notice,) = resolve(known, read_inputs(fill_missing_secrets=True), {}).notices
    assert notice.message == "placeholders stand for 2 secret(s) without value: a, b"
    assert resolve(known, read_inputs(), {}).notices == ()


def test_every_text_of_a_secure_value_is_a_secret(tmp_path: Path) -> None:
    value = see("secureobject", read_inputs([parameter_file(tmp_path, {"x": {"a": ["s1"], "b": {"c": "s2"}}})]))
    assert isinstance(value["a"][0], Secret)
    assert isinstance(value["b"]["c"], Secret)
    assert isinstance(see("securestring", read_inputs(), "from the default"), Secret)


def test_secrets_come_from_variables_and_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("line one\nline two\r\n")
    inputs = read_inputs(sets=[("x", "@file:secret.txt")], folder=tmp_path)
    assert see("securestring", inputs) == "line one\nline two"
    assert isinstance(see("securestring", inputs), Secret)
    inputs = read_inputs(sets=[("x", "@env:SQL_PASSWORD")], environ={"SQL_PASSWORD": "hunter2"})
    assert isinstance(see("securestring", inputs), Secret)
    assert isinstance(see("string", inputs), Secret)
    assert "hunter2" not in repr(inputs)
    url = see("string", read_inputs(sets=[("x", "@env:BASE_URL")], environ={"BASE_URL": "https://x"}))
    assert not isinstance(url, Secret)


def test_what_cannot_be_read_is_told_together(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"parameters": {"x": 5}}')
    template = tmp_path / "template.json"
    template.write_text('{"parameters": {}, "resources": []}')
    with pytest.raises(Refused) as refused:
        read_inputs(
            [broken, template, tmp_path / "none.json"], [("x", "@env:NOT_THERE"), ("x", "@file:nowhere/none")], {}
        )
    assert [problem.code for problem in refused.value.problems] == [
        Code.PARAMETER_TYPE,
        Code.SOURCE_NOT_A_FACTORY,
        Code.SOURCE_MISSING,
        Code.OPTION_VALUE,
        Code.SOURCE_MISSING,
    ]


def test_a_key_vault_reference_is_passed_on(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"parameters": {"x": {"reference": VAULT}}}))
    value = see("securestring", read_inputs([path]))
    assert isinstance(value, VaultSecret)
    assert value.reference == VAULT
    with pytest.raises(Refused, match="Key Vault reference"):
        see("string", read_inputs([path]))


@pytest.mark.parametrize(
    ("filed", "default", "expression", "warned"),
    [
        ("[[C],[T]", "[[C],[T]", True, False),  # ADF writes the template's escaped text to the file, too
        ("[[other]", "[[C],[T]", False, True),
        ("[parameters('y')]", "x", False, False),
        ("[concat('a')]", "[concat('a')]", True, False),
    ],
)
def test_a_file_value_is_no_expression_unless_it_is_the_default(
    tmp_path: Path, filed: str, default: str, expression: bool, warned: bool
) -> None:
    resolved = seen("string", read_inputs([parameter_file(tmp_path, {"x": filed})]), default)
    value = resolved.values["x"]
    assert isinstance(value, Raw) is expression
    assert (value.tree if isinstance(value, Raw) else value) == filed
    assert bool(resolved.notices) is warned


def test_an_unknown_parameter_is_a_warning_in_a_file_and_an_error_in_a_set(tmp_path: Path) -> None:
    resolved = seen("string", read_inputs([parameter_file(tmp_path, {"x": "1", "y": "2"})]))
    (notice,) = resolved.notices
    assert notice.code is Code.PARAMETER_UNKNOWN
    assert str(notice.where).endswith("p.json:6")
    with pytest.raises(Refused) as refused:
        resolve({"url": Parameter("Url", "string")}, read_inputs(sets=[("urll", "x")]), {})
    assert "'Url'" in refused.value.problems[0].remedy


def test_what_follows_the_target_wins_and_a_set_may_not_contradict_it(tmp_path: Path) -> None:
    declared = {"factoryname": Parameter("factoryName", "string", "dev")}
    follow = {"factoryname": "uat"}
    inputs = read_inputs([parameter_file(tmp_path, {"factoryName": "dev"})], [("FactoryName", "UAT")])
    assert resolve(declared, inputs, follow).values == {"factoryname": "uat"}
    with pytest.raises(Refused, match="follows"):
        resolve(declared, read_inputs(sets=[("factoryName", "prod")]), follow)
