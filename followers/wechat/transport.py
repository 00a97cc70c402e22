"""HTTP with one deadline for everything: connecting, headers that drip, bodies that drip.

A read time-out starts again with every byte, so a server that sends one byte a second is never
late. Here the sockets themselves know when the call must be over: each receive waits at most for
what is left. No thread has to watch, and nothing has to be shut down from outside.

The sockets read the deadline from a context variable, because a call runs in one thread from its
first byte to its last. Proxies that speak SOCKS bring sockets of their own, without a deadline.
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

# A socket's time-out of 0 would mean "do not block at all".
SHORTEST = 0.001


class Deadline:
    """The end of one public call; times in seconds on a monotonic clock."""

    def __init__(
        self,
        seconds: float,
        connect: float,
        read: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock, self._connect, self._read = clock, connect, read
        self._ends_at = clock() + seconds

    def left(self) -> float:
        """Seconds until the end; zero or less when it has passed."""
        return self._ends_at - self._clock()

    def connect_timeout(self) -> float:
        """Seconds that connecting may take now."""
        return max(min(self._connect, self.left()), SHORTEST)

    def read_timeout(self) -> float:
        """Seconds that one receive may take now."""
        return max(min(self._read, self.left()), SHORTEST)


_current: ContextVar[Deadline | None] = ContextVar("wechat_deadline", default=None)


@contextlib.contextmanager
def within(deadline: Deadline) -> Iterator[Deadline]:
    """Run a block under `deadline`, or under the one that is already set: the outermost rules."""
    if (outer := _current.get()) is not None:
        yield outer
        return
    mark = _current.set(deadline)
    try:
        yield deadline
    finally:
        _current.reset(mark)


class _Deadlined:
    """For sockets: every receive ends at the deadline."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        if deadline := _current.get():
            if deadline.left() <= 0:
                raise TimeoutError("the deadline of the call has passed")
            self.settimeout(deadline.read_timeout())  # type: ignore[attr-defined]
        return super().recv_into(*args, **kwargs)  # type: ignore[misc]


class _PlainSocket(_Deadlined, socket.socket):
    pass


class _TLSSocket(_Deadlined, ssl.SSLSocket):
    pass


def _connect_any(host: str, port: int, options: Any, timeout: float) -> socket.socket:
    """A connected socket to the first address that answers, all addresses within the deadline."""
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


class _ConnectMixin:
    """Connections made of deadlined sockets; raises what urllib3 expects."""

    def _new_conn(self) -> socket.socket:
        conn: Any = self
        try:
            return _connect_any(conn._dns_host, conn.port, conn.socket_options, conn.timeout)
        except socket.gaierror as error:
            raise NameResolutionError(conn.host, conn, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(conn, f"Connection to {conn.host} timed out") from error
        except OSError as error:
            raise NewConnectionError(conn, f"Failed to connect: {error}") from error


class _PlainConnection(_ConnectMixin, HTTPConnection):
    pass


class _TLSConnection(_ConnectMixin, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Made with the first connection: loading the trusted certificates takes some 40 ms.
        context = ssl.create_default_context()
        context.sslsocket_class = _TLSSocket
        super().__init__(*args, **{**kwargs, "ssl_context": context})


_POOLS = {"http": _PlainPool, "https": _TLSPool}


class DeadlineAdapter(HTTPAdapter):
    """requests' adapter with sockets that keep the deadline of `within`."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager
