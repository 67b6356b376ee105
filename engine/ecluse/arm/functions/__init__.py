"""FUNCTIONS: one row per function of ARM's template language that Ecluse evaluates, by family in the modules beside.

Names and arities are those of Microsoft's table of template functions. A row's `run` gets what the template is
deployed to and the arguments; it never sees a value that is not there, nor one that only Azure can fetch or evaluate,
and the evaluator carries the taint of secrets from the arguments to the result.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ecluse.arm.functions import arrays, dates, encodings, ids, lambdas, logic, numbers, objects, text
from ecluse.arm.functions.function import CallError, Function, Lambda, Scope, kind_of

__all__ = ["FUNCTIONS", "CallError", "Function", "Lambda", "Scope", "kind_of"]

_FAMILIES = (arrays, dates, encodings, ids, lambdas, logic, numbers, objects, text)

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {row.name.casefold(): row for family in _FAMILIES for row in family.ROWS}
)
"""The functions by their name in lower case: ARM compares these names without case."""
