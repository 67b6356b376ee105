"""The secrets that are known so far, and texts without them."""

from collections.abc import Callable, Iterable

from ecluse.model.secrets import redactor
from ecluse.reports.harmless import harmless


class Hidden:
    """The texts that nothing shows."""

    def __init__(self) -> None:
        self._texts: frozenset[str] = frozenset()
        self._blot_out: Callable[[str], str] = str

    def add(self, texts: Iterable[str]) -> None:
        """From now on these, too, also as `harmless` spells them."""
        known = self._texts.union(form for text in texts for form in (text, harmless(text)))
        if known != self._texts:
            self._texts, self._blot_out = known, redactor(known)

    def blot_out(self, text: str) -> str:
        """A line without them."""
        return self._blot_out(text)
