"""`--changed-since`: in a real git checkout, what changed is in scope, by the real command."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.ecluse_command import Ran, to
from tests.sandbox_process import RunningSandbox
from tests.stories.in_process import ecluse

GIT = shutil.which("git") or "git"
DELETE = "--delete-not-in-source"


def pointer(kind: str, name: str) -> dict[str, str]:
    return {"referenceName": name, "type": f"{kind}Reference"}


class Checkout:
    """A checkout with a factory in folders of JSON."""

    def __init__(self, root: Path, below: str = "", *init: str) -> None:
        self.root, self.source = root, root / below
        self.source.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *init)

    def git(self, *words: str) -> str:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        roles = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
        who = {f"GIT_{role}": "x@example.invalid" for role in roles}
        ran = subprocess.run(
            [GIT, *words], cwd=self.root, env={**ours, **who}, check=True, capture_output=True, text=True
        )
        return ran.stdout.strip()

    def commit(self) -> str:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a release")
        return self.git("rev-parse", "HEAD")

    def put(self, file: str, name: str | None = None, **properties: Any) -> Path:
        """The file of an object, named as the file where no name is given."""
        path = self.source / f"{file}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"name": name or path.stem, "properties": properties}, indent=4), encoding="utf-8")
        return path

    def fill(self) -> None:
        """Two pipelines, of which one needs a dataset and its linked service; a trigger; global parameters."""
        self.put("linkedService/LS", type="HttpServer", typeProperties={"url": "https://x.invalid"})
        self.put("dataset/DS", type="Json", linkedServiceName=pointer("LinkedService", "LS"))
        copy = {"name": "c", "type": "Lookup", "typeProperties": {"dataset": pointer("Dataset", "DS")}}
        self.put("pipeline/Copy", activities=[copy])
        self.put("pipeline/Other", activities=[])
        typed = {"recurrence": {"frequency": "Day", "interval": 1, "startTime": "2026-01-01T00:00:00Z"}}
        fires = [{"pipelineReference": pointer("Pipeline", "Other")}]
        self.put("trigger/TR", type="ScheduleTrigger", typeProperties=typed, pipelines=fires)
        self.put("factory/adf-dev", globalParameters={"env": {"type": "string", "value": "dev"}})

    def select(self, *words: Any, since: str = "HEAD", **env: str) -> Ran:
        return ecluse(self.root, "select", "--source", self.source, f"--changed-since={since}", *words, **env)


def told(ran: Ran) -> dict[str, str]:
    """Each object with `in` or `out` and why."""
    assert ran.code == 0, ran.text
    lines = [line.split(maxsplit=2) for line in ran.text.splitlines() if line.startswith(("  in ", "  out "))]
    return {ref: f"{verdict} {why}" for verdict, ref, why in lines}


def within(ran: Ran) -> set[str]:
    return {ref for ref, verdict in told(ran).items() if verdict.startswith("in ")}


@pytest.fixture(params=["", "adf/factory"], ids=["at the root", "in a sub-folder"])
def checkout(tmp_path: Path, request: pytest.FixtureRequest) -> Checkout:
    made = Checkout(tmp_path / "checkout", request.param)
    made.fill()
    made.commit()
    return made


def test_what_changed_is_in_scope_with_what_it_needs_and_each_object_says_why(checkout: Checkout) -> None:
    before = checkout.git("rev-parse", "HEAD")
    (checkout.source / "pipeline" / "Copy.json").write_text(
        (checkout.source / "pipeline" / "Copy.json").read_text().replace('"c"', '"changed"')
    )
    for commits in (False, True):  # in the working tree only, then committed
        if commits:
            checkout.commit()
        ran = checkout.select(since=before)
        assert told(ran) == {
            "dataset.DS": "in included: needed by pipeline.Copy",
            "globalParameters.default": f"out excluded: not changed since {before}",
            "linkedService.LS": "in included: needed by dataset.DS",
            "pipeline.Copy": f"in included: changed since {before}: pipeline/Copy.json",
            "pipeline.Other": f"out excluded: not changed since {before}",
            "trigger.TR": f"out excluded: not changed since {before}",
        }
        assert f"1 of 6 objects changed since {before} (commit {before[:10]})" in ran.text


def test_nothing_changed_leaves_nothing(checkout: Checkout) -> None:
    assert within(checkout.select()) == set()


def test_a_file_that_git_does_not_track_counts(checkout: Checkout) -> None:
    (checkout.root / ".gitignore").write_text("Ignored.json\n", encoding="utf-8")
    checkout.put("pipeline/New", activities=[])
    checkout.put("pipeline/Ignored", activities=[])
    assert within(checkout.select()) == {"pipeline.New", "pipeline.Ignored"}


def test_a_filter_is_never_overruled(checkout: Checkout) -> None:
    checkout.put("pipeline/Other", activities=[], description="new")
    checkout.put("linkedService/LS", type="HttpServer", typeProperties={"url": "https://y.invalid"})
    ran = checkout.select("--filter=-pipeline.*")
    assert within(ran) == {"linkedService.LS"}
    assert told(ran)["pipeline.Other"] == "out excluded by rule -pipeline.* (--filter:1)"


@pytest.mark.parametrize("file", ["factory/adf-dev", "globalParameters/adf-dev_GlobalParameters"])
def test_global_parameters_change_with_either_of_their_files(checkout: Checkout, file: str) -> None:
    (checkout.source / "globalParameters").mkdir()
    other = checkout.source / "globalParameters" / "adf-dev_GlobalParameters.json"
    other.write_text('{"more": {"type": "int", "value": 1}}', encoding="utf-8")
    checkout.commit()
    path = checkout.source / f"{file}.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"value": ', '"value":  '), encoding="utf-8")
    ran = checkout.select()
    assert told(ran)["globalParameters.default"] == f"in included: changed since HEAD: {file}.json"
    assert len(within(ran)) == 1


def test_global_parameters_that_the_factory_s_file_no_longer_has_are_gone(checkout: Checkout) -> None:
    checkout.put("factory/adf-dev")
    told_gone = "globalParameters.default (factory/adf-dev.json)"
    assert told_gone in checkout.select().text
    checkout.commit()
    checkout.put("factory/adf-dev", description="never had any")
    assert "gone since" not in checkout.select().text


def test_a_file_that_is_only_renamed_is_no_change(checkout: Checkout) -> None:
    pipelines = checkout.source / "pipeline"
    (pipelines / "Copy.json").rename(pipelines / "copy of Copy.json")
    pipelines.rename(checkout.source / "PipeLine")
    ran = checkout.select()
    assert within(ran) == set()
    assert "gone since" not in ran.text


def test_an_object_that_gets_another_name_is_new_and_the_old_one_is_gone(checkout: Checkout) -> None:
    checkout.put("pipeline/Other", name="Other2", activities=[])
    ran = checkout.select("--filter=-trigger.*")
    assert within(ran) == {"pipeline.Other2"}
    assert "gone since HEAD, in scope for --delete-not-in-source only: pipeline.Other (pipeline/Other.json)" in ran.text


def test_line_ends_of_windows_are_no_change(checkout: Checkout) -> None:
    for path in checkout.source.rglob("*.json"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert within(checkout.select()) == set()


def test_a_name_that_a_configuration_gives_is_followed(checkout: Checkout) -> None:
    checkout.put("pipeline/Copy", activities=[])
    (checkout.root / "c.csv").write_text("type,name,path,value\npipeline,Copy,$.name,Renamed\n", encoding="utf-8")
    ran = checkout.select("--config", "c.csv")
    assert within(ran) == {"pipeline.Renamed"}
    assert "gone since" not in ran.text


def test_a_changed_configuration_selects_nothing_and_is_told(checkout: Checkout) -> None:
    config = checkout.root / "deployment" / "config-uat.csv"
    config.parent.mkdir()
    config.write_text("type,name,path,value\n", encoding="utf-8")
    checkout.commit()
    same = checkout.select("--stage", "uat")
    assert "not as it was" not in same.text
    config.write_text("type,name,path,value\nlinkedService,LS,typeProperties.url,https://z.invalid\n", encoding="utf-8")
    ran = checkout.select("--stage", "uat")
    assert within(ran) == set()
    assert "config-uat.csv: this configuration is not as it was at HEAD" in ran.text


def test_a_file_with_a_name_that_is_no_text_is_found_again(checkout: Checkout) -> None:
    odd = os.fsencode(checkout.source / "pipeline") + b"/caf\xe9 \n.json"
    try:
        Path(os.fsdecode(odd)).write_text('{"name": "Odd", "properties": {"activities": []}}', encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes no such name")
    checkout.commit()
    assert within(checkout.select()) == set()
    Path(os.fsdecode(odd)).unlink()
    assert "pipeline.Odd (pipeline/caf" in checkout.select().text


def test_a_link_counts_as_changed(checkout: Checkout) -> None:
    pipelines = checkout.source / "pipeline"
    (pipelines / "Other.json").rename(checkout.source / "elsewhere.json")
    try:
        (pipelines / "Other.json").symlink_to("../elsewhere.json")
    except OSError:
        pytest.skip("this account makes no links")
    checkout.commit()
    ran = checkout.select()
    assert within(ran) == {"pipeline.Other"}
    assert "can't be read" not in ran.text


def test_a_backup_copy_that_goes_takes_nothing_away(checkout: Checkout) -> None:
    backup = checkout.put("pipeline/~Old", name="Old", activities=[])
    checkout.commit()
    backup.unlink()
    assert "gone since" not in checkout.select().text


def test_another_worktree_of_the_repository_is_a_checkout(checkout: Checkout) -> None:
    other = checkout.root.parent / "other"
    checkout.git("worktree", "add", "--quiet", str(other))
    source = other / checkout.source.relative_to(checkout.root)
    (source / "pipeline" / "Other.json").write_text('{"name": "Other", "properties": {}}', encoding="utf-8")
    ran = ecluse(other, "select", "--source", source, "--changed-since", "main")
    assert within(ran) == {"pipeline.Other"}


def test_a_commit_before_the_folder_was_there_has_everything_changed_and_says_so(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "c", "adf")
    checkout.commit()
    checkout.fill()
    ran = checkout.select()
    assert len(within(ran)) == 6
    assert "at HEAD there was no object in this folder, so that every one counts as changed" in ran.text


def test_a_file_that_was_broken_takes_nothing_away_and_is_named(checkout: Checkout) -> None:
    path = checkout.source / "pipeline" / "Broken.json"
    path.write_text("<<<<<<< HEAD", encoding="utf-8")
    checkout.commit()
    path.unlink()
    ran = checkout.select()
    assert "pipeline/Broken.json: what this file held at the commit can't be read" in ran.text
    assert "gone since" not in ran.text


def test_a_repository_with_ids_of_sha256_is_read(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "c", "", "--object-format=sha256")
    checkout.fill()
    checkout.commit()
    checkout.put("pipeline/Other", activities=[], description="new")
    assert within(checkout.select()) == {"pipeline.Other"}


# --- deletions --------------------------------------------------------------------------------------------------------


def test_what_is_gone_is_deleted_when_deletes_are_on_and_nothing_else_is_touched(
    checkout: Checkout, sandbox: RunningSandbox
) -> None:
    foreign = checkout.put("pipeline/Foreign", activities=[])
    checkout.put("pipeline/Old", activities=[])
    target = to(sandbox.directory)
    words = ("deploy", "--source", checkout.source, *target, "--create", "--location", "westeurope")
    assert ecluse(checkout.root, *words).code == 0
    foreign.unlink()
    checkout.commit()  # a commit without it: in this range nobody took it away
    (checkout.source / "pipeline" / "Old.json").unlink()
    plan = ("plan", "--source", checkout.source, *target, "--changed-since", "HEAD", "--report", "json=plan.json")

    def changes() -> dict[str, tuple[str, str]]:
        report = json.loads((checkout.root / "plan.json").read_text(encoding="utf-8"))
        return {
            each["name"]: (each["action"], each["detail"]) for each in report["changes"] if each["kind"] == "pipeline"
        }

    assert ecluse(checkout.root, *plan).code == 0
    assert changes()["Old"][0] == "keep"
    ran = ecluse(checkout.root, *plan, DELETE, "--delete-kinds", "pipeline")
    assert ran.code == 0, ran.text
    assert changes()["Old"] == ("delete", "included: gone since HEAD: pipeline/Old.json")
    assert changes()["Foreign"] == ("keep", "excluded: not changed since HEAD")
    assert {action for name, (action, _) in changes().items() if name != "Old"} == {"keep"}


def test_a_filter_that_leaves_nothing_of_what_changed_is_told(checkout: Checkout, sandbox: RunningSandbox) -> None:
    words = ("--source", checkout.source, *to(sandbox.directory), "--create", "--location", "westeurope")
    assert ecluse(checkout.root, "deploy", *words).code == 0
    nothing = ecluse(checkout.root, "plan", *words, "--changed-since", "HEAD", "--filter=+pipeline.*")
    assert "the filter leaves nothing" not in nothing.text
    checkout.put("linkedService/LS", type="HttpServer", typeProperties={"url": "https://y.invalid"})
    ran = ecluse(checkout.root, "plan", *words, "--changed-since", "HEAD", "--filter=+pipeline.*")
    assert "the filter leaves nothing that changed to deploy" in ran.text


# --- what is refused --------------------------------------------------------------------------------------------------


def refused(ran: Ran, said: str, remedy: str) -> None:
    assert ran.code == 3, ran.text
    assert said in ran.text
    assert f"      -> {remedy}" in ran.text


def test_a_commit_that_is_not_there_is_refused(checkout: Checkout) -> None:
    refused(
        checkout.select(since="nope"), "there is no commit 'nope' in this checkout", "correct the name, or fetch it"
    )


def test_a_shallow_clone_is_told_how_to_get_the_commit(checkout: Checkout, tmp_path: Path) -> None:
    before = checkout.git("rev-parse", "HEAD")
    checkout.put("pipeline/New", activities=[])
    checkout.commit()
    shallow = tmp_path / "shallow"
    checkout.git("clone", "--quiet", "--depth=1", checkout.root.as_uri(), str(shallow))
    source = shallow / checkout.source.relative_to(checkout.root)
    ran = ecluse(shallow, "select", "--source", source, "--changed-since", before)
    refused(ran, "which is a shallow one", "fetch its history: `fetchDepth: 0` in the checkout step")


def test_a_partial_clone_is_never_completed_by_us(checkout: Checkout, tmp_path: Path) -> None:
    checkout.git("config", "uploadpack.allowFilter", "true")
    before = checkout.git("rev-parse", "HEAD")
    checkout.put("pipeline/Other", activities=[], description="new")
    checkout.commit()
    partial = tmp_path / "partial"
    checkout.git("clone", "--quiet", "--filter=blob:none", checkout.root.as_uri(), str(partial))
    source = partial / checkout.source.relative_to(checkout.root)
    ran = ecluse(partial, "select", "--source", source, "--changed-since", before)
    refused(ran, "this checkout lacks what files held at that commit", "check out without `fetchFilter`")


@pytest.mark.parametrize("name", ["-x", "--output=x", "main..HEAD", "origin/main...", "^HEAD", "a\nb"])
def test_a_name_that_is_none_of_one_commit_is_refused(checkout: Checkout, name: str) -> None:
    ran = checkout.select(since=name)
    refused(ran, "it must be one branch, tag or commit such as origin/main; no range (a..b)", "--changed-since: Only")


def test_a_folder_outside_of_git_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "plain"
    (source / "pipeline").mkdir(parents=True)
    (source / "pipeline" / "A.json").write_text('{"name": "A", "properties": {}}', encoding="utf-8")
    ran = ecluse(tmp_path, "select", "--source", source, "--changed-since=HEAD")
    refused(ran, "this is no git checkout", "give a folder of a checkout as --source")


def test_a_template_is_refused(checkout: Checkout) -> None:
    sample = Path(__file__).parents[2] / "samples" / "contoso-sales"
    ran = ecluse(checkout.root, "select", "--source", sample, "--changed-since=HEAD")
    refused(ran, "this source is a template", "give the collaboration branch's folder as --source")


def test_no_git_on_the_path_is_refused_and_one_in_the_working_folder_is_not_run(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout.root)
    planted = checkout.root / "git"
    planted.write_text("#!/bin/sh\ntouch planted-was-run\n", encoding="utf-8")
    planted.chmod(0o755)
    ran = checkout.select(PATH=os.pathsep.join(["", ".", str(checkout.root / "empty")]))
    refused(ran, "there is no git on the PATH", "install git")
    assert not (checkout.root / "planted-was-run").exists()


def test_the_path_has_another_spelling_on_windows(checkout: Checkout) -> None:
    assert within(checkout.select(PATH="", Path=os.environ["PATH"])) == set()


def git_with(folder: Path, script: str) -> str:
    """A PATH whose git is a script; the real one is `$GIT`."""
    if sys.platform == "win32":
        pytest.skip("a script is no program here")
    program = folder / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nGIT={GIT}\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return str(program.parent)


def test_a_checkout_of_another_account_is_refused_with_git_s_own_remedy(checkout: Checkout, tmp_path: Path) -> None:
    path = git_with(tmp_path, 'GIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec "$GIT" "$@"')
    ran = checkout.select(PATH=path)
    remedy = f"if you trust it: git config --global --add safe.directory {checkout.root}"
    refused(ran, "the checkout belongs to another account", remedy)


def test_a_git_that_fails_is_refused_with_its_words(checkout: Checkout, tmp_path: Path) -> None:
    path = git_with(tmp_path, 'case "$*" in *ls-tree*) echo fatal: out of luck >&2; exit 128;; esac; exec "$GIT" "$@"')
    refused(checkout.select(PATH=path), "git failed: out of luck", "see whether git works")


def test_a_git_that_does_not_answer_is_refused(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecluse.sources.git.MOST_SECONDS", 0.2)
    path = git_with(tmp_path, "exec /bin/sleep 60")
    refused(checkout.select(PATH=path), "has not answered within 0.2 seconds", "see whether git works")


# --- nothing of a repository is run -----------------------------------------------------------------------------------


def test_no_program_that_a_repository_names_is_run(checkout: Checkout) -> None:
    if sys.platform == "win32":
        pytest.skip("a script is no program here")
    trap = checkout.root / ".git" / "trap"
    trap.write_text(f"#!/bin/sh\ntouch '{checkout.root}/.git/sprung'\nexec cat\n", encoding="utf-8")
    trap.chmod(0o755)
    for hook in ("post-checkout", "pre-commit", "post-index-change"):
        shutil.copy(trap, checkout.root / ".git" / "hooks" / hook)
    (checkout.root / ".gitattributes").write_text("*.json filter=t diff=t\n", encoding="utf-8")
    checkout.commit()
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "credential.helper"):
        checkout.git("config", key, str(trap))
    for key in ("filter.t.clean", "filter.t.smudge", "diff.t.textconv", "diff.t.command", "alias.ls-tree"):
        checkout.git("config", key, f"!{trap}" if key.startswith("alias") else str(trap))
    (checkout.root / ".git" / "sprung").unlink(missing_ok=True)
    checkout.put("pipeline/Other", activities=[], description="new")
    assert within(checkout.select()) == {"pipeline.Other"}
    assert not (checkout.root / ".git" / "sprung").exists()


def test_git_gets_no_secrets_and_is_led_to_no_other_repository(checkout: Checkout, tmp_path: Path) -> None:
    path = git_with(tmp_path, f'env > {tmp_path}/given; exec "$GIT" "$@"')
    ran = checkout.select(PATH=path, GIT_DIR=str(tmp_path), GIT_INDEX_FILE="x", SYSTEM_ACCESSTOKEN="hush-hush")
    assert within(ran) == set()
    given = (tmp_path / "given").read_text(encoding="utf-8")
    assert "hush-hush" not in given
    assert "GIT_DIR" not in given


def test_an_old_file_that_is_at_odds_with_its_folder_is_told_as_it_was(tmp_path: Path) -> None:
    here = Checkout(tmp_path)
    here.fill()
    path = here.put("pipeline/Old")
    path.write_text(
        '{\n"name": "Old",\n"properties": {},\n"type": "Microsoft.DataFactory/factories/triggers"\n}', encoding="utf-8"
    )
    since = here.commit()
    path.unlink()
    ran = ecluse(tmp_path, "select", "--source", tmp_path, "--changed-since", since)
    assert ran.code == 0, ran.text
    assert "pipeline/Old.json:4  pipeline.Old: it stands in the folder pipeline and is a " in ran.text
