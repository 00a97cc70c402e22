"""Whoever a figure counts is found by the filter, and nobody else."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from followers.admin.shared.urls import people_url
from followers.history.recount import recount
from followers.models import Follower, OfficialAccount, Subscription
from followers.segments import subscriptions
from followers.segments.query import FollowerQuery
from followers.statistics import figures
from followers.statistics.days import DayRange
from tests.factories import LONG_AGO, begin, end, follow
from tests.history.random_rows import SCENES, SOURCES, fill

DAY = timedelta(days=1)
SPRING = DayRange(date(2024, 3, 1), date(2024, 4, 30))
MARCH = DayRange(date(2024, 3, 1), date(2024, 3, 31))
ONE_DAY = DayRange(date(2024, 4, 7), date(2024, 4, 7))
EVER = DayRange(date(2023, 12, 1), date(2025, 12, 31))
ORIGINS = ["", "-", "--", "---", "a-b", " 7", "7 ", "7", "a&b=c#d+e%", "门店"]
PERIODS = [SPRING, MARCH, ONE_DAY, EVER]


def read_at_once(_monkeypatch: pytest.MonkeyPatch) -> None:
    """As for most."""


def collected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "MAX_READ", 0)
    monkeypatch.setattr(subscriptions.SubscriptionFilter, "_is_far_down", True)


def walked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "MAX_READ", 0)
    monkeypatch.setattr(subscriptions.SubscriptionFilter, "_is_far_down", False)


@pytest.fixture(params=[read_at_once, collected, walked])
def way(request, monkeypatch):
    """The three forms of the same condition."""
    request.param(monkeypatch)


@pytest.fixture(params=["Asia/Shanghai", "America/New_York"])
def filled(request, account, settings):
    """People who came and went up to three times; of another account, too."""
    settings.TIME_ZONE = request.param
    other = OfficialAccount.objects.create(name="Other", app_id="wx2", app_secret="s")
    with timezone.override(request.param):
        for number, it in enumerate((account, other)):
            fill(it, 100, seed=number)
            come_again(it, Random(number))
            recount(it.pk)
        account.refresh_from_db()
        yield account


def come_again(account: OfficialAccount, chance: Random) -> None:
    for _ in range(2):
        latest = Subscription.objects.filter(account=account, follower__subscribed=False)
        seen: set[int] = set()
        rows = []
        for row in latest.order_by("follower", "-pk"):
            # The random number is drawn for every row, and used for a follower's latest.
            if chance.random() < 0.6 and row.follower_id not in seen:
                rows.append(_next(row, chance))
            seen.add(row.follower_id)
        Subscription.objects.bulk_create(rows)
        back = [row.follower_id for row in rows if row.ended_at is None]
        Follower.objects.filter(pk__in=back).update(subscribed=True)


def _next(row: Subscription, chance: Random) -> Subscription:
    began_at = row.ended_at + chance.choice((0, 1, 10)) * DAY
    ended_at = began_at + chance.choice((0, 1, 20)) * DAY
    return Subscription(
        account_id=row.account_id,
        follower_id=row.follower_id,
        began_at=began_at,
        ended_at=ended_at if chance.random() < 0.7 else None,
        source=chance.choice(SOURCES),
        scene=chance.choice(SCENES),
    )


def query(address: str, *accounts: OfficialAccount) -> FollowerQuery:
    params = QueryDict(address.partition("?")[2])
    return FollowerQuery(dict(params.lists()), {it.pk: it.name for it in accounts})


def found(account: OfficialAccount, **asked) -> list[int]:
    rows = query(people_url(account.pk, **asked), account).followers()
    return sorted(rows.values_list("pk", flat=True))


def on(moment: datetime | None, days: DayRange | None, baseline: datetime) -> bool:
    if days is None:
        return True
    is_counted = moment is not None and moment > baseline
    return is_counted and days.first <= timezone.localdate(moment) <= days.last


def matching(
    account: OfficialAccount,
    began: DayRange | None = None,
    ended: DayRange | None = None,
    source: str | None = None,
    scene: str | None = None,
    still: bool = False,
) -> list[Subscription]:
    """Counted by hand."""
    baseline = account.baseline_at
    return [
        row
        for row in Subscription.objects.filter(account=account)
        if on(row.began_at, began, baseline)
        and on(row.ended_at, ended, baseline)
        and (began or ended or max(filter(None, (row.began_at, row.ended_at))) > baseline)
        and source in (None, row.source)
        and scene in (None, row.scene)
        and not (still and row.ended_at)
    ]


def people(rows: list[Subscription]) -> list[int]:
    return sorted({row.follower_id for row in rows})


def test_people_come_several_times(filled):
    rows = matching(filled, began=EVER)
    assert len(rows) > len(people(rows)) + 10


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("seed", range(2))
def test_any_combination_finds_whom_counting_by_hand_does(filled, seed):
    chance, sizes = Random(seed), set()
    for _ in range(25):
        asked = {
            "began": chance.choice([None, *PERIODS]),
            "ended": chance.choice([None, None, *PERIODS]),
            "source": chance.choice([None, *SOURCES]),
            "scene": chance.choice([None, *SCENES]),
            "still": chance.random() < 0.2,
        }
        if any(it not in (None, False) for it in asked.values()):
            rows = matching(filled, **asked)
            assert found(filled, **asked) == people(rows), asked
            sizes.add(len(rows))
    assert len(sizes) > 5


@pytest.mark.parametrize("days", PERIODS, ids=str)
def test_the_figures_of_the_days_count_the_same(filled, days):
    rows = figures.by_day([filled], days)
    began, ended = matching(filled, began=days), matching(filled, ended=days)
    assert [sum(it.joined for it in rows), sum(it.left for it in rows)] == [len(began), len(ended)]
    assert found(filled, began=days) == people(began)
    assert found(filled, ended=days) == people(ended)


@pytest.mark.parametrize("days", PERIODS, ids=str)
def test_the_figures_of_the_sources_count_the_same(filled, days):
    for row in figures.by_source([filled], days):
        began = matching(filled, began=days, source=row.source)
        ended = matching(filled, ended=days, source=row.source)
        assert (row.joined, row.left) == (len(began), len(ended))
        assert found(filled, began=days, source=row.source) == people(began)
        assert found(filled, ended=days, source=row.source) == people(ended)


@pytest.mark.parametrize("days", PERIODS, ids=str)
def test_the_figures_of_the_channels_count_the_same(filled, days):
    for row in figures.by_channel(filled, days):
        began = matching(filled, began=days, scene=row.scene)
        ended = matching(filled, ended=days, scene=row.scene)
        staying = matching(filled, began=days, scene=row.scene, still=True)
        assert (row.joined, row.left, row.staying) == (len(began), len(ended), len(staying))
        assert found(filled, began=days, scene=row.scene) == people(began)
        assert found(filled, ended=days, scene=row.scene) == people(ended)
        assert found(filled, began=days, scene=row.scene, still=True) == people(staying)


@pytest.mark.usefixtures("way")
def test_several_accounts_count_each_from_its_own_baseline(filled):
    other = OfficialAccount.objects.get(name="Other")
    OfficialAccount.objects.filter(pk=other.pk).update(baseline_at=LONG_AGO + 100 * DAY)
    other.refresh_from_db()
    for asked in ({"began": EVER}, {"ended": SPRING, "scene": "7"}, {"source": ""}):
        both = query(people_url(None, **asked), filled, other).followers()
        expected = people([row for it in (filled, other) for row in matching(it, **asked)])
        assert sorted(both.values_list("pk", flat=True)) == expected
        assert people(matching(other, **asked))


def test_without_a_baseline_nobody_is_counted(account):
    begin(follow(account, "o1"), LONG_AGO)
    asked = query(people_url(account.pk, began=EVER), account)
    assert (list(asked.followers()), asked.problems) == ([], [])


@pytest.fixture
def counted(account):
    account.baseline_at = LONG_AGO
    account.save()
    return account


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("origin", ORIGINS)
def test_any_source_and_any_scene_has_an_address_of_its_own(counted, origin):
    for number, it in enumerate(ORIGINS):
        begin(follow(counted, f"o{number}"), LONG_AGO + DAY, source=it, scene=it)
    expected = [f"o{ORIGINS.index(origin)}"]
    for name in ("source", "scene"):
        address = people_url(counted.pk, began=EVER, **{name: origin})
        rows = query(address, counted).followers()
        assert list(rows.values_list("openid", flat=True)) == expected


def test_an_origin_without_days_is_of_any_subscription_since_the_baseline(counted):
    follower = follow(counted, "o1")
    end(follower, LONG_AGO + DAY, source="of the baseline")
    end(follow(counted, "o2"), LONG_AGO, source="of the baseline")
    known = follow(counted, "o3")
    end(known, LONG_AGO + DAY, began_at=LONG_AGO - DAY, source="of the baseline")
    begin(follower, LONG_AGO + 2 * DAY, source="later")
    assert found(counted, source="of the baseline") == [follower.pk, known.pk]
    assert found(counted, source="later") == [follower.pk]
    assert found(counted, still=True) == [follower.pk]


def test_beginning_and_end_are_of_the_same_subscription(counted):
    follower, at = follow(counted, "o1"), datetime(2024, 3, 5, 4, tzinfo=UTC)
    begin(follower, at, ended_at=at + 60 * DAY)
    begin(follower, at + 70 * DAY)
    assert found(counted, began=MARCH) == found(counted, still=True) == [follower.pk]
    assert found(counted, began=MARCH, still=True) == found(counted, began=MARCH, ended=MARCH) == []


def test_the_days_are_local_and_both_included(counted):
    # In Shanghai.
    midnight = datetime(2024, 4, 6, 16, tzinfo=UTC)
    moments = [-timedelta(microseconds=1), timedelta(), DAY - timedelta(microseconds=1), DAY]
    pks = []
    for number, moment in enumerate(moments):
        follower = follow(counted, f"o{number}")
        begin(follower, midnight + moment, ended_at=midnight + moment)
        pks.append(follower.pk)
    assert found(counted, began=ONE_DAY) == found(counted, ended=ONE_DAY) == pks[1:3]


def test_few_are_read_and_of_many_those_far_down_are_collected(counted, monkeypatch):
    monkeypatch.setattr(subscriptions, "MAX_READ", 1)
    march = datetime(2024, 3, 5, tzinfo=UTC)
    for number, month in enumerate((0, 0, 30, 60, 60)):
        begin(follow(counted, f"o{number}"), march + month * DAY)
    sql = {
        days.first.month: str(query(people_url(counted.pk, began=days), counted).followers().query)
        for days in (MARCH, ONE_DAY, DayRange(date(2024, 5, 1), date(2024, 5, 31)))
    }
    assert ["EXISTS" in sql[month] for month in (3, 4, 5)] == [False, False, True]
    assert ["followers_subscription" in sql[month] for month in (3, 4, 5)] == [True, False, True]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the words of SQLite's planner")
def test_a_walk_looks_up_the_subscriptions_of_each_follower(counted, monkeypatch):
    walked(monkeypatch)
    begin(follow(counted, "o1"), LONG_AGO + DAY, scene="7")
    rows = query(people_url(counted.pk, began=EVER, scene="7"), counted).followers()
    steps = rows.order_by("-pk").explain()
    assert "follower_id=?" in steps
    assert "TEMP B-TREE" not in steps
