"""Replies, and the ways to send them, whole or broken."""

import json
import os
import select
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any


class ClientConnection:
    """A connection from a client. Waits end early when the sandbox closes."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self._socket = connection
        self._closing = closing

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def wait(self, seconds: float) -> bool:
        """Returns True after that time, False when the sandbox is closing."""
        return not self._closing.wait(seconds)

    def wait_for_hang_up(self, seconds: float) -> None:
        """Waits for that time, or until the client closes the connection."""
        step = 0.1
        for _ in range(int(seconds / step)):
            if self._closing.is_set() or self._hung_up(step):
                return

    def reset(self) -> None:
        """Closes with RST: the client gets `Connection reset by peer`."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self._socket.detach())

    def _hung_up(self, seconds: float) -> bool:
        readable, _, _ = select.select([self._socket], [], [], seconds)
        return bool(readable) and self._socket.recv(1, socket.MSG_PEEK) == b""


# Sends head and body; returns whether the connection can be used again.
Sender = Callable[[ClientConnection, bytes, bytes], bool]


def send_whole(connection: ClientConnection, head: bytes, body: bytes) -> bool:
    connection.send(head + body)
    return True


def send_truncated(connection: ClientConnection, head: bytes, body: bytes) -> bool:
    connection.send(head + body[: len(body) // 2])
    return False


def send_reset(connection: ClientConnection, head: bytes, body: bytes) -> bool:
    connection.reset()
    return False


def stay_silent(seconds: float, connection: ClientConnection, head: bytes, body: bytes) -> bool:
    connection.wait_for_hang_up(seconds)
    return False


def drip(interval: float, connection: ClientConnection, head: bytes, body: bytes) -> bool:
    """Sends head and body, one byte every `interval` seconds."""
    data = head + body
    for at in range(len(data)):
        connection.send(data[at : at + 1])
        if not connection.wait(interval):
            return False
    return True


def drip_body(interval: float, connection: ClientConnection, head: bytes, body: bytes) -> bool:
    connection.send(head)
    return drip(interval, connection, b"", body)


@dataclass
class Reply:
    """`payload` is encoded as JSON; `raw`, if not None, is sent instead.

    `extra` is inserted unchanged after the last key of a JSON object: bytes that are invalid JSON.
    """

    payload: Any = None
    raw: bytes | None = None
    status: int = 200
    content_type: str = "application/json"
    delay: float = 0
    extra: bytes = b""
    send: Sender = send_whole
    faults: list[str] = field(default_factory=list)

    @property
    def code(self) -> int | None:
        """The errcode, 0 for success, None if the payload is no JSON object."""
        if self.raw is not None or not isinstance(self.payload, dict):
            return None
        return int(self.payload.get("errcode", 0))

    @property
    def openids(self) -> list[str]:
        """The openids of a page, including blank ones."""
        data = self.payload.get("data") if isinstance(self.payload, dict) else None
        return (data.get("openid") or []) if isinstance(data, dict) else []

    @property
    def profiles(self) -> list[dict[str, Any]]:
        """The profiles of a batch."""
        return self.payload.get("user_info_list", []) if isinstance(self.payload, dict) else []

    @property
    def ids(self) -> int:
        """The number of openids or profiles, including blank openids."""
        return len(self.openids) + len(self.profiles)

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        text = json.dumps(self.payload, ensure_ascii=False, separators=(",", ":")).encode()
        return text[:-1] + self.extra + b"}" if self.extra and text.endswith(b"}") else text

    def encode(self) -> tuple[bytes, bytes]:
        """Head and body as bytes."""
        body = self.body()
        # Against clickjacking of the page's buttons.
        framing = "X-Frame-Options: DENY\r\n" if "html" in self.content_type else ""
        head = (
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n"
            f"Server: wechat-sandbox\r\n"
            f"Content-Type: {self.content_type}\r\n"
            f"{framing}Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode("ascii"), body

    @property
    def has_custom_sender(self) -> bool:
        """Whether a fault has replaced the usual way of sending."""
        return self.send is not send_whole
