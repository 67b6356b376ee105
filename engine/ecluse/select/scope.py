"""The scope of a deployment: a set of addresses with the deciding rule of each, never a smaller factory."""

from collections.abc import Mapping
from dataclasses import dataclass

from ecluse.model.objects import ObjectRef


@dataclass(frozen=True, slots=True)
class Decision:
    """In or out, and the rule that decided; `rule` is "" when no rule matched and the default decided."""

    included: bool
    rule: str = ""


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
        if decision is None:
            return "not known"
        verb = "included" if decision.included else "excluded"
        return f"{verb} by rule {decision.rule}" if decision.rule else f"{verb}: no rule matches"
