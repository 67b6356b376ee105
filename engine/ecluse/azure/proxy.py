"""Proxy: the way out that a build agent is told to take, as a value."""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Proxy:
    """The proxy's address, with user and password inside; and which addresses go past it.

    `bypass` holds what stands in an agent's `.proxybypass`: regular expressions that are looked for in an address
    (azure-pipelines-agent, docs/start/proxyconfig). One that is none is looked for as it is.
    """

    url: str = field(repr=False)
    bypass: tuple[str, ...] = ()

    def serves(self, address: str) -> bool:
        """Whether a call of this address goes through the proxy."""
        return not any(_found(pattern, address) for pattern in self.bypass if pattern)


def _found(pattern: str, address: str) -> bool:
    try:
        return re.search(pattern, address, re.IGNORECASE) is not None
    except re.error:
        return pattern.casefold() in address.casefold()
