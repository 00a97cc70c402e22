"""A few followers, at once and without a run."""

import pytest

from followers.models import ApiUsage, Follower, Subscription, SyncRun
from followers.sync import refresh as refreshing
from followers.sync.refresh import refresh_profiles

from .driver import FakeWeChat
from .truth import BATCHGET, USER_INFO, details_here, details_there, run_of


@pytest.fixture
def wechat(account, connect, queue, settings, monkeypatch):
    """120 followers who are known without details."""
    settings.SYNC_SLICE_SECONDS = 60
    wechat = connect(FakeWeChat(120, page_size=200))
    monkeypatch.setattr(refreshing, "client_for", wechat.client_for)
    run_of(account, "listing")
    ApiUsage.objects.all().delete()
    wechat.calls.clear()
    return wechat


def ids(*openids):
    rows = Follower.objects.filter(openid__in=openids) if openids else Follower.objects.all()
    return list(rows.order_by("pk").values_list("pk", flat=True))


def test_a_hundred_at_most_in_one_call(account, wechat):
    assert refresh_profiles(account, ids()) is None
    assert Follower.objects.exclude(details_synced_at=None).count() == 100
    here, there = details_here(account), details_there(wechat)
    equal = {openid for openid in here if here[openid] == there[openid]}
    assert len(equal) == 100
    assert SyncRun.objects.count() == 1


def test_the_calls_are_in_the_books(account, wechat):
    refresh_profiles(account, ids())
    refresh_profiles(account, ids()[:1])
    books = dict(ApiUsage.objects.values_list("path", "calls"))
    assert (books[BATCHGET], books[USER_INFO]) == (1, 1)


def test_who_has_left_is_marked_with_their_history(account, wechat):
    gone = wechat.people.leave(3)
    assert refresh_profiles(account, ids(*gone)) is None
    assert set(Follower.objects.filter(subscribed=False).values_list("openid", flat=True)) == set(
        gone
    )
    rows = Subscription.objects.values_list("follower__openid", "ended_by", "ended_confirmed")
    assert set(rows) == {(openid, "sync", True) for openid in gone}


def test_nobody_needs_no_call(account, wechat):
    assert refresh_profiles(account, []) is None
    assert not wechat.calls


@pytest.mark.parametrize("fault", ["48001", "45009", "-1", "http_500"])
def test_a_refusal_in_words(account, wechat, fault):
    wechat.fault(fault, path=BATCHGET)
    refused = refresh_profiles(account, ids()[:5])
    assert refused.meaning
    assert refused.advice
    assert not Follower.objects.exclude(details_synced_at=None).exists()
    assert ApiUsage.objects.get(path=BATCHGET).calls == wechat.calls[BATCHGET] > 0


def test_slipped_unionids_are_not_believed(account, wechat):
    wechat.fault("misaligned", count=1)
    refresh_profiles(account, ids()[:10])
    here, there = details_here(account), details_there(wechat)
    assert sum(here[openid] == there[openid] for openid in here) == 10


def test_a_bad_id_does_not_fail_its_neighbours(account, wechat):
    Follower.objects.filter(pk=ids()[3]).update(openid="o" + "x" * 27)
    assert refresh_profiles(account, ids()[:10]) is None
    assert Follower.objects.exclude(subscribe_time=None).count() == 9
