"""Pages of other sites reach nothing: neither by a name of their own nor from the browser."""

import socket
from email.message import Message

import pytest

from followers.sandbox.http import access, control

from ..caller import LIST, Caller

CONTROL = sorted(control.ACTIONS) + [("GET", path) for path in sorted(control.STREAMS)]
API = [("GET", LIST), ("POST", "/cgi-bin/stable_token"), ("GET", "/cgi-bin/token")]
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://localhost.evil.example:{port}"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]
STRANGE = [
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1.evil.example:{port}",
    "127.0.0.1:1",
    "",
]


def own(wechat: Caller) -> int:
    return int(wechat.sandbox.url.rpartition(":")[2])


def filled(wechat: Caller, headers: dict[str, str]) -> dict[str, str]:
    return {name: value.format(port=own(wechat)) for name, value in headers.items()}


def assert_refused(wechat: Caller, method: str, path: str, headers: dict[str, str]) -> None:
    before = wechat.sandbox.state
    answer = wechat.response(path, method, headers=filled(wechat, headers))
    assert answer.status_code == 403
    assert answer.json()["error"].endswith(".")
    assert wechat.sandbox.app_secret not in answer.text
    assert wechat.sandbox.state == before


@pytest.mark.parametrize("host", STRANGE)
@pytest.mark.parametrize(("method", "path"), [("GET", "/"), *CONTROL, *API])
def test_a_name_of_somebody_else(wechat: Caller, method: str, path: str, host: str):
    assert_refused(wechat, method, path, {"Host": host})


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(("method", "path"), [*CONTROL, *API, ("POST", "/sandbox/nothing")])
def test_a_page_of_somebody_else(wechat: Caller, method: str, path: str, headers: dict[str, str]):
    assert_refused(wechat, method, path, headers)


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"])
@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_its_own_page(wechat: Caller, host: str, site: str):
    headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": site}
    sent = filled(wechat, headers)
    assert wechat.response("/sandbox/accounts", headers=sent).status_code == 200
    assert wechat.response("/sandbox/reset", "POST", headers=sent).status_code == 200


def test_the_page_can_be_linked_to_but_not_framed(wechat: Caller):
    answer = wechat.response("/", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_two_names_and_an_address_that_holds_one(wechat: Caller):
    port = own(wechat)
    for target, hosts in (
        ("/sandbox/accounts", [f"127.0.0.1:{port}", "evil.example"]),
        ("http://evil.example/sandbox/accounts", [f"127.0.0.1:{port}"]),
    ):
        lines = [f"GET {target} HTTP/1.1", *(f"Host: {host}" for host in hosts), "", ""]
        with socket.create_connection(("127.0.0.1", port), timeout=5) as opened:
            opened.sendall("\r\n".join(lines).encode())
            assert opened.recv(65536).startswith(b"HTTP/1.1 403 Forbidden\r\n")


def told(known: frozenset[str], host: str) -> str:
    headers = Message()
    headers["Host"] = host
    return access.refusal_reason("/sandbox/state", headers, known)


@pytest.mark.parametrize(
    ("started", "port", "host", "good"),
    [
        ("127.0.0.1", 8001, "[::1]:8001", True),
        ("wechat.test", 8001, "wechat.test:8001", True),
        ("WeChat.test", 8001, "wechat.test:8001", True),
        ("::1", 8001, "[::1]:8001", True),
        ("127.0.0.1", 80, "localhost", True),
        ("127.0.0.1", 8001, "wechat.test:8001", False),
        ("0.0.0.0", 8001, "0.0.0.0:8001", False),
        ("0.0.0.0", 8001, "127.0.0.1:8001", True),
    ],
)
def test_the_names_that_it_answers_to(started: str, port: int, host: str, good: bool):
    why = told(access.allowed_hosts(started, port), host)
    assert (why == "") is good
    assert good or "--host" in why
