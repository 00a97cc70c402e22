"""How answers go wrong on the wire; seen through a bare socket where a client would hide it."""

import select
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests

from ..caller import LIST, Caller
from ..conftest import Start

IPS = "/cgi-bin/getcallbackip"


def connection(wechat: Caller, *headers: str) -> socket.socket:
    address = urlsplit(wechat.sandbox.url)
    opened = socket.create_connection((address.hostname, address.port), timeout=5)
    lines = [f"GET {LIST} HTTP/1.1", f"Host: {address.netloc}", *headers, "", ""]
    opened.sendall("\r\n".join(lines).encode())
    return opened


def received(opened: socket.socket) -> list[bytes]:
    parts = []
    while part := opened.recv(65536):
        parts.append(part)
    return parts


def wait_for(happened: Callable[[], bool]) -> None:
    for _ in range(5000):
        if happened():
            return
        threading.Event().wait(0.001)
    raise AssertionError("it did not happen")


def test_one_connection_serves_many_calls(wechat: Caller):
    with connection(wechat) as opened:
        first = opened.recv(65536)
        host = urlsplit(wechat.sandbox.url).netloc
        opened.sendall(f"GET {LIST} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert first.startswith(b"HTTP/1.1 200 OK\r\n")
        assert opened.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_dropped_connection(wechat: Caller):
    wechat.sandbox.fault("reset", count=1)
    with connection(wechat) as opened, pytest.raises(ConnectionResetError):
        opened.recv(1)
    assert wechat.page()["total"] == 23


def test_half_an_answer(wechat: Caller):
    wechat.sandbox.fault("truncated", count=1)
    with connection(wechat) as opened:
        head, _, body = b"".join(received(opened)).partition(b"\r\n\r\n")
    promised = int(head.lower().partition(b"content-length: ")[2].split()[0])
    assert 0 < len(body) < promised


def test_no_answer_until_the_caller_gives_up(wechat: Caller):
    wechat.sandbox.fault("timeout", count=1)
    with pytest.raises(requests.ReadTimeout):
        wechat.http.get(wechat.sandbox.url + LIST, timeout=0.05)
    assert wechat.page()["total"] == 23


def test_no_answer_for_a_while_then_the_end(wechat: Caller):
    wechat.sandbox.fault("timeout", seconds=0.1)
    with connection(wechat) as opened:
        assert received(opened) == []


@pytest.mark.parametrize(
    ("name", "first"), [("drip", b"HTTP/1.1 200 OK\r\n"), ("drip_headers", b"H")]
)
def test_dripping(wechat: Caller, name: str, first: bytes):
    wechat.sandbox.fault(name, seconds=0.002)
    with connection(wechat, "Connection: close") as opened:
        parts = received(opened)
    assert parts[0].startswith(first)
    assert len(parts) > 5
    assert b"".join(parts).endswith(b"}")


def test_only_the_headers_drip_where_they_should(wechat: Caller):
    wechat.sandbox.fault("drip_headers", seconds=60)
    with connection(wechat) as opened:
        assert opened.recv(100) == b"H"


def test_a_drip_is_a_whole_answer_in_the_end(wechat: Caller):
    wechat.sandbox.fault("drip", seconds=0)
    assert wechat.page()["count"] == 10


@pytest.mark.parametrize("option", [{"latency": 0.2}, {}])
def test_slow_answers_do_not_wait_for_each_other(start: Start, option: dict[str, float]):
    wechat = start(**option)
    if not option:
        wechat.sandbox.fault("slow", seconds=0.2)
    together = threading.Barrier(8)

    def call() -> None:
        together.wait()
        requests.get(wechat.sandbox.url + IPS, timeout=5)

    callers = [threading.Thread(target=call) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert wechat.sandbox.state["most_in_flight"] > 1


def test_the_sandbox_closes_although_callers_wait(start: Start):
    wechat = start()
    for after, name in enumerate(("timeout", "slow", "drip_headers")):
        wechat.sandbox.fault(name, count=1, after=after, seconds=600)
    with ExitStack() as stack:
        opened = [stack.enter_context(connection(wechat)) for _ in range(3)]
        wait_for(lambda: wechat.sandbox.state["in_flight"] == 3)
        # A call is in flight before its first byte is on the wire.
        assert select.select(opened, [], [], 5)[0]
        wechat.sandbox.close()
        assert sorted(b"".join(received(one)) for one in opened) == [b"", b"", b"H"]
