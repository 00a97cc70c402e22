"""Runs from start to end: exact numbers, statuses and words, and nothing that outlives a run."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from django.utils import translation

from followers.accounts.client import check_connection
from followers.models import (
    EPOCH,
    AccessToken,
    Follower,
    OfficialAccount,
    Subscription,
    SyncPage,
    SyncRun,
)
from followers.rows import followers
from followers.runs import engine
from followers.runs.messages import describe
from followers.sync import review, syncs

from .driver import (
    FakeWeChat,
    begin,
    counts,
    drive,
    following,
    page,
    stage_of,
    step,
    stored,
    sync,
)


def test_the_reference_example(account, connect, queue):
    """23,000, then 1,000 leave and 300 join, then three come back."""
    wechat = connect(FakeWeChat(23_000, page_size=10_000))
    run = sync(account)
    assert (run.status, run.pages, run.total, run.fetched) == ("succeeded", 3, 23_000, 23_000)
    assert counts(run) == {"added": 23_000}
    assert following(account) == wechat.followers()
    account.refresh_from_db()
    assert account.baseline_at >= run.started_at

    left = wechat.people.leave(1000)
    wechat.people.join(300)
    run = sync(account)
    assert (run.status, run.pages) == ("succeeded", 3)
    assert counts(run) == {"added": 300, "unsubscribed": 1000, "unchanged": 22_000}
    assert following(account) == wechat.followers()

    before = {row.openid: row for row in Follower.objects.filter(openid__in=left)}
    back = wechat.people.come_back(left[:3])
    run = sync(account)
    assert counts(run) == {"resubscribed": 3, "unchanged": 22_300}
    for row in Follower.objects.filter(openid__in=back):
        old = before[row.openid]
        assert row.subscribed
        assert (row.pk, row.first_seen_at) == (old.pk, old.first_seen_at)
        assert row.unsubscribed_at == old.unsubscribed_at is not None
        first, again = row.subscriptions.order_by("pk")
        assert (first.ended_at, again.ended_at) == (row.unsubscribed_at, None)
    assert Subscription.objects.count() == 300 + 1000 + 3
    assert following(account) == wechat.followers()


def test_the_baseline_is_set_once(account, wechat):
    sync(account)
    account.refresh_from_db()
    first = account.baseline_at
    sync(account)
    account.refresh_from_db()
    assert first is not None
    assert account.baseline_at == first


def test_an_empty_account_succeeds(account, connect, queue):
    connect(FakeWeChat(0))
    run = sync(account)
    assert (run.status, run.total, run.pages, counts(run)) == ("succeeded", 0, 0, {})
    assert describe(run).meaning == ""


def test_everybody_has_left_an_empty_list_that_is_true_goes_to_review(account, wechat):
    sync(account)
    wechat.people.leave(23)
    assert sync(account).status == "review"
    assert len(following(account)) == 23


@pytest.mark.parametrize("slice_seconds", [0, 60])
def test_pages_come_in_order_each_asked_for_once(account, wechat, settings, slice_seconds):
    settings.SYNC_SLICE_SECONDS = slice_seconds
    sync(account)
    assert wechat.cursors[0] == ""
    assert len(wechat.cursors) == len(set(wechat.cursors)) == 4


def test_a_long_slice_needs_one_claim_and_one_task(account, wechat, queue, settings):
    settings.SYNC_SLICE_SECONDS = 60
    run = step(begin(account)[0])
    assert (run.status, run.ticket) == ("succeeded", 0)


def test_a_short_slice_hands_over(transactional_db, account, wechat, queue):
    run, _created = begin(account)
    assert queue.sent == [(run.pk, 0)]
    engine.advance(SyncRun, *queue.sent.pop())
    run.refresh_from_db()
    assert (run.status, run.ticket, run.tries) == ("running", 1, 0)
    assert queue.sent == [(run.pk, 1)]
    queue.deliver()
    run.refresh_from_db()
    assert run.status == "succeeded"


def test_without_a_queue_nothing_is_sent(transactional_db, account, wechat, queue):
    run, _created = begin(account, enqueue=False)
    engine.advance(SyncRun, run.pk, run.ticket, in_foreground=True)
    run.refresh_from_db()
    assert (run.ticket, queue.sent) == (1, [])


def test_clicking_again_shows_the_active_run(account, wechat):
    first, created = begin(account)
    assert created
    assert begin(account) == (first, False)
    assert begin(account, enqueue=False) == (first, False)


def test_another_account_has_its_own_run(account, wechat):
    other = OfficialAccount.objects.create(name="Other", app_id="wx0000000000000001")
    assert begin(account)[0] != begin(other)[0]


def test_the_run_knows_who_asked_for_it(account, wechat, django_user_model):
    user = django_user_model.objects.create_user("mei")
    assert begin(account, user)[0].requested_by == user


def test_times_of_a_run_are_in_order(account, wechat):
    run = sync(account)
    assert run.created_at <= run.started_at <= run.progressed_at <= run.finished_at
    pages = stage_of(run).page_set.all()
    moments = [moment for page in pages for moment in (page.requested_at, page.stored_at)]
    assert moments == sorted(moments)


ENDINGS = {
    "40125": ("failed", "AppSecret", "AppSecret"),
    "40013": ("failed", "AppID", "AppID"),
    "40164": ("failed", "203.0.113.7", "203.0.113.7"),
    "61004": ("failed", "address", "地址"),
    "48001": ("failed", "may not use", "接口权限"),
    "50002": ("failed", "frozen", "冻结"),
    "-1": ("waiting", "busy", "繁忙"),
    "45009": ("waiting", "quota", "额度"),
    "45011": ("waiting", "minute", "分钟"),
    "http_502": ("waiting", "502", "502"),
    "not_json": ("waiting", "could not be read", "无法"),
}


@pytest.mark.parametrize("fault", ENDINGS)
def test_errors_end_in_a_status_and_a_sentence(account, wechat, fault):
    sync(account)
    before = list(Follower.objects.order_by("pk").values())
    wechat.fault(fault)
    AccessToken.objects.all().delete()
    run = sync(account)
    status, english, chinese = ENDINGS[fault]
    assert run.status == status
    with translation.override("en"):
        assert english in " ".join(describe(run))
    with translation.override("zh-hans"):
        why = describe(run)
    assert chinese in why.meaning + why.advice
    assert why.meaning.isascii() is why.advice.isascii() is False
    assert list(Follower.objects.order_by("pk").values()) == before


def test_the_address_to_list_is_in_the_sentence(account, wechat):
    wechat.fault("40164", ip="198.51.100.23")
    run = sync(account)
    assert "198.51.100.23" in describe(run).advice
    assert (run.error_code, run.reason) == (40164, "api")


def test_a_used_up_quota_waits_for_midnight_in_beijing(account, wechat, monkeypatch):
    noon = datetime(2026, 5, 4, 4, 0, tzinfo=UTC)
    monkeypatch.setattr(engine, "db_now", lambda: noon)
    wechat.fault("45009")
    run = sync(account)
    wait = run.resume_at - run.progressed_at
    assert abs(wait - timedelta(hours=12)) < timedelta(seconds=15)
    assert run.redeliver_at == run.resume_at


def test_a_run_that_waited_goes_on_from_its_page(account, wechat):
    wechat.fault("45009", after=1)
    run = sync(account)
    assert (run.status, run.pages) == ("waiting", 1)
    wechat.clear()
    assert engine.retry(run)
    run = drive(run)
    assert (run.status, run.reason, run.resume_at, run.error_code) == ("succeeded", "", None, None)
    assert wechat.cursors[1] == wechat.cursors[2] != ""
    assert counts(run) == {"added": 23}


def test_pauses_grow_until_something_works(account, wechat):
    wechat.fault("-1")
    run, waits = begin(account)[0], []
    for _ in range(6):
        run = drive(run)
        waits.append(round((run.resume_at - run.progressed_at).total_seconds() / 60))
        _resume(run)
    assert waits == [1, 2, 4, 8, 10, 10]


def _resume(run):
    SyncRun.objects.filter(pk=run.pk).update(resume_at=EPOCH)
    engine.advance(SyncRun, run.pk, run.ticket)


def test_only_a_waiting_run_can_be_retried(account, wechat):
    run, _created = begin(account)
    assert not engine.retry(run)
    assert not engine.retry(sync(account))


def test_cancel_keeps_what_is_stored_and_frees_the_account(account, wechat):
    run = step(begin(account)[0])
    assert engine.cancel(run)
    assert not engine.cancel(run)
    run.refresh_from_db()
    assert (run.status, run.pages) == ("cancelled", 1)
    assert len(following(account)) == 10
    later, created = begin(account)
    assert created
    assert counts(drive(later)) == {"added": 13, "unchanged": 10}


def test_a_cancelled_run_does_not_move_any_more(account, wechat):
    run = step(begin(account)[0])
    engine.cancel(run)
    step(run)
    assert (run.status, run.pages, len(wechat.cursors)) == ("cancelled", 1, 1)


def bitmaps():
    columns = ("new_rows", "returned_rows", "unchanged_rows")
    return [bytes(value) for row in SyncPage.objects.values_list(*columns) for value in row]


def test_the_bitmaps_are_there_while_the_run_moves(account, wechat):
    step(begin(account)[0])
    assert any(bitmaps())


def _fail(account, wechat):
    wechat.fault("48001", after=1)
    return sync(account)


def _cancel(account, wechat):
    run = step(begin(account)[0])
    engine.cancel(run)
    return run


def _review(account, wechat):
    """Two of 500 that WeChat counts are listed."""
    wechat.script = [page(f"o{1:027d}", f"o{2:027d}", total=500, next_openid="")]
    run = sync(account)
    assert run.status == "review"
    return run


def _apply(account, wechat):
    run = _review(account, wechat)
    assert review.apply(run)
    return drive(run)


def _discard(account, wechat):
    run = _review(account, wechat)
    assert review.discard(run)
    return run


def _supersede(account, wechat):
    run = _review(account, wechat)
    begin(account)
    return run


ENDS = [lambda account, wechat: sync(account), _fail, _cancel, _apply, _discard, _supersede]


@pytest.mark.parametrize("end", ENDS)
def test_no_bitmap_outlives_its_run(account, wechat, end):
    run = end(account, wechat)
    assert SyncPage.objects.filter(stage__run=run).exists()
    assert not any(bitmaps())


def test_a_task_of_a_run_that_is_gone_moves_nothing(run, wechat, queue, caplog):
    queue.sent.clear()
    before = stored()
    engine.advance(SyncRun, run.pk + 1, run.ticket)
    assert stored() == before
    assert (queue.sent, wechat.calls.total(), caplog.records) == ([], 0, [])


def test_a_fault_of_our_own_is_raised_and_the_lease_kept(account, wechat, monkeypatch):
    run, _created = begin(account)
    monkeypatch.setattr(followers, "insert", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        engine.advance(SyncRun, run.pk, run.ticket)
    run.refresh_from_db()
    assert (run.status, run.tries, run.pages) == ("running", 1, 0)
    assert not Follower.objects.exists()


def test_a_secret_that_cannot_be_decrypted_is_no_missing_secret(account, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    account.refresh_from_db()
    run = drive(syncs.start(account, enqueue=False)[0])
    assert (run.status, run.reason, run.error_code) == ("failed", "secret", None)
    assert "ENCRYPTION_KEYS" in describe(run).meaning
    assert not check_connection(account).ok
