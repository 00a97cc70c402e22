"""Calls: tokens, quick retries, one deadline for the whole call, and counting."""

import json
import threading

import pytest
import requests

from followers.wechat import paths
from followers.wechat.caller import RETRY_PAUSES_SECONDS, Request
from followers.wechat.client import Client
from followers.wechat.errors import Fatal, Fate, Limited, Retriable, TokenRefused, WeChatError
from followers.wechat.tokens import MemoryTokens

from .fake import APP_ID, IDS, SECRET, TOKEN, FakeTransport, fake_client, page

USER_GET = "/cgi-bin/user/get"
REFUSED = {"errcode": 40001, "errmsg": "invalid credential, access_token is invalid or not latest"}


def test_a_token_is_requested_without_force_refresh():
    transport = FakeTransport()
    assert fake_client(transport).stable_token().expires_in == 7200
    request = transport.requests[0]
    assert request.method == "POST"
    assert json.loads(request.body) == {
        "grant_type": "client_credential",
        "appid": APP_ID,
        "secret": SECRET,
        "force_refresh": False,
    }


def test_bodies_are_utf8_without_escapes():
    transport = FakeTransport()
    client = fake_client(transport)
    client.app_id = "公众号"
    client.stable_token()
    assert "公众号".encode() in transport.requests[0].body


def test_requests_verify_certificates_and_do_not_follow_redirects():
    transport = FakeTransport((302, b""))
    with pytest.raises(Retriable) as caught:
        fake_client(transport).user_get()
    assert caught.value.params["status"] == 302
    assert transport.options[-1]["verify"]
    assert transport.requests[-1].headers["User-Agent"] == "wxadmin"


@pytest.mark.parametrize("base_url", ["https://proxy.example/wx", "https://proxy.example/wx/"])
def test_a_base_url_may_have_a_path(base_url):
    transport = FakeTransport(page())
    fake_client(transport, base_url=base_url).user_get()
    assert transport.requests[-1].url.startswith("https://proxy.example/wx/cgi-bin/user/get?")


TEMPORARY = [
    ({"errcode": -1, "errmsg": "system error"}, "api"),
    (requests.ConnectionError("reset"), "connection"),
    (requests.ReadTimeout("late"), "timeout"),
    ((500, b"{}"), "http"),
    ((502, b"<html>Bad Gateway</html>"), "http"),
    ((429, b""), "http"),
    (b"<html>", "garbage"),
    (b"", "garbage"),
    ([1], "shape"),
    (page("not an id"), "shape"),
]


@pytest.mark.parametrize(("answer", "kind"), TEMPORARY)
def test_temporary_errors_are_retried(answer, kind):
    client = fake_client(FakeTransport(answer, answer, answer, page(*IDS)))
    assert client.user_get().openids == IDS
    assert client.calls[USER_GET] == 4


@pytest.mark.parametrize(("answer", "kind"), TEMPORARY)
def test_errors_are_raised_after_the_last_retry(answer, kind):
    client = fake_client(FakeTransport(answer))
    with pytest.raises(Retriable) as caught:
        client.user_get()
    assert (caught.value.kind, caught.value.params["path"]) == (kind, USER_GET)
    assert client.calls[USER_GET] == len(RETRY_PAUSES_SECONDS) + 1


def test_pauses_have_jitter():
    slept = []
    with pytest.raises(Retriable):
        fake_client(FakeTransport((502, b"")), sleep=slept.append).user_get()
    for seconds, pause in zip(slept, RETRY_PAUSES_SECONDS, strict=True):
        assert pause * 0.7 <= seconds <= pause * 1.3


@pytest.mark.parametrize(
    ("code", "kind"), [(45009, Limited), (45011, Limited), (48001, Fatal), (40003, Fatal)]
)
def test_other_refusals_are_not_retried(code, kind):
    client = fake_client(FakeTransport({"errcode": code, "errmsg": "no"}))
    with pytest.raises(kind):
        client.user_get()
    assert client.calls[USER_GET] == 1


def test_no_retry_when_the_deadline_is_near():
    now = [0.0]
    transport = FakeTransport((502, b""))
    client = fake_client(
        transport, clock=lambda: now[0], deadline=1, sleep=lambda s: now.__setitem__(0, now[0] + s)
    )
    with pytest.raises(Retriable):
        client.user_get()
    assert client.calls[USER_GET] == 2
    assert now[0] < 1


def test_timeouts_shrink_with_the_deadline():
    now = [0.0]
    transport = FakeTransport((502, b""))
    client = fake_client(
        transport,
        clock=lambda: now[0],
        deadline=10,
        sleep=lambda _s: now.__setitem__(0, now[0] + 4),
    )
    with pytest.raises(Retriable):
        client.user_get()
    assert [one["timeout"] for one in transport.options[1:]] == [(5, 10), (5, 6), (2, 2)]


def test_the_token_is_fetched_within_the_deadline_of_the_call():
    now = [0.0]
    transport = FakeTransport(page(), tokens=((502, b""),))
    client = fake_client(
        transport,
        clock=lambda: now[0],
        deadline=10,
        sleep=lambda _s: now.__setitem__(0, now[0] + 10),
    )
    with pytest.raises(Retriable):
        client.user_get()
    assert client.calls == {paths.STABLE_TOKEN: 2}


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_refused_token_is_replaced(code):
    transport = FakeTransport({"errcode": code, "errmsg": "bad token"}, page(*IDS))
    assert fake_client(transport).user_get().openids == IDS
    assert transport.query()["access_token"] == f"{TOKEN}2"


def test_a_token_refused_twice_is_retriable():
    client = fake_client(FakeTransport(REFUSED))
    with pytest.raises(Retriable) as caught:
        client.user_get()
    assert (caught.value.code, caught.value.params["renewed"]) == (40001, True)
    assert client.calls == {paths.STABLE_TOKEN: 2, USER_GET: 2}


def test_40001_from_the_token_endpoint_is_a_wrong_secret():
    client = fake_client(FakeTransport(page(), tokens=(REFUSED,)))
    with pytest.raises(Fatal) as caught:
        client.user_get()
    assert caught.value.code == 40125
    assert client.calls == {paths.STABLE_TOKEN: 1}


def test_a_client_with_a_fixed_token_does_not_use_the_store():
    transport = FakeTransport(page(*IDS), REFUSED)
    client = fake_client(transport)
    clone = client.with_fixed_token()
    client._tokens = None
    clone._tokens = None
    assert clone.user_get().openids == IDS
    with pytest.raises(TokenRefused) as caught:
        clone.user_get()
    assert caught.value.fate is Fate.RENEW
    assert client.calls == {paths.STABLE_TOKEN: 1, USER_GET: 2}


def test_clients_with_a_fixed_token_share_the_calls():
    client = fake_client(FakeTransport(page(*IDS)))
    clone = client.with_fixed_token()
    threads = [threading.Thread(target=clone.user_get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.calls[USER_GET] == 8


def test_take_calls_resets_the_calls():
    client = fake_client(FakeTransport(page()))
    client.with_fixed_token().user_get()
    assert client.take_calls() == {paths.STABLE_TOKEN: 1, USER_GET: 1}
    client.user_get()
    assert client.take_calls() == {USER_GET: 1}
    assert client.take_calls() == client.calls == {}


@pytest.mark.parametrize("answer", [{"errcode": 48001, "errmsg": "a\x00b\ud83d\n"}, b"<a\x00b\n>"])
def test_errors_contain_no_characters_that_databases_reject(answer):
    with pytest.raises(WeChatError) as caught:
        fake_client(FakeTransport(answer)).user_get()
    shown = caught.value.params.get("errmsg") or caught.value.params["body"]
    assert shown.strip("<>") == "ab"


def test_an_oversized_body_is_refused(monkeypatch):
    monkeypatch.setattr("followers.wechat.caller.MAX_BODY_BYTES", 100_000)
    client = fake_client(FakeTransport(b" " * 200_000))
    with pytest.raises(Retriable) as caught:
        client.user_get()
    assert caught.value.kind == "garbage"


def test_repr_and_closing():
    with Client(APP_ID, SECRET) as client:
        assert repr(client) == f"Client('{APP_ID}')"
        assert SECRET not in repr(vars(client))


def test_only_wechat_errors_are_raised():
    for answer in (requests.exceptions.InvalidURL("?"), OSError("?"), UnicodeError("?")):
        with pytest.raises(WeChatError):
            fake_client(FakeTransport(answer), tokens=MemoryTokens()).user_get()


# --- Requests and responses ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content"),
    [(None, None), ({}, b"{}"), ({"a": "\u8001\U0001f600"}, '{"a": "\u8001\U0001f600"}'.encode())],
)
def test_a_body_is_json_in_utf8(body, content):
    assert Request("POST", "/x", body=body).body_bytes() == content


def test_the_token_is_the_first_query_parameter():
    request = Request("GET", "/x", {"next_openid": "o1"})
    assert list(request.with_token("t").query.items()) == [
        ("access_token", "t"),
        ("next_openid", "o1"),
    ]
    assert request.query == {"next_openid": "o1"}


@pytest.mark.parametrize(("body", "kind"), [(None, None), ({"a": 1}, "application/json")])
def test_only_a_body_has_a_content_type(body, kind):
    transport = FakeTransport({})
    fake_client(transport)._call(Request("POST", "/x", body=body), dict)
    assert transport.requests[-1].headers.get("Content-Type") == kind


def test_no_pauses_means_no_retries():
    client = fake_client(FakeTransport((502, b"")), pauses=())
    with pytest.raises(Retriable):
        client.user_get()
    assert client.calls[USER_GET] == 1


def test_requests_that_may_not_be_retried():
    client = fake_client(FakeTransport((502, b"")))
    with pytest.raises(Retriable):
        client._call(Request("POST", "/x", may_retry=False), dict)
    assert client.calls["/x"] == 1


@pytest.mark.parametrize(
    ("answer", "params"),
    [
        ((502, b"<p>" + b"x" * 500), {"status": 502, "body": "<p>" + "x" * 197}),
        ((500, b'{"errcode": 40003}'), {"status": 500, "body": '{"errcode": 40003}'}),
        (b"<html>", {"body": "<html>"}),
    ],
)
def test_errors_contain_the_path_and_the_beginning_of_the_body(answer, params):
    with pytest.raises(Retriable) as caught:
        fake_client(FakeTransport(answer)).user_get()
    assert caught.value.params == {"path": USER_GET, **params}


def test_a_response_that_cannot_be_parsed_is_retried():
    def parse(answer):
        if answer["n"] == 1:
            raise Retriable("shape", params={"reason": f"not {TOKEN}1"}, wait=7)
        return answer["n"]

    transport = FakeTransport({"n": 1}, {"n": 2})
    assert fake_client(transport)._call(Request("GET", "/x"), parse) == 2
    with pytest.raises(Retriable) as caught:
        fake_client(FakeTransport({"n": 1}))._call(Request("GET", "/x"), parse)
    assert (caught.value.wait, caught.value.params["path"]) == (7, "/x")
    assert TOKEN not in caught.value.params["reason"]


def test_the_context_manager_closes_the_connections(monkeypatch):
    transport, closed = FakeTransport(), []
    monkeypatch.setattr(transport, "close", lambda: closed.append(True))
    with fake_client(transport):
        assert not closed
    assert closed == [True]
