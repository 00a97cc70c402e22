"""A result that looks wrong: nobody is swept before a person has said so."""

import pytest
from django.utils import translation

from followers.models import Follower, SyncRun
from followers.rows.clock import db_now
from followers.runs import engine
from followers.runs.messages import describe
from followers.sync import review
from followers.sync.state import ListingState

from .driver import FakeWeChat, begin, counts, drive, following, page, stage_of, step, sync
from .test_lease import in_threads


@pytest.fixture
def doubtful(account, connect, queue):
    """A run in review: 30 of 100 are gone, 5 are new. (run, wechat)"""
    wechat = connect(FakeWeChat(100, page_size=40))
    sync(account)
    wechat.people.leave(30)
    wechat.people.join(5)
    return sync(account), wechat


def test_more_than_a_fifth_gone_goes_to_review(account, doubtful):
    run, wechat = doubtful
    assert (run.status, run.reason) == ("review", "shrunk")
    assert counts(run) == {"added": 5, "unchanged": 70}
    assert following(account) > wechat.followers()
    assert len(following(account)) == 105
    with translation.override("en"):
        assert describe(run).meaning.startswith("30 of 100 known followers are missing")


@pytest.mark.parametrize(
    ("known", "leave", "status"),
    [
        (100, 20, "succeeded"),
        (100, 21, "review"),
        (250, 50, "succeeded"),
        (250, 51, "review"),
        (99, 60, "succeeded"),
        (1, 1, "review"),
    ],
)
def test_where_doubt_begins(account, connect, queue, known, leave, status):
    wechat = connect(FakeWeChat(known, page_size=100))
    sync(account)
    wechat.people.leave(leave)
    run = sync(account)
    assert run.status == status
    assert len(following(account)) == known - (leave if status == "succeeded" else 0)


@pytest.mark.parametrize("known", [1, 23, 150])
def test_an_empty_answer_with_followers_known(account, connect, queue, known):
    wechat = connect(FakeWeChat(known))
    sync(account)
    wechat.fault("empty_list")
    run = sync(account)
    assert (run.status, run.reason) == ("review", "empty")
    assert len(following(account)) == known
    with translation.override("en"):
        assert f"but {known} are known" in describe(run).meaning


def test_only_present_followers_count_as_known(account, connect, queue):
    """120 rows, but 40 of them had left before: 30 of 80 is no case of a hundred."""
    wechat = connect(FakeWeChat(120, page_size=100))
    sync(account)
    wechat.people.leave(20)
    sync(account)
    wechat.people.leave(20)
    sync(account)
    wechat.people.leave(30)
    assert sync(account).status == "succeeded"
    assert following(account) == wechat.followers()


def test_new_faces_do_not_hide_a_loss(account, connect, queue):
    wechat = connect(FakeWeChat(100, page_size=100))
    sync(account)
    wechat.people.leave(21)
    wechat.people.join(500)
    assert sync(account).status == "review"


def test_a_restart_does_not_make_new_faces_known_ones(account, connect, queue):
    wechat = connect(FakeWeChat(100, page_size=60))
    sync(account)
    wechat.people.leave(21)
    wechat.people.join(60)
    wechat.fault("40003", count=1)
    run = sync(account)
    assert (run.status, review.load_evidence(run).known, review.load_evidence(run).gone) == (
        "review",
        100,
        21,
    )


def test_the_evidence(doubtful):
    run, wechat = doubtful
    evidence = review.load_evidence(run)
    numbers = (evidence.known, evidence.listed, evidence.gone, evidence.total)
    assert numbers == (100, 75, 30, 75)
    assert len(evidence.sample) == 20
    assert {row.openid for row in evidence.sample} < wechat.left()


def test_what_is_applied_is_what_was_listed(account, doubtful):
    """However long a person takes, and without asking WeChat again."""
    run, wechat = doubtful
    listed, calls = wechat.followers(), wechat.calls.total()
    wechat.people.leave(10)
    assert review.apply(run)
    assert drive(run).unsubscribed == 30
    assert following(account) == listed
    assert wechat.calls.total() == calls


def test_applying_sweeps_and_succeeds(account, doubtful, django_user_model):
    run, wechat = doubtful
    assert review.apply(run, django_user_model.objects.create_user("mei"))
    assert run.status == "queued"
    run = drive(run)
    assert (run.status, run.reason) == ("succeeded", "")
    assert counts(run) == {"added": 5, "unchanged": 70, "unsubscribed": 30}
    assert following(account) == wechat.followers()
    assert ListingState.load(stage_of(run)).approved_by == "mei"


def test_applying_an_empty_list(account, connect, queue):
    wechat = connect(FakeWeChat(5))
    sync(account)
    wechat.people.leave(5)
    run = sync(account)
    assert review.apply(run)
    assert drive(run).status == "succeeded"
    assert following(account) == set()


def test_applying_a_short_list(account, connect, queue):
    connect(FakeWeChat(0, page(*(f"o{n:027d}" for n in range(300)), total=500, next_openid="")))
    run = sync(account)
    assert review.apply(run)
    assert drive(run).status == "succeeded"
    account.refresh_from_db()
    assert account.baseline_at is not None


def test_who_came_back_since_is_not_swept_by_applying(account, doubtful):
    run, wechat = doubtful
    back = wechat.people.come_back(1)
    Follower.objects.filter(openid__in=back).update(status_as_of=db_now())
    review.apply(run)
    assert drive(run).unsubscribed == 29
    assert Follower.objects.get(openid=back[0]).subscribed


def test_applying_twice_is_refused(doubtful):
    run, _wechat = doubtful
    assert review.apply(run)
    assert not review.apply(SyncRun.objects.get(pk=run.pk))


def test_discarding_cancels_and_sweeps_nobody(account, doubtful, django_user_model):
    run, _wechat = doubtful
    assert review.discard(run, django_user_model.objects.create_user("mei"))
    assert not review.discard(run)
    run.refresh_from_db()
    assert (run.status, run.reason, run.error_params["by"]) == ("cancelled", "discarded", "mei")
    assert len(following(account)) == 105
    assert not review.apply(run)


def test_a_new_sync_supersedes_what_waits(account, doubtful):
    run, _wechat = doubtful
    assert begin(account)[1]
    run.refresh_from_db()
    assert (run.status, run.reason) == ("cancelled", "superseded")
    assert run.finished_at is not None
    assert not review.apply(run)
    assert not review.discard(run)


@pytest.mark.parametrize("moved", [False, True], ids=["queued", "over"])
def test_applying_is_refused_once_a_later_listing_exists(account, doubtful, moved):
    """Also if the superseding of this run was lost."""
    run, _wechat = doubtful
    later, _created = begin(account)
    if moved:
        engine.cancel(later)
    SyncRun.objects.filter(pk=run.pk).update(status="review")
    assert not review.apply(run)
    run.refresh_from_db()
    assert run.status == "review"
    assert len(following(account)) == 105


def test_another_accounts_sync_supersedes_nothing(account, doubtful):
    run, _wechat = doubtful
    other = type(account).objects.create(name="Other", app_id="wx0000000000000001")
    begin(other)
    assert review.apply(run)


def test_applying_and_starting_at_once(transactional_db, account, doubtful):
    """Either the result is applied and shown, or it is superseded; never both, never neither."""
    run, _wechat = doubtful
    acts = [lambda: review.apply(SyncRun.objects.get(pk=run.pk)), lambda: begin(account)]
    in_threads(2, lambda: acts.pop()())
    run.refresh_from_db()
    active = SyncRun.objects.filter(status="queued")
    assert active.count() == 1
    assert (run.status, active.get() == run) in [("queued", True), ("cancelled", False)]


def test_the_account_is_free_while_a_result_waits(account, doubtful):
    _run, wechat = doubtful
    wechat.people.come_back(30)
    assert counts(sync(account)) == {"unchanged": 105}


def test_a_review_frozen_in_judgement_is_not_believed(account, connect, queue):
    wechat = connect(FakeWeChat(100, page_size=100))
    sync(account)
    wechat.people.leave(30)
    run, _created = begin(account)
    while stage_of(run).phase != "decide":
        step(run)
    engine.cancel(run)
    step(run)
    assert run.status == "cancelled"
