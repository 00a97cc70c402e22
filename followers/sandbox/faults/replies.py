"""An answer on its way out, and the ways in which it can go wrong on the wire."""

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


class Wire:
    """One connection. Waiting ends early when the sandbox closes or the caller has hung up."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self.connection = connection
        self._closing = closing

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def pause(self, seconds: float) -> bool:
        """True when the time has passed, False when the sandbox is closing."""
        return not self._closing.wait(seconds)

    def hold(self, seconds: float) -> None:
        """Say nothing for so long, or until the caller gives up."""
        step = 0.1
        for _ in range(int(seconds / step)):
            if self._closing.is_set() or self._hung_up(step):
                return

    def reset(self) -> None:
        """Close with RST: the caller sees `Connection reset by peer`, not an orderly end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def _hung_up(self, seconds: float) -> bool:
        readable, _, _ = select.select([self.connection], [], [], seconds)
        return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""


# Sends head and body its own way; answers whether the connection can be used again.
Sender = Callable[[Wire, bytes, bytes], bool]


def whole(wire: Wire, head: bytes, body: bytes) -> bool:
    wire.send(head + body)
    return True


def truncated(wire: Wire, head: bytes, body: bytes) -> bool:
    wire.send(head + body[: len(body) // 2])
    return False


def reset(wire: Wire, head: bytes, body: bytes) -> bool:
    wire.reset()
    return False


def silent(seconds: float) -> Sender:
    """No answer at all."""

    def send(wire: Wire, head: bytes, body: bytes) -> bool:
        wire.hold(seconds)
        return False

    return send


def dripping(interval: float, *, head_too: bool) -> Sender:
    """One byte every `interval` seconds, of the body or of everything."""

    def send(wire: Wire, head: bytes, body: bytes) -> bool:
        fast, slow = (b"", head + body) if head_too else (head, body)
        wire.send(fast)
        for at in range(len(slow)):
            wire.send(slow[at : at + 1])
            if not wire.pause(interval):
                return False
        return True

    return send


@dataclass
class Reply:
    """`payload` is what gets encoded as JSON; `raw`, where set, is sent instead of it.

    `extra` is put behind the last key of a JSON object as it is: bytes that no encoder makes.
    """

    payload: Any = None
    raw: bytes | None = None
    status: int = 200
    content_type: str = "application/json"
    delay: float = 0
    extra: bytes = b""
    send: Sender = whole
    faults: list[str] = field(default_factory=list)

    @property
    def code(self) -> int | None:
        """The errcode, 0 for success; None where the answer has no such thing."""
        if self.raw is not None or not isinstance(self.payload, dict):
            return None
        return int(self.payload.get("errcode", 0))

    @property
    def openids(self) -> list[str]:
        """The ids of a page, blank ones included."""
        data = self.payload.get("data") if isinstance(self.payload, dict) else None
        return (data.get("openid") or []) if isinstance(data, dict) else []

    @property
    def profiles(self) -> list[dict[str, Any]]:
        """The rows of a batch of profiles."""
        return self.payload.get("user_info_list", []) if isinstance(self.payload, dict) else []

    @property
    def ids(self) -> int:
        """How many people a page or a batch tells of, blank openids included."""
        return len(self.openids) + len(self.profiles)

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        text = json.dumps(self.payload, ensure_ascii=False, separators=(",", ":")).encode()
        return text[:-1] + self.extra + b"}" if self.extra and text.endswith(b"}") else text

    def packed(self) -> tuple[bytes, bytes]:
        """Head and body as they go over the wire."""
        body = self.body()
        # Within another page somebody could be led to press the buttons of this one.
        framing = "X-Frame-Options: DENY\r\n" if "html" in self.content_type else ""
        head = (
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n"
            f"Server: wechat-sandbox\r\n"
            f"Content-Type: {self.content_type}\r\n"
            f"{framing}Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode("ascii"), body

    @property
    def lingers(self) -> bool:
        """Whether sending takes its time, as some faults do."""
        return self.send is not whole
