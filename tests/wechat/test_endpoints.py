"""What each endpoint sends, and how its response is parsed."""

import json
from datetime import date
from urllib.parse import urlsplit

import pytest
import requests

from followers.wechat import paths
from followers.wechat.decoding import OpenidPage, Quota, TagInfo
from followers.wechat.errors import Fatal, Limited, Retriable, WeChatError

from .fake import DONE, FOLLOWER, IDS, LEFT, TAGS, TOKEN, FakeTransport, fake_client, page

OPENIDS = tuple(f"o{n}" for n in range(101))
REFUSED = {"errcode": 40001, "errmsg": "invalid credential"}
BUSY = {"errcode": -1, "errmsg": "system error"}
CREATE = "/cgi-bin/tags/create"

# method of the client, its arguments, path, body, answer
READS = [
    ("quota_get", ("/cgi-bin/user/get",), "/cgi-bin/openapi/quota/get",
     {"cgi_path": "/cgi-bin/user/get"}, DONE | {"quota": {"daily_limit": 500, "used": 7}}),
    ("batchget", (IDS[:2],), "/cgi-bin/user/info/batchget",
     {"user_list": [{"openid": IDS[0], "lang": "zh_CN"}, {"openid": IDS[1], "lang": "zh_CN"}]},
     {"user_info_list": [LEFT, FOLLOWER]}),
    ("tag_followers", (134,), "/cgi-bin/user/tag/get", {"tagid": 134, "next_openid": ""},
     {"count": 0}),
    ("tag_followers", (134, IDS[1]), "/cgi-bin/user/tag/get",
     {"tagid": 134, "next_openid": IDS[1]}, page(IDS[2])),
    ("blacklist", (), "/cgi-bin/tags/members/getblacklist", {"begin_openid": ""}, page(*IDS)),
    ("blacklist", (IDS[2],), "/cgi-bin/tags/members/getblacklist", {"begin_openid": IDS[2]},
     page()),
    ("user_summary", (date(2026, 2, 28), date(2026, 3, 1)), "/datacube/getusersummary",
     {"begin_date": "2026-02-28", "end_date": "2026-03-01"}, {"list": []}),
    ("user_cumulate", (date(2026, 2, 28), date(2026, 3, 1)), "/datacube/getusercumulate",
     {"begin_date": "2026-02-28", "end_date": "2026-03-01"}, {"list": []}),
]  # fmt: skip
WRITES = [
    ("set_remark", (IDS[0], "老客户"), "/cgi-bin/user/info/updateremark",
     {"openid": IDS[0], "remark": "老客户"}, DONE),
    ("rename_tag", (134, "广东人"), "/cgi-bin/tags/update",
     {"tag": {"id": 134, "name": "广东人"}}, DONE),
    ("delete_tag", (134,), "/cgi-bin/tags/delete", {"tag": {"id": 134}}, DONE),
    ("tag", (134, IDS), "/cgi-bin/tags/members/batchtagging",
     {"openid_list": list(IDS), "tagid": 134}, DONE),
    ("untag", (134, IDS), "/cgi-bin/tags/members/batchuntagging",
     {"openid_list": list(IDS), "tagid": 134}, DONE),
    ("block", (IDS,), "/cgi-bin/tags/members/batchblacklist", {"openid_list": list(IDS)}, DONE),
    ("unblock", (IDS,), "/cgi-bin/tags/members/batchunblacklist", {"openid_list": list(IDS)}, DONE),
]  # fmt: skip
CREATION = ("create_tag", ("广东",), CREATE, {"tag": {"name": "广东"}},
            {"tag": {"id": 134, "name": "广东"}})  # fmt: skip


def call(client, method, arguments):
    return getattr(client, method)(*arguments)


@pytest.mark.parametrize(
    ("method", "arguments", "path", "body", "answer"), [*READS, *WRITES, CREATION]
)
def test_post_bodies(method, arguments, path, body, answer):
    transport = FakeTransport(answer)
    call(fake_client(transport), method, arguments)
    request = transport.requests[-1]
    assert (request.method, urlsplit(request.url).path) == ("POST", path)
    assert request.body == json.dumps(body, ensure_ascii=False).encode()
    assert transport.query() == {"access_token": f"{TOKEN}1"}


def test_tags_get():
    transport = FakeTransport({"tags": TAGS})
    assert fake_client(transport).tags_get()[1] == TagInfo(127, "广东", 5)
    assert transport.requests[-1].method == "GET"
    assert urlsplit(transport.requests[-1].url).path == "/cgi-bin/tags/get"


def test_user_info():
    transport = FakeTransport(FOLLOWER)
    assert fake_client(transport).user_info(IDS[0]).unionid == FOLLOWER["unionid"]
    assert transport.requests[-1].method == "GET"
    assert urlsplit(transport.requests[-1].url).path == "/cgi-bin/user/info"
    assert transport.query() == {
        "access_token": f"{TOKEN}1",
        "openid": IDS[0],
        "lang": "zh_CN",
    }


def test_a_profile_with_another_openid_is_refused():
    with pytest.raises(Retriable) as caught:
        fake_client(FakeTransport(FOLLOWER)).user_info(IDS[1])
    assert caught.value.kind == "shape"


def test_batchget():
    found = fake_client(FakeTransport({"user_info_list": [LEFT, FOLLOWER]})).batchget(IDS[:2])
    assert [(one.openid, one.subscribed) for one in found] == [(IDS[1], False), (IDS[0], True)]


def test_quota_get():
    client = fake_client(FakeTransport(READS[0][4]))
    assert client.quota_get("/cgi-bin/user/get") == Quota(daily_limit=500, used=7)


def test_the_last_page_of_a_tag_has_only_a_count():
    client = fake_client(FakeTransport({"count": 0}))
    assert client.tag_followers(134) == OpenidPage(None, (), "")
    assert client.tag_followers(134).is_last


def test_create_tag_returns_the_tag():
    assert fake_client(FakeTransport(CREATION[4])).create_tag("广东") == TagInfo(134, "广东", 0)


def test_changes_return_nothing():
    for method, arguments, *_rest in WRITES:
        assert call(fake_client(FakeTransport(DONE)), method, arguments) is None


@pytest.mark.parametrize(
    ("method", "arguments", "limit"),
    [("batchget", (), 100), ("tag", (134,), 50), ("untag", (134,), 50), ("block", (), 20),
     ("unblock", (), 20)],
)  # fmt: skip
def test_lists_of_a_refused_length_are_not_sent(method, arguments, limit):
    transport = FakeTransport(DONE | {"user_info_list": []})
    client = fake_client(transport)
    for wrong in ((), OPENIDS[: limit + 1]):
        with pytest.raises(ValueError, match=f"1 to {limit} openids, not {len(wrong)}"):
            call(client, method, (*arguments, wrong))
    assert not transport.requests
    call(client, method, (*arguments, OPENIDS[:limit]))


TEMPORARY = [BUSY, requests.ConnectionError("reset"), (502, b""), b"<html>",
           {"errcode": 45159, "errmsg": "invalid tag id"}]  # fmt: skip


@pytest.mark.parametrize("error", TEMPORARY)
@pytest.mark.parametrize(("method", "arguments", "path", "body", "answer"), [*READS, *WRITES])
def test_temporary_errors_are_retried(method, arguments, path, body, answer, error):
    client = fake_client(FakeTransport(error, error, error, answer))
    call(client, method, arguments)
    assert client.calls[path] == 4


@pytest.mark.parametrize("error", [*TEMPORARY, requests.ReadTimeout("late"), {"tag": {}}])
def test_create_tag_is_not_retried(error):
    client = fake_client(FakeTransport(error, CREATION[4]))
    with pytest.raises(Retriable) as caught:
        client.create_tag("广东")
    assert caught.value.params["path"] == CREATE
    assert client.calls[CREATE] == 1


def test_the_token_request_of_create_tag_is_retried():
    token = {"access_token": TOKEN, "expires_in": 7200}
    client = fake_client(FakeTransport(CREATION[4], tokens=(BUSY, BUSY, token)))
    assert client.create_tag("广东").id == 134
    assert client.calls == {paths.STABLE_TOKEN: 3, CREATE: 1}


def test_create_tag_is_retried_after_a_refused_token():
    client = fake_client(FakeTransport(REFUSED, CREATION[4]))
    assert client.create_tag("广东").id == 134
    assert client.calls == {paths.STABLE_TOKEN: 2, CREATE: 2}


@pytest.mark.parametrize(
    ("code", "kind"),
    [(45159, Retriable), (45169, Limited), (45009, Limited), (40003, Fatal), (40032, Fatal),
     (45059, Fatal), (49003, Fatal)],
)  # fmt: skip
def test_errors_of_tagging(code, kind):
    client = fake_client(FakeTransport({"errcode": code, "errmsg": "no"}), pauses=())
    with pytest.raises(WeChatError) as caught:
        client.tag(134, IDS)
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert client.calls["/cgi-bin/tags/members/batchtagging"] == 1
