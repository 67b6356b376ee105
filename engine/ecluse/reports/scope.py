"""What is in scope and what is out, each object with the rule that decided."""

from collections.abc import Iterator

from ecluse.model.names import counted
from ecluse.reports.harmless import harmless
from ecluse.reports.lines import Line, Tone, title
from ecluse.reports.tables import Table
from ecluse.select.scope import Scope


def scope_table(scope: Scope) -> Table:
    """One row per object, by kind and name."""
    rows = (
        (
            ref.kind.word,
            ref.name,
            "in" if decision.included else "out",
            decision.reason,
            decision.rule,
            str(decision.needed_by or ""),
            decision.change,
        )
        for ref, decision in sorted(scope.decisions.items())
    )
    columns = ("kind", "name", "scope", "reason", "rule", "neededBy", "change")
    return Table(columns, tuple(tuple(map(harmless, row)) for row in rows))


def scope_lines(scope: Scope) -> Iterator[Line]:
    """One line per object, by kind and name, and how many there are."""
    yield title("Scope")
    for ref, decision in sorted(scope.decisions.items()):
        text = f"  {'in ' if decision.included else 'out'}  {ref!s:<40}  {decision.reason}"
        yield Line(harmless(text), Tone.PLAIN if decision.included else Tone.DIM)
    inside = sum(decision.included for decision in scope.decisions.values())
    yield Line(f"In scope: {inside} of {counted(len(scope.decisions), 'object')} of the source", Tone.GOOD)
