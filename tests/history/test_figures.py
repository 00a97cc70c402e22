"""What a period counts, on which day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from followers.history.figures import COUNTS, FigureChanges
from followers.history.periods import FoundBy, Period

BASELINE = datetime(2024, 3, 1, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def counted(*periods, zone=SHANGHAI):
    """By day, what is not zero."""
    changes = FigureChanges(BASELINE, zone)
    for period in periods:
        changes.add(period)
    return {
        str(key.day): {name: number for name, number in zip(COUNTS, row, strict=True) if number}
        for key, row in changes.rows()
    }


def test_a_period_that_lasts():
    assert counted(Period(BASELINE + DAY)) == {"2024-03-02": {"joined": 1}}


def test_a_period_of_the_baseline_has_not_joined():
    began = [None, BASELINE - DAY, BASELINE]
    assert counted(*map(Period, began)) == {}
    ended_at = BASELINE + 3 * DAY
    assert counted(*(Period(at, ended_at=ended_at) for at in began)) == {"2024-03-04": {"left": 3}}


@pytest.mark.parametrize("ended_at", [BASELINE - DAY, BASELINE])
def test_what_ended_before_the_baseline_has_not_left(ended_at):
    assert counted(Period(None, ended_at=ended_at)) == {}


@pytest.mark.parametrize(
    ("lasted", "names"),
    [
        (DAY - SECOND, "left_within_1 left_within_7 left_within_30 left_within_90 left_ever"),
        (DAY, "left_within_7 left_within_30 left_within_90 left_ever"),
        (7 * DAY, "left_within_30 left_within_90 left_ever"),
        (30 * DAY, "left_within_90 left_ever"),
        (90 * DAY, "left_ever"),
    ],
)
def test_the_day_of_the_beginning_counts_how_soon_they_left(lasted, names):
    began_at = BASELINE + DAY
    found = counted(Period(began_at, ended_at=began_at + lasted))
    cohort = {name for name in found["2024-03-02"] if name.startswith("left_")}
    assert cohort == set(names.split())
    assert sum(row.get("left", 0) for row in found.values()) == 1


def test_times_are_compared_in_whole_seconds():
    began_at = BASELINE + DAY + timedelta(microseconds=900_000)
    ended_at = BASELINE + 2 * DAY + timedelta(microseconds=100_000)
    assert "left_within_1" not in counted(Period(began_at, ended_at=ended_at))["2024-03-02"]


def test_a_day_begins_at_midnight_of_the_zone():
    midnight = datetime(2024, 3, 10, 16, tzinfo=UTC)
    periods = [Period(midnight - SECOND), Period(midnight)]
    assert list(counted(*periods)) == ["2024-03-10", "2024-03-11"]
    assert list(counted(*periods, zone=ZoneInfo("UTC"))) == ["2024-03-10"]


def test_a_day_of_daylight_saving_has_another_length():
    berlin = ZoneInfo("Europe/Berlin")
    spring = datetime(2024, 3, 31, tzinfo=berlin).astimezone(UTC)
    hours = [Period(spring + timedelta(hours=number)) for number in (22.9, 23)]
    assert list(counted(*hours, zone=berlin)) == ["2024-03-31", "2024-04-01"]


def test_what_is_replaced_by_the_same_changes_nothing():
    periods = [Period(BASELINE + DAY, source="a"), Period(BASELINE + DAY, ended_at=BASELINE + DAY)]
    changes = FigureChanges(BASELINE, SHANGHAI)
    changes.replace(periods, periods)
    assert changes.rows() == []


def test_source_and_scene_are_those_of_the_beginning():
    changes = FigureChanges(BASELINE, SHANGHAI)
    changes.add(Period(BASELINE + DAY, source="s", scene="7", ended_at=BASELINE + 2 * DAY), 3)
    assert [key for key, _ in changes.rows()] == [
        (date(2024, 3, 2), "s", "7"),
        (date(2024, 3, 3), "s", "7"),
    ]
    assert [row[:2] for _, row in changes.rows()] == [[3, 0], [0, 3]]


# --- hours ----------------------------------------------------------------------------------------


def hours(*periods, zone=SHANGHAI):
    changes = FigureChanges(BASELINE, zone)
    for period in periods:
        changes.add(period)
    return {(str(key.day), key.hour): joined for key, joined in changes.hours()}


@pytest.mark.parametrize(
    ("found_by", "is_exact"),
    [("event", True), ("profile", True), ("sync", False), ("missed", False)],
)
def test_an_hour_counts_whoever_began_in_it_at_an_exact_time(found_by, is_exact):
    period = Period(BASELINE + DAY, FoundBy(found_by), ended_at=BASELINE + 2 * DAY)
    assert hours(period) == ({("2024-03-02", 8): 1} if is_exact else {})
    assert counted(period)["2024-03-02"]["joined"] == 1


@pytest.mark.parametrize("began_at", [None, BASELINE - DAY, BASELINE])
def test_a_period_of_the_baseline_has_no_hour(began_at):
    assert hours(Period(began_at, FoundBy.EVENT)) == {}


def test_an_hour_lasts_until_the_next():
    ten = datetime(2024, 3, 10, 2, tzinfo=UTC)
    periods = [Period(at, FoundBy.EVENT) for at in (ten - SECOND, ten, ten + 3599 * SECOND)]
    assert hours(*periods) == {("2024-03-10", 9): 1, ("2024-03-10", 10): 2}


def test_the_hour_that_daylight_saving_repeats_counts_both_times():
    """On that night, 02:30 comes at half past midnight UTC, and an hour later again."""
    night = datetime(2024, 10, 27, tzinfo=UTC)
    periods = [Period(night + timedelta(minutes=30 + 60 * n), FoundBy.EVENT) for n in range(3)]
    berlin = ZoneInfo("Europe/Berlin")
    assert hours(*periods, zone=berlin) == {("2024-10-27", 2): 2, ("2024-10-27", 3): 1}


def test_an_hour_that_is_left_again_changes_nothing():
    changes = FigureChanges(BASELINE, SHANGHAI)
    found = Period(BASELINE + DAY, FoundBy.PROFILE)
    changes.replace([found], [Period(BASELINE + DAY, FoundBy.PROFILE, source="a")])
    assert changes.hours() == []
