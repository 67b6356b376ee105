"""The scope of a deployment: a set of addresses with the deciding rule of each, never a smaller factory."""

from collections.abc import Mapping
from dataclasses import dataclass

from ecluse.model.objects import ObjectRef


@dataclass(frozen=True, slots=True)
class Decision:
    """In or out, and why.

    `rule` decided, and matched what needs the object when `needed_by` is there; where it is "" the default did, for the
    reason `otherwise`. `change` is what the changes since a commit add to what the rules let in: why it stays in, or
    why it is out nevertheless.
    """

    included: bool
    rule: str = ""
    needed_by: ObjectRef | None = None
    change: str = ""
    otherwise: str = "no rule matches"

    @property
    def reason(self) -> str:
        """Why, in words."""
        verb = "included" if self.included else "excluded"
        if self.change and not (self.included and self.rule):
            return f"{verb}: {self.change}"
        through = f", needed by {self.needed_by}" if self.needed_by else ""
        by_rule = f"{verb} by rule {self.rule}{through}" if self.rule else f"{verb}: {self.otherwise}"
        return f"{by_rule}; {self.change}" if self.change else by_rule


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be deployed, deleted, stopped or started; the decision for every object that is known."""

    decisions: Mapping[ObjectRef, Decision]

    def __contains__(self, ref: object) -> bool:
        decision = self.decisions.get(ref) if isinstance(ref, ObjectRef) else None
        return decision is not None and decision.included

    def reason(self, ref: ObjectRef) -> str:
        """Why `ref` is in or out, in words."""
        decision = self.decisions.get(ref)
        return decision.reason if decision else "not known"
