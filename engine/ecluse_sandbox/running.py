"""Work that goes on after the answer: deployments in the background."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Tasks:
    """The background tasks, by key; held here so that none is collected while it runs."""

    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def start(self, key: str, work: Coroutine[Any, Any, None]) -> None:
        """Run the work in the background under this key."""
        task = asyncio.get_running_loop().create_task(work)
        self._running[key] = task
        task.add_done_callback(lambda done: self._forget(key, done))

    def _forget(self, key: str, done: asyncio.Task[None]) -> None:
        if self._running.get(key) is done:
            del self._running[key]

    @property
    def busy(self) -> bool:
        """Whether anything still runs."""
        return bool(self._running)

    def cancel_all(self) -> None:
        """Let all that runs end where it is."""
        for task in self._running.values():
            task.cancel()

    async def stop(self) -> None:
        """Cancel all that runs, and wait for it."""
        tasks = list(self._running.values())
        self.cancel_all()
        await asyncio.gather(*tasks, return_exceptions=True)
