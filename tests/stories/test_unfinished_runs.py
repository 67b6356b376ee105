"""A run that was killed outright leaves a journal, and whoever comes next puts its triggers right."""

import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.ecluse_command import Ran, command, ecluse, environment, to
from tests.sandbox_process import RunningSandbox
from tests.stories.two_releases import DEPLOYMENT, RAN, release, runs, second_after_first

HELD = {"delaySeconds": 20, "cut": True}
NO_RIGHT = {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no right"}}}
NO_HISTORY = {"path": r"/deployments(\?|/\?|$|/ecluse-[^/?]*-(open|closed|note\d+))", "action": NO_RIGHT}


@pytest.fixture
def running(sandbox: RunningSandbox, tmp_path: Path) -> tuple[Any, ...]:
    """The first release is live, two triggers run; gives the words that deploy the second."""
    words = second_after_first(sandbox, tmp_path)
    shutil.rmtree(journal(sandbox), ignore_errors=True)
    return words


def journal(sandbox: RunningSandbox) -> Path:
    return sandbox.directory / "journal"


def begun(*words: Any, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(*words), env=environment(**env), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def until(done: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def called(sandbox: RunningSandbox, method: str, path: str) -> bool:
    return any(re.search(path, each["path"]) for each in sandbox.calls(method))


def said(process: subprocess.Popen[str], text: str) -> None:
    """Read what the process prints until this comes."""
    heard = ""
    while text not in heard:
        line = process.stdout.readline()  # type: ignore[union-attr]  # it is a pipe
        heard += line
        assert line, heard


def in_the_portal(sandbox: RunningSandbox, name: str, action: str) -> None:
    """Somebody does something to a trigger without Ecluse."""
    assert sandbox.call("POST", f"{sandbox.factory_path()}/triggers/{name}/{action}")[0] in (200, 202)


def kill(words: tuple[Any, ...], when: Callable[[subprocess.Popen[str]], object], **env: str) -> None:
    """Run, and kill outright when the moment has come."""
    process = begun(*words, **env)
    try:
        when(process)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode != 0


def killed_after_the_stops(sandbox: RunningSandbox, words: tuple[Any, ...], **env: str) -> None:
    sandbox.faults({"method": "PUT", "path": DEPLOYMENT, "action": HELD})
    kill(words, lambda process: said(process, "Deploy ("), **env)
    sandbox.faults()


def killed_while_arm_writes(sandbox: RunningSandbox, words: tuple[Any, ...]) -> None:
    sandbox.settings(stepDelaySeconds=10)
    kill(words, lambda _: until(lambda: called(sandbox, "GET", DEPLOYMENT)))
    sandbox.settings(stepDelaySeconds=0)


def killed_before_the_starts(sandbox: RunningSandbox, words: tuple[Any, ...]) -> None:
    sandbox.faults({"method": "POST", "path": "/(start|subscribeToEvents)", "action": HELD})
    kill(words, lambda process: said(process, "Start triggers"))
    sandbox.faults()


KILLS = [killed_after_the_stops, killed_while_arm_writes, killed_before_the_starts]


def on_the_same_machine(sandbox: RunningSandbox, words: tuple[Any, ...]) -> Ran:
    del sandbox
    return ecluse(*words)


def on_another_machine(sandbox: RunningSandbox, words: tuple[Any, ...]) -> Ran:
    shutil.rmtree(journal(sandbox))
    return ecluse(*words)


def by_triggers_recover(sandbox: RunningSandbox, words: tuple[Any, ...]) -> Ran:
    del words
    return ecluse("triggers", "recover", *to(sandbox.directory))


@pytest.mark.parametrize("killed", KILLS)
@pytest.mark.parametrize("comes_next", [on_the_same_machine, on_another_machine, by_triggers_recover])
def test_what_ran_before_a_kill_runs_again_after_whatever_comes_next(
    sandbox: RunningSandbox,
    running: tuple[Any, ...],
    killed: Callable[[RunningSandbox, tuple[Any, ...]], None],
    comes_next: Callable[[RunningSandbox, tuple[Any, ...]], Ran],
) -> None:
    killed(sandbox, running)
    assert runs(sandbox) == set()
    ran = comes_next(sandbox, running)
    assert ran.code == 0, ran.text
    assert "did not finish" in ran.text
    assert runs(sandbox) == RAN, ran.text
    assert (sandbox.calls("POST", "/cancel") != []) is (killed is killed_while_arm_writes)
    again = ecluse(*running)
    assert again.code == 0, again.text
    assert "did not finish" not in again.text
    assert runs(sandbox) == RAN
    assert list(journal(sandbox).glob("*.journal")) == []
    assert "Nothing to do" in ecluse("triggers", "recover", *to(sandbox.directory)).text


def test_recover_leaves_a_run_alone_that_may_still_be_at_work_elsewhere(
    sandbox: RunningSandbox, running: tuple[Any, ...]
) -> None:
    sandbox.faults({"method": "PUT", "path": DEPLOYMENT, "action": HELD})
    process = begun(*running)
    try:
        said(process, "Deploy (")
        ran = ecluse("triggers", "recover", *to(sandbox.directory))
        listed = ecluse("triggers", "list", *to(sandbox.directory))
    finally:
        process.kill()
        process.communicate()
    assert ran.code == 3, ran.text
    assert "at work" in ran.text
    assert runs(sandbox) == set()
    assert re.search(r"run \d{8}-\d{6}-\w+, .*at work\n.*TR_Daily, TR_Files", listed.text), listed.text


def test_the_last_step_of_the_same_pipeline_run_need_not_wait(
    sandbox: RunningSandbox, running: tuple[Any, ...]
) -> None:
    here: Any = {"RELEASE_RELEASEWEBURL": "https://pipelines.example/run/7"}
    killed_after_the_stops(sandbox, running, **here)
    shutil.rmtree(journal(sandbox))
    ran = ecluse("triggers", "recover", *to(sandbox.directory), **here)
    assert ran.code == 0, ran.text
    assert "https://pipelines.example/run/7" in ran.text
    assert runs(sandbox) == RAN


def test_what_somebody_has_touched_since_is_left_and_what_is_gone_is_said(
    sandbox: RunningSandbox, running: tuple[Any, ...]
) -> None:
    killed_after_the_stops(sandbox, running)
    one = f"{sandbox.factory_path()}/triggers/TR_Daily"
    _, body, _ = sandbox.call("GET", one)
    changed = {**body["properties"], "description": "paused by hand"}
    assert sandbox.call("PUT", one, {"properties": changed})[0] == 200
    assert sandbox.call("DELETE", f"{sandbox.factory_path()}/triggers/TR_Files")[0] == 200
    ran = ecluse("triggers", "recover", *to(sandbox.directory))
    assert ran.code == 0, ran.text
    assert "trigger.TR_Daily: somebody has changed it since" in ran.text
    assert "trigger.TR_Files no longer exists" in ran.text
    assert runs(sandbox) == set()


def test_a_trigger_that_somebody_has_started_since_stays_as_it_is(
    sandbox: RunningSandbox, running: tuple[Any, ...]
) -> None:
    killed_after_the_stops(sandbox, running)
    in_the_portal(sandbox, "TR_Daily", "start")
    for action in ("subscribeToEvents", "getEventSubscriptionStatus", "start"):
        in_the_portal(sandbox, "TR_Files", action)
    sandbox.control("DELETE", "calls")
    ran = ecluse("triggers", "recover", *to(sandbox.directory))
    assert ran.code == 0, ran.text
    assert runs(sandbox) == RAN
    assert sandbox.calls("POST", "TR_Daily/start") == []
    assert sandbox.calls("POST", "TR_Files/subscribeToEvents") != []


@pytest.fixture
def old(sandbox: RunningSandbox, running: tuple[Any, ...]) -> Ran:
    """A run was killed two days ago, and only this machine knows; gives what the next deployment says."""
    sandbox.faults(NO_HISTORY, {"method": "PUT", "path": DEPLOYMENT, "action": HELD})
    kill(running, lambda process: said(process, "Deploy ("))
    sandbox.faults()
    (path,) = journal(sandbox).glob("*.journal")
    path.write_text(re.sub(r'(?<="at": ")[^"]*', _two_days_before, path.read_text(encoding="utf-8")), encoding="utf-8")
    return ecluse(*running)


def _two_days_before(found: re.Match[str]) -> str:
    return (datetime.fromisoformat(found[0]) - timedelta(days=2)).isoformat()


@pytest.mark.parametrize(("verb", "then"), [("recover", RAN), ("forget", set())])
def test_an_old_unfinished_run_is_refused_with_two_commands_that_work(
    sandbox: RunningSandbox, running: tuple[Any, ...], old: Ran, verb: str, then: set[str]
) -> None:
    assert old.code == 3, old.text
    assert runs(sandbox) == set()
    (words,) = re.findall(rf"ecluse (triggers {verb} [^;\n]*)", old.text)
    assert ecluse(*shlex.split(words)).code == 0
    assert runs(sandbox) == then
    after = ecluse(*running)
    assert after.code == 0, after.text
    assert runs(sandbox) == then


def test_what_another_machine_has_ended_and_somebody_stopped_since_stays_as_it_is(
    sandbox: RunningSandbox, running: tuple[Any, ...], tmp_path: Path
) -> None:
    killed_after_the_stops(sandbox, running)
    other = ("--journal-folder", tmp_path / "elsewhere")
    until(lambda: ecluse("triggers", "recover", *to(sandbox.directory), *other).code == 0)
    assert runs(sandbox) == RAN
    in_the_portal(sandbox, "TR_Daily", "stop")
    here = ecluse(*running)
    assert (here.code, "did not finish" in here.text) == (0, False), here.text
    assert runs(sandbox) == RAN - {"TR_Daily"}
    assert list(journal(sandbox).glob("*.journal")) == []


def test_a_run_at_work_is_not_forgotten(sandbox: RunningSandbox, running: tuple[Any, ...]) -> None:
    sandbox.faults({"method": "PUT", "path": DEPLOYMENT, "action": HELD})
    forgotten: list[Ran] = []

    def forget(process: subprocess.Popen[str]) -> None:
        said(process, "Deploy (")
        (path,) = journal(sandbox).glob("*.journal")
        forgotten.append(ecluse("triggers", "forget", path.stem.partition("-")[2], *to(sandbox.directory)))

    kill(running, forget)
    sandbox.faults()
    assert (forgotten[0].code, "is at work" in forgotten[0].text) == (3, True), forgotten[0].text
    assert ecluse("triggers", "recover", *to(sandbox.directory)).code == 0
    assert runs(sandbox) == RAN


def test_an_old_unfinished_run_whose_triggers_somebody_has_started_is_nobodys_obstacle(
    sandbox: RunningSandbox, running: tuple[Any, ...], old: Ran
) -> None:
    assert old.code == 3, old.text
    in_the_portal(sandbox, "TR_Daily", "start")
    in_the_portal(sandbox, "TR_Files", "subscribeToEvents")
    assert ecluse(*running).code == 3, "TR_Files is subscribed and does not run"
    for action in ("getEventSubscriptionStatus", "start"):
        in_the_portal(sandbox, "TR_Files", action)
    after = ecluse(*running)
    assert after.code == 0, after.text
    assert runs(sandbox) == RAN
    assert list(journal(sandbox).glob("*.journal")) == []


def test_triggers_start_closes_the_journal_only_when_all_of_the_run_s_triggers_run(
    sandbox: RunningSandbox, running: tuple[Any, ...]
) -> None:
    killed_after_the_stops(sandbox, running)
    first = ecluse("triggers", "start", "TR_Daily", *to(sandbox.directory))
    assert (first.code, "runs again" in first.text) == (0, False), first.text
    assert len(list(journal(sandbox).glob("*.journal"))) == 1
    second = ecluse("triggers", "start", "TR_Files", *to(sandbox.directory))
    assert "all that ran before run" in second.text, second.text
    assert list(journal(sandbox).glob("*.journal")) == []
    assert "did not finish" not in ecluse(*running).text


def test_without_a_right_on_the_history_the_local_journal_serves_and_that_is_said(
    sandbox: RunningSandbox, running: tuple[Any, ...]
) -> None:
    sandbox.faults(NO_HISTORY)
    ran = ecluse(*running)
    assert ran.code == 0, ran.text
    assert f"no journal in the deployment history of rg-test, only in the folder {journal(sandbox)}" in ran.text
    assert runs(sandbox) == RAN


def test_without_any_place_for_a_journal_nothing_is_stopped(
    sandbox: RunningSandbox, running: tuple[Any, ...], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    sandbox.faults(NO_HISTORY)
    ran = ecluse(*running, "--journal-folder", tmp_path / "file" / "below")
    assert ran.code == 3, ran.text
    assert "no right" in ran.text
    assert sandbox.calls("POST", "/stop") == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file's size")
def test_with_a_full_disk_the_history_serves_and_that_is_said(
    sandbox: RunningSandbox, running: tuple[Any, ...]
) -> None:
    limited = ["bash", "-c", 'ulimit -f 0; exec "$@"', "bash", *command(*running)]
    ran = subprocess.run(limited, env=environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"no journal in the folder {journal(sandbox)}, only in the deployment history of rg-test" in ran.stdout
    assert runs(sandbox) == RAN


def test_a_journal_that_can_not_be_read_is_named_at_each_run_and_never_deleted(
    sandbox: RunningSandbox, running: tuple[Any, ...]
) -> None:
    killed_after_the_stops(sandbox, running)
    (path,) = journal(sandbox).glob("*.journal")
    other = path.with_name(path.name.replace("2", "3"))
    other.write_text('{"version": 99}\n', encoding="utf-8")
    for _ in range(2):
        ran = ecluse(*running)
        assert ran.code == 0, ran.text
        assert f"{other}:1: it was written by another version of Ecluse (format 99)" in ran.text
        assert other.exists()
    assert runs(sandbox) == RAN


def test_of_two_deployments_at_once_the_second_waits_and_plans_anew(
    sandbox: RunningSandbox, running: tuple[Any, ...], tmp_path: Path
) -> None:
    sandbox.settings(stepDelaySeconds=10)
    first = begun(*running)
    second = None
    try:
        until(lambda: called(sandbox, "GET", DEPLOYMENT))
        refused = ecluse(*running, "--while-busy", "refuse")
        second = begun("deploy", *release(tmp_path / "three", "third"), *to(sandbox.directory))
        said(second, "waiting up to")
        first.send_signal(signal.SIGINT)
        text, _ = first.communicate(timeout=60)
        sandbox.settings(stepDelaySeconds=0)
        later, _ = second.communicate(timeout=60)
    finally:
        for process in (first, second):
            if process is not None:
                process.kill()
                process.wait()
    assert (refused.code, first.returncode, second.returncode) == (3, 1, 0), (refused.text, text, later)
    assert "at work" in refused.text
    assert 'description: "first" -> "third"' in later
    assert runs(sandbox) == RAN


def test_two_deployments_that_begin_together_leave_the_triggers_as_they_were(
    sandbox: RunningSandbox, running: tuple[Any, ...], tmp_path: Path
) -> None:
    """They share no folder, so only the deployment history can keep them apart.

    One that planned while the other had stopped the triggers may be refused by Azure: they come back all the same.
    """
    folders = [tmp_path / "here", tmp_path / "there"]
    both = [begun(*running, "--journal-folder", folder) for folder in folders]
    texts = [process.communicate(timeout=120)[0] for process in both]
    assert sorted(process.returncode for process in both) in ([0, 0], [0, 1]), texts
    assert runs(sandbox) == RAN
    assert ecluse(*running).code == 0
    assert runs(sandbox) == RAN
