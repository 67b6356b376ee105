"""The packaged launcher, with an engine of the test's own: what it hands over, what it passes on, how it ends."""

import json
import shutil
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.task.agent import Agent, Command, Endpoint, Ran, azure_connection

Faked = Callable[..., Path]

SECRET = "sandbox-secret-that-opens-nothing-else"
STEP = {
    "azureSubscription": "5c0e",
    "resourceGroupName": "rg-test",
    "dataFactoryName": "adf-test",
    "source": "adf",
}
ASK = 'note("request.json", request); note("surroundings.json", surroundings()); done()'
AFTERWARDS = "Triggers that it stopped start again when the job ends, or by AdfTriggers with the command recover."


def asked(agent: Agent) -> dict[str, Any]:
    """The request that the engine got."""
    found: dict[str, Any] = json.loads((agent.temp / "request.json").read_text(encoding="utf-8"))
    return found


# --- what is handed over ----------------------------------------------------------------------------------------------


def test_inputs_go_over_as_they_were_typed_without_what_is_empty_or_at_its_default(agent: Agent, faked: Faked) -> None:
    given = {"filter": "+pipeline.PL_*\n-trigger.*", "stage": "uat", "method": "arm", "triggerStop": "changed"}
    assert agent.step(faked(ASK), STEP | given).result == "Succeeded"
    request = asked(agent)
    assert request["protocol"] == 1
    assert request["command"] == "deploy"
    assert request["inputs"] == {
        "resourceGroupName": "rg-test",
        "dataFactoryName": "adf-test",
        "source": str(agent.work / "adf"),
        "stage": "uat",
        "filter": "+pipeline.PL_*\n-trigger.*",
        "triggerStop": "changed",
    }
    assert request["workingFolder"] == str(agent.work)
    assert Path(request["folder"]).parent == agent.temp


def test_a_file_input_that_is_empty_is_not_given_though_the_agent_made_a_folder_of_it(
    agent: Agent, faked: Faked
) -> None:
    task = faked(ASK)
    assert agent.environment(task, STEP, {})["INPUT_CONFIGFILE"] == str(agent.work)
    agent.step(task, STEP)
    assert "configFile" not in asked(agent)["inputs"]


@pytest.mark.parametrize("part", ["ARMTemplateForFactory.json", "linkedService"])
def test_a_source_may_be_the_working_directory_where_that_is_a_factory(agent: Agent, faked: Faked, part: str) -> None:
    task, step = faked(ASK), STEP | {"source": "$(System.DefaultWorkingDirectory)"}
    refused(agent.step(task, step), "source (Source)")
    (agent.work / part).mkdir()
    agent.step(task, step)
    assert asked(agent)["inputs"]["source"] == str(agent.work)


def test_paths_with_blanks_and_letters_of_any_alphabet_arrive(agent: Agent, faked: Faked) -> None:
    agent.step(faked(ASK), STEP | {"source": "../Ünïcode folder/工厂"})
    assert asked(agent)["inputs"]["source"] == str(agent.work.parent / "Ünïcode folder/工厂")


def test_a_name_that_another_task_uses_arrives_as_the_input_that_it_means(agent: Agent, faked: Faked) -> None:
    step = {"ConnectedServiceName": "5c0e", "ResourceGroupName": "rg", "DataFactoryName": "adf", "csmFile": "t.json"}
    agent.step(faked(ASK), step | {"StageCode": "uat", "StopStartTriggers": "false", "IsDryRun": "true"})
    assert asked(agent)["inputs"] == {
        "resourceGroupName": "rg",
        "dataFactoryName": "adf",
        "source": str(agent.work / "t.json"),
        "stage": "uat",
        "StopStartTriggers": "false",
        "IsDryRun": "true",
    }


def test_the_connection_is_handed_over(agent: Agent, faked: Faked) -> None:
    agent.step(faked(ASK), STEP)
    assert asked(agent)["connection"] == {
        "scheme": "ServicePrincipal",
        "authenticationType": "spnKey",
        "tenant": "5a4db0c5-0000-4000-8000-000000000001",
        "client": "5a4db0c5-0000-4000-8000-000000000002",
        "secret": SECRET,
        "authority": "https://localhost:9/",
        "armEndpoint": "https://localhost:9/",
        "subscription": "00000000-0000-0000-0000-000000000000",
        "oidc": None,
    }


def test_workload_identity_hands_over_where_a_fresh_token_is_had(agent: Agent, faked: Faked) -> None:
    agent.endpoints = [azure_connection("https://localhost:9", scheme="WorkloadIdentityFederation")]
    agent.variables["System.OidcRequestUri"] = "https://dev.example.test/org/oidctoken"
    agent.step(faked(ASK), STEP)
    connection = asked(agent)["connection"]
    uri = "https://dev.example.test/org/oidctoken"
    assert connection["oidc"] == {"uri": uri, "serviceConnectionId": "5c0e", "token": "job-token-0123"}
    assert connection["secret"] == ""


def test_a_managed_identity_hands_over_its_own_client(agent: Agent, faked: Faked) -> None:
    data = {"msiclientId": "c11e"}
    agent.endpoints = [azure_connection("https://localhost:9", scheme="ManagedServiceIdentity", data=data)]
    agent.step(faked(ASK), STEP)
    assert asked(agent)["connection"]["client"] == "c11e"
    assert asked(agent)["connection"]["secret"] == ""


def test_proxy_and_certificates_of_the_agent_are_handed_over(agent: Agent, faked: Faked) -> None:
    agent.variables |= {
        "Agent.ProxyUrl": "http://proxy:8080",
        "Agent.ProxyUsername": "u",
        "Agent.ProxyBypassList": '["\\\\.local$"]',
        "Agent.CAInfo": "ca.pem",
    }
    agent.secrets["Agent.ProxyPassword"] = "proxy-password"
    agent.step(faked(ASK), STEP)
    assert asked(agent)["proxy"] == {
        "url": "http://proxy:8080",
        "user": "u",
        "password": "proxy-password",
        "bypass": ["\\.local$"],
    }
    assert asked(agent)["caFile"] == "ca.pem"


def test_configuration_sees_the_steps_variables_and_only_the_secrets_that_the_step_names(
    agent: Agent, faked: Faked
) -> None:
    agent.variables |= {"Region": "westeurope", "my.dotted": "dots"}
    agent.secrets |= {"LakeKey": "lake-key-123", "Other": "never-asked-for", "Mapped": "mapped-secret"}
    step = STEP | {"configVariables": "LakeKey, my.dotted"}
    agent.step(faked(ASK), step, env={"WAREHOUSE": "user=x;password=$(Mapped)"})
    variables = asked(agent)["variables"]
    assert variables["REGION"] == "westeurope"
    assert variables["LakeKey"] == "lake-key-123"
    assert variables["WAREHOUSE"] == "user=x;password=mapped-secret"
    assert "never-asked-for" not in json.dumps(asked(agent))
    assert sorted(asked(agent)["secretVariables"]) == ["LakeKey", "WAREHOUSE"]
    assert not [name for name in variables if name.startswith(("ENDPOINT_", "INPUT_", "SECRET_", "VSTS_"))]


def test_secrets_are_on_stdin_and_nowhere_else(agent: Agent, faked: Faked) -> None:
    agent.secrets |= {"Mapped": "mapped-secret"}
    ran = agent.step(faked(ASK), STEP | {"parameterOverrides": "a=$(Mapped)"}, env={"W": "$(Mapped)"})
    around = (agent.temp / "surroundings.json").read_text(encoding="utf-8")
    for secret in (SECRET, "mapped-secret", "job-token-0123"):
        assert secret not in around
        assert secret not in ran.everything


def test_the_engine_runs_isolated_from_the_machines_python(agent: Agent, faked: Faked) -> None:
    task = faked(ASK)
    agent.step(task, STEP)
    around = json.loads((agent.temp / "surroundings.json").read_text(encoding="utf-8"))
    words = around["flags"][1:]
    cache = agent.tools / "ecluse"
    assert words[:6] == ["-I", "-S", "-u", "-X", "utf8", "-X"]
    assert words[6].startswith(f"pycache_prefix={cache}")
    assert words[7:] == [str(task / "engine" / "run_engine.py")]
    assert not [path for path in around["path"] if "site-packages" in path]
    assert not (task / "engine" / "__pycache__").exists()


def test_of_the_environment_the_engine_gets_no_variable_of_the_pipeline(agent: Agent, faked: Faked) -> None:
    agent.step(faked(ASK), STEP, env={"MINE": "x"})
    around = json.loads((agent.temp / "surroundings.json").read_text(encoding="utf-8"))
    assert set(around["environ"]) <= {"PATH", "HOME", "LANG", "TMPDIR", "LC_CTYPE"}


# --- what is passed on ------------------------------------------------------------------------------------------------


def told(agent: Agent, faked: Faked, script: str) -> Ran:
    return agent.step(faked(script), STEP)


def test_events_become_the_agents_commands(agent: Agent, faked: Faked) -> None:
    ran = told(
        agent,
        faked,
        """
folder = Path(request["folder"])
(folder / "summary.md").write_text("# Plan")
tell("started", version="0.1.0", pid=1)
tell("section", title="Deploying")
tell("progress", percent=66, title="deploy 2 of 3")
tell("issue", severity="error", message="no such path; see [docs]", code="config-path", file="config-uat.csv", line=17)
tell("output", name="updated", value="3", secret=False)
tell("summary", path=str(folder / "summary.md"), title="Plan of adf-test")
tell("attachment", type="ecluse-plan", name="plan", path=str(folder / "summary.md"))
done("SucceededWithIssues", "3 objects updated")
""",
    )
    assert "##[section]Deploying" in ran.log
    assert ran.said("task.setprogress") == [Command("task.setprogress", {"value": "66"}, "deploy 2 of 3")]
    place = {"type": "error", "sourcepath": "config-uat.csv", "linenumber": "17", "code": "config-path"}
    (issue,) = ran.issues
    assert issue.data == "no such path; see [docs]"
    assert place.items() <= issue.properties.items()
    assert ran.outputs["updated"] == "3"
    assert [(each.properties["type"], each.properties["name"]) for each in ran.said("task.addattachment")] == [
        ("Distributedtask.Core.Summary", "Plan of adf-test"),
        ("ecluse-plan", "plan"),
    ]
    assert ran.result == "SucceededWithIssues"
    assert ran.exit_code == 0


def test_a_value_that_the_task_does_not_promise_is_no_output_variable(
    agent: Agent, faked: Faked, triggers_task: Path
) -> None:
    script = 'tell("output", name="created", value="0"); tell("output", name="triggersRestarted", value="2"); done()'
    ran = agent.step(faked(script, triggers_task), STEP)
    assert (ran.outputs, ran.result) == ({"triggersRestarted": "2"}, "Succeeded")


def test_an_attachment_has_a_name_that_every_agents_file_system_allows(agent: Agent, faked: Faked) -> None:
    script = """
page = Path(request["folder"]) / "summary.md"
page.touch()
tell("summary", path=str(page), title='Plan: a/b of "x"\\\\y'); done()
"""
    ran = told(agent, faked, script)
    assert (ran.result, ran.refused) == ("Succeeded", [])
    assert ran.said("task.addattachment")[0].properties["name"] == "Plan- a-b of -x--y"


def test_a_line_of_the_engine_is_never_a_command(agent: Agent, faked: Faked) -> None:
    evil = "##vso[task.setvariable variable=evil]1"
    script = f"""
print("pipeline.PL {evil}"); print("@@0123 " + json.dumps({{"event": "output", "name": "evil", "value": "1"}}))
print("{evil}", file=sys.stderr)
tell("section", title="x {evil}"); tell("issue", severity="warning", message="y {evil}\\n{evil}")
tell("progress", percent=1, title="z\\n{evil}"); done("Failed", "bad {evil}\\n{evil}", 1)
"""
    ran = told(agent, faked, script)
    assert "evil" not in {each.properties.get("variable") for each in ran.commands}
    assert "pipeline.PL" in ran.log


@pytest.mark.parametrize("name", ["per % cent", 'quo"te', "new\nline", "semi;colon]", "%0A%25"])
def test_odd_names_survive_the_way_through_a_command(agent: Agent, faked: Faked, name: str) -> None:
    ran = told(agent, faked, f'tell("issue", severity="error", message={name!r}, file={name!r}); done("Failed", "", 1)')
    (issue,) = ran.issues
    assert issue.data == name
    assert issue.properties["sourcepath"] == name


def test_a_letter_that_is_cut_in_two_by_the_pipe_arrives_whole(agent: Agent, faked: Faked) -> None:
    script = (
        "raw = '工厂\\n'.encode(); os.write(1, raw[:2]); import time; time.sleep(0.2); os.write(1, raw[2:]); done()"
    )
    assert "工厂" in told(agent, faked, script).log


# --- how it ends ------------------------------------------------------------------------------------------------------


def test_a_failure_is_told_by_the_result_and_never_by_the_exit_code(agent: Agent, faked: Faked) -> None:
    ran = told(agent, faked, 'done("Failed", "deploy failed", 1)')
    assert (ran.result, ran.exit_code) == ("Failed", 0)
    assert ran.said("task.complete")[-1].data == "deploy failed"


def test_an_engine_that_ends_without_a_result_is_a_failure_with_its_last_words(agent: Agent, faked: Faked) -> None:
    ran = told(agent, faked, 'raise SystemError("out of luck")')
    assert (ran.result, ran.exit_code) == ("Failed", 0)
    assert "out of luck" in ran.errors[0]


@pytest.mark.parametrize("half", ['{"event": "iss', ""])
def test_an_engine_that_is_killed_while_it_tells_something_is_a_failure_in_words(
    agent: Agent, faked: Faked, half: str
) -> None:
    script = f"import signal; os.write(1, ('@@' + request['nonce'] + ' ' + {half!r}).encode()); print(file=sys.stderr)"
    ran = told(agent, faked, f"{script}; os.kill(os.getpid(), signal.SIGKILL)")
    assert ran.errors == [f"The engine ended without a result (SIGKILL). {AFTERWARDS}"]
    assert (ran.result, ran.exit_code) == ("Failed", 0)


def test_what_the_engine_said_last_is_said_once(agent: Agent, faked: Faked) -> None:
    ran = told(agent, faked, 'print("one\\ntwo"); os._exit(9)')
    assert ran.errors == [f"The engine ended without a result (exit code 9). {AFTERWARDS} It said last: one / two"]


def test_a_cancel_reaches_the_engine_by_stdin_and_its_end_is_awaited(agent: Agent, faked: Faked) -> None:
    script = 'print("at work"); note("heard.json", heard()); done("Failed", "cancelled, 2 triggers run again", 1)'
    agent.timers = (60, 60)
    ran = agent.step(faked(script), STEP, cancel_when=lambda line: "at work" in line)
    assert json.loads((agent.temp / "heard.json").read_text()) == {"cancel": True}
    assert ran.said("task.complete")[-1].data == "cancelled, 2 triggers run again"
    assert not ran.killed


def test_an_engine_learns_at_once_that_the_launcher_was_killed(agent: Agent, faked: Faked) -> None:
    script = """
print("at work")
lines = [heard() for _ in range(3)]
note("heard.json", lines[-1])
Path(request["folder"]).with_name("over").touch()
"""
    ran = agent.step(faked(script), STEP, kill_when=lambda line: "at work" in line)
    assert ran.killed
    over = agent.temp / "over"
    assert wait_for(over)
    assert json.loads((agent.temp / "heard.json").read_text()) is None


def wait_for(file: Path) -> bool:
    """Whether the file is there before patience ends."""
    end = time.monotonic() + 60
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.02)
    return file.exists()


def test_after_the_job_nothing_is_said_when_the_main_step_left_nothing(agent: Agent, faked: Faked) -> None:
    assert agent.after_job(faked(ASK), STEP).raw == []


def test_the_state_is_kept_for_the_step_after_the_job_and_forgotten_at_a_good_end(agent: Agent, faked: Faked) -> None:
    agent.step(faked('tell("state", state={"run": "r1"}); done()'), STEP)
    assert agent.task_variables == {"ECLUSE_STATE": ""}


@pytest.mark.parametrize("end", ['done("Failed", "a trigger is astray", 4)', "os._exit(9)"])
def test_after_a_bad_end_the_step_after_the_job_gets_the_state(agent: Agent, faked: Faked, end: str) -> None:
    script = f"""
if request["command"] == "post-job":
    note("request.json", request); done()
tell("state", state={{"run": "r1"}}); {end}
"""
    task = faked(script)
    agent.step(task, STEP)
    assert agent.after_job(task, STEP).said("task.complete") == []
    request = asked(agent)
    assert (request["command"], request["state"]) == ("post-job", {"run": "r1"})
    assert request["connection"]["secret"] == SECRET


def test_after_the_job_no_input_is_demanded_but_the_connection(agent: Agent, faked: Faked) -> None:
    script = """
if request["command"] == "post-job":
    note("request.json", request); done()
tell("state", state={"run": "r1"}); os._exit(9)
"""
    task, step = faked(script), STEP | {"source": ".", "dataFactoryName": "$(factory)"}
    agent.variables["factory"] = "adf-test"
    (agent.work / "pipeline").mkdir()
    agent.step(task, step)
    (agent.work / "pipeline").rmdir()  # a later step has cleaned up
    agent.variables["factory"] = ""
    assert agent.after_job(task, step).result == "Succeeded"
    assert asked(agent)["state"] == {"run": "r1"}


# --- what is refused --------------------------------------------------------------------------------------------------


def refused(ran: Ran, *words: str) -> None:
    (said,) = ran.errors
    assert [word for word in words if word not in said] == []
    assert (ran.result, ran.exit_code) == ("Failed", 0)


def test_a_connection_of_another_kind_is_refused_in_words(agent: Agent, faked: Faked) -> None:
    agent.endpoints = [Endpoint("5c0e", "https://nuget.test/", "UsernamePassword", {"username": "u", "password": "p"})]
    refused(agent.step(faked(ASK), STEP), "no Azure Resource Manager connection", "UsernamePassword")


def test_a_connection_for_a_management_group_is_refused_in_words(agent: Agent, faked: Faked) -> None:
    data = {"subscriptionId": "", "scopeLevel": "ManagementGroup"}
    agent.endpoints = [azure_connection("https://localhost:9", data=data)]
    refused(agent.step(faked(ASK), STEP), "ManagementGroup", "Subscription")


def test_a_step_without_a_connection_is_refused_in_words(agent: Agent, faked: Faked) -> None:
    refused(agent.step(faked(ASK), STEP | {"azureSubscription": ""}), "azureSubscription")


def test_every_required_input_that_is_empty_is_named_at_once(agent: Agent, faked: Faked) -> None:
    step = {"azureSubscription": "5c0e", "resourceGroupName": "$(empty)", "source": ""}
    agent.variables["empty"] = ""
    ran = agent.step(faked(ASK), step)
    refused(ran, "resourceGroupName (Resource group)", "dataFactoryName (Data factory)", "source (Source)")
    assert "azureSubscription" not in ran.errors[0]
    assert not (agent.temp / "request.json").exists()


def test_a_working_directory_that_is_not_there_is_named_with_its_input(agent: Agent, faked: Faked) -> None:
    (agent.work / "file").write_text("", encoding="utf-8")
    task = faked(ASK)
    for folder in ("/nowhere/drop", str(agent.work / "file")):
        step = STEP | {"workingDirectory": folder}
        refused(agent.step(task, step), f"workingDirectory: there is no folder {folder}")
    assert not (agent.temp / "request.json").exists()


def test_workload_identity_on_a_server_without_it_is_refused_in_words(agent: Agent, faked: Faked) -> None:
    agent.endpoints = [azure_connection("https://localhost:9", scheme="WorkloadIdentityFederation")]
    refused(agent.step(faked(ASK), STEP), "System.OidcRequestUri", "service principal")


def test_no_python_is_an_error_that_says_what_was_tried_and_how_to_put_it_right(tmp_path: Path, faked: Faked) -> None:
    agent = Agent(tmp_path / "bare", endpoints=[azure_connection("https://localhost:9")], python=None)
    refused(agent.step(faked(ASK), STEP), "Python 3.11 or newer is needed", "nothing was found", "UsePythonVersion@0")


def test_a_python_that_is_too_old_is_passed_over_for_the_next(tmp_path: Path, faked: Faked) -> None:
    agent = Agent(tmp_path / "mixed", endpoints=[azure_connection("https://localhost:9")], python=None)
    task = faked(ASK)
    pretend(agent.root / "bin" / "python3", "3.8.10")
    refused(agent.step(task, STEP), "is 3.8.10, too old")
    pretend(agent.root / "bin" / "python", "", code=1)
    refused(agent.step(task, STEP), "does not work")
    newer = agent.tools / "Python" / "3.12.1" / "x64"
    (newer / "bin").mkdir(parents=True)
    (newer / "bin" / "python3").symlink_to(sys.executable)
    assert agent.step(task, STEP).errors  # not complete yet: no mark beside it
    (newer.parent / "x64.complete").touch()
    assert agent.step(task, STEP).result == "Succeeded"


def test_what_else_lies_in_the_tools_folder_is_passed_over(tmp_path: Path, faked: Faked) -> None:
    agent = Agent(tmp_path / "mixed", endpoints=[azure_connection("https://localhost:9")], python=None)
    (agent.tools / "Python").mkdir()
    (agent.tools / "Python" / "versions.json").touch()
    refused(agent.step(faked(ASK), STEP), "Python 3.11 or newer is needed", "nothing was found")


def test_a_python_that_hangs_and_can_not_be_asked_to_end_is_passed_over(agent: Agent, faked: Faked) -> None:
    hanging = agent.root / "hanging"
    hanging.write_text(f"#!/bin/sh\ntrap '' TERM\nexec {shutil.which('tail')} -f /dev/null\n")
    hanging.chmod(0o755)
    refused(agent.step(faked(ASK), STEP | {"pythonPath": str(hanging)}), "hanging (gives no answer)")


def test_a_python_behind_a_version_managers_script_runs_the_engine_without_the_script(
    tmp_path: Path, faked: Faked
) -> None:
    agent = Agent(tmp_path / "shim", endpoints=[azure_connection("https://localhost:9")], python=None)
    shim = agent.root / "bin" / "python3"
    shim.write_text('#!/bin/sh\nexec "$CHOSEN" "$@"\n')  # what it needs, the engine's environment has not
    shim.chmod(0o755)
    assert agent.step(faked(ASK), STEP, env={"CHOSEN": sys.executable}).result == "Succeeded"


def pretend(program: Path, version: str, code: int = 0) -> None:
    """A program that says it is this Python."""
    program.write_text(f"#!/bin/sh\necho {version}\nexit {code}\n")
    program.chmod(0o755)


def test_the_python_that_the_step_names_is_the_only_one_tried(agent: Agent, faked: Faked) -> None:
    refused(agent.step(faked(ASK), STEP | {"pythonPath": "/nowhere/python"}), "input pythonPath: /nowhere/python")


def test_a_task_folder_that_can_only_be_read_is_enough(agent: Agent, faked: Faked) -> None:
    task = faked(ASK)
    before = sorted(task.rglob("*"))
    agent.step(task, STEP)
    assert sorted(task.rglob("*")) == before


# --- a certificate ----------------------------------------------------------------------------------------------------


def test_a_certificate_signs_in_the_launcher_and_its_key_never_leaves_it(agent: Agent, faked: Faked) -> None:
    pem = certificate()
    parameters = {"authenticationType": "spnCertificate", "servicePrincipalCertificate": pem}
    agent.endpoints = [azure_connection("https://localhost:9", parameters=parameters)]
    script = """
tell("assertion", id=7, audience="https://login.test/t/oauth2/v2.0/token")
note("request.json", request); note("answer.json", heard()); done()
"""
    ran = agent.step(faked(script), STEP)
    answer = json.loads((agent.temp / "answer.json").read_text())
    assert answer["assertion"] == 7
    claims = verified(answer["value"], pem, "https://login.test/t/oauth2/v2.0/token")
    assert claims["iss"] == claims["sub"] == "5a4db0c5-0000-4000-8000-000000000002"
    assert "PRIVATE" not in json.dumps(asked(agent)) + ran.everything


def test_a_certificate_that_can_not_be_used_is_told_to_the_engine(agent: Agent, faked: Faked) -> None:
    parameters = {"authenticationType": "spnCertificate", "servicePrincipalCertificate": "no pem"}
    agent.endpoints = [azure_connection("https://localhost:9", parameters=parameters)]
    agent.step(faked('tell("assertion", id=1, audience="x"); note("answer.json", heard()); done()'), STEP)
    assert "certificate can't be used" in json.loads((agent.temp / "answer.json").read_text())["error"]


def certificate() -> str:
    """A key and its own certificate, as a service connection holds them."""
    from cryptography import x509  # noqa: PLC0415  # slow to import
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415  # same
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415  # same

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
    ).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (private + made.public_bytes(serialization.Encoding.PEM)).decode()


def verified(token: str, pem: str, audience: str) -> dict[str, Any]:
    """The claims, when the signature is right."""
    import jwt  # noqa: PLC0415  # slow to import
    from cryptography import x509  # noqa: PLC0415  # same

    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["PS256"], audience=audience)  # type: ignore[arg-type]  # an RSA key
    return claims
