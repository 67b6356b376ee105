"""The built extension: made once per state of the sources, unzipped for whoever wants to run it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import filelock

from tests.contract.house.tracked import ROOT

TASK = ROOT / "task"
BUILD = TASK / ".build"
SOURCES = ("vss-extension.json", "LICENSE", "requirements/task.txt", "engine/ecluse", "task")
NOT_SOURCES = {"node_modules", ".build", "dist", "__pycache__"}


def built() -> Path:
    """The .vsix of the sources as they are now; built when there is none yet, by whichever test process comes first."""
    BUILD.mkdir(exist_ok=True)
    with filelock.FileLock(BUILD / "tests.lock"):
        stamp = BUILD / "tests.json"
        want = _state()
        if stamp.is_file() and json.loads(stamp.read_text(encoding="utf-8"))["state"] == want:
            return _vsix()
        stamp.unlink(missing_ok=True)
        environ = os.environ | {"ECLUSE_PYTHON": sys.executable}
        npm = shutil.which("npm") or "npm"
        ran = subprocess.run(
            [npm, "run", "--silent", "package"], cwd=TASK, env=environ, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        stamp.write_text(json.dumps({"state": want, "printed": ran.stdout}), encoding="utf-8")
        return _vsix()


def printed() -> str:
    """What the build printed."""
    return str(json.loads((BUILD / "tests.json").read_text(encoding="utf-8"))["printed"])


def _vsix() -> Path:
    (found,) = (TASK / "dist").glob("*.vsix")
    return found


def _state() -> str:
    total = hashlib.sha256(sys.version.encode())
    for source in SOURCES:
        path = ROOT / source
        files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
        for file in files:
            if NOT_SOURCES.isdisjoint(file.relative_to(ROOT).parts):
                total.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def unzipped(vsix: Path, target: Path) -> Path:
    """Where the extension's files are, as an agent unpacks them."""
    with zipfile.ZipFile(vsix) as archive:
        archive.extractall(target)
    return target
