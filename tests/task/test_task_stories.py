"""The packaged task as an agent runs it: out of the unzipped .vsix, against the sandbox over TLS."""

import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sandbox_process import GROUP, RunningSandbox
from tests.stories.template import pipeline, trigger, write
from tests.stories.two_releases import RAN, runs, second_after_first
from tests.task.agent import Agent, Ran, azure_connection

STEP = {"azureSubscription": "5c0e", "resourceGroupName": GROUP, "dataFactoryName": "adf-test"}
FIRST, SECOND = STEP | {"source": "one"}, STEP | {"source": "two"}
CREATE = FIRST | {"create": "true", "location": "westeurope"}
EVIL = "##vso[task.setvariable variable=evil]1"


def agent_for(sandbox: RunningSandbox, root: Path, **more: Any) -> Agent:
    """An agent whose connection leads to the sandbox, and which trusts its certificate."""
    made = Agent(root, endpoints=[azure_connection(sandbox.url)], timers=(60, 60), **more)
    made.variables["Agent.CAInfo"] = sandbox.ca
    return made


@pytest.fixture
def agent(sandbox: RunningSandbox, tmp_path: Path) -> Agent:
    made = agent_for(sandbox, tmp_path / "agent")
    write(made.work / "one", pipeline("PL_One"), pipeline("PL_Two"), trigger("TR_Day", "PL_One"))
    return made


@pytest.fixture
def live(sandbox: RunningSandbox, agent: Agent) -> RunningSandbox:
    """The first release is live and two triggers run; the second release waits in the folder `two`."""
    second_after_first(sandbox, agent.work)
    return sandbox


def ended(ran: Ran, result: str = "Succeeded") -> Ran:
    """The same, when it ended so; a test that fails shows the whole log."""
    assert (ran.result, ran.exit_code) == (result, 0), ran.told
    return ran


def test_the_first_deployment_creates_the_factory(sandbox: RunningSandbox, agent: Agent, deploy_task: Path) -> None:
    ran = ended(agent.step(deploy_task, CREATE))
    assert {"created": "3", "updated": "0", "planHasChanges": "true"}.items() <= ran.outputs.items()
    assert sandbox.call("GET", f"{sandbox.factory_path()}/pipelines/PL_Two")[0] == 200
    assert agent.after_job(deploy_task, CREATE).raw == []


def test_a_second_deployment_of_the_same_changes_nothing(
    sandbox: RunningSandbox, agent: Agent, deploy_task: Path
) -> None:
    ended(agent.step(deploy_task, CREATE))
    written = len(sandbox.calls("PUT"))
    ran = ended(agent.step(deploy_task, FIRST))
    assert {"created": "0", "updated": "0", "planHasChanges": "false"}.items() <= ran.outputs.items()
    assert len(sandbox.calls("PUT")) == written


def test_a_plan_shows_what_would_change_and_writes_nothing(
    live: RunningSandbox, agent: Agent, deploy_task: Path
) -> None:
    ran = ended(agent.step(deploy_task, SECOND | {"command": "plan"}))
    assert "Plan: 0 to create, 1 to update" in ran.log
    assert ran.outputs["planHasChanges"] == "true"
    assert "##[section]Plan" in ran.log
    assert live.calls("PUT") == []


def test_a_deployment_stops_what_runs_and_starts_exactly_that_again(
    live: RunningSandbox, agent: Agent, deploy_task: Path
) -> None:
    ran = ended(agent.step(deploy_task, SECOND))
    assert runs(live) == RAN
    assert {"updated": "1", "triggersRestarted": "2"}.items() <= ran.outputs.items()
    percents = [int(each.properties["value"]) for each in ran.said("task.setprogress")]
    assert percents
    assert percents == sorted(percents)
    attached = {each.properties["type"]: Path(each.data) for each in ran.said("task.addattachment")}
    assert "adf-test" in attached["Distributedtask.Core.Summary"].read_text(encoding="utf-8")
    assert json.loads(attached["ecluse-plan"].read_text(encoding="utf-8"))
    assert Path(ran.outputs["reportPath"]).is_relative_to(agent.temp)


def test_a_stage_with_overrides_and_a_filter_deploys_the_part_with_its_values(
    sandbox: RunningSandbox, agent: Agent, deploy_task: Path
) -> None:
    described = {"text": {"type": "string"}}
    write(
        agent.work / "one",
        pipeline("PL_One", description="[parameters('text')]"),
        pipeline("PL_Two", description="dev"),
        parameters=described,
    )
    rows = "type,name,path,value\npipeline,PL_One,activities[0].typeProperties.waitTimeInSeconds,$Env:SECONDS\n"
    (agent.work / "deployment").mkdir()
    (agent.work / "deployment" / "config-uat.csv").write_text(rows)
    step = CREATE | {"stage": "uat", "filter": "+pipeline.PL_One", "parameterOverrides": "text=per cent % and ; and ]"}
    ran = ended(agent.step(deploy_task, step, env={"SECONDS": "30"}))
    assert ran.outputs["created"] == "1"
    _, body, _ = sandbox.call("GET", f"{sandbox.factory_path()}/pipelines/PL_One")
    assert body["properties"]["description"] == "per cent % and ; and ]"
    assert body["properties"]["activities"][0]["typeProperties"]["waitTimeInSeconds"] == 30
    assert sandbox.call("GET", f"{sandbox.factory_path()}/pipelines/PL_Two")[0] == 404


def test_only_what_changed_in_the_checkout_is_deployed(
    sandbox: RunningSandbox, agent: Agent, deploy_task: Path
) -> None:
    checkout = agent.work / "checkout"
    (checkout / "pipeline").mkdir(parents=True)

    def put(name: str) -> None:
        body = json.dumps({"name": name, "properties": {"activities": []}})
        (checkout / "pipeline" / f"{name}.json").write_text(body, encoding="utf-8")

    put("PL_Old")
    (agent._bin / "git").symlink_to(shutil.which("git") or "git")
    who = ("-c", "user.name=x", "-c", "user.email=x@example.invalid")
    for words in (("init", "--quiet"), ("add", "."), (*who, "commit", "--quiet", "--message", "a release")):
        subprocess.run(["git", *words], cwd=checkout, check=True)  # noqa: S607  # as a checkout step would
    put("PL_New")
    step = CREATE | {"source": "checkout", "changedSince": "HEAD"}
    assert ended(agent.step(deploy_task, step)).outputs["created"] == "1"
    assert sandbox.call("GET", f"{sandbox.factory_path()}/pipelines/PL_New")[0] == 200
    failed = agent.step(deploy_task, step | {"changedSince": "nowhere"})
    assert failed.result == "Failed"
    assert "there is no commit 'nowhere' in this checkout" in failed.told


def test_a_row_that_is_wrong_is_an_issue_with_file_and_line(
    sandbox: RunningSandbox, agent: Agent, deploy_task: Path
) -> None:
    (agent.work / "config.csv").write_text("type,name,path,value\npipeline,PL_One,no.such.path,1\n")
    ran = ended(agent.step(deploy_task, CREATE | {"configFile": "config.csv"}), "Failed")
    (issue,) = ran.issues
    assert issue.properties["sourcepath"].endswith("config.csv")
    assert (issue.properties["linenumber"], issue.properties["code"]) == ("2", "config-path")
    assert sandbox.calls("PUT") == []


def test_a_source_that_is_empty_deploys_nothing_of_what_lies_in_the_working_directory(
    sandbox: RunningSandbox, agent: Agent, deploy_task: Path
) -> None:
    ran = ended(
        agent.step(deploy_task, CREATE | {"source": ""}), "Failed"
    )  # the agent makes the working directory of it
    assert "source (Source)" in ran.errors[0]
    assert sandbox.calls("PUT") == []


def test_a_deployment_that_fails_is_told_and_the_triggers_run_again(
    live: RunningSandbox, agent: Agent, deploy_task: Path
) -> None:
    refusal = {"status": 400, "body": {"error": {"code": "BadRequest", "message": "The sandbox says no."}}}
    live.faults({"method": "DEPLOY", "path": "/pipelines/", "action": refusal})
    ran = ended(agent.step(deploy_task, SECOND), "Failed")
    assert "The sandbox says no" in " ".join(ran.errors)
    assert runs(live) == RAN


@pytest.mark.parametrize("phase", ["##[section]Inputs", "##[section]Stop", "##[section]Deploy", "##[section]Start"])
def test_a_cancel_in_any_phase_ends_with_the_triggers_as_they_were(
    live: RunningSandbox, agent: Agent, deploy_task: Path, phase: str
) -> None:
    live.settings(stepDelaySeconds=1)
    ran = agent.step(deploy_task, SECOND, cancel_when=lambda line: line.startswith(phase))
    assert phase in ran.log, ran.told
    assert ran.exit_code == 0
    assert not ran.killed
    assert runs(live) == RAN


def test_an_engine_whose_launcher_is_killed_cancels_and_puts_the_triggers_back_by_itself(
    live: RunningSandbox, agent: Agent, deploy_task: Path
) -> None:
    live.settings(stepDelaySeconds=1)
    ran = agent.step(deploy_task, SECOND, kill_when=lambda line: line.startswith("##[section]Deploy"))
    assert ran.killed, ran.told
    until(lambda: runs(live) == RAN and not open_journals(agent))
    assert live.calls("POST", "/cancel") != []


def until(so: Callable[[], bool]) -> None:
    """Wait for what another process does; a test that waits too long has failed."""
    end = time.monotonic() + 120
    while not so():
        assert time.monotonic() < end
        time.sleep(0.05)


def open_journals(agent: Agent) -> list[Path]:
    """What runs on this machine have not closed yet."""
    return list((agent.root / ".local" / "state" / "ecluse" / "journal").rglob("*.json"))


OTHER_TASKS_STEPS = """
factory:
  azureSubscription: 5c0e
  ResourceGroupName: rg-test
  DataFactoryName: adf-test
  DataFactoryCodePath: $(System.DefaultWorkingDirectory)/one
  Location: westeurope
  StageType: FilePath
  StageCode: never-read
  StageConfigFile: $(System.DefaultWorkingDirectory)/config-uat.csv
  DeleteNotInSource: true
  StopStartTriggers: true
  CreateNewInstance: true
  FilteringType: Inline
  FilterText: |
    +pipeline.*
    +trigger.*
  PublishMethod: AzResource
  TriggerStopMethod: AllEnabled
  TriggerStartMethod: BasedOnSourceCode
  IncrementalDeployment: false
  DoNotStopStartExcludedTriggers: true
  DoNotDeleteExcludedObjects: true
  IgnoreLackOfReferencedObject: false
  IsDryRun: false
dry run:
  ConnectedServiceName: 5c0e
  ResourceGroupName: rg-test
  DataFactoryName: adf-test
  DataFactoryCodePath: one
  Location: westeurope
  CreateNewInstance: true
  IsDryRun: true
template:
  azureResourceManagerConnection: 5c0e
  resourceGroupName: rg-test
  DataFactoryName: adf-test
  location: westeurope
  CreateNewInstance: true
  csmFile: one/ARMTemplateForFactory.json
  csmParametersFile: one/parameters.json
  overrideParameters: -text "from the step"
  deploymentMode: Incremental
"""


@pytest.mark.parametrize("name", ["factory", "dry run", "template"])
def test_a_step_of_another_task_does_what_it_means_when_only_the_tasks_name_is_changed(
    sandbox: RunningSandbox, agent: Agent, deploy_task: Path, name: str
) -> None:
    described = {"text": {"type": "string", "defaultValue": "dev"}}
    own = pipeline("PL_One", description="[parameters('text')]")
    write(agent.work / "one", own, pipeline("PL_Two"), trigger("TR_Day", "PL_One"), parameters=described)
    (agent.work / "one" / "parameters.json").write_text(json.dumps({"parameters": {"text": {"value": "file"}}}))
    (agent.work / "config-uat.csv").write_text("type,name,path,value\npipeline,PL_One,description,uat\n")
    ran = ended(agent.step(deploy_task, yaml.load(OTHER_TASKS_STEPS, yaml.BaseLoader)[name]))  # noqa: S506  # texts only
    status, body, _ = sandbox.call("GET", f"{sandbox.factory_path()}/pipelines/PL_One")
    if name == "dry run":
        assert status == 404
        assert ran.outputs["planHasChanges"] == "true"
        return
    assert ran.outputs["created"] == "3"
    assert body["properties"]["description"] == ("uat" if name == "factory" else "from the step")
    assert runs(sandbox) == ({"TR_Day"} if name == "factory" else set())  # BasedOnSourceCode


def test_names_that_look_like_commands_stay_names(sandbox: RunningSandbox, agent: Agent, deploy_task: Path) -> None:
    names = ["PL [quoted]", "PL it's", "PL ünï 工厂", "PL ; ] ="]
    write(agent.work / "one", *(pipeline(name, description=f"{EVIL}\n{EVIL}") for name in names))
    (agent.work / "config.csv").write_text(f"type,name,path,value\npipeline,{EVIL},$.name,{EVIL}\n")
    for step in (CREATE, CREATE | {"configFile": "config.csv"}, CREATE | {"stage": EVIL}, CREATE | {"source": EVIL}):
        ran = agent.step(deploy_task, step | {"verbose": "true"})
        assert ran.exit_code == 0
        assert "evil" not in ran.outputs, ran.told
    assert sandbox.call("GET", f"{sandbox.factory_path()}/pipelines")[1]["value"]


def test_a_secret_that_has_expired_is_told_with_the_remedy_and_not_shown(
    sandbox: RunningSandbox, agent: Agent, deploy_task: Path
) -> None:
    agent.endpoints = [azure_connection(sandbox.url, parameters={"serviceprincipalkey": "expired-secret-0123"})]
    ran = ended(agent.step(deploy_task, CREATE), "Failed")
    assert "AADSTS7000215" in " ".join(ran.errors)
    assert "expired-secret-0123" not in ran.everything
    assert sandbox.calls("PUT") == []


def federated(sandbox: RunningSandbox, agent: Agent) -> None:
    """The connection signs in by a token of Azure DevOps, here the sandbox's own."""
    made = azure_connection(sandbox.url, id=sandbox.info["serviceConnectionId"], scheme="WorkloadIdentityFederation")
    kept = {name: value for name, value in made.parameters.items() if name != "serviceprincipalkey"}
    agent.endpoints = [replace(made, parameters=kept)]
    agent.variables["System.OidcRequestUri"] = sandbox.info["oidcRequestUri"]
    agent.job_token = sandbox.info["jobToken"]


def certified(sandbox: RunningSandbox, agent: Agent) -> None:
    """The connection signs in by a certificate."""
    pem = sandbox.control("GET", "certificate")["pem"]
    parameters = {"authenticationType": "spnCertificate", "servicePrincipalCertificate": pem, "serviceprincipalkey": ""}
    agent.endpoints = [azure_connection(sandbox.url, parameters=parameters)]


@pytest.mark.parametrize("kind", [federated, certified])
def test_a_deployment_outlives_its_token_with_a_fresh_proof_for_each(
    live: RunningSandbox, agent: Agent, deploy_task: Path, kind: Callable[[RunningSandbox, Agent], None]
) -> None:
    kind(live, agent)
    live.settings(tokenLifetimeSeconds=1, oidcLifetimeSeconds=1, stepDelaySeconds=1)
    step = SECOND | {"azureSubscription": agent.endpoints[0].id}
    ran = ended(agent.step(deploy_task, step))
    assert len([each for each in live.control("GET", "calls") if "/oauth2/" in each["path"]]) >= 3
    assert runs(live) == RAN
    assert live.info["jobToken"] not in ran.everything
    assert "PRIVATE" not in ran.everything


def test_a_connection_to_another_tenant_is_told(sandbox: RunningSandbox, agent: Agent, deploy_task: Path) -> None:
    tenant = "11111111-2222-3333-4444-555555555555"
    agent.endpoints = [azure_connection(sandbox.url, parameters={"tenantid": tenant})]
    ran = ended(agent.step(deploy_task, CREATE), "Failed")
    assert "AADSTS90002" in " ".join(ran.errors)


@pytest.fixture
def read_only(deploy_task: Path, tmp_path: Path) -> Iterator[Path]:
    """The task in folders that nobody may write to, as in a container job."""
    task = tmp_path / "read-only" / "AdfDeployV1"
    shutil.copytree(deploy_task, task)
    folders = [task, *(each for each in task.rglob("*") if each.is_dir())]
    for folder in folders:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    yield task
    for folder in folders:
        folder.chmod(stat.S_IRWXU)


def test_a_task_folder_that_can_only_be_read_is_left_as_it_was(agent: Agent, read_only: Path) -> None:
    before = sorted(read_only.rglob("*"))
    ended(agent.step(read_only, CREATE))
    assert sorted(read_only.rglob("*")) == before


def test_triggers_are_listed_stopped_and_started(live: RunningSandbox, agent: Agent, triggers_task: Path) -> None:
    listed = ended(agent.step(triggers_task, STEP | {"command": "list"}))
    assert "Started" in listed.log
    ended(agent.step(triggers_task, STEP | {"command": "stop", "allTriggers": "true"}))
    assert runs(live) == set()
    ended(agent.step(triggers_task, STEP | {"command": "start", "triggers": "\n".join(RAN)}))
    assert runs(live) == RAN
    unclear = ended(agent.step(triggers_task, STEP | {"command": "stop"}), "Failed")
    assert "which triggers" in " ".join(unclear.errors)


def test_the_step_after_the_job_waits_for_an_engine_that_outlives_its_launcher(
    live: RunningSandbox, agent: Agent, deploy_task: Path
) -> None:
    live.settings(stepDelaySeconds=1)
    ran = agent.step(deploy_task, SECOND, kill_when=lambda line: line.startswith("##[section]Deploy"))
    assert ran.killed, ran.told
    after = ended(agent.after_job(deploy_task, SECOND))
    assert runs(live) == RAN, after.told
    assert open_journals(agent) == []


ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the agent here finds the engine's process by /proc")


@ON_LINUX
@pytest.mark.parametrize("phase", ["##[section]Deploy", "##[section]Start"])
def test_the_step_after_the_job_puts_right_what_is_left_when_all_of_the_step_was_killed(
    live: RunningSandbox, agent: Agent, deploy_task: Path, phase: str
) -> None:
    live.settings(stepDelaySeconds=1)
    ran = agent.step(deploy_task, SECOND, kill_all_when=lambda line: line.startswith(phase))
    assert ran.killed, ran.told
    assert runs(live) != RAN
    after = agent.after_job(deploy_task, SECOND)
    assert runs(live) == RAN, after.told
    assert after.exit_code == 0
    again = agent.after_job(deploy_task, SECOND)
    assert (again.log, again.issues) == ("", []), again.told


@ON_LINUX
def test_an_account_without_home_or_language_gets_its_triggers_back_all_the_same(
    live: RunningSandbox, agent: Agent, deploy_task: Path
) -> None:
    agent.homeless = True
    write(
        agent.work / "two", pipeline("PL ünï 工厂"), pipeline("P"), trigger("TR_Daily", "P"), trigger("TR_Files", "P")
    )
    live.settings(stepDelaySeconds=1)
    ran = agent.step(deploy_task, SECOND, kill_all_when=lambda line: line.startswith("##[section]Deploy"))
    assert ran.killed, ran.told
    assert "PL ünï 工厂" in ran.log
    after = agent.after_job(deploy_task, SECOND)
    assert runs(live) == RAN, after.told


@ON_LINUX
def test_what_a_run_left_stopped_when_all_of_it_was_killed_is_started_by_the_triggers_task(
    live: RunningSandbox, agent: Agent, deploy_task: Path, triggers_task: Path
) -> None:
    live.settings(stepDelaySeconds=1)
    ran = agent.step(deploy_task, SECOND, kill_all_when=lambda line: line.startswith("##[section]Deploy"))
    assert ran.killed, ran.told
    assert runs(live) == set()
    ended(agent.step(triggers_task, STEP | {"command": "recover"}))
    assert runs(live) == RAN


NEWER = ("3.11", "3.12", "3.13", "3.14")


def pythons(version: str) -> Iterator[str]:
    """Interpreters of a version: on the PATH, and beside our own where a version manager or the agent keeps them."""
    yield from filter(None, [shutil.which(f"python{version}")])
    yield from map(str, Path(sys.base_prefix).parent.glob(f"{version}.*/bin/python{version}"))


def real(version: str) -> str | None:
    """An interpreter of a version that runs, and no stand-in for one; None when there is none here."""
    for python in pythons(version):
        tell = [python, "-c", "import sys; print(sys.executable)"]
        ran = subprocess.run(tell, capture_output=True, text=True, check=False)
        if ran.returncode == 0:
            return os.path.realpath(ran.stdout.strip())
    return None


@pytest.mark.parametrize("version", NEWER)
def test_every_python_that_is_new_enough_runs_it(
    sandbox: RunningSandbox, tmp_path: Path, deploy_task: Path, version: str
) -> None:
    found = real(version)
    if found is None:
        pytest.skip(f"there is no Python {version} here")
    agent = agent_for(sandbox, tmp_path / "agent", python=found)
    write(agent.work / "one", pipeline("PL_One"))
    assert ended(agent.step(deploy_task, CREATE)).outputs["created"] == "1"


def test_node_24_runs_it_too(sandbox: RunningSandbox, tmp_path: Path, deploy_task: Path) -> None:
    node = os.environ.get("ECLUSE_NODE24")
    if not node:
        pytest.skip("ECLUSE_NODE24 names no Node 24")
    agent = agent_for(sandbox, tmp_path / "agent", node=node)
    write(agent.work / "one", pipeline("PL_One"))
    assert ended(agent.step(deploy_task, CREATE)).outputs["created"] == "1"
    assert json.loads(subprocess.check_output([node, "-p", "process.versions.node.split('.')[0]"])) >= 24
