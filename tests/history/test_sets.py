"""Rows that are written in sets are those that the fold gives."""

from datetime import timedelta

import pytest

from followers.history.news import add_news
from followers.history.observations import Absent
from followers.history.periods import FoundBy
from followers.history.profiles import add_profiles
from followers.history.sets import add_followers, mark_absent, mark_resubscribed
from followers.models import Follower, Subscription
from followers.rows import followers
from tests.factories import begin

from .lives import moment
from .random_syncs import Syncs, record
from .stored import periods

NOON, LATER = moment(0), moment(1)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.mark.parametrize("seed", range(40))
def test_random_syncs_write_what_the_fold_gives(account, seed):
    syncs = Syncs(account, seed)
    for _ in range(6):
        syncs.move()
        syncs.sync()
        syncs.check()


def row(openid="a"):
    return Follower.objects.get(openid=openid)


@pytest.fixture
def listed(account):
    """Somebody of the first list."""
    return followers.insert(account.pk, ["a"], NOON)


def test_leaving_is_written_once_with_its_bounds(account, listed):
    absence = Absent(LATER, LATER + MINUTE)
    assert mark_absent(account.pk, listed, absence) == listed
    assert mark_absent(account.pk, listed, Absent(LATER + DAY, LATER + DAY)) == []
    a = row()
    assert (a.subscribed, a.unsubscribed_at, a.status_as_of) == (False, LATER, LATER)
    (period,) = periods(a)
    assert (period.began_at, period.ended_at, period.ended_by) == (None, LATER, FoundBy.SYNC)
    assert (period.ended_after, period.ended_before) == (NOON, LATER + MINUTE)
    assert not period.ended_confirmed


def test_an_answer_is_as_of_its_asking(account, listed):
    mark_absent(account.pk, listed, Absent(LATER, LATER + MINUTE, confirmed=True))
    a = row()
    assert (a.unsubscribed_at, a.status_as_of) == (LATER, LATER + MINUTE)
    assert periods(a)[0].ended_confirmed


def test_whoever_was_seen_during_the_walk_has_left_by_the_asking(account, listed):
    seen_at = LATER + MINUTE
    Follower.objects.update(status_as_of=seen_at)
    assert mark_absent(account.pk, listed, Absent(LATER, seen_at + MINUTE)) == []
    asked_at = seen_at + MINUTE
    assert mark_absent(account.pk, listed, Absent(LATER, asked_at, confirmed=True)) == listed
    assert row().unsubscribed_at == asked_at
    assert periods(row())[0].ended_after == seen_at


def test_coming_back_keeps_when_they_left(account, listed):
    mark_absent(account.pk, listed, Absent(LATER, LATER))
    back = LATER + DAY
    assert mark_resubscribed(account.pk, listed, back) == listed
    assert mark_resubscribed(account.pk, listed, back + DAY) == []
    a = row()
    assert (a.subscribed, a.unsubscribed_at, a.status_as_of) == (True, LATER, back)
    _, again = periods(a)
    assert (again.began_at, again.began_by, again.began_after) == (back, FoundBy.SYNC, LATER)


@pytest.mark.parametrize("at", [NOON - timedelta(microseconds=1), NOON])
@pytest.mark.parametrize("subscribed", [True, False])
def test_knowledge_that_is_not_newer_changes_nothing(account, listed, at, subscribed):
    Follower.objects.update(subscribed=subscribed)
    assert mark_absent(account.pk, listed, Absent(at, at, confirmed=True)) == []
    assert mark_resubscribed(account.pk, listed, at) == []
    assert (row().subscribed, row().status_as_of) == (subscribed, NOON)
    assert not Subscription.objects.exists()


def test_how_somebody_of_the_first_list_began_is_read_off_their_profile(account, listed):
    since = NOON - DAY
    profile = {"subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene": 1043}
    Follower.objects.update(subscribe_time=since, **profile)
    mark_absent(account.pk, listed, Absent(LATER, LATER))
    (period,) = periods(row())
    assert (period.began_at, period.began_by) == (since, FoundBy.PROFILE)
    assert (period.source, period.scene) == ("ADD_SCENE_QR_CODE", "1043")


def test_a_later_profile_says_nothing_of_how_they_began(account, listed):
    Follower.objects.update(subscribe_time=NOON + MINUTE)
    mark_absent(account.pk, listed, Absent(LATER + DAY, LATER + DAY))
    assert periods(row())[0].began_at is None


def test_after_the_first_list_whoever_is_new_has_a_subscription(account):
    account.baseline_at, account.listed_at = NOON, NOON - MINUTE
    account.save()
    add_followers(account.pk, ["b"], LATER)
    (period,) = periods(row("b"))
    assert (period.began_at, period.began_by, period.ended_at) == (LATER, FoundBy.SYNC, None)
    assert period.began_after == NOON - MINUTE


def test_whoever_left_within_a_minute_of_their_profile_has_left(account):
    """The profile was read before they were asked about: by our clock alone, that is the order."""
    account.baseline_at = NOON - DAY
    account.save()
    ids = add_followers(account.pk, ["b"], NOON)
    since, asked_at = NOON - timedelta(seconds=2), NOON + timedelta(seconds=5)
    add_profiles(account.pk, [record(ids[0], since, "ADD_SCENE_SEARCH")], asked_at)
    assert periods(row("b"))[0].began_at == since
    absence = Absent(asked_at + MINUTE / 6, asked_at + MINUTE / 3, confirmed=True)
    assert mark_absent(account.pk, ids, absence) == ids
    assert not row("b").subscribed
    # Folded again from what is stored, it is the same.
    add_news(account.pk, {ids[0]: [Absent(NOON + DAY, NOON + DAY)]})
    assert [it.ended_at for it in periods(row("b"))] == [absence.start]


def test_a_row_that_is_open_already_stays(account, listed):
    begin(row(), NOON)
    Follower.objects.update(subscribed=False)
    assert mark_resubscribed(account.pk, listed, LATER) == listed
    assert [it.began_at for it in periods(row())] == [NOON]
