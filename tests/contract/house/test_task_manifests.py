"""The manifests say what the agent, Azure DevOps and the engine's table of options understand."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import dev
from ecluse import __version__
from ecluse.options.foreign import ELSEWHERE, FOREIGN
from ecluse.options.table import OPTIONS
from tests.contract.house.tracked import ROOT

EXTENSION = json.loads((ROOT / "vss-extension.json").read_text(encoding="utf-8"))
TASKS = {name: ROOT / "task" / name / f"{name}V1" / "task.json" for name in ("AdfDeploy", "AdfTriggers")}
LAUNCHERS_OWN = {"command", "azureSubscription", "pythonPath", "workingDirectory", "configVariables"}
OF_TRIGGERS = {"triggers", "allTriggers"}
SWITCH = "StopStartTriggers"  # an input of its own: it meets triggerStop in one option
WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")

# What tasks.schema.json of microsoft/azure-pipelines-task-lib allows, of what we use: field -> type.
TOP = {
    "$schema": str, "id": str, "name": str, "friendlyName": str, "description": str, "helpMarkDown": str, "author": str,
    "category": str, "visibility": list, "runsOn": list, "showEnvironmentVariables": bool, "demands": list,
    "minimumAgentVersion": str, "version": dict, "releaseNotes": str, "instanceNameFormat": str, "groups": list,
    "inputs": list, "dataSourceBindings": list, "outputVariables": list, "execution": dict, "postjobexecution": dict,
    "restrictions": dict,
}  # fmt: skip
INPUT = {
    "name": str, "aliases": list, "type": str, "label": str, "defaultValue": str, "required": bool, "groupName": str,
    "visibleRule": str, "helpMarkDown": str, "options": dict, "properties": dict,
}  # fmt: skip
PROPERTIES = {"EditableOptions": str, "resizable": bool, "rows": str, "maxLength": str, "EndpointFilterRule": str}
GROUP = {"name": str, "displayName": str, "isExpanded": bool, "visibleRule": str}
BINDING = {
    "target": str, "endpointId": str, "endpointUrl": str, "parameters": dict, "resultSelector": str,
    "resultTemplate": str,
}  # fmt: skip
TYPES = {"boolean", "filePath", "multiLine", "pickList", "string", "connectedService:AzureRM"}
RULE = re.compile(r"\w+ = \w+( (\|\||&&) \w+ = \w+)*")


def manifest(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(TASKS[name].read_text(encoding="utf-8"))
    return found


def rows(name: str) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in manifest(name)["inputs"]}


def misfits(value: dict[str, Any], shape: Mapping[str, type], where: str) -> list[str]:
    """The fields that the schema does not know, or with another type."""
    return [f"{where}.{key}" for key, each in value.items() if key not in shape or type(each) is not shape[key]]


@pytest.mark.parametrize("task", TASKS)
def test_a_manifest_has_only_fields_of_the_schema_with_their_types(task: str) -> None:
    made = manifest(task)
    wrong = misfits(made, TOP, task)
    for row in made["inputs"]:
        wrong += misfits(row, INPUT, row["name"]) + misfits(row.get("properties", {}), PROPERTIES, row["name"])
    for group in made["groups"]:
        wrong += misfits(group, GROUP, group["name"])
    for binding in made["dataSourceBindings"]:
        wrong += misfits(binding, BINDING, binding["target"])
    assert wrong == []


@pytest.mark.parametrize("task", TASKS)
def test_a_manifest_keeps_the_rules_of_the_schema_that_no_tool_checks(task: str) -> None:
    made = manifest(task)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["id"])
    assert len(made["friendlyName"]) <= 40
    assert made["category"] == "Azure Pipelines"
    assert set(made["visibility"]) == {"Build", "Release"}
    assert set(made["runsOn"]) <= {"Agent", "DeploymentGroup"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", made["minimumAgentVersion"])
    assert set(made["version"]) == {"Major", "Minor", "Patch"}
    assert [row["name"] for row in made["inputs"] if not WORD.fullmatch(row["name"])] == []
    assert [row["name"] for row in made["inputs"] if row["type"] not in TYPES] == []
    assert [row["name"] for row in made["outputVariables"] if not WORD.fullmatch(row["name"])] == []


@pytest.mark.parametrize("task", TASKS)
def test_no_two_inputs_answer_to_one_name_in_any_case(task: str) -> None:
    names = [word.lower() for row in rows(task).values() for word in (row["name"], *row.get("aliases", ()))]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("task", TASKS)
def test_both_node_handlers_run_one_launcher_in_both_stages(task: str) -> None:
    made = manifest(task)
    for stage, target in (("execution", "main.js"), ("postjobexecution", "post.js")):
        assert {name: handler["target"] for name, handler in made[stage].items()} == {
            "Node20_1": target,
            "Node24": target,
        }
        assert (ROOT / "task" / "entry" / target).is_file()


@pytest.mark.parametrize("task", TASKS)
def test_every_rule_group_and_drop_down_refers_to_what_is_there(task: str) -> None:
    made, known = manifest(task), rows(task)
    groups = {group["name"] for group in made["groups"]}
    rules = {rule for row in (*made["inputs"], *made["groups"]) if (rule := row.get("visibleRule"))}
    assert [rule for rule in rules if not RULE.fullmatch(rule)] == []
    assert {part.split(" = ")[0] for rule in rules for part in re.split(r" (?:\|\||&&) ", rule)} <= set(known)
    assert {row["groupName"] for row in known.values() if "groupName" in row} == groups
    assert [row["name"] for row in known.values() if row.get("required") and "groupName" in row] == []
    for binding in made["dataSourceBindings"]:
        target = known[binding["target"]]
        assert (target["type"], target["properties"]["EditableOptions"]) == ("pickList", "True")
        named = re.findall(r"\$\((\w+)\)", json.dumps(binding))
        assert set(named) <= set(known)


@pytest.mark.parametrize("task", TASKS)
def test_a_default_of_a_list_is_one_of_its_words(task: str) -> None:
    lists = [row for row in rows(task).values() if "options" in row]
    assert lists
    assert [row["name"] for row in lists if row["defaultValue"] not in row["options"]] == []


@pytest.mark.parametrize("task", TASKS)
def test_every_input_has_help_and_what_is_typed_has_an_example(task: str) -> None:
    assert [row["name"] for row in rows(task).values() if len(row["helpMarkDown"]) < 20] == []
    typed = {
        "source",
        "stage",
        "filter",
        "parameterOverrides",
        "configFile",
        "pythonPath",
        "triggers",
        "dataFactoryName",
    }
    assert [row["name"] for row in rows(task).values() if row["name"] in typed and "`" not in row["helpMarkDown"]] == []


@pytest.mark.parametrize("task", TASKS)
def test_a_task_may_set_its_own_output_variables_and_no_others(task: str) -> None:
    made = manifest(task)
    allowed = made["restrictions"]["settableVariables"]["allowed"]
    assert sorted(allowed) == sorted(["ECLUSE_STATE", *(row["name"] for row in made["outputVariables"])])


def test_the_deploy_task_has_the_options_of_the_table_with_their_defaults_and_words() -> None:
    known = rows("AdfDeploy")
    for option in OPTIONS.values():
        if not option.task:
            continue
        row = known.pop(option.task)
        others = [alias.name for alias in option.aliases if alias.name.lower() != option.task.lower()]
        assert row.get("aliases", []) == [name for name in others if name != SWITCH], option.task
        typed = "" if option.default in {None, ()} or option.name in {"source", "report"} else option.default
        default = str(typed).lower() if isinstance(typed, bool) else str(typed)
        assert row.get("defaultValue", "") == default, option.task
        if option.choices:
            assert tuple(row["options"]) == option.choices, option.task
    foreign = {row["name"] for row in known.values() if row.get("groupName") == "comingFrom"}
    assert foreign == {row.name for row in FOREIGN.values()} | {SWITCH}
    assert set(known) - foreign == LAUNCHERS_OWN


def test_what_the_launcher_keeps_for_itself_the_engine_does_not_take_for_an_option() -> None:
    own = {name.lower() for name in LAUNCHERS_OWN | OF_TRIGGERS}
    others = {alias.lower() for alias in rows("AdfDeploy")["azureSubscription"]["aliases"]}
    assert own | others == ELSEWHERE


def test_the_triggers_task_has_options_of_the_table_only() -> None:
    options = {option.task for option in OPTIONS.values() if option.task}
    assert set(rows("AdfTriggers")) <= options | LAUNCHERS_OWN | OF_TRIGGERS


def test_a_manifest_of_the_extension_holds_both_tasks() -> None:
    contributed = {each["properties"]["name"] for each in EXTENSION["contributions"]}
    assert contributed == set(TASKS)
    assert contributed | {"images"} == {each["path"] for each in EXTENSION["files"]}
    assert len(EXTENSION["description"]) <= 200


def test_one_version_for_the_extension_and_the_engine() -> None:
    package = json.loads((ROOT / "task" / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "task" / "package-lock.json").read_text(encoding="utf-8"))
    assert {EXTENSION["version"], package["version"], lock["version"], lock["packages"][""]["version"]} == {__version__}


def test_the_tasks_have_the_version_that_follows_from_the_release() -> None:
    version = dev.task_version(*dev.version_number(__version__))
    assert [manifest(name)["version"] for name in TASKS] == [version, version]


def test_icons_are_drawn_from_one_picture_of_the_size_that_the_marketplace_asks_for() -> None:
    png = (ROOT / "task" / "images" / "icon.png").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (128, 128)
    assert Path(ROOT / "task" / "images" / "icon.svg").is_file()
