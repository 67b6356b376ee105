"""The manifests say what the agent, Azure DevOps and the engine's table of options understand."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

import dev
from ecluse import __version__
from ecluse.options.foreign import ELSEWHERE, FOREIGN
from ecluse.options.rows import DEPLOY, LIST, PLAN, RECOVER, START, STOP
from ecluse.options.table import OPTIONS, options_of
from tests.contract.house.manifest_schema import wrong_in_extension, wrong_in_task
from tests.contract.house.tracked import ROOT

EXTENSION = json.loads((ROOT / "vss-extension.json").read_text(encoding="utf-8"))
TASKS = {name: ROOT / "task" / name / f"{name}V1" / "task.json" for name in ("AdfDeploy", "AdfTriggers")}
LAUNCHERS_OWN = {"command", "azureSubscription", "pythonPath", "workingDirectory", "configVariables"}
OF_TRIGGERS = {"triggers", "allTriggers"}
SWITCH = "StopStartTriggers"  # an input of its own: it meets triggerStop in one option
SCHEMA = Path(__file__).resolve().parents[4] / "shared" / "tasks.schema.json"


def manifest(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(TASKS[name].read_text(encoding="utf-8"))
    return found


def rows(name: str) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in manifest(name)["inputs"]}


def by_microsoft(made: object) -> list[str]:
    """What Microsoft's own schema finds wrong, where it is at hand; a draft-04 schema, as it says itself."""
    judge = Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    return [error.message for error in judge.iter_errors(made)]


@pytest.mark.parametrize("task", TASKS)
def test_a_manifest_is_right_by_the_schema(task: str) -> None:
    assert wrong_in_task(manifest(task)) == []
    assert not SCHEMA.is_file() or by_microsoft(manifest(task)) == []


def test_the_manifest_of_the_extension_is_right() -> None:
    assert wrong_in_extension(EXTENSION) == []


GONE = object()
WRONG: dict[str, object] = {
    "surprise": 1, "id": "8ccb3c1c", "name": "Adf Deploy", "category": "Tool", "visibility/0": "Everywhere",
    "runsOn/0": "Cloud", "minimumAgentVersion": "3", "version/Major": "1", "version/Build": 1, "version/Patch": GONE,
    "showEnvironmentVariables": "true", "demands": "npm", "description": 1, "groups/0/displayName": GONE,
    "groups/0/order": 1, "groups/0/isExpanded": "true", "inputs/command/name": "com-mand", "inputs/command/label": GONE,
    "inputs/command/type": "number", "inputs/command/type/": GONE, "inputs/command/required": "true",
    "inputs/command/defaultValue": 1, "inputs/command/validation": {}, "inputs/command/options": ["deploy"],
    "inputs/source/aliases": "csmFile", "inputs/source/aliases/0": 1, "inputs/create/visibleRule": 1,
    "inputs/resourceGroupName/properties/EditableOptions": "true", "inputs/filter/properties/rows": 5,
    "inputs/filter/properties/resizable": "true", "dataSourceBindings/0/verb": "GET",
    "outputVariables/0/name": "a b", "outputVariables/0/kind": 1, "execution/Node99": {"target": "main.js"},
    "execution/Node24/target": GONE, "postjobexecution/Node20_1": "post.js", "restrictions/variables": [],
    "restrictions/settableVariables/allowed": "created",
}  # fmt: skip
"""Where task.json breaks a rule of Microsoft's schema, and what stands there then."""

OURS: dict[str, object] = {
    "friendlyName": "Data Factory: plan and deploy, by Ecluse now", "execution/Node20_1": GONE, "author": GONE,
    "inputs/command/helpMarkDown": GONE, "inputs/command/required": GONE, "inputs/create/visibleRule": "a != b",
    "restrictions/commands": {"mode": "restricted"}, "inputs/command/options": {},
}  # fmt: skip
"""Where it breaks a rule that the schema has not."""


def changed(made: Any, where: str, value: object) -> Any:
    """The manifest with another value at a path of fields, positions and names; or without what is there."""
    *steps, last = (step for step in where.split("/") if step)
    found = made
    for step in steps:
        found = found[_key(found, step)]
    if value is GONE:
        del found[_key(found, last)]
    else:
        found[_key(found, last)] = value
    return made


def _key(tree: Any, step: str) -> Any:
    if isinstance(tree, dict):
        return step
    return int(step) if step.isdecimal() else next(at for at, each in enumerate(tree) if each["name"] == step)


@pytest.mark.parametrize(("where", "value"), [*WRONG.items(), *OURS.items()])
def test_the_check_finds_what_the_schema_finds_and_what_it_does_not(where: str, value: object) -> None:
    broken = changed(manifest("AdfDeploy"), where, value)
    assert wrong_in_task(broken) != []
    if SCHEMA.is_file() and where in WRONG and value == WRONG[where]:
        assert by_microsoft(broken) != []


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


NO_INPUT = {
    "subscription", "cloud", "credential", "authority", "ca_bundle",  # the service connection and the agent say it
    "journal_folder", "no_color", "yes", "detailed_exitcode",  # of a machine with a person; the outputs say it here
    "sandbox", "fill_missing_secrets", "record",  # for a look before there is a pipeline
}  # fmt: skip
"""Options of a plan or a deployment that the task has no input for."""


def test_an_option_of_plan_or_deploy_is_an_input_of_the_task_or_has_a_reason_not_to_be() -> None:
    assert {row.name for command in (PLAN, DEPLOY) for row in options_of(command) if not row.task} == NO_INPUT


def test_the_triggers_task_has_every_option_of_its_commands_and_no_other() -> None:
    options = {row.task for command in (LIST, STOP, START, RECOVER) for row in options_of(command) if row.task}
    own = LAUNCHERS_OWN - {"configVariables"}
    assert set(rows("AdfTriggers")) == options | own | OF_TRIGGERS


def test_a_manifest_of_the_extension_holds_both_tasks() -> None:
    contributed = {each["properties"]["name"] for each in EXTENSION["contributions"]}
    assert contributed == set(TASKS)
    assert contributed | {"images"} == {each["path"] for each in EXTENSION["files"]}


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
