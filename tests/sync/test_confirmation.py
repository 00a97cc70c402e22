"""Who seems to have left is asked about: lists omit people, and people move within them."""

from datetime import timedelta

import pytest
from django.utils import translation

from followers.models import Follower, SyncStage
from followers.runs import engine
from followers.runs.messages import describe
from followers.sync import confirmation, review
from followers.sync.state import ListingState
from tests.factories import follow

from .driver import LIST, FakeWeChat, drive, following, step
from .truth import BATCHGET, USER_INFO, run_of, stage, start


@pytest.fixture
def wechat(account, connect, queue, settings):
    """400 followers who are known; up to 40 are asked about, of more a sample of 30."""
    return known(400, account, connect, settings)


def known(followers, account, connect, settings, budget=40):
    settings.DETAILS_BATCH, settings.CONFIRM_BUDGET = 10, budget
    settings.SYNC_SLICE_SECONDS = 60
    wechat = connect(FakeWeChat(followers, page_size=100, tags=0))
    run_of(account, "listing")
    wechat.calls.clear()
    return wechat


@pytest.fixture(autouse=True)
def sample(monkeypatch):
    monkeypatch.setattr(confirmation, "SAMPLE_SIZE", 30)


def facts(run):
    state = ListingState.load(stage(run, "listing"))
    return state.asked, state.still


def asked(wechat):
    """Sandbox calls about people, single ones for what does not fill a batch of two."""
    return wechat.calls[BATCHGET] + wechat.calls[USER_INFO]


# --- all are asked ------------------------------------------------------------------------------


def test_nobody_missing_asks_nobody(account, wechat):
    assert run_of(account, "listing").status == "succeeded"
    assert asked(wechat) == 0


@pytest.mark.parametrize("slices", [0, 60])
def test_omitted_people_stay_and_those_who_left_are_found(account, wechat, settings, slices):
    settings.SYNC_SLICE_SECONDS = slices
    gone = set(wechat.people.leave(15))
    wechat.fault("omits", people=12, path=LIST)
    run = run_of(account, "listing")
    assert (run.status, run.unsubscribed, facts(run)) == ("succeeded", 15, (27, 12))
    assert following(account) == wechat.followers()
    left = Follower.objects.filter(subscribed=False)
    assert set(left.values_list("openid", flat=True)) == gone
    started = stage(run, "listing").walk_started_at
    assert set(left.values_list("unsubscribed_at", "subscriptions__ended_at")) == {
        (started, started)
    }
    assert asked(wechat) == 3


def test_who_returns_before_being_asked_stays(account, wechat):
    gone = wechat.people.leave(9)
    wechat.after = back_at_the_end(wechat, gone[:4])
    run = run_of(account, "listing")
    assert (run.unsubscribed, facts(run)) == (5, (9, 4))
    assert following(account) == wechat.followers()


def back_at_the_end(wechat, people):
    """They follow again once the whole list has been read."""

    def after(path, _cursor):
        if path == LIST and wechat.calls[LIST] == 5:
            wechat.people.come_back(people)

    return after


def test_an_id_that_wechat_does_not_know_has_left(account, wechat):
    follow(account, "o" + "x" * 27)
    run = run_of(account, "listing")
    assert (run.status, run.unsubscribed) == ("succeeded", 1)


# --- a sample -----------------------------------------------------------------------------------


def test_of_many_a_sample_is_asked_and_speaks_for_all(account, wechat):
    wechat.people.leave(60)
    run = run_of(account, "listing")
    assert (run.status, run.unsubscribed, facts(run)) == ("succeeded", 60, (30, 0))
    assert asked(wechat) == 3
    assert following(account) == wechat.followers()


def test_where_some_of_the_sample_follow_all_are_asked(account, wechat):
    wechat.people.leave(50)
    wechat.fault("omits", people=12, path=LIST)
    run = run_of(account, "listing")
    assert (run.status, run.unsubscribed) == ("succeeded", 50)
    assert facts(run) == (62, 12)
    assert following(account) == wechat.followers()
    assert wechat.calls[LIST] == 5


def test_where_most_of_the_sample_follow_the_list_is_walked_again(account, wechat):
    wechat.people.leave(4)
    wechat.fault("omits", people=60, counted=0, path=LIST, count=5)
    run = run_of(account, "listing")
    assert (run.status, run.unsubscribed, stage(run, "listing").walk_number) == ("succeeded", 4, 2)
    assert following(account) == wechat.followers()


def test_a_list_that_is_cut_twice_goes_to_review_with_the_evidence(account, wechat):
    gone = set(wechat.people.leave(5))
    wechat.fault("omits", people=60, counted=0, path=LIST)
    run = run_of(account, "listing")
    assert (run.status, run.reason, stage(run, "listing").walk_number) == ("review", "cut", 2)
    assert wechat.followers() <= following(account) <= wechat.followers() | gone
    params = run.error_params
    assert (params["asked"], params["listed"]) == (30, 335)
    assert 395 <= params["known"] <= 400
    with translation.override("en"):
        assert f"{params['still']} still follow" in describe(run).meaning
    assert review.apply(run)
    assert drive(run).status == "succeeded"


# --- doubt --------------------------------------------------------------------------------------


@pytest.mark.parametrize("calls", [1, 8])
@pytest.mark.parametrize("gone", [25, 120])
def test_a_doubted_result_asks_a_sample_and_marks_nobody(
    account, connect, queue, settings, gone, calls
):
    wechat = known(100 if gone == 25 else 400, account, connect, settings)
    settings.SYNC_SLICE_SECONDS, settings.DETAILS_CALLS_AT_ONCE = 0, calls
    before = following(account)
    wechat.people.leave(gone)
    run = run_of(account, "listing")
    assert (run.status, run.reason, run.unsubscribed) == ("review", "shrunk", 0)
    assert facts(run) == (min(gone, 30), 0)
    assert following(account) == before
    assert asked(wechat) == 3


def test_an_empty_list_is_doubted_with_what_the_sample_says(account, wechat):
    wechat.fault("empty_list", path=LIST)
    run = run_of(account, "listing")
    assert (run.status, run.reason, facts(run)) == ("review", "empty", (30, 30))
    assert run.error_params["still"] == 30
    assert following(account) == wechat.followers()


# --- faults -------------------------------------------------------------------------------------


@pytest.mark.parametrize("gone", [15, 60])
def test_without_permission_a_fresh_list_is_believed(account, wechat, gone):
    wechat.fault("48001", path=BATCHGET)
    wechat.people.leave(gone)
    run = run_of(account, "listing")
    assert (run.status, run.unsubscribed) == ("succeeded", gone)
    assert following(account) == wechat.followers()


def test_without_permission_an_old_list_removes_nobody(account, wechat, settings):
    settings.SYNC_SLICE_SECONDS = 0
    wechat.fault("48001", path=BATCHGET)
    wechat.people.leave(15)
    before = following(account)
    run = start(account, "listing")
    while stage(run, "listing").phase != "confirm":
        step(run)
    hour = timedelta(hours=1, minutes=1)
    at = stage(run, "listing").walk_started_at - hour
    SyncStage.objects.filter(run=run).update(walk_started_at=at)
    Follower.objects.update(status_as_of=at - hour)
    run = drive(run)
    assert (run.status, run.unsubscribed) == ("succeeded", 0)
    assert ListingState.load(stage(run, "listing")).unconfirmed == 15
    assert following(account) == before


def test_without_permission_doubt_stays_doubt(account, wechat):
    wechat.fault("48001", path=BATCHGET)
    wechat.people.leave(100)
    run = run_of(account, "listing")
    assert (run.status, run.reason, run.unsubscribed) == ("review", "shrunk", 0)


@pytest.mark.parametrize("fault", ["-1", "http_500", "not_json", "45009", "profiles_missing"])
@pytest.mark.parametrize("gone", [35, 60])
def test_trouble_waits_and_goes_on_where_it_was(account, wechat, settings, fault, gone):
    settings.DETAILS_CALLS_AT_ONCE = 1
    wechat.people.leave(gone)
    wechat.fault(fault, path=BATCHGET, after=2)
    run = run_of(account, "listing")
    assert run.status == "waiting"
    assert wechat.followers() <= following(account)
    wechat.clear()
    engine.retry(run)
    run = drive(run)
    assert (run.status, run.unsubscribed) == ("succeeded", gone)
    assert facts(run) == (min(gone, 30) if gone == 60 else gone, 0)
    assert following(account) == wechat.followers()


@pytest.mark.parametrize("fault", ["-1", "40001", "short", "shuffled", "misaligned"])
def test_trouble_that_passes(account, wechat, fault):
    wechat.people.leave(10)
    wechat.fault("omits", people=12, path=LIST)
    wechat.fault(fault, count=1, path=BATCHGET)
    run = run_of(account, "listing")
    assert (run.status, run.unsubscribed, facts(run)) == ("succeeded", 10, (22, 12))


def test_a_stale_claim_marks_nobody(account, wechat, monkeypatch):
    gone = wechat.people.leave(20)
    run = start(account, "listing")
    fetch = confirmation.Confirmation.fetch

    def fetched(self, *, is_last_step):
        answers = fetch(self, is_last_step=is_last_step)
        engine.cancel(run)
        return answers

    monkeypatch.setattr(confirmation.Confirmation, "fetch", fetched)
    step(run)
    assert (run.status, run.unsubscribed) == ("cancelled", 0)
    assert set(gone) < following(account)
