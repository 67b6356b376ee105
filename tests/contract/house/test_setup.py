"""dev.py says what is missing in words, does nothing twice, and cleans its locks of addresses."""

import ast
import importlib.util
import json
import shutil
from pathlib import Path

import pytest

import dev
from tests.contract.house.tracked import ROOT


def test_an_old_python_can_read_the_script_far_enough_to_say_that_it_is_too_old() -> None:
    ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_a_python_that_is_too_old_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "OLDEST_PYTHON", (99, 0))
    assert dev.main(["demo"]) == 3
    assert "newer is needed" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_a_module_that_set_up_needs_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], module: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == module else object())
    assert dev.main(["demo"]) == 3
    said = capsys.readouterr().err
    assert module in said
    assert "python3-venv" in said


def test_a_machine_without_node_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(dev.SetupError, match="Node 20 or newer"):
        dev.npm()


def test_an_unknown_word_is_refused_except_after_test(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        dev.main(["demo", "--fast"])
    assert "--fast" in capsys.readouterr().err


def test_a_folder_counts_as_set_up_only_for_the_lock_that_it_was_made_from(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("a==1")
    made_from = dev.digest(lock, salt="x")
    assert not dev.stamped(tmp_path, made_from)
    dev.stamp(tmp_path, made_from)
    assert dev.stamped(tmp_path, dev.digest(lock, salt="x"))
    lock.write_text("a==2")
    assert not dev.stamped(tmp_path, dev.digest(lock, salt="x"))


def test_a_node_lock_loses_its_addresses_and_nothing_else(tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    kept = {"version": "1.0.0", "integrity": "sha512-x"}
    package = kept | {"resolved": "https://r/x.tgz", "funding": {"url": "https://f"}, "deprecated": "see https://d"}
    lock.write_text(json.dumps({"lockfileVersion": 3, "packages": {"node_modules/x": package}}))
    dev.strip_addresses(lock)
    assert json.loads(lock.read_text()) == {"lockfileVersion": 3, "packages": {"node_modules/x": kept}}


def test_one_command_writes_a_version_wherever_one_stands(tmp_path: Path) -> None:
    manifests = [f"task/{task}/{task}V1/task.json" for task in ("AdfDeploy", "AdfTriggers")]
    files = [*dev.VERSIONED, "task/package-lock.json", *manifests]
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    dev.raise_version((12, 34, 56), tmp_path)
    texts = {name: (tmp_path / name).read_text(encoding="utf-8") for name in files}
    counts = {name: text.count("12.34.56") for name, text in texts.items() if name not in manifests}
    assert counts == dict.fromkeys(dev.VERSIONED, 1) | {"task/package-lock.json": 2}
    for name in manifests:
        assert json.loads(texts[name])["version"] == {"Major": 1, "Minor": 1234, "Patch": 56}
    for name in files:
        same = [before == after for before, after in zip(_lines(ROOT / name), texts[name].splitlines(), strict=True)]
        assert same.count(False) <= 3, name


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_a_version_of_the_tasks_is_higher_with_every_release() -> None:
    releases = [(0, 1, 0), (0, 1, 1), (0, 2, 0), (1, 0, 0), (1, 12, 3), (2, 0, 0)]
    versions = [tuple(dev.task_version(*release).values()) for release in releases]
    assert versions == sorted(set(versions))


def test_a_word_that_is_no_version_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        dev.main(["version", "1.2"])
    assert "is no version" in capsys.readouterr().err
