"""The journal on this machine: a file per open run, gone when the run is closed. It is for whoever comes next here."""

import contextlib
import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout

from ecluse.apply.journal import Found, Kind, NotARecordError, Record, from_json, to_json
from ecluse.apply.run import fitting
from ecluse.errors import Code, Problem, Refused, Where

_ENDING = ".journal"
_LONGEST_RUN = 100


def default_folder(environ: Mapping[str, str], home: Path | None) -> Path | None:
    """Where journals are kept unless somebody says otherwise; None when this account has no place of its own."""
    for variable in ("LOCALAPPDATA", "XDG_STATE_HOME"):
        if environ.get(variable):
            return Path(environ[variable]) / "ecluse" / "journal"
    return home / ".local" / "state" / "ecluse" / "journal" if home else None


def owner(environ: Mapping[str, str]) -> str:
    """The address of the pipeline run that we are part of, "" outside of any."""
    get = environ.get
    if get("RELEASE_RELEASEWEBURL"):
        return str(get("RELEASE_RELEASEWEBURL"))
    if get("SYSTEM_COLLECTIONURI") and get("BUILD_BUILDID"):
        project = quote(get("SYSTEM_TEAMPROJECT", ""))
        return f"{get('SYSTEM_COLLECTIONURI')}{project}/_build/results?buildId={get('BUILD_BUILDID')}"
    if get("GITHUB_RUN_ID"):
        return f"{get('GITHUB_SERVER_URL')}/{get('GITHUB_REPOSITORY')}/actions/runs/{get('GITHUB_RUN_ID')}"
    return ""


class LocalJournal:
    """A `Store` in a folder. A run that lives holds a lock on its file, which dies with its process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, FileLock] = {}

    @property
    def title(self) -> str:
        """The folder."""
        return f"the folder {self._folder}"

    def add(self, record: Record) -> None:
        """Keep a record: on the disk when this returns. Raises `Refused`."""
        path = self._path(record.entry.factory_id, record.entry.run)
        line = json.dumps(to_json(record)) + "\n"
        try:
            if record.kind is Kind.OPEN:
                self._begin(path, line)
            elif record.kind is Kind.NOTE:
                _append(path, line)
            else:
                self._end(path)
        except OSError as error:
            why = f"the journal can't be written: {error.strerror or error}"
            remedy = "give --journal-folder a folder that can be written and has room"
            raise Refused(Problem(Code.JOURNAL, why, remedy, Where(str(path)))) from error

    def find(self, factory_id: str) -> Found:
        """All that is kept here for a factory. Raises `Refused` when the folder can't be read."""
        records: list[Record] = []
        damaged: list[str] = []
        alive: set[str] = set()
        dead: set[str] = set()
        try:
            paths = sorted(self._folder.glob(f"{_key(factory_id)}-*{_ENDING}"))
            for path in paths:
                found, broken = _read(path, factory_id)
                damaged += broken
                records += found
                (alive if found and _is_held(path) else dead).update(each.entry.run for each in found)
        except OSError as error:
            why = f"the journal can't be read: {error.strerror or error}"
            remedy = "give --journal-folder a folder that can be read"
            raise Refused(Problem(Code.JOURNAL, why, remedy, Where(str(self._folder)))) from error
        return Found(tuple(records), frozenset(alive), frozenset(dead), tuple(damaged))

    def leave(self) -> None:
        """Let go of the locks; the files stay."""
        for lock in self._locks.values():
            lock.release()
        self._locks.clear()

    def _path(self, factory_id: str, run: str) -> Path:
        return self._folder / f"{_key(factory_id)}-{fitting(run, _LONGEST_RUN)}{_ENDING}"

    def _begin(self, path: Path, line: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(_lock_of(path))
        lock.acquire(blocking=False)
        self._locks[path.name] = lock
        half = path.with_suffix(".half")
        try:
            with half.open("w", encoding="utf-8") as file:
                _write(file.fileno(), line)
            half.replace(path)
            _settle(self._folder)
        except OSError:  # what is told as not kept is not there, as nobody would close it later
            half.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            self._release(path)
            raise

    def _end(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        _settle(self._folder)
        self._release(path)

    def _release(self, path: Path) -> None:
        lock = self._locks.pop(path.name, None)
        if lock is not None:
            lock.release()
        _lock_of(path).unlink(missing_ok=True)


def _key(factory_id: str) -> str:
    return sha256(factory_id.casefold().encode()).hexdigest()[:8]


def _lock_of(path: Path) -> Path:
    return path.with_suffix(".lock")


def _write(descriptor: int, line: str) -> None:
    data = line.encode()
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)


def _append(path: Path, line: str) -> None:
    """Only to a file that is there: one that somebody has cleared away does not come back by halves."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        _write(descriptor, line)
    finally:
        os.close(descriptor)


def _settle(folder: Path) -> None:
    """Make the folder's own list of names durable; Windows has no way to, and needs none."""
    if os.name == "nt" or not folder.is_dir():
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_held(path: Path) -> bool:
    lock = FileLock(_lock_of(path))
    try:
        with lock.acquire(blocking=False):
            return False
    except Timeout:
        return True
    finally:
        with contextlib.suppress(OSError):
            lock.release()


def _read(path: Path, factory_id: str) -> tuple[list[Record], list[str]]:
    """The records of a file, and what of it can't be read. A last line that was cut is only a lost note."""
    records: list[Record] = []
    broken: list[str] = []
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:  # its run has closed it since the folder was listed
        return [], []
    except OSError as error:  # one that is no file, or another account's, keeps nobody from the others
        return [], [f"{path}: {error.strerror or error}"]
    for number, line in enumerate(lines, 1):
        if not line or (number == len(lines) and records):
            continue
        try:
            record = from_json(json.loads(line))
        except (NotARecordError, ValueError, RecursionError) as error:
            broken.append(f"{path}:{number}: {error}")
            continue
        if record.entry.factory_id.casefold() == factory_id.casefold():
            records.append(record)
        else:
            broken.append(f"{path}:{number}: it belongs to another factory, {record.entry.factory_id}")
    return records, broken
