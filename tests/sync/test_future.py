"""A clock that was ahead: nothing can be known from the future, and nothing is put off by it."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone, translation

from followers.accounts import usage
from followers.accounts.client import StoredTokens
from followers.admin.accounts.panel import recount_lines
from followers.admin.followers.subscription_events import subscription_events
from followers.history import backdating, recount
from followers.history.periods import FoundBy
from followers.imports import waiting
from followers.models import (
    EPOCH,
    AccessToken,
    ApiUsage,
    DailyFigures,
    Follower,
    ImportFile,
    OfficialAccount,
    Subscription,
    SyncRun,
)
from followers.rows import followers, memberships
from followers.rows.clock import db_now
from followers.rows.dialect import dialect
from followers.runs import engine, lease, worker_groups
from followers.runs.messages import describe
from followers.sync import review
from followers.sync.progress import current_stage
from followers.sync.refresh import refresh_profiles
from followers.sync.state import ListingState
from followers.wechat.tokens import AccessToken as FreshToken

from .driver import (
    FakeWeChat,
    begin,
    by_a_clock_that_was_ahead,
    counts,
    drive,
    following,
    stage_of,
    step,
    sync,
)
from .truth import BATCHGET, blocked, notes, run_of, stage, start, tags_here, tags_there

DAY = timedelta(days=1)
AHEAD = [timedelta(minutes=3), timedelta(hours=12), DAY, timedelta(days=400)]


@pytest.mark.parametrize("by", AHEAD)
def test_later_syncs_are_exact(account, wechat, by):
    sync(account)
    by_a_clock_that_was_ahead(by)
    wechat.people.leave(5)
    wechat.people.join(3)
    run = sync(account)
    assert (run.status, counts(run)) == (
        "succeeded",
        {"added": 3, "unsubscribed": 5, "unchanged": 18},
    )
    assert following(account) == wechat.followers()
    returned = wechat.people.come_back(2)
    run = sync(account)
    assert (run.status, run.resubscribed) == ("succeeded", len(returned))
    assert following(account) == wechat.followers()


def test_no_follower_has_left_tomorrow(account, wechat):
    sync(account)
    wechat.people.leave(5)
    sync(account)
    wechat.people.come_back(1)
    sync(account)
    by_a_clock_that_was_ahead()
    sync(account)
    now = db_now()
    for field in ("status_as_of", "first_seen_at", "unsubscribed_at", "details_synced_at"):
        assert not Follower.objects.filter(**{f"{field}__gt": now}).exists()
    for field in ("began_at", "began_after", "ended_at", "ended_after", "ended_before"):
        assert not Subscription.objects.filter(**{f"{field}__gt": now}).exists()
    assert Subscription.objects.count() == 6


def endings_told():
    """What the timeline says of each ending, without its times."""
    return {
        row.pk: event.hint.split(" Between")[0]
        for row in Follower.objects.filter(subscribed=False)
        for event in subscription_events(row)
        if event.kind == "gone"
    }


def test_the_history_still_says_how_it_was_known(account, wechat):
    """Who was missing from a list was not asked about one by one: the page compares the times."""
    wechat.fault("48001", path=BATCHGET)
    sync(account)
    wechat.people.leave(3)
    sync(account)
    before = endings_told()
    assert len(before) == 3
    assert len({*before.values()}) == 1
    by_a_clock_that_was_ahead()
    sync(account)
    assert endings_told() == before


@pytest.fixture
def changed(account, wechat):
    """Somebody of yesterday whose beginning WeChat has told, and three who left unnoticed."""
    sync(account)
    wechat.people.leave(3)
    sync(account)
    joined = wechat.people.join(2)
    sync(account)
    rows = Subscription.objects.filter(follower__openid__in=joined)
    assert rows.update(began_by=FoundBy.PROFILE, began_at=db_now().replace(microsecond=0)) == 2
    recount.recount(account.pk)
    return account


def history_of(account):
    return list(Subscription.objects.filter(account=account).order_by("pk").values())


def test_a_clock_that_is_behind_changes_no_history(changed, wechat, caplog, monkeypatch):
    """Times later than now are right then, as WeChat's own show, and so are the figures."""
    before, figures = history_of(changed), list(DailyFigures.objects.order_by("pk").values())
    status = {row.pk: row.status_as_of for row in Follower.objects.all()}
    with monkeypatch.context() as patch:
        late = lambda: timezone.now() - 2 * DAY  # noqa: E731
        patch.setattr(dialect(), "now", late)
        with transaction.atomic():
            backdating.backdate_followers(changed.pk, late())
    assert "clock is behind" in caplog.text
    assert history_of(changed) == before
    assert list(DailyFigures.objects.order_by("pk").values()) == figures
    assert {row.pk: row.status_as_of for row in Follower.objects.all()} == status
    run = sync(changed)
    assert (run.status, following(changed)) == ("succeeded", wechat.followers())


def test_figures_that_a_wrong_clock_has_changed_are_told(account, wechat):
    sync(account)
    wechat.people.leave(3)
    sync(account)
    by_a_clock_that_was_ahead(2 * DAY)
    OfficialAccount.objects.update(baseline_at=account.created_at - DAY)
    recount.recount(account.pk)
    OfficialAccount.objects.update(statistics_problem=None)
    sync(account)
    account.refresh_from_db()
    assert account.statistics_problem["by_clock"] is True
    assert account.statistics_problem["days"] == 2
    with translation.override("en"):
        assert "clock was wrong" in recount_lines(account)[-1]


@pytest.mark.parametrize("by", AHEAD)
def test_the_baseline_is_not_tomorrow(account, wechat, by):
    """Or there would be no figures until then, and newcomers would count as of the first list."""
    sync(account)
    by_a_clock_that_was_ahead(by)
    wechat.people.join(4)
    sync(account)
    account.refresh_from_db()
    assert account.baseline_at <= db_now()
    assert account.listed_at <= db_now()
    assert sum(DailyFigures.objects.values_list("joined", flat=True)) == 4
    assert recount.check(account.pk) == recount.Recount(was_new=False, days=0, following=None)


@pytest.mark.parametrize("slices", range(1, 7))
def test_a_run_goes_on_with_the_right_time(account, wechat, slices):
    """In each of its phases: the walk that has begun tomorrow begins again."""
    sync(account)
    wechat.people.leave(4)
    run = step(begin(account)[0], slices)
    by_a_clock_that_was_ahead()
    wechat.people.leave(2)
    wechat.people.join(1)
    run = drive(run)
    assert run.status == "succeeded"
    assert ListingState.load(stage_of(run)).restarts == 0
    assert sync(account).status == "succeeded"
    assert following(account) == wechat.followers()


def test_a_walk_that_began_tomorrow_removes_nobody_who_came_meanwhile(account, wechat):
    """The list was read to its end; without permission to ask, it would be believed."""
    wechat.fault("48001", path=BATCHGET)
    sync(account)
    run, _created = begin(account)
    while stage_of(run).phase != "decide":
        step(run)
    by_a_clock_that_was_ahead()
    now = db_now()
    followers.insert(account.pk, wechat.people.join(3), now)
    assert drive(run).status == "succeeded"
    assert following(account) == wechat.followers()


def test_who_was_asked_after_a_walk_that_began_tomorrow_is_asked_again(account, wechat, settings):
    settings.DETAILS_BATCH = settings.DETAILS_CALLS_AT_ONCE = 1
    sync(account)
    wechat.people.leave(4)
    run, _created = begin(account)
    while ListingState.load(stage_of(run)).asked < 2:
        step(run)
    by_a_clock_that_was_ahead()
    run = drive(run)
    assert (run.status, following(account)) == ("succeeded", wechat.followers())
    state = ListingState.load(stage_of(run))
    # Two of the four were marked as having left before the walk began again.
    assert (state.asked, state.gone) == (2, 2)


def test_an_answer_to_a_walk_that_began_tomorrow_counts_no_more(account, connect, queue):
    wechat = connect(FakeWeChat(100, page_size=100))
    sync(account)
    wechat.people.leave(30)
    run = sync(account)
    assert review.apply(run)
    by_a_clock_that_was_ahead()
    run = drive(run)
    assert (run.status, run.reason, run.unsubscribed) == ("review", "shrunk", 0)


def test_what_was_learned_meanwhile_is_still_newer(account, wechat):
    """Dating back spares what is dated after the walk's start and not after now."""
    sync(account)
    by_a_clock_that_was_ahead()
    run = step(begin(account)[0])
    # Of the page that was read already.
    someone = wechat.people.page_after(-1, 1).openids[0]
    Follower.objects.filter(openid=someone).update(subscribed=False, status_as_of=db_now())
    run = drive(run)
    assert run.status == "succeeded"
    assert someone not in following(account)


def test_a_wait_that_was_decided_tomorrow_is_over(account, wechat):
    run, _ = begin(account)
    wechat.fault("45009")
    run = step(run)
    assert run.status == "waiting"
    assert engine.redeliver_due_runs() == 0
    by_a_clock_that_was_ahead(timedelta(hours=2))
    wechat.clear()
    SyncRun.objects.update(redeliver_at=EPOCH)
    assert engine.redeliver_due_runs() == 1
    assert step(run).status == "running"
    assert drive(run).status == "succeeded"


def test_a_lease_until_tomorrow_is_over(account, wechat, queue):
    run, _ = begin(account)
    assert lease.claim(SyncRun, run.pk, run.ticket)
    queue.sent.clear()
    assert engine.redeliver_due_runs() == 0
    assert worker_groups.is_owner_active(lease.current_owner(), 60)
    by_a_clock_that_was_ahead()
    assert not worker_groups.is_owner_active(lease.current_owner(), 60)
    assert engine.redeliver_due_runs() == 1
    assert engine.redeliver_due_runs() == 0
    assert drive(run).status == "succeeded"


def test_a_progress_of_tomorrow_is_no_sign_of_life(account, wechat):
    step(begin(account)[0])
    assert worker_groups.is_owner_active(lease.current_owner(), 60)
    by_a_clock_that_was_ahead()
    assert not worker_groups.is_owner_active(lease.current_owner(), 60)


def test_a_token_of_tomorrow_is_asked_for_again(account):
    fetched = []

    def fetch():
        fetched.append(f"token-{len(fetched)}")
        return FreshToken(fetched[-1], 7200)

    store = StoredTokens(account.pk)
    assert [store.current(fetch), store.current(fetch)] == ["token-0", "token-0"]
    by_a_clock_that_was_ahead()
    assert store.current(fetch) == "token-1"
    AccessToken.objects.update(value="", use_until=EPOCH, fetching_until=db_now() + DAY)
    assert store.current(fetch) == "token-2"


def test_all_details_are_read_again_once(account, wechat):
    run_of(account)
    run = start(account, "details", refresh_details=True)
    by_a_clock_that_was_ahead()
    wechat.calls.clear()
    assert drive(run, 40).status == "succeeded"
    assert sum(wechat.calls.values()) <= 2
    run.refresh_from_db()
    assert run.created_at <= run.started_at <= db_now()
    assert Follower.objects.filter(details_synced_at__lte=db_now()).count() == 23


def test_a_person_is_refreshed_at_once(account, wechat, monkeypatch):
    run_of(account)
    by_a_clock_that_was_ahead()
    monkeypatch.setattr("followers.sync.refresh.client_for", wechat.client_for)
    one, *gone = following(account)
    wechat.account.console.change(one, remark="new")
    wechat.people.leave(gone[:1])
    assert refresh_profiles(account, Follower.objects.values_list("pk", flat=True)[:100]) is None
    assert Follower.objects.get(openid=one).remark == "new"
    assert following(account) == wechat.followers()


def test_tags_and_blacklist_are_mirrored(account, connect, queue):
    wechat = connect(FakeWeChat(90, page_size=15, tags=2, tag_percent=33))
    run_of(account, "listing", "tags", "blacklist")
    by_a_clock_that_was_ahead()
    someone = sorted(wechat.followers())[:3]
    for openid in someone:
        wechat.account.console.change(openid, blacklisted=True)
    run = run_of(account, "tags", "blacklist")
    assert (run.status, notes(run)) == ("succeeded", {})
    assert tags_here(account) == tags_there(wechat)
    assert blocked(account) == set(someone)


@pytest.mark.parametrize("slices", range(1, 16, 2))
def test_tags_go_on_with_the_right_time(account, connect, queue, slices):
    wechat = connect(FakeWeChat(60, page_size=15, tags=2, tag_percent=33))
    run_of(account, "listing")
    run = step(start(account, "tags", "blacklist"), slices)
    by_a_clock_that_was_ahead()
    begun = current_stage(run.stages.all())
    row = step(run).stages.get(pk=begun.pk)
    assert row.status == "done" or row.walk_started_at <= db_now()
    run = drive(run)
    assert (run.status, notes(run)) == ("succeeded", {})
    assert tags_here(account) == tags_there(wechat)
    assert stage(run, "tags").done <= stage(run, "tags").total


def test_calls_of_days_to_come_were_made_today(account):
    for days, calls in ((0, 5), (1, 7), (400, 1)):
        ApiUsage.objects.create(
            account=account,
            day=usage.beijing_today() + timedelta(days=days),
            path="/x",
            calls=calls,
        )
    begin(account)
    assert list(ApiUsage.objects.values_list("day", "calls")) == [(usage.beijing_today(), 13)]


def test_an_upload_of_tomorrow_is_kept_for_a_day(account, admin_user):
    upload = ImportFile.objects.create(
        account=account,
        uploaded_by=admin_user,
        name="a.csv",
        content=b"",
        report={},
        digest="",
        options={},
        uploaded_at=timezone.now() + timedelta(days=400),
    )
    waiting.forget_old()
    upload.refresh_from_db()
    assert upload.uploaded_at <= timezone.now()


# --- the check --------------------------------------------------------------------------------


@pytest.fixture
def differing(account, wechat, monkeypatch):
    """A run whose list and rows do not agree: 4 have left and 2 come back, unnoticed.

    Nothing was dated back, so that what is known from the future is newer than its walk.
    """
    sync(account)
    wechat.people.leave(3)
    sync(account)
    by_a_clock_that_was_ahead()
    back = wechat.people.come_back(2)
    wechat.people.leave([openid for openid in sorted(wechat.followers()) if openid not in back][:4])
    with monkeypatch.context() as patch:
        patch.setattr("followers.sync.listing.backdate_followers", lambda *whom: None)
        return sync(account)


def test_a_list_that_does_not_agree_is_for_a_person(account, wechat, differing):
    assert (differing.status, differing.reason) == ("review", "differs")
    facts = differing.error_params
    assert (facts["here"], facts["listed"], facts["newer"]) == (20, 18, 0)
    assert (facts["gone"], facts["missing"]) == (4, 2)
    assert following(account) != wechat.followers()
    assert len(review.load_evidence(differing).sample) == 6
    with translation.override("en"):
        assert "20 people follow here, but WeChat listed 18" in describe(differing).meaning
        assert "clock" in describe(differing).advice


def test_the_next_sync_answers_the_question(account, wechat, differing):
    assert sync(account).status == "succeeded"
    assert following(account) == wechat.followers()
    differing.refresh_from_db()
    assert (differing.status, differing.reason) == ("cancelled", "superseded")


def test_the_list_is_believed_when_a_person_says_so(account, wechat, differing):
    assert review.apply(differing)
    run = drive(differing)
    assert (run.status, counts(run)) == (
        "succeeded",
        {"resubscribed": 2, "unsubscribed": 4, "unchanged": 16},
    )
    assert following(account) == wechat.followers()


def test_the_difference_is_left_as_it_is(account, differing):
    before = following(account)
    assert review.discard(differing)
    differing.refresh_from_db()
    assert (differing.status, differing.reason) == ("cancelled", "kept")
    assert following(account) == before


def test_whom_newer_knowledge_explains_is_no_difference(account, wechat):
    """An unfollow and a return that became known while the list was read."""
    wechat.people.leave(3)
    sync(account)
    run = step(begin(account)[0], 2)
    for openid, subscribed in ((min(following(account)), False), ("o" + "x" * 27, True)):
        Follower.objects.update_or_create(
            account=account,
            openid=openid,
            defaults={"subscribed": subscribed, "status_as_of": db_now()},
            create_defaults={"first_seen_at": db_now(), "status_as_of": db_now()},
        )
    Follower.objects.filter(openid=max(following(account) - {"o" + "x" * 27})).delete()
    run = drive(run)
    assert (run.status, run.reason) == ("succeeded", "")


@pytest.fixture
def careless(monkeypatch, account, connect, queue):
    """A mirror that forgets one of those whom it stores."""
    wechat = connect(FakeWeChat(60, page_size=15, tags=2, tag_percent=33))
    run_of(account, "listing")
    tag, block = memberships.add_tag, followers.set_blacklisted
    monkeypatch.setattr(memberships, "add_tag", lambda tag_id, ids: tag(tag_id, list(ids)[1:]))
    forgetful = lambda ids, value: block(list(ids)[1:] if value else ids, value)  # noqa: E731
    monkeypatch.setattr(followers, "set_blacklisted", forgetful)
    return wechat


def test_tags_that_do_not_agree_are_named(account, careless):
    run = run_of(account, "tags")
    assert (run.status, notes(run)) == ("succeeded", {"tags": "differing_tags"})
    names = [name for name, tagged in tags_there(careless).values() if tagged]
    with translation.override("en"):
        assert all(name in describe(stage(run, "tags")).meaning for name in names)


def test_a_blacklist_that_does_not_agree_is_told(account, careless):
    for openid in sorted(careless.followers())[:3]:
        careless.account.console.change(openid, blacklisted=True)
    run = run_of(account, "blacklist")
    assert (run.status, notes(run)) == ("succeeded", {"blacklist": "kept_differs"})
    with translation.override("en"):
        assert describe(stage(run, "blacklist")).meaning.startswith("1 people are stored")


def test_members_who_were_deleted_meanwhile_are_no_difference(account, connect, queue):
    wechat = connect(FakeWeChat(60, page_size=15, tags=2, tag_percent=33))
    run_of(account, "listing")
    run = step(start(account, "tags"), 3)
    tagged = next(iter(tags_there(wechat).values()))[1]
    Follower.objects.filter(openid__in=sorted(tagged)[:2]).delete()
    run = drive(run)
    assert run.status == "succeeded"
    assert "tags" not in notes(run)
