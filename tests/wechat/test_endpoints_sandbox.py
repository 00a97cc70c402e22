"""The endpoints against the sandbox over HTTP: their responses are consistent."""

from datetime import date

import pytest

from followers.sandbox import Sandbox
from followers.wechat.client import Client
from followers.wechat.errors import Fatal, Limited, Retriable
from followers.wechat.limits import BATCHGET_LIMIT
from followers.wechat.profiles import Profile

FOLLOWERS = 450
USER_GET = "/cgi-bin/user/get"
TAG = 108
WEEK = date(2025, 6, 1), date(2025, 6, 7)
# path: one call to it, with a few openids
READS = {
    "/cgi-bin/user/info": lambda client, openids: client.user_info(openids[0]),
    "/cgi-bin/user/info/batchget": lambda client, openids: client.batchget(openids),
    "/cgi-bin/tags/get": lambda client, _openids: client.tags_get(),
    "/cgi-bin/user/tag/get": lambda client, _openids: client.tag_followers(TAG),
    "/cgi-bin/tags/members/getblacklist": lambda client, _openids: client.blacklist(),
    "/datacube/getusersummary": lambda client, _openids: client.user_summary(*WEEK),
    "/datacube/getusercumulate": lambda client, _openids: client.user_cumulate(*WEEK),
}
TEMPORARY = ("-1", "40001", "reset", "truncated", "http_502", "not_json", "empty_body", "json_list")
HARMLESS = ("text_plain", "invalid_utf8", "numbers_as_text")
REFUSALS = {"45009": Limited, "45011": Limited, "48001": Fatal, "50002": Fatal}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(followers=FOLLOWERS) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox):
    sandbox.reset()
    with Client(sandbox.app_id, sandbox.app_secret, base_url=sandbox.url, pauses=(0,)) as client:
        yield client
    sandbox.clear()


@pytest.fixture
def openids(sandbox):
    return sorted(sandbox.followers())[:3]


def walk(fetch):
    """All openids of a paged list."""
    found, page = [], fetch("")
    while not page.is_last:
        found += page.openids
        page = fetch(page.next_openid)
    assert len(found) == len(set(found))
    return set(found)


def followers_by_tag(client):
    """The followers of each tag."""
    return {
        tag.id: walk(lambda cursor, tag=tag: client.tag_followers(tag.id, cursor))
        for tag in client.tags_get()
    }


def all_profiles(client, openids):
    """The profiles of all openids, in batches."""
    ordered = sorted(openids)
    batches = [ordered[at : at + BATCHGET_LIMIT] for at in range(0, len(ordered), BATCHGET_LIMIT)]
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
    found = all_profiles(client, sandbox.followers())
    assert {one.openid for one in found} == sandbox.followers()
    assert all(one.subscribed and one.subscribe_time and one.subscribe_scene for one in found)
    assert any(one.qr_scene for one in found)
    assert any(one.qr_scene_str for one in found)
    assert any(one.remark for one in found)
    assert not any(one.legacy for one in found)


def test_one_profile_is_the_same_as_in_a_batch(client, openids):
    assert tuple(map(client.user_info, openids)) == client.batchget(openids)


def test_the_tag_and_the_blacklist_are_not_empty(client):
    assert client.tag_followers(TAG).openids
    assert client.blacklist().openids


def test_tags_agree_with_their_counts(client, sandbox):
    followers = followers_by_tag(client)
    assert {tag.id: tag.count for tag in client.tags_get()} == {
        tag_id: len(openids) for tag_id, openids in followers.items()
    }
    assert any(followers.values())


def test_the_blacklist_is_walked(client, sandbox):
    assert walk(client.blacklist) == sandbox.blacklist()
    assert client.blacklist().total == len(sandbox.blacklist()) > 0


def test_an_unknown_tag(client):
    with pytest.raises(Retriable) as caught:
        client.tag_followers(99_999)
    assert caught.value.code == 45159


def test_one_unknown_openid_fails_a_batch(client, openids):
    with pytest.raises(Fatal) as caught:
        client.batchget([*openids, "oNobody"])
    assert caught.value.code == 40003


def test_profiles_of_unsubscribed_followers_are_empty(client, sandbox, openids):
    sandbox.population.leave(FOLLOWERS)
    assert client.batchget(openids) == tuple(
        Profile(openid, subscribed=False) for openid in openids
    )


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("fault", TEMPORARY)
def test_a_temporary_fault_is_retried(client, sandbox, openids, path, fault):
    expected = READS[path](client, openids)
    sandbox.fault(fault, count=1, path=path)
    assert READS[path](client, openids) == expected
    assert client.calls[path] == 3


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("fault", HARMLESS)
def test_a_harmless_fault_changes_nothing(client, sandbox, openids, path, fault):
    expected = READS[path](client, openids)
    sandbox.fault(fault, path=path)
    assert READS[path](client, openids) == expected


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize(("fault", "kind"), REFUSALS.items())
def test_a_refusal_is_raised(client, sandbox, openids, path, fault, kind):
    sandbox.fault(fault, path=path)
    with pytest.raises(kind) as caught:
        READS[path](client, openids)
    assert caught.value.code == int(fault)
    assert client.calls[path] == 1
