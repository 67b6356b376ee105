"""Apply a configuration to a factory: row by row in file order, so that a row sees what earlier rows did.

The factory that comes in is never changed. What is wrong with any row is collected and raised together.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from ecluse.configure.bench import Applied, Bench
from ecluse.configure.override import Configuration, Override
from ecluse.configure.row_error import NoObjectError, NoPathError, RowError
from ecluse.configure.tokens import Variables
from ecluse.errors import Code, Notice, Problem, refuse_any
from ecluse.model.objects import Factory, ObjectRef

OnMissing = Literal["fail", "warn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`missing_…`: whether a row that finds nothing is an error or a warning.

    `factory_names`: the names under which `factory` rows may address the factory: the source's and the target's.
    """

    missing_object: OnMissing = "fail"
    missing_path: OnMissing = "fail"
    factory_names: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Configured:
    """A factory as a stage wants it.

    `wishes`: the triggers whose `runtimeState` a row sets, and whether they are to run. `renamed`: old address →
    new one. `applied`: each row with what it changed, in order: of two rows for one place the later won.
    """

    factory: Factory
    wishes: Mapping[ObjectRef, bool] = field(default_factory=dict)
    renamed: Mapping[ObjectRef, ObjectRef] = field(default_factory=dict)
    applied: tuple[Applied, ...] = ()
    notices: tuple[Notice, ...] = ()


def configure(
    factory: Factory, configuration: Configuration, variables: Variables, options: Options | None = None
) -> Configured:
    """The factory with the configuration applied.

    Raises `Refused` with every problem at once: rows that can't be read, unknown types, names and paths that find
    nothing, values that don't fit, tokens that can't be replaced.
    """
    chosen = options or Options()
    bench = Bench(factory, variables, frozenset(chosen.factory_names) | {factory.name})
    problems = list(configuration.problems)
    notices = list(configuration.notices)
    for row in configuration.overrides:
        for subject, error in _apply(bench, row):
            if (notice := _tolerated(row, subject, error, chosen)) is not None:
                notices.append(notice)
            else:
                problems.append(_problem(row, subject, error))
    problems.extend(_problem(row, row.subject, error) for row, error in bench.settle())
    refuse_any(sorted(problems, key=_place))
    notices.extend((*bench.notices, *_winners(bench.applied), *_nothing_applied(configuration, bench.applied)))
    return Configured(
        bench.factory(),
        MappingProxyType(bench.wishes),
        MappingProxyType(bench.renamed),
        tuple(bench.applied),
        tuple(notices),
    )


def _apply(bench: Bench, row: Override) -> Iterator[tuple[str, RowError]]:
    """Apply one row to all it addresses; what failed, and for which object."""
    try:
        targets = bench.find(row)
    except RowError as error:
        yield row.subject, error
        return
    for target in targets:
        try:
            bench.apply(row, target)
        except RowError as error:
            yield str(target or row.subject), error


def _tolerated(row: Override, subject: str, error: RowError, options: Options) -> Notice | None:
    """The notice that stands in for an error where the row, or the options, let a row find nothing."""
    missing_object, missing_path = isinstance(error, NoObjectError), isinstance(error, NoPathError)
    said = f"{subject}: path {row.path}: {error.reason}; the row is skipped"
    if row.optional and (missing_object or missing_path):
        return Notice(error.code, f"{said} (it is optional)", row.origin, warning=False)
    if (missing_object and options.missing_object == "warn") or (missing_path and options.missing_path == "warn"):
        return Notice(error.code, said, row.origin)
    return None


def _problem(row: Override, subject: str, error: RowError) -> Problem:
    return Problem(error.code, f"path {row.path}: {error.reason}", error.remedy, row.origin, subject)


def _place(problem: Problem) -> tuple[str, int]:
    return (problem.where.path, problem.where.line or 0) if problem.where else ("", 0)


def _winners(applied: Collection[Applied]) -> Iterator[Notice]:
    """Where a later row took the place of an earlier one."""
    last: dict[tuple[object, ...], Override] = {}
    for each in applied:
        earlier = last.get(each.key)
        if earlier is not None and earlier.origin != each.override.origin:
            subject = each.ref or f"factory.{each.override.name}"
            said = f"{subject}: path {each.override.path}: this row wins over {earlier.origin}"
            yield Notice(Code.NOTE, said, each.override.origin, warning=False)
        last[each.key] = each.override


def _nothing_applied(configuration: Configuration, applied: Collection[Applied]) -> Iterator[Notice]:
    if configuration.overrides and not applied:
        said = f"none of the {len(configuration.overrides)} configuration rows changed anything"
        yield Notice(Code.NOTE, said, configuration.overrides[0].origin)
