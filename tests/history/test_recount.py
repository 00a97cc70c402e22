"""The nightly check: what differs from the rows is found, told and corrected."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from followers.history import nightly
from followers.history.figures import FigureChanges
from followers.history.nightly import take_due
from followers.history.recount import Recount, check, complete_list, recount
from followers.history.stored import period_of
from followers.models import DailyFigures, HourlyFigures, OfficialAccount, Subscription
from followers.rows import followers
from followers.rows.clock import db_now
from tests.factories import LONG_AGO

from .random_rows import fill
from .stored import assert_figures

BASELINE = LONG_AGO
DAY = timedelta(days=1)


@pytest.fixture
def counted(account):
    """Subscriptions, counted once."""
    fill(account, 450)
    recount(account.pk)
    account.refresh_from_db()
    return account


def test_figures_are_counted_from_the_rows(counted):
    assert DailyFigures.objects.exclude(joined=0).count() > 50
    assert_figures(counted)
    assert (counted.statistics_zone, counted.statistics_problem) == ("Asia/Shanghai", None)


def test_where_nothing_differs_no_figure_is_written(counted):
    with CaptureQueriesContext(connection) as captured:
        assert recount(counted.pk) == Recount(was_new=False, days=0, following=None)
    assert len(captured) <= 7
    assert not [one["sql"] for one in captured if "INSERT INTO" in one["sql"]]


def test_what_differs_is_told_and_corrected(counted, caplog):
    row = DailyFigures.objects.exclude(joined=0).earliest("day")
    DailyFigures.objects.filter(pk=row.pk).update(joined=F("joined") + 2)
    DailyFigures.objects.filter(pk=DailyFigures.objects.latest("day").pk).delete()
    following = counted.following
    OfficialAccount.objects.update(following=following - 2)
    found = recount(counted.pk)
    assert found == Recount(was_new=False, days=2, following=(following - 2, following))
    assert "differed from a recount" in caplog.text
    counted.refresh_from_db()
    problem = counted.statistics_problem
    assert (problem["days"], problem["kept"], problem["counted"]) == (
        2,
        following - 2,
        following,
    )
    assert recount(counted.pk).differs is False
    counted.refresh_from_db()
    assert counted.statistics_problem == problem, "a recount right after it hides nothing"
    OfficialAccount.objects.update(statistics_problem=None)
    assert_figures(counted)


def test_an_hour_that_differs_is_told_and_corrected(counted):
    row = HourlyFigures.objects.exclude(joined=0).earliest("day", "hour")
    HourlyFigures.objects.filter(pk=row.pk).update(hour=(row.hour + 1) % 24)
    assert check(counted.pk) == recount(counted.pk) == Recount(False, days=2, following=None)
    counted.refresh_from_db()
    assert counted.statistics_problem["days"] == 2
    assert recount(counted.pk).differs is False
    OfficialAccount.objects.update(statistics_problem=None)
    assert_figures(counted)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_hours_are_those_of_the_zone_also_when_the_clocks_are_set(counted, settings, zone):
    """Every half hour around both nights; the clocks of Lord Howe are set by half an hour."""
    settings.TIME_ZONE = zone
    nights = [
        *(datetime(2024, month, day, tzinfo=UTC) for month, day in ((3, 10), (3, 31), (4, 6))),
        *(datetime(2024, month, day, tzinfo=UTC) for month, day in ((10, 5), (10, 27), (11, 3))),
    ]
    times = [night + timedelta(minutes=30 * number) for night in nights for number in range(48)]
    rows = Subscription.objects.exclude(began_at=None).order_by("pk")
    for row, at in zip(rows, times, strict=False):
        Subscription.objects.filter(pk=row.pk).update(
            began_at=at, ended_at=None, began_by="profile"
        )
    recount(counted.pk)
    changes = FigureChanges(BASELINE, ZoneInfo(zone))
    for row in Subscription.objects.all():
        changes.add(period_of(row))
    kept = HourlyFigures.objects.order_by("day", "hour").values_list("day", "hour", "joined")
    assert [(tuple(key), joined) for key, joined in changes.hours()] == [
        ((day, hour), joined) for day, hour, joined in kept
    ]


def test_after_a_day_a_recount_that_agrees_ends_the_notice(counted):
    at = (db_now() - timedelta(hours=21)).isoformat()
    OfficialAccount.objects.update(
        statistics_problem={"at": at, "days": 1, "kept": None, "counted": None}
    )
    recount(counted.pk)
    counted.refresh_from_db()
    assert counted.statistics_problem is None


def test_a_number_that_is_missing_is_counted(counted):
    OfficialAccount.objects.update(following=None)
    assert recount(counted.pk).following == (0, counted.following)
    counted.refresh_from_db()
    assert counted.following > 0


def test_another_time_zone_counts_anew_and_says_so(counted, settings, caplog):
    caplog.set_level("INFO")
    before = set(DailyFigures.objects.values_list("day", "source", "scene", "joined"))
    settings.TIME_ZONE = "America/New_York"
    found = recount(counted.pk)
    assert (found.was_new, found.differs) == (True, False)
    assert "are counted in days of America/New_York" in caplog.text
    assert set(DailyFigures.objects.values_list("day", "source", "scene", "joined")) != before
    assert_figures(counted)
    counted.refresh_from_db()
    assert ZoneInfo(counted.statistics_zone).key == "America/New_York"


def test_an_account_without_a_baseline_has_no_figures(account):
    assert recount(account.pk) is None
    assert not DailyFigures.objects.exists()


def test_the_first_complete_list_is_the_baseline(account):
    followers.insert(account.pk, ["a", "b"], BASELINE)
    started = db_now()
    complete_list(account.pk, started, is_whole=True)
    account.refresh_from_db()
    assert (account.following, account.listed_at) == (2, started)
    assert account.baseline_at >= started
    assert account.statistics_zone == "Asia/Shanghai"
    assert account.statistics_problem is None


def test_a_list_whose_missing_could_not_be_asked_is_no_evidence(account):
    complete_list(account.pk, BASELINE, is_whole=True)
    complete_list(account.pk, BASELINE + DAY, is_whole=False)
    account.refresh_from_db()
    assert account.listed_at == BASELINE


def test_each_complete_list_compares_the_number_of_followers(account, caplog):
    followers.insert(account.pk, ["a", "b"], BASELINE)
    complete_list(account.pk, BASELINE, is_whole=True)
    OfficialAccount.objects.update(following=5)
    complete_list(account.pk, BASELINE + DAY, is_whole=True)
    account.refresh_from_db()
    assert account.following == 2
    assert (account.statistics_problem["kept"], account.statistics_problem["counted"]) == (5, 2)
    assert "differed from a recount" in caplog.text


# --- when -----------------------------------------------------------------------------------------


@pytest.fixture
def checked(account):
    """Sets when the account was checked last, and in days of which zone."""

    def checked(at, zone="Asia/Shanghai"):
        OfficialAccount.objects.update(
            baseline_at=BASELINE, statistics_checked_at=at, statistics_zone=zone
        )

    return checked


def test_never_checked_is_due_once(account, checked):
    checked(None)
    assert take_due() == [account.pk]
    assert take_due() == []


def test_every_night_once(account, checked, monkeypatch):
    """Three o'clock in Shanghai is seven in the evening, UTC."""
    night = datetime(2026, 11, 25, 19, tzinfo=UTC)
    for now, last, is_due in (
        (night - timedelta(minutes=1), night - DAY + timedelta(minutes=5), False),
        (night, night - timedelta(minutes=1), True),
        (night + timedelta(hours=20), night + timedelta(minutes=5), False),
        (night + timedelta(hours=20), night - timedelta(minutes=5), True),
    ):
        monkeypatch.setattr(nightly, "db_now", lambda now=now: now)
        checked(last)
        assert bool(take_due()) is is_due, (now, last)


def test_another_time_zone_is_due_soon_and_again_if_it_was_lost(
    account, checked, settings, monkeypatch
):
    settings.TIME_ZONE = "UTC"
    # Not during these minutes.
    monkeypatch.setattr(nightly, "NIGHT_HOUR", (db_now().hour + 12) % 24)
    recently = db_now() - timedelta(minutes=5)
    checked(recently)
    assert take_due() == []
    checked(db_now() - timedelta(minutes=11))
    assert take_due() == [account.pk]


def test_a_check_of_tomorrow_does_not_put_it_off(account, checked):
    checked(db_now() + DAY)
    assert take_due() == [account.pk]


def test_without_a_baseline_nothing_is_due(account):
    assert take_due() == []


def test_a_wrong_number_is_told_with_the_days_of_another_zone(counted, settings):
    """A recount in other days cannot say which days were wrong; the number it can."""
    following = counted.following
    OfficialAccount.objects.update(following=0)
    settings.TIME_ZONE = "Europe/Berlin"
    assert recount(counted.pk).differs
    counted.refresh_from_db()
    problem = counted.statistics_problem
    assert (problem["days"], problem["kept"], problem["counted"]) == (0, 0, following)


def test_a_number_that_is_missing_is_told_at_the_next_list(counted):
    OfficialAccount.objects.update(following=None)
    complete_list(counted.pk, db_now(), is_whole=True)
    counted.refresh_from_db()
    assert counted.statistics_problem["kept"] == 0
