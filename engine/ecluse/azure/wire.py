"""The connections under every client: whom they trust, by which proxy they go, and how long an answer may take."""

import http.client
import io
import socket
import time
from functools import partial
from typing import Any

import requests
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from ecluse.azure.connection import Connection

_CONNECT_SECONDS = 20


def transport(connection: Connection, parallel: int) -> RequestsTransport:
    """One pool of connections for `parallel` calls, open from the start: threads that open it together would leak one.

    On the sandbox nothing of the environment counts, no proxy and no CA variable; nor where a proxy was told.
    """
    look_around = connection.sandbox is None and connection.proxy is None
    session = requests.Session()
    session.trust_env = look_around
    session.mount("https://", _Adapter(parallel, connection.patience.answer))
    made = RequestsTransport(
        session=session,
        connection_verify=connection.ca_bundle or True,
        connection_timeout=_CONNECT_SECONDS,
        read_timeout=connection.patience.answer,
        use_env_settings=look_around,
    )
    made.open()
    return made


class _Adapter(HTTPAdapter):
    """A pool for `parallel` connections (requests' own keeps only 10), each answer of which has `seconds`."""

    def __init__(self, parallel: int, seconds: float) -> None:
        class Connection(HTTPSConnection):
            response_class = staticmethod(partial(_Answer, seconds=seconds))  # type: ignore[assignment]  # it makes one

        class Pool(HTTPSConnectionPool):
            ConnectionCls = Connection

        self._pools = {"https": Pool}
        super().__init__(pool_maxsize=parallel)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """With our pools."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        """With our pools, too."""
        made = super().proxy_manager_for(*arguments, **options)
        made.pool_classes_by_scheme = self._pools
        return made


class _Answer(http.client.HTTPResponse):
    """An answer that has to be there, whole, in `seconds`.

    The time-outs of sockets are for each read: a server that sends a byte now and then is waited for without end.
    """

    def __init__(self, sock: socket.socket, *arguments: Any, seconds: float, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(_Reader(self.fp.detach(), time.monotonic() + seconds))


class _Reader(io.RawIOBase):
    """Begins no read after `end`."""

    def __init__(self, raw: io.RawIOBase, end: float) -> None:
        super().__init__()
        self._raw, self._end = raw, end

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read once."""
        if time.monotonic() > self._end:
            raise TimeoutError("the answer takes too long")
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Give the socket back."""
        self._raw.close()
        super().close()
