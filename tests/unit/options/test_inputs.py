"""A pipeline's step, written for this task or for another one, becomes options; what can't be followed is told."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse.errors import Refused
from ecluse.options import OPTIONS, Settings, resolve
from ecluse.options.foreign import ELSEWHERE, FOREIGN
from ecluse.options.inputs import Inputs, from_inputs
from ecluse.options.overrides import read_overrides
from ecluse.options.values import BadValue

ID = "11111111-2222-3333-4444-555555555555"

# The inputs of the other tool's tasks with their defaults, as a pipeline's assistant writes them out in full.
FOLDER_STEP = {
    "azureSubscription": "sc-contoso",
    "ResourceGroupName": "rg-uat",
    "DataFactoryName": "adf-uat",
    "DataFactoryCodePath": "adf",
    "Location": "westeurope",
    "IncrementalDeployment": "false",
    "StageType": "Stage",
    "StageCode": "UAT",
    "StageConfigFile": "",
    "DeleteNotInSource": "false",
    "StopStartTriggers": "true",
    "CreateNewInstance": "true",
    "FilteringType": "None",
    "PublishMethod": "AzResource",
    "DoNotStopStartExcludedTriggers": "false",
    "DoNotDeleteExcludedObjects": "true",
    "IgnoreLackOfReferencedObject": "false",
    "TriggerStopMethod": "AllEnabled",
    "TriggerStartMethod": "BasedOnSourceCode",
    "IsDryRun": "false",
}
TEMPLATE_STEP = {
    "ConnectedServiceName": "sc-contoso",
    "ResourceGroupName": "rg-uat",
    "DataFactoryName": "adf-uat",
    "location": "westeurope",
    "csmFile": "drop/ARMTemplateForFactory.json",
    "csmParametersFile": "drop/ARMTemplateParametersForFactory.json",
    "overrideParameters": '-factoryName "adf-uat" -LS_Lake_properties_typeProperties_url https://uat.example',
    "StopStartTriggers": "false",
    "DeployGlobalParams": "false",
}
MICROSOFT_STEP = {
    "deploymentScope": "Resource Group",
    "azureResourceManagerConnection": "sc-contoso",
    "subscriptionId": ID,
    "action": "Create Or Update Resource Group",
    "resourceGroupName": "rg-uat",
    "location": "West Europe",
    "templateLocation": "Linked artifact",
    "csmFile": "drop/ARMTemplateForFactory.json",
    "csmParametersFile": "drop/ARMTemplateParametersForFactory.json",
    "overrideParameters": "-factoryName adf-uat",
    "deploymentMode": "Incremental",
    "dataFactoryName": "adf-uat",
}


def settings(inputs: Mapping[str, str]) -> Settings:
    """What a run would work with."""
    made = from_inputs(inputs)
    return resolve(made.command or "deploy", {**made.options, "subscription": ID}, {}).settings


def changed(inputs: Mapping[str, str]) -> dict[str, object]:
    """The settings that differ from the defaults."""
    made = settings(inputs)
    return {
        name: value
        for name, row in OPTIONS.items()
        if name != "subscription" and (value := getattr(made, name)) != row.default
    }


def notes(inputs: Mapping[str, str]) -> str:
    return "\n".join(("warning: " if each.warning else "note: ") + str(each) for each in from_inputs(inputs).notes)


def refusal(inputs: Mapping[str, str]) -> str:
    with pytest.raises(Refused) as caught:
        from_inputs(inputs)
    return "\n".join(f"{each} -> {each.remedy}" for each in caught.value.problems)


def test_a_step_for_json_folders_moves_by_changing_the_tasks_name() -> None:
    assert changed(FOLDER_STEP) == {
        "factory": "adf-uat",
        "resource_group": "rg-uat",
        "location": "westeurope",
        "source": Path("adf"),
        "stage": "UAT",
        "create": True,
        "trigger_start": "source",
    }
    assert from_inputs(FOLDER_STEP).command == ""


def test_a_step_for_templates_moves_by_changing_the_tasks_name() -> None:
    assert changed(TEMPLATE_STEP) == {
        "factory": "adf-uat",
        "resource_group": "rg-uat",
        "location": "westeurope",
        "source": Path("drop/ARMTemplateForFactory.json"),
        "parameters": (Path("drop/ARMTemplateParametersForFactory.json"),),
        "set": (("factoryName", "adf-uat"), ("LS_Lake_properties_typeProperties_url", "https://uat.example")),
        "trigger_stop": "none",
        "global_parameters": "off",
    }


def test_microsofts_template_step_needs_the_factorys_name_only() -> None:
    assert changed(MICROSOFT_STEP) == {
        "factory": "adf-uat",
        "resource_group": "rg-uat",
        "location": "West Europe",
        "source": Path("drop/ARMTemplateForFactory.json"),
        "parameters": (Path("drop/ARMTemplateParametersForFactory.json"),),
        "set": (("factoryName", "adf-uat"),),
    }


VALUES = [
    ("TriggerStopMethod", "AllEnabled", "trigger_stop", "active"),
    ("TriggerStopMethod", "DeployableOnly", "trigger_stop", "changed"),
    ("triggerStop", "deployableonly", "trigger_stop", "changed"),
    ("triggerStop", "affected", "trigger_stop", "affected"),
    ("StopStartTriggers", "false", "trigger_stop", "none"),
    ("StopStartTriggers", "true", "trigger_stop", "active"),
    ("TriggerStartMethod", "BasedOnSourceCode", "trigger_start", "source"),
    ("TriggerStartMethod", "KeepPreviousState", "trigger_start", "previous"),
    ("PublishMethod", "AzResource", "method", "arm"),
    ("PublishMethod", "AzDataFactory", "method", "arm"),
    ("method", "rest", "method", "rest"),
    ("DeployGlobalParams", "false", "global_parameters", "off"),
    ("FailsWhenConfigItemNotFound", "false", "missing_object", "warn"),
    ("FailsWhenPathNotFound", "false", "missing_path", "warn"),
    ("IgnoreLackOfReferencedObject", "true", "missing_reference", "warn"),
    ("CREATENEWINSTANCE", "True", "create", True),
    ("deletenotinsource", "TRUE", "delete_not_in_source", True),
    ("filter", "+pipeline.*\n-trigger.*", "filter", ("+pipeline.*", "-trigger.*")),
    ("FilterTextFile", "rules.txt", "filter_file", Path("rules.txt")),
    ("StageConfigFile", "d/config-uat.csv", "config", (Path("d/config-uat.csv"),)),
    ("maxDeletes", "5", "max_deletes", 5),
    ("deleteKinds", "credential, integrationRuntime", "delete_kinds", ("credential", "integrationRuntime")),
    ("parameterOverrides", "a=1\nb=@env:B", "set", (("a", "1"), ("b", "@env:B"))),
]


@pytest.mark.parametrize(("name", "value", "option", "meant"), VALUES, ids=[f"{row[0]}={row[1]!r}" for row in VALUES])
def test_each_name_and_word_leads_to_its_option(name: str, value: str, option: str, meant: object) -> None:
    needed = {"dataFactoryName": "adf", "resourceGroupName": "rg", "source": "s", "location": "westeurope"}
    assert getattr(settings({**needed, name: value}), option) == meant


@pytest.mark.parametrize(
    ("inputs", "kept"),
    [
        ({"FilteringType": "None", "FilterText": "+a.b", "FilterTextFile": "f"}, set()),
        ({"FilteringType": "Inline", "FilterText": "+a.b", "FilterTextFile": "f"}, {"filter"}),
        ({"FilteringType": "FilePath", "FilterText": "+a.b", "FilterTextFile": "f"}, {"filter_file"}),
        ({"FilteringType": "File Path", "filter": "+a.b", "filterFile": "f"}, {"filter_file"}),
        ({"FilterText": "+a.b", "FilterTextFile": "f"}, {"filter", "filter_file"}),
        ({"StageType": "Stage", "StageCode": "uat", "StageConfigFile": "f.csv"}, {"stage"}),
        ({"StageType": "filepath", "StageCode": "uat", "StageConfigFile": "f.csv"}, {"config"}),
        ({"stage": "uat", "configFile": "f.csv"}, {"stage", "config"}),
    ],
)
def test_a_chooser_says_which_neighbour_is_read_and_the_others_are_told(inputs: dict[str, str], kept: set[str]) -> None:
    assert set(from_inputs(inputs).options) == kept
    options = [name for name in inputs if name.casefold() not in FOREIGN]
    assert notes(inputs).count("is not read, since") == len(options) - len(kept)


def test_a_chooser_whose_choice_is_empty_is_a_warning() -> None:
    assert "warning: FilteringType is Inline, and filter is empty" in notes({"FilteringType": "Inline", "filter": " "})
    assert "warning: StageType is Stage, and stage is empty" in notes({"StageType": "Stage"})


def test_a_switch_that_is_off_silences_the_other_tools_methods_and_quarrels_with_ours() -> None:
    off = {"StopStartTriggers": "false"}
    methods = {"TriggerStopMethod": "AllEnabled", "TriggerStartMethod": "BasedOnSourceCode"}
    assert from_inputs({**off, **methods}).options == {"trigger_stop": "false"}
    assert notes({**off, **methods}).count("is not read, since StopStartTriggers is false") == 2
    assert from_inputs({**off, "triggerStop": "none", "triggerStart": "previous"}).options["trigger_stop"] == "none"
    assert "contradict each other: 'false' and 'changed'" in refusal({**off, "triggerStop": "changed"})
    assert "contradict each other: 'false' and 'source'" in refusal({**off, "triggerStart": "source"})


def test_a_switch_that_is_on_leaves_the_method_to_whoever_says_it() -> None:
    on = {"StopStartTriggers": "true"}
    assert from_inputs({**on, "TriggerStopMethod": "DeployableOnly"}).options == {"trigger_stop": "DeployableOnly"}
    assert from_inputs({"triggerStop": "affected", **on}).options == {"trigger_stop": "affected"}
    assert "contradict each other: 'true' and 'none'" in refusal({**on, "triggerStop": "none"})


@pytest.mark.parametrize("dry", [{"IsDryRun": "true"}, {"deploymentMode": "Validation"}])
def test_a_dry_run_is_a_plan(dry: dict[str, str]) -> None:
    assert from_inputs(dry).command == "plan"
    assert "nothing is written" in notes(dry)


ACCEPTED = [
    ({"IncrementalDeployment": "true"}, "note: IncrementalDeployment: every deployment is incremental"),
    ({"IncrementalDeploymentStorageUri": "https://x"}, "note: IncrementalDeploymentStorageUri: is not used"),
    ({"DoNotStopStartExcludedTriggers": "false"}, "warning: DoNotStopStartExcludedTriggers: triggers that the filter"),
    ({"DoNotDeleteExcludedObjects": "false"}, "warning: DoNotDeleteExcludedObjects: objects that the filter excludes"),
    ({"deploymentOutputs": "x"}, "warning: deploymentOutputs: a template's outputs are not read"),
    ({"subscriptionName": "dev"}, "warning: subscriptionName: the subscription is that of the service connection"),
    ({"DataFactoryCodePath": "adf"}, "warning: CreateNewInstance is not given: here it is false (create), not true"),
    ({"triggerStop": "AllEnabled"}, "warning: TriggerStartMethod is not given: here it is previous (triggerStart)"),
    ({"FilterText": "+pipeline.*"}, "warning: FilteringType is not given: here FilterText is read, not passed over"),
    ({"StageConfigFile": "a.csv"}, "warning: StageType is not given: here StageConfigFile is read, not passed over"),
]


@pytest.mark.parametrize(("inputs", "told"), ACCEPTED, ids=[next(iter(row[0])) for row in ACCEPTED])
def test_what_is_accepted_and_means_something_else_here_is_told(inputs: dict[str, str], told: str) -> None:
    assert told in notes(inputs)


def test_what_chooses_is_missed_only_where_something_else_would_be_read_without_it() -> None:
    asked = {"StageCode": "uat", "FilteringType": "Inline", "FilterText": "+pipeline.*", "filterFile": "rules.txt"}
    assert "is read, not passed over" not in notes(asked)
    assert "is read, not passed over" not in notes({"filter": "+pipeline.*", "configFile": "a.csv", "csmFile": "a"})


def test_a_step_of_our_own_words_has_nothing_to_be_told() -> None:
    own = {"source": "s", "dataFactoryName": "adf", "resourceGroupName": "rg", "triggerStop": "changed", "stage": "uat"}
    assert from_inputs(own).notes == ()


WRONG = [
    ({"sorce": "s"}, "sorce: is no input of this task -> Did you mean source?"),
    ({"FilteringTyp": "None"}, "FilteringTyp: is no input of this task -> Did you mean FilteringType?"),
    ({"sandbox": "d"}, "sandbox: is no input of this task"),
    ({"subscription": ID}, "subscription: is no input of this task"),
    (
        {"triggerStop": "AlEnabled"},
        "triggerStop: 'AlEnabled' is no value of it -> Did you mean AllEnabled? It takes: a",
    ),
    ({"FilteringType": "InLines"}, "FilteringType: 'InLines' is no value of it -> Did you mean Inline?"),
    ({"create": "maybe"}, "create: must be true or false -> create: Create the factory"),
    ({"maxDeletes": "many"}, "maxDeletes: must be a whole number"),
    ({"deploymentMode": "Complete"}, "deploymentMode: 'Complete' can't be followed -> it would delete everything else"),
    ({"action": "DeleteRG"}, "action: 'DeleteRG' can't be followed"),
    ({"csmFileLink": "https://x?sig=canary"}, "csmFileLink: can't be followed -> give the file itself"),
    ({"source": "a", "DataFactoryCodePath": "b"}, "source and DataFactoryCodePath contradict each other: 'a' and 'b'"),
    ({"stage": "uat", "STAGE": "prd"}, "stage and STAGE contradict each other"),
    ({"parameterOverrides": "a=canary", "overrideParameters": "-a canary2"}, "contradict each other -> Keep one"),
    ({"overrideParameters": "-a"}, "the value of parameter a is none (quote it)"),
    ({"parameterOverrides": "=canary"}, "parameterOverrides: must be NAME=VALUE"),
]


@pytest.mark.parametrize(("inputs", "told"), WRONG, ids=[next(iter(row[0])) for row in WRONG])
def test_what_is_wrong_is_refused_with_what_would_be_right(inputs: dict[str, str], told: str) -> None:
    shown = refusal(inputs)
    assert told in shown
    assert "canary" not in shown


def test_everything_that_is_wrong_is_told_at_once() -> None:
    every = {name: value for inputs, _ in WRONG[:8] for name, value in inputs.items()}
    assert len(refusal(every).splitlines()) == 8


def test_the_same_option_twice_with_one_value_is_no_contradiction() -> None:
    twice = {"create": "true", "CreateNewInstance": "True", "source": "adf ", "DataFactoryCodePath": "adf"}
    assert set(from_inputs(twice).options) == {"create", "source"}


def test_empty_inputs_and_those_of_the_launcher_are_none() -> None:
    assert from_inputs({"stage": "  ", "azureSubscription": "sc", "command": "deploy", "pythonPath": "p"}) == Inputs({})


def test_no_value_of_a_parameter_shows_in_what_comes_out() -> None:
    assert "canary" not in repr(from_inputs({"overrideParameters": "-password canary"}))


def test_no_name_is_both_an_option_and_something_else() -> None:
    names = {name.casefold() for row in OPTIONS.values() for name in (row.task, *(each.name for each in row.aliases))}
    assert not names & set(FOREIGN)
    assert not ELSEWHERE & set(FOREIGN)
    assert all(row.neighbours <= set(OPTIONS) for row in FOREIGN.values())
    assert all(each.reads <= row.neighbours for row in FOREIGN.values() for each in row.values.values())


OVERRIDES = [
    ("-a 1 -b two", ("a=1", "b=two")),
    ('-a "two words"\n-b "it\'s"', ("a=two words", "b=it's")),
    ("-a 'it''s' -b x", ("a=it's", "b=x")),
    (r'-a "say \"hi\"" -b "C:\dir"', ('a=say "hi"', r"b=C:\dir")),
    ('-a "say ""hi"""', ('a=say "hi"',)),
    ('-a {"k": [1, "- x"]} -b ["o"]', ('a={"k": [1, "- x"]}', 'b=["o"]')),
    ("\u2013a 1 \u2013b -5", ("a=1", "b=-5")),
    ('-a ""', ("a=",)),
    ('-a "two\nlines"', ("a=two\nlines",)),
    ("a=1\n\n b = 2 ", ("a=1", " b = 2 ")),
    ("a=-b", ("a=-b",)),
    ('a=@env:A\n-b "two words"', ("a=@env:A", "b=two words")),
    ("-a 1\nb = 2 \n-c 3", ("a=1", "b = 2 ", "c=3")),
]


@pytest.mark.parametrize(("text", "pairs"), OVERRIDES, ids=[row[0] for row in OVERRIDES])
def test_parameters_are_read_in_both_forms(text: str, pairs: tuple[str, ...]) -> None:
    assert read_overrides(text) == pairs


@pytest.mark.parametrize(
    "text",
    ["-a", "-a -b 1", '-a "canary', "-a 1 canary", '-a {"canary"', "- a canary", "-a 1 b=canary", "-a 1\ncanary"],
)
def test_parameters_in_neither_form_are_refused_without_their_values(text: str) -> None:
    with pytest.raises(BadValue) as caught:
        read_overrides(text)
    assert "canary" not in str(caught.value)


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=20), max_size=6))
def test_whatever_a_step_holds_there_is_an_answer(inputs: dict[str, str]) -> None:
    with contextlib.suppress(Refused):
        from_inputs(inputs)


NAMES = st.sampled_from(
    sorted({name for row in OPTIONS.values() for name in (row.task, *(each.name for each in row.aliases)) if name})
    + sorted(row.name for row in FOREIGN.values())
)
WORDS = st.sampled_from(["true", "false", "None", "Inline", "AllEnabled", "none", "source", "1", "-a 1", "x.csv"])


@given(st.dictionaries(NAMES, WORDS, max_size=6))
def test_what_is_accepted_are_options_that_the_command_line_would_take(inputs: dict[str, str]) -> None:
    try:
        made = from_inputs(inputs)
    except Refused:
        return
    needed = {"source": "s", "factory": "adf", "resource_group": "rg", "subscription": ID, "location": "westeurope"}
    resolve(made.command or "deploy", {**needed, **made.options}, {})
