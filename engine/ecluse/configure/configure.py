"""Apply a configuration to a factory: row by row in file order, so that a row sees what earlier rows did.

The factory that comes in is never changed. What is wrong with any row is collected and raised together.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ecluse.configure.bench import Applied, Bench
from ecluse.configure.findings import Findings, OnMissing, winners
from ecluse.configure.override import Configuration, Override
from ecluse.configure.row_error import RowError
from ecluse.configure.tokens import Variables
from ecluse.configure.unlike import unlike_row
from ecluse.errors import Code, Notice, Problem, Refused, refuse_any
from ecluse.model.objects import Factory, ObjectRef

MOST_ROWS = 50_000
MOST_CHANGES = 250_000
MOST_CHANGES_OF_ONE = 10_000
MOST_SEARCHED = 50_000_000
"""What a configuration may hold, change, and look at with patterns and JSONPaths: far more than large factories need.

Of one object it may change less, since each change looks at and copies what is around it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`missing_…`: whether a row that finds nothing is an error or a warning.

    `missing_variable`: whether a token without its variable is an error, or leaves what stands there and is listed.
    `factory_names`: the names under which `factory` rows may address the factory: the source's and the target's.
    """

    missing_object: OnMissing = "fail"
    missing_path: OnMissing = "fail"
    missing_variable: OnMissing = "fail"
    factory_names: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Configured:
    """A factory as a stage wants it.

    `wishes`: the triggers whose `runtimeState` a row sets, and whether they are to run. `renamed`: old address →
    new one. `applied`: each row with what it changed, in order: of two rows for one place the later won. `waiting`:
    the rows that lack a variable, where that may be, each with the variable's name.
    """

    factory: Factory
    wishes: Mapping[ObjectRef, bool] = field(default_factory=dict)
    renamed: Mapping[ObjectRef, ObjectRef] = field(default_factory=dict)
    applied: tuple[Applied, ...] = ()
    notices: tuple[Notice, ...] = ()
    waiting: tuple[tuple[Override, str], ...] = ()


def configure(
    factory: Factory, configuration: Configuration, variables: Variables, options: Options | None = None
) -> Configured:
    """The factory with the configuration applied.

    Raises `Refused` with every problem at once: rows that can't be read, unknown types, names and paths that find
    nothing, values that don't fit, tokens that can't be replaced.
    """
    chosen = options or Options()
    names = frozenset(chosen.factory_names) | {factory.name}
    bench = Bench(factory, variables, names, without_variables=chosen.missing_variable == "warn")
    findings = _apply_all(bench, configuration, chosen)
    for row, error in bench.settle():
        findings.add(row, [(row.subject, error)])
    refuse_any(sorted((*configuration.problems, *findings.problems), key=_place))
    said = (*findings.notices, *bench.notices, *winners(bench.applied), *_nothing_applied(configuration, bench.applied))
    return Configured(
        bench.factory(),
        MappingProxyType(bench.wishes),
        MappingProxyType(bench.renamed),
        tuple(bench.applied),
        (*configuration.notices, *said),
        tuple(bench.waiting),
    )


def _apply_all(bench: Bench, configuration: Configuration, options: Options) -> Findings:
    rows = configuration.overrides
    if len(rows) > MOST_ROWS:
        raise Refused(_too_much(f"the configuration has {len(rows):,} rows; {MOST_ROWS:,} are the most", rows[0]))
    findings, changes, searched = Findings(options), 0, 0
    of_each: Counter[ObjectRef | None] = Counter()
    for row in rows:
        findings.notices.extend(unlike_row(row))
        searched += bench.compared(row)
        _refuse_storm(row, changes, searched)
        try:
            targets = bench.find(row)
        except RowError as error:
            findings.add(row, [(row.subject, error)])
            continue
        changes += len(targets)
        of_each.update(targets)
        searched += bench.searched(row, targets)
        _refuse_storm(row, changes, searched)
        _refuse_storm_in_one(row, max(of_each[each] for each in targets))
        findings.add(row, _apply(bench, row, targets))
    return findings


def _refuse_storm_in_one(row: Override, changes: int) -> None:
    if changes > MOST_CHANGES_OF_ONE:
        said = f"up to this row {changes:,} rows change one object; {MOST_CHANGES_OF_ONE:,} are the most"
        raise Refused(Problem(Code.CONFIG_FORMAT, said, "replace what holds all the places by one row", row.origin))


def _refuse_storm(row: Override, changes: int, searched: int = 0) -> None:
    if changes > MOST_CHANGES:
        said = f"up to this row the configuration makes {changes:,} changes; {MOST_CHANGES:,} are the most"
        raise Refused(_too_much(said, row))
    if searched > MOST_SEARCHED:
        said = f"up to this row patterns and JSONPaths look at {searched:,} values; {MOST_SEARCHED:,} are the most"
        raise Refused(_too_much(said, row))


def _too_much(said: str, row: Override) -> Problem:
    remedy = "name fewer objects (`*` names each one), or change one object that the others refer to"
    return Problem(Code.CONFIG_FORMAT, said, remedy, row.origin)


def _apply(bench: Bench, row: Override, targets: Collection[ObjectRef | None]) -> Iterator[tuple[str, RowError]]:
    """Apply one row to all that it addresses; what failed, and for which object."""
    for target in targets:
        try:
            bench.apply(row, target)
        except RowError as error:
            yield str(target or row.subject), error
        _refuse_storm(row, len(bench.applied))  # a JSONPath may change many places of each object


def _place(problem: Problem) -> tuple[str, int]:
    return (problem.where.path, problem.where.line or 0) if problem.where else ("", 0)


def _nothing_applied(configuration: Configuration, applied: Collection[Applied]) -> Iterator[Notice]:
    if configuration.overrides and not applied:
        said = f"none of the {len(configuration.overrides)} configuration rows changed anything"
        yield Notice(Code.NOTE, said, configuration.overrides[0].origin)
