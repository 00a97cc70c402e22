"""How calls are made: tokens, quick retries, one deadline for all of it, and what is counted."""

import json
import threading

import pytest
import requests

from followers.wechat import paths
from followers.wechat.caller import PAUSES, Request
from followers.wechat.client import Client
from followers.wechat.errors import Fatal, Fate, Limited, Retriable, TokenRefused, WeChatError
from followers.wechat.tokens import MemoryTokens

from .fake import APP_ID, IDS, SECRET, TOKEN, FakeTransport, fake_client, page

USER_GET = "/cgi-bin/user/get"
REFUSED = {"errcode": 40001, "errmsg": "invalid credential, access_token is invalid or not latest"}


def test_a_token_is_asked_for_in_json_and_never_by_force():
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


def test_requests_verify_and_do_not_follow():
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


PASSING = [
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


@pytest.mark.parametrize(("answer", "kind"), PASSING)
def test_passing_trouble_is_tried_again(answer, kind):
    client = fake_client(FakeTransport(answer, answer, answer, page(*IDS)))
    assert client.user_get().openids == IDS
    assert client.calls[USER_GET] == 4


@pytest.mark.parametrize(("answer", "kind"), PASSING)
def test_lasting_trouble_is_raised(answer, kind):
    client = fake_client(FakeTransport(answer))
    with pytest.raises(Retriable) as caught:
        client.user_get()
    assert (caught.value.kind, caught.value.params["path"]) == (kind, USER_GET)
    assert client.calls[USER_GET] == len(PAUSES) + 1


def test_pauses_grow_with_some_chance():
    slept = []
    with pytest.raises(Retriable):
        fake_client(FakeTransport((502, b"")), sleep=slept.append).user_get()
    for seconds, pause in zip(slept, PAUSES, strict=True):
        assert pause * 0.7 <= seconds <= pause * 1.3


@pytest.mark.parametrize(
    ("code", "kind"), [(45009, Limited), (45011, Limited), (48001, Fatal), (40003, Fatal)]
)
def test_other_refusals_are_asked_once(code, kind):
    client = fake_client(FakeTransport({"errcode": code, "errmsg": "no"}))
    with pytest.raises(kind):
        client.user_get()
    assert client.calls[USER_GET] == 1


def test_no_try_begins_when_the_deadline_is_near():
    now = [0.0]
    transport = FakeTransport((502, b""))
    client = fake_client(
        transport, clock=lambda: now[0], deadline=1, sleep=lambda s: now.__setitem__(0, now[0] + s)
    )
    with pytest.raises(Retriable):
        client.user_get()
    assert client.calls[USER_GET] == 2
    assert now[0] < 1


def test_time_outs_shrink_with_the_deadline():
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


def test_a_token_refused_twice_is_left_for_later():
    client = fake_client(FakeTransport(REFUSED))
    with pytest.raises(Retriable) as caught:
        client.user_get()
    assert (caught.value.code, caught.value.params["renewed"]) == (40001, True)
    assert client.calls == {paths.STABLE_TOKEN: 2, USER_GET: 2}


def test_40001_for_the_secret_is_a_wrong_secret():
    client = fake_client(FakeTransport(page(), tokens=(REFUSED,)))
    with pytest.raises(Fatal) as caught:
        client.user_get()
    assert caught.value.code == 40125
    assert client.calls == {paths.STABLE_TOKEN: 1}


def test_a_pinned_client_never_asks_the_store():
    transport = FakeTransport(page(*IDS), REFUSED)
    client = fake_client(transport)
    twin = client.with_fixed_token()
    client._tokens = None
    twin._tokens = None
    assert twin.user_get().openids == IDS
    with pytest.raises(TokenRefused) as caught:
        twin.user_get()
    assert caught.value.fate is Fate.RENEW
    assert client.calls == {paths.STABLE_TOKEN: 1, USER_GET: 2}


def test_pinned_twins_count_together_in_threads():
    client = fake_client(FakeTransport(page(*IDS)))
    twin = client.with_fixed_token()
    threads = [threading.Thread(target=twin.user_get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.calls[USER_GET] == 8


def test_taken_calls_are_counted_once():
    client = fake_client(FakeTransport(page()))
    client.with_fixed_token().user_get()
    assert client.take_calls() == {paths.STABLE_TOKEN: 1, USER_GET: 1}
    client.user_get()
    assert client.take_calls() == {USER_GET: 1}
    assert client.take_calls() == client.calls == {}


@pytest.mark.parametrize("answer", [{"errcode": 48001, "errmsg": "a\x00b\ud83d\n"}, b"<a\x00b\n>"])
def test_what_an_error_shows_can_be_stored_anywhere(answer):
    with pytest.raises(WeChatError) as caught:
        fake_client(FakeTransport(answer)).user_get()
    shown = caught.value.params.get("errmsg") or caught.value.params["body"]
    assert shown.strip("<>") == "ab"


def test_a_body_without_end_is_refused(monkeypatch):
    monkeypatch.setattr("followers.wechat.caller.MAX_BODY", 100_000)
    client = fake_client(FakeTransport(b" " * 200_000))
    with pytest.raises(Retriable) as caught:
        client.user_get()
    assert caught.value.kind == "garbage"


def test_repr_and_closing():
    with Client(APP_ID, SECRET) as client:
        assert repr(client) == f"Client('{APP_ID}')"
        assert SECRET not in repr(vars(client))


def test_only_own_errors_come_out():
    for answer in (requests.exceptions.InvalidURL("?"), OSError("?"), UnicodeError("?")):
        with pytest.raises(WeChatError):
            fake_client(FakeTransport(answer), tokens=MemoryTokens()).user_get()


# --- Requests and answers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content"),
    [(None, None), ({}, b"{}"), ({"a": "\u8001\U0001f600"}, '{"a": "\u8001\U0001f600"}'.encode())],
)
def test_a_body_is_json_in_utf8(body, content):
    assert Request("POST", "/x", body=body).content() == content


def test_the_token_goes_first_into_the_address():
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


def test_without_pauses_it_is_tried_once():
    client = fake_client(FakeTransport((502, b"")), pauses=())
    with pytest.raises(Retriable):
        client.user_get()
    assert client.calls[USER_GET] == 1


def test_what_must_not_be_repeated_is_tried_once():
    client = fake_client(FakeTransport((502, b"")))
    with pytest.raises(Retriable):
        client._call(Request("POST", "/x", once=True), dict)
    assert client.calls["/x"] == 1


@pytest.mark.parametrize(
    ("answer", "params"),
    [
        ((502, b"<p>" + b"x" * 500), {"status": 502, "body": "<p>" + "x" * 197}),
        ((500, b'{"errcode": 40003}'), {"status": 500, "body": '{"errcode": 40003}'}),
        (b"<html>", {"body": "<html>"}),
    ],
)
def test_trouble_shows_where_it_was_and_the_beginning_of_the_answer(answer, params):
    with pytest.raises(Retriable) as caught:
        fake_client(FakeTransport(answer)).user_get()
    assert caught.value.params == {"path": USER_GET, **params}


def test_an_answer_that_cannot_be_read_is_tried_again():
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


def test_leaving_closes_the_connections(monkeypatch):
    transport, closed = FakeTransport(), []
    monkeypatch.setattr(transport, "close", lambda: closed.append(True))
    with fake_client(transport):
        assert not closed
    assert closed == [True]
