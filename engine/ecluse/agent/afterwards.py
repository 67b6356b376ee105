"""What a job knows of itself after its step: the state that the launcher keeps, and whether its engine still lives."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ecluse.errors import Code, Failed, Problem, Refused
from ecluse.jsontree import Json
from ecluse.options import Resolved, Settings, resolve
from ecluse.options.rows import RECOVER

_VERSION = 1
_SURVIVES_SECONDS = 1800  # an engine that outlives its launcher has its own deadlines; none is as long as this
_TARGET = ("factory", "resource_group", "subscription", "journal_folder")


@dataclass(frozen=True, slots=True)
class State:
    """Where the run is: addresses and folders, nothing secret."""

    folder: Path
    target: Mapping[str, str]

    @classmethod
    def of(cls, settings: Settings, folder: Path) -> "State":
        """The state of a run with these settings."""
        return cls(folder, {name: str(getattr(settings, name) or "") for name in _TARGET})

    def as_json(self) -> dict[str, Json]:
        """As the launcher keeps it."""
        return {"version": _VERSION, "folder": str(self.folder), "target": dict(self.target)}


def read_state(tree: Mapping[str, Json]) -> State:
    """The state that the launcher kept. Raises `Refused` when it is none of ours."""
    folder, target = tree.get("folder"), tree.get("target")
    known = {name: value for name in _TARGET if isinstance(target, dict) and isinstance(value := target.get(name), str)}
    if tree.get("version") != _VERSION or not isinstance(folder, str) or len(known) < len(_TARGET):
        told = "the state of the step is not one that this version kept"
        raise Refused(Problem(Code.USAGE, told, "Run `triggers recover` as the next step.", subject="launcher"))
    return State(Path(folder), known)


def settings_of(state: State) -> Resolved:
    """The settings that bring the triggers of that run back."""
    return resolve(RECOVER, dict(state.target), {}, {})


@contextlib.contextmanager
def alive(folder: Path) -> Iterator[None]:
    """Hold the lock that says that the engine lives; the system lets go of it, however the process ends."""
    lock = FileLock(_lock_of(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except (OSError, Timeout):  # a folder that can't be written: the journal's own lock must do
        yield
        return
    try:
        yield
    finally:
        lock.release()


def await_survivor(folder: Path, say: Callable[[str], None]) -> None:
    """Return when no engine lives that was started with this folder. Raises `Failed` when one never ends."""
    if not folder.is_dir():
        return
    lock = FileLock(_lock_of(folder))
    try:
        with lock.acquire(blocking=False):
            return
    except Timeout:
        say("the engine of the step is still at work: waiting for its end")
    try:
        with lock.acquire(timeout=_SURVIVES_SECONDS):
            return
    except Timeout:
        told = f"the engine of the step is still at work after {_SURVIVES_SECONDS // 60} minutes"
        remedy = "Look at the triggers, and run AdfTriggers@1 with `recover` when it has ended."
        raise Failed(Problem(Code.BUSY, told, remedy, subject="post-job")) from None


def _lock_of(folder: Path) -> Path:
    return folder / "engine.lock"
