"""The simulated WeChat on HTTP/1.1, and `Sandbox`, which starts and stops it."""

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
from ..faults.replies import Reply, Wire
from ..options import Options
from ..people.console import Console
from ..people.population import LEFT, Population
from ..people.records import Records, Tagged
from . import access, control
from .world import World

_MAX_BODY = 8 * 1024 * 1024
# All that moves on it comes from /sandbox/ by script.
PAGE = files(__package__).joinpath("page.html").read_bytes()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], world: World) -> None:
        self.world = world
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Handler)
        self.names = access.allowed_hosts(address[0], self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Callers that hang up are daily business here, above all while faults are on.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """Ends every wait and every idle connection, so that no thread outlives the sandbox."""
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
        if why := access.refusal(self.path, self.headers, self.server.names):
            self._send(Reply({"error": why}, status=403))
        elif parts.path == access.PAGE:
            self._send(Reply(raw=PAGE, content_type="text/html; charset=utf-8"))
        elif self.command == "GET" and parts.path in control.STREAMS:
            self._stream(parts.path, query)
        elif parts.path.startswith("/sandbox/"):
            self._send(self._control(parts.path, query, body))
        else:
            self._api(parts.path, query, body)

    do_GET = do_POST = do_DELETE = do_PUT = _respond  # noqa: N815

    def _api(self, path: str, query: dict[str, str], body: bytes) -> None:
        world = self.server.world
        with world.in_flight(path, query) as overlaps:
            reply = world.answer(self.command, path, query, body, overlaps=overlaps)
            if reply.delay and self.server.closing.wait(reply.delay):
                self.close_connection = True
                return
            packed = reply.packed()
            if reply.lingers:
                self._transmit(reply, packed)
                return
        # No longer in flight when the caller has it: its next call may come before this thread
        # gets its turn again, and would be counted as a second one at the same time.
        self._transmit(reply, packed)

    def _send(self, reply: Reply) -> None:
        self._transmit(reply, reply.packed())

    def _transmit(self, reply: Reply, packed: tuple[bytes, bytes]) -> None:
        if not reply.send(Wire(self.connection, self.server.closing), *packed):
            self.close_connection = True

    def _control(self, path: str, query: dict[str, str], body: bytes) -> Reply:
        action = control.ACTIONS.get((self.command, path))
        if action is None:
            return Reply({"error": "there is no such address"}, status=404)
        try:
            given = json.loads(body) if body else {}
            if not isinstance(given, dict):
                raise TypeError("a JSON object is expected")
            return Reply(action(self.server.world, query, given))
        except (ValueError, TypeError) as problem:
            return Reply({"error": str(problem)}, status=400)

    def _stream(self, path: str, query: dict[str, str]) -> None:
        try:
            blocks = control.STREAMS[path](self.server.world, query)
        except ValueError as problem:
            self._send(Reply({"error": str(problem)}, status=400))
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
        """Nothing on the terminal: request lines carry tokens, and the page shows the calls."""


class Sandbox:
    """A simulated WeChat, served while used as a context manager or until `close()`.

    Port 0 takes a free one. Further options are those of `Options`. `clock` gives unix seconds;
    tests set it forward instead of waiting. ValueError for more followers than can be simulated.
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
        settled = Options(**options)
        wanted = [(app_id, app_secret, followers), *other_accounts]
        accounts = [Account(*which, str(seed), settled, clock) for which in wanted]
        self.app_id, self.app_secret = app_id, app_secret
        self.world = World(accounts, settled)
        self._server = _Server((host, port), self.world)
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
        """Stop serving; connections are cut and every thread has ended when this returns."""
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    @property
    def state(self) -> dict[str, Any]:
        """The same as GET /sandbox/state."""
        return self.world.state()

    @property
    def log(self) -> list[dict[str, Any]]:
        """The latest calls, oldest first; without tokens."""
        return list(self.world.log)

    @property
    def population(self) -> Population:
        """The default account's people: `leave`, `join` and `come_back` move them."""
        return self.world.default.population

    def fault(
        self,
        name: str,
        count: int | None = None,
        path: str | None = None,
        after: int = 0,
        **options: int | float | str,
    ) -> Fault:
        """Switch on a fault of FAULTS for `count` calls (None: until it is switched off).

        `after` calls that it concerns are spared first. ValueError for an unknown name.
        """
        return self.world.fault(name, count=count, path=path, after=after, **options)

    def clear(self, which: int | str | None = None) -> int:
        """Switch off one fault by id, all of one name, or all; answers how many were on."""
        return self.world.faults.off(which)

    def reset(self) -> None:
        """Everything as at the start."""
        self.world.reset()

    @property
    def records(self) -> Records:
        """What WeChat keeps about the default account's people."""
        return self.world.default.records

    def followers(self) -> set[str]:
        """The truth: who follows now."""
        return {openid for block in self.population.all() for openid in block}

    def left(self) -> set[str]:
        """The truth: who followed once and does not now."""
        return {openid for block in self.population.all(LEFT) for openid in block}

    def tags(self) -> dict[int, Tagged]:
        """The truth: every tag's name and the followers who have it, by id."""
        return self.records.truth()

    def blacklist(self) -> set[str]:
        """The truth: which followers are blocked."""
        return self.records.blacklist()

    def profile(self, openid: str) -> dict[str, Any]:
        """The truth about one person, as user/info tells it. ValueError for a stranger."""
        return next(self.records.profiles([openid]))

    def profiles(self) -> Iterator[dict[str, Any]]:
        """The truth about everybody who follows."""
        return self.records.profiles()

    @property
    def console(self) -> Console:
        """For changes that somebody makes in WeChat's own console."""
        return self.world.default.console

    def change(self, openid: str, **what: Any) -> None:
        """See `Console.change`: tags, blacklisted, remark and other fields of a follower."""
        self.console.change(openid, **what)

    def shuffle(self, changes: int, seed: int | str | None = None) -> dict[str, int]:
        """See `Console.shuffle`: so many changes at random."""
        return self.console.shuffle(changes, seed)
