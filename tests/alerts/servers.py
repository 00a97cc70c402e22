"""Targets that behave, and targets that do not: HTTP and SMTP servers in threads."""

import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Webhook(ThreadingHTTPServer):
    """behaviour: ok, 500, hang, drip_head, drip_body, close, redirect; `got` has the messages."""

    daemon_threads = True

    def __init__(self, behaviour: str = "ok") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behaviour = behaviour
        self.got: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str]] = []
        # Set when the server ends, or to let hanging requests go.
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook/s3cr3t?token=t0ps3cret"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients go away when their time is over."""


class _Handler(BaseHTTPRequestHandler):
    server: Webhook
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length))
        self.server.requests.append((self.command, self.path))
        self.server.got.append(body)
        getattr(self, f"do_{self.server.behaviour}")()

    def do_GET(self) -> None:
        self.server.requests.append((self.command, self.path))
        self.do_ok()

    def do_ok(self, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_500(self) -> None:
        self.do_ok(500)

    def do_hang(self) -> None:
        self.server.ended.wait(60)
        self.close_connection = True

    def do_drip_head(self) -> None:
        self.close_connection = True
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 1000:
            self.wfile.write(bytes([byte]))
            if self.server.ended.wait(0.05):
                return

    def do_drip_body(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        while not self.server.ended.wait(0.05):
            self.wfile.write(b"x")

    def do_close(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def do_redirect(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


class Mail(socketserver.ThreadingTCPServer):
    """An SMTP server. behaviour: ok, refuse (the recipient), login, drip, hang."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, behaviour: str = "ok") -> None:
        super().__init__(("127.0.0.1", 0), _MailHandler)
        self.behaviour = behaviour
        self.mails: list[tuple[list[str], str]] = []
        self.ended = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients go away when their time is over."""


class _MailHandler(socketserver.StreamRequestHandler):
    server: Mail

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        if self.server.behaviour == "hang":
            self.server.ended.wait(60)
            return
        if self.server.behaviour == "drip":
            while not self.server.ended.wait(0.05):
                self.wfile.write(b"2")
            return
        self.say("220 here")
        recipients: list[str] = []
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "EHLO":
                self.say("250-here")
                self.say("250 AUTH PLAIN LOGIN")
            elif verb == "AUTH":
                self.say("535 no" if self.server.behaviour == "login" else "235 yes")
            elif verb == "RCPT":
                recipients.append(line.partition("<")[2].partition(">")[0])
                self.say("550 nobody" if self.server.behaviour == "refuse" else "250 yes")
            elif verb == "DATA":
                self.say("354 go on")
                text = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    text += part
                self.server.mails.append((recipients, text.decode()))
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 yes")


@contextmanager
def running(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
