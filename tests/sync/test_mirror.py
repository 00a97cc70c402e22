"""After a sync the database says what WeChat says, follower by follower."""

import random

import pytest

from followers.models import Follower

from .driver import FakeWeChat
from .truth import assert_equal, assert_members, drive, run_of, stage, start

MEMBERS = ("listing", "tags", "blacklist")


@pytest.fixture
def wechat(connect, queue, settings):
    """300 followers in pages of 40, seven tags; all in a few slices."""
    wechat = connect(FakeWeChat(300, page_size=40, blacklist_page_size=3, tags=7))
    settings.SYNC_SLICE_SECONDS = 60
    return wechat


def change(wechat, chance, changes=60):
    """Somebody works at WeChat's console, while people come and go."""
    wechat.account.console.shuffle(changes, chance.getrandbits(32))
    wechat.people.come_back(chance.randrange(4))
    wechat.people.leave(chance.randrange(8))
    wechat.people.join(chance.randrange(8))


def test_a_first_sync_has_everything(account, wechat):
    run = run_of(account)
    assert (run.status, run.outstanding, run.added) == ("succeeded", 0, 300)
    assert [row.status for row in run.stages.all()] == ["done"] * 4
    assert_equal(account, wechat)


def test_a_stage_a_slice_has_everything_too(account, wechat, settings):
    settings.SYNC_SLICE_SECONDS = 0
    assert run_of(account).status == "succeeded"
    assert_equal(account, wechat)


@pytest.mark.parametrize("seed", range(3))
def test_changes_between_syncs(account, wechat, seed):
    chance = random.Random(seed)
    run_of(account)
    for _ in range(4):
        change(wechat, chance)
        assert run_of(account, refresh_details=True).status == "succeeded"
        assert_equal(account, wechat)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("slices", [0, 60])
def test_changes_during_syncs_are_right_after_the_next_quiet_one(
    account, wechat, settings, seed, slices
):
    settings.SYNC_SLICE_SECONDS = slices
    chance = random.Random(seed)
    run_of(account)

    def meanwhile(_path, _cursor):
        if chance.random() < 0.25:
            change(wechat, chance, changes=8)

    for _ in range(2):
        wechat.after = meanwhile
        assert run_of(account, refresh_details=True).status == "succeeded"
        wechat.after = lambda path, cursor: None
        assert run_of(account, refresh_details=True).status == "succeeded"
        assert_equal(account, wechat)


def test_members_alone_are_exact_without_details(account, wechat):
    run_of(account, *MEMBERS)
    change(wechat, random.Random(1))
    run_of(account, *MEMBERS)
    assert_members(account, wechat)
    assert not Follower.objects.exclude(details_synced_at=None).exists()


def test_whoever_leaves_and_returns(account, wechat):
    run_of(account)
    gone = wechat.people.leave(30)
    run_of(account)
    assert_equal(account, wechat)
    wechat.people.come_back(gone[:20])
    run = run_of(account)
    assert (run.resubscribed, stage(run, "details").total) == (20, 20)
    assert_equal(account, wechat)


def test_people_whom_wechat_forgets(account, connect, queue, settings):
    settings.SYNC_SLICE_SECONDS = 60
    wechat = connect(FakeWeChat(300, page_size=70, forgets=True))
    run_of(account)
    gone = wechat.people.leave(60)
    run_of(account)
    wechat.people.come_back(gone)
    run_of(account)
    assert_equal(account, wechat)


def test_details_notice_who_has_left_since_the_list(account, wechat):
    run_of(account)
    run = start(account, refresh_details=True)
    gone = []

    def leaves(path, cursor):
        if path.endswith("getblacklist") and not gone:
            gone.extend(wechat.people.leave(7))

    wechat.after = leaves
    run = drive(run)
    assert (run.status, run.unsubscribed, len(gone)) == ("succeeded", 7, 7)
    rows = Follower.objects.filter(openid__in=gone)
    ended = rows.values_list("subscribed", "subscriptions__ended_confirmed")
    assert set(ended) == {(False, True)}


def test_hostile_people(account, connect, queue, settings):
    settings.SYNC_SLICE_SECONDS = 60
    wechat = connect(FakeWeChat(600, page_size=200, hostile=True, tags=20))
    run = run_of(account)
    assert (run.status, run.outstanding) == ("succeeded", 0)
    here = {row.openid: row for row in Follower.objects.all()}
    for said in wechat.account.records.profiles():
        row = here[said["openid"]]
        assert row.remark == cleaned(said["remark"])
        assert row.qr_scene_str == cleaned(said["qr_scene_str"])


def cleaned(text):
    """Without control characters, which databases refuse."""
    return "".join(one for one in text if ord(one) >= 0x20 and one != "\x7f")
