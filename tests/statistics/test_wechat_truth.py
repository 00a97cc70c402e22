"""Where nothing was lost, our figures are WeChat's record: by day, by source, and the totals."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from django.db import transaction

from followers.history.news import add_news
from followers.history.observations import SubscribeEvent, UnsubscribeEvent
from followers.history.profiles import add_profiles
from followers.history.recount import complete_list
from followers.history.sets import add_followers
from followers.models import Follower, OfficialAccount, WeChatFigures
from followers.rows import profiles
from followers.statistics import figures
from followers.statistics.days import DayRange
from followers.statistics.wechat_days import differences, wechat_days
from tests.history.stored import assert_figures
from tests.history.told_world import Stay, record

from .wechat import DAY, SOURCES

DAYS = 200


def stays(morning):
    """Everybody's life in WeChat's record."""
    return {
        openid: [Stay(moment(it.began), moment(it.ended), it.source, it.scene) for it in periods]
        for openid, periods in morning.sandbox.lives().items()
        if periods
    }


def moment(seconds):
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def read_first_list(morning, lives):
    """At noon, with everybody's profile."""
    account, at = morning.account, morning.account.baseline_at
    OfficialAccount.objects.update(baseline_at=None, statistics_zone="", following=None)
    found = {openid: it for openid, all_ in lives.items() for it in all_ if it.holds(at)}
    add_followers(account.pk, found, at)
    rows = Follower.objects.values_list("openid", "pk")
    records = [record(pk, found[openid]) for openid, pk in rows]
    asked_at = at + timedelta(seconds=1)
    add_profiles(account.pk, records, asked_at)
    profiles.write_details(records, asked_at)
    now, morning.clock.now = morning.clock.now, asked_at
    complete_list(account.pk, at, is_whole=True)
    morning.clock.now = now


def tell_events(morning, lives):
    """Of everything since; a list names whoever is new in the second in which they follow."""
    pks = dict(Follower.objects.values_list("openid", "pk"))
    since, news = morning.account.baseline_at, {}
    for openid, periods in lives.items():
        told = [event for it in periods for event in events(it) if event.at > since]
        if told and openid not in pks:
            [pks[openid]] = add_followers(morning.account.pk, [openid], told[0].at)
        if told:
            news[pks[openid]] = told
    add_news(morning.account.pk, news)


def events(stay):
    yield SubscribeEvent(stay.began, stay.source, stay.scene)
    if stay.ended:
        yield UnsubscribeEvent(stay.ended)


def test_whoever_is_told_everything_counts_what_wechat_counts(morning):
    morning.begin(DAYS)
    lives = stays(morning)
    with transaction.atomic():
        read_first_list(morning, lives)
        tell_events(morning, lives)
    morning.account.refresh_from_db()
    assert_figures(morning.account)
    morning.fetch_all()
    days = DayRange(morning.first + DAY, morning.clock.yesterday)
    ours = figures.by_day([morning.account], days)
    found = differences(ours, wechat_days(morning.account, days))
    assert len(found) == DAYS
    assert {(row.joined, row.left, row.total) for row in found} == {(0, 0, 0)}
    assert sum(row.left for row in ours) > 30
    assert by_source(morning.account, days) == wechats(morning.account, days)


def by_source(account, days):
    """Ours, by day and WeChat's number of the source: joined, left."""
    found = Counter()
    for day in days:
        for row in figures.by_source([account], DayRange(day, day)):
            number = SOURCES.get(row.source, 0)
            found[day, number, "joined"] += row.joined
            found[day, number, "left"] += row.left
    return +found


def wechats(account, days):
    found = Counter()
    rows = WeChatFigures.objects.filter(account=account, day__range=(days.first, days.last))
    for row in rows:
        found[row.day, row.source, "joined"] += row.joined
        found[row.day, row.source, "left"] += row.left
    return +found
