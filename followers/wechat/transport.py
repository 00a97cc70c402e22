"""HTTP with one deadline for a whole call: connecting, slow headers and slow bodies included.

A read timeout starts again with every byte, so a server that sends one byte a second never exceeds
it. Here the sockets know the deadline of the call: each receive waits at most for the remaining
time, without a thread that watches and shuts down the connection.

The sockets read the deadline from a context variable, because a call runs in a single thread.
SOCKS proxies use their own sockets, which have no deadline.
"""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

# A timeout of 0 would make the socket non-blocking.
MIN_TIMEOUT_SECONDS = 0.001


class Deadline:
    """The deadline of one public call; times in seconds on a monotonic clock."""

    def __init__(
        self,
        seconds: float,
        connect: float,
        read: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock, self._connect, self._read = clock, connect, read
        self._ends_at = clock() + seconds

    def seconds_left(self) -> float:
        """Seconds until the deadline; zero or less when it has passed."""
        return self._ends_at - self._clock()

    def connect_timeout(self) -> float:
        """Seconds that connecting may take now."""
        return max(min(self._connect, self.seconds_left()), MIN_TIMEOUT_SECONDS)

    def read_timeout(self) -> float:
        """Seconds that one receive may take now."""
        return max(min(self._read, self.seconds_left()), MIN_TIMEOUT_SECONDS)


_current: ContextVar[Deadline | None] = ContextVar("wechat_deadline", default=None)


@contextlib.contextmanager
def enforce_deadline(deadline: Deadline) -> Iterator[Deadline]:
    """Run a block under `deadline`, unless one is already set: the outermost deadline applies."""
    if (outer := _current.get()) is not None:
        yield outer
        return
    token = _current.set(deadline)
    try:
        yield deadline
    finally:
        _current.reset(token)


class _DeadlineSocketMixin:
    """Makes every receive of a socket end at the deadline."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        if deadline := _current.get():
            if deadline.seconds_left() <= 0:
                raise TimeoutError("the deadline of the call has passed")
            self.settimeout(deadline.read_timeout())  # type: ignore[attr-defined]
        return super().recv_into(*args, **kwargs)  # type: ignore[misc]


class _PlainSocket(_DeadlineSocketMixin, socket.socket):
    pass


class TLSSocket(_DeadlineSocketMixin, ssl.SSLSocket):
    pass


def connect(host: str, port: int, options: Any, timeout: float) -> socket.socket:
    """A socket connected to the first address that accepts; the deadline covers all addresses."""
    problem: OSError = OSError("the name has no address")
    for family, kind, proto, _name, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        sock = _PlainSocket(family, kind, proto)
        try:
            for option in options or ():
                sock.setsockopt(*option)
            deadline = _current.get()
            sock.settimeout(deadline.connect_timeout() if deadline else timeout)
            sock.connect(address)
        except OSError as error:
            problem = error
            sock.close()
        else:
            return sock
    raise problem


class _DeadlineConnectionMixin:
    """Creates sockets that keep the deadline; raises the errors that urllib3 expects."""

    def _new_conn(self) -> socket.socket:
        conn: Any = self
        try:
            return connect(conn._dns_host, conn.port, conn.socket_options, conn.timeout)
        except socket.gaierror as error:
            raise NameResolutionError(conn.host, conn, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(conn, f"Connection to {conn.host} timed out") from error
        except OSError as error:
            raise NewConnectionError(conn, f"Failed to connect: {error}") from error


class _PlainConnection(_DeadlineConnectionMixin, HTTPConnection):
    pass


class _TLSConnection(_DeadlineConnectionMixin, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Created with the first connection: loading the trusted certificates takes about 40 ms.
        context = ssl.create_default_context()
        context.sslsocket_class = TLSSocket
        super().__init__(*args, **{**kwargs, "ssl_context": context})


_POOLS = {"http": _PlainPool, "https": _TLSPool}


class DeadlineAdapter(HTTPAdapter):
    """requests' adapter with sockets that keep the deadline of `enforce_deadline`."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager
