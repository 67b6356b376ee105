"""What git knows of a folder at a commit: its files and what they held.

Only the commit is asked for, never the working tree or the index. So nothing that a repository's own configuration may
name is run: no hook, filter, diff program, text conversion, pager or file-system monitor; and nothing is fetched.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import new as new_hash
from pathlib import Path, PurePosixPath

from ecluse.errors import Code, Problem, Refused, Where

MOST_SECONDS = 120
"""What one question to git may take; a repository with a million files answers within seconds."""

# Not the whole environment: git needs none of its secrets, and a GIT_DIR would lead it to another repository.
_KEPT = frozenset({"PATH", "SYSTEMROOT", "WINDIR", "TEMP", "TMP", "TMPDIR", "SUDO_UID"}) | frozenset(
    {"HOME", "XDG_CONFIG_HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"}
)
_OURS = {
    "LC_ALL": "C",  # its messages are looked at
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    # A partial clone fetches what it lacks, with programs that its configuration names.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}
_REGULAR = "100"  # how the mode of a file begins, other than that of a link or a submodule


@dataclass(frozen=True, slots=True)
class Blob:
    """A regular file as a commit has it."""

    path: PurePosixPath
    id: str


class Git:
    """Answers about the checkout that `folder` lies in. Everything raises `Refused` when git can't answer."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self._program = _program(environ)
        kept = {name: value for name, value in environ.items() if _is_kept(name.upper())}
        self._environ = {**kept, **_OURS}
        inside, shallow = self._ask("rev-parse", "--is-inside-work-tree", "--is-shallow-repository").split()
        if inside != b"true":
            raise self._refused("this is no working tree of git", "give a folder of a checkout as --source")
        self._shallow = shallow == b"true"

    def commit(self, name: str) -> str:
        """The id of the commit that a branch, a tag or an id means."""
        ran = self._run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if ran.returncode == 0:
            return ran.stdout.decode("ascii").strip()
        if self._shallow:
            remedy = "fetch its history: `fetchDepth: 0` in the checkout step of a pipeline, or git fetch --unshallow"
            raise self._refused(f"there is no commit {name!r} in this checkout, which is a shallow one", remedy)
        remedy = "correct the name, or fetch it first (git fetch origin)"
        raise self._refused(f"there is no commit {name!r} in this checkout", remedy)

    def files(self, commit: str) -> tuple[Blob, ...]:
        """The regular files that the commit has in the folder and below, each by its path from there."""
        return tuple(_blobs(self._ask("ls-tree", "-r", "-z", commit)))

    def id_at(self, commit: str, path: Path) -> str:
        """The id of the contents that a file has in the commit; "" where the commit does not have it."""
        ran = self._run("rev-parse", "--verify", "--quiet", f"{commit}:./{path.name}", at=path.parent)
        return ran.stdout.decode("ascii").strip() if ran.returncode == 0 else ""

    def contents(self, ids: Iterable[str], most: int) -> Mapping[str, bytes]:
        """What the files with these ids hold; those with more than `most` bytes are left out."""
        wanted = list(dict.fromkeys(ids))
        sizes = [line.split()[-1] for line in self._cat("--batch-check", wanted).splitlines()]
        if len(sizes) < len(wanted) or b"missing" in sizes:
            remedy = "check out without `fetchFilter` (a partial clone lacks old contents)"
            raise self._refused("this checkout lacks what files held at that commit", remedy)
        taken = {each: int(size) for each, size in zip(wanted, sizes, strict=True) if int(size) <= most}
        given, at = self._cat("--batch", taken), 0
        found: dict[str, bytes] = {}
        for each, size in taken.items():
            at = given.index(b"\n", at) + 1
            found[each] = given[at : at + size]
            at += size + 1
        return found

    def _cat(self, how: str, ids: Iterable[str]) -> bytes:
        ran = self._run("cat-file", how, "--buffer", stdin="".join(f"{each}\n" for each in ids).encode())
        return ran.stdout  # cut short where git may not fetch what it lacks

    def _ask(self, *words: str) -> bytes:
        ran = self._run(*words)
        if ran.returncode:
            raise self._failed(ran.stderr.decode(errors="replace"))
        return ran.stdout

    def _run(self, *words: str, stdin: bytes = b"", at: Path | None = None) -> "subprocess.CompletedProcess[bytes]":
        try:
            return subprocess.run(  # noqa: S603  # git itself, found on the PATH; no word of it begins with a user's "-"
                [self._program, "--no-pager", *words],
                cwd=at or self.folder,
                env=self._environ,
                input=stdin,
                capture_output=True,
                timeout=MOST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            what = f"git {words[0]} has not answered within {MOST_SECONDS} seconds"
            raise self._refused(what, "see whether git works in this folder") from None
        except OSError as error:
            raise self._refused(f"git can't be run: {error.strerror or error}", "repair git") from None

    def _failed(self, said: str) -> Refused:
        """What git's own words mean for a user."""
        if "not a git repository" in said:
            remedy = "give a folder of a checkout as --source, or deploy without --changed-since"
            return self._refused("this is no git checkout, so that nothing tells what changed", remedy)
        if "dubious ownership" in said or "unsafe repository" in said:  # since git 2.35.2
            told = re.search(r"git config .+", said)
            remedy = f"if you trust it: {told[0] if told else 'git config --global --add safe.directory FOLDER'}"
            return self._refused("the checkout belongs to another account, so that git does not read it", remedy)
        last = next((line for line in reversed(said.splitlines()) if line.strip()), "no word about it")
        return self._refused(f"git failed: {last.removeprefix('fatal: ')}", "see whether git works in this folder")

    def _refused(self, what: str, remedy: str) -> Refused:
        return refused(what, remedy, self.folder)


def refused(what: str, remedy: str, folder: Path | None = None) -> Refused:
    """Why it can't be told what changed."""
    where = Where(str(folder)) if folder else None
    return Refused(Problem(Code.CHANGED_SINCE, what, remedy, where, "--changed-since"))


def id_of(data: bytes, like: str) -> str:
    """The id that git gives to this content, in a repository that has ids `like` this one."""
    name = "sha256" if len(like) > 40 else "sha1"  # noqa: PLR2004  # the digits of SHA-1
    made = new_hash(name, b"blob %d\0" % len(data), usedforsecurity=False)
    made.update(data)
    return made.hexdigest()


def _blobs(listed: bytes) -> Iterable[Blob]:
    for record in filter(None, listed.split(b"\0")):
        about, _, path = record.partition(b"\t")
        mode, _, at = about.decode("ascii").split()
        if mode.startswith(_REGULAR):
            yield Blob(PurePosixPath(os.fsdecode(path)), at)


def _is_kept(name: str) -> bool:
    """Whether git gets this variable; its own configuration may come by some."""
    return name in _KEPT or name.startswith("GIT_CONFIG")


def _program(environ: Mapping[str, str]) -> str:
    """Git on the PATH, and never one that lies in the working directory, where Windows would look first."""
    name = "git.exe" if sys.platform == "win32" else "git"
    paths = (value for key, value in environ.items() if key.upper() == "PATH")  # Windows spells it Path
    for folder in os.pathsep.join(paths).split(os.pathsep):
        found = Path(folder) / name
        if found.is_absolute() and found.is_file() and os.access(found, os.X_OK):
            return str(found)
    raise refused("there is no git on the PATH, so that nothing tells what changed", "install git, or add it to PATH")
