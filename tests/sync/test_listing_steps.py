"""The list in slices: sweeping in pieces, and pages that are asked for ahead."""

import pytest
from django.utils import timezone

from followers.models import EPOCH, Subscription, SyncRun
from followers.runs import lease
from followers.sync import complete_list

from .driver import begin, drive, following, page, stage_of, step, stored, sync

A, B, C = (f"o{letter * 27}" for letter in "ABC")
EMPTY = page()
BAD_CURSOR = {"errcode": 40003, "errmsg": "invalid openid"}


# --- sweep --------------------------------------------------------------------------------------


def test_the_sweep_goes_in_pieces(account, wechat, monkeypatch):
    monkeypatch.setattr(complete_list, "SWEEP_ROWS", 3)
    sync(account)
    wechat.people.leave(8)
    wechat.fault("48001", path="/cgi-bin/user/info/batchget")
    run, _created = begin(account)
    while stage_of(run).phase != "sweep":
        step(run)
    unsubscribed = [step(run).unsubscribed for _ in range(3)]
    assert unsubscribed == [3, 6, 8]
    # The last step checks that the list and the rows agree.
    step(run)
    assert run.status == "succeeded"
    assert following(account) == wechat.followers()


def test_a_sweep_goes_on_where_a_killed_worker_left_it(account, wechat, monkeypatch):
    monkeypatch.setattr(complete_list, "SWEEP_ROWS", 3)
    sync(account)
    wechat.people.leave(8)
    run, _created = begin(account)
    while run.unsubscribed < 3:
        step(run)
    lease.claim(SyncRun, run.pk, run.ticket)
    SyncRun.objects.update(lease_until=EPOCH)
    assert drive(run).unsubscribed == 8
    assert Subscription.objects.count() == 8


def test_no_sweep_without_an_end(account, wechat):
    sync(account)
    wechat.people.leave(5)
    wechat.fault("-1", path="/cgi-bin/user/get", after=1)
    assert sync(account).status == "waiting"
    assert len(following(account)) == 23


# --- slices with a page asked for ahead ---------------------------------------------------------


@pytest.fixture
def long_slices(settings):
    settings.SYNC_SLICE_SECONDS = 60


@pytest.mark.parametrize("fault", ["40003", "repeated_cursor", "cycle", "40001", "duplicates"])
def test_faults_met_ahead_end_as_they_do_otherwise(account, wechat, long_slices, fault):
    wechat.fault(fault, count=1, after=0 if fault in ("40003", "duplicates") else 1)
    run = sync(account)
    assert (run.status, run.fetched) == ("succeeded", 23)
    assert following(account) == wechat.followers()


def test_an_error_met_ahead_does_not_cost_the_page_at_hand(account, wechat, long_slices):
    wechat.fault("48001", after=1)
    run = sync(account)
    assert (run.status, run.pages, run.error_code) == ("failed", 1, 48001)
    assert len(following(account)) == 10


def test_a_token_refused_ahead_is_renewed(account, wechat, long_slices):
    wechat.once(wechat.account.tokens.revoke_all)
    run = sync(account)
    assert (run.status, run.fetched) == ("succeeded", 23)


def test_pages_asked_for_ahead_are_dated_before(account, wechat, long_slices):
    answered = []
    # Called in the thread that asks ahead, which must not open a connection to the database.
    wechat.after = lambda path, cursor: answered.append(timezone.now())
    run = sync(account)
    asked = stage_of(run).page_set.order_by("number").values_list("requested_at", flat=True)
    assert all(before < after for before, after in zip(asked, answered[1:], strict=False))


def test_nothing_is_asked_for_ahead_of_the_last_step(account, wechat):
    step(begin(account)[0])
    assert wechat.cursors == [""]


def test_a_sync_of_the_same_people_writes_no_history(account, wechat):
    sync(account)
    before = stored()[:2]
    sync(account)
    assert stored()[:2] == before
