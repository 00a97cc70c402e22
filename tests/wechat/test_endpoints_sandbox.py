"""The endpoints against the simulated WeChat over HTTP: what they tell fits together."""

import pytest

from followers.sandbox import Sandbox
from followers.wechat.client import Client
from followers.wechat.errors import Fatal, Limited, Retriable
from followers.wechat.limits import BATCHGET_LIMIT
from followers.wechat.profiles import Profile

FOLLOWERS = 450
USER_GET = "/cgi-bin/user/get"
TAG = 108
# path: one call to it, with a few followers' ids
READS = {
    "/cgi-bin/user/info": lambda client, some: client.user_info(some[0]),
    "/cgi-bin/user/info/batchget": lambda client, some: client.batchget(some),
    "/cgi-bin/tags/get": lambda client, _some: client.tags_get(),
    "/cgi-bin/user/tag/get": lambda client, _some: client.tag_followers(TAG),
    "/cgi-bin/tags/members/getblacklist": lambda client, _some: client.blacklist(),
}
PASSING = ("-1", "40001", "reset", "truncated", "http_502", "not_json", "empty_body", "json_list")
HARMLESS = ("text_plain", "invalid_utf8", "numbers_as_text")
REFUSALS = {"45009": Limited, "45011": Limited, "48001": Fatal, "50002": Fatal}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(followers=FOLLOWERS) as running:
        yield running


@pytest.fixture
def client(sandbox):
    sandbox.reset()
    with Client(sandbox.app_id, sandbox.app_secret, base_url=sandbox.url, pauses=(0,)) as client:
        yield client
    sandbox.clear()


@pytest.fixture
def some(sandbox):
    return sorted(sandbox.followers())[:3]


def walk(fetch):
    """All ids of a list in pages."""
    found, page = [], fetch("")
    while not page.ended:
        found += page.openids
        page = fetch(page.next_openid)
    assert len(found) == len(set(found))
    return set(found)


def members(client):
    """The followers of each tag."""
    return {
        tag.id: walk(lambda cursor, tag=tag: client.tag_followers(tag.id, cursor))
        for tag in client.tags_get()
    }


def everybody(client, openids):
    """The profiles of all, a batch after the other."""
    people = sorted(openids)
    batches = [people[at : at + BATCHGET_LIMIT] for at in range(0, len(people), BATCHGET_LIMIT)]
    return [found for batch in batches for found in client.batchget(batch)]


def test_calls_are_counted_against_the_quota(client):
    before = client.quota_get(USER_GET)
    client.user_get()
    after = client.quota_get(USER_GET)
    assert (after.daily_limit, after.used) == (before.daily_limit, before.used + 1)


def test_an_unknown_path_has_no_quota(client):
    with pytest.raises(Fatal) as caught:
        client.quota_get("/cgi-bin/no/such/path")
    assert caught.value.code == 76021


def test_every_follower_has_a_profile(client, sandbox):
    found = everybody(client, sandbox.followers())
    assert {one.openid for one in found} == sandbox.followers()
    assert all(one.subscribed and one.subscribe_time and one.subscribe_scene for one in found)
    assert any(one.qr_scene for one in found)
    assert any(one.qr_scene_str for one in found)
    assert any(one.remark for one in found)
    assert not any(one.legacy for one in found)


def test_one_profile_is_the_same_as_in_a_batch(client, some):
    assert tuple(map(client.user_info, some)) == client.batchget(some)


def test_the_reads_below_find_somebody(client):
    assert client.tag_followers(TAG).openids
    assert client.blacklist().openids


def test_tags_agree_with_their_counts(client, sandbox):
    having = members(client)
    assert {tag.id: tag.count for tag in client.tags_get()} == {
        tag_id: len(openids) for tag_id, openids in having.items()
    }
    assert any(having.values())


def test_the_blacklist_is_walked(client, sandbox):
    assert walk(client.blacklist) == sandbox.blacklist()
    assert client.blacklist().total == len(sandbox.blacklist()) > 0


def test_a_tag_that_does_not_exist(client):
    with pytest.raises(Retriable) as caught:
        client.tag_followers(99_999)
    assert caught.value.code == 45159


def test_one_bad_id_fails_a_batch(client, some):
    with pytest.raises(Fatal) as caught:
        client.batchget([*some, "oNobody"])
    assert caught.value.code == 40003


def test_of_those_who_left_nothing_is_told(client, sandbox, some):
    sandbox.population.leave(FOLLOWERS)
    assert client.batchget(some) == tuple(Profile(openid, subscribed=False) for openid in some)


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_quickly_is_not_noticed(client, sandbox, some, path, fault):
    honest = READS[path](client, some)
    sandbox.fault(fault, count=1, path=path)
    assert READS[path](client, some) == honest
    assert client.calls[path] == 3


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("fault", HARMLESS)
def test_a_sloppy_answer_reads_the_same(client, sandbox, some, path, fault):
    honest = READS[path](client, some)
    sandbox.fault(fault, path=path)
    assert READS[path](client, some) == honest


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize(("fault", "kind"), REFUSALS.items())
def test_a_refusal_comes_out(client, sandbox, some, path, fault, kind):
    sandbox.fault(fault, path=path)
    with pytest.raises(kind) as caught:
        READS[path](client, some)
    assert caught.value.code == int(fault)
    assert client.calls[path] == 1
