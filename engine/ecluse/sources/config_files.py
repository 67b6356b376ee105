"""Where a stage's configuration is: which files a stage means, and their rows in whatever form they have."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from types import MappingProxyType

from ecluse.configure.override import Configuration
from ecluse.errors import Code, Notice, Problem, Refused, Where
from ecluse.sources.files import what_is
from ecluse.sources.overrides_csv import read_csv
from ecluse.sources.overrides_json import read_overrides_json

FORMS: Mapping[str, Callable[[FilePath], Configuration]] = MappingProxyType(
    {".csv": read_csv, ".json": read_overrides_json}
)
"""The forms of a configuration file, by its suffix."""

COMMON = "common"
"""The name of the configuration that applies to all stages, before each one's own."""

MOST_BYTES = 16 * 1024 * 1024
"""The largest file that is read as a configuration. Real ones stay below 100 kB; a dump under its name does not."""

_STAGE_FILE = re.compile(r"config-(.+)\.(csv|json)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ConfigFiles:
    """The files of a stage, in the order in which they apply, and the word about where they were found."""

    files: tuple[FilePath, ...]
    notices: tuple[Notice, ...] = ()


def find_config(
    stage: str, config_folder: FilePath | None, places: Sequence[FilePath], working_dir: FilePath
) -> ConfigFiles:
    """The files for a stage: the one of `config-common` when it is there, then `config-{stage}`; or the one file named.

    They are looked for in `config_folder`, or else in `deployment/` in each of the source's `places` and in the working
    directory, as `.csv` or `.json`. A value with one of these ends is a path. Raises `Refused` when there is no file,
    or more than one that is meant.
    """
    if stage.casefold().endswith(tuple(FORMS)):
        return ConfigFiles((_named_file(FilePath(stage), working_dir),))
    if not re.fullmatch(r"[A-Za-z0-9._-]+", stage):
        remedy = "use letters, digits, `.`, `_`, `-`; or a path that ends in .csv or .json"
        raise Refused(Problem(Code.OPTION_VALUE, f"'{stage}' is no stage name", remedy))
    folders = _folders(config_folder, places, working_dir)
    file = _only(stage, [each for folder in folders for each in _of_stage(folder, stage)])
    if file is None:
        raise Refused(_no_file(stage, folders))
    common = _only(COMMON, _of_stage(file.parent, COMMON))
    files = (common, file) if common is not None and common != file else (file,)
    said = f"configuration of stage {stage}: {', then '.join(map(str, files))}"
    return ConfigFiles(files, (Notice(Code.NOTE, said, warning=False),))


def stages(config_folder: FilePath | None, places: Sequence[FilePath], working_dir: FilePath) -> tuple[str, ...]:
    """The stages that have a configuration where `find_config` looks for them, each once, in the order of their names.

    What is common to all of them counts as a stage only when there is no other. Raises `Refused` when a folder that
    is named, or one that is there, can't be read.
    """
    names = {
        found[1].casefold(): found[1]
        for folder in _folders(config_folder, places, working_dir)
        for file in _entries(folder)
        if (found := _STAGE_FILE.fullmatch(file.name))
    }
    if len(names) > 1:
        names.pop(COMMON, None)
    return tuple(names[key] for key in sorted(names))


def stage_files(
    stage: str, config_folder: FilePath | None, places: Sequence[FilePath], working_dir: FilePath
) -> tuple[FilePath, ...]:
    """All files that a stage may mean where `find_config` looks for them: more than one where that is refused."""
    return tuple(
        file
        for folder in _folders(config_folder, places, working_dir)
        for file in sorted(_entries(folder))
        if (found := _STAGE_FILE.fullmatch(file.name)) and found[1].casefold() == stage.casefold()
    )


def unused_stages(
    config_folder: FilePath | None, places: Sequence[FilePath], working_dir: FilePath
) -> tuple[Notice, ...]:
    """The word of warning for a run without a stage, where there are configurations of stages."""
    folders = _folders(config_folder, places, working_dir)
    names = {file.name for folder in folders for file in _entries(folder) if _STAGE_FILE.fullmatch(file.name)}
    if not names:
        return ()
    listed = ", ".join(sorted(names))
    said = f"no --stage is given, so {listed} in {folders[0]} are not read: the source's own values count"
    return (Notice(Code.CONFIG_MISSING, said),)


def read_config(file: FilePath) -> Configuration:
    """The rows of a file. Rows that can't be read are `problems`, each with its line; a file that can't, `Refused`."""
    where = Where(str(file))
    if what_is(file) != "file":
        raise Refused(Problem(Code.CONFIG_MISSING, "this is no file", "rename it, or remove it", where))
    size = file.stat().st_size
    if size > MOST_BYTES:
        problem = f"the file has {size:,} bytes; a configuration of more than {MOST_BYTES:,} is not read"
        raise Refused(Problem(Code.CONFIG_FORMAT, problem, "name the configuration; this may be another file", where))
    return FORMS[file.suffix.casefold()](file)


def _folders(config_folder: FilePath | None, places: Sequence[FilePath], working_dir: FilePath) -> list[FilePath]:
    if config_folder is not None:
        named = working_dir / config_folder
        if what_is(named) != "folder":
            problem = f"there is no folder {config_folder}"
            raise Refused(Problem(Code.CONFIG_MISSING, problem, "correct --config-folder"))
        return [named]
    found: list[FilePath] = []
    for place in (*(working_dir / place for place in places), working_dir):
        beside = place if what_is(place) == "folder" else place.parent
        for folder in _look_up(beside, "deployment"):
            if what_is(folder) == "folder" and not any(map(folder.samefile, found)):
                found.append(folder)
    return found


def _of_stage(folder: FilePath, stage: str) -> list[FilePath]:
    """The files of a stage in a folder, one at most of each form."""
    return [file for suffix in FORMS for file in _look_up(folder, f"config-{stage}{suffix}")]


def _only(stage: str, files: Sequence[FilePath]) -> FilePath | None:
    if len(files) > 1:
        problem = f"the configuration of stage {stage} is there twice: {' and '.join(map(str, files))}"
        remedy = "remove one, or choose: a folder with --config-folder, a file with --config"
        raise Refused(Problem(Code.CONFIG_AMBIGUOUS, problem, remedy))
    return files[0] if files else None


def _look_up(folder: FilePath, name: str) -> list[FilePath]:
    """The entry of this name in any case, if there is one. Raises `Refused` when two differ only in case."""
    found = sorted(entry for entry in _entries(folder) if entry.name.casefold() == name.casefold())
    if len(found) > 1:
        problem = f"{' and '.join(entry.name for entry in found)} differ only in case"
        raise Refused(Problem(Code.CONFIG_AMBIGUOUS, problem, "remove one of them", Where(str(folder))))
    return found


def _entries(folder: FilePath) -> list[FilePath]:
    """What lies in a folder; nothing where there is none."""
    if what_is(folder) != "folder":
        return []
    try:
        return list(folder.iterdir())
    except OSError as error:
        problem = f"can't be read: {error.strerror or error}"
        raise Refused(Problem(Code.SOURCE_UNREADABLE, problem, "check the rights", Where(str(folder)))) from None


def _named_file(file: FilePath, working_dir: FilePath) -> FilePath:
    exact = working_dir / file
    found = [exact, *_look_up(exact.parent, exact.name)] if what_is(exact) != "file" else [exact]
    found = [each for each in found if what_is(each) == "file"]
    if not found:
        raise Refused(Problem(Code.CONFIG_MISSING, f"there is no file {file}", "correct the path", Where(str(file))))
    return found[0]


def _no_file(stage: str, folders: list[FilePath]) -> Problem:
    looked = " and ".join(map(str, folders)) or "deployment/ beside the source and in the working directory"
    names = " and no ".join(f"config-{stage}{suffix}" for suffix in FORMS)
    remedy = "correct the stage, create the file, or name its folder with --config-folder"
    return Problem(Code.CONFIG_MISSING, f"there is no {names} in {looked}", remedy)
