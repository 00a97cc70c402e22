"""News of single followers, folded with what their rows know."""

from datetime import timedelta

import pytest

from followers.history.news import Moved, add_news
from followers.history.observations import (
    Absent,
    Listed,
    Profile,
    ScanEvent,
    SubscribeEvent,
    UnsubscribeEvent,
)
from followers.history.periods import FoundBy
from followers.history.sets import add_followers, mark_absent
from followers.models import DailyFigures, Follower, HourlyFigures, OfficialAccount, Subscription
from followers.rows import followers
from tests.factories import begin, end

from .lives import moment
from .stored import assert_figures, assert_history, periods

NOON = moment(0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def account(account):
    """After its first list, at noon, of a and b."""
    for openid in "ab":
        followers.insert(account.pk, [openid], NOON - HOUR)
    account.baseline_at, account.listed_at = NOON, NOON - 2 * HOUR
    account.following, account.statistics_zone = 2, "Asia/Shanghai"
    account.save()
    return account


def tell(account, *news, openid="a"):
    row = Follower.objects.get(openid=openid)
    moved = add_news(account.pk, {row.pk: news})
    row.refresh_from_db()
    assert_history(row)
    assert_figures(account)
    return row, moved


def test_an_unsubscribe_and_a_return(account):
    row, moved = tell(account, UnsubscribeEvent(NOON + HOUR))
    assert moved == Moved(left=[row.pk])
    assert (row.subscribed, row.unsubscribed_at) == (False, NOON + HOUR)
    row, moved = tell(account, SubscribeEvent(NOON + DAY, "ADD_SCENE_QR_CODE", "7"))
    assert moved == Moved(returned=[row.pk])
    first, second = periods(row)
    assert (first.began_at, first.ended_at, first.ended_by) == (None, NOON + HOUR, FoundBy.EVENT)
    assert (second.began_at, second.scene, second.ended_at) == (NOON + DAY, "7", None)
    account.refresh_from_db()
    assert account.following == 2


def test_news_in_the_other_order_give_the_same_rows(account):
    events = [
        UnsubscribeEvent(NOON + HOUR),
        SubscribeEvent(NOON + DAY),
        UnsubscribeEvent(NOON + 2 * DAY),
    ]
    for event in events:
        one, _ = tell(account, event)
    for event in reversed(events):
        other, _ = tell(account, event, openid="b")
    assert [(it.began_at, it.ended_at) for it in periods(one)] == [
        (it.began_at, it.ended_at) for it in periods(other)
    ]
    assert len(periods(one)) == 2


def test_news_twice_change_nothing(account):
    tell(account, UnsubscribeEvent(NOON + HOUR))
    stored = list(Subscription.objects.values())
    _, moved = tell(account, UnsubscribeEvent(NOON + HOUR))
    assert (moved, list(Subscription.objects.values())) == (Moved(), stored)


def test_what_is_older_than_the_last_list_changes_the_past_alone(account):
    """Nobody's row is written for a list that agrees with it, so the account knows of it."""
    OfficialAccount.objects.update(listed_at=NOON + DAY)
    row, moved = tell(account, UnsubscribeEvent(NOON + HOUR))
    assert moved == Moved()
    assert row.subscribed
    assert [it.ended_at for it in periods(row)] == [NOON + HOUR, None]


def test_an_unsubscribe_during_the_walk_that_arrives_after_it(account):
    """A page listed them before; the walk left their row as it was."""
    OfficialAccount.objects.update(listed_at=NOON + HOUR)
    row, moved = tell(account, UnsubscribeEvent(NOON + HOUR + HOUR / 2))
    assert moved == Moved(left=[row.pk])


def test_an_unsubscribe_that_explains_what_a_walk_found(account):
    row = Follower.objects.get(openid="a")
    mark_absent(account.pk, [row.pk], Absent(NOON + HOUR, NOON + 2 * HOUR))
    row, moved = tell(account, UnsubscribeEvent(NOON + HOUR + HOUR / 2))
    (period,) = periods(row)
    assert (moved, period.ended_at, period.ended_by) == (
        Moved(),
        NOON + HOUR + HOUR / 2,
        FoundBy.EVENT,
    )


def test_agreeing_with_what_is_known_writes_no_row(account):
    row, moved = tell(account, Profile(NOON + HOUR, NOON - DAY), Listed(NOON + 2 * HOUR))
    assert (moved, periods(row)) == (Moved(), [])
    assert row.status_as_of == NOON + 2 * HOUR


def test_a_profile_tells_of_a_leaving_that_was_missed(account):
    row, moved = tell(account, Profile(NOON + DAY, NOON + HOUR, "ADD_SCENE_SEARCH"))
    first, second = periods(row)
    assert (first.ended_at, first.ended_by) == (NOON + HOUR, FoundBy.MISSED)
    assert (second.began_at, second.source) == (NOON + HOUR, "ADD_SCENE_SEARCH")
    assert row.unsubscribed_at == NOON + HOUR
    assert moved == Moved()


def test_a_profile_of_somebody_who_is_thought_to_have_left(account):
    row = Follower.objects.get(openid="a")
    mark_absent(account.pk, [row.pk], Absent(NOON + HOUR, NOON + 2 * HOUR, confirmed=True))
    row, moved = tell(account, Profile(NOON + DAY, NOON + 3 * HOUR))
    assert moved == Moved(returned=[row.pk])
    assert [it.began_at for it in periods(row)] == [None, NOON + 3 * HOUR]


def test_a_list_that_was_wrong_leaves_no_trace_when_the_profile_says_so(account):
    (pk,) = add_followers(account.pk, ["c"], NOON + HOUR)
    tell(account, Profile(NOON + 2 * HOUR, NOON + HOUR / 2), openid="c")
    mark_absent(account.pk, [pk], Absent(NOON + DAY, NOON + DAY + HOUR))
    row, _ = tell(account, Profile(NOON + 2 * DAY, NOON + HOUR / 2), openid="c")
    assert [(it.began_at, it.ended_at) for it in periods(row)] == [(NOON + HOUR / 2, None)]
    assert (row.subscribed, row.unsubscribed_at) == (True, None)


def test_the_first_sight_only_ever_becomes_earlier(account):
    add_followers(account.pk, ["c"], NOON + DAY)
    for event in (SubscribeEvent(NOON + HOUR), ScanEvent(NOON + 2 * DAY)):
        row, _ = tell(account, event, openid="c")
        assert row.first_seen_at == NOON + HOUR


def test_rows_written_by_hand_are_folded_all_the_same(account):
    """Somebody follows, and their only row has ended."""
    row = Follower.objects.get(openid="a")
    end(row, NOON + HOUR)
    Follower.objects.update(unsubscribed_at=NOON + HOUR, status_as_of=NOON + 2 * HOUR)
    account.following = 2
    row, moved = add_row(account, row, Listed(NOON + DAY))
    assert (row.subscribed, moved) == (True, Moved())
    begin_again = periods(row)[-1]
    assert (begin_again.began_by, begin_again.ended_at) == (FoundBy.SYNC, None)


def add_row(account, row, *news):
    moved = add_news(account.pk, {row.pk: news})
    row.refresh_from_db()
    return row, moved


def test_figures_move_with_the_beginning(account):
    """Found by a list on one day, and dated by the profile on the day before."""
    add_followers(account.pk, ["c"], NOON + DAY)
    tell(account, Profile(NOON + 2 * DAY, NOON + HOUR, "ADD_SCENE_SEARCH"), openid="c")
    joined = DailyFigures.objects.exclude(joined=0).values_list("day", "source", "joined")
    assert [(str(day), source, number) for day, source, number in joined] == [
        ("2024-01-01", "ADD_SCENE_SEARCH", 1)
    ]


def test_whoever_a_list_finds_has_an_hour_once_their_profile_is_read(account):
    """In Shanghai, it was eight in the morning when the first list was read."""
    add_followers(account.pk, ["c"], NOON + DAY)
    assert not HourlyFigures.objects.exists()
    tell(account, Profile(NOON + 2 * DAY, NOON + HOUR), openid="c")
    assert [(str(row.day), row.hour, row.joined) for row in HourlyFigures.objects.all()] == [
        ("2024-01-01", 9, 1)
    ]


def test_followers_of_another_account_are_left_alone(account):
    other = OfficialAccount.objects.create(name="Other", app_id="wx0000000000000001")
    row = Follower.objects.get(openid="a")
    assert add_news(other.pk, {row.pk: [UnsubscribeEvent(NOON + HOUR)]}) == Moved()
    assert not Subscription.objects.exists()


def test_a_few_statements_for_any_number_of_people(account, django_assert_max_num_queries):
    ids = add_followers(account.pk, [f"o{number}" for number in range(200)], NOON + HOUR)
    begin(Follower.objects.get(openid="a"), NOON)
    news = {pk: [Profile(NOON + DAY, NOON + HOUR / 2, "ADD_SCENE_SEARCH")] for pk in ids}
    with django_assert_max_num_queries(12):
        add_news(account.pk, news)
    assert_figures(account)
