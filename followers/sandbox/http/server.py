"""The HTTP server of the simulation, and `Sandbox`, which starts and stops it."""

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from ..api.account import DEMO_APP_ID, DEMO_APP_SECRET, DEMO_FOLLOWERS, Account
from ..faults.effects import Fault
from ..faults.replies import ClientConnection, Reply
from ..options import Options
from ..people.console import Console
from ..people.lives import Period
from ..people.population import LEFT, Population
from ..people.records import Records, TagSnapshot
from . import access, control
from .simulation import Simulation

_MAX_BODY = 8 * 1024 * 1024
# Its script loads all data from /sandbox/.
PAGE = files(__package__).joinpath("page.html").read_bytes()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], simulation: Simulation) -> None:
        self.simulation = simulation
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Handler)
        self.allowed_hosts = access.allowed_hosts(address[0], self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Clients often close connections early, above all while faults are active.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def close_connections(self) -> None:
        """Ends all waits and connections, so that no thread outlives the sandbox."""
        self.closing.set()
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle_one_request(self) -> None:
        if self.server.closing.is_set():
            self.close_connection = True
            return
        super().handle_one_request()

    def _respond(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > _MAX_BODY:
            self._send(Reply({"error": "the body is too long"}, status=413))
            self.close_connection = True
            return
        body = self.rfile.read(int(length))
        if reason := access.refusal_reason(self.path, self.headers, self.server.allowed_hosts):
            self._send(Reply({"error": reason}, status=403))
        elif parts.path == access.PAGE:
            self._send(Reply(raw=PAGE, content_type="text/html; charset=utf-8"))
        elif self.command == "GET" and parts.path in control.STREAMS:
            self._stream_lines(parts.path, query)
        elif parts.path.startswith("/sandbox/"):
            self._send(self._handle_control(parts.path, query, body))
        else:
            self._handle_api(parts.path, query, body)

    do_GET = do_POST = do_DELETE = do_PUT = _respond  # noqa: N815

    def _handle_api(self, path: str, query: dict[str, str], body: bytes) -> None:
        simulation = self.server.simulation
        with simulation.in_flight(path, query) as has_overlap:
            reply = simulation.respond(self.command, path, query, body, has_overlap=has_overlap)
            if reply.delay and self.server.closing.wait(reply.delay):
                self.close_connection = True
                return
            encoded = reply.encode()
            if reply.has_custom_sender:
                self._transmit(reply, encoded)
                return
        # Sent when the call is no longer counted as in flight: the client's next call may arrive
        # before this thread runs again, and would be counted as a concurrent one.
        self._transmit(reply, encoded)

    def _send(self, reply: Reply) -> None:
        self._transmit(reply, reply.encode())

    def _transmit(self, reply: Reply, encoded: tuple[bytes, bytes]) -> None:
        if not reply.send(ClientConnection(self.connection, self.server.closing), *encoded):
            self.close_connection = True

    def _handle_control(self, path: str, query: dict[str, str], body: bytes) -> Reply:
        action = control.ACTIONS.get((self.command, path))
        if action is None:
            return Reply({"error": "there is no such address"}, status=404)
        try:
            arguments = json.loads(body) if body else {}
            if not isinstance(arguments, dict):
                raise TypeError("a JSON object is expected")
            return Reply(action(self.server.simulation, query, arguments))
        except (ValueError, TypeError) as error:
            return Reply({"error": str(error)}, status=400)

    def _stream_lines(self, path: str, query: dict[str, str]) -> None:
        try:
            blocks = control.STREAMS[path](self.server.simulation, query)
        except ValueError as error:
            self._send(Reply({"error": str(error)}, status=400))
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for lines in blocks:
            text = "".join(f"{line}\n" for line in lines).encode()
            if text:
                self.wfile.write(f"{len(text):x}\r\n".encode() + text + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Logs nothing: request lines contain tokens, and the page shows the calls."""


class Sandbox:
    """Serves a simulation in a thread, from its creation until `close()` or the end of `with`.

    Port 0 takes a free one. `options` are those of `Options`. `clock` returns unix seconds; tests
    advance it instead of waiting. Raises ValueError for more followers than can be simulated.
    """

    def __init__(
        self,
        followers: int = DEMO_FOLLOWERS,
        seed: str | int = 1,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        app_id: str = DEMO_APP_ID,
        app_secret: str = DEMO_APP_SECRET,
        other_accounts: Iterable[tuple[str, str, int]] = (),
        clock: Callable[[], float] = time.time,
        **options: Any,
    ) -> None:
        parsed_options = Options(**options)
        credentials = [(app_id, app_secret, followers), *other_accounts]
        accounts = [Account(*account, str(seed), parsed_options, clock) for account in credentials]
        self.app_id, self.app_secret = app_id, app_secret
        self.simulation = Simulation(accounts, parsed_options)
        self._server = _Server((host, port), self.simulation)
        self.url = f"http://{host}:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="wechat-sandbox"
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Stops serving, closes all connections and waits for all threads."""
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()

    @property
    def state(self) -> dict[str, Any]:
        """The answer of GET /sandbox/state."""
        return self.simulation.state()

    @property
    def log(self) -> list[dict[str, Any]]:
        """The latest calls, oldest first, without tokens."""
        return list(self.simulation.log)

    @property
    def population(self) -> Population:
        """The default account's followers; change them by `leave`, `join` and `come_back`."""
        return self.simulation.default.population

    def fault(
        self,
        name: str,
        count: int | None = None,
        path: str | None = None,
        after: int = 0,
        **options: int | float | str,
    ) -> Fault:
        """Switches on a fault of FAULTS for `count` calls (None: until it is switched off).

        It spares the first `after` calls. Raises ValueError for an unknown name.
        """
        return self.simulation.fault(name, count=count, path=path, after=after, **options)

    def clear(self, key: int | str | None = None) -> int:
        """Switches off one fault by id, those of one name, or all; returns how many."""
        return self.simulation.faults.switch_off(key)

    def reset(self) -> None:
        """Switches all faults off and restores the state at the start."""
        self.simulation.reset()

    @property
    def records(self) -> Records:
        """What WeChat stores about the default account's followers."""
        return self.simulation.default.records

    def followers(self) -> set[str]:
        """The openids of all followers, whatever faults are on."""
        return {openid for block in self.population.openid_blocks() for openid in block}

    def former_followers(self) -> set[str]:
        """The openids of all who have unfollowed."""
        return {openid for block in self.population.openid_blocks(LEFT) for openid in block}

    def tags(self) -> dict[int, TagSnapshot]:
        """All tags with their followers, by id."""
        return self.records.tag_snapshots()

    def blacklist(self) -> set[str]:
        """The openids of blocked followers."""
        return self.records.blacklist()

    def profile(self, openid: str) -> dict[str, Any]:
        """The answer of user/info without faults. Raises ValueError for an unknown openid."""
        return next(self.records.profiles([openid]))

    def profiles(self) -> Iterator[dict[str, Any]]:
        """The answers of user/info for all followers."""
        return self.records.profiles()

    def periods(self, openid: str) -> list[Period]:
        """See `Records.periods`."""
        return self.records.periods(openid)

    def lives(self) -> dict[str, list[Period]]:
        """The periods of all present and former followers by openid."""
        return dict(self.records.lives())

    @property
    def console(self) -> Console:
        """Makes changes as in WeChat's web console."""
        return self.simulation.default.console

    def change(self, openid: str, **changes: Any) -> None:
        """See `Console.change`."""
        self.console.change(openid, **changes)

    def shuffle(self, changes: int, seed: int | str | None = None) -> dict[str, int]:
        """See `Console.shuffle`."""
        return self.console.shuffle(changes, seed)
