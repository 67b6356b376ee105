"""From what was given to settings: precedence, refusals, all problems at once."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse.errors import Problem, Refused
from ecluse.options import OPTIONS, SANDBOX_SUBSCRIPTION, Origin, Resolved, Type, resolve
from ecluse.options.rows import COMMAND_LINE_ONLY

ID = "11111111-2222-3333-4444-555555555555"
NEEDED = {"source": "adf_publish", "factory": "adf-uat", "resource_group": "rg", "subscription": ID}


def settled(cli: dict[str, Any] | None = None, environ: dict[str, str] | None = None, **toml: Any) -> Resolved:
    keys = {key.replace("_", "-"): value for key, value in toml.items()}
    return resolve("plan", {**NEEDED, **(cli or {})}, environ or {}, keys)


def refused(
    cli: dict[str, Any], environ: dict[str, str] | None = None, toml: dict[str, Any] | None = None
) -> list[Problem]:
    with pytest.raises(Refused) as caught:
        resolve("plan", cli, environ or {}, toml or {})
    return list(caught.value.problems)


def texts(problems: list[Problem]) -> str:
    return "\n".join(f"{problem} -> {problem.remedy}" for problem in problems)


@pytest.mark.parametrize(
    ("cli", "environ", "toml", "value", "origin"),
    [
        ("c", "e", "t", "c", Origin.COMMAND_LINE),
        (None, "e", "t", "e", Origin.ENVIRONMENT),
        (None, None, "t", "t", Origin.FILE),
        (None, "", "t", "t", Origin.FILE),
        (None, None, None, "", Origin.DEFAULT),
        ("c", None, "t", "c", Origin.COMMAND_LINE),
    ],
)
def test_the_command_line_wins_over_the_environment_over_the_file_over_the_default(
    cli: str | None, environ: str | None, toml: str | None, value: str, origin: Origin
) -> None:
    variables = {} if environ is None else {"ECLUSE_STAGE": environ}
    made = settled({"stage": cli}, variables, **({} if toml is None else {"stage": toml}))
    assert (made.settings.stage, made.origins["stage"]) == (value, origin)


ANYWHERE = [name for name, row in OPTIONS.items() if len(row.origins) == 3 and row.type in (Type.FLAG, Type.INT)]
PLACES = st.sets(st.sampled_from([Origin.COMMAND_LINE, Origin.ENVIRONMENT, Origin.FILE]))


@given(name=st.sampled_from(ANYWHERE), places=PLACES, data=st.data())
def test_whatever_is_given_where_the_first_place_in_order_decides(
    name: str, places: set[Origin], data: st.DataObject
) -> None:
    row = OPTIONS[name]
    values = st.booleans() if row.type is Type.FLAG else st.integers(row.minimum, 99)
    given_ = {place: data.draw(values) for place in places}
    cli: dict[str, Any] = {**NEEDED, "location": "westeurope", "sandbox": "d"}
    if Origin.COMMAND_LINE in places:
        value = given_[Origin.COMMAND_LINE]
        cli[name] = value if row.type is Type.FLAG else str(value)
    environ = {row.variable: str(given_[Origin.ENVIRONMENT])} if Origin.ENVIRONMENT in places else {}
    made = resolve("plan", cli, environ, {row.key: given_[Origin.FILE]} if Origin.FILE in places else {})
    first = next((origin for origin in Origin if origin in places), Origin.DEFAULT)
    assert made.origins[name] is first
    assert getattr(made.settings, name) == given_.get(first, row.default)


@pytest.mark.parametrize("name", [name for name, row in OPTIONS.items() if Origin.FILE not in row.origins])
def test_what_may_not_come_from_the_file_is_refused_there_whatever_its_value(name: str) -> None:
    told = texts(refused(NEEDED, toml={OPTIONS[name].key: "public"}))
    assert f"ecluse.toml  {OPTIONS[name].key}" in told
    assert "can't come from here" in told


@pytest.mark.parametrize("name", [name for name, row in OPTIONS.items() if Origin.ENVIRONMENT not in row.origins])
def test_what_may_not_come_from_the_environment_is_refused_there(name: str) -> None:
    told = texts(refused(NEEDED, {OPTIONS[name].variable: "1"}))
    assert f"{OPTIONS[name].variable}: can't come from here" in told


def test_only_the_sandbox_is_for_the_command_line_alone() -> None:
    assert [name for name, row in OPTIONS.items() if row.origins == COMMAND_LINE_ONLY] == ["sandbox"]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    problems = refused(
        {"factory": "a--b", "fill_missing_secrets": True, "create": True},
        {"ECLUSE_PARALLEL": "many"},
        {"trigger-stip": "active", "method": "fax", "max-deletes": True},
    )
    told = texts(problems)
    for part in (
        "--factory: 'a--b' can't be right",
        "ECLUSE_PARALLEL: must be a whole number, 1 or more",
        "trigger-stip: is no option -> Did you mean trigger-stop?",
        "method: 'fax' is no choice; choose one of: arm, rest",
        "max-deletes: must be a whole number",
        "--source: is required by plan",
        "--resource-group: is required by plan",
        "--subscription: is required by plan",
        "--fill-missing-secrets: puts placeholders",
        "--create: needs to know where",
    ):
        assert part in told
    assert len(problems) == 10


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("factory", "ab", "3 to 63"),
        ("factory", "adf_uat", "3 to 63"),
        ("factory", "-adf", "3 to 63"),
        ("resource_group", "rg.", "no full stop at the end"),
        ("subscription", "my subscription", "an id such as"),
        ("stage", "$(stage)", "letters, digits"),
        ("stage", "", "is given but empty"),
        ("trigger_stop", "some", "choose one of: active, changed, affected, none"),
        ("parallel", "0", "1 or more"),
        ("max_deletes", "-1", "0 or more"),
        ("set", ("noequals",), "must be NAME=VALUE"),
    ],
)
def test_a_value_that_can_not_be_right_is_refused_with_what_would_be(name: str, value: Any, part: str) -> None:
    assert part in texts(refused({**NEEDED, name: value}))


@pytest.mark.parametrize("value", [True, 3, ["a"], {"a": 1}])
def test_a_value_of_another_type_in_the_file_is_refused(value: Any) -> None:
    assert "must be a text" in texts(refused(NEEDED, toml={"stage": value}))


def test_a_key_given_twice_in_two_spellings_is_no_crash_and_the_same_option() -> None:
    made = resolve("plan", NEEDED, {}, {"trigger-stop": "none", "trigger_stop": "none"})
    assert made.settings.trigger_stop == "none"


def test_on_the_sandbox_the_subscription_is_zeros_unless_one_is_given() -> None:
    cli = {"source": "s", "factory": "adf", "resource_group": "rg", "sandbox": "d"}
    assert resolve("plan", cli, {}).settings.subscription == SANDBOX_SUBSCRIPTION
    assert resolve("plan", {**cli, "subscription": ID}, {}).settings.subscription == ID


def test_on_the_sandbox_a_new_factory_has_a_place() -> None:
    cli = {"source": "s", "factory": "adf", "resource_group": "rg", "sandbox": "d", "create": True}
    assert resolve("plan", cli, {}).settings.location


def test_a_command_asks_only_for_what_it_needs() -> None:
    made = resolve("triggers list", {"factory": "adf", "resource_group": "rg", "subscription": ID}, {})
    assert made.settings.factory == "adf"
    assert resolve("sandbox serve", {"sandbox": "d"}, {}).settings.subscription == SANDBOX_SUBSCRIPTION


def test_repeatable_values_keep_their_order_and_come_as_lines_or_lists() -> None:
    assert settled({"config": ("a.csv", "b.csv")}).settings.config == (Path("a.csv"), Path("b.csv"))
    assert settled({}, {"ECLUSE_FILTER": "+pipeline.A\n\n-*.B"}).settings.filter == ("+pipeline.A", "-*.B")
    assert settled(filter=["+pipeline.A"]).settings.filter == ("+pipeline.A",)
    assert settled({"delete_kinds": ("credential, integrationRuntime", "x")}).settings.delete_kinds == (
        "credential",
        "integrationRuntime",
        "x",
    )


def test_set_takes_pairs_also_as_a_table_and_keeps_the_value_as_it_is() -> None:
    assert settled({"set": ("a=b=c ", "d=")}).settings.set == (("a", "b=c "), ("d", ""))
    assert settled(set={"a b": "x", "n": 3, "t": True}).settings.set == (("a b", "x"), ("n", "3"), ("t", "true"))


@pytest.mark.parametrize("file", ["d/uat.CSV", "d/uat.json"])
def test_a_stage_that_names_a_file_is_the_first_configuration_file(file: str) -> None:
    made = settled({"stage": file, "config": ("late.csv",)}).settings
    assert (made.stage, made.config) == ("", (Path(file), Path("late.csv")))


def test_a_file_that_was_given_as_the_stage_is_no_default() -> None:
    made = settled(environ={"ECLUSE_STAGE": "uat.csv"})
    assert (made.settings.config, made.origins["config"]) == ((Path("uat.csv"),), Origin.ENVIRONMENT)


def test_a_flag_that_the_file_switches_on_can_be_switched_off() -> None:
    assert settled({"verbose": False}, verbose=True).settings.verbose is False


def test_a_misspelt_variable_of_ours_does_not_pass_in_silence() -> None:
    notices = settled({}, {"ECLUSE_STAGGE": "uat", "ECLUSE_NOTHING_LIKE_IT_AT_ALL": "1"}).notices
    assert [str(notice) for notice in notices] == [
        "the variable ECLUSE_STAGGE is no option and is not read; did you mean ECLUSE_STAGE?"
    ]


def test_no_value_of_a_parameter_shows_in_the_settings_or_in_a_problem() -> None:
    assert "canary" not in repr(settled({"set": ("password=canary",)}))
    assert "canary" not in texts(refused({**NEEDED, "set": ("=canary",)}))
    assert "canary" not in texts(refused(NEEDED, toml={"set": [["canary"]]}))
