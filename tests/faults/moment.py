"""Inside a process: at the very moment of one request a signal comes."""

import os
import re
import signal
import threading
from dataclasses import dataclass
from typing import Any

from requests.adapters import HTTPAdapter

NUMBERS = {"cancel": signal.SIGINT, "kill": signal.SIGKILL}


@dataclass(frozen=True, slots=True)
class Moment:
    """The `number`-th request of a kind; `trouble`: `cancel` or `kill`, `before` it is sent or `after` the answer."""

    trouble: str
    number: int
    verb: str = ""
    pattern: str = ""

    def arm(self) -> None:
        """From now on this process sends itself the signal when the moment has come.

        For a process that ends soon: the adapter stays changed.
        """
        send, pattern, lock = HTTPAdapter.send, re.compile(self.pattern, re.IGNORECASE), threading.Lock()
        what, _, when = self.trouble.partition(" ")
        seen = 0

        def with_a_signal(adapter: HTTPAdapter, request: Any, *args: Any, **more: Any) -> Any:
            nonlocal seen
            ours = False
            if self.verb in ("", request.method) and pattern.search(request.path_url):
                with lock:
                    seen += 1
                    ours = seen == self.number
            if ours and when == "before":
                os.kill(os.getpid(), NUMBERS[what])
            answer = send(adapter, request, *args, **more)
            if ours and when == "after":
                os.kill(os.getpid(), NUMBERS[what])
            return answer

        HTTPAdapter.send = with_a_signal  # type: ignore[method-assign,assignment]  # an instrument of this process only
