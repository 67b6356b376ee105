"""The table of options is the contract: fields, names, defaults, where a value may come from."""

import dataclasses
import os
from pathlib import Path

import pytest

from ecluse.azure.clouds import CLOUDS
from ecluse.azure.credentials import CREDENTIALS
from ecluse.model.kinds import KINDS
from ecluse.options import COMMANDS, OPTIONS, Origin, Settings, Type, words
from tests.unit.options.options_page import page

DOCS = Path(__file__).parents[3] / "docs" / "options.md"

NEVER_FROM_FILE = {"cloud", "authority", "ca_bundle", "credential", "sandbox"}
NEVER_FROM_ENVIRONMENT = {"sandbox", "delete_not_in_source", "delete_kinds", "max_deletes", "yes"}
ALIASES = {
    "ConnectedServiceName": "subscription",
    "azureSubscription": "subscription",
    "ResourceGroupName": "resource_group",
    "DataFactoryName": "factory",
    "Location": "location",
    "DataFactoryCodePath": "source",
    "csmFile": "source",
    "StageCode": "stage",
    "StageConfigFile": "config",
    "FilterText": "filter",
    "FilterTextFile": "filter_file",
    "csmParametersFile": "parameters",
    "overrideParameters": "set",
    "CreateNewInstance": "create",
    "DeleteNotInSource": "delete_not_in_source",
    "TriggerStopMethod": "trigger_stop",
    "StopStartTriggers": "trigger_stop",
    "TriggerStartMethod": "trigger_start",
    "PublishMethod": "method",
    "DeployGlobalParams": "global_parameters",
    "FailsWhenConfigItemNotFound": "missing_object",
    "FailsWhenPathNotFound": "missing_path",
    "IgnoreLackOfReferencedObject": "missing_reference",
}
SYNONYMS = [
    ("trigger_stop", "AllEnabled", "active"),
    ("trigger_stop", "deployableonly", "changed"),
    ("trigger_stop", "false", "none"),
    ("trigger_start", "BasedOnSourceCode", "source"),
    ("trigger_start", "KeepPreviousState", "previous"),
    ("method", "AzResource", "arm"),
    ("method", "AzDataFactory", "arm"),
    ("missing_reference", "true", "warn"),
    ("missing_path", "true", "fail"),
    ("global_parameters", "false", "off"),
]


def test_every_field_of_the_settings_is_a_row_and_every_row_a_field() -> None:
    assert {field.name for field in dataclasses.fields(Settings)} == set(OPTIONS)


@pytest.mark.parametrize("name", OPTIONS)
def test_a_rows_default_is_the_fields_default(name: str) -> None:
    assert OPTIONS[name].default == getattr(Settings(), name)


def test_what_sends_credentials_elsewhere_never_comes_from_the_file() -> None:
    assert {name for name, row in OPTIONS.items() if Origin.FILE not in row.origins} == NEVER_FROM_FILE


def test_what_destroys_or_answers_for_a_person_never_comes_from_the_environment() -> None:
    forbidden = {name for name, row in OPTIONS.items() if Origin.ENVIRONMENT not in row.origins}
    assert forbidden == NEVER_FROM_ENVIRONMENT


def test_every_option_may_be_typed() -> None:
    assert all(Origin.COMMAND_LINE in row.origins for row in OPTIONS.values())


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_the_names_of_existing_pipelines_lead_to_one_option_each(alias: str, name: str) -> None:
    assert words()[alias.casefold()].name == name


def test_no_name_leads_to_two_options() -> None:
    named = [
        (word.casefold(), row.name)
        for row in OPTIONS.values()
        for word in {row.key.casefold(), row.task.casefold(), *(alias.name.casefold() for alias in row.aliases)} - {""}
    ]
    assert len({word for word, _ in named}) == len(named)


@pytest.mark.parametrize(("name", "theirs", "ours"), SYNONYMS)
def test_the_values_of_existing_pipelines_are_understood(name: str, theirs: str, ours: str) -> None:
    assert OPTIONS[name].synonym(theirs) == ours


@pytest.mark.parametrize("name", [name for name, row in OPTIONS.items() if row.type is Type.CHOICE])
def test_every_synonym_means_a_choice(name: str) -> None:
    meant = {ours for alias in OPTIONS[name].aliases for ours in alias.synonyms.values()}
    assert meant <= set(OPTIONS[name].choices)


def test_every_row_belongs_to_known_commands_and_has_help() -> None:
    for row in OPTIONS.values():
        assert row.commands <= set(COMMANDS)
        assert row.required <= row.commands
        assert row.help.endswith((".", ")."))


def test_clouds_and_credentials_are_those_that_the_connection_knows() -> None:
    assert set(OPTIONS["cloud"].choices) == set(CLOUDS)
    assert set(OPTIONS["credential"].choices) == set(CREDENTIALS)


def test_the_help_of_delete_kinds_names_real_kinds() -> None:
    named = OPTIONS["delete_kinds"].help.removesuffix(".").rpartition(" ")[2].split(",")
    assert all(KINDS[word.casefold()].delete_by_name_only for word in named)


def test_the_page_of_options_follows_the_table() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        DOCS.write_text(page(), encoding="utf-8")
    assert DOCS.read_text(encoding="utf-8") == page()
