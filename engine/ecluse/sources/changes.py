"""What of a folder of JSON changed since a commit: the files that were loaded, against what git knows of that commit.

Contents are compared, not names: a file that was only moved or renamed has not changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ecluse.errors import Code, Notice, Refused, Where
from ecluse.model.kinds import Kind
from ecluse.model.names import counted
from ecluse.model.objects import ObjectRef
from ecluse.select.changes import Changes
from ecluse.sources.factory_file import read_factory_file
from ecluse.sources.files import Document, parse_json, read_bytes, text_of
from ecluse.sources.folder import MOST_BYTES, object_of
from ecluse.sources.git import Blob, Git, id_of, refused
from ecluse.sources.layout import home_of
from ecluse.sources.loaded import Loaded
from ecluse.sources.objects import GLOBAL

_NAMED = 10  # objects that a notice names before it only counts


def read_changes(
    loaded: Loaded, since: str, configurations: Sequence[Path], environ: Mapping[str, str]
) -> tuple[Changes, tuple[Notice, ...]]:
    """What changed since the commit `since`, and what the user should know about it.

    The commit itself is compared with the files as they are, whether git tracks them or not. `configurations` are those
    that are applied; a change of theirs is told. Raises `Refused` where it can't be known.
    """
    if loaded.files is None:
        what = "only in folders of JSON (a collaboration branch) has each object a file; this source is a template"
        raise refused(what, "give the collaboration branch's folder as --source, or use --filter", loaded.folder)
    git = Git(loaded.folder, environ)
    commit = git.commit(since)
    before = [(home, each) for each in git.files(commit) if (home := home_of(each.path))]
    held = {(home, each.id) for home, each in before}
    now: set[tuple[Kind | str, str]] = set()
    files: dict[ObjectRef, str] = {}
    for ref, paths in loaded.files.items():
        for path in paths:
            below = path.relative_to(loaded.folder)
            is_as = {(home_of(below) or "", each) for each in _ids(read_bytes(path), commit)}
            now |= is_as
            files[ref] = files.get(ref) or ("" if is_as & held else below.as_posix())
    lost = [(home, each) for home, each in before if (home, each.id) not in now]
    gone, notices = _gone(git, lost, loaded)
    changes = Changes(since, files, gone)
    first = None if before or not files else _nothing_before(since, loaded)
    changed_configurations = _changed_configurations(git, commit, since, configurations)
    return changes, (*filter(None, (first,)), *_told(changes, commit), *notices, *changed_configurations)


def _ids(data: bytes, like: str) -> Iterator[str]:
    """The ids of a file's content as it is, and with the line ends that git keeps where a checkout has Windows' own."""
    yield id_of(data, like)
    if b"\r\n" in data:
        yield id_of(data.replace(b"\r\n", b"\n"), like)


def _gone(
    git: Git, lost: Sequence[tuple[Kind | str, Blob]], loaded: Loaded
) -> tuple[dict[ObjectRef, str], list[Notice]]:
    """The objects that files which are no longer there, or hold something else now, held at the commit."""
    contents = git.contents((each.id for _, each in lost), MOST_BYTES)
    gone: dict[ObjectRef, str] = {}
    notices: list[Notice] = []
    for home, each in lost:
        path = str(each.path)
        try:
            document = parse_json(text_of(contents.get(each.id, b""), path), path, levels=1)
            ref = _held_by(home, document)
        except Refused as error:
            what = f"what this file held at the commit can't be read, so it takes nothing away: {error.problems[0]}"
            notices.append(Notice(Code.CHANGED_SINCE, what, Where(path)))
            continue
        if ref is not None and ref not in loaded.factory.objects:
            gone[ref] = path
    return gone, notices


def _held_by(home: Kind | str, document: Document) -> ObjectRef | None:
    """The object in a file as it was; of a factory's file its global parameters, if it had any."""
    if isinstance(home, Kind):
        return object_of(home, document).ref
    properties = read_factory_file(document).body.get("properties", {})
    return GLOBAL if properties.get("globalParameters") else None


def _told(changes: Changes, commit: str) -> Iterator[Notice]:
    changed = sum(1 for file in changes.files.values() if file)
    what = f"{changed} of {counted(len(changes.files), 'object')} changed since {changes.since} (commit {commit[:10]})"
    yield Notice(Code.NOTE, what, warning=False)
    if changes.gone:
        named = ", ".join(f"{ref} ({file})" for ref, file in sorted(changes.gone.items())[:_NAMED])
        more = f" and {len(changes.gone) - _NAMED} more" if len(changes.gone) > _NAMED else ""
        what = f"gone since {changes.since}, in scope for --delete-not-in-source only: {named}{more}"
        yield Notice(Code.NOTE, what, warning=False)


def _nothing_before(since: str, loaded: Loaded) -> Notice:
    what = f"at {since} there was no object in this folder, so that every one counts as changed"
    return Notice(Code.CHANGED_SINCE, what, Where(str(loaded.folder)))


def _changed_configurations(git: Git, commit: str, since: str, files: Sequence[Path]) -> Iterator[Notice]:
    for file in files:
        if git.id_at(commit, file) not in _ids(read_bytes(file), commit):
            what = f"this configuration is not as it was at {since}; that brings no object into scope (--changed-since)"
            yield Notice(Code.CHANGED_SINCE, what, Where(str(file)))
