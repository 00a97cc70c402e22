"""What each endpoint sends, and what becomes of its answer."""

import json
from urllib.parse import urlsplit

import pytest
import requests

from followers.wechat import paths
from followers.wechat.decoding import OpenidPage, Quota, TagInfo
from followers.wechat.errors import Fatal, Limited, Retriable, WeChatError

from .fake import DONE, FOLLOWER, IDS, LEFT, TAGS, TOKEN, FakeTransport, fake_client, page

NAMES = tuple(f"o{n}" for n in range(101))
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
def test_a_body_is_posted(method, arguments, path, body, answer):
    transport = FakeTransport(answer)
    call(fake_client(transport), method, arguments)
    request = transport.requests[-1]
    assert (request.method, urlsplit(request.url).path) == ("POST", path)
    assert request.body == json.dumps(body, ensure_ascii=False).encode()
    assert transport.query() == {"access_token": f"{TOKEN}1"}


def test_tags_are_read():
    transport = FakeTransport({"tags": TAGS})
    assert fake_client(transport).tags_get()[1] == TagInfo(127, "广东", 5)
    assert transport.requests[-1].method == "GET"
    assert urlsplit(transport.requests[-1].url).path == "/cgi-bin/tags/get"


def test_one_profile_is_read():
    transport = FakeTransport(FOLLOWER)
    assert fake_client(transport).user_info(IDS[0]).unionid == FOLLOWER["unionid"]
    assert transport.requests[-1].method == "GET"
    assert urlsplit(transport.requests[-1].url).path == "/cgi-bin/user/info"
    assert transport.query() == {
        "access_token": f"{TOKEN}1",
        "openid": IDS[0],
        "lang": "zh_CN",
    }


def test_a_profile_of_somebody_else_is_refused():
    with pytest.raises(Retriable) as caught:
        fake_client(FakeTransport(FOLLOWER)).user_info(IDS[1])
    assert caught.value.kind == "shape"


def test_many_profiles_are_read():
    found = fake_client(FakeTransport({"user_info_list": [LEFT, FOLLOWER]})).batchget(IDS[:2])
    assert [(one.openid, one.subscribed) for one in found] == [(IDS[1], False), (IDS[0], True)]


def test_the_quota_of_today():
    client = fake_client(FakeTransport(READS[0][4]))
    assert client.quota_get("/cgi-bin/user/get") == Quota(daily_limit=500, used=7)


def test_a_tag_walk_ends_with_a_bare_count():
    client = fake_client(FakeTransport({"count": 0}))
    assert client.tag_followers(134) == OpenidPage(None, (), "")
    assert client.tag_followers(134).ended


def test_a_created_tag_comes_back():
    assert fake_client(FakeTransport(CREATION[4])).create_tag("广东") == TagInfo(134, "广东", 0)


def test_changes_return_nothing():
    for method, arguments, *_rest in WRITES:
        assert call(fake_client(FakeTransport(DONE)), method, arguments) is None


@pytest.mark.parametrize(
    ("method", "arguments", "limit"),
    [("batchget", (), 100), ("tag", (134,), 50), ("untag", (134,), 50), ("block", (), 20),
     ("unblock", (), 20)],
)  # fmt: skip
def test_lists_that_wechat_would_refuse_are_not_sent(method, arguments, limit):
    transport = FakeTransport(DONE | {"user_info_list": []})
    client = fake_client(transport)
    for wrong in ((), NAMES[: limit + 1]):
        with pytest.raises(ValueError, match=f"1 to {limit} openids, not {len(wrong)}"):
            call(client, method, (*arguments, wrong))
    assert not transport.requests
    call(client, method, (*arguments, NAMES[:limit]))


PASSING = [BUSY, requests.ConnectionError("reset"), (502, b""), b"<html>",
           {"errcode": 45159, "errmsg": "invalid tag id"}]  # fmt: skip


@pytest.mark.parametrize("trouble", PASSING)
@pytest.mark.parametrize(("method", "arguments", "path", "body", "answer"), [*READS, *WRITES])
def test_passing_trouble_is_tried_again(method, arguments, path, body, answer, trouble):
    client = fake_client(FakeTransport(trouble, trouble, trouble, answer))
    call(client, method, arguments)
    assert client.calls[path] == 4


@pytest.mark.parametrize("trouble", [*PASSING, requests.ReadTimeout("late"), {"tag": {}}])
def test_a_tag_is_not_created_twice(trouble):
    client = fake_client(FakeTransport(trouble, CREATION[4]))
    with pytest.raises(Retriable) as caught:
        client.create_tag("广东")
    assert caught.value.params["path"] == CREATE
    assert client.calls[CREATE] == 1


def test_a_token_for_a_new_tag_is_asked_for_as_always():
    token = {"access_token": TOKEN, "expires_in": 7200}
    client = fake_client(FakeTransport(CREATION[4], tokens=(BUSY, BUSY, token)))
    assert client.create_tag("广东").id == 134
    assert client.calls == {paths.STABLE_TOKEN: 3, CREATE: 1}


def test_a_refused_token_has_created_nothing():
    client = fake_client(FakeTransport(REFUSED, CREATION[4]))
    assert client.create_tag("广东").id == 134
    assert client.calls == {paths.STABLE_TOKEN: 2, CREATE: 2}


@pytest.mark.parametrize(
    ("code", "kind"),
    [(45159, Retriable), (45169, Limited), (45009, Limited), (40003, Fatal), (40032, Fatal),
     (45059, Fatal), (49003, Fatal)],
)  # fmt: skip
def test_what_tagging_may_meet(code, kind):
    client = fake_client(FakeTransport({"errcode": code, "errmsg": "no"}), pauses=())
    with pytest.raises(WeChatError) as caught:
        client.tag(134, IDS)
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert client.calls["/cgi-bin/tags/members/batchtagging"] == 1
