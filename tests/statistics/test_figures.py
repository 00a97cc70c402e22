"""What is read from the kept figures is what counting the subscriptions by hand gives."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from followers.models import Channel, OfficialAccount, Subscription
from followers.statistics import days, figures, retention
from followers.statistics.days import DayRange
from followers.statistics.meanings import MEANINGS
from followers.statistics.periods import By

DAY = timedelta(days=1)
SPRING = DayRange(date(2024, 3, 1), date(2024, 4, 30))


def began(period: DayRange) -> list[Subscription]:
    rows = Subscription.objects.exclude(began_at=None)
    return [row for row in rows if timezone.localdate(row.began_at) in set(period)]


def ended(period: DayRange) -> list[Subscription]:
    rows = Subscription.objects.exclude(ended_at=None)
    return [row for row in rows if timezone.localdate(row.ended_at) in set(period)]


def test_every_day_has_a_row_that_leads_to_the_next(counted):
    rows = figures.by_day([counted], SPRING)
    assert [row.date for row in rows] == list(SPRING)
    joined = Counter(timezone.localdate(row.began_at) for row in began(SPRING))
    left = Counter(timezone.localdate(row.ended_at) for row in ended(SPRING))
    assert {row.date: row.joined for row in rows if row.joined} == joined
    assert {row.date: row.left for row in rows if row.left} == left
    assert all(row.net == row.joined - row.left for row in rows)
    for one, other in pairwise(rows):
        assert other.net == other.total - one.total


def test_the_total_is_counted_back_from_those_of_now(counted):
    last = figures.by_day([counted], SPRING)[-1]
    end = datetime.combine(SPRING.last + DAY, datetime.min.time(), timezone.get_current_timezone())
    rows = Subscription.objects.all()
    then = [
        row
        for row in rows
        if (row.began_at is None or row.began_at < end)
        and not (row.ended_at and row.ended_at < end)
    ]
    assert last.total == len(then)


def test_without_a_number_of_followers_no_total_is_claimed(counted):
    OfficialAccount.objects.update(following=None)
    counted.refresh_from_db()
    assert {row.total for row in figures.by_day([counted], SPRING)} == {None}


def test_by_source(counted):
    joined = Counter(row.source for row in began(SPRING))
    left = Counter(row.source for row in ended(SPRING))
    rows = figures.by_source([counted], SPRING)
    assert {row.source: (row.joined, row.left) for row in rows} == {
        source: (joined[source], left[source]) for source in joined | left
    }
    assert [row.joined for row in rows] == sorted((row.joined for row in rows), reverse=True)


def test_by_channel(counted):
    Channel.objects.create(account=counted, scene="7", name="Store", group="Stores")
    joined = Counter(row.scene for row in began(SPRING))
    left = Counter(row.scene for row in ended(SPRING))
    gone = Counter(row.scene for row in began(SPRING) if row.ended_at)
    rows = figures.by_channel(counted, SPRING)
    assert {row.scene: row[3:] for row in rows} == {
        scene: (joined[scene], joined[scene], left[scene], joined[scene] - gone[scene])
        for scene in ("7", "store")
    }
    names = {row.scene: (row.channel, row.group) for row in rows}
    assert names == {"7": ("Store", "Stores"), "store": ("", "")}
    assert figures.channels([counted], SPRING, limit=1) == [(counted.pk, rows[0])]


def test_retention_by_week(counted):
    weeks = retention.retention([counted], SPRING, By.WEEK)
    assert [(week.days.first, week.days.last) for week in weeks][:2] == [
        (date(2024, 3, 1), date(2024, 3, 3)),
        (date(2024, 3, 4), date(2024, 3, 10)),
    ]
    assert weeks[-1].days.last == SPRING.last
    for week in weeks:
        rows = began(week.days)
        assert week.joined == len(rows)
        for number, stayed in week.after.items():
            left = [row for row in rows if row.ended_at and lasted(row) < number * 86_400]
            assert (stayed.joined, stayed.stayed) == (len(rows), len(rows) - len(left))


def test_retention_by_month_is_that_of_its_days(counted):
    months = retention.retention([counted], SPRING, By.MONTH)
    days = retention.retention([counted], SPRING, By.DAY)
    assert [month.days.last for month in months] == [date(2024, 3, 31), date(2024, 4, 30)]
    for month in months:
        inside = [it for it in days if it.days.first in set(month.days)]
        for number, stayed in month.after.items():
            assert stayed.stayed == sum(it.after[number].stayed for it in inside)
            assert stayed.joined == sum(it.after[number].joined for it in inside)


def test_retention_by_channel(counted):
    Channel.objects.create(account=counted, scene="7", name="Store", group="Stores")
    found = retention.retention_by_channel([counted], SPRING)
    assert {(it.scene, it.channel, it.group) for it in found} == {
        ("7", "Store", "Stores"),
        ("store", "", ""),
    }
    for it in found:
        rows = [row for row in began(SPRING) if row.scene == it.scene]
        assert it.joined == len(rows)
        for number, stayed in it.after.items():
            left = [row for row in rows if row.ended_at and lasted(row) < number * 86_400]
            assert (stayed.joined, stayed.stayed) == (len(rows), len(rows) - len(left))
    assert retention.retention_by_channel([counted], SPRING, limit=1) == found[:1]


def test_a_channel_s_days_count_once_their_time_has_passed(counted, monkeypatch):
    monkeypatch.setattr(retention, "db_now", lambda: datetime(2024, 3, 20, 12, tzinfo=UTC))
    march = DayRange(date(2024, 3, 1), date(2024, 3, 20))
    passed = timezone.localdate(datetime(2024, 3, 13, 12, tzinfo=UTC))
    for it in retention.retention_by_channel([counted], march):
        rows = [row for row in began(march) if row.scene == it.scene]
        old = [row for row in rows if timezone.localdate(row.began_at) < passed]
        assert (it.joined, it.after[7].joined) == (len(rows), len(old))


def lasted(row: Subscription) -> int:
    return int(row.ended_at.timestamp()) - int(row.began_at.timestamp())


def test_only_days_whose_time_has_passed_count_for_retention(counted, monkeypatch):
    now = datetime(2024, 3, 20, 12, tzinfo=UTC)
    monkeypatch.setattr(retention, "db_now", lambda: now)
    march = DayRange(date(2024, 3, 1), date(2024, 3, 20))
    for number in (1, 7):
        found = sum(
            week.after[number].joined for week in retention.retention([counted], march, By.WEEK)
        )
        passed = timezone.localdate(now - number * DAY)
        assert found == sum(timezone.localdate(row.began_at) < passed for row in began(march))
    cohorts = retention.retention([counted], march, By.WEEK)
    assert {week.after[90].joined for week in cohorts} == {0}


@pytest.mark.parametrize(
    "read",
    [
        lambda account, days: figures.by_day([account], days),
        lambda account, days: figures.by_source([account], days),
        figures.by_channel,
        lambda account, days: retention.retention([account], days, By.MONTH),
        lambda account, days: retention.retention_by_channel([account], days),
    ],
)
def test_one_statement_reads_a_table(counted, django_assert_max_num_queries, read):
    """PostgreSQL is asked for the time as well."""
    with django_assert_max_num_queries(2):
        read(counted, SPRING)


def test_several_periods_are_read_at_once(counted, django_assert_num_queries):
    periods = [SPRING, SPRING.before(), DayRange(date(2024, 4, 15), date(2024, 5, 15))]
    with django_assert_num_queries(1):
        found = figures.by_days_of_each([counted], periods)
    assert found == [figures.by_day_of_each([counted], days) for days in periods]


def test_another_account_has_figures_of_its_own(counted):
    other = OfficialAccount.objects.create(name="Other", app_id="wx0000000000000001")
    assert figures.by_source([other], SPRING) == figures.by_channel(other, SPRING) == []
    assert {row[1:] for row in figures.by_day([other], SPRING)} == {(0, 0, 0, None)}


def test_each_number_is_explained():
    shown = {*figures.DayRow._fields, *figures.SourceRow._fields, *figures.ChannelRow._fields}
    assert shown - {"date", "source", "scene", "channel", "group"} <= set(MEANINGS)


# --- which days -----------------------------------------------------------------------------------


def test_days_begin_after_the_baseline_and_end_today(account, monkeypatch):
    now = datetime(2024, 3, 20, 17, tzinfo=UTC)
    monkeypatch.setattr(days, "db_now", lambda: now)
    assert days.days_with_figures(account) is None
    account.baseline_at = datetime(2024, 3, 1, 17, tzinfo=UTC)
    assert days.days_with_figures(account) == DayRange(date(2024, 3, 3), date(2024, 3, 21))
    early, late = date(1, 1, 1), date(9999, 12, 31)
    assert days.days_with_figures(account, early, late) == DayRange(
        date(2024, 3, 2), date(2024, 3, 21)
    )
    assert days.days_with_figures(account, None, date(2024, 3, 2)) is None


def test_what_is_counted_already_is_not_counted_again(account, settings):
    account.baseline_at = datetime(2024, 3, 1, tzinfo=UTC)
    account.save()
    assert days.count_if_needed(account)
    assert not days.count_if_needed(account)
    settings.TIME_ZONE = "UTC"
    assert days.count_if_needed(account)
    assert account.statistics_zone == "UTC"
