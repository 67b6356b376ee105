"""What a configuration comes to: the rows that count, after layers and wildcards, without secrets."""

import pytest

from ecluse.configure.configure import Options, configure
from ecluse.configure.effective import REMOVED, Effective, effective
from ecluse.configure.override import Configuration, Override, read_path
from ecluse.configure.tokens import Variables
from ecluse.errors import Where
from ecluse.model.objects import Factory
from tests.factories import factory, pipeline, thing


def sample() -> Factory:
    return factory(
        thing("linkedService.LS_A", {"typeProperties": {"url": "dev", "connectionString": "Server=x", "o": {"a": 1}}}),
        thing("linkedService.LS_B", {"typeProperties": {"url": "dev", "password": {"type": "SecureString"}}}),
        pipeline("PL", parameters={"p": {"type": "int", "defaultValue": 1}}),
    )


def found(*texts: tuple[str, ...], file: str = "uat.csv") -> tuple[Effective, ...]:
    rows = []
    for number, (kind, name, path, *value) in enumerate(texts, 2):
        signed = read_path(path)
        rows.append(Override(kind, name, signed.path, "".join(value), Where(file, number), signed.action))
    lenient = Options(missing_variable="warn", factory_names=("*",))
    return effective(configure(sample(), Configuration(tuple(rows)), Variables(), lenient))


def shown(*texts: tuple[str, ...]) -> list[tuple[str, str, str, int | None]]:
    return [(each.subject, each.path, each.value, each.row.origin.line) for each in found(*texts)]


def test_a_pattern_is_shown_for_each_of_its_objects_by_the_place_that_it_changes() -> None:
    assert shown(
        ("linkedService", "LS_*", "$.properties.TYPEproperties.url", "uat"),
        ("factory", "*", "+globalParameters.env.value", "uat"),
    ) == [
        ("factory", "globalParameters.env.value", "uat", 3),
        ("linkedService.LS_A", "typeProperties.url", "uat", 2),
        ("linkedService.LS_B", "typeProperties.url", "uat", 2),
    ]


def test_of_several_rows_for_a_place_the_last_counts_and_names_the_others() -> None:
    (first, second) = found(
        ("linkedService", "*", "typeProperties.url", "all"),
        ("linkedService", "LS_A", "typeProperties.url", "one"),
        ("linkedService", "LS_A", "typeProperties.url", "two"),
    )
    assert (first.value, [row.value for row in first.over]) == ("two", ["all", "one"])
    assert (second.value, second.over) == ("all", ())


def test_what_went_with_the_place_around_it_does_not_count() -> None:
    assert shown(
        ("pipeline", "PL", "parameters.p.defaultValue", "2"),
        ("pipeline", "PL", "parameters.p", '{"type": "string"}'),
        ("linkedService", "LS_A", "typeProperties.o.a", "5"),
        ("linkedService", "LS_A", "-typeProperties.o"),
    ) == [
        ("linkedService.LS_A", "typeProperties.o", REMOVED, 5),
        ("pipeline.PL", "parameters.p", '{"type": "string"}', 3),
    ]


def test_an_object_keeps_the_name_that_it_has_in_the_source() -> None:
    assert shown(
        ("linkedService", "LS_A", "typeProperties.url", "a"),
        ("linkedService", "LS_A", "$.name", "LS_Z"),
        ("linkedService", "LS_Z", "typeProperties.url", "z"),
    ) == [("linkedService.LS_A", "$.name", "LS_Z", 3), ("linkedService.LS_A", "typeProperties.url", "z", 4)]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("typeProperties.url", "https://$Env:X", "https://$Env:X"),
        ("typeProperties.url", "", ""),
        ("typeProperties.connectionString", "Server=x;Password=hunter2", "***"),
        ("typeProperties.connectionString", "$Env:X", "$Env:X"),
        ("+typeProperties.password.value", "hunter2", "***"),
        ("+typeProperties.password.value", "str:hunter2", "***"),
        ("+typeProperties.password.value", "$Env:X", "$Env:X"),
        ("+typeProperties.password.value", "#{A}#$(B)", "#{A}#$(B)"),
        ("+typeProperties.password.value", "$Env:X!hunter2", "***"),
        (
            "+typeProperties.password",
            '{"type": "SecureString", "value": "hunter2"}',
            '{"type": "SecureString", "value": "***"}',
        ),
        (
            "+typeProperties.password",
            'json:{"type": "SecureString","value":"$Env:X"}',
            'json:{"type": "SecureString","value":"$Env:X"}',
        ),
        ("+typeProperties.sasUri", "https://x?sig=hunter2", "***"),
    ],
)
def test_no_secret_is_shown_and_a_token_is(path: str, value: str, expected: str) -> None:
    (one,) = shown(("linkedService", "LS_A", path, value))
    assert one[2] == expected
