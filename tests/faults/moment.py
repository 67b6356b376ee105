"""Inside a process: at the very moment of one request a signal comes."""

import os
import re
import signal
import threading
from typing import Any

from requests.adapters import HTTPAdapter

from tests.faults.cases import Case

NUMBERS = {"cancel": signal.SIGINT, "kill": signal.SIGKILL}


def arm(case: Case) -> None:
    """From now on this process sends itself the case's signal, before it sends the request or after the answer.

    For a process that ends soon: the adapter stays changed.
    """
    send, pattern, lock = HTTPAdapter.send, re.compile(case.pattern, re.IGNORECASE), threading.Lock()
    what, _, when = case.trouble.partition(" ")
    seen = 0

    def with_a_signal(self: HTTPAdapter, request: Any, *args: Any, **more: Any) -> Any:
        nonlocal seen
        ours = False
        if request.method == case.verb and pattern.search(request.path_url):
            with lock:
                seen += 1
                ours = seen == case.number
        if ours and when == "before":
            os.kill(os.getpid(), NUMBERS[what])
        answer = send(self, request, *args, **more)
        if ours and when == "after":
            os.kill(os.getpid(), NUMBERS[what])
        return answer

    HTTPAdapter.send = with_a_signal  # type: ignore[method-assign]  # an instrument of this process only
