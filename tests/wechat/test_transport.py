import contextlib
import gc
import json
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from followers.wechat.client import Client
from followers.wechat.errors import Retriable
from followers.wechat.transport import Deadline, _PlainSocket, enforce_deadline

from .fake import APP_ID, IDS, SECRET, TOKEN, page, raw_server

BODY = json.dumps(page(*IDS)).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
# A slow response takes about seven seconds, and would be valid if the client waited.
SECONDS_PER_BYTE = 0.02


class FixedToken:
    def current(self, fetch):
        return TOKEN

    def replace(self, refused, fetch):
        raise AssertionError("nothing was refused")


def client_of(url, **options):
    options = {"deadline": 0.4, "pauses": ()} | options
    return Client(APP_ID, SECRET, base_url=url, tokens=FixedToken(), **options)


def sending(*parts):
    """A handler that sends `parts`; a part within a list is sent slowly, byte by byte."""

    def handler(connection, stop):
        for part in parts:
            if isinstance(part, bytes):
                connection.sendall(part)
                continue
            for byte in part[0]:
                if stop.wait(SECONDS_PER_BYTE):
                    return
                connection.sendall(bytes([byte]))

    return handler


SLOW = {
    "body": sending(HEAD, [BODY]),
    "headers": sending(b"HTTP/1.1 200 OK\r\nX-Slow: ", [b"x" * 350], b"\r\n" + HEAD[17:] + BODY),
    "status line": sending([b"HTTP/1.1 200 " + b"O" * 350], HEAD[15:] + BODY),
    "chunk size": sending(CHUNKED, [b"0" * 350], b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)),
    "continue": sending([b"HTTP/1.1 100 Continue\r\n\r\n" * 15], HEAD + BODY),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_response_ends_at_the_deadline(name):
    with (
        raw_server(SLOW[name]) as url,
        client_of(url) as client,
        pytest.raises(Retriable) as caught,
    ):
        client.user_get()
    assert caught.value.kind == "timeout"


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_response_within_the_deadline(name, monkeypatch):
    monkeypatch.setattr("tests.wechat.test_transport.SECONDS_PER_BYTE", 0)
    with raw_server(SLOW[name]) as url, client_of(url, deadline=40) as client:
        assert client.user_get().openids == IDS


def test_no_response_ends_at_the_read_timeout():
    with (
        raw_server(lambda _connection, stop: stop.wait(20)) as url,
        client_of(url, deadline=40, read_timeout=0.1) as client,
        pytest.raises(Retriable) as caught,
    ):
        client.user_get()
    assert caught.value.kind == "timeout"


def test_threads_and_sockets_are_released():
    threads = threading.active_count()
    with raw_server(SLOW["body"]) as url, client_of(url) as client:
        with contextlib.suppress(Retriable):
            client.user_get()
        client.close()
        assert threading.active_count() == threads + 1  # the server
    # An open socket that is collected warns, and a warning is an error here.
    gc.collect()


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ([HEAD, BODY[:-5]], "connection"),
        ([b"HTTP/1.1 200"], "garbage"),
        ([b"what?\r\n\r\n"], "connection"),
        ([], "connection"),
        ([CHUNKED, b"zz\r\n"], "connection"),
        ([b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx"], "garbage"),
    ],
)
def test_a_broken_response(parts, kind):
    with (
        raw_server(sending(*parts)) as url,
        client_of(url) as client,
        pytest.raises(Retriable) as caught,
    ):
        client.user_get()
    assert caught.value.kind == kind


def test_connections_are_reused_and_cookies_are_not_kept():
    heads, connections = [], []

    def handler(connection, stop):
        connections.append(connection)
        answer = HEAD.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n") + BODY
        for _page in range(2):
            connection.sendall(answer)
            heads.append(connection.recv(65536))

    with raw_server(handler) as url, client_of(url, deadline=20) as client:
        for _page in range(2):
            client.user_get()
    assert len(connections) == 1
    assert b"Cookie" not in heads[0]


def test_a_refused_connection():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with client_of(f"http://127.0.0.1:{port}") as client, pytest.raises(Retriable) as caught:
        client.user_get()
    assert (caught.value.kind, caught.value.params["cause"]) == (
        "connection",
        "ConnectionRefusedError",
    )


def test_all_addresses_of_a_host_share_the_deadline(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(2, 1, 6, "", ("x", 1))] * 50)

    def late(self, address):
        now[0] += self.gettimeout()
        raise TimeoutError

    monkeypatch.setattr("followers.wechat.transport._PlainSocket.connect", late)
    with (
        client_of("http://many.example", deadline=12, clock=lambda: now[0]) as client,
        pytest.raises(Retriable) as caught,
    ):
        client.user_get()
    assert caught.value.kind == "timeout"
    assert now[0] < 12.1


def test_an_unknown_host(monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with client_of("http://nowhere.invalid") as client, pytest.raises(Retriable) as caught:
        client.user_get()
    assert caught.value.params["reason"] == "dns"


def test_a_receive_waits_at_most_until_the_deadline():
    now = [0.0]
    ours, theirs = socket.socketpair()
    sock = _PlainSocket(fileno=ours.detach())
    with theirs, sock, enforce_deadline(Deadline(10, 5, 3, clock=lambda: now[0])):
        for now[0], waits in ((0.0, 3), (9.0, 1), (9.75, 0.25)):
            theirs.send(b"x")
            sock.recv_into(bytearray(1))
            assert sock.gettimeout() == waits


def test_the_outermost_deadline_applies():
    with (
        enforce_deadline(Deadline(10, 5, 15)) as outer,
        enforce_deadline(Deadline(99, 5, 15)) as inner,
    ):
        assert inner is outer


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The path of a file with a key and a self-signed certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + cert.public_bytes(pem)
    )
    return str(path)


@contextlib.contextmanager
def tls_server(certificate, handler):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with raw_server(handler, context) as url:
        yield url.replace("http://127.0.0.1", "https://localhost")


def test_tls(certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate)
    with (
        tls_server(certificate, sending(HEAD + BODY)) as url,
        client_of(url, deadline=20) as client,
    ):
        assert client.user_get().openids == IDS


@pytest.mark.parametrize("name", ["body", "headers"])
def test_a_slow_response_over_tls_ends_at_the_deadline(name, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate)
    with (
        tls_server(certificate, SLOW[name]) as url,
        client_of(url) as client,
        pytest.raises(Retriable) as caught,
    ):
        client.user_get()
    assert caught.value.kind == "timeout"


def test_an_untrusted_certificate(certificate, monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with (
        tls_server(certificate, sending(HEAD + BODY)) as url,
        client_of(url, deadline=20) as client,
        pytest.raises(Retriable) as caught,
    ):
        client.user_get()
    assert caught.value.params["reason"] == "tls"
