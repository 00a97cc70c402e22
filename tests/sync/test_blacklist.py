"""The stage `blacklist`, whatever the page size."""

import pytest

from followers.models import Follower
from followers.runs import engine
from followers.runs.messages import describe

from .driver import FakeWeChat, drive
from .truth import BLACKLIST, assert_members, blocked, notes, run_of, stage


@pytest.fixture
def wechat(account, connect, queue, settings):
    """60 of 150 followers are blocked; pages of 20."""
    wechat = connect(FakeWeChat(150, page_size=100, blacklist_page_size=20, tags=0))
    settings.SYNC_SLICE_SECONDS = 60
    block(wechat, 60)
    run_of(account, "listing", "tags")
    wechat.calls.clear()
    return wechat


@pytest.fixture
def synced(account, wechat):
    run_of(account, "blacklist")
    wechat.calls.clear()
    return wechat


def block(wechat, count, value=True):
    """So many followers, always the same ones."""
    for openid in sorted(wechat.followers())[:count]:
        wechat.account.console.change(openid, blacklisted=value)


def test_pages_of_any_size(account, wechat):
    run = run_of(account, "blacklist")
    assert (run.status, notes(run)) == ("succeeded", {})
    assert_members(account, wechat)
    size = len(wechat.account.records.blacklist())
    assert wechat.calls[BLACKLIST] == -(-size // 20) + 1
    row = stage(run, "blacklist")
    assert row.done == row.total == size


def test_blocked_and_unblocked(account, synced):
    block(synced, 10, value=False)
    synced.account.console.change(sorted(synced.followers())[100], blacklisted=True)
    run_of(account, "blacklist")
    assert_members(account, synced)


def test_nobody_is_blocked_any_more(account, synced):
    block(synced, 150, value=False)
    assert run_of(account, "blacklist").status == "succeeded"
    assert blocked(account) == set()
    assert synced.calls[BLACKLIST] == 2


def test_an_empty_list_once_unblocks_nobody(account, synced):
    synced.fault("empty_list", count=1, path=BLACKLIST)
    run_of(account, "blacklist")
    assert_members(account, synced)


def test_a_blocked_person_who_is_not_known_is_no_follower(account, wechat):
    stranger = wechat.people.join(1)[0]
    wechat.account.console.change(stranger, blacklisted=True)
    run_of(account, "blacklist")
    row = Follower.objects.get(openid=stranger)
    assert (row.blacklisted, row.subscribed, row.unsubscribed_at) == (True, False, None)
    run = run_of(account, "listing", "blacklist")
    assert (run.status, run.added) == ("succeeded", 0)
    assert_members(account, wechat)
    assert Follower.objects.get(openid=stranger).subscribed


@pytest.mark.parametrize(
    ("fault", "note"),
    [
        ("ends_early", "kept_short"),
        ("data_null", "kept_short"),
        ("repeated_cursor", "kept_loop"),
        ("cycle", "kept_loop"),
        ("endless", "kept_loop"),
        ("40003", "kept_cursor"),
    ],
)
def test_lists_that_go_wrong_for_ever_change_nobody(account, synced, fault, note):
    before = blocked(account)
    block(synced, 3, value=False)
    synced.fault(fault, path=BLACKLIST)
    run = run_of(account, "blacklist")
    assert (run.status, notes(run)) == ("succeeded", {"blacklist": note})
    assert all(describe(stage(run, "blacklist"))[:2])
    assert blocked(account) == before


@pytest.mark.parametrize("fault", ["ends_early", "data_null", "repeated_cursor", "cycle", "40003"])
def test_lists_that_go_wrong_once(account, synced, fault):
    block(synced, 3, value=False)
    synced.fault(fault, count=1, path=BLACKLIST)
    run = run_of(account, "blacklist")
    assert (run.status, notes(run)) == ("succeeded", {})
    assert_members(account, synced)


@pytest.mark.parametrize("fault", ["-1", "http_500", "not_json", "45009"])
def test_trouble_waits_and_changes_nothing(account, synced, fault):
    before = blocked(account)
    block(synced, 3, value=False)
    synced.fault(fault, path=BLACKLIST, after=1)
    run = run_of(account, "blacklist")
    assert (run.status, blocked(account)) == ("waiting", before)
    synced.clear()
    engine.retry(run)
    assert drive(run).status == "succeeded"
    assert_members(account, synced)


@pytest.mark.parametrize("fault", ["-1", "http_500", "not_json", "40001"])
def test_trouble_that_passes(account, synced, fault):
    block(synced, 3, value=False)
    synced.fault(fault, count=1, path=BLACKLIST, after=1)
    assert run_of(account, "blacklist").status == "succeeded"
    assert_members(account, synced)


def test_without_permission_the_stage_is_left_out(account, synced):
    before = blocked(account)
    synced.fault("48001", path=BLACKLIST)
    run = run_of(account, "blacklist", "details")
    row = stage(run, "blacklist")
    assert (run.status, row.error_code, row.status) == ("succeeded", 48001, "done")
    assert blocked(account) == before
    assert stage(run, "details").done == 150
